// SPDX-License-Identifier: GPL-2.0-only
/* Recordings that are damaged, made up or none: refused with line and reason. */
#include "recording_rig.h"

static void damaged_bytes_never_crash(void **state)
{
	static char damaged[sizeof(good)];
	uint32_t random = 2463534242u;
	char why[160];

	(void)state;
	for (int i = 0; i < 4000; i++) {
		memcpy(damaged, good, good_len);
		for (int k = 0; k < 1 + i % 3; k++) {
			random ^= random << 13;
			random ^= random >> 17;
			random ^= random << 5;
			damaged[random % good_len] = (char)(random >> 24);
		}
		int err = read_bytes(damaged, good_len, why, sizeof(why));

		assert_true(err == -ENODATA || err == -EBADMSG);
		for (const char *p = why; *p; p++)
			assert_in_range((uint8_t)*p, 0x20, 0x7e);
	}
}

static void bad_members_are_named(void **state)
{
	static const struct {
		const char *from, *to, *reason;
	} t[] = {
		{"\"ttl\":0", "\"ttl\":256", "\"ttl\" is not an integer from 0 to 255"},
		{"\"ttl\":0", "\"ttl\":-1", "\"ttl\" is not an integer from 0 to 255"},
		{"\"ttl\":0", "\"ttl\":1.5", "\"ttl\" is not an integer from 0 to 255"},
		{"\"ttl\":0", "\"ttl\":\"1\"", "\"ttl\" is not an integer from 0 to 255"},
		{"\"ttl\":0", "\"tll\":0", "\"ttl\" is missing"},
		{"\"seq\":0", "\"seq\":4294967296",
		 "\"seq\" is not an integer from 0 to 4294967295"},
		{"\"seq\":0", "\"seq\":99999999999999999999", "no JSON object: too big integer"},
		{"\"seq\":0", "\"seq\":0,\"seq\":0", "no JSON object: duplicate object key"},
		{"\"hop\":\"eth0:in\"", "\"hop\":\"eth7:in\"",
		 "\"hop\" is none of the host record's"},
		{"\"hop\":\"eth0:in\"", "\"hop\":\"eth0:in\",\"hop_index\":99", "\"hop\" is none"},
		{"\"hop\":\"eth0:in\"", "\"hop\":\"eth0:in\\u0000\"", "\"hop\" is none"},
		{"\"what\":\"marker\"", "\"what\":\"none\"", "\"what\" is no kind of sighting"},
		{"\"what\":\"marker\"", "\"what\":7", "\"what\" is no kind of sighting"},
		{"\"what\":\"marker\"", "\"what\":\"syn\"", "\"syn\" is missing or no object"},
		{"\"src\":\"10.0.0.4:40887\"", "\"src\":\"10.0.0.4\"", "\"src\" is not an address"},
		{"\"src\":\"10.0.0.4:40887\"", "\"src\":\"10.0.0.4:1\\u0000\"",
		 "\"src\" is not an address"},
		{"\"family\":4", "\"family\":5", "\"family\" is not 4 or 6"},
		{"\"family\":4", "\"comm\":\"0123456789abcdef\"",
		 "\"comm\" is not a string of at most 15"},
		{"\"family\":4", "\"comm\":\"\\u0100\"", "\"comm\" is not a string of at most 15"},
		{"\"family\":4", "\"comm\":\"a\\u0000\"", "\"comm\" is not a string of at most 15"},
		{"\"family\":4", "\"in_tree\":1", "\"in_tree\" is not true or false"},
		{"\"marker_id\":0", "\"marker_id\":1",
		 "\"marker_id\" is none of the host record's"},
		{"\"mono_ns\":5000000000", "\"mono_ns\":-5", "\"mono_ns\" is missing or no time"},
		{"\"v\":1", "\"v\":2", "no \"v\":1"},
		{"\"type\":\"sighting\"", "\"type\":3", "\"type\" is missing or no string"},
		{"{\"v\":1", "[{\"v\":1", "no JSON object"},
		{"\"v\":1", "\"x\":[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]],\"v\":1",
		 "nested more than"},
		{"{\"v\":1,\"type\":\"sighting\"", "\x1b[31m{\"v\":1,\"type\":\"sighting\"",
		 "no JSON object"},
	};
	char why[160], line_2[300];

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(t); i++) {
		assert_int_equal(with_change(t[i].from, t[i].to, why, sizeof(why)), -EBADMSG);
		snprintf(line_2, sizeof(line_2), "error: %s: line 2: %s", file, t[i].reason);
		assert_memory_equal(said, line_2, strlen(line_2));
		assert_null(strchr(said, '\x1b'));
	}
}

static void what_is_no_recording_is_told(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *why;
	} t[] = {
		{"", 0, "empty: not a hopmark recording"},
		{"\xd4\xc3\xb2\xa1\x02\x00", 6, "a packet capture, not a recording"},
		{"\x4d\x3c\xb2\xa1\x02\x00", 6, "a packet capture, not a recording"},
		{"\xa1\xb2\xc3\xd4\x00\x02", 6, "a packet capture, not a recording"},
		{"\x0a\x0d\x0d\x0a\x1c\x00\x00\x00", 8, "a packet capture, not a recording"},
		{"\n\n", 2, "not a hopmark recording: line 1: no JSON object"},
		{"{}\n", 3, "not a hopmark recording: line 1: no \"v\":1"},
		{"\x7f"
		 "ELF\x02\x01\n",
		 7, "not a hopmark recording: line 1: no JSON object"},
		{"{\"v\":1,\"type\":\"sighting\",\"mono_ns\":1}\n", 38,
		 "not a hopmark recording: line 1: the first line is no host record"},
		{"{\"v\":1,\"type\":\"host\"}\n", 22,
		 "not a hopmark recording: line 1: \"host\" is missing"},
	};
	char why[160];

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(t); i++) {
		assert_int_equal(read_bytes(t[i].bytes, t[i].len, why, sizeof(why)), -EBADMSG);
		assert_memory_equal(why, t[i].why, strlen(t[i].why));
	}
}

static void endless_lines_are_refused(void **state)
{
	size_t len = good_len + HM_RECORDING_LINE + 2;
	char *bytes = malloc(len), why[160];

	(void)state;
	memset(bytes, 'x', len);
	assert_int_equal(read_bytes(bytes, len, why, sizeof(why)), -EBADMSG);
	assert_string_equal(why, "not a hopmark recording: line 1: longer than 262144 bytes");
	memcpy(bytes, good, good_len);
	assert_int_equal(read_bytes(bytes, len, why, sizeof(why)), -EBADMSG);
	assert_non_null(strstr(said, "line 6: longer than 262144 bytes"));
	free(bytes);
}

static void a_second_recording_is_refused(void **state)
{
	static char twice[2 * sizeof(good)];
	char why[160], *start;

	(void)state;
	memcpy(twice, good, good_len);
	memcpy(twice + good_len, good, good_len);
	start = strstr(twice + good_len, "\"mono_ns\":5000000000");
	start[strlen("\"mono_ns\":")] = '6';
	assert_int_equal(read_bytes(twice, 2 * good_len, why, sizeof(why)), -EBADMSG);
	assert_non_null(strstr(said, "line 6: a second recording begins here"));
}

static void files_that_cannot_be_read(void **state)
{
	struct hm_source *src;
	char why[160];

	(void)state;
	assert_int_equal(source_file_open("/nonexistent/x", &src, why, sizeof(why)), -ENOENT);
	assert_null(src);
	assert_string_equal(why, "No such file or directory");
	assert_int_equal(source_file_open("/tmp", &src, why, sizeof(why)), -EISDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(damaged_bytes_never_crash),
		cmocka_unit_test(bad_members_are_named),
		cmocka_unit_test(what_is_no_recording_is_told),
		cmocka_unit_test(endless_lines_are_refused),
		cmocka_unit_test(a_second_recording_is_refused),
		cmocka_unit_test(files_that_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, make_good, remove_file);
}
