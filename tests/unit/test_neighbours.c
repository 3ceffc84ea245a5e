// SPDX-License-Identifier: GPL-2.0-only
/* Who else is at a hook, and when a hook counts as blind; and false alarms that must not be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "neighbours.h"

static void test_before_and_after(void **state)
{
	const struct hm_neighbour list[] = {
		{HM_NEIGHBOUR_XDP, 5, "xdp_lb", false},
		{HM_NEIGHBOUR_TC, 7, "cil_from_netdev", false},
		{HM_NEIGHBOUR_TC, 8, "hm_tc_in", true},
		{HM_NEIGHBOUR_FILTER, 0, "flower", false},
	};
	char before[HM_NAME_LEN], after[HM_NAME_LEN];

	(void)state;
	neighbours_sum(list, 4, before, after);
	assert_string_equal(before, "XDP program xdp_lb #5 and 1 more");
	assert_string_equal(after, "filter flower");
}

/* Alone, and beside another hopmark on both sides: nobody keeps anything from anybody. */
static void test_nobody(void **state)
{
	const struct hm_neighbour list[] = {
		{HM_NEIGHBOUR_TC, 7, "hm_tc_in", false},
		{HM_NEIGHBOUR_TC, 8, "hm_tc_in", true},
		{HM_NEIGHBOUR_TC, 9, "hm_tc_in_l3", false},
	};
	char before[HM_NAME_LEN], after[HM_NAME_LEN];

	(void)state;
	neighbours_sum(list + 1, 1, before, after);
	assert_string_equal(before, "");
	assert_string_equal(after, "");
	neighbours_sum(list, 3, before, after);
	assert_string_equal(before, "");
	assert_string_equal(after, "");
}

/* Ours was taken off: whoever is there keeps everything from it. */
static void test_not_there(void **state)
{
	const struct hm_neighbour list[] = {{HM_NEIGHBOUR_TC, 7, "", false}};
	char before[HM_NAME_LEN], after[HM_NAME_LEN];

	(void)state;
	neighbours_sum(list, 1, before, after);
	assert_string_equal(before, "tc program #7");
	assert_string_equal(after, "");
}

static void test_long_names_fit(void **state)
{
	struct hm_neighbour list[3] = {{HM_NEIGHBOUR_FILTER, UINT32_MAX, "", false}};
	char before[HM_NAME_LEN], after[HM_NAME_LEN];

	(void)state;
	memset(list[0].name, 'x', sizeof(list[0].name) - 1);
	list[1] = list[2] = list[0];
	neighbours_sum(list, 3, before, after);
	assert_non_null(strstr(before, " and 2 more"));
	assert_true(strlen(before) < HM_NAME_LEN);
}

static void test_blind(void **state)
{
	const struct {
		struct hm_passage p;
		bool blind;
	} cases[] = {
		{{5000, 0, "veth", true, true}, true}, /* an XDP program takes all */
		{{5000, 0, "", true, false}, true}, /* a card that offloads */
		{{5000, 1, "", true, false}, false}, /* it does see */
		{{999, 0, "", true, false}, false}, /* too few to tell */
		{{5000, 0, "", false, true}, true}, /* on the way out, with a cause */
		{{5000, 0, "", false, false}, false}, /* XDP_TX, AF_XDP, PACKET_QDISC_BYPASS */
		{{5000, 0, "vrf", true, false}, false}, /* counts what it hands on */
		{{5000, 0, "ifb", true, false}, false},
		{{5000, 0, "ipvlan", true, false}, false},
		{{5000, 0, "vrf", true, true}, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(neighbours_blind(&cases[i].p), cases[i].blind);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_before_and_after), cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_not_there),	 cmocka_unit_test(test_long_names_fit),
		cmocka_unit_test(test_blind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
