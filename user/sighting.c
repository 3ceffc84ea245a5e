// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sighting: names of its kinds, as JSON and recordings spell them, equal ends, kinds of drops.
 */
#include "sighting.h"

#include <string.h>

#include "hm_types.h"

static const char *const names[HM_WHAT_COUNT] = {
	[HM_WHAT_NONE] = "none",     [HM_WHAT_SYN] = "syn",
	[HM_WHAT_SYNACK] = "synack", [HM_WHAT_ACK] = "ack",
	[HM_WHAT_RST] = "rst",	     [HM_WHAT_FIN] = "fin",
	[HM_WHAT_DATA] = "data",     [HM_WHAT_MARKER] = "marker",
	[HM_WHAT_ECHO] = "echo",     [HM_WHAT_ACKED] = "acked",
	[HM_WHAT_ICMP] = "icmp",     [HM_WHAT_DROP] = "drop",
	[HM_WHAT_RESET] = "reset",   [HM_WHAT_RETRANS] = "retransmit",
	[HM_WHAT_READ] = "read",     [HM_WHAT_CONNECT] = "connect",
	[HM_WHAT_SOCKET] = "socket", [HM_WHAT_LISTENER] = "listener",
	[HM_WHAT_ROUTE] = "route",   [HM_WHAT_UNSEARCHED] = "unsearched",
	[HM_WHAT_WINDOW] = "window",
	[HM_WHAT_NO_PORT] = "no-port", [HM_WHAT_PORTS] = "ports",
	[HM_WHAT_HELLO] = "hello",
};

const char *sighting_what_name(enum hm_what what)
{
	return (unsigned int)what < HM_WHAT_COUNT ? names[what] : names[HM_WHAT_NONE];
}

enum hm_what sighting_what_by_name(const char *name)
{
	for (unsigned int i = 1; i < HM_WHAT_COUNT; i++)
		if (!strcmp(names[i], name))
			return (enum hm_what)i;
	return HM_WHAT_NONE;
}

bool drop_repeats(const struct hm_sighting *a, const struct hm_sighting *b)
{
	return a->what == HM_WHAT_DROP && b->what == HM_WHAT_DROP && a->seq == b->seq &&
	       !a->len == !b->len && endpoint_equal(&a->src, &b->src) &&
	       !((a->drop.flags ^ b->drop.flags) & HM_TCP_SYN) &&
	       !strcmp(a->drop.reason, b->drop.reason);
}

bool drop_is_chance(const struct hm_sighting *s)
{
	static const char *const reasons[] = {
		"QDISC_DROP",
		"QDISC_OVERLIMIT",
		"QDISC_CONGESTED",
		"CAKE_FLOOD",
		"FQ_BAND_LIMIT",
		"FQ_FLOW_LIMIT",
		"FQ_HORIZON_LIMIT",
		"CPU_BACKLOG",
		"FULL_RING",
		"PROTO_MEM",
		"SOCKET_RCVBUFF",
		"SOCKET_BACKLOG",
		"IP_CSUM",
		"TCP_CSUM",
		"TCP_INVALID_SYN",
		"TCP_RFC7323_TW_PAWS",
		"TCP_RFC7323_PAWS",
		"TCP_RFC7323_TSECR",
		"TCP_OLD_SEQUENCE",
		"TCP_INVALID_SEQUENCE",
		"TCP_INVALID_END_SEQUENCE",
		"TCP_INVALID_ACK_SEQUENCE",
		"TCP_TOO_OLD_ACK",
		"TCP_ACK_UNSENT_DATA",
	};

	for (unsigned int i = 0; i < HM_ARRAY_SIZE(reasons); i++)
		if (!strcmp(s->drop.reason, reasons[i]))
			return true;
	return false;
}

bool drop_may_pass(const struct hm_sighting *s)
{
	return drop_is_chance(s) || !strcmp(s->drop.reason, "NETFILTER_DROP") ||
	       !strcmp(s->drop.reason, "PKT_TOO_BIG");
}

bool syn_finds_no_room(const struct hm_sighting *s)
{
	const struct hm_sight_syn *q = &s->syn;

	return s->what == HM_WHAT_SYN && q->has_listener && q->requests_max && !q->cookies &&
	       (q->requests >= q->backlog_max ||
		q->requests > q->requests_max - q->requests_max / 4);
}

bool endpoint_equal(const struct hm_endpoint *a, const struct hm_endpoint *b)
{
	return a->port == b->port && !memcmp(a->addr, b->addr, sizeof(a->addr));
}
