// SPDX-License-Identifier: GPL-2.0-only
/*
 * COMMAND. Called by cmd_trace.c and loop.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"

#define DEFAULT_PATH "/bin:/usr/bin" /* what execvp(3) takes without PATH */
#define SIGNAL_STATUS 128 /* as shells count */

static int runnable(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || access(path, X_OK))
		return -EACCES;
	return 0;
}

int child_find(const char *name)
{
	const char *dir = getenv("PATH");
	char path[4096];
	int err = -ENOENT, one;

	if (!name[0])
		return -ENOENT;
	if (strchr(name, '/'))
		return runnable(name);
	for (dir = dir ? dir : DEFAULT_PATH;; dir++) {
		size_t len = strcspn(dir, ":");

		snprintf(path, sizeof(path), "%.*s%s%s", (int)len, dir, len ? "/" : "", name);
		one = runnable(path);
		if (!one)
			return 0;
		if (one == -EACCES)
			err = one;
		dir += len;
		if (!*dir)
			return err;
	}
}

/* In the child: waits for its turn. Parent gone or given up: nothing is run. */
static void run(int go_fd, int failed_fd, char *const *argv, bool stdout_to_stderr)
{
	int err;
	char go;

	while (read(go_fd, &go, 1) != 1)
		if (errno != EINTR)
			_exit(0);
	if (!stdout_to_stderr || dup2(STDERR_FILENO, STDOUT_FILENO) >= 0)
		execvp(argv[0], argv);
	err = errno;
	if (write(failed_fd, &err, sizeof(err)) != sizeof(err))
		_exit(126);
	_exit(127);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int child_fork(struct hm_child *child, char *const *argv, bool stdout_to_stderr)
{
	int go[2] = {-1, -1}, failed[2] = {-1, -1}, err = 0;

	*child = (struct hm_child){.pidfd = -1, .go_fd = -1, .failed_fd = -1};
	if (pipe2(go, O_CLOEXEC) || pipe2(failed, O_CLOEXEC)) {
		err = -errno;
		goto out;
	}
	child->pid = fork();
	if (child->pid < 0) {
		err = -errno;
		goto out;
	}
	if (!child->pid) {
		close(go[1]);
		close(failed[0]);
		run(go[0], failed[1], argv, stdout_to_stderr);
	}
	child->go_fd = go[1];
	child->failed_fd = failed[0];
	go[1] = failed[0] = -1;
	child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
	if (child->pidfd < 0)
		err = -errno;
out:
	close_fd(&go[0]);
	close_fd(&go[1]);
	close_fd(&failed[0]);
	close_fd(&failed[1]);
	if (err)
		child_close(child);
	return err;
}

int child_go(struct hm_child *child)
{
	ssize_t n;
	int err = 0;

	if (write(child->go_fd, "g", 1) != 1)
		return -errno;
	close_fd(&child->go_fd);
	do
		n = read(child->failed_fd, &err, sizeof(err)); /* ends when exec closes the pipe */
	while (n < 0 && errno == EINTR);
	close_fd(&child->failed_fd);
	return n == sizeof(err) ? -err : 0;
}

int child_reap(struct hm_child *child)
{
	int status;
	pid_t pid = waitpid(child->pid, &status, WNOHANG);

	if (pid < 0)
		return -errno;
	if (!pid)
		return 0;
	child->ended = true;
	child->status = WIFSIGNALED(status) ? SIGNAL_STATUS + WTERMSIG(status) :
					      WEXITSTATUS(status);
	return 0;
}

void child_close(struct hm_child *child)
{
	close_fd(&child->go_fd);
	close_fd(&child->failed_fd);
	close_fd(&child->pidfd);
}
