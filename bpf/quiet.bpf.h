/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Quiet packets: about which the hop that saw them first had nothing to tell, so that no later hop
 * has. A packet passes the hops of a host on one CPU and within microseconds; each CPU notes the
 * bytes and acknowledgements of its last flows that were quiet, and to the next hop they cost a
 * comparison instead of finding their leg.
 *
 * What is told once for each hop (hm_here.busy), or for each packet, and a closed window never is
 * quiet. A note holds for some milliseconds: long enough for a packet on its way, too short for
 * sequence numbers to come again, which are 4 GB away.
 */
#ifndef QUIET_BPF_H
#define QUIET_BPF_H

#include "emit.bpf.h"
#include "verifier.bpf.h"

#define HM_QUIET_JIFFIES 2ULL /* at 100 in a second 20 ms: 4 GB in that time are 1.7 Tbit/s */
#define HM_QUIET_SPAN (1U << 20) /* bytes and acknowledgements of one note; then it begins anew */

/* This CPU's note for the flow of p, or for another that has the same place. */
static __always_inline struct hm_quiet *hm_quiet_of(const struct hm_packet *p)
{
	__u32 key = (p->tuple.sport ^ p->tuple.dport ^ p->tuple.sport >> 8 ^ p->tuple.dport >> 8) %
		    HM_QUIETS;

	return bpf_map_lookup_elem(&hm_quiets, &key);
}

/* 0 if it is the note of this flow. */
static __always_inline __u32 hm_flow_differs(const struct hm_quiet *q, const struct hm_tuple *t)
{
	__u32 differs = (__u32)(q->tuple.sport ^ t->sport) | (__u32)(q->tuple.dport ^ t->dport);

#pragma GCC unroll 4
	for (int i = 0; i < 4; i++) {
		differs |= q->tuple.saddr[i] ^ t->saddr[i];
		differs |= q->tuple.daddr[i] ^ t->daddr[i];
	}
	return differs;
}

/* 1 if x is more than that, else 0. */
static __always_inline __u64 hm_exceeds(__u32 x, __u32 most)
{
	return ((__u64)most - x) >> 63;
}

/*
 * Only the programs of interfaces write notes, and nobody interrupts them (count.bpf.h). A program
 * of a socket may be interrupted by one while it reads: then it does not believe what it read. In
 * numbers, not in tests, each of which would be two more ways for the verifier.
 */
static __always_inline bool hm_is_quiet(const struct hm_packet *p)
{
	const struct hm_quiet *q = hm_quiet_of(p);
	const volatile struct hm_quiet *now = q;
	__u32 written, bytes, from;
	__u64 other;

	if (HM_WAYS_ARE_DEAR || !q || !p->window ||
	    p->tcp_flags & (HM_TCP_SYN | HM_TCP_FIN | HM_TCP_RST))
		return false;
	written = now->written;
	bytes = q->to - q->from;
	from = p->seq - q->from;
	other = hm_flow_differs(q, &p->tuple) | hm_exceeds(from, bytes) |
		hm_exceeds(from + p->payload_len, bytes) |
		hm_exceeds(p->ack - q->ack_from, q->ack_to - q->ack_from) |
		(HM_QUIET_JIFFIES - (bpf_jiffies64() - q->jiffies)) >> 63;
	return !(other | (now->written ^ written));
}

/* p was quiet: goes on from what was noted, or begins anew. */
static __always_inline void hm_note_quiet(const struct hm_packet *p)
{
	struct hm_quiet *q = hm_quiet_of(p);
	__u64 now = bpf_jiffies64();

	if (!q)
		return;
	q->written++;
	if (hm_flow_differs(q, &p->tuple) || p->seq != q->to || q->to - q->from > HM_QUIET_SPAN ||
	    p->ack - q->ack_from > HM_QUIET_SPAN || p->ack - q->ack_to > HM_QUIET_SPAN ||
	    now - q->jiffies > HM_QUIET_JIFFIES) {
		q->tuple = p->tuple;
		q->from = p->seq;
		q->ack_from = p->ack;
	}
	q->to = p->seq + p->payload_len;
	q->ack_to = p->ack;
	q->jiffies = now;
}

/* p was not quiet: what its flow has noted is forgotten. */
static __always_inline void hm_forget_quiet(const struct hm_packet *p)
{
	struct hm_quiet *q = hm_quiet_of(p);

	if (!q || hm_flow_differs(q, &p->tuple))
		return;
	q->written++;
	q->jiffies = 0;
}

/* For the hops behind this one. Not for programs of sockets: see hm_is_quiet(). */
HM_GLOBAL int hm_leave_note(const struct hm_packet *p, __u32 busy)
{
	if (!p)
		return 0;
	if (busy || !p->window)
		hm_forget_quiet(p);
	else
		hm_note_quiet(p);
	return 0;
}

#endif
