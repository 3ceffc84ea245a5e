/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What of a packet is searched: the bytes that no hop has searched yet, in order or not. Called by
 * see.bpf.h. The verifier before Linux 5.12 could not follow what is done about gaps: there one is
 * remembered per direction, without its edges, and each is counted.
 */
#ifndef SEARCH_BPF_H
#define SEARCH_BPF_H

#include "marker.bpf.h"
#include "order.bpf.h"
#include "turn.bpf.h"
#ifndef HM_OLD_KERNEL
#include "holes.bpf.h"
#endif

/* Searches what of p is behind its first skip bytes; tail: what stands before. */
static __always_inline void hm_search_from(const struct hm_bytes *b, const struct hm_packet *p,
					   __u32 skip, struct hm_tail *tail, struct hm_track *track,
					   __u32 way, struct hm_scratch *s)
{
	hm_count(HM_CNT_SCANNED);
	hm_scan_payload(b, p->payload_off + skip, p->payload_len - skip, tail, s);
	hm_take_hits(b, p, skip, s, track, way);
}

#ifndef HM_OLD_KERNEL

/* The parts of p that lie in gaps, one after the other. False: none does. */
static __always_inline bool hm_search_late(const struct hm_bytes *b, const struct hm_packet *p,
					   struct hm_track *track, __u32 way, struct hm_scratch *s)
{
	int i;

	s->late.hole = 0;
	for (i = 0; i < HM_HOLES; i++) {
		if (!hm_late_next(p, track, way, s))
			break;
		hm_scan_payload(b, p->payload_off + (s->late.seq - p->seq), s->late.len,
				&s->late.tail, s);
		if (b->kind == HM_CTX_XDP)
			hm_late_take_xdp(b->ctx, p, track, way, s);
		else
			hm_late_take_skb(b->ctx, p, track, way, s);
		if (hm_late_over(track, way, s))
			hm_late_over_take(track, way, s);
		hm_late_done(track, way, s);
	}
	return i;
}

/* Has p bytes that no hop has searched yet? */
static __always_inline bool hm_is_unsearched(const struct hm_packet *p, struct hm_track *track,
					     __u32 way)
{
	const struct hm_way *w = &track->way[way & 1];

	return hm_is_new(w, p->seq + p->payload_len) || (w->holes && hm_in_gap(p, track, way));
}

/* Searches the bytes of a packet that no hop has searched yet. */
static __always_inline void hm_search(const struct hm_bytes *b, const struct hm_packet *p,
				      struct hm_track *track, __u32 way)
{
	struct hm_way *w = &track->way[way & 1];
	__s32 behind = w->next_seq - p->seq;
	bool new = hm_is_new(w, p->seq + p->payload_len), late = w->holes && behind > 0;
	struct hm_scratch *s;

	if (!new && !late)
		return;
	s = hm_scan_claim();
	if (!s) {
		if (new)
			w->tail.len = 0; /* these bytes are not in it */
		hm_count_passed_by(1);
		return;
	}
	/* First, as it may lengthen the tail. */
	if (late && hm_search_late(b, p, track, way, s) && !new)
		hm_count(HM_CNT_SCANNED);
	if (new && (w->open || behind < 0)) {
		if (b->kind == HM_CTX_XDP)
			hm_hole_edge_xdp(b->ctx, p, track, way, s);
		else
			hm_hole_edge_skb(b->ctx, p, track, way, s);
	}
	if (new)
		hm_search_from(b, p, behind > 0 ? behind : 0, &w->tail, track, way, s);
	hm_scan_release(s);
}

/* Numbers go into their other half. */
static __always_inline void hm_forget_far(struct hm_track *track, __u32 way, __u32 end)
{
	hm_forget_marks(&track->way[way & 1], end);
	hm_forget_holes(track, way, end);
}

#else

/* There hm_search() tells by itself. */
static __always_inline bool hm_is_unsearched(const struct hm_packet *p, struct hm_track *track,
					     __u32 way)
{
	return true;
}

/*
 * What of this packet is to be searched: its first *skip bytes have been. NULL: nothing. Otherwise
 * the end of what stands before, to find markers that straddle segments.
 */
static __always_inline struct hm_tail *hm_to_search(struct hm_track *track, struct hm_way *w,
						    const struct hm_packet *p, __u32 *skip)
{
	__u32 end = p->seq + p->payload_len;

	*skip = 0;
	if (!hm_is_new(w, end)) {
		if (w->hole_lo == w->hole_hi || (__s32)(end - w->hole_lo) <= 0 ||
		    (__s32)(w->hole_hi - p->seq) <= 0)
			return NULL;
		track->spare.len = 0;
		return &track->spare;
	}
	if ((__s32)(w->next_seq - p->seq) >= 0) {
		*skip = w->next_seq - p->seq;
		return &w->tail;
	}
	/* A marker across the gap's edges is not found, nor what comes late into an older gap. */
	hm_count(HM_CNT_PARTLY);
	w->hole_lo = w->next_seq;
	w->hole_hi = p->seq;
	w->tail.len = 0;
	return &w->tail;
}

/* Searches the bytes of a packet that no hop has searched yet. */
static __always_inline void hm_search(const struct hm_bytes *b, const struct hm_packet *p,
				      struct hm_track *track, __u32 way)
{
	struct hm_scratch *s;
	struct hm_tail *tail;
	__u32 skip;

	tail = hm_to_search(track, &track->way[way & 1], p, &skip);
	if (!tail || skip >= p->payload_len)
		return;
	s = hm_scan_claim();
	if (!s) {
		hm_count_passed_by(1);
		return;
	}
	hm_search_from(b, p, skip, tail, track, way, s);
	hm_scan_release(s);
}

static __always_inline void hm_forget_far(struct hm_track *track, __u32 way, __u32 end)
{
	hm_forget_marks(&track->way[way & 1], end);
}

#endif

#endif
