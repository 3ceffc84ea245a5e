/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Kernel drift, all of it: tracepoint arguments that some kernels lack, and reading kernel
 * structures from a tracepoint. Nothing else knows about kernel versions.
 */
#ifndef COMPAT_BPF_H
#define COMPAT_BPF_H

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>

#include "parse.bpf.h"
#include "maps.bpf.h"

#define AF_INET 2
#define AF_INET6 10

/*
 * Argument n of a tracepoint, only to be called where the loader found in BTF that it exists.
 * volatile: otherwise clang merges the branches and the verifier sees a modified ctx pointer.
 */
static __always_inline __u64 hm_tp_arg(void *ctx, int n)
{
	return *(volatile __u64 *)((__u64 *)ctx + n);
}

/*
 * kfree_skb: the receiving socket, an argument since c53795d48ee8 ("net: add rx_sk to
 * trace_kfree_skb", 6.11).
 */
static __always_inline struct sock *hm_kfree_rx_sk(void *ctx)
{
	return hm_cfg.kfree_skb_args >= 4 ? (struct sock *)hm_tp_arg(ctx, 3) : NULL;
}

/*
 * kfree_skb: the reason, an argument since c504e5c2f964 ("net: skb: introduce kfree_skb_reason()",
 * 5.17). 0: not told.
 */
static __always_inline __u32 hm_kfree_reason(void *ctx)
{
	return hm_cfg.kfree_skb_args >= 3 ? (__u32)hm_tp_arg(ctx, 2) : 0;
}

/* Cookie of a socket in a tracepoint, since c5dbb89fc2ac (5.12); 0: not known. */
static __always_inline __u64 hm_sk_cookie(struct sock *sk)
{
#ifdef HM_OLD_KERNEL
	return 0;
#else
	return bpf_get_socket_cookie(sk);
#endif
}

/* tcp_send_reset: the reason, an argument since 19822a980e19 (6.10). 0: not known. */
static __always_inline __u32 hm_reset_reason(void *ctx)
{
	return hm_cfg.send_reset_args >= 3 ? (__u32)hm_tp_arg(ctx, 2) : 0;
}

/* Address pair and ports of a socket: saddr:sport is the local end. sk is a BTF pointer. */
static __always_inline void hm_sk_tuple(const struct sock_common *sk, __be16 sport,
					struct hm_tuple *t)
{
	__builtin_memset(t, 0, sizeof(*t));
	if (sk->skc_family == AF_INET6) {
		int i;

		for (i = 0; i < 4; i++) {
			t->saddr[i] = sk->skc_v6_rcv_saddr.in6_u.u6_addr32[i];
			t->daddr[i] = sk->skc_v6_daddr.in6_u.u6_addr32[i];
		}
	} else {
		t->saddr[2] = t->daddr[2] = bpf_htonl(0xffff);
		t->saddr[3] = sk->skc_rcv_saddr;
		t->daddr[3] = sk->skc_daddr;
	}
	t->sport = sport;
	t->dport = sk->skc_dport;
}

/*
 * Local port of an inet socket, network order. A BTF pointer to the smaller type may not be cast.
 */
static __always_inline __be16 hm_sk_sport(const struct sock *sk)
{
	return BPF_CORE_READ((const struct inet_sock *)sk, inet_sport);
}

static __always_inline bool hm_sk_is_inet(const struct sock_common *sk)
{
	return sk->skc_family == AF_INET || sk->skc_family == AF_INET6;
}

static __always_inline void hm_tuple_mirror(struct hm_tuple *to, const struct hm_tuple *from)
{
	__builtin_memcpy(to->saddr, from->daddr, sizeof(to->saddr));
	__builtin_memcpy(to->daddr, from->saddr, sizeof(to->daddr));
	to->sport = from->dport;
	to->dport = from->sport;
}

static __always_inline __u8 hm_tuple_family(const struct hm_tuple *t)
{
	return t->daddr[0] == 0 && t->daddr[1] == 0 && t->daddr[2] == bpf_htonl(0xffff) ? 4 : 6;
}

/*
 * Network namespace of an skb in a tracepoint; rx_sk: the socket it was for, NULL not known; 0: the
 * namespace is not known. Behind the socket lookup TCP has cleared skb->dev, which shares its
 * memory with the out-of-order queue, and skb->sk: there rx_sk says it, and before 6.11 the route,
 * as long as there is one. What has lost that too (SOCKET_BACKLOG, SOCKET_RCVBUFF on those kernels)
 * is not told: the addresses alone do not say at which end of a connection within this host it
 * happened. Until ip_rcv() skb->sk may be the sender's, in another namespace (9c4c325252c5, 4.19):
 * on the way in the device says it, which is the one that skb_iif counts.
 */
static __always_inline __u32 hm_skb_netns(const struct sk_buff *skb, struct sock *rx_sk)
{
	struct dst_entry *route;
	struct sock *sk;
	struct net_device *dev;

	if (rx_sk)
		return BPF_CORE_READ(rx_sk, __sk_common.skc_net.net, ns.inum);
	dev = skb->dev;
	if (dev && skb->skb_iif && dev->ifindex == skb->skb_iif)
		return dev->nd_net.net->ns.inum;
	sk = skb->sk;
	if (sk)
		return sk->__sk_common.skc_net.net->ns.inum;
	if (dev)
		return dev->nd_net.net->ns.inum;
	route = (struct dst_entry *)(skb->_skb_refdst & ~1UL); /* SKB_DST_NOREF */
	return route ? BPF_CORE_READ(route, dev, nd_net.net, ns.inum) : 0;
}

#endif
