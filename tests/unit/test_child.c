// SPDX-License-Identifier: GPL-2.0-only
/* COMMAND: held until it is let go, never run when it is not, and what comes of its end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"

static char dir[] = "/tmp/hopmark-child-XXXXXX";

static void path_of(char *out, size_t len, const char *name)
{
	snprintf(out, len, "%s/%s", dir, name);
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

/* Waits for the end and gives the exit status. */
static int wait_end(struct hm_child *child)
{
	struct pollfd fd = {.fd = child->pidfd, .events = POLLIN};

	assert_int_equal(poll(&fd, 1, 10000), 1);
	assert_int_equal(child_reap(child), 0);
	assert_true(child->ended);
	child_close(child);
	return child->status;
}

static void test_find(void **state)
{
	char path[200];

	(void)state;
	assert_int_equal(child_find("sh"), 0);
	assert_int_equal(child_find("/bin/sh"), 0);
	assert_int_equal(child_find("no-such-command-here"), -ENOENT);
	assert_int_equal(child_find("/no/such"), -ENOENT);
	assert_int_equal(child_find(""), -ENOENT);
	assert_int_equal(child_find("/tmp"), -EACCES);
	path_of(path, sizeof(path), "plain");
	assert_true(close(creat(path, 0600)) == 0);
	assert_int_equal(child_find(path), -EACCES);
	unlink(path);
}

static void test_held(void **state)
{
	char path[200], script[300];
	char *argv[] = {"sh", "-c", script, NULL};
	struct hm_child child;

	(void)state;
	path_of(path, sizeof(path), "ran");
	snprintf(script, sizeof(script), "echo x >%s; exit 7", path);
	assert_int_equal(child_fork(&child, argv, false), 0);
	usleep(50000);
	assert_int_not_equal(access(path, F_OK), 0);
	assert_int_equal(child_reap(&child), 0);
	assert_false(child.ended);
	assert_int_equal(child_go(&child), 0);
	assert_int_equal(wait_end(&child), 7);
	assert_int_equal(unlink(path), 0);
}

static void test_never_let_go(void **state)
{
	char path[200], script[300];
	char *argv[] = {"sh", "-c", script, NULL};
	struct hm_child child;
	int status;

	(void)state;
	path_of(path, sizeof(path), "ran");
	snprintf(script, sizeof(script), "echo x >%s", path);
	assert_int_equal(child_fork(&child, argv, false), 0);
	child_close(&child);
	assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
	assert_true(WIFEXITED(status));
	assert_int_not_equal(access(path, F_OK), 0);
}

static void test_signal(void **state)
{
	char *argv[] = {"sh", "-c", "kill -TERM $$", NULL};
	struct hm_child child;

	(void)state;
	assert_int_equal(child_fork(&child, argv, false), 0);
	assert_int_equal(child_go(&child), 0);
	assert_int_equal(wait_end(&child), 128 + SIGTERM);
}

static void test_exec_fails(void **state)
{
	char *argv[] = {"no-such-command-here", NULL};
	struct hm_child child;

	(void)state;
	assert_int_equal(child_fork(&child, argv, false), 0);
	assert_int_equal(child_go(&child), -ENOENT);
	assert_int_equal(wait_end(&child), 127);
}

static int inheritable(void)
{
	int fd, flags, count = 0;

	for (fd = 0; fd < 1024; fd++) {
		flags = fcntl(fd, F_GETFD);
		count += flags >= 0 && !(flags & FD_CLOEXEC);
	}
	return count;
}

/* Its standard output goes to stderr, and it has none of our descriptors. */
static void test_descriptors(void **state)
{
	char *argv[] = {"ls", "/proc/self/fd", NULL}, path[200], line[32];
	int out, saved, own, before = inheritable(), lines = 0;
	struct hm_child child;
	FILE *file;

	(void)state;
	path_of(path, sizeof(path), "err");
	own = open("/dev/null", O_RDONLY | O_CLOEXEC);
	out = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
	assert_true(own >= 0 && out >= 0 && saved >= 0);
	dup2(out, STDERR_FILENO);
	assert_int_equal(child_fork(&child, argv, true), 0);
	dup2(saved, STDERR_FILENO);
	assert_int_equal(child_go(&child), 0);
	assert_int_equal(wait_end(&child), 0);
	file = fdopen(out, "r");
	rewind(file);
	while (fgets(line, sizeof(line), file))
		lines++;
	fclose(file);
	close(own);
	close(saved);
	unlink(path);
	assert_int_equal(lines, before + 1); /* and the directory itself */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),	     cmocka_unit_test(test_held),
		cmocka_unit_test(test_never_let_go), cmocka_unit_test(test_signal),
		cmocka_unit_test(test_exec_fails),   cmocka_unit_test(test_descriptors),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
