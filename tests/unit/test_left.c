// SPDX-License-Identifier: GPL-2.0-only
/* Which of the packets that were left to later hops are lost: user/left.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdbool.h>

#include "left.h"

static struct hm_left left;

static struct hm_counters counted(uint64_t all, uint64_t searched)
{
	struct hm_counters c = {};

	c.n[HM_CNT_LEFT] = all;
	c.n[HM_CNT_LEFT_SEARCHED] = searched;
	return c;
}

static uint64_t now_ns;

/* A reading a millisecond later. */
static bool reads(uint64_t all, uint64_t searched)
{
	struct hm_counters c = counted(all, searched);

	now_ns += 1000000;
	return left_read(&left, &c, now_ns);
}

/*
 * How many are lost after so many were left, of which so many were searched, at first and at all
 * readings after.
 */
static uint64_t look(uint64_t all, uint64_t searched, uint64_t then_all, uint64_t then_searched)
{
	int readings = 1;

	for (bool more = reads(all, searched); more; more = reads(then_all, then_searched))
		readings++;
	assert_in_range(readings, 1, 21);
	return left.lost;
}

static int anew(void **state)
{
	(void)state;
	left = (struct hm_left){};
	return 0;
}

/* Each look finds another one on its way. */
static void test_on_their_way(void **state)
{
	(void)state;
	for (uint64_t i = 1; i < 100; i++)
		assert_int_equal(look(i, i - 1, i, i), 0);
	assert_int_equal(look(100, 99, 105, 105), 0);
}

static void test_lost(void **state)
{
	(void)state;
	assert_int_equal(look(1, 0, 1, 0), 1);
	assert_int_equal(look(1, 0, 1, 0), 1);
	assert_int_equal(look(3, 1, 3, 1), 2);
	assert_int_equal(look(9, 7, 9, 7), 2);
}

/* At each reading another one is on its way; the last ones are not all lost. */
static void test_many_on_their_way(void **state)
{
	uint64_t readings = 1;

	(void)state;
	for (bool more = reads(3, 1); more; readings++)
		more = reads(3 + readings, 3 + readings - readings % 3);
	assert_int_equal(left.lost, 0);
	assert_int_equal(readings, 4);
	assert_int_equal(look(10, 9, 10, 10), 0);
}

/* A queue holds it for some milliseconds. */
static void test_held(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++)
		assert_true(reads(1, 0));
	assert_false(reads(1, 1));
	assert_int_equal(left.lost, 0);
}

/* Nothing is lost anew because one reading was of two moments. */
static void test_one_low(void **state)
{
	(void)state;
	assert_int_equal(look(2, 0, 2, 0), 2);
	assert_false(reads(2, 1));
	assert_int_equal(look(3, 1, 3, 1), 2);
	assert_false(reads(3, 2));
	assert_false(reads(3, 2));
	assert_int_equal(look(4, 2, 4, 2), 3);
}

/* What comes in between is on its way at the later readings. */
static void test_another_in_between(void **state)
{
	(void)state;
	assert_int_equal(look(1, 0, 3, 1), 1);
	assert_int_equal(look(3, 2, 3, 2), 1);
}

/* What counted as lost and was searched later stays lost, and hides no other. */
static void test_searched_late(void **state)
{
	(void)state;
	assert_int_equal(look(1, 0, 1, 0), 1);
	assert_false(reads(1, 1));
	assert_false(reads(1, 1));
	assert_int_equal(look(2, 1, 2, 1), 2);
}

/* Searched and counted between the reading of two CPUs. */
static void test_read_in_between(void **state)
{
	(void)state;
	assert_int_equal(look(3, 4, 3, 4), 0);
	assert_int_equal(look(5, 4, 5, 4), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_on_their_way, anew),
		cmocka_unit_test_setup(test_lost, anew),
		cmocka_unit_test_setup(test_many_on_their_way, anew),
		cmocka_unit_test_setup(test_held, anew),
		cmocka_unit_test_setup(test_one_low, anew),
		cmocka_unit_test_setup(test_another_in_between, anew),
		cmocka_unit_test_setup(test_searched_late, anew),
		cmocka_unit_test_setup(test_read_in_between, anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
