/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clsact filters that a hopmark which has ended left behind: where they are, what proves that they
 * are such, and their removal. Links cannot be left. Used by cmd_cleanup.c.
 */
#ifndef HM_LEFTOVER_H
#define HM_LEFTOVER_H

#include <net/if.h>

#include "clsact.h"
#include "sighting.h"

enum hm_leftover_fate {
	HM_LEFTOVER_REMOVED, /* or to be removed: dry run */
	HM_LEFTOVER_FAILED, /* its removal, see .err */
	HM_LEFTOVER_OWNED, /* a hopmark that runs has it */
	HM_LEFTOVER_STRANGER, /* looks like ours by handle or name, and its program is not ours */
	HM_LEFTOVER_UNPROVEN, /* named like a program of ours, but other instructions */
	HM_LEFTOVER_FATES,
};

struct hm_leftover {
	enum hm_leftover_fate fate;
	struct hm_clsact filter;
	char netns[HM_NAME_LEN]; /* "" hopmark's own */
	char ifname[IF_NAMESIZE];
	char program[64]; /* its name, by the kernel; or what kind of filter it is */
	uint32_t owner; /* pid, as that process sees itself; 0: not owned */
	int err;
	bool qdisc_removed; /* with it went the qdisc, which a hopmark had made */
};

struct hm_leftovers {
	bool has_tcx; /* then only a trace with --no-tcx can have left something */
	bool dry_run; /* by the caller, as the rest */
	void (*fn)(void *arg, const struct hm_leftover *l); /* for each filter that may be ours */
	void *arg;
};

/* Loads this hopmark's programs to learn what they are. As loader_open(). */
int leftover_learn(struct hm_leftovers *l);

/*
 * Looks at every interface of the caller's namespace, called netns, removes what is proven to be
 * left behind, unless dry_run, and tells everything that may be ours. 0 or -errno: not all of it
 * was looked at.
 */
int leftover_remove(struct hm_leftovers *l, const char *netns);

#endif
