/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The janitor: a process of its own for kernels without tcx, where a filter stays when the process
 * that attached it dies. It alone attaches and removes hopmark's filters, so it alone keeps
 * CAP_NET_ADMIN, and it removes them when hopmark ends, SIGKILL included, and then ends itself.
 * Called by attach.c; janitor_work.c is the process.
 */
#ifndef HM_JANITOR_H
#define HM_JANITOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define HM_JANITOR_NAME "hm-janitor" /* as ps shows it */

struct hm_janitor {
	pid_t pid; /* 0: not started */
	int fd; /* of the socket that joins us; its end is what tells it that we have ended. -1 */
	uint32_t asked, answered; /* numbers of the last request and of the last answer */
};

enum hm_janitor_what {
	HM_JANITOR_OPEN, /* a namespace: with a tc socket and its namespace as descriptors */
	HM_JANITOR_ATTACH, /* with the program's descriptor */
	HM_JANITOR_DETACH, /* all of one interface, or with ifindex 0 of one instance */
	HM_JANITOR_HAS,
};

struct hm_janitor_ask {
	uint32_t number; /* from 1 on, by janitor_ask() */
	uint32_t what;
	int32_t instance; /* of the loader: one for each namespace */
	uint32_t ifindex;
	uint32_t out; /* 1: egress */
	uint32_t prog_id;
	char name[16]; /* of the program */
};

struct hm_janitor_answer {
	uint32_t number; /* of the request; 0: the last words, when all is removed */
	int32_t result; /* 0 or -errno; of the last words: filters that could not be removed */
};

#define HM_JANITOR_FDS 2 /* with one request, at most */

/* Forks it, with the rights the caller has. 0 or -errno. */
int janitor_start(struct hm_janitor *j);

/*
 * Has it do something and waits until it is done. fds are lent. 0, or -errno: its own, or of
 * reaching it; -EPIPE: it has ended; -ETIMEDOUT: it has not answered, and may do it later. While
 * such an answer is due, requests are sent and not waited for.
 */
int janitor_ask(struct hm_janitor *j, const struct hm_janitor_ask *ask, const int *fds, int count);

/*
 * True if it was started and has ended, which it never does by itself before janitor_stop(). Takes
 * an answer that came too late off the socket, which else would stay readable.
 */
bool janitor_is_lost(struct hm_janitor *j);

/*
 * Has it remove what is attached and end, and waits for that. How many filters could not be
 * removed, or -errno: it did not answer.
 */
int janitor_stop(struct hm_janitor *j);

/* The process itself, at the other end of the socket: comes back when the peer has ended. */
void janitor_work(int fd);

#endif
