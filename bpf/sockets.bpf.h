/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The sockets of every process, written by the task_file iterator when user space asks: listeners
 * with their queues, and connections with what is read. Works in every namespace, after rights
 * are dropped.
 */
#ifndef SOCKETS_BPF_H
#define SOCKETS_BPF_H

#include "compat.bpf.h"

static __always_inline int hm_list_socket(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct hm_sock_rec rec;
	struct socket *socket;
	struct sock *sk;

	if (!task || !file)
		return 0;
	socket = bpf_sock_from_file(file);
	if (!socket)
		return 0;
	sk = socket->sk;
	if (!sk || !hm_sk_is_inet(&sk->__sk_common) || sk->sk_protocol != 6 || sk->sk_type != 1)
		return 0;
	__builtin_memset(&rec, 0, sizeof(rec));
	hm_sk_tuple(&sk->__sk_common, bpf_htons(sk->__sk_common.skc_num), &rec.tuple);
	rec.netns = sk->__sk_common.skc_net.net->ns.inum;
	rec.pid = task->tgid;
	bpf_probe_read_kernel(rec.comm, sizeof(rec.comm), task->comm);
	rec.inode = file->f_inode->i_ino;
	rec.state = sk->__sk_common.skc_state;
	rec.family = sk->__sk_common.skc_family == AF_INET6 ? 6 : 4;
	rec.v6only = BPF_CORE_READ_BITFIELD(&sk->__sk_common, skc_ipv6only);
	if (rec.state == HM_STATE_LISTEN) {
		rec.backlog = sk->sk_ack_backlog;
		rec.backlog_max = sk->sk_max_ack_backlog;
	} else {
		rec.copied_seq = BPF_CORE_READ((struct tcp_sock *)sk, copied_seq);
		rec.rcv_nxt = BPF_CORE_READ((struct tcp_sock *)sk, rcv_nxt);
	}
	return bpf_seq_write(ctx->meta->seq, &rec, sizeof(rec)) != 0;
}

#endif
