/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Per-CPU counters: everything seen, and everything lost, is counted here. */
#ifndef COUNT_BPF_H
#define COUNT_BPF_H

#include "maps.bpf.h"

/* This CPU's counters, looked up once for what every packet counts; never NULL but to the verifier. */
static __always_inline struct hm_counters *hm_counters(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&hm_counts, &zero);
}

static __always_inline void hm_count(enum hm_counter which)
{
	struct hm_counters *c = hm_counters();

	if (c)
		c->n[which]++;
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
