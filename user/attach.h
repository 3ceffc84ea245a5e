/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs at the hooks of interfaces: tcx and XDP by link, clsact where the kernel has no tcx.
 * Used by loader.c, which knows the programs; here they are file descriptors.
 */
#ifndef HM_ATTACH_H
#define HM_ATTACH_H

#include <stdbool.h>
#include <stdint.h>

#include "hm_abi.h"

struct hm_attached;

struct hm_attachments { /* zero-initialised; emptied by attach_remove() */
	struct hm_attached *at;
	uint32_t count;
};

/*
 * Attaches prog_fd to one hook of an interface of the caller's namespace: first in its chain; XDP
 * native and by link only. instance groups attachments for the calls below. 0 or -errno.
 */
int attach_device(struct hm_attachments *list, int instance, uint32_t ifindex, enum hm_hook hook,
		  int prog_fd);

/* Detaches everything of an instance; the caller is in its namespace. */
void attach_remove(struct hm_attachments *list, int instance);

/* Detaches everything of one interface; it may be gone, and what was there with it. */
void attach_forget(struct hm_attachments *list, int instance, uint32_t ifindex);

/* True if a tc program of ours is still at this interface: it goes when the interface is deleted. */
bool attach_is_there(const struct hm_attachments *list, int instance, uint32_t ifindex);

/* True if there are clsact filters, which do not go with a file descriptor. */
bool attach_has_filters(const struct hm_attachments *list);

#endif
