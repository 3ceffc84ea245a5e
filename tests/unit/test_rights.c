// SPDX-License-Identifier: GPL-2.0-only
/* What is given up and what is kept, in children of the test: rights.c. As root only. */
#include <errno.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <cmocka.h>

#include "rights.h"

#define REFUSED 1 /* exit status of a child: the kernel did not let it read a map */

static int map_fd = -1;

static bool may_read(void)
{
	uint32_t key = 0, value;

	return !bpf_map_lookup_elem(map_fd, &key, &value);
}

static uint64_t effective(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	unsigned long long caps = ~0ULL;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "CapEff: %llx", &caps) == 1)
			break;
	if (file)
		fclose(file);
	return caps;
}

/* Exit status of fn in a child. */
static int in_child(int (*fn)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid)
		_exit(fn());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int setup(void **state)
{
	(void)state;
	map_fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "hm_test", 4, 4, 1, NULL);
	return 0;
}

static int drop_all(void)
{
	uint64_t before = effective();

	if (rights_drop())
		return 10;
	if (!before || effective() || rights_have(CAP_BPF) || rights_have(CAP_NET_ADMIN))
		return 11;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 || prctl(PR_GET_DUMPABLE, 0, 0, 0, 0))
		return 12;
	return !rights_drop_but(CAP_BPF) ? 13 : 0; /* what is gone cannot be had again */
}

static void everything_goes_for_good(void **state)
{
	(void)state;
	if (map_fd < 0)
		skip();
	assert_int_equal(in_child(drop_all), 0);
}

/*
 * Before 5.19 and with unprivileged_bpf_disabled a map that is held cannot be read: then it is
 * kept.
 */
static int rest_and_keep(void)
{
	bool refused;

	if (rights_rest() || effective())
		return 10;
	refused = !may_read();
	if (rights_drop_but(CAP_BPF) || effective() != 1ULL << CAP_BPF || !may_read())
		return 11;
	return refused ? REFUSED : 0;
}

static void one_can_be_kept_after_a_try(void **state)
{
	int status;

	(void)state;
	if (map_fd < 0)
		skip();
	status = in_child(rest_and_keep);
	if (status == REFUSED)
		print_message("this kernel reads maps only for CAP_BPF\n");
	assert_true(status == 0 || status == REFUSED);
}

static int missing(void)
{
	char names[64], without[64];

	if (rights_missing(names, sizeof(names), without, sizeof(without)) || names[0])
		return 10;
	if (rights_drop_but(CAP_NET_ADMIN))
		return 11;
	if (rights_missing(names, sizeof(names), without, sizeof(without)) != 2)
		return 12;
	return strcmp(names, "CAP_BPF and CAP_PERFMON") || !without[0] ? 13 : 0;
}

static void what_is_missing_is_named(void **state)
{
	(void)state;
	if (map_fd < 0)
		skip();
	assert_int_equal(in_child(missing), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_goes_for_good),
		cmocka_unit_test(one_can_be_kept_after_a_try),
		cmocka_unit_test(what_is_missing_is_named),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
