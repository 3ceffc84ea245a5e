/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs at the hooks of interfaces: tcx and XDP by link, which close when hopmark ends; where
 * the kernel has no tcx, clsact by the janitor, which removes them when hopmark ends.
 * Used by loader.c, which knows the programs; here they are file descriptors.
 */
#ifndef HM_ATTACH_H
#define HM_ATTACH_H

#include <stdbool.h>
#include <stdint.h>

#include "hm_abi.h"
#include "janitor.h"

struct hm_attached;

struct hm_attachments { /* zero-initialised; emptied by attach_close() */
	struct hm_attached *at;
	uint32_t count;
	bool no_tcx; /* by the caller: use clsact even where there is tcx */
	bool begun, clsact, lost; /* by attach.c; lost: the janitor was ended */
	struct hm_janitor janitor; /* with clsact: it attaches and removes */
	uint64_t opened[2]; /* instances it knows the namespace of */
	/* with clsact: a map that says whose the programs are, see attach_owner_map */
	int owner_fd;
};

/*
 * Name of the map that lives as long as its hopmark: from the id of a program at clsact to the pid
 * of its owner, both 32 bits.
 */
extern const char attach_owner_map[];

/* True if the kernel has tcx, whose links leave nothing. prog_fd: a tc program. */
bool attach_has_tcx(int prog_fd);

/*
 * Makes ready for the interfaces of the caller's namespace, with the rights that takes: later,
 * without them, attach_device() still works there. prog_fd: a tc program. 0 or -errno.
 */
int attach_begin(struct hm_attachments *list, int instance, int prog_fd);

/*
 * Attaches prog_fd to one hook of an interface of the caller's namespace, after attach_begin():
 * first in its chain; XDP native and by link only. instance groups attachments for the calls below.
 * 0 or -errno; -EPIPE: the janitor is lost.
 */
int attach_device(struct hm_attachments *list, int instance, uint32_t ifindex, enum hm_hook hook,
		  int prog_fd);

/* Detaches everything of one interface; it may be gone, and what was there with it. */
void attach_forget(struct hm_attachments *list, int instance, uint32_t ifindex);

/*
 * True if a tc program of ours is still at this interface, or nobody can tell: it goes when the
 * interface is deleted.
 */
bool attach_is_there(struct hm_attachments *list, int instance, uint32_t ifindex);

/*
 * True once if the janitor was ended from outside: filters stay when hopmark ends, and interfaces
 * that come later cannot be watched. *pid is its process id.
 */
bool attach_lost_janitor(struct hm_attachments *list, int *pid);

/* Becomes readable when attach_lost_janitor() is worth asking; -1: never. */
int attach_janitor_fd(const struct hm_attachments *list);

/* Detaches everything. How many filters could not be removed, or -errno of the janitor. */
int attach_close(struct hm_attachments *list);

/* The id of our link at that hook or, of a clsact filter, of its program; 0: none there. */
uint32_t attach_id(const struct hm_attachments *list, int instance, uint32_t ifindex,
		   enum hm_hook hook);

#endif
