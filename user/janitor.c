// SPDX-License-Identifier: GPL-2.0-only
/* hopmark's side of the janitor, see janitor.h. */
#include "janitor.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_S 10 /* a stopped janitor must not stop us for good */

/* One end each. The parent's is closed in the child by janitor_work(), with everything else. */
static int open_pair(int fds[2])
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	int err;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
		return -errno;
	if (!setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) &&
	    !setsockopt(fds[0], SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)))
		return 0;
	err = -errno;
	close(fds[0]);
	close(fds[1]);
	return err;
}

int janitor_start(struct hm_janitor *j)
{
	int fds[2], err = open_pair(fds);
	pid_t pid;

	if (err)
		return err;
	pid = fork();
	if (!pid) {
		janitor_work(fds[1]);
		_exit(0);
	}
	err = pid < 0 ? -errno : 0;
	close(fds[1]);
	if (err) {
		close(fds[0]);
		return err;
	}
	*j = (struct hm_janitor){ .pid = pid, .fd = fds[0] };
	return 0;
}

static int send_ask(int to, const struct hm_janitor_ask *ask, const int *fds, int count, int flags)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int) * HM_JANITOR_FDS)];
	} control = {};
	struct iovec iov = { .iov_base = (void *)ask, .iov_len = sizeof(*ask) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (count) {
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(sizeof(int) * count);
		memcpy(CMSG_DATA(&control.head), fds, sizeof(int) * count);
	}
	while (sendmsg(to, &msg, MSG_NOSIGNAL | flags) < 0)
		if (errno != EINTR)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
	return 0;
}

/* The answer of that number. Older ones came after nobody waited for them any more. */
static int take_answer(struct hm_janitor *j, uint32_t number, int flags)
{
	struct hm_janitor_answer answer;
	ssize_t n;

	do {
		do
			n = recv(j->fd, &answer, sizeof(answer), flags);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -EPIPE;
		if (n != sizeof(answer))
			return -EPIPE;
		j->answered = answer.number;
	} while (answer.number != number);
	return answer.result;
}

/* One that is stopped costs patience once, not for every request. */
static bool is_late(struct hm_janitor *j)
{
	if (j->answered != j->asked)
		take_answer(j, j->asked, MSG_DONTWAIT);
	return j->answered != j->asked;
}

int janitor_ask(struct hm_janitor *j, const struct hm_janitor_ask *ask, const int *fds, int count)
{
	struct hm_janitor_ask numbered = *ask;
	int flags = is_late(j) ? MSG_DONTWAIT : 0, err;

	numbered.number = j->asked + 1;
	err = send_ask(j->fd, &numbered, fds, count, flags);
	if (err)
		return err == -ECONNRESET ? -EPIPE : err;
	j->asked++;
	return take_answer(j, j->asked, flags);
}

bool janitor_is_lost(struct hm_janitor *j)
{
	struct pollfd p = { .fd = j->fd };

	if (!j->pid)
		return false;
	is_late(j);
	return poll(&p, 1, 0) == 1 && (p.revents & POLLHUP);
}

int janitor_stop(struct hm_janitor *j)
{
	int left;

	if (!j->pid)
		return 0;
	shutdown(j->fd, SHUT_WR);
	left = take_answer(j, 0, 0);
	if (left >= 0)
		take_answer(j, 0, 0); /* its end, which closes the socket */
	close(j->fd);
	waitpid(j->pid, NULL, left < 0 ? WNOHANG : 0);
	*j = (struct hm_janitor){ .fd = -1 };
	return left;
}
