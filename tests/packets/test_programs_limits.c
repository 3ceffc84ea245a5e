// SPDX-License-Identifier: GPL-2.0-only
/*
 * hopmark's own programs when there is too much to tell: a full ring, a limited rate. What is not
 * told is counted.
 */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ring_full),
		cmocka_unit_test(test_rate_limit),
	};

	if (geteuid()) {
		printf("SKIP: loading BPF programs takes root\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, open_main, close_main);
}
