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

/*
 * Bytes behind una that the peer has told to have, by its last SACK, which tells four gaps at most.
 */
static __always_inline void hm_fill_sacked(struct hm_rec_retrans *r, const struct tcp_sock *tp,
					   __u32 una)
{
	struct tcp_sack_block block[4];
	__u32 i;

	BPF_CORE_READ_INTO(&block, tp, recv_sack_cache);
	for (i = 0; i < 4; i++) {
		__u32 len = block[i].end_seq - block[i].start_seq;

		if (!len || (__s32)(block[i].start_seq - una) < 0)
			continue; /* none, or of an earlier gap */
		r->sacked += len;
		r->gaps++;
	}
}

/* Length of the segments that skb, of the queue of what waits for its ACK, holds. */
static __always_inline __u32 hm_segment_len(const struct sk_buff *skb)
{
	const struct tcp_skb_cb *cb = (const void *)skb + bpf_core_field_offset(struct sk_buff, cb);

	return BPF_CORE_READ(cb, tcp_gso_segs) > 1 ? BPF_CORE_READ(cb, tcp_gso_size) :
						     BPF_CORE_READ(skb, len);
}

/*
 * The same of those right behind the first, if the peer has them. The queue is a red-black tree:
 * behind its leftmost node comes that one's right child, which has no left one, or its parent.
 */
static __always_inline __u32 hm_sacked_beside(const struct sk_buff *skb)
{
	const struct rb_node *node = BPF_CORE_READ(skb, rbnode.rb_right);
	const struct sk_buff *next;
	const struct tcp_skb_cb *cb;

	if (!node)
		node = (const struct rb_node *)(BPF_CORE_READ(skb, rbnode.__rb_parent_color) &
						~3UL);
	if (!node)
		return 0;
	next = (const void *)node - bpf_core_field_offset(struct sk_buff, rbnode);
	cb = (const void *)next + bpf_core_field_offset(struct sk_buff, cb);
	if (!(BPF_CORE_READ(cb, sacked) & 1)) /* TCPCB_SACKED_ACKED */
		return 0;
	return hm_segment_len(next);
}

/* What had come through when sk sent that segment again. */
static __always_inline void hm_fill_sent_again(struct hm_rec *r, const struct sock *sk,
					       const struct sk_buff *skb)
{
	const struct tcp_sock *tp = (const struct tcp_sock *)sk;
	__u32 una = BPF_CORE_READ(tp, snd_una);
	__u64 acked = BPF_CORE_READ(tp, bytes_acked);

	r->retrans.head = r->seq == una;
	r->retrans.acked = acked < ~0U ? acked : ~0U;
	hm_fill_sacked(&r->retrans, tp, una);
	if (r->retrans.head)
		r->retrans.beside = hm_sacked_beside(skb);
}

/*
 * A retransmission: of sk's own segment skb, or, skb NULL, of a SYN-ACK for a request of listener
 * sk.
 */
static __always_inline int hm_see_retransmit(const struct sock *sk, const struct sk_buff *skb,
					     const struct sock_common *ends, __be16 sport)
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
	if (skb) {
		p.seq = BPF_CORE_READ((const struct tcp_skb_cb *)skb->cb, seq);
		p.payload_len = hm_segment_len(skb);
	}
	r = hm_start(HM_WHAT_RETRANS, &here, &p);
	if (!r)
		return 0;
	r->retrans.sk_state = sk->__sk_common.skc_state;
	if (skb) {
		hm_fill_sent_again(r, sk, skb);
	} else {
		r->retrans.synack = 1;
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
