// SPDX-License-Identifier: GPL-2.0-only
/* Which of the packets that were left to later hops are lost: user/left.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "left.h"

static struct hm_left left;

static struct hm_counters counted(uint64_t all, uint64_t searched)
{
	struct hm_counters c = {};

	c.n[HM_CNT_LEFT] = all;
	c.n[HM_CNT_LEFT_SEARCHED] = searched;
	return c;
}

/* How many are lost after so many were left, of which so many were searched, at once and then. */
static uint64_t look(uint64_t all, uint64_t searched, uint64_t then_all, uint64_t then_searched)
{
	struct hm_counters before = counted(all, searched);
	struct hm_counters after = counted(then_all, then_searched);

	return left_lost(&left, &before, left_more(&left, &before) ? &after : &before);
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

/* What comes in between is on its way at the second look. */
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
	assert_int_equal(look(1, 1, 1, 1), 1);
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
		cmocka_unit_test_setup(test_another_in_between, anew),
		cmocka_unit_test_setup(test_searched_late, anew),
		cmocka_unit_test_setup(test_read_in_between, anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
