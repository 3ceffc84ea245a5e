// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The gate's filter alone, on packets, by the short way and the long one as at an interface: 1
 * inside, 0 outside or nothing that is asked about. test_filter.c links filters into it.
 */
#include "hm_types.h"

#include <bpf/bpf_helpers.h>

#include "gate.bpf.h"
#include "outside.bpf.h"
#include "parse.bpf.h"

static __always_inline int filtered(int err, const struct hm_packet *p)
{
	if (err || (p->what_proto != HM_PKT_TCP && p->what_proto != HM_PKT_ICMP_QUOTE))
		return 0;
	return hm_filter_near(&p->tuple, p->family);
}

SEC("tc")
int filter_frame(struct __sk_buff *skb)
{
	const struct hm_bytes b = { .ctx = skb, .kind = HM_CTX_SKB, .len = skb->len };
	struct hm_packet p = {};

	return hm_is_outside(&b, 1) ? 0 : filtered(hm_parse_frame(skb, &p), &p);
}

SEC("tc")
int filter_l3(struct __sk_buff *skb)
{
	const struct hm_bytes b = { .ctx = skb, .kind = HM_CTX_SKB, .len = skb->len };
	struct hm_packet p = {};

	return hm_is_outside(&b, 0) ? 0 : filtered(hm_parse_l3(skb, &p), &p);
}

char LICENSE[] SEC("license") = "GPL";
