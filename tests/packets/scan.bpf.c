// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The search as the three program types run it, one payload for each run, with the state kept in a
 * map. test_scan.c compares with the same search in user space; tests/bench takes its time.
 */
#include "scan.bpf.h"
#include "scan_result.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scan_result);
} searched SEC(".maps");

/* The payload begins at off; the bytes are no packet. */
static __always_inline void search(const struct hm_bytes *b, __u32 off)
{
	__u32 zero = 0;
	struct scan_result *to = bpf_map_lookup_elem(&searched, &zero);
	struct hm_scratch *s;

	if (!to)
		return;
	s = hm_scan_claim();
	to->err = -EBUSY;
	if (!s)
		return;
	to->err = hm_scan_payload(b, off, b->len - off, &to->tail, s);
	to->hits = s->hits;
	hm_scan_release(s);
}

SEC("tc")
int scan_tc(struct __sk_buff *skb)
{
	struct hm_bytes b = { .ctx = skb, .kind = HM_CTX_SKB, .len = skb->len };

	search(&b, HM_ETH_LEN);
	return 0;
}

SEC("xdp.frags")
int scan_xdp(struct xdp_md *xdp)
{
	struct hm_bytes b = { .ctx = xdp, .kind = HM_CTX_XDP, .len = bpf_xdp_get_buff_len(xdp) };

	search(&b, HM_ETH_LEN);
	return XDP_PASS;
}

SEC("cgroup_skb/ingress")
int scan_cgroup(struct __sk_buff *skb)
{
	struct hm_bytes b = { .ctx = skb, .kind = HM_CTX_SKB, .len = skb->len };

	search(&b, 0);
	return 1;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
