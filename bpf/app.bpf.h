/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What processes do: connect(2), and reading what came. Process context, so current is the doer. */
#ifndef APP_BPF_H
#define APP_BPF_H

#include "compat.bpf.h"
#include "emit.bpf.h"
#include "gate.bpf.h"
#include "marker.bpf.h"
#include "track.bpf.h"

#define SOCK_STREAM 1
#define IPPROTO_TCP 6

static __always_inline void hm_current(struct hm_owner *owner)
{
	__builtin_memset(owner, 0, sizeof(*owner));
	owner->pid = bpf_get_current_pid_tgid() >> 32;
	owner->in_tree = bpf_map_lookup_elem(&hm_tree, &owner->pid) != NULL;
	bpf_get_current_comm(owner->comm, sizeof(owner->comm));
}

/*
 * connect(2) on a TCP socket, before there is a route or a source port: remembers who opens the
 * connection, and tells it, because without a route no packet will ever be seen.
 */
static __always_inline int hm_see_connect(struct bpf_sock_addr *ctx, const struct hm_packet *p)
{
	struct hm_here here = { .hook = HM_HOOK_APP };
	struct hm_owner *owner = &here.owner;
	struct bpf_sock *sk = ctx->sk;
	struct tcp_sock *tcp;
	__u64 cookie;

	if (!sk || ctx->type != SOCK_STREAM || ctx->protocol != IPPROTO_TCP)
		return 0;
	tcp = bpf_skc_to_tcp_sock(sk);
	if (!tcp)
		return 0;
	here.netns = ((struct sock *)tcp)->__sk_common.skc_net.net->ns.inum;
	if (!hm_netns_inside(here.netns))
		return 0;
	hm_current(owner);
	if (owner->pid == hm_cfg.self_pid)
		return 0;
	cookie = bpf_get_socket_cookie(ctx);
	hm_remember(&hm_owners, &cookie, owner);
	if (!hm_filter_run(&p->tuple, p->family) &&
	    !bpf_map_lookup_elem(&hm_readers, &owner->pid))
		return 0;
	here.now = bpf_ktime_get_boot_ns();
	return hm_tell(HM_WHAT_CONNECT, &here, p);
}

/*
 * A socket was closed on its way to a SYN, in connect(2). Without a port there was none to be had:
 * the route is found before, and what fails later has one, in inet_sport, also when it has given it
 * back. The tuple is that of hm_see_connect(), for the filter as for user space.
 */
static __always_inline int hm_see_no_port(const struct sock *sk)
{
	struct hm_here here = { .hook = HM_HOOK_APP };
	struct hm_packet p = { .what_proto = HM_PKT_TCP };

	if (!hm_sk_is_inet(&sk->__sk_common) || hm_sk_sport(sk))
		return 0;
	here.netns = sk->__sk_common.skc_net.net->ns.inum;
	if (!hm_netns_inside(here.netns))
		return 0;
	hm_sk_tuple(&sk->__sk_common, 0, &p.tuple);
	p.family = hm_tuple_family(&p.tuple);
	__builtin_memset(p.tuple.saddr, 0, sizeof(p.tuple.saddr));
	if (p.family == 4)
		hm_map_ip4(p.tuple.saddr, 0);
	hm_current(&here.owner);
	if (!hm_filter_run(&p.tuple, p.family) &&
	    !bpf_map_lookup_elem(&hm_readers, &here.owner.pid))
		return 0;
	here.now = bpf_ktime_get_boot_ns();
	return hm_tell(HM_WHAT_NO_PORT, &here, &p);
}

/* Tells a read; mark NULL: the leg's first read. */
static __always_inline void hm_tell_read(struct hm_here *here, const struct hm_packet *p,
					 const struct hm_mark *mark)
{
	struct hm_rec *r = hm_start(HM_WHAT_READ, here, p);

	if (!r)
		return;
	if (mark)
		hm_fill_mark(&r->marker, mark);
	else
		r->marker.id = 255;
	hm_send(r);
}

/*
 * What this process connects to is followed from now on. A global function: checked once by itself,
 * not for each mark and each way through those before it.
 */
__noinline int hm_remember_reader(__u32 pid, __u64 now)
{
	hm_remember(&hm_readers, &pid, &now);
	hm_reading = 1;
	return 0;
}

/*
 * A process has read: copied_seq of its socket moved. p holds the tuple in the direction of the
 * bytes, from the peer to the reader.
 */
static __always_inline void hm_see_read(struct sock *sk, struct hm_track *track, __u32 way,
					struct hm_here *here, struct hm_packet *p)
{
	struct hm_way *w = &track->way[way & 1];
	__u32 copied = BPF_CORE_READ((struct tcp_sock *)sk, copied_seq);
	__u32 pid = here->owner.pid;
	int i;

	p->seq = copied;
	if (!track->told_read) {
		track->told_read = 1;
		hm_tell_read(here, p, NULL);
	}
	for (i = 0; i < HM_MARKS; i++) {
		struct hm_mark *m = &w->mark[i];

		if (!m->used || m->read || (__s32)(copied - m->end_seq) < 0)
			continue;
		m->read = 1;
		hm_remember_reader(pid, here->now);
		hm_tell_read(here, p, m);
	}
}

/* True if something about this leg has not been told yet: what most reads fail, cheaply. */
static __always_inline bool hm_read_matters(const struct hm_track *track, __u32 way)
{
	const struct hm_way *w = &track->way[way & 1];
	int i;

	if (!track->told_read)
		return true;
	if (!w->mark_count)
		return false;
	for (i = 0; i < HM_MARKS; i++)
		if (w->mark[i].used && !w->mark[i].read)
			return true;
	return false;
}

/* tcp_rcv_space_adjust: after recv, splice and truncating reads, with copied_seq moved on. */
static __always_inline int hm_app_read(struct sock *sk)
{
	struct hm_here here = { .hook = HM_HOOK_APP };
	struct hm_packet p = {};
	struct hm_tuple local;
	struct hm_track *track;
	__u64 cookie;
	__u32 way;
	__u16 num;

	if (!hm_sk_is_inet(&sk->__sk_common))
		return 0;
	here.netns = sk->__sk_common.skc_net.net->ns.inum;
	if (!hm_netns_inside(here.netns))
		return 0;
	/*
	 * Of a closed socket, from which what had come can still be read, only inet_sport says it.
	 */
	num = sk->__sk_common.skc_num;
	hm_sk_tuple(&sk->__sk_common, num ? bpf_htons(num) : hm_sk_sport(sk), &local);
	hm_tuple_mirror(&p.tuple, &local);
	if (!HM_WAYS_ARE_DEAR && !hm_followed &&
	    !hm_filter_near(&p.tuple, hm_tuple_family(&p.tuple)))
		return 0;
	track = hm_track_find(&p, &way);
	if (!track || !hm_read_matters(track, way))
		return 0;
	hm_current(&here.owner);
	cookie = hm_sk_cookie(sk);
	if (cookie)
		hm_remember(&hm_owners, &cookie, &here.owner);
	here.now = bpf_ktime_get_boot_ns();
	p.family = hm_tuple_family(&p.tuple);
	hm_see_read(sk, track, way, &here, &p);
	return 0;
}

/* A thread has ended; with the last one the process's number is free, soon for a stranger. */
static __always_inline void hm_see_exit(const struct task_struct *task)
{
	__u32 pid = task->tgid;

	if (task->signal->live.counter)
		return;
	bpf_map_delete_elem(&hm_tree, &pid);
	bpf_map_delete_elem(&hm_readers, &pid);
}

#endif
