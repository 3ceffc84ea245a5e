/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Per-CPU counters: everything seen, and everything lost, is counted here. */
#ifndef COUNT_BPF_H
#define COUNT_BPF_H

#include "maps.bpf.h"

static __always_inline void hm_count(enum hm_counter which)
{
	__u32 zero = 0;
	struct hm_counters *c = bpf_map_lookup_elem(&hm_counts, &zero);

	if (c)
		c->n[which]++;
}

/* One more packet at an interface; hook is HM_HOOK_XDP, HM_HOOK_TC_IN or HM_HOOK_TC_OUT. */
static __always_inline void hm_count_device(__u32 ifindex, __u32 hook)
{
	__u32 slot = ifindex * 3 + hook;
	__u64 *packets = bpf_map_lookup_elem(&hm_devs, &slot);

	if (packets)
		(*packets)++;
}

#endif
