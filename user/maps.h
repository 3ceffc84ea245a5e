/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel side's maps from user space: shared between objects, emptied, and the counters summed
 * over all CPUs. Used by loader.c. What returns int gives 0 or -errno.
 */
#ifndef HM_MAPS_H
#define HM_MAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "hm_abi.h"

#define HM_DEV_HOOKS 3 /* HM_HOOK_XDP, HM_HOOK_TC_IN, HM_HOOK_TC_OUT are 0, 1, 2 */

struct bpf_map;
struct bpf_object;

/* Packets for each hook of each interface: hm_devs for low indexes, hm_far_devs for the others. */
struct hm_dev_counts {
	const struct bpf_map *near, *far;
	int cpus; /* possible ones */
};

/*
 * Makes every map of an object that is not yet loaded the first one's, the packet counters only
 * where counters says so.
 */
int maps_share(struct bpf_object *to, const struct bpf_object *from, bool counters);

/*
 * Before loading: gives the maps that forget the idlest entry as many more as the CPUs keep free
 * for themselves, or a host of many CPUs would forget long before such a map is full.
 */
int maps_spare(struct bpf_object *obj, int cpus);

int maps_clear(const struct bpf_map *map); /* a hash: every entry goes */

/* hm_counts over all CPUs, of each as it was between two packets (see enum hm_counter). */
int maps_counters(const struct bpf_map *map, int cpus, struct hm_counters *out);

/* Makes sure that there is a counter; one that is there already goes on counting. -ENOSPC: full. */
int dev_counts_add(const struct hm_dev_counts *counts, uint32_t ifindex, enum hm_hook hook);

/* All hooks of an interface count from 0 again. */
void dev_counts_forget(const struct hm_dev_counts *counts, uint32_t ifindex);

/* Packets so far. 0 or -errno: it is not known how many, as where nothing counts (-ENOENT). */
int dev_counts_sum(const struct hm_dev_counts *counts, uint32_t ifindex, enum hm_hook hook,
		   uint64_t *packets);

#endif
