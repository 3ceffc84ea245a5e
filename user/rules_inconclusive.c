// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why nobody can be accused: a table of reasons, the most telling first. Called where no rule
 * holds, or where what it rests on is worth nothing here.
 *
 * Here are those of what did not come, or not yet; reasons_odd.c has those of what did come.
 */
#include "reasons.h"

void say_of_server(const struct hm_case *c, struct hm_verdict *out, const char *before,
		   const char *after)
{
	char b[HM_ADDR_LEN];

	words_say(out, "%s%s%s", before, where_server(c, b), after);
}

static bool worthless(const struct hm_case *c)
{
	return rules_first(c);
}

static void advise_look(const struct hm_hop *hop, struct hm_verdict *out)
{
	char dev[HM_NAME_LEN * 4];

	words_advise(out, "See what is attached there, and what it does:  bpftool net show dev %s",
		     safe_text(dev, sizeof(dev), hop->dev));
}

/* A rule would hold if what it rests on were not worth nothing here. */
static void tell_worthless(const struct hm_case *c, struct hm_verdict *out)
{
	const struct hm_rule *rule = rules_first(c);
	char hop[HM_NAME_LEN * 4], events[HM_EVENTS_LEN];

	if (c->path->lost) {
		words_say(out,
			  "It looks like %s, but %s lost meanwhile: what is missing may only have "
			  "been missed here.",
			  hm_codes[rule->code].name, words_events(events, c->path->lost));
		words_advise(out, "Try again with a narrower filter or a larger --ring.");
		return;
	}
	if (c->path->unasked) {
		words_say(out,
			  "It looks like %s, but too many connections were open at the end to ask "
			  "this "
			  "host about each.",
			  hm_codes[rule->code].name);
		words_advise(out, "Try again with a narrower filter.");
		return;
	}
	words_say(out,
		  "It looks like %s, but what comes back may pass %s unseen: what is missing may "
		  "only have been missed here.",
		  hm_codes[rule->code].name, safe_text(hop, sizeof(hop), c->blind->name));
	tell_blind(c->blind, out);
	advise_look(c->blind, out);
}

/* What came in there went no further: who may have kept it. */
static void tell_attached(const struct hm_hop *in, struct hm_verdict *out)
{
	char name[HM_NAME_LEN * 4];

	if (in->after[0])
		words_evidence(out, "%s runs after that", safe_text(name, sizeof(name), in->after));
	words_advise(out,
		     "See what is attached there:  bpftool net show dev %s   and  nft list ruleset",
		     safe_text(name, sizeof(name), in->dev));
}

/*
 * It came in at an interface, and the server's socket, which was looked at later, has none of it.
 */
static bool kept(const struct hm_case *c)
{
	return c->marked && !c->read_ns && !c->acked_ns && c->marker_in && c->server_here &&
	       !c->drop && c->socket && c->socket->socket.accepted && !c->socket->socket.unread &&
	       !c->twin_unsearched && sight_marker_in(c);
}

static void tell_kept(const struct hm_case *c, struct hm_verdict *out)
{
	const struct hm_hop *in = sight_marker_in(c);
	char b[HM_ADDR_LEN], name[HM_NAME_LEN * 4];

	words_say(out,
		  "The marker came in at %s and did not get to the socket of %s: something on this "
		  "host between them kept it, and the kernel named no drop.",
		  safe_text(name, sizeof(name), in->name), where_server(c, b));
	tell_attached(in, out);
}

bool waits(const struct hm_case *c)
{
	return (c->marked || c->request_ns) && !c->answer_ns && !c->rst;
}

/*
 * What came in was perhaps dropped before the server had it, on its host or on a router that is
 * watched.
 */
static bool lost_back(const struct hm_case *c)
{
	return waits(c) && c->server_here &&
	       (c->unsent || (c->marker_in >= 3 && !c->acked_ns && !c->drop));
}

static void tell_lost_back(const struct hm_case *c, struct hm_verdict *out)
{
	say_of_server(c, out, "The request to ",
		      " came, but what this host sends back is not acknowledged: it is lost here "
		      "or further along.");
	tell_unheard(c, out);
	words_advise(out, "Run this trace on the client's host too.");
}

static bool never_acked(const struct hm_case *c)
{
	return c->marked && waits(c) && c->client_here && !c->server_here && c->marker_out >= 3 &&
	       !c->acked_ns;
}

static void tell_never_acked(const struct hm_case *c, struct hm_verdict *out)
{
	char b[HM_ADDR_LEN];

	words_say(out, "The marker was sent to %s %u times and never acknowledged.",
		  where_server(c, b), c->marker_out);
	tell_home(c, out);
	words_advise(out, "Run this trace on the server's host.");
}

/* A proxy on the way may do that, and do its work. */
static void tell_elsewhere(const struct hm_case *c, struct hm_verdict *out)
{
	say_of_server(c, out, "Somebody answers in the name of ",
		      ": the namespace that has that address saw no packet of the connection.");
	tell_home(c, out);
	words_advise(out,
		     "Look for a proxy on the way, and for another host that has the address.");
}

/* An ACK of the client's tells of a SYN-ACK that passed unseen. */
static bool no_synack(const struct hm_case *c)
{
	return c->has_syn && !c->has_synack && !c->established && !c->rst;
}

/* Nothing came back that was seen, and it may have passed unseen. */
static bool unseen_back(const struct hm_case *c)
{
	return c->blind && (waits(c) || no_synack(c));
}

static void tell_unseen_back(const struct hm_case *c, struct hm_verdict *out)
{
	char b[HM_ADDR_LEN], hop[HM_NAME_LEN * 4];

	words_say(out, "Whether %s answered is not known: what comes back may pass %s unseen.",
		  where_server(c, b), safe_text(hop, sizeof(hop), c->blind->name));
	tell_blind(c->blind, out);
	advise_look(c->blind, out);
}

static bool went_astray(const struct hm_case *c)
{
	return no_synack(c) && c->left_last && asked_itself(c);
}

static void tell_went_astray(const struct hm_case *c, struct hm_verdict *out)
{
	const struct hm_hop *last = sight_last_out(c);
	char addr[HM_ADDR_LEN], name[HM_NAME_LEN * 4];

	words_say(out,
		  "The connection request to %s, an address of this host, was last seen at %s and "
		  "nothing came back: whether something on this host or further along kept it is "
		  "not known.",
		  where_server(c, addr), last ? safe_text(name, sizeof(name), last->name) : "?");
	tell_syns(c, out);
	words_advise(out, "See what sends it there:  bpftool net show   and  nft list ruleset");
}

static bool sent_unseen(const struct hm_case *c)
{
	return waits(c) && case_is_proxy(c) && c->unseen && c->read_ns;
}

static void tell_sent_unseen(const struct hm_case *c, struct hm_verdict *out)
{
	char a[HM_WHO_LEN];

	words_say(out, "The proxy %s read the message; whether it sent it on is not known: %s.",
		  who_server(c, a), UNSEEN(c));
	if (c->unseen == HM_UNSEEN_FILTER)
		words_advise(out, "Try again without the filter.");
	else if (c->unseen == HM_UNSEEN_DEPTH)
		words_advise(out, "Try again without --depth, or with a larger one.");
	else
		words_advise(out, "Look into the log of %s, or run this trace behind it.", a);
}

/* The request may not have ended when its client gave up, or the trace did. */
static bool goes_on(const struct hm_case *c)
{
	return unanswered(c) && !c->drop && case_goes_on(c);
}

static void tell_goes_on(const struct hm_case *c, struct hm_verdict *out)
{
	char b[HM_ADDR_LEN];

	words_say(out,
		  "The client sent %s at least %u KB more after the first of its request, "
		  "unanswered; when the last of them came, and whether it was the last, is not "
		  "known.",
		  where_server(c, b), case_sent_on(c) >> 10);
	tell_giving_up(c, out);
	words_advise(out, "Look into the client's log: had it sent all when it gave up?");
}

static bool client_closed(const struct hm_case *c)
{
	return waits(c) && c->owes_answer && c->client_closed;
}

static void tell_client_closed(const struct hm_case *c, struct hm_verdict *out)
{
	uint64_t asked = asked_ns(c);
	char b[HM_ADDR_LEN];

	words_say(out,
		  "The client closed its side of the connection to %s %.1f s after the request; "
		  "whether it still waits for an answer is not known.",
		  where_server(c, b),
		  c->fin_client_ns > asked ? (double)(c->fin_client_ns - asked) / 1e9 : 0.0);
	words_advise(out, "Say how long an answer may take:  --answer 10s");
}

static bool both_wait(const struct hm_case *c)
{
	return waits(c) && c->owes_answer;
}

static void tell_both_wait(const struct hm_case *c, struct hm_verdict *out)
{
	char b[HM_ADDR_LEN];

	words_say(out,
		  "The connection to %s is still open, %.1f s after the request; both ends wait.",
		  where_server(c, b), (double)(c->path->judged_ns - asked_ns(c)) / 1e9);
	words_advise(out, "Let it run longer, or say how long an answer may take:  --answer 10s");
}

static bool still_open(const struct hm_case *c)
{
	return c->established && !c->rst;
}

static void tell_still_open(const struct hm_case *c, struct hm_verdict *out)
{
	uint64_t asked = asked_ns(c);
	char b[HM_ADDR_LEN];

	words_say(out, "The connection to %s is still open, %.1f s after its %s.",
		  where_server(c, b),
		  (double)(c->path->judged_ns - (asked ? asked : c->first_ns)) / 1e9,
		  c->marked ? "marker" : "first packet");
}

static bool no_packet(const struct hm_case *c)
{
	return c->connect && !c->has_syn;
}

static void tell_no_packet(const struct hm_case *c, struct hm_verdict *out)
{
	say_of_server(c, out, "A connect(2) to ", " was seen, but no packet of it and no reason.");
}

static void tell_no_synack(const struct hm_case *c, struct hm_verdict *out)
{
	char b[HM_ADDR_LEN];

	words_say(
		out,
		"The connection request to %s was not answered while it was watched, %.1f s; that "
		"is %s.",
		where_server(c, b), since(c, c->path->judged_ns),
		c->synack_due ? "all that could be watched from here" : "too short to tell");
	tell_syns(c, out);
}

static bool no_ack(const struct hm_case *c)
{
	return c->has_synack && !c->established && !c->rst;
}

static void tell_no_ack(const struct hm_case *c, struct hm_verdict *out)
{
	char b[HM_ADDR_LEN];

	words_say(out,
		  "%s agreed to the connection (SYN-ACK), and the client's ACK of that was not "
		  "seen while it was watched, %.1f s in all.",
		  where_server(c, b), since(c, c->path->judged_ns));
	tell_syns(c, out);
	words_advise(out, "Let it run longer: what is lost once is sent again.");
}

/* It came in somewhere, and that was the last of it. */
static const struct hm_hop *where_it_ended(const struct hm_case *c, enum hm_step step)
{
	const struct hm_row *last = NULL;

	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->row_count; i++) {
			const struct hm_row *row = &c->legs[l]->rows[i];
			uint64_t ns = row->cell[step].first_ns;

			if (ns && (!last || ns > last->cell[step].first_ns))
				last = row;
		}
	return last && hop_hook(c, last->hop) <= HM_HOOK_TC_IN ? &c->scene->hops[last->hop] : NULL;
}

static const struct hm_hop *kept_on_the_way(const struct hm_case *c)
{
	if (c->drop || c->icmp)
		return NULL;
	if (no_synack(c) && c->synack_due)
		return where_it_ended(c, HM_STEP_SYN);
	if (c->marker_in >= 3 && waits(c) && !c->acked_ns && !c->read_ns)
		return where_it_ended(c, HM_STEP_MARKER);
	return NULL;
}

static bool ended_inside(const struct hm_case *c)
{
	const struct hm_hop *in = kept_on_the_way(c);

	return in && !(c->server_here && in->netns == c->server_netns);
}

static void tell_ended_inside(const struct hm_case *c, struct hm_verdict *out)
{
	const struct hm_hop *in = kept_on_the_way(c);
	char b[HM_ADDR_LEN], name[HM_NAME_LEN * 4];

	words_say(out,
		  "The %s %s came in at %s and was seen nowhere after that; the kernel named no "
		  "drop.",
		  c->marked ? "marker for" : "connection request to", where_server(c, b),
		  safe_text(name, sizeof(name), in->name));
	tell_attached(in, out);
	tell_syns(c, out);
}

static bool too_little(const struct hm_case *c)
{
	(void)c;
	return true;
}

static void tell_too_little(const struct hm_case *c, struct hm_verdict *out)
{
	say_of_server(c, out, "What was seen of the connection to ",
		      " does not suffice to name a fault.");
}

static const struct reason rows[] = {
	{kept, tell_kept},
	{ended_inside, tell_ended_inside},
	{answered_elsewhere, tell_elsewhere},
	{lost_back, tell_lost_back},
	{never_acked, tell_never_acked},
	{went_astray, tell_went_astray},
	{unseen_back, tell_unseen_back},
	{sent_unseen, tell_sent_unseen},
	{goes_on, tell_goes_on},
	{client_closed, tell_client_closed},
	{both_wait, tell_both_wait},
	{still_open, tell_still_open},
	{no_packet, tell_no_packet},
	{no_synack, tell_no_synack},
	{no_ack, tell_no_ack},
	{too_little, tell_too_little},
};

static const struct reason first = {worthless, tell_worthless};

static const struct reason *reason_of(const struct hm_case *c)
{
	const struct reason *reason = rows;

	if (first.holds(c))
		return &first;
	for (size_t i = 0; i < reasons_odd.count; i++)
		if (reasons_odd.rows[i].holds(c))
			return &reasons_odd.rows[i];
	while (!reason->holds(c))
		reason++;
	return reason;
}

void tell_inconclusive(const struct hm_case *c, struct hm_verdict *out)
{
	reason_of(c)->tell(c, out);
	if (!c->direction_known)
		words_evidence(out, "%s: which side is the client is not known",
			       sight_may_come_unseen(c, 0) ? "its beginning was not seen"
							   : "it began before the trace");
	if (c->drop)
		tell_drops(c, out);
	tell_odd_drop(c, out);
	if (c->rst)
		words_evidence(out,
			       c->rst_here && !refused_for_a_listener(c)
				       ? "RST by this kernel's TCP at %s"
				       : "RST at %s; who made it is not known",
			       PLACE(c, c->rst->hop, c->rst->mono_ns));
	if (c->stray)
		words_evidence(out,
			       "RST at %s: its number is none of this connection's, the client "
			       "ignores it",
			       PLACE(c, c->stray->stray_hop, c->stray->stray_ns));
}
