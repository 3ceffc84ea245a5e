// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drops: which reasons carry blame, and whether the packet came through in the end. Called by case.c
 * and case_author.c.
 */
#include <string.h>

#include "case.h"

/*
 * Reasons that may carry blame. Everything else is evidence at most: many frees are harmless
 * (NOT_SPECIFIED, TCP_INVALID_SYN, QUEUE_PURGE, NO_SOCKET under SYN cookies ...).
 */
static const struct {
	const char *reason;
	enum hm_code code;
} reasons[] = {
	{"NETFILTER_DROP", HM_DROPPED_BY_FIREWALL},
	{"IP_RPFILTER", HM_DROPPED_BY_ROUTING},
	{"IP_INADDRERRORS", HM_DROPPED_BY_ROUTING},
	{"IP_INNOROUTES", HM_DROPPED_BY_ROUTING},
	{"IP_LOCAL_SOURCE", HM_DROPPED_BY_ROUTING},
	{"IP_INVALID_SOURCE", HM_DROPPED_BY_ROUTING},
	{"IP_INVALID_DEST", HM_DROPPED_BY_ROUTING},
	{"IP_LOCALNET", HM_DROPPED_BY_ROUTING},
	{"IP_OUTNOROUTES", HM_NO_ROUTE},
	{"TC_INGRESS", HM_DROPPED_BY_BPF},
	{"TC_EGRESS", HM_DROPPED_BY_BPF},
	{"XDP", HM_DROPPED_BY_BPF},
	{"BPF_CGROUP_EGRESS", HM_DROPPED_BY_BPF},
	{"SOCKET_FILTER", HM_DROPPED_BY_BPF},
	{"SECURITY_HOOK", HM_DROPPED_OTHER},
	{"XFRM_POLICY", HM_DROPPED_OTHER},
	{"QDISC_DROP", HM_DROPPED_OTHER},
	{"CPU_BACKLOG", HM_DROPPED_OTHER},
	{"FULL_RING", HM_DROPPED_OTHER},
	{"NOMEM", HM_DROPPED_OTHER},
	{"PROTO_MEM", HM_DROPPED_OTHER},
	{"SOCKET_RCVBUFF", HM_DROPPED_OTHER},
	{"SOCKET_BACKLOG", HM_DROPPED_OTHER},
	{"IP_CSUM", HM_DROPPED_OTHER},
	{"TCP_CSUM", HM_DROPPED_OTHER},
	{"PKT_TOO_BIG", HM_DROPPED_OTHER},
	{"NEIGH_FAILED", HM_NEIGHBOUR_FAILED},
	{"NEIGH_CREATEFAIL", HM_NEIGHBOUR_FAILED},
	{"NEIGH_QUEUEFULL", HM_NEIGHBOUR_FAILED},
	{"NEIGH_DEAD", HM_NEIGHBOUR_FAILED},
	{"NEIGH_HH_FILLFAIL", HM_NEIGHBOUR_FAILED},
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

static enum hm_code drop_blames(const struct hm_case *c, const struct hm_sighting *s)
{
	enum hm_code code = HM_CODE_COUNT;

	if (drop_tells_silence(s))
		return HM_NEIGHBOUR_FAILED;
	for (size_t i = 0; i < HM_ARRAY_SIZE(reasons); i++)
		if (!strcmp(reasons[i].reason, s->drop.reason))
			code = reasons[i].code;
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

bool drop_stands(const struct hm_case *c, const struct hm_sighting *s)
{
	uint8_t flags = s->drop.flags;
	bool from_server =
		endpoint_equal(&s->src, &c->first->server) || endpoint_equal(&s->src, &c->last->server);

	if (flags & HM_TCP_RST)
		return false;
	if ((flags & (HM_TCP_SYN | HM_TCP_ACK)) == HM_TCP_SYN)
		return !c->has_synack;
	if (flags & HM_TCP_SYN)
		return !c->has_ack && !c->request_ns;
	if (from_server && c->answer_ns)
		return answer_taken(c, s);
	return !c->answer_ns && (from_server || !c->acked_ns);
}

void drop_take(struct hm_case *c, const struct hm_sighting *s)
{
	enum hm_code code = drop_blames(c, s);

	if (s->drop.has_listener && s->drop.backlog > s->drop.backlog_max && !c->full)
		c->full = s;
	if (!strcmp(s->drop.reason, "NETFILTER_DROP") && !c->firewall)
		c->firewall = s;
	if (code == HM_CODE_COUNT || !drop_stands(c, s))
		return;
	c->drops++;
	if (c->drop)
		return;
	c->drop = s;
	c->drop_code = (uint8_t)code;
	c->drop_answer = c->answer_ns && !(s->drop.flags & HM_TCP_SYN);
}
