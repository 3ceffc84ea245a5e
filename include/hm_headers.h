/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Each header by itself: Ethernet tags, IPv4, IPv6 with its extension headers, TCP, and ICMP errors
 * with what they quote. Included through hm_packet.h, which walks from one to the next.
 */
#ifndef HM_HEADERS_H
#define HM_HEADERS_H

#include "hm_wire.h"

/* Room for the header at hand: one for all, as clang gives each variable its own stack. */
union hm_room {
	struct hm_head head;
	struct hm_ip4_hdr ip4;
	struct hm_ip6_hdr ip6;
	struct hm_tcp_hdr tcp;
	struct {
		__u8 next;
		__u8 len;
		__u16 frag;
	} ext;
	struct {
		__u8 type;
		__u8 code;
		__u16 check;
		__u32 word;
	} icmp;
	struct {
		__u16 sport;
		__u16 dport;
		__u32 seq;
	} quote;
	__u16 tag[2];
	__u16 ethertype;
	__u8 version;
};

/* Where the walk through the headers stands. */
struct hm_walk {
	union hm_room room; /* first, for its alignment */
	__u32 off; /* of the next header */
	__u32 end; /* one past the last byte that IP says is the packet's */
	__u16 proto; /* of the next header: ethertype, then IP protocol */
	__u8 later; /* 1: a later fragment, .off is not a header */
	__u8 more; /* 1: more fragments follow */
};

static __always_inline void hm_map_ip4(__u32 to[4], __u32 addr)
{
	to[0] = 0;
	to[1] = 0;
	to[2] = hm_be32(0xffff);
	to[3] = addr;
}

/* end of the IP packet: len bytes from off; 0 (GSO beyond 64 KB) means all there is. */
static __always_inline int hm_ip_end(const struct hm_bytes *b, __u32 off, __u32 len,
				     struct hm_walk *w)
{
	w->end = len ? off + len : b->len;
	return w->end > b->len ? -EBADMSG : 0;
}

/*
 * IPv4 header to tuple and walk. quoted: it is inside an ICMP error, so that its length is that
 * of a packet which is not here; w->end stays the outer one's.
 */
static __always_inline int hm_take_ip4(const struct hm_bytes *b, const struct hm_ip4_hdr *ip,
				       int quoted, struct hm_packet *p, struct hm_walk *w)
{
	__u32 hlen = (ip->ver_ihl & 15) * 4, len = hm_be16(ip->tot_len), frag = hm_be16(ip->frag);

	if (hlen < sizeof(*ip) || ip->ver_ihl >> 4 != 4 || (len && len < hlen))
		return -EBADMSG;
	if (!quoted) {
		if (hm_ip_end(b, w->off, len, w))
			return -EBADMSG;
		p->family = 4;
		p->ttl = ip->ttl;
		p->ip_id = hm_be16(ip->id);
	}
	hm_map_ip4(p->tuple.saddr, ip->saddr);
	hm_map_ip4(p->tuple.daddr, ip->daddr);
	w->off += hlen;
	w->proto = ip->proto;
	w->later = !!(frag & HM_IP4_OFFSET);
	w->more = !!(frag & HM_IP4_MORE);
	return w->off > w->end ? -EBADMSG : 0;
}

static __always_inline int hm_take_ip6(const struct hm_bytes *b, const struct hm_ip6_hdr *ip,
				       int quoted, struct hm_packet *p, struct hm_walk *w)
{
	__u32 len = hm_be16(ip->payload_len);

	if (hm_be32(ip->ver_class_flow) >> 28 != 6)
		return -EBADMSG;
	if (!quoted) {
		if (hm_ip_end(b, w->off, len ? len + sizeof(*ip) : 0, w))
			return -EBADMSG;
		p->family = 6;
		p->ttl = ip->hops;
	}
	__builtin_memcpy(p->tuple.saddr, ip->saddr, sizeof(p->tuple.saddr));
	__builtin_memcpy(p->tuple.daddr, ip->daddr, sizeof(p->tuple.daddr));
	w->off += sizeof(*ip);
	w->proto = ip->next;
	w->later = 0;
	w->more = 0;
	return w->off > w->end ? -EBADMSG : 0;
}

static __always_inline int hm_is_ext(__u16 proto)
{
	return proto == HM_IPPROTO_HOPOPTS || proto == HM_IPPROTO_ROUTING ||
	       proto == HM_IPPROTO_FRAGMENT || proto == HM_IPPROTO_AH ||
	       proto == HM_IPPROTO_DSTOPTS;
}

/* RFC 8200, 4: skips extension headers, at most HM_MAX_EXT of them; stops at a later fragment. */
static __always_inline int hm_skip_ext(const struct hm_bytes *b, struct hm_walk *w)
{
	for (int i = 0; i < HM_MAX_EXT; i++) {
		if (w->later || !hm_is_ext(w->proto))
			return 0;
		if (hm_get(b, w->off, &w->room.ext, sizeof(w->room.ext)))
			return -EBADMSG;
		if (w->proto == HM_IPPROTO_FRAGMENT) {
			w->later = !!(hm_be16(w->room.ext.frag) & 0xfff8);
			w->more = hm_be16(w->room.ext.frag) & 1;
			w->off += 8;
		} else if (w->proto == HM_IPPROTO_AH) {
			w->off += (w->room.ext.len + 2) * 4;
		} else {
			w->off += (w->room.ext.len + 1) * 8;
		}
		w->proto = w->room.ext.next;
		if (w->off > w->end)
			return -EBADMSG;
	}
	return hm_is_ext(w->proto) && !w->later ? -EBADMSG : 0;
}

/* TCP header to p; w->off is its offset. */
static __always_inline int hm_take_tcp(const struct hm_tcp_hdr *tcp, const struct hm_walk *w,
				       struct hm_packet *p)
{
	__u32 hlen = (tcp->doff >> 4) * 4;

	if (hlen < sizeof(*tcp) || w->off + hlen > w->end)
		return -EBADMSG;
	p->tuple.sport = tcp->sport;
	p->tuple.dport = tcp->dport;
	p->tcp_flags = tcp->flags;
	p->seq = hm_be32(tcp->seq);
	p->ack = hm_be32(tcp->ack);
	p->window = hm_be16(tcp->window);
	p->tcp_off = w->off;
	p->tcp_len = hlen;
	p->payload_off = w->off + hlen;
	p->payload_len = w->end - p->payload_off;
	p->more_fragments = w->more;
	p->what_proto = HM_PKT_TCP;
	return 0;
}

static __always_inline int hm_parse_tcp(const struct hm_bytes *b, struct hm_walk *w,
					struct hm_packet *p)
{
	struct hm_tcp_hdr *tcp = &w->room.tcp;

	if (w->end - w->off < sizeof(*tcp) || hm_get(b, w->off, tcp, sizeof(*tcp)))
		return -EBADMSG;
	return hm_take_tcp(tcp, w, p);
}

/* The IP header at w->off, of version 4 or 6, and what follows it up to the next protocol. */
static __always_inline int hm_parse_ip(const struct hm_bytes *b, int v6, int quoted,
				       struct hm_packet *p, struct hm_walk *w)
{
	union hm_room *r = &w->room;

	if (!v6) {
		if (hm_get(b, w->off, &r->ip4, sizeof(r->ip4)))
			return -EBADMSG;
		return hm_take_ip4(b, &r->ip4, quoted, p, w);
	}
	if (hm_get(b, w->off, &r->ip6, sizeof(r->ip6)) || hm_take_ip6(b, &r->ip6, quoted, p, w))
		return -EBADMSG;
	return hm_skip_ext(b, w);
}

/* RFC 792 and RFC 4443: the errors, each of which quotes the packet it is about. */
static __always_inline int hm_icmp_quotes(int v6, __u8 type)
{
	if (v6)
		return type >= 1 && type <= 4;
	return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

/* An ICMP error at w->off. Errors about something else than TCP are HM_PKT_NONE, and no fault. */
static __always_inline int hm_parse_icmp(const struct hm_bytes *b, int v6, struct hm_packet *p,
					 struct hm_walk *w)
{
	union hm_room *r = &w->room;

	if (w->end - w->off < sizeof(r->icmp) || hm_get(b, w->off, &r->icmp, sizeof(r->icmp)))
		return -EBADMSG;
	if (!hm_icmp_quotes(v6, r->icmp.type))
		return 0;
	__builtin_memcpy(p->icmp_sender, p->tuple.saddr, sizeof(p->icmp_sender));
	p->icmp_type = r->icmp.type;
	p->icmp_code = r->icmp.code;
	if (v6 && r->icmp.type == 2)
		p->icmp_mtu = hm_be32(r->icmp.word);
	else if (!v6 && r->icmp.type == 3 && r->icmp.code == 4)
		p->icmp_mtu = hm_be32(r->icmp.word) & 0xffff;

	w->off += sizeof(r->icmp);
	if (hm_parse_ip(b, v6, 1, p, w))
		return -EBADMSG;
	if (w->proto != HM_IPPROTO_TCP || w->later)
		return 0;
	if (w->end - w->off < sizeof(r->quote) || hm_get(b, w->off, &r->quote, sizeof(r->quote)))
		return -EBADMSG;
	p->tuple.sport = r->quote.sport;
	p->tuple.dport = r->quote.dport;
	p->seq = hm_be32(r->quote.seq);
	p->what_proto = HM_PKT_ICMP_QUOTE;
	return 0;
}

/* Up to two VLAN tags; what is below them goes to w. */
static __always_inline int hm_skip_vlans(const struct hm_bytes *b, struct hm_walk *w)
{
	for (int i = 0; i < HM_MAX_VLANS; i++) {
		if (w->proto != HM_ETH_8021Q && w->proto != HM_ETH_8021AD)
			return 0;
		if (hm_get(b, w->off, w->room.tag, sizeof(w->room.tag)))
			return -EBADMSG;
		w->off += sizeof(w->room.tag);
		w->proto = hm_be16(w->room.tag[1]);
	}
	return 0;
}

#endif
