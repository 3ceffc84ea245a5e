/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The parser: from the bytes of a packet to addresses, TCP header and payload range.
 * One source for the BPF programs and for user space (captures, tests, fuzzing).
 *
 * It reports what the bytes say and nothing else: a length that points outside the packet, a
 * header too short for itself or a later fragment never yield ports or a payload.
 */
#ifndef HM_PACKET_H
#define HM_PACKET_H

#include "hm_facts.h"
#include "hm_headers.h"
#include "hm_wire.h"

/* Any packet, header by header. w->proto is the ethertype at w->off. */
static __always_inline int hm_parse_slow(const struct hm_bytes *b, struct hm_packet *p,
					 struct hm_walk *w)
{
	int v6;

	if (hm_skip_vlans(b, w))
		return -EBADMSG;
	if (w->proto != HM_ETH_IP4 && w->proto != HM_ETH_IP6)
		return 0;
	v6 = w->proto == HM_ETH_IP6;
	if (hm_parse_ip(b, v6, 0, p, w))
		return -EBADMSG;
	if (w->later) {
		/* In IPv6 an extension header may still stand before TCP, in the first fragment. */
		if (w->proto == HM_IPPROTO_TCP || (v6 && hm_is_ext(w->proto)))
			p->what_proto = HM_PKT_FRAGMENT;
		return 0;
	}
	if (w->proto == HM_IPPROTO_TCP)
		return hm_parse_tcp(b, w, p);
	if (w->proto == (v6 ? HM_IPPROTO_ICMP6 : HM_IPPROTO_ICMP))
		return hm_parse_icmp(b, v6, p, w);
	return 0;
}

#ifdef __bpf__
#define HM_CAN_BE_LINEAR(b) ((b)->kind != HM_CTX_KERNEL)
#else
#define HM_CAN_BE_LINEAR(b) 0 /* there it may not be aligned */
#endif

/* The n bytes at off straight from the packet, half the cost of a copy; NULL: not in one piece. */
static __always_inline const void *hm_linear(const struct hm_bytes *b, __u32 off, __u32 n)
{
#ifdef __bpf__
	const struct __sk_buff *skb = b->ctx;
	const struct xdp_md *xdp = b->ctx;
	const __u8 *from, *end;

	if (!HM_CAN_BE_LINEAR(b))
		return NULL;
	if (b->kind == HM_CTX_XDP) {
		from = (void *)(long)xdp->data;
		end = (void *)(long)xdp->data_end;
	} else {
		from = (void *)(long)skb->data;
		end = (void *)(long)skb->data_end;
	}
	return from + off + n <= end ? from + off : NULL;
#else
	(void)b;
	(void)off;
	(void)n;
	return NULL;
#endif
}

/*
 * The IP header and what follows it, 40 bytes, and w->proto from the Ethernet header, if there is
 * one. NULL: not there, or a packet in pieces; copying it would cost stack that the search needs.
 */
static __always_inline const union hm_l3 *hm_get_head(const struct hm_bytes *b, __u32 l2,
						      struct hm_walk *w)
{
	const void *at = hm_linear(b, 0, l2 + 40);

	if (at) {
		w->proto = l2 ? hm_be16(*(const __u16 *)(at + l2 - 2)) : 0;
		return at + l2;
	}
	if (HM_CAN_BE_LINEAR(b) || hm_get(b, 0, l2 ? (void *)w->room.head.mac :
						(void *)&w->room.head.l3, l2 + 40))
		return NULL;
	w->proto = l2 ? hm_be16(w->room.head.ethertype) : 0;
	return &w->room.head.l3;
}

/* IPv6, then TCP. 1: parsed (or refused, *err); 0: in pieces. */
static __always_inline int hm_fast_ip6(const struct hm_bytes *b, const struct hm_ip6_hdr *ip,
				       struct hm_packet *p, struct hm_walk *w, int *err)
{
	const __u32 off = w->off + sizeof(*ip);
	const struct hm_tcp_hdr *tcp = hm_linear(b, off, sizeof(*tcp));

	if (!tcp && HM_CAN_BE_LINEAR(b))
		return 0;
	*err = hm_take_ip6(b, ip, 0, p, w);
	if (*err)
		return 1;
	if (!tcp)
		*err = hm_parse_tcp(b, w, p);
	else
		*err = w->end - off < sizeof(*tcp) ? -EBADMSG : hm_take_tcp(tcp, w, p);
	return 1;
}

/*
 * Ethernet, then IPv4 without options, or IPv6, then TCP: no call to the kernel where the headers
 * are in one piece. 1: parsed (or refused, *err); 0: something rarer, or too short for this.
 */
static __always_inline int hm_parse_fast(const struct hm_bytes *b, int eth, struct hm_packet *p,
					 struct hm_walk *w, int *err)
{
	const __u32 l2 = eth ? HM_ETH_LEN : 0;
	const union hm_l3 *l3;

	l3 = hm_unlikely(b->len < l2 + 40) ? NULL : hm_get_head(b, l2, w);
	if (!l3)
		return 0;
	w->off = l2;
	if (!eth)
		w->proto = l3->v4.ip.ver_ihl >> 4 == 6 ? HM_ETH_IP6 : HM_ETH_IP4;
	if (w->proto == HM_ETH_IP4 && l3->v4.ip.ver_ihl == 0x45 &&
	    l3->v4.ip.proto == HM_IPPROTO_TCP &&
	    !(l3->v4.ip.frag & hm_be16(HM_IP4_MORE | HM_IP4_OFFSET))) {
		*err = hm_take_ip4(b, &l3->v4.ip, 0, p, w);
		if (!*err)
			*err = w->end - w->off < sizeof(l3->v4.tcp) ? -EBADMSG :
			       hm_take_tcp(&l3->v4.tcp, w, p);
		return 1;
	}
	if (w->proto == HM_ETH_IP6 && l3->v6.next == HM_IPPROTO_TCP)
		return hm_fast_ip6(b, &l3->v6, p, w, err);
	return 0;
}

/* The first ethertype, for packets that hm_parse_fast() was too long for. */
static __always_inline int hm_first_proto(const struct hm_bytes *b, int eth, struct hm_walk *w)
{
	union hm_room *r = &w->room;

	w->off = eth ? HM_ETH_LEN : 0;
	if (eth) {
		if (hm_get(b, HM_ETH_LEN - 2, &r->ethertype, sizeof(r->ethertype)))
			return -EBADMSG;
		w->proto = hm_be16(r->ethertype);
		return 0;
	}
	if (hm_get(b, 0, &r->version, sizeof(r->version)))
		return -EBADMSG;
	w->proto = r->version >> 4 == 4 ? HM_ETH_IP4 : r->version >> 4 == 6 ? HM_ETH_IP6 : 0;
	return 0;
}

/*
 * Parses one packet. eth (a constant): 1 the bytes start at the Ethernet header, 0 at the IP
 * header. Returns 0 with p->what_proto set, or -EBADMSG when the packet is truncated or its
 * lengths contradict each other; then p->what_proto is HM_PKT_NONE and the rest of p is open.
 */
static __always_inline int hm_parse(const struct hm_bytes *b, int eth, struct hm_packet *p)
{
	struct hm_walk w; /* not zeroed: it is large, and each field is set before it is read */
	int err = 0;

	__builtin_memset(p, 0, sizeof(*p));
	if (hm_parse_fast(b, eth, p, &w, &err))
		return err;
	if (hm_first_proto(b, eth, &w))
		return -EBADMSG;
	return hm_parse_slow(b, p, &w);
}

#endif
