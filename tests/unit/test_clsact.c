// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an answer that is torn or lacking means for a filter of ours: clsact.c, with a made-up
 * kernel.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "clsact.h"

/* Answers every dump with the end of an empty one, the first `torn` as changed meanwhile. */
static void be_kernel(int fd, int torn)
{
	char question[1024];

	while (recv(fd, question, sizeof(question), 0) > 0) {
		struct nlmsghdr end = { .nlmsg_len = sizeof(end), .nlmsg_type = NLMSG_DONE,
					.nlmsg_seq = ((struct nlmsghdr *)question)->nlmsg_seq,
					.nlmsg_flags = torn-- > 0 ? NLM_F_DUMP_INTR : 0 };

		if (send(fd, &end, sizeof(end), 0) < 0)
			break;
	}
	_exit(0);
}

static int has_after(int torn)
{
	const struct hm_clsact filter = { .chain = { .ifindex = 1 }, .priority = 1, .prog_id = 1 };
	int pair[2], result;
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	pid = fork();
	if (!pid) {
		close(pair[0]);
		be_kernel(pair[1], torn);
	}
	assert_true(pid > 0);
	close(pair[1]);
	result = clsact_has(pair[0], &filter);
	close(pair[0]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	return result;
}

static void test_gone(void **state)
{
	(void)state;
	assert_int_equal(has_after(0), 0);
	assert_int_equal(has_after(3), 0); /* read again until it held still */
}

static void test_not_known(void **state)
{
	const struct hm_clsact filter = { .chain = { .ifindex = 1 }, .priority = 1, .prog_id = 1 };

	(void)state;
	assert_int_equal(has_after(1000), -EAGAIN);
	assert_int_equal(clsact_has(-1, &filter), -EBADF);
	assert_int_equal(clsact_detach(-1, &filter), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
