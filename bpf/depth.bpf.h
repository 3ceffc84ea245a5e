/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * --depth: of each turn only the first bytes are searched. Called by see.bpf.h. Bytes are counted
 * from where the turn began, not compared by sequence number: a turn may be longer than all of
 * these.
 *
 * What is left out never lies in a gap (holes.bpf.h): one that begins within the depth belongs to
 * what is searched, whenever it comes; one that begins beyond is left out as a whole.
 */
#ifndef DEPTH_BPF_H
#define DEPTH_BPF_H

#include "emit.bpf.h"
#include "order.bpf.h"
#include "turn.bpf.h"

/* Part of it may lie in a gap. */
static __always_inline bool hm_may_be_late(const struct hm_way *w, const struct hm_packet *p)
{
#ifdef HM_OLD_KERNEL
	return false; /* there such a part is searched by itself only */
#else
	return w->holes && (__s32)(w->next_seq - p->seq) > 0;
#endif
}

/* All that is new in this packet is beyond the depth, and there is nothing else in it to search. */
static __always_inline bool hm_is_beyond(const struct hm_way *w, const struct hm_packet *p)
{
	return hm_cfg.depth && w->turned >= hm_cfg.depth &&
	       hm_is_new(w, p->seq + p->payload_len) && !hm_may_be_late(w, p);
}

/*
 * Leaves out all that is new in this packet: counted, told, and what comes after it is not joined
 * to what came before.
 */
HM_GLOBAL int hm_leave_out(struct hm_here *here, const struct hm_packet *p, struct hm_way *w)
{
	struct hm_rec *r;
	__u64 now;

	if (!here || !p || !w)
		return 0;
	w->tail.len = 0;
	if ((__s32)(w->next_seq - p->seq) < 0)
		hm_done_from(w, w->next_seq);
	hm_count_by(HM_CNT_UNSEARCHED, p->seq + p->payload_len - w->next_seq);
	now = hm_coarse_ns();
	if (now - w->unsearched_ns < HM_UNSEARCHED_NS)
		return 0;
	w->unsearched_ns = now;
	r = hm_start(HM_WHAT_UNSEARCHED, here, p);
	if (r)
		hm_send(r);
	return 0;
}

/* Of a packet with new bytes up to end, before next_seq is moved on. */
static __always_inline void hm_count_turn(struct hm_way *w, __u32 end)
{
	if (hm_cfg.depth && w->turned < hm_cfg.depth)
		w->turned += end - w->next_seq;
}

#endif
