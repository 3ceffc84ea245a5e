// SPDX-License-Identifier: GPL-2.0-only
/*
 * hopmark's own programs when there is too much to tell: a full ring, a limited rate. What is not
 * told is counted.
 */
#include <sched.h>

#include "programs_tell.h"

#define SMALL_RING 4096 /* 28 records of 136 bytes, each with a header of 8 */
#define LOW_RATE 3

/* Runs the last ACK n times without reading. */
static void flood(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		run_segment(&ack);
}

static void test_ring_full(void **state)
{
	struct hm_loader *rest = t.loader;
	const uint32_t room = SMALL_RING / (sizeof(struct hm_rec) + 8);

	(void)state;
	t.loader = open_loader(SMALL_RING, 0);
	begin(0, &shapes[0]);
	run_segment(&syn);
	run_segment(&synack);
	flood(room + 10);
	assert_int_equal(rise(HM_CNT_RECORDS) + rise(HM_CNT_LOST_RING), room + 12);
	assert_true(rise(HM_CNT_LOST_RING) >= 12);
	read_records();
	assert_int_equal(t.count, rise(HM_CNT_RECORDS));
	run_segment(&ack);
	read_records();
	assert_int_equal(t.count, 1); /* there is room again */
	end();
	loader_free(t.loader);
	t.loader = rest;
}

static void test_rate_limit(void **state)
{
	struct hm_loader *rest = t.loader;

	(void)state;
	t.loader = open_loader(0, LOW_RATE);
	begin(0, &shapes[0]);
	run_segment(&syn);
	run_segment(&synack);
	read_records();
	flood(2000); /* each takes a few microseconds */
	assert_int_equal(rise(HM_CNT_RECORDS) + rise(HM_CNT_LIMITED), 2002);
	assert_true(rise(HM_CNT_LIMITED) > 0);
	assert_int_equal(rise(HM_CNT_LOST_RING), 0);
	end();
	loader_free(t.loader);
	t.loader = rest;
}

/* The i-th of many goes to a CPU of those: each has a store of free places. */
static void spread(const cpu_set_t *all, uint32_t i)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(i / 50 % CPU_COUNT(all), &one);
	sched_setaffinity(0, sizeof(one), &one);
}

/* A SYN with a number of its own, to a port inside the filter or, as behind NAT, outside. */
static void run_syn(uint32_t n, uint16_t dport)
{
	struct segment s = syn;
	struct corpus_packet *c;
	uint8_t *tcp;

	t.sport = 1000 + n;
	s.seq = n;
	c = build(&s);
	tcp = c->data + c->payload_off - 40; /* a header with the options of a SYN */
	tcp[2] = dport >> 8;
	tcp[3] = dport & 255;
	assert_true(run_bytes(c->data, c->len));
}

/*
 * More connections than fit, each seen again, at that port, and so kept longest; then the one in
 * question, which is returned, then as many younger ones, seen again or not.
 */
static uint32_t fill(uint16_t again, bool younger_too)
{
	const uint32_t first = HM_MAX_TRACKS * 5 / 4;
	cpu_set_t all;

	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	begin(0, &shapes[0]);
	for (uint32_t i = 0; i < first + HM_SURE_TRACKS(HM_MAX_TRACKS); i++) {
		spread(&all, i);
		run_syn(i, CORPUS_DPORT);
		if (i < first || (younger_too && i > first))
			run_syn(i, again);
		if (i % 16 == 0)
			read_records();
	}
	sched_setaffinity(0, sizeof(all), &all);
	read_records();
	return first;
}

/* A connection is still known after as many younger ones as a verdict takes for harmless. */
static void test_remembers(void **state)
{
	const struct segment fin = { .seq = SERVER_ISN, .flags = HM_TCP_FIN | HM_TCP_ACK,
				     .answer = true };

	(void)state;
	for (int touched = 0; touched < 2; touched++) {
		t.sport = 1000 + fill(CORPUS_DPORT, touched);
		tell_one(&fin, HM_WHAT_FIN); /* of one that is not known it tells nothing */
		end();
	}
}

/* And what its SYN is behind NAT. */
static void test_remembers_syn(void **state)
{
	(void)state;
	for (int touched = 0; touched < 2; touched++) {
		uint32_t first = fill(CORPUS_DPORT + 1, touched);

		run_syn(first, CORPUS_DPORT + 1);
		read_records();
		assert_int_equal(times_told(HM_WHAT_SYN), 1);
		end();
	}
}

/* The n-th number after from that has its place in the same row as number 0: bpf/isn.bpf.h. */
static uint32_t same_row(uint32_t from)
{
	do
		from++;
	while (from * 2654435769U >> (32 - HM_ISN_BITS));
	return from;
}

/*
 * One more than a row has places for: the first is forgotten, which is counted; the last is known.
 */
static void test_row_full(void **state)
{
	uint32_t first = same_row(0), n = first;

	(void)state;
	begin(0, &shapes[0]);
	for (int i = 0; i < HM_ISN_PLACES; i++, n = same_row(n))
		run_syn(n, CORPUS_DPORT);
	assert_int_equal(rise(HM_CNT_LOST_NOTE), 0);
	run_syn(n, CORPUS_DPORT);
	assert_int_equal(rise(HM_CNT_LOST_NOTE), 1);
	read_records();
	run_syn(first, CORPUS_DPORT + 1);
	read_records();
	assert_int_equal(times_told(HM_WHAT_SYN), 0);
	run_syn(n, CORPUS_DPORT + 1);
	read_records();
	assert_int_equal(times_told(HM_WHAT_SYN), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ring_full),
		cmocka_unit_test(test_rate_limit),
		cmocka_unit_test(test_remembers),
		cmocka_unit_test(test_remembers_syn),
		cmocka_unit_test(test_row_full),
	};

	if (geteuid()) {
		printf("SKIP: loading BPF programs takes root\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, open_main, close_main);
}
