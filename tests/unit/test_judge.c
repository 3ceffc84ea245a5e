// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is judged of a trace as a whole, its exit status, and the tables of codes and sightings.
 * The codes of one connection are in test_judge_*.c.
 */
#include "world.h"

static void test_trace(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct hm_bench bench = {.scene = &w->scene};
	struct hm_verdict *v = calloc(1, sizeof(*v));

	(void)state;
	assert_non_null(v);
	judge_trace(&bench, 0, v);
	assert_int_equal(v->code, HM_NOTHING_SEEN);
	assert_null(v->path);
	assert_int_equal(judge_exit(0, v), 4);
	judge_trace(&bench, 3, v);
	assert_int_equal(v->code, HM_MARKER_NOT_SEEN);
	assert_int_equal(judge_exit(0, v), 4);
	assert_int_equal(judge_exit(1, v), 1);
	v->code = HM_REFUSED;
	assert_int_equal(judge_exit(4, v), 1);
	v->judged = false;
	assert_int_equal(judge_exit(4, v), 4);
	assert_int_equal(judge_exit(0, v), 0);
	free(v);
	world_free(w);
}

/* Every code has a name, a meaning and a health; names are unique. */
static void test_codes(void **state)
{
	(void)state;
	for (int i = 0; i < HM_CODE_COUNT; i++) {
		assert_non_null(hm_codes[i].name);
		assert_true(strlen(hm_codes[i].means) > 10);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(hm_codes[i].name, hm_codes[j].name);
	}
	for (int i = 1; i < HM_WHAT_COUNT; i++)
		assert_int_equal(sighting_what_by_name(sighting_what_name(i)), i);
	assert_int_equal(sighting_what_by_name("nonsense"), HM_WHAT_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trace),
		cmocka_unit_test(test_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
