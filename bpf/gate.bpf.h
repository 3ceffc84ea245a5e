/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The gate: which namespaces and connections are inside. Comes before everything that costs.
 */
#ifndef GATE_BPF_H
#define GATE_BPF_H

#include "hm_filter.h"
#include "isn.bpf.h"
#include "verifier.bpf.h"

#define HM_STRING_OF(x) #x
#define HM_STRING(x) HM_STRING_OF(x)

/*
 * 1 if a connection with this tuple and family (4 or 6) is inside the filter, else 0. Room for the
 * filter: the loader writes it over these instructions. As they stand everything is inside; the
 * verifier takes them out.
 */
HM_GLOBAL int hm_filter_run(const struct hm_tuple *t, __u32 family)
{
	int inside = 1;

	asm volatile(".rept " HM_STRING(HM_FILTER_INSNS) "\n\tgoto +0\n\t.endr"
		     : "+r"(inside)
		     : "r"(t), "r"(family)
		     : "memory");
	return inside;
}

/* The same without a call, which where returns are guarded costs more than a short filter. */
static __always_inline int hm_filter_near(const struct hm_tuple *t, __u64 family)
{
	int inside;

	asm volatile("r1 = %[t]\n\t"
		     "r2 = %[family]\n"
		     "hm_filter_near_%=:\n\t" /* by this symbol the loader finds it */
		     "r0 = " HM_STRING(HM_FILTER_ASK) "\n\t"
		     ".rept " HM_STRING(HM_FILTER_NEAR) " - 1\n\tgoto +0\n\t.endr\n\t"
		     "%[inside] = r0"
		     : [inside] "=r"(inside)
		     : [t] "r"(t), [family] "r"(family)
		     : "r0", "r1", "r2", "r3", "r4", "r5", "memory");
	return inside == HM_FILTER_ASK ? hm_filter_run(t, family) : inside;
}

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
	if (!hm_isn_known(p->seq) && !(pid && bpf_map_lookup_elem(&hm_readers, &pid)))
		return false;
	hm_followed = 1;
	return true;
}

/*
 * True: the filter does not take this SYN, which has passed the gate. Not asked of the old
 * verifier.
 */
static __always_inline bool hm_is_followed(const struct hm_packet *p)
{
	return !HM_WAYS_ARE_DEAR && !hm_filter_run(&p->tuple, p->family);
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
	if (hm_filter_near(&p->tuple, p->family))
		return 1;
	if (p->what_proto == HM_PKT_TCP && hm_is_syn(p) && hm_syn_followed(pid, p))
		return 1;
	return hm_followed ? 2 : 0;
}

#endif
