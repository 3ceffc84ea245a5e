// SPDX-License-Identifier: GPL-2.0-only
/*
 * The search in the kernel (tc, XDP with fragments, cgroup_skb) against the search in user space:
 * streams in pieces of 1 byte to 60 KB, the state kept from one piece to the next; and every input
 * of the fuzz target's corpus.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "corpus_files.h"
#include "needles.h"
#include "packets/scan.skel.h"
#include "scan_result.h"
#include "../fuzz/scan_input.h"

#define PIECE_MAX 60000 /* more does not fit the fragments of one XDP frame */
#define SKB_MAX 3000 /* the kernel's limit for a linear test packet is below a page */

static struct scan_bpf *skel;
static struct hm_needles needles;
static uint32_t seed = 1;
static uint8_t frame[HM_ETH_LEN + PIECE_MAX];

static uint32_t rnd(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (uint32_t)(((uint64_t)seed * below) >> 32);
}

/* Runs prog on the payload behind the Ethernet header of frame; r is its state, in and out. */
static void search_there(struct bpf_program *prog, uint32_t len, struct scan_result *r)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = HM_ETH_LEN + len);
	int map = bpf_map__fd(skel->maps.searched);
	uint32_t zero = 0;

	assert_int_equal(bpf_map_update_elem(map, &zero, r, BPF_ANY), 0);
	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(prog), &opts), 0);
	assert_int_equal(bpf_map_lookup_elem(map, &zero, r), 0);
}

static int by_place(const void *a, const void *b)
{
	const struct hm_hit *x = a, *y = b;

	return x->offset != y->offset ? (x->offset < y->offset ? -1 : 1) : x->id - y->id;
}

/* In any order: a packet in pieces is not searched in the order of one that lies in one piece. */
static void assert_same_hits(struct hm_hits a, struct hm_hits b)
{
	qsort(a.hit, a.count, sizeof(a.hit[0]), by_place);
	qsort(b.hit, b.count, sizeof(b.hit[0]), by_place);
	assert_memory_equal(a.hit, b.hit, a.count * sizeof(a.hit[0]));
}

static void check_same(const struct scan_result *there, const struct hm_hits *hits,
		       const struct hm_tail *tail)
{
	uint32_t kept = HM_SCAN_TAIL - tail->len;

	assert_int_equal(there->err, 0);
	assert_int_equal(!there->hits.more, !hits->more);
	assert_int_equal(there->hits.count, hits->count);
	if (!hits->more) /* else it depends on the order which are kept, and which they cover */
		assert_same_hits(there->hits, *hits);
	assert_int_equal(there->tail.len, tail->len);
	assert_memory_equal(there->tail.bytes + kept, tail->bytes + kept, tail->len);
}

/* One stream of random pieces, in which markers stand at random places, borders included. */
static uint32_t one_stream(struct bpf_program *prog, uint32_t pieces, uint32_t most)
{
	static struct hm_scratch scratch;
	struct scan_result there = {};
	struct hm_tail tail = {};
	uint32_t found = 0, left = 0, id = 0;

	for (uint32_t i = 0; i < pieces; i++) {
		uint32_t len = 1 + rnd(rnd(2) ? most : 30);

		if (len + HM_ETH_LEN < 64 && most > 64)
			len = 64 - HM_ETH_LEN + rnd(20); /* the kernel runs no shorter frame */
		for (uint32_t k = 0; k < len; k++) {
			const struct hm_marker *m = &needles.marker[id];

			if (!left && !rnd(300)) {
				id = rnd(needles.count);
				m = &needles.marker[id];
				left = m->len;
			}
			frame[HM_ETH_LEN + k] = left ? m->bytes[m->len - left] : ' ' + rnd(90);
			left -= !!left;
		}
		hm_scan_stream(&needles, &scratch, &tail, frame + HM_ETH_LEN, len);
		search_there(prog, len, &there);
		check_same(&there, &scratch.hits, &tail);
		found += scratch.hits.count;
	}
	return found;
}

static void tc(void **state)
{
	(void)state;
	assert_true(one_stream(skel->progs.scan_tc, 300, SKB_MAX) > 100);
}

static void cgroup(void **state)
{
	(void)state;
	assert_true(one_stream(skel->progs.scan_cgroup, 300, SKB_MAX) > 100);
}

static void xdp_frags(void **state)
{
	(void)state;
	assert_true(one_stream(skel->progs.scan_xdp, 60, PIECE_MAX) > 100);
}

/* Markers are constants of the programs, which are loaded anew. XDP alone runs short pieces. */
static void load_for(const struct hm_marker *m, uint32_t count)
{
	skel = scan_bpf__open();
	assert_non_null(skel);
	assert_int_equal(needles_build(&needles, m, count), 0);
	*(struct hm_needles *)&skel->rodata->hm_cfg.needles = needles;
	bpf_program__set_autoload(skel->progs.scan_tc, false);
	bpf_program__set_autoload(skel->progs.scan_cgroup, false);
	assert_int_equal(scan_bpf__load(skel), 0);
}

static uint32_t pieces_run;

static void same_on_input(const uint8_t *data, uint32_t len)
{
	static struct hm_scratch scratch;
	struct hm_marker markers[HM_MAX_MARKERS];
	struct fuzz_input in = { data, len };
	uint32_t n, count = scan_input_markers(&in, markers);
	struct scan_result there = {};
	struct hm_tail tail = {};

	if (!count)
		return; /* the programs search nothing then */
	load_for(markers, count);
	while (scan_input_piece(&in, markers, count, frame + HM_ETH_LEN, &n)) {
		if (!n)
			continue;
		hm_scan_stream(&needles, &scratch, &tail, frame + HM_ETH_LEN, n);
		search_there(skel->progs.scan_xdp, n, &there);
		check_same(&there, &scratch.hits, &tail);
		pieces_run++;
	}
	scan_bpf__destroy(skel);
}

static void fuzz_corpus(void **state)
{
	struct scan_bpf *others = skel;
	int inputs;

	(void)state;
	inputs = corpus_files("tests/fuzz/corpus/scan", same_on_input);
	skel = others;
	printf("%d inputs, %u pieces\n", inputs, pieces_run);
	assert_true(inputs > 0 && pieces_run > (uint32_t)inputs);
}

static int load(void **state)
{
	static const struct hm_marker markers[] = {
		{ 12, "amazinggrace" }, { 7, "amazing" }, { 20, "0123456789abcdefghij" },
	};

	(void)state;
	skel = scan_bpf__open();
	if (!skel || needles_build(&needles, markers, HM_ARRAY_SIZE(markers)))
		return -1;
	*(struct hm_needles *)&skel->rodata->hm_cfg.needles = needles;
	return scan_bpf__load(skel);
}

static int unload(void **state)
{
	(void)state;
	scan_bpf__destroy(skel);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tc),
		cmocka_unit_test(cgroup),
		cmocka_unit_test(xdp_frags),
		cmocka_unit_test(fuzz_corpus),
	};

	if (geteuid()) {
		printf("SKIP: loading BPF programs takes root\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, load, unload);
}
