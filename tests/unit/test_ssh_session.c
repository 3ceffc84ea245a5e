// SPDX-License-Identifier: GPL-2.0-only
/* The SSH session a process was started from, in a /proc made for the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "ssh_session.h"

#define SESSION "A=1\0SSH_CONNECTION=10.0.0.4 40887 10.0.0.8 22\0B=2"

static char proc[64];

static void write_to(unsigned int pid, const char *name, const char *text, size_t len)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%u/%s", proc, pid, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	fclose(f);
}

static void process(unsigned int pid, const char *name, unsigned int parent, const char *env,
		    size_t len)
{
	char text[128];

	snprintf(text, sizeof(text), "%s/%u", proc, pid);
	assert_int_equal(mkdir(text, 0700), 0);
	snprintf(text, sizeof(text), "%u (%s) S %u 1 1", pid, name, parent);
	write_to(pid, "stat", text, strlen(text));
	if (env)
		write_to(pid, "environ", env, len);
}

static int set_up(void **state)
{
	(void)state;
	snprintf(proc, sizeof(proc), "/tmp/hopmark-proc.XXXXXX");
	return mkdtemp(proc) ? 0 : -1;
}

static int tear_down(void **state)
{
	static const char *const files[] = {"stat", "environ", ""};

	(void)state;
	for (unsigned int pid = 0; pid < 200; pid++)
		for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
			char path[128];

			snprintf(path, sizeof(path), "%s/%u/%s", proc, pid, files[i]);
			remove(path);
		}
	return rmdir(proc);
}

/* Through sudo and su: only the login shell has it, whatever stands in the names between. */
static void test_ancestor(void **state)
{
	static const uint8_t server[16] = {[10] = 0xff, [11] = 0xff, 10, 0, 0, 8};
	struct hm_ssh_session s;

	(void)state;
	process(100, "sshd", 1, "X=1", 3);
	process(101, "bash", 100, SESSION, sizeof(SESSION));
	process(102, "a) S 7 (b", 101, "X=1", 3);
	process(103, "hopmark", 102, "X=SSH_CONNECTION=", 17);
	assert_int_equal(ssh_session_find(proc, 103, &s), 1);
	assert_memory_equal(s.server, server, 16);
}

static void test_none(void **state)
{
	struct hm_ssh_session s;

	(void)state;
	process(100, "login", 1, "X=1", 3);
	process(101, "hopmark", 100, "X=1", 3);
	assert_int_equal(ssh_session_find(proc, 101, &s), 0);
}

/* sshd is there, but no environment tells the addresses: not to be taken for no session. */
static void test_hidden(void **state)
{
	struct hm_ssh_session s;

	(void)state;
	process(100, "sshd-session", 1, NULL, 0);
	process(101, "bash", 100, NULL, 0);
	process(102, "hopmark", 101, "SSH_CONNECTION=nonsense", 23);
	assert_int_equal(ssh_session_find(proc, 102, &s), -EACCES);
}

static void test_parse(void **state)
{
	static const uint8_t v6[16] = {0xfe, 0x80, [15] = 1};
	struct hm_ssh_session s;

	(void)state;
	assert_int_equal(ssh_session_parse("fe80::2%eth0 5 fe80::1%eth0 22", &s), 0);
	assert_memory_equal(s.server, v6, 16);
	assert_int_equal(ssh_session_parse("", &s), -EINVAL);
	assert_int_equal(ssh_session_parse("10.0.0.4 5 10.0.0.8", &s), -EINVAL);
	assert_int_equal(ssh_session_parse("10.0.0.4 5 10.0.0 22", &s), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ancestor, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_none, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_hidden, set_up, tear_down),
		cmocka_unit_test(test_parse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
