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

/* A connection is still known after as many younger ones as a verdict takes for harmless. */
static void test_remembers(void **state)
{
	const uint16_t oldest = 1000;
	cpu_set_t all, one;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	for (int touched = 0; touched < 2; touched++) {
		begin(0, &shapes[0]);
		t.sport = oldest;
		run_segment(&syn);
		run_segment(&synack);
		for (uint32_t i = 1; i < HM_MAX_TRACKS / 2; i++) {
			int cpu = i / 50 % CPU_COUNT(&all); /* each has a store of free places */

			CPU_ZERO(&one);
			CPU_SET(cpu, &one);
			sched_setaffinity(0, sizeof(one), &one);
			t.sport = oldest + i;
			run_segment(&syn);
			if (touched)
				run_segment(&synack);
			if (i % 16 == 0)
				read_records();
		}
		sched_setaffinity(0, sizeof(all), &all);
		read_records();
		t.sport = oldest;
		run_segment(&ack);
		read_records();
		assert_int_equal(times_told(HM_WHAT_ACK), 1);
		end();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ring_full),
		cmocka_unit_test(test_rate_limit),
		cmocka_unit_test(test_remembers),
	};

	if (geteuid()) {
		printf("SKIP: loading BPF programs takes root\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, open_main, close_main);
}
