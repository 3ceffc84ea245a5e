// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * hopmark's kernel side: every SEC() program, each a few lines around the shared pipeline.
 * Observers only: they return XDP_PASS, TC_ACT_UNSPEC (the next program decides) or 1, and never
 * write to a packet. Loaded and attached by user/loader.c.
 */
#include "hm_types.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "app.bpf.h"
#include "chains.bpf.h"
#include "compat.bpf.h"
#include "drop.bpf.h"
#include "outside.bpf.h"
#include "see.bpf.h"
#include "sockets.bpf.h"
#include "symbols.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define TC_ACT_UNSPEC (-1) /* also TCX_NEXT: include/uapi/linux/pkt_cls.h, bpf.h */
#define HM_CGROUP_PASS 1

/* A packet at an interface, parsed into p with result err. */
static __always_inline void hm_device(const struct hm_bytes *b, __u32 hook, __u32 ifindex, int err,
				      struct hm_packet *p)
{
	struct hm_counters *counts = hm_counters();
	enum hm_counter as;
	int gate;

	hm_count_device(ifindex, hook);
	if (!counts)
		return;
	gate = hm_admit(err, p, 0, &as);
	counts->n[HM_CNT_SEEN]++; /* not hm_add(): nobody interrupts this, see count.bpf.h */
	if (!gate)
		counts->n[as]++;
	if (gate) {
		struct hm_here here = { .hook = hook, .ifindex = ifindex, .netns = hm_cfg.netns };
		const struct hm_listener none = {};

		if (hm_see_inside(gate, &here, counts, b, p, &none) && !HM_WAYS_ARE_DEAR)
			hm_leave_note(p, here.busy);
	}
}

/* A packet that hm_is_outside() told, counted as hm_device() does. */
static __always_inline void hm_device_outside(__u32 hook, __u32 ifindex)
{
	struct hm_counters *counts = hm_counters();

	hm_count_device(ifindex, hook);
	if (!counts)
		return;
	counts->n[HM_CNT_SEEN]++;
	counts->n[HM_CNT_FILTERED]++;
}

static __always_inline void hm_tc_look(struct __sk_buff *skb, struct hm_bytes *b, __u32 hook,
				       int eth)
{
	struct hm_packet p = {};
	struct hm_walk w;
	int err = 0;

	if (!hm_parse_fast(b, eth, &p, &w, &err))
		err = eth ? hm_parse_frame(skb, &p) : hm_parse_l3(skb, &p);
	hm_device(b, hook, skb->ifindex, hm_forget(err), &p);
}

static __always_inline int hm_tc(struct __sk_buff *skb, __u32 hook, int eth)
{
	struct hm_bytes b = { .ctx = skb, .kind = HM_CTX_SKB, .len = skb->len };

	if (hm_is_outside(&b, eth))
		hm_device_outside(hook, skb->ifindex);
	else
		hm_tc_look(skb, &b, hook, eth);
	return TC_ACT_UNSPEC;
}

static __always_inline void hm_xdp_look(struct xdp_md *ctx, struct hm_bytes *b)
{
	struct hm_packet p = {};
	struct hm_walk w;
	int err = 0;

	if (!hm_parse_fast(b, 1, &p, &w, &err))
		err = hm_parse_xdp(ctx, &p);
	hm_device(b, HM_HOOK_XDP, ctx->ingress_ifindex, err, &p);
}

SEC("xdp.frags")
int hm_xdp(struct xdp_md *ctx)
{
	struct hm_bytes b = { .ctx = ctx, .kind = HM_CTX_XDP, .len = bpf_xdp_get_buff_len(ctx) };

	if (hm_is_outside(&b, 1))
		hm_device_outside(HM_HOOK_XDP, ctx->ingress_ifindex);
	else
		hm_xdp_look(ctx, &b);
	return XDP_PASS;
}

SEC("tc")
int hm_tc_in(struct __sk_buff *skb)
{
	return hm_tc(skb, HM_HOOK_TC_IN, 1);
}

SEC("tc")
int hm_tc_out(struct __sk_buff *skb)
{
	return hm_tc(skb, HM_HOOK_TC_OUT, 1);
}

/* Devices without an Ethernet header: tun, ipip, wireguard ... */
SEC("tc")
int hm_tc_in_l3(struct __sk_buff *skb)
{
	return hm_tc(skb, HM_HOOK_TC_IN, 0);
}

SEC("tc")
int hm_tc_out_l3(struct __sk_buff *skb)
{
	return hm_tc(skb, HM_HOOK_TC_OUT, 0);
}

/* Namespace of the socket of a cgroup_skb program, full, half open or in TIME_WAIT; 0: none. */
static __always_inline __u32 hm_socket_netns(struct bpf_sock *sk)
{
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(sk);
	struct tcp_request_sock *req;
	struct tcp_timewait_sock *tw;

	if (tcp)
		return ((struct sock *)tcp)->__sk_common.skc_net.net->ns.inum;
	req = bpf_skc_to_tcp_request_sock(sk);
	if (req)
		return ((struct sock_common *)req)->skc_net.net->ns.inum;
	tw = bpf_skc_to_tcp_timewait_sock(sk);
	if (tw)
		return ((struct sock_common *)tw)->skc_net.net->ns.inum;
	return 0;
}

static __always_inline void hm_listener_of(struct bpf_sock *sk, struct hm_listener *l)
{
	struct tcp_sock *tcp;

	if (sk->state != HM_STATE_LISTEN)
		return;
	tcp = bpf_skc_to_tcp_sock(sk);
	if (!tcp)
		return;
	l->valid = 1;
	l->backlog = ((struct sock *)tcp)->sk_ack_backlog;
	l->backlog_max = ((struct sock *)tcp)->sk_max_ack_backlog;
	l->requests = ((struct inet_connection_sock *)tcp)->icsk_accept_queue.qlen.counter;
}

/* Process that opened a socket or read from it last; *to stays as it is when not known. */
static __always_inline void hm_owner_of(struct __sk_buff *skb, struct hm_owner *to)
{
	__u64 cookie = bpf_get_socket_cookie(skb);
	struct hm_owner *owner = bpf_map_lookup_elem(&hm_owners, &cookie);

	if (owner)
		*to = *owner;
}

/*
 * A connection outside the filter, and who opens it is not known any more: by a reader it would be
 * followed.
 */
static __always_inline bool hm_opens_unknown(__u32 hook, int gate, const struct hm_packet *p,
					     const struct hm_owner *owner)
{
	return hm_reading && hook == HM_HOOK_SOCK_OUT && gate != 1 && !owner->pid &&
	       p->what_proto == HM_PKT_TCP && hm_is_syn(p);
}

/* A packet with its socket, at the root of the cgroups: of every namespace. */
static __always_inline void hm_socket(struct __sk_buff *skb, __u32 hook)
{
	struct hm_bytes b = { .ctx = skb, .kind = HM_CTX_SKB, .len = skb->len };
	struct hm_here here = { .hook = hook };
	struct bpf_sock *sk = skb->sk; /* read once: a second read gives another maybe-NULL */
	struct hm_listener listener = {};
	struct hm_counters *counts = hm_counters();
	struct hm_packet p = {};
	enum hm_counter as;
	int gate, err;

	if (!sk || !counts)
		return;
	if (hm_is_outside_socket(skb)) {
		hm_add(counts, HM_CNT_SEEN);
		hm_add(counts, HM_CNT_FILTERED);
		return;
	}
	err = hm_forget(hm_parse_l3(skb, &p));
	if (!err && hook == HM_HOOK_SOCK_OUT &&
	    (hm_is_syn(&p) || (HM_WAYS_ARE_DEAR && p.payload_len)))
		hm_owner_of(skb, &here.owner);
	gate = hm_admit(err, &p, here.owner.pid, &as);
	if (hm_opens_unknown(hook, gate, &p, &here.owner) &&
	    hm_netns_inside(hm_socket_netns(sk)))
		hm_add(counts, HM_CNT_LOST_NOTE);
	if (gate) {
		here.netns = hm_socket_netns(sk);
		if (!hm_netns_inside(here.netns)) {
			as = HM_CNT_FILTERED;
			gate = 0;
		}
	}
	hm_add(counts, HM_CNT_SEEN);
	if (!gate) {
		hm_add(counts, as);
		return;
	}
	if (!HM_WAYS_ARE_DEAR && hook == HM_HOOK_SOCK_OUT && p.payload_len)
		hm_owner_of(skb, &here.owner);
	if (hook == HM_HOOK_SOCK_IN) {
		if (hm_is_syn(&p))
			hm_listener_of(sk, &listener);
		listener.valid = hm_forget(listener.valid);
		listener.backlog = hm_forget(listener.backlog);
		listener.backlog_max = hm_forget(listener.backlog_max);
		listener.requests = hm_forget(listener.requests);
	}
	hm_see_inside(gate, &here, counts, &b, &p, &listener);
}

SEC("cgroup_skb/ingress")
int hm_sock_in(struct __sk_buff *skb)
{
	hm_socket(skb, HM_HOOK_SOCK_IN);
	return HM_CGROUP_PASS;
}

SEC("cgroup_skb/egress")
int hm_sock_out(struct __sk_buff *skb)
{
	hm_socket(skb, HM_HOOK_SOCK_OUT);
	return HM_CGROUP_PASS;
}

SEC("cgroup/connect4")
int hm_connect4(struct bpf_sock_addr *ctx)
{
	struct hm_packet p = { .family = 4, .what_proto = HM_PKT_TCP };

	hm_map_ip4(p.tuple.saddr, 0);
	hm_map_ip4(p.tuple.daddr, ctx->user_ip4);
	p.tuple.dport = ctx->user_port;
	hm_see_connect(ctx, &p);
	return HM_CGROUP_PASS;
}

SEC("cgroup/connect6")
int hm_connect6(struct bpf_sock_addr *ctx)
{
	struct hm_packet p = { .what_proto = HM_PKT_TCP };

	p.tuple.daddr[0] = ctx->user_ip6[0];
	p.tuple.daddr[1] = ctx->user_ip6[1];
	p.tuple.daddr[2] = ctx->user_ip6[2];
	p.tuple.daddr[3] = ctx->user_ip6[3];
	p.tuple.dport = ctx->user_port;
	p.family = hm_tuple_family(&p.tuple);
	hm_see_connect(ctx, &p);
	return HM_CGROUP_PASS;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(hm_no_port, const struct sock *sk, int from, int to)
{
	return from == HM_STATE_SYN_SENT && to == HM_STATE_CLOSE ? hm_see_no_port(sk) : 0;
}

SEC("tp_btf/tcp_rcv_space_adjust")
int BPF_PROG(hm_read, struct sock *sk)
{
	return hm_app_read(sk);
}

/*
 * COMMAND's tree grows: a child of a member is a member. Nobody tells when one ends, so a number
 * that was a member's once, and is given to somebody else's child, is struck off.
 */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(hm_fork, struct task_struct *parent, struct task_struct *child)
{
	__u32 from = parent->tgid, to = child->tgid, one = 1;

	if (from == to)
		return 0; /* a thread */
	if (bpf_map_lookup_elem(&hm_tree, &from))
		hm_remember(&hm_tree, &to, &one);
	else if (bpf_map_lookup_elem(&hm_tree, &to))
		bpf_map_delete_elem(&hm_tree, &to);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(hm_exit, struct task_struct *task)
{
	hm_see_exit(task);
	return 0;
}

SEC("tp_btf/kfree_skb")
int BPF_PROG(hm_kfree_skb, struct sk_buff *skb, void *location)
{
	return hm_see_drop(skb, location, hm_kfree_reason(ctx), hm_kfree_rx_sk(ctx));
}

SEC("tp_btf/tcp_send_reset")
int BPF_PROG(hm_send_reset, struct sock *sk, struct sk_buff *skb)
{
	return hm_see_reset(sk, skb, hm_reset_reason(ctx));
}

SEC("tp_btf/tcp_retransmit_skb")
int BPF_PROG(hm_retrans, struct sock *sk, struct sk_buff *skb)
{
	return hm_see_retransmit(sk, skb, &sk->__sk_common, hm_sk_sport(sk));
}

SEC("tp_btf/tcp_retransmit_synack")
int BPF_PROG(hm_retrans_sa, struct sock *sk, struct request_sock *req)
{
	return hm_see_retransmit(sk, NULL, &req->__req_common,
				 bpf_htons(req->__req_common.skc_num));
}

SEC("tp_btf/icmp_send")
int BPF_PROG(hm_icmp_send, struct sk_buff *skb, int type, int code)
{
	return hm_see_icmp_sent(skb, type, code);
}

SEC("iter/task_file")
int hm_sockets(struct bpf_iter__task_file *ctx)
{
	return hm_list_socket(ctx);
}

SEC("iter/bpf_link")
int hm_chains(struct bpf_iter__bpf_link *ctx)
{
	return hm_list_chain(ctx);
}

SEC("iter/bpf_map")
int hm_symbol(struct bpf_iter__bpf_map *ctx)
{
	return hm_tell_symbol(ctx);
}
