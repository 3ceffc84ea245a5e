/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The parser for each kind of context. Global functions: the verifier checks each of them once by
 * itself, instead of once for every way through the parser times every way through what follows.
 * Their pointers may be NULL as far as the verifier knows. 0, or negative: see hm_parse().
 */
#ifndef PARSE_BPF_H
#define PARSE_BPF_H

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>

#include "hm_packet.h"
#include "verifier.bpf.h"

#define ETH_P_IP 0x0800
#define ETH_P_IPV6 0x86dd

HM_GLOBAL int hm_parse_frame(struct __sk_buff *skb, struct hm_packet *p)
{
	struct hm_bytes b = { .ctx = skb, .kind = HM_CTX_SKB, .len = skb->len };

	return p ? hm_parse(&b, 1, p) : -EINVAL;
}

HM_GLOBAL int hm_parse_l3(struct __sk_buff *skb, struct hm_packet *p)
{
	struct hm_bytes b = { .ctx = skb, .kind = HM_CTX_SKB, .len = skb->len };

	return p ? hm_parse(&b, 0, p) : -EINVAL;
}

HM_GLOBAL int hm_parse_xdp(struct xdp_md *xdp, struct hm_packet *p)
{
	struct hm_bytes b = { .ctx = xdp, .kind = HM_CTX_XDP, .len = bpf_xdp_get_buff_len(xdp) };

	return p ? hm_parse(&b, 1, p) : -EINVAL;
}

/* The IP packet at a kernel address; its length is what its header says. */
HM_GLOBAL int hm_parse_kernel(__u64 address, struct hm_packet *p)
{
	struct hm_bytes b = { .ctx = (void *)address, .kind = HM_CTX_KERNEL, .len = 65535 };

	return p ? hm_parse(&b, 0, p) : -EINVAL;
}

/*
 * The packet in an skb that a tracepoint was given. Only the network header is trusted: the MAC
 * header is not set on the way out, and data points anywhere.
 */
static __always_inline int hm_parse_skb(const struct sk_buff *skb, struct hm_packet *p)
{
	__u16 offset = skb->network_header;

	if (skb->protocol != bpf_htons(ETH_P_IP) && skb->protocol != bpf_htons(ETH_P_IPV6))
		return -EINVAL;
	if (offset == 0xffff)
		return -EINVAL;
	return hm_parse_kernel((__u64)BPF_CORE_READ(skb, head) + offset, p);
}

#endif
