// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parser in the kernel (tc, XDP, cgroup_skb) against the same parser in user space, through
 * BPF_PROG_TEST_RUN: every packet of the corpus, whole, truncated at every length, and damaged; and
 * every input of the fuzz target's corpus.
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

#include "corpus.h"
#include "corpus_files.h"
#include "packets/parse.skel.h"
#include "parse.h"

#define DAMAGED 40 /* damaged copies of each packet */

static struct parse_bpf *skel;
static uint32_t seed = 1;

static uint32_t rnd(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (uint32_t)(((uint64_t)seed * below) >> 32);
}

static void parse_here(const uint8_t *data, uint32_t len, int eth, struct parse_result *r)
{
	struct hm_bytes b = { .data = data, .len = len };

	memset(r, 0, sizeof(*r));
	r->err = hm_parse(&b, eth, &r->packet);
	if (r->err) {
		memset(&r->packet, 0, sizeof(r->packet));
		return;
	}
	if (r->packet.what_proto != HM_PKT_TCP)
		return;
	r->syn_err = hm_parse_syn_options(&b, &r->packet, &r->syn);
	r->data_err = hm_classify_payload(&b, &r->packet, &r->data);
}

/* Runs prog on the packet. 0, or the kernel's refusal to run such a packet. */
static int parse_there(struct bpf_program *prog, const uint8_t *data, uint32_t len,
		       struct parse_result *r)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = data, .data_size_in = len);
	int map = bpf_map__fd(skel->maps.parsed), err;
	uint32_t zero = 0;

	memset(r, 0, sizeof(*r));
	assert_int_equal(bpf_map_update_elem(map, &zero, r, BPF_ANY), 0);
	err = bpf_prog_test_run_opts(bpf_program__fd(prog), &opts);
	if (err)
		return err;
	assert_int_equal(bpf_map_lookup_elem(map, &zero, r), 0);
	return 0;
}

/* 1 when the kernel ran it. What a cgroup_skb program sees begins behind the Ethernet header. */
static unsigned int agree(struct bpf_program *prog, const uint8_t *data, uint32_t len, int eth)
{
	struct parse_result here, there;

	if (parse_there(prog, data, len, &there))
		return 0;
	parse_here(eth ? data : data + HM_ETH_LEN, eth ? len : len - HM_ETH_LEN, eth, &here);
	assert_memory_equal(&here, &there, sizeof(here));
	return 1;
}

static unsigned int agree_all(const uint8_t *data, uint32_t len)
{
	return agree(skel->progs.parse_tc, data, len, 1) +
	       agree(skel->progs.parse_xdp, data, len, 1) +
	       agree(skel->progs.parse_cgroup, data, len, 0);
}

static void whole(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < corpus_count; i++)
		assert_int_equal(agree_all(corpus[i].data, corpus[i].len), 3);
}

/* It runs no packet shorter than an Ethernet header, tc and cgroup no much longer ones. */
static void truncated(void **state)
{
	unsigned int ran = 0, lengths = 0;

	(void)state;
	for (unsigned int i = 0; i < corpus_count; i++) {
		for (uint32_t len = HM_ETH_LEN; len < corpus[i].len; len++, lengths++)
			ran += agree_all(corpus[i].data, len);
	}
	assert_true(ran > 2 * lengths);
}

static void damaged(void **state)
{
	uint8_t copy[CORPUS_LEN_MAX];
	unsigned int ran = 0;

	(void)state;
	for (unsigned int i = 0; i < corpus_count * DAMAGED; i++) {
		const struct corpus_packet *c = &corpus[i / DAMAGED];

		memcpy(copy, c->data, c->len);
		for (uint32_t k = 1 + rnd(3); k; k--)
			copy[HM_ETH_LEN - 2 + rnd(c->len - HM_ETH_LEN + 2)] = rnd(256);
		ran += agree_all(copy, c->len);
	}
	assert_true(ran > 2 * corpus_count * DAMAGED);
}

/* How many inputs of the fuzz corpus each program was run on, and how many it has to be. */
static struct {
	unsigned int inputs, frames, full, tc, xdp, cgroup;
} ran;

static void agree_on_input(const uint8_t *data, uint32_t len)
{
	ran.inputs++;
	ran.frames += len >= HM_ETH_LEN;
	/* the kernel asks for an IP header behind the Ethernet's */
	ran.full += len >= HM_ETH_LEN + 40;
	ran.tc += agree(skel->progs.parse_tc, data, len, 1);
	ran.xdp += agree(skel->progs.parse_xdp, data, len, 1);
	if (len >= HM_ETH_LEN)
		ran.cgroup += agree(skel->progs.parse_cgroup, data, len, 0);
}

/* What is shorter than an Ethernet header the kernel cannot run at all. */
static void fuzz_corpus(void **state)
{
	(void)state;
	assert_true(corpus_files("tests/fuzz/corpus/packet", agree_on_input) > 0);
	printf("of %u inputs tc ran %u, XDP %u, cgroup %u\n", ran.inputs, ran.tc, ran.xdp,
	       ran.cgroup);
	assert_int_equal(ran.xdp, ran.frames);
	assert_true(ran.tc >= ran.full && ran.cgroup >= ran.full);
	assert_true(ran.full > ran.inputs / 3);
}

static int load(void **state)
{
	(void)state;
	corpus_build();
	skel = parse_bpf__open_and_load();
	return skel ? 0 : -1;
}

static int unload(void **state)
{
	(void)state;
	parse_bpf__destroy(skel);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole),
		cmocka_unit_test(truncated),
		cmocka_unit_test(damaged),
		cmocka_unit_test(fuzz_corpus),
	};

	if (geteuid()) {
		printf("SKIP: loading BPF programs takes root\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, load, unload);
}
