// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drops: which reasons carry blame, and whether the packet came through in the end. Called by case.c
 * and case_author.c.
 */
#include <string.h>

#include "case.h"

#define SYNS_DUE_NS 3000000000ULL
#define ONE_PACKET_NS 150000000ULL /* from hop to hop here; sent again it is later, 0.2 s at least */

/*
 * Reasons that may carry blame. Everything else is evidence at most: many frees are harmless
 * (NOT_SPECIFIED, TCP_INVALID_SYN of a repeated SYN-ACK, QUEUE_PURGE, NO_SOCKET under SYN cookies ...).
 */
static const struct {
	const char *reason;
	enum hm_code code;
} reasons[] = {
	{"NETFILTER_DROP", HM_DROPPED_BY_FIREWALL},
	{"IP_RPFILTER", HM_DROPPED_BY_ROUTING},
	{"IP_INADDRERRORS", HM_DROPPED_BY_ROUTING},
	{"IP_LOCAL_SOURCE", HM_DROPPED_BY_ROUTING},
	{"IP_INVALID_SOURCE", HM_DROPPED_BY_ROUTING},
	{"IP_INVALID_DEST", HM_DROPPED_BY_ROUTING},
	{"IP_LOCALNET", HM_DROPPED_BY_ROUTING},
	{"IP_INNOROUTES", HM_NO_ROUTE}, /* IPv6: ip6_pkt_drop() */
	{"IP_OUTNOROUTES", HM_NO_ROUTE},
	{"TC_INGRESS", HM_DROPPED_BY_BPF},
	{"TC_EGRESS", HM_DROPPED_BY_BPF},
	{"XDP", HM_DROPPED_BY_BPF},
	{"BPF_CGROUP_EGRESS", HM_DROPPED_BY_BPF},
	{"SOCKET_FILTER", HM_DROPPED_BY_BPF},
	{"QDISC_DROP", HM_DROPPED_BY_QUEUE},
	{"QDISC_OVERLIMIT", HM_DROPPED_BY_QUEUE},
	{"QDISC_CONGESTED", HM_DROPPED_BY_QUEUE},
	{"CAKE_FLOOD", HM_DROPPED_BY_QUEUE},
	{"FQ_BAND_LIMIT", HM_DROPPED_BY_QUEUE},
	{"FQ_HORIZON_LIMIT", HM_DROPPED_BY_QUEUE},
	{"FQ_FLOW_LIMIT", HM_DROPPED_BY_QUEUE},
	{"CPU_BACKLOG", HM_DROPPED_BY_QUEUE},
	{"FULL_RING", HM_DROPPED_BY_QUEUE},
	{"PROTO_MEM", HM_DROPPED_BY_QUEUE},
	{"SOCKET_RCVBUFF", HM_DROPPED_BY_QUEUE},
	{"SOCKET_BACKLOG", HM_DROPPED_BY_QUEUE},
	{"SECURITY_HOOK", HM_DROPPED_OTHER},
	{"XFRM_POLICY", HM_DROPPED_OTHER},
	{"NOMEM", HM_DROPPED_OTHER},
	{"IP_CSUM", HM_BAD_CHECKSUM},
	{"TCP_CSUM", HM_BAD_CHECKSUM},
	{"TCP_INVALID_SYN", HM_STALE_CONNECTION},
	{"TCP_RFC7323_TW_PAWS", HM_STALE_CONNECTION},
	{"TCP_RFC7323_PAWS", HM_STALE_CONNECTION},
	{"TCP_RFC7323_TSECR", HM_STALE_CONNECTION},
	{"TCP_OLD_SEQUENCE", HM_STALE_CONNECTION},
	{"TCP_INVALID_SEQUENCE", HM_STALE_CONNECTION},
	{"TCP_INVALID_END_SEQUENCE", HM_STALE_CONNECTION},
	{"TCP_INVALID_ACK_SEQUENCE", HM_STALE_CONNECTION},
	{"TCP_TOO_OLD_ACK", HM_STALE_CONNECTION},
	{"TCP_ACK_UNSENT_DATA", HM_STALE_CONNECTION},
	{"PKT_TOO_BIG", HM_MTU_BLACK_HOLE},
	{"NEIGH_FAILED", HM_NEIGHBOUR_FAILED},
	{"NEIGH_CREATEFAIL", HM_NEIGHBOUR_FAILED},
	{"NEIGH_QUEUEFULL", HM_NEIGHBOUR_FAILED},
	{"NEIGH_DEAD", HM_NEIGHBOUR_FAILED},
	{"NEIGH_HH_FILLFAIL", HM_NEIGHBOUR_FAILED},
	{"BRIDGE_INGRESS_STP_STATE", HM_DROPPED_OTHER},
	{"IPV6DISABLED", HM_DROPPED_OTHER},
	{"TCP_MD5NOTFOUND", HM_DROPPED_OTHER},
	{"TCP_MD5UNEXPECTED", HM_DROPPED_OTHER},
	{"TCP_MD5FAILURE", HM_DROPPED_OTHER},
	{"TCP_MINTTL", HM_DROPPED_OTHER},
};

/* The compiler may have split it: "neigh_invalidate.isra.0" on some kernels. */
static bool is_function(const char *where, const char *name)
{
	size_t len = strlen(name);

	return !strncmp(where, name, len) && (!where[len] || where[len] == '.');
}

bool drop_tells_silence(const struct hm_sighting *s)
{
	static const char *const functions[] = {"neigh_invalidate", "arp_error_report",
						"ndisc_error_report"};

	if (!strcmp(s->drop.reason, "NEIGH_FAILED") || !strcmp(s->drop.reason, "NEIGH_QUEUEFULL"))
		return true;
	for (size_t i = 0; i < HM_ARRAY_SIZE(functions); i++)
		if (!strcmp(s->drop.reason, "NOT_SPECIFIED") &&
		    is_function(s->drop.where, functions[i]))
			return true;
	return false;
}

/*
 * Reached only by a packet for which the lookup found no usable route; no reason says so. The second is
 * IPv6's for a blackhole.
 */
static bool drop_tells_no_route(const struct hm_sighting *s)
{
	return !strcmp(s->drop.reason, "NOT_SPECIFIED") &&
	       (is_function(s->drop.where, "ip_error") || is_function(s->drop.where, "dst_discard_out"));
}

/* XDP's own reason is not given where it runs in generic mode. */
static bool drop_tells_xdp(const struct hm_sighting *s)
{
	return !strcmp(s->drop.reason, "NOT_SPECIFIED") &&
	       (is_function(s->drop.where, "do_xdp_generic") ||
		is_function(s->drop.where, "netif_receive_generic_xdp"));
}

static enum hm_code drop_blames(const struct hm_case *c, const struct hm_sighting *s)
{
	enum hm_code code = HM_CODE_COUNT;

	if (drop_tells_silence(s))
		return HM_NEIGHBOUR_FAILED;
	if (drop_tells_no_route(s))
		return HM_NO_ROUTE;
	if (drop_tells_xdp(s))
		return HM_DROPPED_BY_BPF;
	for (size_t i = 0; i < HM_ARRAY_SIZE(reasons); i++)
		if (!strcmp(reasons[i].reason, s->drop.reason))
			code = reasons[i].code;
	if ((s->drop.flags & HM_TCP_SYN) && (s->drop.flags & HM_TCP_ACK) &&
	    code == HM_STALE_CONNECTION)
		return HM_CODE_COUNT;
	if (code == HM_DROPPED_BY_BPF && dropper_of(c, s).no_program)
		return HM_DROPPED_OTHER;
	return code;
}

/* An answer was seen where it leaves this host, or arrives at the client's socket, at ns or later. */
static bool answer_beyond(const struct hm_case *c, const struct hm_leg *leg, uint64_t ns)
{
	for (uint32_t i = 0; i < leg->row_count; i++) {
		const struct hm_cell *cell = &leg->rows[i].cell[HM_STEP_ANSWER];
		uint8_t hook = hop_hook(c, leg->rows[i].hop);

		if (cell->count && cell->last_ns >= ns &&
		    (c->client_here ? hook == HM_HOOK_SOCK_IN : hook == HM_HOOK_TC_OUT))
			return true;
	}
	return false;
}

/*
 * An answer that was seen before it was dropped: the drop is overcome where those bytes were seen
 * to go on, or the client acknowledged them. Of later bytes than the answer's first no hop tells;
 * what the client had acknowledged when it closed does.
 */
static bool answer_taken(const struct hm_case *c, const struct hm_sighting *s)
{
	bool beyond = false;

	if (!s->len)
		return false;
	for (uint32_t i = 0; i < c->leg_count; i++) {
		const struct hm_leg *leg = c->legs[i];

		if (leg->has_client_ack && (int32_t)(leg->client_ack - s->seq) > 0)
			return false;
		beyond |= answer_beyond(c, leg, s->mono_ns);
	}
	for (uint32_t i = 0; i < c->leg_count; i++)
		if (c->legs[i]->answer_ns && c->legs[i]->answer_seq == s->seq)
			return !beyond;
	return c->first->has_client_ack && c->fin_client_ns > s->mono_ns;
}

static bool comes_back(const struct hm_case *c, const struct hm_sighting *s)
{
	return endpoint_equal(&s->src, &c->first->server) || endpoint_equal(&s->src, &c->last->server);
}

/* A repetition of what had been read, or of a part of that. */
static bool was_read(const struct hm_case *c, const struct hm_sighting *s)
{
	return c->read_ns && c->first->marker_ns && (int32_t)(s->seq - c->first->marker_end_seq) < 0;
}

bool drop_stands(const struct hm_case *c, const struct hm_sighting *s)
{
	uint8_t flags = s->drop.flags;
	bool from_server = comes_back(c, s);

	if (flags & HM_TCP_RST)
		return false;
	if ((flags & (HM_TCP_SYN | HM_TCP_ACK)) == HM_TCP_SYN)
		return !c->has_synack;
	if (flags & HM_TCP_SYN)
		return !c->has_ack && !c->request_ns;
	if (from_server && c->answer_ns)
		return answer_taken(c, s);
	return !c->answer_ns && (from_server || (!c->acked_ns && !was_read(c, s)));
}

void drop_take(struct hm_case *c, const struct hm_sighting *s)
{
	enum hm_code code = drop_blames(c, s);

	if (s->drop.has_listener && s->drop.backlog > s->drop.backlog_max)
		full_take(c, s);
	if (!strcmp(s->drop.reason, "NETFILTER_DROP") && !c->firewall)
		c->firewall = s;
	if (!drop_stands(c, s))
		return;
	if (code == HM_CODE_COUNT) {
		if ((s->drop.flags & (HM_TCP_SYN | HM_TCP_ACK)) == HM_TCP_SYN)
			c->odd_drop = s;
		return;
	}
	c->syn_drops += s->drop.flags & HM_TCP_SYN ? 1 : 0;
	if (c->drop && drop_is_chance(c->drop) && !drop_is_chance(s))
		c->drop = NULL; /* the rule that drops is the fault */
	if (c->drop && c->drop_code != code)
		return;
	c->drops = c->drop ? c->drops + 1 : 1;
	c->last_drop = s;
	if (c->drop)
		return;
	c->drop = s;
	c->drop_code = (uint8_t)code;
	c->drop_answer = c->answer_ns && !(s->drop.flags & HM_TCP_SYN);
}

/* A copy that a bridge sent everywhere is no one's loss. */
bool drop_is_odd(const struct hm_case *c)
{
	return c->odd_drop && strcmp(c->odd_drop->drop.reason, "NOT_SPECIFIED") != 0 &&
	       strcmp(c->odd_drop->drop.reason, "OTHERHOST") != 0;
}

static bool same_packet(const struct hm_sighting *a, const struct hm_sighting *b)
{
	return b->what == HM_WHAT_DROP && a->seq == b->seq && endpoint_equal(&a->src, &b->src) &&
	       !((a->drop.flags ^ b->drop.flags) & HM_TCP_SYN) && !strcmp(a->drop.reason, b->drop.reason);
}

/* Of an answer that was sent again only the last drop stands, and the earlier ones belong to it. */
void drop_settle(struct hm_case *c)
{
	const struct hm_sighting *of = c->drop;

	if (of && c->drop_code == HM_DROPPED_BY_FIREWALL && table_says(c) >= HM_TABLE_FULL)
		c->drop_code = HM_CONNTRACK_FULL;
	if (!of || !drop_may_pass(of))
		return;
	c->drops = 0;
	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->note_count; i++) {
			const struct hm_sighting *s = &c->legs[l]->notes[i];

			if (!same_packet(of, s))
				continue;
			if (!c->drops++ || s->mono_ns < c->drop->mono_ns)
				c->drop = s;
			if (s->mono_ns > c->last_drop->mono_ns)
				c->last_drop = s;
		}
}

/* When that step was last seen at any hop, and how often at the one that saw most of it. */
static struct hm_cell last_seen(const struct hm_case *c, enum hm_step step)
{
	struct hm_cell all = {};

	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->row_count; i++) {
			const struct hm_cell *cell = &c->legs[l]->rows[i].cell[step];

			if (cell->count > all.count)
				all.count = cell->count;
			if (cell->count && cell->last_ns > all.last_ns)
				all.last_ns = cell->last_ns;
		}
	return all;
}

/* Some hop saw it, but not each time: it is behind what dropped the others. */
static bool seen_behind(const struct hm_case *c, enum hm_step step, uint32_t most)
{
	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->row_count; i++) {
			uint32_t count = c->legs[l]->rows[i].cell[step].count;

			if (count && count < most)
				return true;
		}
	return false;
}

/* Netfilter's hooks have hops behind them: where none of these saw one, it may be that one drop was not told. */
static bool one_untold(const struct hm_case *c, enum hm_step step, uint32_t drops, uint32_t most)
{
	return drops >= 3 && drops + 1 == most && !drop_is_chance(c->drop) && !seen_behind(c, step, most);
}

/*
 * None went on: the last was dropped, and as many as were seen where most were. One that went on and was
 * not answered either has another fault, of which this drop, by chance perhaps, tells nothing. What is
 * dropped before any hop sees it (in OUTPUT, in a CPU's backlog) is none of those that were seen.
 */
static bool each_dropped(const struct hm_case *c, enum hm_step step, uint32_t drops)
{
	struct hm_cell seen = last_seen(c, step);
	uint64_t last_ns = c->last_drop->mono_ns;

	if (!seen.count)
		return true;
	return seen.last_ns <= last_ns && last_ns < seen.last_ns + ONE_PACKET_NS &&
	       (c->more_drops || drops >= seen.count || one_untold(c, step, drops, seen.count));
}

static bool covers_marker(const struct hm_case *c, const struct hm_sighting *s)
{
	return c->marked && !c->acked_ns && !c->read_ns &&
	       (int32_t)(c->first->marker_end_seq - s->seq) > 0 &&
	       (int32_t)(s->seq + s->len - c->first->marker_seq) > 0;
}

/*
 * No more came, or so many in so long: where the sender's own host drops them, TCP tries again every half
 * second.
 */
static bool syn_given_up(const struct hm_case *c)
{
	return c->client_gave_up || (!c->path->cut && !drop_is_chance(c->drop)) ||
	       (c->synack_due && c->path->judged_ns >= c->first_ns + SYNS_DUE_NS);
}

/*
 * A rule that takes bytes again and again: an answer, of which nothing was seen, or what a client sends
 * without a marker. Of these no hop tells that they passed later, so that it takes more.
 */
static bool rule_takes_all(const struct hm_case *c, bool again)
{
	if (drop_is_chance(c->drop) || !c->drop->len)
		return false;
	return comes_back(c, c->drop) ? again && !c->answer_ns : !c->marked && c->drops >= 4;
}

static bool was_last(const struct hm_case *c)
{
	const struct hm_sighting *s = c->last_drop;
	bool again = c->drops >= 3 || c->client_gave_up ||
		     (!c->path->cut && c->fin_client_ns > c->drop->mono_ns);

	if ((s->drop.flags & (HM_TCP_SYN | HM_TCP_ACK)) == HM_TCP_SYN)
		return syn_given_up(c) && each_dropped(c, HM_STEP_SYN, c->syn_drops);
	if (s->drop.flags & HM_TCP_SYN)
		return syn_given_up(c) && each_dropped(c, HM_STEP_SYNACK, c->syn_drops);
	if (c->drop_answer) /* that it was not overcome is known, see answer_taken() */
		return again;
	return rule_takes_all(c, again) ||
	       (again && covers_marker(c, s) && each_dropped(c, HM_STEP_MARKER, c->drops));
}

/* The last of that namespace's places that saw the step is one behind its routing. */
static bool was_routed(const struct hm_case *c, enum hm_step step, uint32_t netns)
{
	uint64_t last_ns = 0;
	bool routed = false;

	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->row_count; i++) {
			const struct hm_row *row = &c->legs[l]->rows[i];
			const struct hm_cell *cell = &row->cell[step];

			if (c->scene->hops[row->hop].netns != netns || !cell->count || cell->first_ns < last_ns)
				continue;
			last_ns = cell->first_ns;
			routed = hop_hook(c, row->hop) == HM_HOOK_TC_OUT || hop_hook(c, row->hop) == HM_HOOK_SOCK_IN;
		}
	return routed;
}

/*
 * A reason that takes all of its kind holds while none of them goes on: else the drop took a copy, or the
 * reason is gone. One that waits for its neighbour may be seen, before it is dropped, after others were.
 */
static bool went_on(const struct hm_case *c, enum hm_step step)
{
	uint32_t netns = c->scene->hops[c->drop->hop].netns;
	bool by_route = c->drop_code == HM_DROPPED_BY_ROUTING || c->drop_code == HM_NO_ROUTE ||
			  c->drop_code == HM_NEIGHBOUR_FAILED;

	if (by_route && scene_watches(c->scene, HM_HOOK_TC_OUT, netns))
		return was_routed(c, step, netns);
	return last_seen(c, step).last_ns > c->last_drop->mono_ns;
}

/* What is not acknowledged is sent again within that time, and dropped again; or its client gave it up. */
static bool not_just_once(const struct hm_case *c)
{
	return c->drops > 1 || c->client_gave_up || c->fin_client_ns > c->drop->mono_ns;
}

bool drop_counts(const struct hm_case *c)
{
	uint8_t flags = c->drop ? c->drop->drop.flags : 0;

	if (!c->drop || drop_may_pass(c->drop))
		return c->drop && was_last(c);
	if (!(flags & HM_TCP_SYN))
		return not_just_once(c);
	return !went_on(c, flags & HM_TCP_ACK ? HM_STEP_SYNACK : HM_STEP_SYN);
}
