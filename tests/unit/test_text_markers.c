// SPDX-License-Identifier: GPL-2.0-only
/* Two markers in one message: the table is printed once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "text_fixture.h"

static struct fixture f;

/* What is printed goes to text; in the scene there are two markers. */
static struct hm_out *begin(char **text, size_t *len)
{
	FILE *to = open_memstream(text, len);
	struct hm_out *out;

	assert_non_null(to);
	out = out_text_new(to, false, false);
	assert_non_null(out);
	fixture_delivered(&f);
	f.scene.marker_count = 2;
	f.scene.markers[1].len = 5;
	memcpy(f.scene.markers[1].bytes, "oth\x01r", 5);
	return out;
}

static void finish(struct hm_out *out)
{
	FILE *to = out->to;

	out_free(out);
	fclose(to);
}

/* Prints path 1, then path 2 with the other marker; returns the second's text. */
static char *second(uint8_t marker_id, uint32_t leg_id)
{
	char *text = NULL;
	size_t len = 0, first;
	struct hm_out *out = begin(&text, &len);

	assert_int_equal(out->ops->verdict(out, &f.scene, &f.verdict), 0);
	first = len;
	f.path.id = 2;
	f.verdict.marker_id = marker_id;
	f.leg[0].id = leg_id;
	assert_int_equal(out->ops->verdict(out, &f.scene, &f.verdict), 0);
	finish(out);
	memmove(text, text + first, len - first + 1);
	return text;
}

static void told_once(void **state)
{
	char *text = second(1, 1);

	(void)state;
	assert_string_equal(
		text,
		"\npath 2  marker \"oth\\x01r\": delivered as path 1, on the same connections\n");
	free(text);
}

static void told_again(void **state)
{
	char *text = second(0, 1); /* the same marker: another message */

	(void)state;
	assert_non_null(strstr(text, "\nDELIVERED"));
	free(text);
	text = second(1, 7); /* another connection */
	assert_non_null(strstr(text, "\nDELIVERED"));
	free(text);
}

/* What is said at the end, of two markers of which these were seen: a bit for each. */
static char *end(uint32_t seen, uint64_t lost)
{
	struct hm_tally tally = {.paths = 1, .by_code = {[HM_DELIVERED] = 1}, .markers_seen = seen};
	char *text = NULL;
	size_t len = 0;
	struct hm_out *out = begin(&text, &len);

	f.scene.counters[HM_CNT_LIMITED] = lost;
	assert_int_equal(out->ops->end(out, &f.scene, &tally), 0);
	finish(out);
	return text;
}

static void not_seen(void **state)
{
	char *text = end(1, 0);

	(void)state;
	assert_non_null(strstr(text, "\nnot seen     the marker \"oth\\x01r\"\n"));
	free(text);
	text = end(1, 7);
	assert_non_null(strstr(text, "\"oth\\x01r\"; it may have been among what was lost\n"));
	free(text);
	for (uint32_t seen = 0; seen <= 3; seen += 3) { /* none: the verdict says so */
		text = end(seen, 0);
		assert_null(strstr(text, "not seen"));
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(told_once),
		cmocka_unit_test(told_again),
		cmocka_unit_test(not_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
