/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Most packets of a busy interface are outside the filter: these are told by their addresses and
 * ports, before the rest of their headers is taken apart. Used by the programs at interfaces.
 */
#ifndef OUTSIDE_BPF_H
#define OUTSIDE_BPF_H

#include "gate.bpf.h"
#include "hm_packet.h"

/* A whole TCP header within an IP packet of len bytes from its own header on, and no SYN alone. */
static __always_inline bool hm_is_plain_tcp(const struct hm_tcp_hdr *tcp, __u32 ip_len, __u32 len)
{
	const __u32 hlen = (tcp->doff >> 4) * 4;

	return hlen >= sizeof(*tcp) && ip_len + hlen <= len &&
	       (tcp->flags & (HM_TCP_SYN | HM_TCP_ACK)) != HM_TCP_SYN;
}

/*
 * True: TCP over IPv4 without options or tags, in one piece, which the parser would take and the
 * gate turn away. Everything else is theirs to say.
 */
static __always_inline bool hm_is_outside(const struct hm_bytes *b, int eth)
{
	const __u32 l2 = eth ? HM_ETH_LEN : 0;
	const __u8 *at = hm_linear(b, 0, l2 + sizeof(union hm_l3));
	const union hm_l3 *l3;
	struct hm_tuple t;
	__u32 len;

	if (!at || hm_followed)
		return false;
	l3 = (const void *)(at + l2);
	if (eth && *(const __u16 *)(at + l2 - 2) != hm_be16(HM_ETH_IP4))
		return false;
	if (l3->v4.ip.ver_ihl != 0x45 || l3->v4.ip.proto != HM_IPPROTO_TCP ||
	    l3->v4.ip.frag & hm_be16(HM_IP4_MORE | HM_IP4_OFFSET))
		return false;
	len = hm_be16(l3->v4.ip.tot_len);
	if (l2 + len > b->len || !hm_is_plain_tcp(&l3->v4.tcp, sizeof(l3->v4.ip), len))
		return false;
	hm_map_ip4(t.saddr, l3->v4.ip.saddr);
	hm_map_ip4(t.daddr, l3->v4.ip.daddr);
	t.sport = l3->v4.tcp.sport;
	t.dport = l3->v4.tcp.dport;
	return !hm_filter_near(&t, 4);
}

/* The same of a packet with its socket: 1 it is. A global function: checked once by itself. */
HM_GLOBAL int hm_is_outside_socket(struct __sk_buff *skb)
{
	const struct hm_bytes b = { .ctx = skb, .kind = HM_CTX_SKB, .len = skb->len };

	return !HM_WAYS_ARE_DEAR && hm_is_outside(&b, 0);
}

#endif
