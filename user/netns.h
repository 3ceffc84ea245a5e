/* SPDX-License-Identifier: GPL-2.0-only */
/* Network namespaces: named, entered and left. Used by source_live.c. */
#ifndef HM_NETNS_H
#define HM_NETNS_H

#include <stdbool.h>
#include <stdint.h>

#include "sighting.h"

struct hm_netns {
	char name[HM_NAME_LEN]; /* hop prefix: name of ip-netns(8) or "pid 812"; "" hopmark's own */
	uint32_t inum; /* inode number, as in /proc/PID/ns/net */
	int fd; /* -1: hopmark's own */
};

/* Inode number of the caller's namespace, or 0. */
uint32_t netns_own(void);

/*
 * Opens a namespace by pid or by name of ip-netns(8). 0; -ENOENT: no such process or name;
 * other -errno.
 */
int netns_open(const char *which, struct hm_netns *ns);

/*
 * Every namespace that a name of ip-netns(8) or a process leads to, but hopmark's own, at most
 * max. Returns how many there are, which may be more than max, or -errno.
 */
int netns_list(struct hm_netns *all, int max);

/* Closes fd. */
void netns_close(struct hm_netns *ns);

/* Calls fn(arg) inside the namespace and comes back. What fn returns, or -errno of entering. */
int netns_within(const struct hm_netns *ns, int (*fn)(void *arg), void *arg);

#endif
