/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The gate: which namespaces and connections are inside. Comes before everything that costs.
 */
#ifndef GATE_BPF_H
#define GATE_BPF_H

#include "hm_filter.h"
#include "maps.bpf.h"

/* A network namespace that is watched. */
static __always_inline bool hm_netns_inside(__u32 inum)
{
	return bpf_map_lookup_elem(&hm_netns, &inum);
}

/*
 * A SYN outside the filter still is inside when NAT gave its connection another tuple (the initial
 * sequence number stays), or when a reader of the marker opens it. From the first such connection
 * on, packets outside the filter cost a lookup.
 */
static __always_inline bool hm_syn_followed(__u32 pid, const struct hm_packet *p)
{
	__u32 isn = p->seq;

	if (!bpf_map_lookup_elem(&hm_isns, &isn) &&
	    !(pid && bpf_map_lookup_elem(&hm_readers, &pid)))
		return false;
	hm_followed = 1;
	return true;
}

static __always_inline bool hm_is_syn(const struct hm_packet *p)
{
	return (p->tcp_flags & (HM_TCP_SYN | HM_TCP_ACK)) == HM_TCP_SYN;
}

/*
 * 1 inside by the filter, 2 perhaps inside (only if its leg is known already), 0 outside. pid: who
 * sent it, 0: not known.
 */
static __always_inline int hm_gate(__u32 pid, const struct hm_packet *p)
{
	if (hm_filter_match(&hm_cfg.filter, &p->tuple))
		return 1;
	if (p->what_proto == HM_PKT_TCP && hm_is_syn(p) && hm_syn_followed(pid, p))
		return 1;
	return hm_followed ? 2 : 0;
}

#endif
