// SPDX-License-Identifier: GPL-2.0-only
/* Recordings: whole ones are read, cut ones to the cut, and what is not known is skipped. */
#include "recording_rig.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_is_read),
		cmocka_unit_test(the_clock_goes_on_in_silence),
		cmocka_unit_test(every_cut_is_read_to_the_cut),
		cmocka_unit_test(unknown_keys_and_types_are_skipped),
		cmocka_unit_test(a_hop_takes_anothers_place),
	};

	return cmocka_run_group_tests(tests, make_good, remove_file);
}
