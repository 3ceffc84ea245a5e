/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hopmark's filters at clsact, for kernels without tcx: put beside everybody else's, told apart
 * from them and from those of another hopmark, and removed without touching any of them. Used by
 * the janitor, which puts and removes them, and by `hopmark cleanup`.
 */
#ifndef HM_CLSACT_H
#define HM_CLSACT_H

#include "tc.h"

struct hm_clsact { /* one filter of ours: all of this must be equal before it is removed */
	struct hm_tc_chain chain;
	uint32_t priority, handle;
	uint32_t prog_id;
};

/*
 * Attaches a program, first in the chain if that place is free, and makes the qdisc where there is
 * none. Fills *filter but for chain and prog_id, which are the caller's. 0; -EBUSY: a qdisc
 * "ingress" stands in clsact's place, and egress filters cannot be had; other -errno, and then
 * nothing was left.
 */
int clsact_attach(int fd, struct hm_clsact *filter, int prog_fd, const char *name);

/* 1: it is still there; 0: it is not; -errno: nobody knows. */
int clsact_has(int fd, const struct hm_clsact *filter);

/*
 * Removes it if it is still there, and then the qdisc, if a hopmark made it and it has no filter of
 * anybody any more. 0: it is not there now; -errno.
 */
int clsact_detach(int fd, const struct hm_clsact *filter);

/*
 * As tc_filters(), again when the chain changed meanwhile: then a filter may be told more than
 * once. -EAGAIN: it never held still.
 */
int clsact_list(int fd, const struct hm_tc_chain *chain, hm_tc_filter_fn fn, void *arg);

/* True if the handle is one that clsact_attach() gives: a hint, not yet a proof. */
bool clsact_is_our_handle(uint32_t handle);

/*
 * One hopmark at a time attaches or detaches in a namespace, so that none removes the qdisc from
 * under another. ns_fd: an open /proc/PID/ns/net. Waits a second at most: a stranger who holds the
 * lock must not stop a trace.
 */
void clsact_lock(int ns_fd);
void clsact_unlock(int ns_fd);

#endif
