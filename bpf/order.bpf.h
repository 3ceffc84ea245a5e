/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The bytes of a direction are searched in the order of their numbers, one packet at a time: where
 * they begin, and which CPU is at it. Called by see.bpf.h.
 */
#ifndef ORDER_BPF_H
#define ORDER_BPF_H

#include "marker.bpf.h"

/* So many packets may never be searched: a marker that is not seen may have been in them. */
static __always_inline void hm_count_passed_by(__u64 by)
{
	struct hm_counters *c = hm_counters();

	if (!c || !hm_cfg.needles.count)
		return;
	__sync_fetch_and_add(&c->n[HM_CNT_PARTLY], by);
	__sync_fetch_and_add(&c->n[HM_CNT_LOST_NOTE], by);
}

#ifndef HM_OLD_KERNEL

/* hm_wait_turn(): so long, and times it looks at most */
#define HM_TURN_NS 30000
#define HM_TURNS 256

/*
 * p is left to the next hop. Only the last HM_LEFT are remembered, and so may be known as searched
 * later. Without markers nothing is missed by that.
 */
HM_GLOBAL int hm_leave_to_next(struct hm_here *here, const struct hm_packet *p, struct hm_way *w)
{
	if (!here || !p || !w)
		return 0;
	here->busy = 1;
	if (!hm_cfg.needles.count)
		return 0;
	hm_count(HM_CNT_LEFT);
	hm_publish(&w->left[hm_take_number(&w->left_count) & (HM_LEFT - 1)],
		   p->seq + p->payload_len);
	return 0;
}

/* Where that begins which the turn that goes on will have done with. */
static __always_inline void hm_done_from(struct hm_way *w, __u32 from)
{
	w->done_from = from;
}

/*
 * What lies between done_from and end is done with, and so is what was left and ends there: it may
 * have come in other pieces since.
 */
HM_GLOBAL int hm_take_left(struct hm_way *w, __u32 end)
{
	__u32 i, left;

	if (!w)
		return 0;
	for (i = 0; i < HM_LEFT; i++) {
		left = w->left[i];
		if (left && left - w->done_from - 1 < end - w->done_from &&
		    __sync_val_compare_and_swap(&w->left[i], left, 0) == left)
			hm_count(HM_CNT_LEFT_SEARCHED);
	}
	return 0;
}

static __always_inline bool hm_has_left(const struct hm_way *w)
{
	return w->left[0] | w->left[1] | w->left[2] | w->left[3];
}

/* Other numbers begin: what was left stays so. */
static __always_inline void hm_forget_left(struct hm_way *w)
{
	w->left[0] = w->left[1] = w->left[2] = w->left[3] = 0;
}

static __always_inline bool hm_turn_begins(struct hm_way *w)
{
	__u32 turn = *(volatile __u32 *)&w->busy;

	return !(turn & 1) && __sync_val_compare_and_swap(&w->busy, turn, turn + 1) == turn;
}

/*
 * Waits until the CPU that searches has come to the end of its packet, HM_TURN_NS at most, which is
 * what a packet of 64 KB takes: longer only where that CPU was interrupted. 1: this one searches.
 */
HM_GLOBAL int hm_wait_turn(struct hm_way *w)
{
	__u64 began = bpf_ktime_get_ns();
	__u32 i;

	if (!w)
		return 0;
	for (i = 0; i < HM_TURNS && bpf_ktime_get_ns() - began < HM_TURN_NS; i++) {
		if (hm_turn_begins(w))
			return 1;
#pragma GCC unroll 3
		for (int k = 0; k < 3; k++)
			bpf_ktime_get_ns(); /* some 30 ns, in which the cache line is left alone */
	}
	return 0;
}

/*
 * True: this CPU searches, and moves the end of what has been searched, until hm_way_leave().
 * False: the packet is as one that was not seen here, later hops search it. If there are none,
 * nobody does: what is left and not searched later counts as lost (left.h).
 */
static __always_inline bool hm_way_take(struct hm_here *here, const struct hm_packet *p,
					struct hm_way *w)
{
	if (hm_turn_begins(w) || hm_wait_turn(w))
		return true;
	hm_leave_to_next(here, p, w);
	return false;
}

/* Even in any case: the element may have become another connection's meanwhile, and be 0 again. */
static __always_inline void hm_way_leave(struct hm_way *w)
{
	hm_release(&w->busy, (w->busy | 1) + 1);
}

#else

/* There are no atomics to do it with: two CPUs may search at once. */
static __always_inline bool hm_way_take(struct hm_here *here, const struct hm_packet *p,
					struct hm_way *w)
{
	return true;
}

static __always_inline void hm_way_leave(struct hm_way *w)
{
}

static __always_inline bool hm_has_left(const struct hm_way *w)
{
	return false;
}

static __always_inline void hm_done_from(struct hm_way *w, __u32 from)
{
}

static __always_inline int hm_take_left(struct hm_way *w, __u32 end)
{
	return 0;
}

static __always_inline void hm_forget_left(struct hm_way *w)
{
}

static __always_inline int hm_leave_to_next(struct hm_here *here, const struct hm_packet *p,
					    struct hm_way *w)
{
	return 0;
}

#endif

/*
 * Numbers that do not go on from those that are known, of the first payload too: they lie before
 * the first one, or further ahead than any window (1 GB: RFC 7323, 2.3). In numbers, without a way
 * of its own for each: see verifier.bpf.h.
 */
static __always_inline bool hm_is_far(const struct hm_way *w, __u32 seq)
{
	__u64 behind = (__u32)(w->next_seq - seq), all = (__u32)(w->next_seq - w->first_seq);
	__u64 none = (__u64)w->has_next - 1, ahead = behind - (__u32)-HM_WINDOW_MAX;

	return (none | ((all - behind) & ahead)) >> 63;
}

/*
 * The direction begins anew with this packet: after a SYN of somebody else, or with what was sent
 * before the first packet that was seen of a connection older than the trace. What has been
 * searched is not known any more, nor where the connection began. 0: p was left to the next hop.
 */
HM_GLOBAL int hm_begin_anew(struct hm_here *here, const struct hm_packet *p, struct hm_way *w)
{
	if (!here || !p || !w || !hm_way_take(here, p, w))
		return 0;
	if (HM_WAYS_ARE_DEAR || hm_is_far(w, p->seq)) { /* another CPU may have been faster */
		hm_count_passed_by(w->has_next);
		w->first_seq = p->seq;
		w->next_seq = p->seq;
		w->has_next = 1;
		w->has_isn = 0;
		w->tail.len = 0;
		hm_no_holes(w);
		hm_forget_left(w);
		hm_acked_from(w, p->seq);
	}
	hm_way_leave(w);
	return 1;
}

#endif
