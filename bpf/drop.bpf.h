/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the stack does to packets: drops with their reason, resets, retransmissions, ICMP errors. */
#ifndef DROP_BPF_H
#define DROP_BPF_H

#include "compat.bpf.h"
#include "emit.bpf.h"
#include "gate.bpf.h"
#include "track.bpf.h"

/* True if the connection of p is inside, by namespace and filter or because it is followed. */
static __always_inline bool hm_drop_inside(struct hm_here *here, const struct hm_packet *p)
{
	__u32 way;
	int gate;

	if (!hm_netns_inside(here->netns))
		return false;
	gate = hm_gate(here->owner.pid, p);
	if (gate == 2 && !hm_track_find(p, &way))
		gate = 0;
	if (!gate)
		return false;
	here->now = bpf_ktime_get_boot_ns();
	return true;
}

/* kfree_skb. Whether the drop carries blame is user space's to say: many frees are harmless. */
static __always_inline int hm_see_drop(struct sk_buff *skb, void *location, __u32 reason,
				       struct sock *rx_sk)
{
	struct hm_here here = { .hook = HM_HOOK_DROP };
	struct hm_packet p = {};
	struct hm_rec *r;

	if (hm_parse_skb(skb, &p) || p.what_proto != HM_PKT_TCP)
		return 0;
	here.netns = hm_skb_netns(skb, rx_sk);
	if (!hm_drop_inside(&here, &p))
		return 0;
	r = hm_start(HM_WHAT_DROP, &here, &p);
	if (!r)
		return 0;
	r->drop.location = (__u64)location;
	r->drop.reason = reason;
	r->drop.flags = p.tcp_flags;
	if (rx_sk && BPF_CORE_READ(rx_sk, __sk_common.skc_state) == HM_STATE_LISTEN) {
		r->drop.rx_listener = 1;
		r->drop.backlog = BPF_CORE_READ(rx_sk, sk_ack_backlog);
		r->drop.backlog_max = BPF_CORE_READ(rx_sk, sk_max_ack_backlog);
	}
	hm_send(r);
	return 0;
}

/*
 * tcp_send_reset. skb is the packet that provoked it, or NULL on an active close, which comes
 * after the RST is on the wire and with skc_num cleared already: inet_sport still holds the port.
 */
static __always_inline int hm_see_reset(const struct sock *sk, struct sk_buff *skb, __u32 reason)
{
	struct hm_here here = { .hook = HM_HOOK_DROP };
	struct hm_packet p = {}, provoker = {};
	struct hm_rec *r;

	if (skb) {
		if (hm_parse_skb(skb, &provoker) || provoker.what_proto != HM_PKT_TCP)
			return 0;
		hm_tuple_mirror(&p.tuple, &provoker.tuple);
		here.netns = hm_skb_netns(skb, NULL);
	} else if (sk && hm_sk_is_inet(&sk->__sk_common)) {
		hm_sk_tuple(&sk->__sk_common, hm_sk_sport(sk), &p.tuple);
		here.netns = sk->__sk_common.skc_net.net->ns.inum;
	} else {
		return 0;
	}
	p.what_proto = HM_PKT_TCP;
	p.tcp_flags = HM_TCP_RST;
	p.family = hm_tuple_family(&p.tuple);
	if (!hm_drop_inside(&here, skb ? &provoker : &p)) /* behind NAT only its SYN is known */
		return 0;
	r = hm_start(HM_WHAT_RESET, &here, &p);
	if (!r)
		return 0;
	r->drop.reason = reason;
	r->drop.flags = HM_TCP_RST;
	hm_send(r);
	return 0;
}

/* A retransmission: of sk's own segment, or of a SYN-ACK for the request req of listener sk. */
static __always_inline int hm_see_retransmit(const struct sock *sk, const struct sock_common *ends,
					     __be16 sport, bool synack)
{
	struct hm_here here = { .hook = HM_HOOK_DROP };
	struct hm_packet p = {};
	struct hm_rec *r;

	if (!hm_sk_is_inet(ends))
		return 0;
	hm_sk_tuple(ends, sport, &p.tuple);
	here.netns = ends->skc_net.net->ns.inum;
	p.what_proto = HM_PKT_TCP;
	p.tcp_flags = HM_TCP_ACK;
	p.family = hm_tuple_family(&p.tuple);
	if (!hm_drop_inside(&here, &p))
		return 0;
	r = hm_start(HM_WHAT_RETRANS, &here, &p);
	if (!r)
		return 0;
	r->retrans.sk_state = sk->__sk_common.skc_state;
	r->retrans.synack = synack;
	if (synack) {
		r->retrans.backlog = sk->sk_ack_backlog;
		r->retrans.backlog_max = sk->sk_max_ack_backlog;
	}
	hm_send(r);
	return 0;
}

/* icmp_send: this kernel answers a packet of ours with an ICMP error (IPv4). */
static __always_inline int hm_see_icmp_sent(struct sk_buff *skb, int type, int code)
{
	struct hm_here here = { .hook = HM_HOOK_DROP };
	struct hm_packet p = {};
	struct hm_rec *r;

	if (hm_parse_skb(skb, &p) || p.what_proto != HM_PKT_TCP)
		return 0;
	here.netns = hm_skb_netns(skb, NULL);
	if (!hm_drop_inside(&here, &p))
		return 0;
	r = hm_start(HM_WHAT_ICMP, &here, &p);
	if (!r)
		return 0;
	r->icmp.type = type;
	r->icmp.code = code;
	r->icmp.family = 4;
	hm_send(r);
	return 0;
}

#endif
