// SPDX-License-Identifier: GPL-2.0-only
/* Wrapping: where lines break, and what is never broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "text_wrap.h"

static char *text;

static const char *labelled(const char *label, const char *words)
{
	size_t len;
	FILE *to = open_memstream(&text, &len);

	text_labelled(to, label, words);
	fclose(to);
	return text;
}

static void breaks_at_words(void **state)
{
	(void)state;
	assert_string_equal(labelled("next", "short"), "next         short\n");
	free(text);
	assert_string_equal(labelled("next", ""), "next         \n");
	free(text);
	assert_string_equal(
		labelled("evidence",
			 "one two three four five six seven eight nine ten eleven twelve "
			 "thirteen fourteen"),
		"evidence     one two three four five six seven eight nine ten eleven twelve\n"
		"             thirteen fourteen\n");
	free(text);
}

static void exactly_fits(void **state)
{
	char words[TEXT_COLUMNS - TEXT_HANG + 1], expected[TEXT_COLUMNS + 2];

	(void)state;
	memset(words, 'x', sizeof(words) - 1);
	words[sizeof(words) - 1] = '\0';
	snprintf(expected, sizeof(expected), "%-*s%s\n", TEXT_HANG, "a", words);
	assert_string_equal(labelled("a", words), expected);
	free(text);
}

static void long_words_are_cut(void **state)
{
	char words[150];

	(void)state;
	memset(words, 'y', sizeof(words) - 1);
	words[sizeof(words) - 1] = '\0';
	labelled("a", words);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		assert_in_range(strlen(line), 1, TEXT_COLUMNS);
	free(text);
}

static void commands_stay_whole(void **state)
{
	(void)state;
	assert_string_equal(labelled("next", "Start the application, or see what it listens on:  "
					     "ss -ltnp 'sport = :8080'"),
			    "next         Start the application, or see what it listens on:\n"
			    "             ss -ltnp 'sport = :8080'\n");
	free(text);
	assert_string_equal(labelled("next", "Fits in one line:  ss -ltn"),
			    "next         Fits in one line:  ss -ltn\n");
	free(text);
}

static void outside_bytes_are_escaped_once(void **state)
{
	(void)state;
	assert_string_equal(labelled("a", "x\\x1b \"y\\\"\" \x1b[2J\xc2\x9b"),
			    "a            x\\x1b \"y\\\"\" \\x1b[2J\\xc2\\x9b\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(breaks_at_words),
		cmocka_unit_test(exactly_fits),
		cmocka_unit_test(long_words_are_cut),
		cmocka_unit_test(commands_stay_whole),
		cmocka_unit_test(outside_bytes_are_escaped_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
