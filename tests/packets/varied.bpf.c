// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Makes each run's packet another one and goes on to the program that is measured:
 * BPF_PROG_TEST_RUN repeats one packet, but a flood's are of ever new connections, and a stream's
 * sequence numbers go on. Called by tests/bench, which takes the same with a program that does
 * nothing away.
 */
#include "hm_types.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* In an Ethernet frame with an IPv4 header without options */
#define SADDR 26
#define DADDR 30
#define SEQ 38

__u32 seq_step = 0; /* what the sequence number advances by */
__u32 vary_saddr = 0, vary_daddr = 0; /* 1: each is another host's */
__u32 runs = 0;

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} next SEC(".maps");

/* Like hopmark's table of connections, whose sizes tests/bench gives it. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__uint(key_size, 4);
	__uint(value_size, 4);
} table SEC(".maps");

__u8 key[64] = {}, value[4096] = {};

SEC("tc")
int insert(struct __sk_buff *skb)
{
	*(__u32 *)key = ++runs * 2654435761U;
	bpf_map_update_elem(&table, key, value, BPF_ANY);
	return 0;
}

/* One that insert has put there, and its first bytes. */
SEC("tc")
int look_up(struct __sk_buff *skb)
{
	__u32 *found;

	*(__u32 *)key = ++runs * 2654435761U;
	found = bpf_map_lookup_elem(&table, key);
	if (found)
		*(__u32 *)value = *found;
	return 0;
}

SEC("tc")
int vary(struct __sk_buff *skb)
{
	__u8 *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	__u32 n = ++runs;

	if (data + SEQ + 4 > end)
		return 0;
	if (vary_saddr)
		*(__u32 *)(data + SADDR) = n * 2654435761U;
	if (vary_daddr)
		*(__u32 *)(data + DADDR) = n * 2654435761U;
	if (seq_step)
		*(__u32 *)(data + SEQ) = bpf_htonl(n * seq_step);
	bpf_tail_call(skb, &next, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
