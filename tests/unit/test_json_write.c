// SPDX-License-Identifier: GPL-2.0-only
/* The JSON line writer: what it writes is what an independent parser reads, to the byte. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <jansson.h>

#include "json_write.h"

static void exact_text(void **state)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);
	struct json_writer w;

	(void)state;
	jw_line(&w, to);
	jw_uint(&w, "v", 1);
	jw_array(&w, "a");
	jw_text(&w, NULL, "x\"\\\n");
	jw_object(&w, NULL);
	jw_close(&w);
	jw_null(&w, NULL);
	jw_close(&w);
	jw_object(&w, "o");
	jw_bool(&w, "yes", true);
	jw_hex(&w, "hex", "\x00\xab", 2);
	assert_int_equal(jw_line_end(&w), 0);
	fclose(to);
	assert_string_equal(text, "{\"v\":1,\"a\":[\"x\\\"\\\\\\u000a\",{},null],"
				  "\"o\":{\"yes\":true,\"hex\":\"00ab\"}}\n");
	free(text);
}

static void every_byte_comes_back(void **state)
{
	uint8_t all[256];
	char *text = NULL;
	size_t len, at = 0;
	FILE *to = open_memstream(&text, &len);
	struct json_writer w;

	(void)state;
	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)i;
	jw_line(&w, to);
	jw_bytes(&w, "all", all, sizeof(all));
	jw_int(&w, "min", INT64_MIN);
	jw_uint(&w, "max", INT64_MAX);
	assert_int_equal(jw_line_end(&w), 0);
	fclose(to);
	for (size_t i = 0; i + 1 < len; i++)
		assert_in_range((uint8_t)text[i], 0x20, 0x7e);

	json_t *line = json_loads(text, JSON_ALLOW_NUL, NULL);
	const char *utf8 = json_string_value(json_object_get(line, "all"));

	assert_non_null(utf8);
	for (size_t i = 0; i < sizeof(all); i++) {
		if (i < 0x80) {
			assert_int_equal((uint8_t)utf8[at++], i);
			continue;
		}
		assert_int_equal((uint8_t)utf8[at++], 0xc0 | i >> 6);
		assert_int_equal((uint8_t)utf8[at++], 0x80 | (i & 0x3f));
	}
	assert_int_equal(json_string_length(json_object_get(line, "all")), at);
	assert_int_equal(json_integer_value(json_object_get(line, "min")), INT64_MIN);
	assert_int_equal(json_integer_value(json_object_get(line, "max")), INT64_MAX);
	json_decref(line);
	free(text);
}

static void failed_writes_are_told(void **state)
{
	struct json_writer w;
	FILE *full = fopen("/dev/full", "w"), *pipe_end;
	int fds[2];

	(void)state;
	assert_non_null(full);
	jw_line(&w, full);
	jw_text(&w, "k", "x");
	assert_int_equal(jw_line_end(&w), -ENOSPC);
	fclose(full);

	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(fds), 0);
	close(fds[0]);
	pipe_end = fdopen(fds[1], "w");
	jw_line(&w, pipe_end);
	assert_int_equal(jw_line_end(&w), -EPIPE);
	fclose(pipe_end);
}

static void too_deep_is_told(void **state)
{
	struct json_writer w;
	FILE *to = fopen("/dev/null", "w");

	(void)state;
	jw_line(&w, to);
	for (int i = 0; i < 100; i++)
		jw_object(&w, "o");
	assert_int_equal(jw_line_end(&w), -E2BIG);
	fclose(to);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact_text),
		cmocka_unit_test(every_byte_comes_back),
		cmocka_unit_test(failed_writes_are_told),
		cmocka_unit_test(too_deep_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
