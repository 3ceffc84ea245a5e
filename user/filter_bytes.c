// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bytes of a packet: which are constant in a view, which are of the tuple, and the names of
 * those by which no connection is told. Called by filter_fold.c.
 */
#include "filter_inside.h"
#include "hm_abi.h"

/* Bytes of a header: where they are (from its beginning) and what they hold. */
struct field {
	uint32_t from, to;
	int16_t is; /* 0 or more: offset in struct hm_tuple; below: ~ its value, or FILTER_OTHER */
	const char *name;
};

#define TUPLE(field) offsetof(struct hm_tuple, field)

static const struct field ether_fields[] = {
	{0, 11, FILTER_OTHER, "Ethernet addresses"},
};

static const struct field ip4_fields[] = {
	{0, 0, FILTER_OTHER, "the IP header's length"},
	{1, 1, FILTER_OTHER, "the type of service"},
	{2, 3, FILTER_OTHER, "the packet's length"},
	{4, 5, FILTER_OTHER, "the IP identification"},
	{6, 7, FILTER_OTHER, "the fragment bits"},
	{8, 8, FILTER_OTHER, "the TTL"},
	{9, 9, ~HM_IPPROTO_TCP, "the protocol"},
	{10, 11, FILTER_OTHER, "a checksum"},
	{12, 15, TUPLE(saddr[3]), "the source"},
	{16, 19, TUPLE(daddr[3]), "the destination"},
};

static const struct field ip6_fields[] = {
	{0, 3, FILTER_OTHER, "the traffic class or flow label"},
	{4, 5, FILTER_OTHER, "the packet's length"},
	{6, 6, ~HM_IPPROTO_TCP, "the next header"},
	{7, 7, FILTER_OTHER, "the hop limit"},
	{8, 23, TUPLE(saddr), "the source"},
	{24, 39, TUPLE(daddr), "the destination"},
};

static const struct field tcp_fields[] = {
	{0, 1, TUPLE(sport), "the source port"},
	{2, 3, TUPLE(dport), "the destination port"},
	{4, 11, FILTER_OTHER, "sequence numbers"},
	{12, 12, FILTER_OTHER, "the TCP header's length"},
	{13, 13, FILTER_OTHER, "TCP flags"},
	{14, 15, FILTER_OTHER, "the TCP window"},
	{16, 17, FILTER_OTHER, "a checksum"},
	{18, 19, FILTER_OTHER, "the urgent pointer"},
	{20, UINT32_MAX, FILTER_OTHER, "TCP options or payload"},
};

static const struct field *find(const struct field *fields, size_t count, uint32_t at)
{
	for (size_t i = 0; i < count; i++)
		if (at >= fields[i].from && at <= fields[i].to)
			return &fields[i];
	return NULL;
}
#define FIND(fields, at) find(fields, HM_ARRAY_SIZE(fields), at)

/* The other end's field of the tuple: addresses are its first 32 bytes. */
static int16_t swapped(int16_t at)
{
	if (at < (int16_t)TUPLE(sport))
		return at ^ (int16_t)TUPLE(daddr);
	return at ^ (int16_t)(TUPLE(sport) ^ TUPLE(dport));
}

int16_t filter_byte(const struct hm_view *view, uint32_t at, const char **name)
{
	const uint32_t ip_len = view->family == 4 ? 20 : 40;
	const uint16_t type = view->family == 4 ? HM_ETH_IP4 : HM_ETH_IP6;
	const struct field *f;
	uint32_t from = at; /* of the header's beginning */

	if (at == 12 || at == 13)
		return (int16_t)~(at == 12 ? type >> 8 : type & 255);
	if (at < FILTER_IP_AT)
		f = FIND(ether_fields, at);
	else if (at >= FILTER_IP_AT + ip_len)
		f = FIND(tcp_fields, from = at - FILTER_IP_AT - ip_len);
	else if (view->family == 4)
		f = FIND(ip4_fields, from = at - FILTER_IP_AT);
	else
		f = FIND(ip6_fields, from = at - FILTER_IP_AT);
	*name = f->name;
	if (f->is < 0)
		return f->is;
	at = (uint32_t)f->is + from - f->from;
	return view->mirror ? swapped((int16_t)at) : (int16_t)at;
}
