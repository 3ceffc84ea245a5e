/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who else is at the hooks of our interfaces, in order, written by the bpf_link iterator when user
 * space asks. The kernel tells that otherwise only to those with CAP_NET_ADMIN (bpf_prog_query()),
 * and only root the names; this works after rights are dropped.
 */
#ifndef CHAINS_BPF_H
#define CHAINS_BPF_H

#include "compat.bpf.h"

#define HM_LINK_TYPE_TCX 11 /* BPF_LINK_TYPE_TCX, newer than Debian 12's headers (Linux 6.6) */
#define HM_CHAIN_MAX 64 /* BPF_MPROG_MAX: kernel/bpf/mprog.c */
#define HM_XDP_MODES 3

/* rec: filled but for what is the program's own. */
static __always_inline int hm_tell_prog(struct seq_file *seq, struct hm_chain_rec *rec,
					struct bpf_link *link, struct bpf_prog *prog)
{
	rec->prog_id = BPF_CORE_READ(prog, aux, id);
	rec->own = prog == link->prog;
	BPF_CORE_READ_INTO(&rec->tag, prog, tag);
	BPF_CORE_READ_INTO(&rec->name, prog, aux, name);
	return bpf_seq_write(seq, rec, sizeof(*rec)) != 0;
}

static __always_inline bool hm_in_chain(const struct bpf_mprog_entry *chain,
					const struct bpf_prog *prog)
{
	int i;

	for (i = 0; chain && i < HM_CHAIN_MAX; i++)
		if (BPF_CORE_READ(chain, fp_items[i].prog) == prog)
			return true;
	return false;
}

static __always_inline int hm_tell_chain(struct seq_file *seq, struct hm_chain_rec *rec,
					 struct bpf_link *link,
					 const struct bpf_mprog_entry *chain)
{
	int i;

	for (i = 0; i < HM_CHAIN_MAX; i++) {
		struct bpf_prog *prog = BPF_CORE_READ(chain, fp_items[i].prog);

		if (!prog)
			return 0;
		if (hm_tell_prog(seq, rec, link, prog))
			return 1;
	}
	return 0;
}

/* One place for each mode; a program attached by link stands in the link. */
static __always_inline int hm_tell_xdp(struct seq_file *seq, struct hm_chain_rec *rec,
				       struct bpf_link *link, struct net_device *dev)
{
	int i;

	rec->hook = HM_HOOK_XDP;
	for (i = 0; i < HM_XDP_MODES; i++) {
		struct bpf_prog *prog = BPF_CORE_READ(dev, xdp_state[i].prog);

		if (!prog)
			prog = BPF_CORE_READ(dev, xdp_state[i].link, link.prog);
		if (prog && hm_tell_prog(seq, rec, link, prog))
			return 1;
	}
	return 0;
}

/* "hm_tc_in" and the others that hopmark attaches to interfaces. */
static __always_inline bool hm_is_hopmark(struct bpf_prog *prog)
{
	char name[16];

	BPF_CORE_READ_INTO(&name, prog, aux, name);
	return name[0] == 'h' && name[1] == 'm' && name[2] == '_' && name[3] == 't' &&
	       name[4] == 'c';
}

static __always_inline int hm_list_chain(struct bpf_iter__bpf_link *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct bpf_link *link = ctx->link;
	struct bpf_mprog_entry *chain;
	struct hm_chain_rec rec;
	struct net_device *dev;
	__u8 hook = HM_HOOK_TC_IN;

	if (!link || link->type != HM_LINK_TYPE_TCX ||
	    !(hm_cfg.all_chains || hm_is_hopmark(link->prog)))
		return 0;
	dev = BPF_CORE_READ((struct tcx_link *)link, dev);
	if (!dev) /* the interface is gone */
		return 0;
	__builtin_memset(&rec, 0, sizeof(rec));
	rec.link_id = link->id;
	rec.netns = BPF_CORE_READ(dev, nd_net.net, ns.inum);
	rec.ifindex = BPF_CORE_READ(dev, ifindex);
	chain = BPF_CORE_READ(dev, tcx_ingress);
	if (!hm_in_chain(chain, link->prog)) {
		chain = BPF_CORE_READ(dev, tcx_egress);
		hook = HM_HOOK_TC_OUT;
		if (!hm_in_chain(chain, link->prog))
			return 0;
	}
	if (hook == HM_HOOK_TC_IN && hm_tell_xdp(seq, &rec, link, dev))
		return 1;
	rec.hook = hook;
	return hm_tell_chain(seq, &rec, link, chain);
}

#endif
