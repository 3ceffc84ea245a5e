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

/* Compares the marker's first four bytes at every offset of the chunk in s. */
__noinline int every_byte(struct hm_scratch *s)
{
	__u32 first = hm_load32(hm_scan_needles()->marker[0].bytes), found = 0;

	if (!s)
		return 0;
	for (__u32 i = 0; i < HM_SCAN_CHUNK; i++) {
		if (i >= s->n)
			break;
		if (hm_load32(&s->data[HM_SCAN_TAIL + i]) == first)
			found = 1;
	}
	return found;
}

SEC("tc")
int by_byte(struct __sk_buff *skb)
{
	struct hm_scratch *s = hm_scan_claim();
	__u32 off = HM_ETH_LEN, left = skb->len - HM_ETH_LEN, found = 0;

	if (!s)
		return 0;
	for (int i = 0; i < HM_SCAN_MAX / HM_SCAN_CHUNK && left; i++) {
		__u32 n = hm_bound(left < HM_SCAN_CHUNK ? left : HM_SCAN_CHUNK, HM_SCAN_CHUNK);

		if (bpf_skb_load_bytes(skb, off, s->data + HM_SCAN_TAIL, n))
			break;
		s->n = n;
		found |= every_byte(s);
		off += n;
		left -= n;
	}
	sink = found;
	hm_scan_release(s);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
