// SPDX-License-Identifier: GPL-2.0-only
/*
 * The allow-list of confine.c, put in force in children of the test: forbidden calls are not made
 * and are named, those that watching takes still work.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "confine.h"
#include "exit_status.h"
#include "hm_types.h"
#include "netlink.h"
#include "rights.h"

#define FINE 77 /* exit status of a child that came to its end */

static const struct sockaddr_in loopback = {
	.sin_family = AF_INET, .sin_port = 0x0900, .sin_addr.s_addr = 0x0100007f,
};

/* None of them would do harm if it were made: descriptors are bad, pids are none. */
static const struct {
	const char *name;
	long nr, arg[6];
} forbidden[] = {
	{ "execve", SYS_execve, { (long)"/bin/true" } },
	{ "execveat", SYS_execveat, { -1, (long)"true" } },
	{ "clone", SYS_clone, { SIGCHLD } },
	{ "ptrace", SYS_ptrace, { PTRACE_TRACEME } },
	{ "process_vm_readv", SYS_process_vm_readv, { 1 } },
	{ "pidfd_getfd", SYS_pidfd_getfd, { -1 } },
	{ "kill", SYS_kill, { 1, 0 } },
	{ "tgkill", SYS_tgkill, { 1, 1, 0 } },
	{ "openat", SYS_openat, { AT_FDCWD, (long)"/dev/null", O_RDONLY } },
	{ "openat", SYS_openat, { AT_FDCWD, (long)"/dev/null", O_WRONLY } },
	{ "statx", SYS_statx, { AT_FDCWD, (long)"/etc/shadow", 0, STATX_BASIC_STATS, (long)-1 } },
	{ "unlinkat", SYS_unlinkat, { AT_FDCWD, (long)"/no/such/file" } },
	{ "mount", SYS_mount, { 0 } },
	{ "setns", SYS_setns, { -1 } },
	{ "unshare", SYS_unshare, { CLONE_NEWUSER } },
	{ "setuid", SYS_setuid, { 0 } },
	{ "capset", SYS_capset, { 0 } },
	{ "prctl", SYS_prctl, { 0 } },
	{ "init_module", SYS_init_module, { 0 } },
	{ "socket", SYS_socket, { AF_INET, SOCK_STREAM } },
	{ "socket", SYS_socket, { AF_INET6, SOCK_DGRAM } },
	{ "socket", SYS_socket, { AF_UNIX, SOCK_STREAM } },
	{ "socket", SYS_socket, { AF_PACKET, SOCK_RAW } },
	{ "socket", SYS_socket, { AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER } },
	{ "connect", SYS_connect, { -1, (long)&loopback, sizeof(loopback) } },
	{ "bind", SYS_bind, { -1, (long)&loopback, sizeof(loopback) } },
	{ "listen", SYS_listen, { -1, 1 } },
	{ "accept4", SYS_accept4, { -1 } },
	{ "sendto", SYS_sendto, { -1, (long)"x", 1, 0, (long)&loopback, sizeof(loopback) } },
	{ "ioctl", SYS_ioctl, { -1, TIOCSTI } },
	{ "bpf", SYS_bpf, { BPF_PROG_LOAD } },
	{ "bpf", SYS_bpf, { BPF_MAP_CREATE } },
	{ "bpf", SYS_bpf, { BPF_OBJ_PIN } },
	{ "bpf", SYS_bpf, { BPF_OBJ_GET } },
	{ "bpf", SYS_bpf, { BPF_PROG_GET_FD_BY_ID } },
	{ "bpf", SYS_bpf, { BPF_MAP_GET_FD_BY_ID } },
	{ "bpf", SYS_bpf, { BPF_PROG_ATTACH } },
	{ "mmap", SYS_mmap, { 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1 } },
	{ "mprotect", SYS_mprotect, { 0, 4096, PROT_READ | PROT_EXEC } },
};

#ifdef __SANITIZE_ADDRESS__
#define SKIP_SANITIZED() skip()
#else
#define SKIP_SANITIZED() ((void)0)
#endif

/* Runs fn(arg) in a confined child; its standard error goes to said. Gives its wait status. */
static int in_confinement(void (*fn)(const void *arg), const void *arg, char *said, size_t room)
{
	int ends[2], status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		dup2(ends[1], STDERR_FILENO);
		signal(SIGPIPE, SIG_DFL);
		signal(SIGABRT, SIG_DFL); /* cmocka's report a failed test */
		if (rights_drop() || confine())
			_exit(1);
		fn(arg);
		_exit(FINE);
	}
	close(ends[1]);
	n = read(ends[0], said, room - 1);
	said[n > 0 ? n : 0] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void make_call(const void *arg)
{
	const long *a = forbidden[*(const size_t *)arg].arg;

	syscall(forbidden[*(const size_t *)arg].nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static void forbidden_calls_end_it_by_name(void **state)
{
	char said[512], want[64];

	(void)state;
	SKIP_SANITIZED();
	for (size_t i = 0; i < HM_ARRAY_SIZE(forbidden); i++) {
		int status = in_confinement(make_call, &i, said, sizeof(said));

		snprintf(want, sizeof(want), "system call %ld (%s) ", forbidden[i].nr,
			 forbidden[i].name);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != HM_EXIT_CANNOT ||
		    !strstr(said, want))
			fail_msg("row %zu, %s: wait status %#x, said: %s", i, forbidden[i].name,
				 status, said);
	}
}

static void watch_on(const void *arg)
{
	uint8_t to[16] = { [10] = 0xff, 0xff, 127, 0, 0, 1 };
	union bpf_attr attr = { .map_fd = (uint32_t)-1 };
	time_t now = time(NULL);
	char *some = malloc(100), *much = malloc(10 << 20);
	struct statx facts;
	struct hm_sight_route route;
	struct tm tm;

	(void)arg;
	some = realloc(some, 5 << 20);
	much = realloc(much, 30 << 20);
	if (!some || !much || !gmtime_r(&now, &tm) ||
	    netlink_route(netlink_route_open(), to, &route))
		_exit(1);
	free(some);
	free(much);
	for (int cmd = BPF_MAP_LOOKUP_ELEM; cmd <= BPF_MAP_DELETE_ELEM; cmd++)
		if (!syscall(SYS_bpf, cmd, &attr, sizeof(attr)))
			_exit(1);
	if (statx(STDERR_FILENO, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &facts))
		_exit(1);
	if (waitpid(-1, NULL, WNOHANG) >= 0 || errno != ECHILD || isatty(STDERR_FILENO))
		_exit(1);
	dprintf(STDERR_FILENO, "still here\n");
}

static void watching_goes_on(void **state)
{
	char said[512];
	int status;

	(void)state;
	status = in_confinement(watch_on, NULL, said, sizeof(said));
	assert_string_equal(said, "still here\n");
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), FINE);
}

static void raise_signal(const void *arg)
{
	raise(*(const int *)arg);
}

static void call_abort(const void *arg)
{
	(void)arg;
	abort();
}

static void it_can_end_by_its_own_signal(void **state)
{
	int status, sigpipe = SIGPIPE;
	char said[512];

	(void)state;
	status = in_confinement(raise_signal, &sigpipe, said, sizeof(said));
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE);
	status = in_confinement(call_abort, NULL, said, sizeof(said));
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	assert_false(WCOREDUMP(status));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forbidden_calls_end_it_by_name),
		cmocka_unit_test(watching_goes_on),
		cmocka_unit_test(it_can_end_by_its_own_signal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
