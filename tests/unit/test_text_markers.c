// SPDX-License-Identifier: GPL-2.0-only
/* Two markers in one message: the table is printed once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "text_fixture.h"

static struct fixture f;

/* Prints path 1, then path 2 with the other marker; returns the second's text. */
static char *second(uint8_t marker_id, uint32_t leg_id)
{
	struct hm_out *out;
	char *text = NULL;
	size_t len = 0, first;
	FILE *to = open_memstream(&text, &len);

	assert_non_null(to);
	out = out_text_new(to, false, false);
	assert_non_null(out);
	fixture_delivered(&f);
	f.scene.marker_count = 2;
	f.scene.markers[1].len = 5;
	memcpy(f.scene.markers[1].bytes, "other", 5);
	assert_int_equal(out->ops->verdict(out, &f.scene, &f.verdict), 0);
	first = len;
	f.path.id = 2;
	f.verdict.marker_id = marker_id;
	f.leg[0].id = leg_id;
	assert_int_equal(out->ops->verdict(out, &f.scene, &f.verdict), 0);
	out_free(out);
	fclose(to);
	memmove(text, text + first, len - first + 1);
	return text;
}

static void told_once(void **state)
{
	char *text = second(1, 1);

	(void)state;
	assert_string_equal(
		text,
		"\npath 2  marker \"other\": delivered as path 1, on the same connections\n");
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(told_once),
		cmocka_unit_test(told_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
