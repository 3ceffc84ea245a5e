/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Somebody else's programs at an interface, for the lab: count every packet, and do with those of
 * one TCP port whatever foreign.c was told. Not a part of hopmark.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>

#include <stdbool.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "foreign.h"

char LICENSE[] SEC("license") = "GPL";

const volatile struct foreign_config config;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct foreign_counts);
} counts SEC(".maps");

/*
 * The TCP header and what is behind it, or NULL. Options and extension headers do not occur in the
 * lab.
 */
static __always_inline struct tcphdr *tcp_of(void *data, void *end, int *payload)
{
	struct ethhdr *eth = data;
	struct iphdr *ip4 = (void *)(eth + 1);
	struct ipv6hdr *ip6 = (void *)(eth + 1);
	struct tcphdr *tcp = NULL;
	int len = 0;

	if ((void *)(eth + 1) > end)
		return NULL;
	if (eth->h_proto == bpf_htons(ETH_P_IP) && (void *)(ip4 + 1) <= end &&
	    ip4->protocol == IPPROTO_TCP) {
		tcp = (void *)(ip4 + 1);
		len = bpf_ntohs(ip4->tot_len) - sizeof(*ip4);
	}
	if (eth->h_proto == bpf_htons(ETH_P_IPV6) && (void *)(ip6 + 1) <= end &&
	    ip6->nexthdr == IPPROTO_TCP) {
		tcp = (void *)(ip6 + 1);
		len = bpf_ntohs(ip6->payload_len);
	}
	if (!tcp || (void *)(tcp + 1) > end)
		return NULL;
	*payload = len - tcp->doff * 4;
	return tcp;
}

/* Counts; true if the packet is one of those meant. */
static __always_inline bool is_meant(void *data, void *end)
{
	int payload = 0;
	struct tcphdr *tcp = tcp_of(data, end, &payload);
	__u16 port = bpf_htons(config.port);
	__u32 zero = 0;
	struct foreign_counts *c = bpf_map_lookup_elem(&counts, &zero);
	bool of_port = tcp && (tcp->source == port || tcp->dest == port);

	if (!c)
		return false;
	__sync_fetch_and_add(&c->packets, 1);
	if (of_port)
		__sync_fetch_and_add(&c->of_port, 1);
	return (!port || of_port) && (!config.data || payload > 0);
}

SEC("tc")
int foreign_tc(struct __sk_buff *skb)
{
	if (!is_meant((void *)(long)skb->data, (void *)(long)skb->data_end))
		return -1; /* TC_ACT_UNSPEC, TCX_NEXT */
	if (config.redirect)
		return bpf_redirect(config.redirect, 0);
	return config.action;
}

SEC("xdp.frags")
int foreign_xdp(struct xdp_md *ctx)
{
	if (!is_meant((void *)(long)ctx->data, (void *)(long)ctx->data_end))
		return XDP_PASS;
	return config.action;
}
