// SPDX-License-Identifier: GPL-2.0-only
/* Markers as they are typed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "marker.h"

static void accept(const char *text, const void *bytes, size_t len)
{
	struct hm_marker m;
	char why[HM_MARKER_WHY];

	if (marker_parse(text, &m, why, sizeof(why)))
		fail_msg("%s: %s", text, why);
	assert_int_equal(m.len, len);
	assert_memory_equal(m.bytes, bytes, len);
}

static void refuse(const char *text, const char *says)
{
	struct hm_marker m;
	char why[HM_MARKER_WHY] = "";

	if (!marker_parse(text, &m, why, sizeof(why)) || !strstr(why, says))
		fail_msg("\"%s\": \"%s\"", text, why);
}

static void test_text(void **state)
{
	char longest[HM_MARKER_MAX + 1];

	(void)state;
	memset(longest, 'x', HM_MARKER_MAX);
	longest[HM_MARKER_MAX] = '\0';
	accept("amazinggrace", "amazinggrace", 12);
	accept("four", "four", 4);
	accept("hexa", "hexa", 4);
	accept("a b\tc", "a b\tc", 5);
	accept(longest, longest, HM_MARKER_MAX);
}

static void test_hex(void **state)
{
	char longest[4 + 2 * HM_MARKER_MAX + 1] = "hex:";

	(void)state;
	accept("hex:0a0B00ff", "\x0a\x0b\x00\xff", 4);
	memset(longest + 4, '4', 2 * HM_MARKER_MAX);
	accept(longest, "DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD",
	       HM_MARKER_MAX);
}

static void test_refusals(void **state)
{
	char text[100000];

	(void)state;
	refuse("", "not 0");
	refuse("abc", "not 3");
	refuse("hex:", "not 0");
	refuse("hex:0a0b0c", "not 3");
	refuse("hex:0a0b0c0", "hex digits");
	refuse("hex:0a0b0c0g", "hex digits");
	refuse("hex:0x0a0b0c", "hex digits");
	memset(text, 'y', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	refuse(text, "not 99999");
	text[HM_MARKER_MAX + 1] = '\0';
	refuse(text, "not 65");
	memcpy(text, "hex:", 4);
	memset(text + 4, '1', 2 * (HM_MARKER_MAX + 1));
	text[4 + 2 * (HM_MARKER_MAX + 1)] = '\0';
	refuse(text, "not 65");
}

static void test_find(void **state)
{
	struct hm_marker markers[2], m;
	char why[HM_MARKER_WHY];

	(void)state;
	assert_int_equal(marker_parse("amazing", &markers[0], why, sizeof(why)), 0);
	assert_int_equal(marker_parse("grace", &markers[1], why, sizeof(why)), 0);
	assert_int_equal(marker_parse("hex:6772616365", &m, why, sizeof(why)), 0);
	assert_int_equal(marker_find(markers, 2, &m), 1);
	assert_int_equal(marker_find(markers, 1, &m), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
