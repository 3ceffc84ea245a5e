/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * COMMAND of `hopmark trace ... -- COMMAND`: forked early, with the rights, descriptors and signal
 * mask hopmark was started with, and held until everything is attached. It is never killed.
 * Called by cmd_trace.c; loop.c waits for .pidfd.
 */
#ifndef HM_CHILD_H
#define HM_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

struct hm_child {
	pid_t pid;
	int pidfd; /* readable when it has ended */
	int go_fd, failed_fd; /* to let it go; where it tells that exec failed. -1: closed */
	bool ended;
	int status; /* exit status once ended; 128+N: ended by signal N */
};

/* 0 if argv[0] can be run, searched for in PATH as execvp(3) does; else -ENOENT or -EACCES. */
int child_find(const char *name);

/*
 * Forks; the child waits for child_go(). stdout_to_stderr: its standard output is ours for errors.
 * 0 or -errno.
 */
int child_fork(struct hm_child *child, char *const *argv, bool stdout_to_stderr);

/* Lets it run. 0, or -errno of its exec. */
int child_go(struct hm_child *child);

/* After .pidfd became readable: takes its exit status. 0 or -errno. */
int child_reap(struct hm_child *child);

/* Closes the descriptors; a child not let go yet ends, one let go runs on. */
void child_close(struct hm_child *child);

#endif
