/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The smallest frame that has a given tuple, for libpcap to filter. Used by test_filter.c and
 * tests/fuzz/fuzz_filter.c.
 */
#ifndef HM_FILTER_PACKET_H
#define HM_FILTER_PACKET_H

#include <arpa/inet.h>
#include <pcap/pcap.h>
#include <string.h>

#include "hm_abi.h"

struct packet {
	uint8_t bytes[14 + 60];
	uint32_t len;
};

/* Both begin at the IP header. */
static inline void packet_v4(uint8_t *at, const struct hm_tuple *t)
{
	at[0] = 0x45;
	at[3] = 40;
	at[8] = 64;
	at[9] = 6;
	memcpy(at + 12, &t->saddr[3], 4);
	memcpy(at + 16, &t->daddr[3], 4);
	memcpy(at + 20, &t->sport, 2);
	memcpy(at + 22, &t->dport, 2);
}

static inline void packet_v6(uint8_t *at, const struct hm_tuple *t)
{
	at[0] = 0x60;
	at[5] = 20;
	at[6] = 6;
	at[7] = 64;
	memcpy(at + 8, t->saddr, 16);
	memcpy(at + 24, t->daddr, 16);
	memcpy(at + 40, &t->sport, 2);
	memcpy(at + 42, &t->dport, 2);
}

static inline struct hm_tuple mirror_of(const struct hm_tuple *t)
{
	struct hm_tuple m;

	memcpy(m.saddr, t->daddr, sizeof(m.saddr));
	memcpy(m.daddr, t->saddr, sizeof(m.daddr));
	m.sport = t->dport;
	m.dport = t->sport;
	return m;
}

/* What libpcap says of a packet with this tuple: 0 or 1. */
static inline int pcap_says(const struct bpf_program *prog, const struct hm_tuple *tuple,
			    int family)
{
	struct packet p = {0};
	struct pcap_pkthdr header = {0};

	p.bytes[12] = family == 4 ? 0x08 : 0x86;
	p.bytes[13] = family == 4 ? 0x00 : 0xdd;
	if (family == 4)
		packet_v4(p.bytes + 14, tuple);
	else
		packet_v6(p.bytes + 14, tuple);
	p.len = 14 + (family == 4 ? 40 : 60);
	header.len = header.caplen = p.len;
	return pcap_offline_filter(prog, &header, p.bytes) != 0;
}

/* The same of a connection: of the packet or of its mirror image. */
static inline int pcap_says_either(const struct bpf_program *prog, const struct hm_tuple *tuple,
				   int family)
{
	struct hm_tuple mirror = mirror_of(tuple);

	return pcap_says(prog, tuple, family) || pcap_says(prog, &mirror, family);
}

#endif
