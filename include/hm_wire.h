/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the parser reads and writes: the accessor to a packet's bytes, the headers as they are on
 * the wire, and struct hm_packet. Included through hm_packet.h.
 */
#ifndef HM_WIRE_H
#define HM_WIRE_H

#include "hm_abi.h"

#ifdef __bpf__
#include <asm-generic/errno.h>
#else
#include <errno.h>
#endif

enum hm_ctx_kind { HM_CTX_SKB, HM_CTX_XDP, HM_CTX_KERNEL };

/* Where the bytes are. .kind must be a constant of the program, so that the branch folds. */
struct hm_bytes {
#ifdef __bpf__
	void *ctx; /* struct __sk_buff, struct xdp_md, or a kernel address in a tracepoint */
	__u32 kind; /* enum hm_ctx_kind */
#else
	const __u8 *data;
#endif
	__u32 len; /* bytes of the whole packet, from where its first header begins */
};

enum hm_packet_kind {
	HM_PKT_NONE, /* neither TCP nor an ICMP error about TCP */
	HM_PKT_TCP,
	HM_PKT_ICMP_QUOTE, /* ICMP or ICMPv6 error; tuple and seq are the quoted TCP header's */
	HM_PKT_FRAGMENT, /* a later fragment, of TCP as far as can be told: addresses only */
};

/* Every byte is written by hm_parse(), there is no padding. Offsets count as hm_bytes.len does. */
struct hm_packet {
	struct hm_tuple tuple; /* ports 0 for a fragment */
	__u8 family; /* 4 or 6 */
	__u8 ttl; /* of the outer header, as ip_id is */
	__u8 tcp_flags; /* HM_TCP_FIN ...; 0 for a quote */
	__u8 what_proto; /* enum hm_packet_kind */
	__u32 seq; /* host order, as all numbers but addresses and ports */
	__u32 ack;
	__u16 window;
	__u16 ip_id; /* 0 for IPv6 */
	__u32 payload_off;
	__u32 payload_len; /* Ethernet padding excluded; for a first fragment what it holds */
	__u32 tcp_off;
	__u16 tcp_len; /* header with options, 20 to 60 */
	__u8 more_fragments; /* 1: a first fragment, the payload goes on in others */
	__u8 icmp_type;
	__u8 icmp_code;
	__u8 pad[3];
	__u32 icmp_mtu; /* ICMP 3/4 and ICMPv6 2/0, else 0 */
	__u32 icmp_sender[4]; /* network order, IPv4-mapped */
};
_Static_assert(sizeof(struct hm_packet) == 92, "struct hm_packet has padding");

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define hm_be16(x) __builtin_bswap16(x)
#define hm_be32(x) __builtin_bswap32(x)
#else
#define hm_be16(x) ((__u16)(x))
#define hm_be32(x) ((__u32)(x))
#endif

#define hm_unlikely(x) __builtin_expect(!!(x), 0)

/* Copies n bytes at off. 0, or negative when they are not all there. */
static __always_inline long hm_get(const struct hm_bytes *b, __u32 off, void *to, __u32 n)
{
#ifdef __bpf__
	if (b->kind == HM_CTX_KERNEL)
		return bpf_probe_read_kernel(to, n, b->ctx + off);
	if (b->kind == HM_CTX_XDP)
		return bpf_xdp_load_bytes(b->ctx, off, to, n);
	return bpf_skb_load_bytes(b->ctx, off, to, n);
#else
	if (off > b->len || n > b->len - off)
		return -EFAULT;
	memcpy(to, b->data + off, n);
	return 0;
#endif
}

/* Headers as on the wire: network order. Own definitions, for the two sides have no common ones. */
struct hm_ip4_hdr {
	__u8 ver_ihl;
	__u8 tos;
	__u16 tot_len;
	__u16 id;
	__u16 frag;
	__u8 ttl;
	__u8 proto;
	__u16 check;
	__u32 saddr;
	__u32 daddr;
};

struct hm_ip6_hdr {
	__u32 ver_class_flow;
	__u16 payload_len;
	__u8 next;
	__u8 hops;
	__u32 saddr[4];
	__u32 daddr[4];
};

struct hm_tcp_hdr {
	__u16 sport;
	__u16 dport;
	__u32 seq;
	__u32 ack;
	__u8 doff;
	__u8 flags;
	__u16 window;
	__u16 check;
	__u16 urgent;
};

/* What a parser mostly meets behind the Ethernet header: IPv4 with TCP, or IPv6. */
union hm_l3 {
	struct {
		struct hm_ip4_hdr ip;
		struct hm_tcp_hdr tcp;
	} v4;
	struct hm_ip6_hdr v6;
} __attribute__((aligned(8)));

struct hm_head {
	__u16 pad; /* puts the IP header on a multiple of eight */
	__u8 mac[12];
	__u16 ethertype;
	union hm_l3 l3;
};
_Static_assert(sizeof(struct hm_head) == 56, "Ethernet and 40 bytes");

#define HM_ETH_LEN 14
#define HM_ETH_IP4 0x0800
#define HM_ETH_IP6 0x86dd
#define HM_ETH_8021Q 0x8100
#define HM_ETH_8021AD 0x88a8
#define HM_MAX_VLANS 2
#define HM_MAX_EXT 6 /* IPv6 extension headers */

#define HM_IP4_MORE 0x2000
#define HM_IP4_OFFSET 0x1fff

enum hm_ipproto {
	HM_IPPROTO_HOPOPTS = 0,
	HM_IPPROTO_ICMP = 1,
	HM_IPPROTO_TCP = 6,
	HM_IPPROTO_ROUTING = 43,
	HM_IPPROTO_FRAGMENT = 44,
	HM_IPPROTO_AH = 51,
	HM_IPPROTO_ICMP6 = 58,
	HM_IPPROTO_DSTOPTS = 60,
};

#endif
