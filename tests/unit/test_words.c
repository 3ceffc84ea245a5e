// SPDX-License-Identifier: GPL-2.0-only
/* The words of a verdict: what does not fit is cut or counted, never dropped in silence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "words.h"

static void test_evidence_that_fits_is_told(void **state)
{
	struct hm_verdict v = {0};

	(void)state;
	for (int i = 0; i < HM_MAX_EVIDENCE; i++)
		words_evidence(&v, "fact %d", i);
	assert_int_equal(v.evidence_count, HM_MAX_EVIDENCE);
	assert_string_equal(v.evidence[HM_MAX_EVIDENCE - 1], "fact 11");
}

static void test_evidence_beyond_is_counted(void **state)
{
	struct hm_verdict v = {0};

	(void)state;
	for (int i = 0; i < HM_MAX_EVIDENCE + 3; i++)
		words_evidence(&v, "fact %d", i);
	assert_int_equal(v.evidence_count, HM_MAX_EVIDENCE);
	assert_string_equal(v.evidence[HM_MAX_EVIDENCE - 2], "fact 10");
	assert_string_equal(v.evidence[HM_MAX_EVIDENCE - 1], "and 4 more");
}

/* The times of a recording may be anything: eight of the longest do not fit into a line. */
static void test_syns_of_any_time(void **state)
{
	struct hm_scene *scene = calloc(1, sizeof(*scene));
	struct hm_leg leg = {.row_count = 1, .syn_count = 8};
	struct hm_path path = {0};
	struct hm_case c = {.path = &path, .scene = scene, .first = &leg};
	struct hm_verdict v = {0};

	(void)state;
	assert_non_null(scene);
	strcpy(scene->hops[0].name, "eth0:in");
	leg.rows[0].cell[HM_STEP_SYN].count = 8;
	for (size_t i = 0; i < HM_ARRAY_SIZE(leg.syn_ns); i++)
		leg.syn_ns[i] = UINT64_MAX;
	tell_syns(&c, &v);
	assert_int_equal(v.evidence_count, 1);
	assert_ptr_equal(strstr(v.evidence[0], "SYN seen at eth0:in 8 times (18446744073.71 s, "),
			 v.evidence[0]);
	free(scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_evidence_that_fits_is_told),
		cmocka_unit_test(test_evidence_beyond_is_counted),
		cmocka_unit_test(test_syns_of_any_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
