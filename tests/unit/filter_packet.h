/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The smallest packet that has a given tuple, for libpcap to filter. Used by test_filter.c and
 * tests/fuzz/fuzz_filter.c.
 */
#ifndef HM_FILTER_PACKET_H
#define HM_FILTER_PACKET_H

#include <arpa/inet.h>
#include <pcap/pcap.h>
#include <string.h>

#include "hm_filter.h"

struct packet {
	uint8_t bytes[60];
	uint32_t len;
	struct hm_tuple tuple;
};

static inline void packet_v4(struct packet *p)
{
	uint16_t total = htons(40);

	p->len = 40;
	p->bytes[0] = 0x45;
	memcpy(p->bytes + 2, &total, 2);
	p->bytes[8] = 64;
	p->bytes[9] = 6;
	memcpy(p->bytes + 12, &p->tuple.saddr[3], 4);
	memcpy(p->bytes + 16, &p->tuple.daddr[3], 4);
	memcpy(p->bytes + 20, &p->tuple.sport, 2);
	memcpy(p->bytes + 22, &p->tuple.dport, 2);
}

static inline void packet_v6(struct packet *p)
{
	p->len = 60;
	p->bytes[0] = 0x60;
	p->bytes[5] = 20;
	p->bytes[6] = 6;
	p->bytes[7] = 64;
	memcpy(p->bytes + 8, p->tuple.saddr, 16);
	memcpy(p->bytes + 24, p->tuple.daddr, 16);
	memcpy(p->bytes + 40, &p->tuple.sport, 2);
	memcpy(p->bytes + 42, &p->tuple.dport, 2);
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
static inline int pcap_says(const struct bpf_program *prog, const struct hm_tuple *tuple, int family)
{
	struct packet p = {.tuple = *tuple};
	struct pcap_pkthdr header = {0};

	if (family == 4)
		packet_v4(&p);
	else
		packet_v6(&p);
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
