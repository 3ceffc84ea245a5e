/* SPDX-License-Identifier: GPL-2.0-only */
/* The ring buffer's reading end: bounded in number and time. Used by loader.c. */
#ifndef HM_DRAIN_H
#define HM_DRAIN_H

#include <stdint.h>

#include "hm_abi.h"

/* One record. 0, or -errno, which ends the drain. */
typedef int (*hm_record_fn)(void *arg, const struct hm_rec *rec);

struct ring_buffer;

struct hm_drain { /* zero-initialised; opened by drain_open() */
	struct ring_buffer *ring;
	hm_record_fn fn; /* of the drain under way */
	void *arg;
	int left; /* records it may still deliver */
	uint64_t until_ns;
};

int drain_open(struct hm_drain *drain, int map_fd); /* 0 or -errno */
void drain_close(struct hm_drain *drain); /* also when it was never opened */
int drain_fd(const struct hm_drain *drain); /* readable when there are records */

/*
 * Delivers at most max records, for some 20 ms. 0: the ring is empty; 1: there may be more; -errno
 * of fn (but -EAGAIN) or of the ring.
 */
int drain_consume(struct hm_drain *drain, hm_record_fn fn, void *arg, int max);

#endif
