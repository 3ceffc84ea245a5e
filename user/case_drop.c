// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drops: which reasons carry blame, and which of several is told. Called by case.c and
 * case_author.c. Whether what they took got through in the end is in case_overcome.c.
 */
#include <string.h>

#include "case.h"

/*
 * Reasons that may carry blame. Everything else is evidence at most: many frees are harmless
 * (NOT_SPECIFIED, TCP_INVALID_SYN of a repeated SYN-ACK, QUEUE_PURGE, NO_SOCKET under SYN cookies
 * ...).
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
	{"IP_INNOROUTES", HM_NO_ROUTE},
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

bool drop_comes_back(const struct hm_case *c, const struct hm_sighting *s)
{
	return endpoint_equal(&s->src, &c->first->server) ||
	       endpoint_equal(&s->src, &c->last->server);
}

uint32_t drop_netns(const struct hm_case *c)
{
	return c->scene->hops[c->drop->hop].netns;
}

static bool drop_comes_in(const struct hm_case *c, const struct hm_sighting *s)
{
	bool back = drop_comes_back(c, s);

	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->row_count; i++) {
			const struct hm_row *row = &c->legs[l]->rows[i];

			if (hop_hook(c, row->hop) <= HM_HOOK_TC_IN &&
			    c->scene->hops[row->hop].netns == c->scene->hops[s->hop].netns &&
			    (back ? sight_crosses_back(row) : sight_crosses_forth(row)))
				return true;
		}
	return false;
}

/*
 * ip_error() gives that reason nowhere but where the interface it came in at does not forward.
 * ip6_forward() gives it too for a source that is no one to send on for: of such a link-local one
 * gets there.
 */
bool drop_tells_no_forwarding(const struct hm_sighting *s)
{
	bool link_local = s->src.addr[0] == 0xfe && (s->src.addr[1] & 0xc0) == 0x80;

	return !strcmp(s->drop.reason, "IP_INADDRERRORS") &&
	       (is_function(s->drop.where, "ip_error") ||
		(is_function(s->drop.where, "ip6_forward") && !link_local));
}

static bool is_discarded(const struct hm_sighting *s)
{
	return !strcmp(s->drop.reason, "NOT_SPECIFIED") &&
	       is_function(s->drop.where, "dst_discard_out");
}

/*
 * What begins here goes there while IPsec waits for its keys (net.core.xfrm_larval_drop). That it
 * does is known where its sender's socket is here: an interface that it came in by may not be
 * watched.
 */
bool drop_tells_discard(const struct hm_case *c, const struct hm_sighting *s)
{
	bool begins_here = drop_comes_back(c, s) ? c->server_here : c->client_here;

	return is_discarded(s) && begins_here && !drop_comes_in(c, s);
}

/*
 * Reached only by a packet for which the lookup found no usable route. The second is IPv6's for a
 * blackhole that a packet comes to.
 */
static bool drop_tells_no_route(const struct hm_case *c, const struct hm_sighting *s)
{
	return is_function(s->drop.where, "ip_error") || drop_tells_no_forwarding(s) ||
	       (is_discarded(s) && drop_comes_in(c, s));
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
	if (drop_tells_no_route(c, s))
		return HM_NO_ROUTE;
	if (drop_tells_discard(c, s))
		return HM_DROPPED_OTHER;
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

/*
 * An answer was seen where it leaves this host, or arrives at the client's socket, at ns or later.
 */
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

/* The client acknowledged it, or the first of it. */
static bool client_has(const struct hm_case *c, const struct hm_sighting *s)
{
	for (uint32_t l = 0; l < c->leg_count; l++)
		if (c->legs[l]->has_client_ack &&
		    (int32_t)(c->legs[l]->client_ack - s->seq) > 0)
			return true;
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
	for (uint32_t i = 0; i < c->leg_count; i++)
		beyond |= answer_beyond(c, c->legs[i], s->mono_ns);
	for (uint32_t i = 0; i < c->leg_count; i++)
		if (c->legs[i]->answer_ns && c->legs[i]->answer_seq == s->seq)
			return !beyond;
	return c->first->has_client_ack && c->fin_client_ns > s->mono_ns;
}

/* A repetition of what had been read, or of a part of that. */
static bool was_read(const struct hm_case *c, const struct hm_sighting *s)
{
	return c->read_ns && c->first->marker_ns &&
	       (int32_t)(s->seq - c->first->marker_end_seq) < 0;
}

/* This one, and those of the same bytes that it stands for. */
static uint32_t times(const struct hm_sighting *s)
{
	return 1 + s->drop.also;
}

bool drop_stands(const struct hm_case *c, const struct hm_sighting *s)
{
	uint8_t flags = s->drop.flags;
	bool from_server = drop_comes_back(c, s);

	if (flags & HM_TCP_RST)
		return false;
	if ((flags & (HM_TCP_SYN | HM_TCP_ACK)) == HM_TCP_SYN)
		return !c->has_synack;
	if (flags & HM_TCP_SYN)
		return !c->has_ack && !c->request_ns;
	if (from_server && s->len && client_has(c, s))
		return false;
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
	c->syn_drops += s->drop.flags & HM_TCP_SYN ? times(s) : 0;
	if (c->drop && drop_is_chance(c->drop) && !drop_is_chance(s))
		c->drop = NULL; /* the rule that drops is the fault */
	if (c->drop && c->drop_code != code)
		return;
	c->drops = (c->drop ? c->drops : 0) + times(s);
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

uint32_t drop_times(const struct hm_case *c, const struct hm_sighting *of)
{
	uint32_t sum = 0;

	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->note_count; i++)
			if (drop_repeats(of, &c->legs[l]->notes[i]))
				sum += times(&c->legs[l]->notes[i]);
	return sum;
}

/*
 * Of what was dropped alike, in one direction, that which was dropped most is due: the first of
 * these. Bytes before acknowledgements, of which a later one makes up for each.
 */
static const struct hm_sighting *most_dropped(const struct hm_case *c)
{
	const struct hm_sighting *of = c->drop;

	if (!of || (of->drop.flags & HM_TCP_SYN))
		return of;
	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->note_count; i++) {
			const struct hm_sighting *s = &c->legs[l]->notes[i];

			if (s->what == HM_WHAT_DROP && s->len && drop_stands(c, s) &&
			    s->hop == c->drop->hop && endpoint_equal(&s->src, &c->drop->src) &&
			    !strcmp(s->drop.reason, c->drop->drop.reason) &&
			    (!of->len || drop_times(c, s) > drop_times(c, of)))
				of = s;
		}
	return of;
}

/* Of an answer that was sent again only the last drop stands, and the earlier ones belong to it. */
void drop_settle(struct hm_case *c)
{
	const struct hm_sighting *of = most_dropped(c);

	if (of && c->drop_code == HM_DROPPED_BY_FIREWALL && table_says(c) >= HM_TABLE_FULL)
		c->drop_code = HM_CONNTRACK_FULL;
	if (!of || !drop_may_pass(of))
		return;
	c->drops = 0;
	c->drop = c->last_drop = of;
	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->note_count; i++) {
			const struct hm_sighting *s = &c->legs[l]->notes[i];

			if (!drop_repeats(of, s))
				continue;
			if (!c->drops || s->mono_ns < c->drop->mono_ns)
				c->drop = s;
			c->drops += times(s);
			if (s->mono_ns > c->last_drop->mono_ns)
				c->last_drop = s;
		}
}
