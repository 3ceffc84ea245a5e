// SPDX-License-Identifier: GPL-2.0-only
/* Files below /proc about a network namespace: what is in them, and where there are none. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "hm_types.h"
#include "net_files.h"

static void columns(void **state)
{
	static const char *const head = "entries  clashres found insert_failed drop early_drop\n";
	static const struct {
		const char *lines, *name;
		int err;
		uint64_t sum;
	} t[] = {
		{"", "drop", 0, 0},
		{"00000001 00000002 00000003 00000004 00000005 00000006\n", "drop", 0, 5},
		{"1 2 3 4 5 6\n1 2 3 4 ff 6\n", "drop", 0, 260},
		{"1 2 3 4 5 6\n1 2 3 4 5 6", "early_drop", 0, 12},
		{"1 2 3 4 5 6\n", "entries", 0, 1},
		{"1 2 3 4\n", "drop", -EBADMSG, 0},
		{"1 2 3 4 5 6\n1 2\n", "drop", -EBADMSG, 5},
		{"1 2 3 4 5 6\n", "dro", -EBADMSG, 0},
		{"1 2 3 4 5 6\n", "dropped", -EBADMSG, 0},
	};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(t); i++) {
		char text[256];
		uint64_t sum;

		snprintf(text, sizeof(text), "%s%s", head, t[i].lines);
		assert_int_equal(net_files_column(text, t[i].name, &sum), t[i].err);
		assert_int_equal(sum, t[i].sum);
	}
}

static void counters(void **state)
{
	static const char *const text = "TcpExt: SyncookiesSent ListenDrops ListenOverflows\n"
					"TcpExt: 1 22 333\n"
					"IpExt: InNoRoutes InOctets\n"
					"IpExt: 4 18446744073709551615\n";
	static const struct {
		const char *text, *name;
		int err;
		uint64_t value;
	} t[] = {
		{text, "ListenDrops", 0, 22},
		{text, "SyncookiesSent", 0, 1},
		{text, "ListenOverflows", 0, 333},
		{text, "InOctets", 0, UINT64_MAX},
		{text, "Listen", -EBADMSG, 0},
		{text, "22", -EBADMSG, 0},
		{"", "ListenDrops", -EBADMSG, 0},
		{"TcpExt: ListenDrops", "ListenDrops", -EBADMSG, 0},
		{"TcpExt: ListenDrops\n", "ListenDrops", -EBADMSG, 0},
		{"TcpExt: ListenDrops\nTcpExt:\n", "ListenDrops", -EBADMSG, 0},
		{"TcpExt: ListenDrops\nTcpExt: 7", "ListenDrops", 0, 7},
	};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(t); i++) {
		uint64_t value = 0;

		assert_int_equal(net_files_counter(t[i].text, t[i].name, &value), t[i].err);
		assert_int_equal(value, t[i].value);
	}
}

static void no_text(void **state)
{
	uint64_t sum;

	(void)state;
	assert_int_equal(net_files_column("", "drop", &sum), -EBADMSG);
	assert_int_equal(net_files_column("\n\n", "drop", &sum), -EBADMSG);
	assert_int_equal(net_files_column("drop", "drop", &sum), 0);
	assert_int_equal(sum, 0);
}

static void not_open(void **state)
{
	struct hm_net_files files;
	struct hm_conntrack table;

	(void)state;
	net_files_init(&files);
	assert_int_equal(net_files_conntrack(&files, &table), -EBADF);
	net_files_close(&files);
}

/* What the running kernel has, if it has a table: twice, as a file is read anew each time. */
static void this_kernel(void **state)
{
	struct hm_net_files files;
	struct hm_conntrack table;
	struct hm_requests requests;
	uint16_t low = 0, high = 0;

	(void)state;
	net_files_init(&files);
	assert_int_equal(net_files_open(&files), 0);
	assert_int_equal(net_files_ports(&files, &low, &high), 0);
	assert_true(low && low <= high);
	assert_int_equal(net_files_requests(&files, &requests), 0);
	assert_true(requests.max > 0);
	assert_true(requests.overflows <= requests.discarded);
	for (int i = 0; i < 2 && files.fd[HM_NET_CT_STAT] >= 0; i++) {
		assert_int_equal(net_files_conntrack(&files, &table), 0);
		assert_true(table.max > 0);
	}
	net_files_close(&files);
	assert_int_equal(net_files_conntrack(&files, &table), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns),
		cmocka_unit_test(counters),
		cmocka_unit_test(no_text),
		cmocka_unit_test(not_open),
		cmocka_unit_test(this_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
