// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules on a segment that its sender repeats again and again while others behind it arrive: which those
 * are tells a narrow way from somebody who looks into it. Called by rules.c, before what arrived: that
 * an answer was made is no answer that came.
 */
#include "rules.h"

#define ALL_GAPS 4 /* that a peer can tell of: RFC 2018, 3 */

struct stuck {
	const struct hm_leg *leg;
	const struct hm_again *again;
	bool forth; /* the client's */
};

/* Its sender's socket, asked after the last repetition, still holds bytes that nobody acknowledged. */
static bool held_since(const struct hm_case *c, const struct stuck *s)
{
	const struct hm_endpoint *end = s->forth ? &s->leg->client : &s->leg->server;

	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->note_count; i++) {
			const struct hm_sighting *n = &c->legs[l]->notes[i];

			if (n->what == HM_WHAT_SOCKET && n->mono_ns > s->again->last_ns &&
			    endpoint_equal(&n->src, end) && n->socket.unsent)
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
	return s->forth && s->leg->marker_ns && (int32_t)(s->leg->marker_end_seq - s->again->seq) > 0;
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
	return !c->server_here || !c->client_here || client_netns(c) != c->server_netns;
}

static struct stuck find_stuck(const struct hm_case *c)
{
	bool unexplained = c->drops_watched && !c->drop && !c->rejected && !c->icmp && !c->rst;

	for (uint32_t l = 0; unexplained && is_apart(c) && l < c->leg_count; l++)
		for (int side = 0; side < 2; side++) {
			struct stuck s = {c->legs[l], &c->legs[l]->again[side], !side};

			if (s.again->count >= HM_AGAIN && still_waits(c, &s))
				return s;
		}
	return (struct stuck){0};
}

/*
 * Nothing as long as this was ever acknowledged, and nothing that long arrived behind it. All that the
 * peer has is shorter taken together, so each segment is.
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
			: left_and_never_came(c, HM_STEP_ANSWER, client_netns(c));
}

/* An ICMP error for its sender would have been seen. */
static bool icmp_is_watched(const struct hm_case *c, const struct stuck *s)
{
	uint32_t netns = s->forth ? client_netns(c) : c->server_netns;

	return scene_watches(c->scene, HM_HOOK_TC_IN, netns) && !sight_may_come_unseen(c, netns);
}

static bool black_hole(const struct hm_case *c)
{
	struct stuck s = find_stuck(c);

	return too_long(&s) && icmp_is_watched(c, &s);
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

static void tell_stuck(const struct hm_case *c, const struct stuck *s, struct hm_verdict *out)
{
	const struct hm_row *row = where_lost(c, s);
	char hop[HM_NAME_LEN * 4];

	words_evidence(out, "%u bytes sent again %u times, from %s to %s, and never acknowledged",
		       s->again->len, s->again->count, AT(c, s->again->first_ns), AT(c, s->again->last_ns));
	if (row)
		words_evidence(out, "they left at %s and were seen at no place of the other end",
			       safe_text(hop, sizeof(hop), hop_name(c, row->hop)));
	else
		words_why(out, c->client_here && c->server_here ? "what is between its ends was not watched"
								: "the other end was not watched");
}

static void tell_black_hole(const struct hm_case *c, struct hm_verdict *out)
{
	struct stuck s = find_stuck(c);
	char to[HM_ADDR_LEN], b[HM_ADDR_LEN];

	safe_addr(to, s.forth ? s.leg->server.addr : s.leg->client.addr, 0);
	words_say(out,
		  "The connection to %s was made, but no segment of %u bytes gets through to %s; shorter "
		  "ones do, and nobody on the way said that it was too long.",
		  where_server(c, b), s.again->len, to);
	tell_stuck(c, &s, out);
	words_evidence(out, "%u bytes in shorter segments behind them arrived by %s; no ICMP error came",
		       s.again->sacked, AT(c, s.again->last_ns));
	words_advise(out,
		     "Find the narrow link:  tracepath -n %s   and see who drops ICMP \"too big\" "
		     "(type 3 code 4, IPv6 type 2). It helps to clamp the MSS.",
		     to);
}

static void tell_blocked(const struct hm_case *c, struct hm_verdict *out)
{
	struct stuck s = find_stuck(c);
	char b[HM_ADDR_LEN];

	words_say(out,
		  "The connection to %s was made, but of what was sent the segment with the marker alone "
		  "does not get through, however often: something on the way looks into it.",
		  where_server(c, b));
	tell_stuck(c, &s, out);
	words_evidence(out, "%u bytes behind it arrived by %s, in segments of %u bytes too", s.again->sacked,
		       AT(c, s.again->last_ns), s.again->beside);
	words_advise(out,
		     "Send as much without the marker:  if that passes, ask who runs intrusion prevention, "
		     "data loss prevention or a web application firewall on the way.");
}

static const struct hm_rule rows[] = {
	{HM_MTU_BLACK_HOLE, HM_BLAME_NETWORK, HM_PROVEN, HM_ON_ABSENCE, black_hole_between, tell_black_hole},
	{HM_MTU_BLACK_HOLE, HM_BLAME_NETWORK, HM_LIKELY, HM_ON_SILENCE, black_hole, tell_black_hole},
	{HM_PAYLOAD_BLOCKED, HM_BLAME_POLICY, HM_PROVEN, HM_ON_ABSENCE, blocked_between, tell_blocked},
	{HM_PAYLOAD_BLOCKED, HM_BLAME_POLICY, HM_LIKELY, HM_ON_SILENCE, blocked, tell_blocked},
};
const struct hm_rules rules_stuck = {rows, HM_ARRAY_SIZE(rows), NULL};
