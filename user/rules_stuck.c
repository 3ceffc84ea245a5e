// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules on a segment that its sender repeats again and again while others behind it arrive: which
 * those are tells a narrow way from somebody who looks into it. Called by rules.c, before what
 * arrived: that an answer was made is no answer that came.
 */
#include "rules.h"

#define ALL_GAPS 4 /* that a peer can tell of: RFC 2018, 3 */
#define ICMP_UNREACH 3
#define ICMP_FRAG_NEEDED 4
#define ICMP6_TOO_BIG 2

struct stuck {
	const struct hm_leg *leg;
	const struct hm_again *again;
	bool forth; /* the client's */
};

static const struct hm_endpoint *sender(const struct stuck *s)
{
	return s->forth ? &s->leg->client : &s->leg->server;
}

/*
 * Its sender's socket, asked after the last repetition, still holds bytes that nobody acknowledged.
 */
static bool held_since(const struct hm_case *c, const struct stuck *s)
{
	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->note_count; i++) {
			const struct hm_sighting *n = &c->legs[l]->notes[i];

			if (n->what == HM_WHAT_SOCKET && n->mono_ns > s->again->last_ns &&
			    endpoint_equal(&n->src, sender(s)) && n->socket.unsent)
				return true;
		}
	return false;
}

/* The client ended without it: its last word acknowledges no byte of it. */
static bool ended_without(const struct hm_case *c, const struct stuck *s)
{
	return !s->forth && c->fin_client_ns > s->again->last_ns && s->leg->has_client_ack &&
	       (int32_t)(s->leg->client_ack - s->again->seq) <= 0;
}

/* The marker is not acknowledged before this segment is. */
static bool keeps_marker(const struct stuck *s)
{
	return s->forth && s->leg->marker_ns &&
	       (int32_t)(s->leg->marker_end_seq - s->again->seq) > 0;
}

static bool still_waits(const struct hm_case *c, const struct stuck *s)
{
	if (s->forth && c->answer_ns)
		return false;
	if (keeps_marker(s))
		return !c->acked_ns && !c->read_ns;
	return held_since(c, s) || ended_without(c, s);
}

/* Within one namespace there is nothing between its ends that would not name its drop. */
static bool is_apart(const struct hm_case *c)
{
	return !c->server_here || !c->client_here || c->client_netns != c->server_netns;
}

static struct stuck find_repeated(const struct hm_case *c, uint32_t times)
{
	for (uint32_t l = 0; is_apart(c) && l < c->leg_count; l++)
		for (int side = 0; side < 2; side++) {
			struct stuck s = {c->legs[l], &c->legs[l]->again[side], !side};

			if (s.again->count >= times && still_waits(c, &s))
				return s;
		}
	return (struct stuck){0};
}

/* And nothing told why. */
static struct stuck find_stuck(const struct hm_case *c)
{
	bool unexplained = c->drops_watched && !c->drop && !c->rejected && !c->icmp && !c->rst;

	return unexplained ? find_repeated(c, HM_AGAIN) : (struct stuck){0};
}

/* The namespace whose socket sends it; 0: not watched, or not seen. */
static uint32_t sender_netns(const struct hm_case *c, const struct stuck *s)
{
	return s->forth ? c->client_netns : c->server_here ? c->server_netns : 0;
}

/*
 * It quotes this segment and says that it is too long, for a link that is no narrower than TCP may
 * be asked to bear: RFC 1191, 4; RFC 8200, 5; Linux' net.ipv4.route.min_pmtu.
 */
static bool says_too_long(const struct hm_sighting *n, const struct stuck *s)
{
	bool v6 = n->icmp.family == 6;

	return n->what == HM_WHAT_ICMP && n->seq == s->again->seq &&
	       endpoint_equal(&n->src, sender(s)) && icmp_has_sender(n) &&
	       (v6 ? n->icmp.type == ICMP6_TOO_BIG
		   : n->icmp.type == ICMP_UNREACH && n->icmp.code == ICMP_FRAG_NEEDED) &&
	       n->icmp.mtu >= (v6 ? 1280U : 552U) && n->icmp.mtu < s->again->len + (v6 ? 60U : 40U);
}

/* The errors that came in at one interface of its sender's host. */
struct told {
	const struct hm_sighting *first;
	uint32_t times;
};

static struct told errors_for(const struct hm_case *c, const struct stuck *s)
{
	uint32_t netns = s->leg ? sender_netns(c, s) : 0;
	struct told t = {};

	for (uint32_t i = 0; netns && i < s->leg->note_count; i++) {
		const struct hm_sighting *n = &s->leg->notes[i];

		if (!says_too_long(n, s) || hop_hook(c, n->hop) > HM_HOOK_TC_IN ||
		    c->scene->hops[n->hop].netns != netns || (t.first && n->hop != t.first->hop))
			continue;
		t.first = t.first ? t.first : n;
		t.times++;
	}
	return t;
}

/*
 * Told again and again, its sender goes on to send as much: whatever keeps it from heeding them is
 * there.
 */
static bool unheeded(const struct hm_case *c)
{
	struct stuck s = find_repeated(c, HM_THRICE);

	return !c->rst && !c->rejected && (!c->drop || c->drop_code == HM_MTU_BLACK_HOLE) &&
	       errors_for(c, &s).times >= HM_THRICE;
}

/*
 * Nothing as long as this was ever acknowledged, and nothing that long arrived behind it. All that
 * the peer has is shorter taken together, so each segment is.
 */
static bool too_long(const struct stuck *s)
{
	const struct hm_again *a = s->again;

	return a && a->sacked && a->gaps < ALL_GAPS && a->sacked < a->len && a->acked < a->len;
}

/* It left a namespace, and never came to that of the other end. */
static const struct hm_row *where_lost(const struct hm_case *c, const struct stuck *s)
{
	if (c->leg_count > 1 || c->path->count > 1)
		return NULL;
	return s->forth ? left_and_never_came(c, HM_STEP_MARKER, c->server_netns)
			: left_and_never_came(c, HM_STEP_ANSWER, c->client_netns);
}

/* An ICMP error for its sender would have been seen. */
static bool icmp_is_watched(const struct hm_case *c, const struct stuck *s)
{
	uint32_t netns = s->forth ? c->client_netns : c->server_netns;

	return scene_watches(c->scene, HM_HOOK_TC_IN, netns) && !sight_may_come_unseen(c, netns);
}

static bool black_hole(const struct hm_case *c)
{
	struct stuck s = find_stuck(c);

	return too_long(&s) && icmp_is_watched(c, &s) && !errors_for(c, &s).times;
}

static bool black_hole_between(const struct hm_case *c)
{
	struct stuck s = find_stuck(c);

	return black_hole(c) && where_lost(c, &s);
}

/*
 * It has the whole marker, it alone is missing, and what lies right behind it, which arrived, is as
 * long: neither its length nor the way keeps it.
 */
static bool blocked(const struct hm_case *c)
{
	struct stuck s = find_stuck(c);

	return keeps_marker(&s) && s.again->gaps == 1 && s.again->beside >= s.again->len &&
	       (int32_t)(s.leg->marker_seq - s.again->seq) >= 0 &&
	       (int32_t)(s.again->seq + s.again->len - s.leg->marker_end_seq) >= 0;
}

static bool blocked_between(const struct hm_case *c)
{
	struct stuck s = find_stuck(c);

	return blocked(c) && where_lost(c, &s);
}

static void tell_repeated(const struct hm_case *c, const struct stuck *s, struct hm_verdict *out)
{
	words_evidence(out, "%u bytes sent again %u times, from %s to %s, and never acknowledged",
		       s->again->len, s->again->count, AT(c, s->again->first_ns),
		       AT(c, s->again->last_ns));
}

static void tell_stuck(const struct hm_case *c, const struct stuck *s, struct hm_verdict *out)
{
	const struct hm_row *row = where_lost(c, s);
	char hop[HM_NAME_LEN * 4];

	tell_repeated(c, s, out);
	if (row)
		words_evidence(out, "they left at %s and were seen at no place of the other end",
			       safe_text(hop, sizeof(hop), hop_name(c, row->hop)));
	else
		words_why(out, c->client_here && c->server_here
				       ? "what is between its ends was not watched"
				       : "the other end was not watched");
}

static void tell_black_hole(const struct hm_case *c, struct hm_verdict *out)
{
	struct stuck s = find_stuck(c);
	char to[HM_ADDR_LEN], b[HM_ADDR_LEN];

	safe_addr(to, s.forth ? s.leg->server.addr : s.leg->client.addr, 0);
	words_say(
		out,
		"The connection to %s was made, but no segment of %u bytes gets through to %s; shorter "
		"ones do, and nobody on the way said that it was too long.",
		where_server(c, b), s.again->len, to);
	tell_stuck(c, &s, out);
	words_evidence(out,
		       "%u bytes in shorter segments behind them arrived by %s; no ICMP error came",
		       s.again->sacked, AT(c, s.again->last_ns));
	words_advise(out,
		     "Find the narrow link:  tracepath -n %s   and see who drops ICMP \"too big\" "
		     "(type 3 code 4, IPv6 type 2). It helps to clamp the MSS.",
		     to);
}

static void tell_unheeded(const struct hm_case *c, struct hm_verdict *out)
{
	struct stuck s = find_repeated(c, HM_THRICE);
	struct told told = errors_for(c, &s);
	char to[HM_ADDR_LEN], by[HM_ADDR_LEN];

	at_here(c, told.first, out);
	at_no_process(out);
	safe_addr(to, s.forth ? s.leg->server.addr : s.leg->client.addr, 0);
	safe_addr(by, told.first->icmp.sender, 0);
	words_say(
		out,
		"This host goes on sending segments of %u bytes to %s, though %s says again and again that "
		"they are too long: its TCP does not hear of it, or does not heed it.",
		s.again->len, to, by);
	words_evidence(out,
		       "ICMP%s \"too big\", %u at most, from %s came in %u%s times, first at %s",
		       told.first->icmp.family == 6 ? "v6" : "", told.first->icmp.mtu, by,
		       told.times, s.leg->notes_lost ? " or more" : "",
		       PLACE(c, told.first->hop, told.first->mono_ns));
	tell_repeated(c, &s, out);
	words_advise(
		out,
		"See which rule of this host keeps ICMP \"too big\" (type 3 code 4, IPv6 type 2) out:  nft list "
		"ruleset   or whether the route locks its MTU:  ip route get %s",
		to);
}

static void tell_blocked(const struct hm_case *c, struct hm_verdict *out)
{
	struct stuck s = find_stuck(c);
	char b[HM_ADDR_LEN];

	words_say(
		out,
		"The connection to %s was made, but of what was sent the segment with the marker alone "
		"does not get through, however often: something on the way looks into it.",
		where_server(c, b));
	tell_stuck(c, &s, out);
	words_evidence(out, "%u bytes behind it arrived by %s, in segments of %u bytes too",
		       s.again->sacked, AT(c, s.again->last_ns), s.again->beside);
	words_advise(
		out,
		"Send as much without the marker:  if that passes, ask who runs intrusion prevention, "
		"data loss prevention or a web application firewall on the way.");
}

static const struct hm_rule rows[] = {
	{HM_MTU_BLACK_HOLE, HM_BLAME_HOST, HM_PROVEN, HM_ON_ABSENCE, unheeded, tell_unheeded},
	{HM_MTU_BLACK_HOLE, HM_BLAME_NETWORK, HM_PROVEN, HM_ON_ABSENCE, black_hole_between,
	 tell_black_hole},
	{HM_MTU_BLACK_HOLE, HM_BLAME_NETWORK, HM_LIKELY, HM_ON_SILENCE, black_hole,
	 tell_black_hole},
	{HM_PAYLOAD_BLOCKED, HM_BLAME_POLICY, HM_PROVEN, HM_ON_ABSENCE, blocked_between,
	 tell_blocked},
	{HM_PAYLOAD_BLOCKED, HM_BLAME_POLICY, HM_LIKELY, HM_ON_SILENCE, blocked, tell_blocked},
};
const struct hm_rules rules_stuck = {rows, HM_ARRAY_SIZE(rows), NULL};
