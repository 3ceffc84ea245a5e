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
	j->pid = pid;
	j->fd = fds[0];
	return 0;
}

static int send_ask(int to, const struct hm_janitor_ask *ask, const int *fds, int count)
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
	while (sendmsg(to, &msg, MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

static int take_number(int from)
{
	int32_t number;
	ssize_t n;

	do
		n = recv(from, &number, sizeof(number), 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -EPIPE;
	return n == sizeof(number) ? number : -EPIPE;
}

int janitor_ask(struct hm_janitor *j, const struct hm_janitor_ask *ask, const int *fds, int count)
{
	int err = send_ask(j->fd, ask, fds, count);

	if (err)
		return err == -ECONNRESET ? -EPIPE : err;
	return take_number(j->fd);
}

bool janitor_is_lost(const struct hm_janitor *j)
{
	struct pollfd p = { .fd = j->fd };

	return j->pid && poll(&p, 1, 0) == 1 && (p.revents & POLLHUP);
}

int janitor_stop(struct hm_janitor *j)
{
	int left;

	if (!j->pid)
		return 0;
	shutdown(j->fd, SHUT_WR);
	left = take_number(j->fd);
	if (left >= 0)
		take_number(j->fd); /* its end, which closes the socket */
	close(j->fd);
	waitpid(j->pid, NULL, left < 0 ? WNOHANG : 0);
	*j = (struct hm_janitor){ .fd = -1 };
	return left;
}
