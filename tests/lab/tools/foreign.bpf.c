/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Somebody else's programs at an interface, for the lab: count every packet, and do with those of
 * one port whatever foreign.c was told. Not a part of hopmark.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>

#include <stdbool.h>
#include <stddef.h>

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

/* The second stage of foreign_lb; filled by foreign.c. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} stages SEC(".maps");

/* The same in TCP and UDP. Options and extension headers do not occur in the lab. */
struct ports {
	__be16 source, dest;
};

/* The protocol above IP, and how many bytes it has; 0: none. */
static __always_inline __u8 above_ip(void *data, void *end, struct ports **ports, int *bytes)
{
	struct ethhdr *eth = data;
	struct iphdr *ip4 = (void *)(eth + 1);
	struct ipv6hdr *ip6 = (void *)(eth + 1);

	if ((void *)(eth + 1) > end)
		return 0;
	if (eth->h_proto == bpf_htons(ETH_P_IP) && (void *)(ip4 + 1) <= end) {
		*ports = (void *)(ip4 + 1);
		*bytes = bpf_ntohs(ip4->tot_len) - (int)sizeof(*ip4);
		return ip4->protocol;
	}
	if (eth->h_proto == bpf_htons(ETH_P_IPV6) && (void *)(ip6 + 1) <= end) {
		*ports = (void *)(ip6 + 1);
		*bytes = bpf_ntohs(ip6->payload_len);
		return ip6->nexthdr;
	}
	return 0;
}

/* Is it TCP or UDP of config.port? payload: of TCP */
static __always_inline bool is_of_port(void *data, void *end, int *payload)
{
	__u16 port = bpf_htons(config.port);
	struct ports *ports = NULL;
	int bytes = 0;
	__u8 protocol = above_ip(data, end, &ports, &bytes);
	struct tcphdr *tcp = (void *)ports;

	if ((protocol != IPPROTO_TCP && protocol != IPPROTO_UDP) || (void *)(ports + 1) > end)
		return false;
	if (protocol == IPPROTO_TCP && (void *)(tcp + 1) <= end)
		*payload = bytes - tcp->doff * 4;
	return ports->source == port || ports->dest == port;
}

/* Counts; true if the packet is one of those meant. */
static __always_inline bool is_meant(void *data, void *end)
{
	int payload = 0;
	bool of_port = is_of_port(data, end, &payload);
	__u32 zero = 0;
	struct foreign_counts *c = bpf_map_lookup_elem(&counts, &zero);

	if (!c)
		return false;
	__sync_fetch_and_add(&c->packets, 1);
	if (of_port)
		__sync_fetch_and_add(&c->of_port, 1);
	return (!config.port || of_port) && (!config.data || payload > 0);
}

/* As a broken device would; options and extension headers do not occur in the lab. */
static __always_inline void corrupt(struct __sk_buff *skb)
{
	__u32 at = ETH_HLEN + offsetof(struct tcphdr, check);
	__u16 sum;

	at += skb->protocol == bpf_htons(ETH_P_IPV6) ? sizeof(struct ipv6hdr)
						     : sizeof(struct iphdr);
	if (bpf_skb_load_bytes(skb, at, &sum, sizeof(sum)))
		return;
	sum ^= 0x5a5a;
	bpf_skb_store_bytes(skb, at, &sum, sizeof(sum), 0);
}

SEC("tc")
int foreign_tc(struct __sk_buff *skb)
{
	if (!is_meant((void *)(long)skb->data, (void *)(long)skb->data_end))
		return -1; /* TC_ACT_UNSPEC, TCX_NEXT */
	if (config.corrupt)
		corrupt(skb);
	if (config.redirect)
		return bpf_redirect(config.redirect, 0);
	return config.action;
}

/*
 * As a load balancer in tc does it: one program chooses the packet, the next rewrites and sends it.
 */
SEC("tc")
int foreign_lb(struct __sk_buff *skb)
{
	if (!is_meant((void *)(long)skb->data, (void *)(long)skb->data_end))
		return -1;
	bpf_tail_call(skb, &stages, 0);
	return TC_ACT_SHOT;
}

SEC("tc")
int foreign_lb_send(struct __sk_buff *skb)
{
	__u32 at = ETH_HLEN +
		   (config.from ? offsetof(struct iphdr, saddr) : offsetof(struct iphdr, daddr));
	__be32 old, new = config.address;

	if (bpf_skb_load_bytes(skb, at, &old, sizeof(old)) ||
	    bpf_l4_csum_replace(skb,
				ETH_HLEN + sizeof(struct iphdr) + offsetof(struct tcphdr, check),
				old, new, BPF_F_PSEUDO_HDR | sizeof(new)) ||
	    bpf_l3_csum_replace(skb, ETH_HLEN + offsetof(struct iphdr, check), old, new,
				sizeof(new)) ||
	    bpf_skb_store_bytes(skb, at, &new, sizeof(new), 0))
		return TC_ACT_SHOT;
	return bpf_redirect_neigh(config.redirect, NULL, 0, 0);
}

SEC("xdp.frags")
int foreign_xdp(struct xdp_md *ctx)
{
	if (!is_meant((void *)(long)ctx->data, (void *)(long)ctx->data_end))
		return XDP_PASS;
	return config.action;
}

/* What a program at this place costs by itself. */
SEC("tc")
int foreign_empty(struct __sk_buff *skb)
{
	return TC_ACT_UNSPEC;
}
