// SPDX-License-Identifier: GPL-2.0-only
/* The option parser: every type, every way to write an option, and every refusal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "hm_types.h"
#include "opts.h"

struct args {
	bool flag, other;
	const char *text;
	const char *many[2];
	uint32_t many_count, number, size;
	uint16_t ports[2];
	uint32_t port_count;
	uint64_t time_ns;
};

#define AT(f) offsetof(struct args, f)

static const struct hm_opt table[] = {
	{.name = "flag", .letter = 'f', .type = HM_OPT_FLAG, .offset = AT(flag), .help = "a flag"},
	{.name = "other", .letter = 'o', .type = HM_OPT_FLAG, .offset = AT(other), .help = "b"},
	{.name = "text", .letter = 't', .type = HM_OPT_STRING, .arg = "TEXT", .offset = AT(text),
	 .help = "some text that is long enough to be broken into a second line of the help"},
	{.letter = 'i', .type = HM_OPT_STRINGS, .arg = "IF", .offset = AT(many),
	 .count_offset = AT(many_count), .most = 2, .help = "c"},
	{.name = "count", .letter = 'c', .type = HM_OPT_NUMBER, .arg = "N", .offset = AT(number),
	 .min = 1, .max = 4294967295, .help = "d"},
	{.name = "port", .type = HM_OPT_NUMBERS16, .arg = "PORT", .offset = AT(ports),
	 .count_offset = AT(port_count), .most = 2, .min = 1, .max = 65535, .help = "e"},
	{.name = "for", .type = HM_OPT_TIME, .arg = "TIME", .offset = AT(time_ns), .min = 1000000,
	 .max = 36000000000000, .help = "f"},
	{.name = "ring", .type = HM_OPT_SIZE, .arg = "SIZE", .offset = AT(size), .min = 4096,
	 .max = 1 << 30, .help = "g"},
	{.letter = 'n', .type = HM_OPT_IGNORED, .help = "h"},
};

struct result {
	struct args args;
	struct hm_words words;
	char why[HM_OPTS_WHY];
	int err;
	char *argv[32];
};

/* Parses a line split at spaces; the line is copied into buf. */
static struct result parse(char *buf, const char *line)
{
	struct result r = {0};
	int argc = 0;
	char *word;

	strcpy(buf, line);
	r.argv[argc++] = "cmd";
	for (word = strtok(buf, " "); word; word = strtok(NULL, " "))
		r.argv[argc++] = word;
	r.err = opts_parse(table, HM_ARRAY_SIZE(table), argc, r.argv, &r.args, &r.words, r.why,
			   sizeof(r.why));
	r.words.word = NULL; /* pointed into the copy that is gone */
	return r;
}

static void test_types(void **state)
{
	char buf[300];
	struct result r =
		parse(buf, "-f -t x -i a -i b -c 7 --port 80 --port=443 --for 2m --ring 64k -n");

	(void)state;
	assert_int_equal(r.err, 0);
	assert_true(r.args.flag);
	assert_false(r.args.other);
	assert_string_equal(r.args.text, "x");
	assert_int_equal(r.args.many_count, 2);
	assert_string_equal(r.args.many[0], "a");
	assert_string_equal(r.args.many[1], "b");
	assert_int_equal(r.args.number, 7);
	assert_int_equal(r.args.port_count, 2);
	assert_int_equal(r.args.ports[0], 80);
	assert_int_equal(r.args.ports[1], 443);
	assert_true(r.args.time_ns == 120 * UINT64_C(1000000000));
	assert_int_equal(r.args.size, 65536);
}

static void test_spellings(void **state)
{
	char buf[300];

	(void)state;
	assert_string_equal(parse(buf, "-tx").args.text, "x");
	assert_string_equal(parse(buf, "--text=x=y").args.text, "x=y");
	assert_string_equal(parse(buf, "--text=").args.text, "");
	assert_true(parse(buf, "-nfo").args.other);
	assert_string_equal(parse(buf, "-nft x").args.text, "x");
	assert_string_equal(parse(buf, "-t -f").args.text, "-f");
	assert_int_equal(parse(buf, "--help").err, HM_OPTS_HELP);
	assert_int_equal(parse(buf, "-h").err, HM_OPTS_HELP);
}

static void test_words_and_command(void **state)
{
	char *argv[] = {"cmd", "port", "-f",   "80", "-",  "--for", "1",
			"and", "--",   "curl", "-t", "--", NULL};
	struct args args = {0};
	struct hm_words words;
	char why[HM_OPTS_WHY];

	(void)state;
	assert_int_equal(opts_parse(table, HM_ARRAY_SIZE(table), 12, argv, &args, &words, why,
				    sizeof(why)), 0);
	assert_int_equal(words.count, 4);
	assert_string_equal(words.word[0], "port");
	assert_string_equal(words.word[1], "80");
	assert_string_equal(words.word[2], "-");
	assert_string_equal(words.word[3], "and");
	assert_true(args.flag);
	assert_null(args.text);
	assert_string_equal(words.command[0], "curl");
	assert_string_equal(words.command[2], "--");
	assert_null(words.command[3]);
}

static void test_no_command(void **state)
{
	char *argv[] = {"cmd", "--", NULL};
	struct args args = {0};
	struct hm_words words;
	char why[HM_OPTS_WHY];

	(void)state;
	assert_int_equal(opts_parse(table, HM_ARRAY_SIZE(table), 2, argv, &args, &words, why,
				    sizeof(why)), 0);
	assert_non_null(words.command);
	assert_null(words.command[0]);
}

static void test_refusals(void **state)
{
	static const struct {
		const char *line, *says;
	} bad[] = {
		{"--nosuch", "--nosuch"},	   {"--nosuch=1", "--nosuch:"},
		{"-x", "-x"},			   {"-nx", "-x"},
		{"--fla", "--fla"},		   {"--flag=1", "no value"},
		{"-c", "-c needs N"},		   {"--for", "--for needs TIME"},
		{"-c 0", "1 to 4294967295"},	   {"-c 4294967296", "4294967296"},
		{"-c -1", "-1"},		   {"-c 1x", "1x"},
		{"-c 99999999999999999999", "99"}, {"--port 65536", "65535"},
		{"--port 0", "--port 0"},	   {"--port 1 --port 2 --port 3", "at most 2"},
		{"-i a -i b -i c", "at most 2"},   {"--for 1d", "1d"},
		{"--for s", "--for s"},		   {"--for 11h", "10 h"},
		{"--for 0", "--for 0"},		   {"--for 999999999999999h", "h"},
		{"--ring 1", "4k"},		   {"--ring 2g", "2g"},
		{"--for=", "--for"},
	};
	char buf[300];
	size_t i;

	(void)state;
	for (i = 0; i < HM_ARRAY_SIZE(bad); i++) {
		struct result r = parse(buf, bad[i].line);

		if (r.err >= 0 || !strstr(r.why, bad[i].says) || strchr(r.why, '\n'))
			fail_msg("%s: %d %s", bad[i].line, r.err, r.why);
	}
}

static void test_times(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} good[] = {{"30", 30000000000}, {"30s", 30000000000}, {"2m", 120000000000},
		    {"1h", 3600000000000}, {"500ms", 500000000}, {"0", 0}};
	uint64_t ns;
	size_t i;

	(void)state;
	for (i = 0; i < HM_ARRAY_SIZE(good); i++) {
		assert_int_equal(opts_time(good[i].text, &ns), 0);
		assert_true(ns == good[i].ns);
	}
	assert_int_not_equal(opts_time("1.5", &ns), 0);
	assert_int_not_equal(opts_time("", &ns), 0);
	assert_int_not_equal(opts_time(" 1", &ns), 0);
}

static void test_help(void **state)
{
	char *text = NULL, *line;
	size_t len, i;
	FILE *to = open_memstream(&text, &len);

	(void)state;
	assert_non_null(to);
	opts_help(table, HM_ARRAY_SIZE(table), to);
	fclose(to);
	for (i = 0; i < HM_ARRAY_SIZE(table); i++)
		if (table[i].name)
			assert_non_null(strstr(text, table[i].name));
	assert_non_null(strstr(text, "--help"));
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (strlen(line) > 80)
			fail_msg("wider than 80 columns: %s", line);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),	    cmocka_unit_test(test_spellings),
		cmocka_unit_test(test_words_and_command), cmocka_unit_test(test_no_command),
		cmocka_unit_test(test_refusals),    cmocka_unit_test(test_times),
		cmocka_unit_test(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
