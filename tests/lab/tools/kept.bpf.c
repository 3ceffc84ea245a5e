/* SPDX-License-Identifier: GPL-2.0-only */
/* Counts the softirqs of received packets that a program of a tracepoint is run for, for kept.c. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define NET_RX 3 /* include/linux/interrupt.h */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} told SEC(".maps");

SEC("raw_tp/softirq_entry")
int entered(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 zero = 0;
	__u64 *count = bpf_map_lookup_elem(&told, &zero);

	if (count && ctx->args[0] == NET_RX)
		__sync_fetch_and_add(count, 1);
	return 0;
}

char licence[] SEC("license") = "GPL";
