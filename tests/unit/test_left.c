// SPDX-License-Identifier: GPL-2.0-only
/* Which of the packets that were left to later hops are lost: user/left.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "left.h"

#define MS 1000000ULL

static struct hm_left left;

static uint64_t look(uint64_t all, uint64_t searched, uint64_t ms)
{
	struct hm_counters c = {};

	c.n[HM_CNT_LEFT] = all;
	c.n[HM_CNT_LEFT_SEARCHED] = searched;
	return left_look(&left, &c, ms * MS, false);
}

static uint64_t look_last(uint64_t all, uint64_t searched, uint64_t ms)
{
	struct hm_counters c = {};

	c.n[HM_CNT_LEFT] = all;
	c.n[HM_CNT_LEFT_SEARCHED] = searched;
	return left_look(&left, &c, ms * MS, true);
}

static int anew(void **state)
{
	(void)state;
	left = (struct hm_left){};
	look(0, 0, 1000);
	return 0;
}

/* Each look finds another one on its way. */
static void test_on_their_way(void **state)
{
	(void)state;
	for (uint64_t i = 1; i < 100; i++) {
		assert_int_equal(look(i, i - 1, 1000 + 2 * i), 0);
		assert_int_equal(look(i, i, 1001 + 2 * i), 0);
	}
	assert_int_equal(look_last(99, 99, 1200), 0);
}

static void test_lost(void **state)
{
	(void)state;
	assert_int_equal(look(1, 0, 1001), 0);
	assert_int_equal(look(1, 0, 1021), 0); /* how long it has been left is not known yet */
	assert_int_equal(look(1, 0, 1041), 1);
	assert_int_equal(look(1, 0, 1061), 1);
	assert_int_equal(look(1, 0, 1081), 1);
	assert_int_equal(look_last(1, 0, 1082), 1);
}

/* The looks are as rare as they get. */
static void test_looked_at_rarely(void **state)
{
	(void)state;
	assert_int_equal(look(2, 1, 1500), 0);
	assert_int_equal(look(2, 1, 2000), 1);
	assert_int_equal(look(3, 1, 2500), 1);
	assert_int_equal(look(3, 2, 3000), 1);
}

static void test_last_look(void **state)
{
	(void)state;
	assert_int_equal(look(5, 5, 1001), 0);
	assert_int_equal(look_last(7, 5, 1002), 2);
}

/* What counted as lost and was searched later stays lost, and hides no other. */
static void test_searched_late(void **state)
{
	(void)state;
	look(1, 0, 1020);
	assert_int_equal(look(1, 0, 1040), 1);
	assert_int_equal(look(1, 1, 1060), 1);
	assert_int_equal(look(2, 1, 1080), 1);
	assert_int_equal(look(2, 1, 1100), 2);
}

/* Searched and counted between the reading of two CPUs. */
static void test_read_in_between(void **state)
{
	(void)state;
	assert_int_equal(look(3, 4, 1020), 0);
	assert_int_equal(look(3, 4, 1040), 0);
	assert_int_equal(look(5, 4, 1060), 0);
	assert_int_equal(look(5, 4, 1080), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_on_their_way, anew),
		cmocka_unit_test_setup(test_lost, anew),
		cmocka_unit_test_setup(test_looked_at_rarely, anew),
		cmocka_unit_test_setup(test_last_look, anew),
		cmocka_unit_test_setup(test_searched_late, anew),
		cmocka_unit_test_setup(test_read_in_between, anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
