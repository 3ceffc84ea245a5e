// SPDX-License-Identifier: GPL-2.0-only
/* Recordings: hostile ones are refused with line and reason, cut ones are read to the cut. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>
#include <cmocka.h>

#include "log.h"
#include "recording.h"
#include "source.h"
#include "text_fixture.h"

static struct fixture f;
static char file[] = "/tmp/hopmark-test-XXXXXX";
static char good[16384]; /* a recording: host, three sightings, stats */
static size_t good_len;
static char said[512]; /* the last line logged, with what kind it was */

static void remember(const char *kind, const char *fmt, va_list args)
{
	int n = snprintf(said, sizeof(said), "%s: ", kind);

	vsnprintf(said + n, sizeof(said) - (size_t)n, fmt, args);
}

/* In place of log.c: what is told is looked at. */
#define LOG(kind)                                                                                  \
	void log_##kind(const char *fmt, ...)                                                      \
	{                                                                                          \
		va_list args;                                                                      \
		va_start(args, fmt);                                                               \
		remember(#kind, fmt, args);                                                        \
		va_end(args);                                                                      \
	}
LOG(error)
LOG(warn)
LOG(info)
LOG(debug)

void log_set_verbose(bool verbose)
{
	(void)verbose;
}

static uint64_t delivered_ns[8];
static int delivered;

static int take(void *arg, struct hm_sighting *s)
{
	(void)arg;
	if (delivered < 8)
		delivered_ns[delivered] = s->mono_ns;
	delivered++;
	return 0;
}

static void write_file(const void *bytes, size_t len)
{
	FILE *to = fopen(file, "w");

	assert_int_equal(fwrite(bytes, 1, len, to), len);
	fclose(to);
}

/* Reads the file to its end: -ENODATA when all went well, else what failed. */
static int read_all(char *why, size_t why_len)
{
	struct hm_source *src = NULL;
	uint64_t now_ns = 0, before_ns = 0;
	int err;

	delivered = 0;
	said[0] = why[0] = '\0';
	err = source_file_open(file, &src, why, (unsigned int)why_len);
	if (err) {
		assert_null(src);
		return err;
	}
	do {
		err = src->ops->read(src, take, NULL, &now_ns);
		assert_true(now_ns >= before_ns);
		before_ns = now_ns;
	} while (err == 1);
	source_free(src);
	return err;
}

static int read_bytes(const void *bytes, size_t len, char *why, size_t why_len)
{
	write_file(bytes, len);
	return read_all(why, why_len);
}

static int make_good(void **state)
{
	struct hm_sighting s = {.what = HM_WHAT_MARKER, .family = 4, .mono_ns = START};
	FILE *to = fmemopen(good, sizeof(good), "w");
	struct hm_out *out = out_json_new(to, true, false);
	struct hm_tally tally = {0};

	(void)state;
	close(mkstemp(file));
	fixture_delivered(&f);
	s.src = f.leg[0].client;
	s.dst = f.leg[0].server;
	out->ops->host(out, &f.scene);
	out->ops->sighting(out, &f.scene, &s);
	s.mono_ns += 30000 * MS;
	out->ops->sighting(out, &f.scene, &s);
	s.mono_ns += 1;
	out->ops->sighting(out, &f.scene, &s);
	f.scene.end_mono_ns = s.mono_ns + 5;
	out->ops->end(out, &f.scene, &tally);
	out_free(out);
	good_len = (size_t)ftell(to);
	fclose(to);
	return 0;
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(file);
}

static void good_is_read(void **state)
{
	char why[160];

	(void)state;
	assert_int_equal(read_bytes(good, good_len, why, sizeof(why)), -ENODATA);
	assert_int_equal(delivered, 3);
	assert_string_equal(said, "");
}

/* The clock reaches 30 s in steps: a leg that waits is judged when it was live. */
static void the_clock_goes_on_in_silence(void **state)
{
	struct hm_source *src = NULL;
	uint64_t now_ns = 0, before_ns = START;
	char why[160];
	int steps = 0;

	(void)state;
	write_file(good, good_len);
	delivered = 0;
	assert_int_equal(source_file_open(file, &src, why, sizeof(why)), 0);
	while (src->ops->read(src, take, NULL, &now_ns) == 1 && delivered < 2) {
		assert_in_range(now_ns - before_ns, 0, 200 * MS);
		before_ns = now_ns;
		steps++;
	}
	assert_in_range(steps, 200, 400);
	assert_true(before_ns < delivered_ns[1]);
	source_free(src);
}

static void every_cut_is_read_to_the_cut(void **state)
{
	size_t host_len = (size_t)(strchr(good, '\n') - good) + 1;
	char why[160];

	(void)state;
	for (size_t len = 0; len <= good_len; len += len + 400 < host_len ? 97 : 1) {
		int err = read_bytes(good, len, why, sizeof(why));
		bool whole_line = len && (good[len - 1] == '\n' || good[len] == '\n');

		if (len + 1 < host_len) {
			assert_int_equal(err, -EBADMSG);
			assert_non_null(strstr(why, "not a hopmark recording"));
			continue;
		}
		assert_int_equal(err, -ENODATA);
		assert_int_equal(!strncmp(said, "warn: ", 6), !whole_line);
	}
}

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

/* The good recording with the first sighting's `from` replaced by `to`. */
static int with_change(const char *from, const char *to, char *why, size_t why_len)
{
	static char changed[sizeof(good) + 512];
	const char *sighting = strchr(good, '\n') + 1, *at = strstr(sighting, from);
	int len;

	assert_non_null(at);
	len = snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - good), good, to,
		       at + strlen(from));
	return read_bytes(changed, (size_t)len, why, why_len);
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

static void unknown_keys_and_types_are_skipped(void **state)
{
	char why[160];

	(void)state;
	assert_int_equal(
		with_change("\"ttl\":0", "\"ttl\":0,\"new\":{\"deep\":[1,2]}", why, sizeof(why)),
		-ENODATA);
	assert_int_equal(delivered, 3);
	assert_int_equal(
		with_change("\"type\":\"sighting\"", "\"type\":\"weather\"", why, sizeof(why)),
		-ENODATA);
	assert_int_equal(delivered, 2);
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

/* A hop of another name in a hop's place: only where the recording says that it took it. */
static void a_hop_takes_anothers_place(void **state)
{
	static char twice[2 * sizeof(good)];
	const char *end = strchr(good, '\n') + 1;
	char why[160], *name;

	(void)state;
	for (int told = 0; told < 2; told++) {
		size_t first = end - good, len;
		char *at = twice + first;

		memcpy(twice, good, first);
		len = snprintf(at, sizeof(twice) - first, "%.*s", (int)first, good);
		while ((name = strstr(at, "eth0:in")))
			memcpy(name, "ethX", 4);
		if (told) {
			name = strstr(at, "\"hop\":\"ethX:in\"") + strlen("\"hop\":\"ethX:in\"");
			memmove(name + 20, name, strlen(name) + 1);
			memcpy(name, ",\"since_mono_ns\":600", 20);
			len += 20;
		}
		assert_int_equal(read_bytes(twice, first + len, why, sizeof(why)),
				 told ? -ENODATA : -EBADMSG);
		if (!told)
			assert_non_null(strstr(said, "a hop of the earlier host record is gone"));
	}
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
		cmocka_unit_test(good_is_read),
		cmocka_unit_test(the_clock_goes_on_in_silence),
		cmocka_unit_test(every_cut_is_read_to_the_cut),
		cmocka_unit_test(damaged_bytes_never_crash),
		cmocka_unit_test(bad_members_are_named),
		cmocka_unit_test(unknown_keys_and_types_are_skipped),
		cmocka_unit_test(what_is_no_recording_is_told),
		cmocka_unit_test(endless_lines_are_refused),
		cmocka_unit_test(a_second_recording_is_refused),
		cmocka_unit_test(a_hop_takes_anothers_place),
		cmocka_unit_test(files_that_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, make_good, remove_file);
}
