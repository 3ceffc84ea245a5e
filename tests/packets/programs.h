/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hopmark's own programs, loaded as hopmark loads them and run on packets by BPF_PROG_TEST_RUN: the
 * loader under test, what it told, and that every packet is counted. That gives packets no socket,
 * so the socket hops are tests/lab's. Included by programs_tell.h.
 */
#ifndef HM_TEST_PROGRAMS_H
#define HM_TEST_PROGRAMS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include <bpf/bpf.h>

#include "corpus.h"
#include "loader.h"
#include "needles.h"
#include "netns.h"

#define MARKER "amazinggrace"
#define MAX_RECORDS 64

static const struct {
	const char *name;
	enum hm_hook hook;
	int eth;
} programs[] = {
	{ "hm_tc_in", HM_HOOK_TC_IN, 1 },	 { "hm_tc_out", HM_HOOK_TC_OUT, 1 },
	{ "hm_tc_in_l3", HM_HOOK_TC_IN, 0 }, { "hm_tc_out_l3", HM_HOOK_TC_OUT, 0 },
	{ "hm_xdp", HM_HOOK_XDP, 1 },
};

/* What stands in front of the TCP header. */
static const struct shape {
	const char *name, *tags;
	uint32_t tag_len;
	int family;
	uint32_t ip_options;
	bool extension;
} shapes[] = {
	{ "IPv4", "", 0, 4, 0, false },
	{ "IPv6", "", 0, 6, 0, false },
	{ "IPv4 options", "", 0, 4, 12, false },
	{ "IPv6 extension header", "", 0, 6, 0, true },
	{ "VLAN", "\x81\x00\x00\x05", 4, 4, 0, false },
	{ "QinQ, IPv6", "\x88\xa8\x00\x05\x81\x00\x00\x07", 8, 6, 0, false },
};

/* The loader under test, what was run on it, and what it told. */
static struct {
	struct hm_loader *loader;
	unsigned int program; /* index of programs */
	uint16_t sport;
	const struct shape *shape;
	uint64_t ran;
	struct hm_counters before;
	struct hm_rec told[MAX_RECORDS];
	int count;
} t;

static inline int take(void *arg, const struct hm_rec *rec)
{
	(void)arg;
	assert_true(t.count < MAX_RECORDS);
	t.told[t.count++] = *rec;
	return 0;
}

/* Fills t.told with what was told since the last call. */
static inline void read_records(void)
{
	t.count = 0;
	assert_true(loader_consume(t.loader, take, NULL, MAX_RECORDS) >= 0);
}

/* Rise of one counter since begin(). */
static inline uint64_t rise(enum hm_counter which)
{
	struct hm_counters now;

	assert_int_equal(loader_counters(t.loader, &now), 0);
	return now.n[which] - t.before.n[which];
}

static inline void begin(unsigned int program, const struct shape *shape)
{
	t.program = program;
	t.shape = shape;
	t.ran = 0;
	t.sport++;
	assert_int_equal(loader_reset(t.loader), 0);
	read_records();
	assert_int_equal(loader_counters(t.loader, &t.before), 0);
}

/* Every packet was counted, as one of three things; and every sighting, as one of four. */
static inline void end(void)
{
	assert_int_equal(rise(HM_CNT_SEEN), t.ran);
	assert_int_equal(rise(HM_CNT_FILTERED) + rise(HM_CNT_MATCHED) + rise(HM_CNT_NOT_INSPECTED),
			 t.ran);
	assert_int_equal(rise(HM_CNT_SIGHTINGS), rise(HM_CNT_RECORDS) + rise(HM_CNT_LIMITED) +
							 rise(HM_CNT_LOST_RING) +
							 rise(HM_CNT_LOST_MAP));
	assert_int_equal(rise(HM_CNT_LOST_NOTE), 0);
}

/*
 * Runs the program at hand on bytes that begin at an Ethernet header. True: the kernel ran it.
 * Whatever the packet, it goes on (XDP_PASS, TC_ACT_UNSPEC), and as it came.
 */
static inline bool run_bytes(const uint8_t *data, uint32_t len)
{
	const uint32_t skip = programs[t.program].eth ? 0 : HM_ETH_LEN;
	static uint8_t after[1 << 17];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = data + skip,
		    .data_size_in = len < skip ? 0 : len - skip, .data_out = after,
		    .data_size_out = sizeof(after));
	int fd = loader_program_fd(t.loader, programs[t.program].name);

	assert_true(fd >= 0);
	if (bpf_prog_test_run_opts(fd, &opts))
		return false;
	assert_int_equal((int)opts.retval, programs[t.program].hook == HM_HOOK_XDP ? 2 : -1);
	assert_int_equal(opts.data_size_out, opts.data_size_in);
	assert_memory_equal(after, opts.data_in, opts.data_size_in);
	t.ran++;
	return true;
}

static bool opens_sni; /* the next loader is one for --sni */

/* As hopmark with these markers, for port 80. */
static inline struct hm_loader *open_with(const struct hm_marker *markers, unsigned int count,
					  uint32_t ring_bytes, uint32_t rate, uint32_t depth)
{
	struct hm_loader_opts *o = calloc(1, sizeof(*o));
	struct hm_filter *filter = calloc(1, sizeof(*filter));
	struct hm_loader *ld = NULL;
	char why[HM_FILTER_WHY];

	assert_non_null(filter);
	assert_non_null(o);
	assert_int_equal(needles_build(&o->needles, markers, count), 0);
	assert_int_equal(filter_compile("port 80", filter, why, sizeof(why)), 0);
	o->filter = filter;
	o->netns = netns_own();
	o->ring_bytes = ring_bytes;
	o->rate_per_ms = rate;
	o->depth = depth;
	o->sni = opens_sni;
	o->xdp = true;
	o->l3 = true;
	assert_int_equal(loader_open(o, &ld), 0);
	free(filter);
	free(o);
	return ld;
}

static inline struct hm_loader *open_markers(const struct hm_marker *markers, unsigned int count,
					     uint32_t ring_bytes, uint32_t rate)
{
	return open_with(markers, count, ring_bytes, rate, 0);
}

static inline struct hm_loader *open_deep(const struct hm_marker *markers, unsigned int count,
					  uint32_t depth)
{
	return open_with(markers, count, 0, 0, depth);
}

static inline struct hm_loader *open_loader(uint32_t ring_bytes, uint32_t rate)
{
	struct hm_marker m[HM_MAX_MARKERS] = { { 12, MARKER }, { 4, "tiny" } };

	for (int i = 2; i < HM_MAX_MARKERS; i++) {
		m[i].len = 8;
		memcpy(m[i].bytes, "marker-", 7);
		m[i].bytes[7] = '0' + i;
	}
	return open_markers(m, HM_MAX_MARKERS, ring_bytes, rate);
}

static inline int open_main(void **state)
{
	(void)state;
	t.sport = 40000;
	t.loader = open_loader(0, 0);
	return 0;
}

static inline int close_main(void **state)
{
	(void)state;
	loader_free(t.loader);
	return 0;
}

#endif
