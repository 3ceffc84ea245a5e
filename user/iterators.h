/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of the kernel side that are iterators: asked by user space, not run by packets. Owned
 * by loader.c.
 */
#ifndef HM_ITERATORS_H
#define HM_ITERATORS_H

#include <sys/types.h>

#include "programs.h"

struct hm_iterators {
	struct bpf_link *link[HM_PART_READ]; /* of parts HM_PART_OWNERS and above; NULL: lacking */
};

/*
 * Makes the links of those that obj has loaded, which takes the rights of the start; reading takes
 * none. One that cannot be made is lacking.
 */
void iterators_make(struct hm_iterators *it, const struct bpf_object *obj, struct hm_lacks *lacks);

/* As iter_read(); -ENOENT: lacking. */
ssize_t iterators_read(const struct hm_iterators *it, enum hm_part part, void **out);

void iterators_destroy(struct hm_iterators *it);

#endif
