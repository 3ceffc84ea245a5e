/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Gaps: what reordering and loss leave unsearched below the highest byte of a direction, until it
 * comes. Each remembers the bytes at both its edges, as many as a marker reaches over them, so that
 * whatever comes late is searched behind what stands before it and in front of what stands after
 * it. An occurrence is found when the last of its bytes comes, whichever that is, and so exactly
 * once.
 *
 * A gap is open (hm_way.open) as long as what follows upon it is short and may grow in order.
 * Nothing here is called for traffic in order: search.bpf.h. All are global functions that hand
 * each other what they know in s->late: the stack has no room for one that calls the others.
 */
#ifndef HOLES_BPF_H
#define HOLES_BPF_H

#include "marker.bpf.h"

static __always_inline struct hm_hole_key hm_hole_key_of(const struct hm_track *track, __u32 way,
							 __u32 number)
{
	return (struct hm_hole_key){ .track = track->id, .way = way & 1, .number = number };
}

/* NULL: there is none of that number, or it was forgotten, which is counted. */
static __always_inline struct hm_hole *hm_hole_of(struct hm_track *track, __u32 way, __u32 number)
{
	struct hm_hole_key key = hm_hole_key_of(track, way, number);
	struct hm_way *w = &track->way[way & 1];
	struct hm_hole *hole;

	if (!(w->holes >> number & 1))
		return NULL;
	hole = bpf_map_lookup_elem(&hm_holes, &key);
	if (!hole) {
		__sync_fetch_and_and(&w->holes, ~(1U << number));
		hm_count(HM_CNT_PARTLY);
	}
	return hole;
}

static __always_inline void hm_hole_close(struct hm_track *track, __u32 way, __u32 number)
{
	struct hm_hole_key key = hm_hole_key_of(track, way, number);

	__sync_fetch_and_and(&track->way[way & 1].holes, ~(1U << number));
	bpf_map_delete_elem(&hm_holes, &key);
}

/* A new one, all zeros. NULL: no room, counted; what comes late into that gap is not searched. */
static __noinline struct hm_hole *hm_hole_new(struct hm_track *track, __u32 way)
{
	struct hm_way *w = &track->way[way & 1];
	struct hm_hole_key key;
	struct hm_hole *hole;
	__u32 number, zero = 0;
	void *blank = bpf_map_lookup_elem(&hm_blank, &zero);

	for (number = 0; number < HM_HOLES; number++)
		if (!(w->holes >> number & 1))
			break;
	key = hm_hole_key_of(track, way, number);
	if (number == HM_HOLES || !blank || bpf_map_update_elem(&hm_holes, &key, blank, BPF_ANY))
		goto lost;
	hole = bpf_map_lookup_elem(&hm_holes, &key);
	if (!hole)
		goto lost;
	__sync_fetch_and_or(&w->holes, 1U << (number & (HM_HOLES - 1)));
	return hole;
lost:
	hm_count(HM_CNT_PARTLY);
	return NULL;
}

/* Pair by pair: an assignment loads all before it stores, by way of the stack. */
static __always_inline void hm_edge_copy(struct hm_tail *to, const struct hm_tail *from)
{
#pragma GCC unroll 8
	for (__u32 i = 0; i < HM_SCAN_TAIL; i += 8)
		hm_store64(to->bytes + i, hm_load64(from->bytes + i));
	to->len = from->len;
}

/* from stands right behind to, both .len bytes from their beginning. */
HM_GLOBAL int hm_edge_append(struct hm_tail *to, const struct hm_tail *from)
{
	__u32 at, i;

	if (!to || !from)
		return 0;
	at = to->len;
	for (i = 0; i < HM_SCAN_TAIL - 1; i++) {
		if (i >= from->len || at >= HM_SCAN_TAIL - 1)
			break;
		to->bytes[hm_below(at, HM_SCAN_TAIL)] = from->bytes[i];
		at = hm_forget(at + 1);
	}
	to->len = at;
	return 0;
}

/* from stands right before to, both .len bytes up to their end. */
HM_GLOBAL int hm_edge_prepend(struct hm_tail *to, const struct hm_tail *from)
{
	const __u32 most = (hm_scan_needles()->longest - 1) & (HM_SCAN_TAIL - 1);
	__u32 at, i;

	if (!to || !from)
		return 0;
	at = to->len;
	for (i = 0; i < HM_SCAN_TAIL - 1; i++) {
		if (i >= from->len || at >= most)
			break;
		to->bytes[hm_below(HM_SCAN_TAIL - 1 - at, HM_SCAN_TAIL)] =
			from->bytes[HM_SCAN_TAIL - 1 - i];
		at = hm_forget(at + 1);
	}
	to->len = at;
	return 0;
}

/* The part of p that lies in the gap. False: none does. */
static __always_inline bool hm_late_part(const struct hm_packet *p, const struct hm_hole *hole,
					 struct hm_late *late)
{
	__u32 from = p->seq, to = p->seq + p->payload_len;

	late->below = (__s32)(from - hole->lo) <= 0;
	late->above = (__s32)(to - hole->hi) >= 0;
	if (late->below)
		from = hole->lo;
	if (late->above)
		to = hole->hi;
	if ((__s32)(to - from) <= 0)
		return false;
	late->seq = from;
	late->len = to - from;
	late->tail.len = 0;
	if (late->below)
		hm_edge_copy(&late->tail, &hole->low);
	return true;
}

/*
 * The next part of p that lies in a gap, of number s->late.hole or higher, to s->late. 0: no more.
 */
HM_GLOBAL int hm_late_next(const struct hm_packet *p, struct hm_track *track, __u32 way,
			    struct hm_scratch *s)
{
	__u32 i;

	if (!p || !track || !s)
		return 0;
	for (i = 0; i < HM_HOLES; i++) {
		struct hm_hole *hole = i < s->late.hole ? NULL : hm_hole_of(track, way, i);

		if (hole && hm_late_part(p, hole, &s->late)) {
			s->late.hole = i;
			return 1;
		}
	}
	return 0;
}

/*
 * 1: part of p lies in a gap, or may, as a CPU changes them just now: who has the turn knows. Of
 * what is not its own nothing is changed here.
 */
HM_GLOBAL int hm_in_gap(const struct hm_packet *p, struct hm_track *track, __u32 way)
{
	struct hm_hole_key key;
	struct hm_hole *hole;
	struct hm_way *w;
	__u32 i, turn;

	if (!p || !track)
		return 0;
	w = &track->way[way & 1];
	turn = *(volatile __u32 *)&w->busy;
	if (turn & 1)
		return 1;
	for (i = 0; i < HM_HOLES; i++) {
		if (!(w->holes >> i & 1))
			continue;
		key = hm_hole_key_of(track, way, i);
		hole = bpf_map_lookup_elem(&hm_holes, &key);
		if (!hole || ((__s32)(p->seq + p->payload_len - hole->lo) > 0 &&
			      (__s32)(hole->hi - p->seq) > 0))
			return 1;
	}
	return __sync_fetch_and_or(&w->busy, 0) != turn;
}

/* The first of len bytes at off, to s->late.first. */
static __always_inline void hm_late_first(const struct hm_bytes *b, __u32 off, __u32 len,
					  struct hm_scratch *s)
{
	struct hm_tail *first = &s->late.first;
	__u32 n = len < HM_SCAN_TAIL - 1 ? len : HM_SCAN_TAIL - 1;

	first->len = hm_get(b, off, first->bytes, hm_bound(n, HM_SCAN_TAIL)) ? 0 : n;
}

/* After the search of that part: what was found becomes marks. */
static __always_inline int hm_late_take(const struct hm_bytes *b, const struct hm_packet *p,
					struct hm_track *track, __u32 way, struct hm_scratch *s)
{
	__u32 skip;

	if (!p || !track || !s)
		return 0;
	skip = s->late.seq - p->seq;
	hm_take_hits(b, p, skip, s, track, way);
	hm_late_first(b, p->payload_off + skip, s->late.len, s);
	return 0;
}

HM_GLOBAL int hm_late_take_skb(struct __sk_buff *skb, const struct hm_packet *p,
				struct hm_track *track, __u32 way, struct hm_scratch *s)
{
	const struct hm_bytes b = { .ctx = skb, .kind = HM_CTX_SKB };

	return hm_late_take(&b, p, track, way, s);
}

HM_GLOBAL int hm_late_take_xdp(struct xdp_md *xdp, const struct hm_packet *p,
				struct hm_track *track, __u32 way, struct hm_scratch *s)
{
	const struct hm_bytes b = { .ctx = xdp, .kind = HM_CTX_XDP };

	return hm_late_take(&b, p, track, way, s);
}

/* Searches what stands behind the gap for what begins before: its bytes are in the scratch then. */
HM_GLOBAL int hm_late_over(struct hm_track *track, __u32 way, struct hm_scratch *s)
{
	struct hm_hole *hole;
	__u32 n, at;

	if (!track || !s || !s->late.above)
		return 0;
	hole = hm_hole_of(track, way, hm_below(s->late.hole, HM_HOLES));
	n = hole ? hm_below(hole->high.len, HM_SCAN_TAIL) : 0;
	if (!n)
		return 0;
	hm_scan_start(hm_scan_needles(), s, &s->late.tail);
	for (__u32 i = 0; i < HM_SCAN_TAIL; i += 8)
		hm_store64(s->data + HM_SCAN_TAIL + i, hm_load64(hole->high.bytes + i));
	hm_scan_begin(s, n);
	s->below = HM_SCAN_TAIL;
	for (int i = 0; i < 2 * HM_SCAN_TAIL / HM_SCAN_UNROLL; i++) {
		at = hm_scan_sub_all(hm_room_of(s));
		if (at == HM_SCAN_NONE)
			break;
		hm_scan_sub_blk(hm_room_of(s), at);
	}
	return 1;
}

/* What hm_late_over() found becomes marks. The word behind is not known. */
HM_GLOBAL int hm_late_over_take(struct hm_track *track, __u32 way, struct hm_scratch *s)
{
	__u32 hi, i;

	if (!track || !s)
		return 0;
	hi = s->late.seq + s->late.len;
	for (i = 0; i < HM_MAX_HITS && i < s->hits.count; i++) {
		const struct hm_hit *hit = &s->hits.hit[i];

		if (hm_forget(hm_add_mark(&track->way[way & 1], hit, hi + hit->offset, 0, hi - 1)))
			track->owed = 1 + (way & 1);
	}
	hm_count_hits(&s->hits, &track->way[way & 1]);
	return 0;
}

/* The edges of other gaps, and the end of all, that were short because of this one. */
static __always_inline void hm_late_neighbours(struct hm_track *track, __u32 way,
					       const struct hm_late *late)
{
	__u32 from = late->seq, to = late->seq + late->len, i;
	struct hm_way *w = &track->way[way & 1];

	for (i = 0; i < HM_HOLES; i++) {
		struct hm_hole *hole = hm_hole_of(track, way, i);

		if (!hole)
			continue;
		if (late->below && hole->hi + hole->high.len == from)
			hm_edge_append(&hole->high, &late->first);
		if (late->above && hole->lo - hole->low.len == to)
			hm_edge_prepend(&hole->low, &late->tail);
	}
	if (late->above && w->next_seq - w->tail.len == to)
		hm_edge_prepend(&w->tail, &late->tail);
}

/* What is left of the gap: nothing, one side, or both, of which the upper one is new. */
static __always_inline void hm_late_shrink(struct hm_track *track, __u32 way,
					   const struct hm_late *late, struct hm_hole *hole)
{
	struct hm_hole *upper;

	if (late->below && late->above) {
		hm_hole_close(track, way, hm_below(late->hole, HM_HOLES));
		return;
	}
	if (late->below) {
		hole->lo = late->seq + late->len;
		hm_edge_copy(&hole->low, &late->tail);
		return;
	}
	upper = late->above ? NULL : hm_hole_new(track, way);
	if (upper) {
		upper->lo = late->seq + late->len;
		upper->hi = hole->hi;
		hm_edge_copy(&upper->low, &late->tail);
		hm_edge_copy(&upper->high, &hole->high);
	}
	hole->hi = late->seq;
	hm_edge_copy(&hole->high, &late->first);
}

/* After all that was searched of this part. */
HM_GLOBAL int hm_late_done(struct hm_track *track, __u32 way, struct hm_scratch *s)
{
	struct hm_hole *hole;

	if (!track || !s)
		return 0;
	hole = hm_hole_of(track, way, hm_below(s->late.hole, HM_HOLES));
	if (hole) {
		if (s->late.above)
			hm_edge_append(&s->late.first, &hole->high);
		hm_late_shrink(track, way, &s->late, hole);
		hm_late_neighbours(track, way, &s->late);
		track->way[way & 1].open = 1;
	}
	s->late.hole++;
	return 0;
}

/* This packet, which has new bytes, leaves a gap before it, or follows upon one that is open. */
static __always_inline int hm_hole_edge(const struct hm_bytes *b, const struct hm_packet *p,
					struct hm_track *track, __u32 way, struct hm_scratch *s)
{
	struct hm_way *w;
	__u32 from, open = 0, i;

	if (!p || !track || !s)
		return 0;
	w = &track->way[way & 1];
	from = w->next_seq;
	if ((__s32)(p->seq - from) > 0) {
		struct hm_hole *hole = hm_hole_new(track, way);

		if (hole) {
			hole->lo = from;
			hole->hi = p->seq;
			hm_edge_copy(&hole->low, &w->tail);
		}
		w->tail.len = 0;
		from = p->seq;
	}
	hm_late_first(b, p->payload_off + (from - p->seq), p->seq + p->payload_len - from, s);
	for (i = 0; i < HM_HOLES; i++) {
		struct hm_hole *hole = hm_hole_of(track, way, i);

		if (!hole || hole->hi + hole->high.len != from)
			continue;
		hm_edge_append(&hole->high, &s->late.first);
		open |= hole->high.len < HM_SCAN_TAIL - 1;
	}
	w->open = open;
	return 0;
}

HM_GLOBAL int hm_hole_edge_skb(struct __sk_buff *skb, const struct hm_packet *p,
				struct hm_track *track, __u32 way, struct hm_scratch *s)
{
	const struct hm_bytes b = { .ctx = skb, .kind = HM_CTX_SKB };

	return hm_hole_edge(&b, p, track, way, s);
}

HM_GLOBAL int hm_hole_edge_xdp(struct xdp_md *xdp, const struct hm_packet *p,
				struct hm_track *track, __u32 way, struct hm_scratch *s)
{
	const struct hm_bytes b = { .ctx = xdp, .kind = HM_CTX_XDP };

	return hm_hole_edge(&b, p, track, way, s);
}

/* As hm_forget_marks(): what lies further back than any window will not come any more. */
HM_GLOBAL int hm_forget_holes(struct hm_track *track, __u32 way, __u32 end)
{
	__u32 i;

	if (!track)
		return 0;
	for (i = 0; i < HM_HOLES; i++) {
		struct hm_hole *hole = hm_hole_of(track, way, i);

		if (hole && end - hole->hi > HM_WINDOW_MAX)
			hm_hole_close(track, way, i);
	}
	return 0;
}

#endif
