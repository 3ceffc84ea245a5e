// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The parser as the three program types see it: each program parses its input and leaves what it
 * found in the map. test_parse.c compares that with the same parser in user space.
 */
#include "hm_packet.h"
#include "parse.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct parse_result);
} parsed SEC(".maps");

static __always_inline void parse(const struct hm_bytes *b, int eth)
{
	__u32 zero = 0;
	struct parse_result *to = bpf_map_lookup_elem(&parsed, &zero);
	struct hm_packet p;

	if (!to)
		return;
	to->err = hm_parse(b, eth, &p);
	if (to->err)
		return;
	to->packet = p;
	if (p.what_proto != HM_PKT_TCP)
		return;
	to->syn_err = hm_parse_syn_options(b, &p, &to->syn);
	to->data_err = hm_classify_payload(b, &p, &to->data);
}

SEC("tc")
int parse_tc(struct __sk_buff *skb)
{
	struct hm_bytes b = { .ctx = skb, .kind = HM_CTX_SKB, .len = skb->len };

	parse(&b, 1);
	return 0;
}

SEC("xdp")
int parse_xdp(struct xdp_md *xdp)
{
	struct hm_bytes b = { .ctx = xdp, .kind = HM_CTX_XDP, .len = bpf_xdp_get_buff_len(xdp) };

	parse(&b, 1);
	return XDP_PASS;
}

SEC("cgroup_skb/ingress")
int parse_cgroup(struct __sk_buff *skb)
{
	struct hm_bytes b = { .ctx = skb, .kind = HM_CTX_SKB, .len = skb->len };

	parse(&b, 0);
	return 1;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
