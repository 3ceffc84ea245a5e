/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Per-CPU counters: everything seen, and everything lost, is counted here.
 *
 * A program in process context (sockets, tracepoints) can be interrupted by one that handles a
 * packet, on the same CPU, between reading a counter and writing it back: what the other one
 * counted would be undone. So everybody adds in one instruction, but for those that nobody
 * interrupts: the programs of interfaces run with softirqs off.
 */
#ifndef COUNT_BPF_H
#define COUNT_BPF_H

#include "maps.bpf.h"

/*
 * This CPU's counters, looked up once for what every packet counts; never NULL but to the verifier.
 */
static __always_inline struct hm_counters *hm_counters(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&hm_counts, &zero);
}

static __always_inline void hm_add(struct hm_counters *c, enum hm_counter which)
{
	__sync_fetch_and_add(&c->n[which], 1);
}

static __always_inline void hm_count_by(enum hm_counter which, __u64 by)
{
	struct hm_counters *c = hm_counters();

	if (c)
		__sync_fetch_and_add(&c->n[which], by);
}

static __always_inline void hm_count(enum hm_counter which)
{
	hm_count_by(which, 1);
}

/* Something that later sightings rest on; what does not fit is counted. */
static __always_inline void hm_remember(void *map, const void *key, const void *value)
{
	if (bpf_map_update_elem(map, key, value, BPF_ANY))
		hm_count(HM_CNT_LOST_NOTE);
}

/* One more packet at an interface; hook is HM_HOOK_XDP, HM_HOOK_TC_IN or HM_HOOK_TC_OUT. */
static __always_inline void hm_count_device(__u32 ifindex, __u32 hook)
{
	__u32 key = ifindex * 3 + hook;
	__u64 *packets = bpf_map_lookup_elem(&hm_devs, &key);

	if (!packets)
		packets = bpf_map_lookup_elem(&hm_far_devs, &key);
	if (packets)
		(*packets)++;
}

#endif
