/* SPDX-License-Identifier: GPL-2.0-only */
/* What flood.c tells flood.bpf.c about the frames of a burst. Numbers are in host order. */
#ifndef HM_FLOOD_H
#define HM_FLOOD_H

/* Offsets in an Ethernet frame with an IPv4 header without options: RFC 791, RFC 9293. */
#define FLOOD_IP_CSUM 24
#define FLOOD_SADDR 26
#define FLOOD_SPORT 34
#define FLOOD_SEQ 38
#define FLOOD_TCP_CSUM 50

struct flood_shape {
	__u64 seed;
	__u64 ip_sum; /* of the header without what differs, as 16-bit words in network order */
	__u64 tcp_sum; /* of pseudo header, header and payload, likewise */
	__u32 saddr, addr_mask; /* sources are saddr + (random & addr_mask) */
	__u32 seq, seq_step;
	__u16 sport; /* with vary_port the first of 32,768 */
	__u8 vary_addr, vary_port, random_seq; /* 0 or 1 */
	__u8 tcp; /* 1: it has a TCP header */
	__u8 pad[2];
};

#endif
