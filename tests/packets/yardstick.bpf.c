// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What hopmark's programs are compared with by tests/bench/bench_programs.c: a program that does
 * nothing, one that only parses, and a search that looks at every byte.
 */
#include "scan.bpf.h"

__u32 sink = 0; /* keeps results from being optimised away */

SEC("tc")
int empty(struct __sk_buff *skb)
{
	return 0;
}

SEC("tc")
int parse_only(struct __sk_buff *skb)
{
	struct hm_bytes b = { .ctx = skb, .kind = HM_CTX_SKB, .len = skb->len };
	struct hm_packet p;

	if (!hm_parse(&b, 1, &p))
		sink = p.payload_len;
	asm volatile("" : : "r"(&p) : "memory"); /* all of p is wanted */
	return 0;
}

/*
 * What one writes first: looks at every byte of the packet, where it is, for the marker's first
 * two.
 */
SEC("tc")
int by_byte(struct __sk_buff *skb)
{
	const __u8 *p = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	const __u8 *marker = hm_scan_needles()->marker[0].bytes;
	__u8 first = marker[0], second = marker[1];
	__u32 found = 0;

	for (int i = 0; i < 1500; i++) {
		if (p + 2 > end)
			break;
		if (p[0] == first && p[1] == second)
			found = 1;
		p++;
		HM_KEEP(p);
	}
	sink = found;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
