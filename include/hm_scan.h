/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The search for markers in a stream that comes in pieces. One source for the BPF programs
 * (bpf/scan.bpf.h) and for user space (hm_scan_stream() below).
 *
 * Every occurrence of an m-byte marker covers a whole 4-byte window when windows are tried every
 * m-3 bytes. So windows are tried every needles->step bytes, step being that of the shortest
 * marker, eight for one test: needles->number[] tells by their hashes whether one of them may be a
 * marker's. Those of such a block are looked up one by one, and the marker is compared byte for
 * byte at the only place where it can be, unless its ends are not there.
 *
 * A payload that lies in one piece is searched where it is; others are copied, chunk by chunk, into
 * a scratch, and those with many such blocks, which cost less there. There the last bytes before a
 * chunk stand in front of it, and an occurrence belongs to the chunk that holds its last byte: none
 * is missed at a border, none found twice. Between segments these bytes are kept in a struct
 * hm_tail.
 */
#ifndef HM_SCAN_H
#define HM_SCAN_H

#include "hm_window.h"

/* A chunk of n bytes is in s, 1 to HM_SCAN_CHUNK: windows are looked up from the tail on. */
static __always_inline void hm_scan_begin(struct hm_scratch *s, __u32 n)
{
	s->n = n;
	s->from = 0;
	s->next = HM_SCAN_TAIL - (s->before & 63);
}

/*
 * Looks up the windows of the chunk from s->next on. Returns the index of a block that needs a
 * closer look, or HM_SCAN_NONE at the end. It does not look closer itself: ways that come together
 * again in a loop are more than the verifier remembers.
 */
static __always_inline __u32 hm_scan_scratch(const struct hm_needles *n, struct hm_scratch *s)
{
	const struct hm_view v = hm_scratch_view(s);
	const __u32 step = hm_scan_step(n);
	__u32 at = s->next;

	if (s->hits.more)
		return HM_SCAN_NONE;
	for (__u32 done = 0; done < HM_SCAN_TAIL + HM_SCAN_CHUNK; done += HM_SCAN_UNROLL * step) {
		__u32 here = hm_view_index(&v, at);

		if (here + HM_MARKER_MIN > v.past)
			break;
		at = here + HM_SCAN_UNROLL * step;
		if (hm_scan_block(n, hm_view_at(&v, here, HM_SCAN_RUN), step)) {
			s->next = at;
			return here;
		}
	}
	return HM_SCAN_NONE;
}

/*
 * A payload in the packet that begins at data and is in one piece up to end: from index off to
 * past. NULL .data: it cannot be searched where it is. It may not be in that piece, or be too short
 * to hold a block of windows and what a tail is made of.
 */
static __always_inline struct hm_view hm_packet_view(const struct hm_needles *n, const __u8 *data,
						     const __u8 *end, __u32 off, __u32 past)
{
	struct hm_view v = { .end = end, .first = off, .fresh = off, .past = past, .base = off };

	if (past - off >= hm_block_len(hm_scan_step(n)) && past - off >= HM_SCAN_TAIL &&
	    past <= HM_SCAN_DIRECT && data + hm_below(past, 2 * HM_SCAN_DIRECT) <= end)
		v.data = data;
	return v;
}

/* So many blocks of a chunk need a closer look that to copy it is cheaper: every fourth. */
static __always_inline __u32 hm_scan_many(__u32 step)
{
	__u32 many = 1 + HM_SCAN_CHUNK / (4 * HM_SCAN_UNROLL * step);

	return many < HM_SCAN_LOOKS ? many : HM_SCAN_LOOKS;
}

/*
 * Looks up some HM_SCAN_CHUNK bytes of windows of a payload in its packet, in whole blocks, from
 * s->next on. Returns 0 when too many of them need a closer look, 1 when those that do are in
 * s->look. It only notes them, and in the same way whether there are any: no processor guesses
 * which of a text's blocks hold a piece of a marker.
 */
static __always_inline __u32 hm_scan_packet(const struct hm_needles *n, const struct hm_view *v,
					    struct hm_scratch *s)
{
	const __u32 step = hm_scan_step(n), len = hm_block_len(step), many = hm_scan_many(step);
	__u32 at = s->next, looks = 0;

	for (__u32 done = 0; done < HM_SCAN_CHUNK; done += HM_SCAN_UNROLL * step) {
		__u32 here = hm_view_index(v, at);
		const __u8 *p = hm_view_at(v, here, len);

		if (!p || here + len > v->past)
			break;
		at = here + HM_SCAN_UNROLL * step;
		s->look[looks & (HM_SCAN_LOOKS - 1)] = here;
		looks += (hm_scan_block(n, p, step) + 255) >> 8; /* 1, unless that is 0 */
		if (looks == many)
			return 0;
	}
	s->next = at;
	s->looks = looks;
	return 1;
}

/* Are whole blocks left? */
static __always_inline int hm_scan_goes_on(const struct hm_needles *n, const struct hm_view *v,
					   const struct hm_scratch *s)
{
	return s->next + hm_block_len(hm_scan_step(n)) <= v->past;
}

/*
 * The last windows: a block as the others, some of whose windows have been looked up before.
 * Returns how many need a closer look, 0 or 1, in s->look.
 */
static __always_inline __u32 hm_scan_last(const struct hm_needles *n, const struct hm_view *v,
					  struct hm_scratch *s)
{
	const __u32 step = hm_scan_step(n), len = hm_block_len(step);
	__u32 at = s->next;
	const __u8 *p;

	s->from = at;
	s->looks = 0;
	if (at + HM_MARKER_MIN > v->past)
		return 0;
	for (__u32 k = 1; k < HM_SCAN_UNROLL; k++)
		if (at + len > v->past)
			at -= step;
	at = hm_view_index(v, at);
	p = hm_view_at(v, at, len);
	s->look[0] = at;
	s->looks = p && hm_scan_block(n, p, step);
	return s->looks;
}

/*
 * Copies the end of a tail, as much of it as the longest marker can begin in. to may be the lower
 * end of what overlaps.
 */
static __always_inline void hm_copy_tail(const struct hm_needles *n, __u8 *to, const __u8 *from)
{
	const __u32 most = n->longest;

#pragma GCC unroll 8
	for (__u32 i = 0; i < HM_SCAN_TAIL; i += 8)
		if (HM_SCAN_TAIL - i < most + 7)
			hm_store64(to + i, hm_load64(from + i));
}

/* Before the first chunk of a payload. tail: what came right before it; .len 0 if unknown. */
static __always_inline void hm_scan_start(const struct hm_needles *n, struct hm_scratch *s,
					  const struct hm_tail *tail)
{
	hm_copy_tail(n, s->data, tail->bytes);
	s->before = tail->len & 63;
	s->base = 0;
	s->edge = 0;
	s->from = 0;
	s->below = ~0U;
	s->hits.count = 0;
	s->hits.more = 0;
	s->hits.unsearched = 0;
}

/* After a chunk: its end moves in front of the next one. */
static __always_inline void hm_scan_advance(const struct hm_needles *n, struct hm_scratch *s)
{
	__u32 len = s->n, before = s->before + len, most = (n->longest - 1) & 63;

	if (len > HM_SCAN_CHUNK)
		return;
	hm_copy_tail(n, s->data, s->data + len);
	s->before = before < most ? before : most;
	s->base += len;
}

/* After the last chunk. A payload that was not searched to its end leaves nothing to go on from. */
static __always_inline void hm_scan_finish(const struct hm_needles *n, const struct hm_scratch *s,
					   struct hm_tail *tail)
{
	hm_copy_tail(n, tail->bytes, s->data);
	tail->len = s->hits.unsearched ? 0 : s->before & 63;
}

/*
 * Is a block at index at so near to the payload's first byte that what is in it may begin in the
 * tail?
 */
static __always_inline __u32 hm_near_edge(__u32 at, __u32 first)
{
	return at - first < HM_SCAN_TAIL;
}

/*
 * May an occurrence that ends in a payload, which was searched where it lies, begin in the tail
 * before it? One that does has either a window that was tried in the payload, or one of these;
 * shorter steps need windows that straddle. Then the payload's first bytes are searched behind the
 * tail.
 */
static __always_inline int hm_scan_edge(const struct hm_needles *n, struct hm_scratch *s,
					const struct hm_tail *tail)
{
	const __u32 step = hm_scan_step(n);
	__u32 any = s->edge || step < HM_MARKER_MIN;

	if (!tail->len)
		return 0;
	s->below = HM_SCAN_TAIL; /* the others have been found */
	for (__u32 back = step; back < n->longest; back += step)
		any |= *hm_number(n, hm_load32(tail->bytes + hm_below(HM_SCAN_TAIL - back,
								      HM_SCAN_TAIL)));
	return any;
}

/* After a payload that was searched where it lies; last: its last HM_SCAN_TAIL bytes. */
static __always_inline void hm_scan_leave(const struct hm_needles *n, const __u8 *last,
					  struct hm_tail *tail)
{
	hm_copy_tail(n, tail->bytes, last);
	tail->len = (n->longest - 1) & 63;
}

#ifndef __bpf__
/* The blocks that need a closer look: finds what has a window in them. */
static inline void hm_scan_closer(const struct hm_needles *n, const struct hm_view *v,
				  struct hm_scratch *s)
{
	for (__u32 i = 0; i < s->looks; i++) {
		__u32 at = s->look[i], fits = hm_block_fits(n, v, at);

		s->edge |= hm_near_edge(at, v->first);
		for (__u32 k = 0; k < HM_SCAN_UNROLL; k++)
			if (fits >> k & 1)
				hm_scan_window(n, v, s, at + k * n->step, hm_scan_found);
	}
}

/* The same in a scratch, and on from there. */
static inline void hm_scan_on(const struct hm_needles *n, struct hm_scratch *s, __u32 at)
{
	const struct hm_view v = hm_scratch_view(s);

	for (__u32 i = 0; i < HM_SCAN_UNROLL; i++) {
		at = hm_scan_close(n, s, at);
		if (at == HM_SCAN_NONE)
			break;
		hm_scan_window(n, &v, s, at, hm_scan_found);
		at += hm_scan_step(n);
	}
}

/* Searches the next len bytes of a payload, HM_SCAN_CHUNK at most, by way of the scratch. */
static inline void hm_scan_chunk(const struct hm_needles *n, struct hm_scratch *s,
				 const __u8 *bytes, __u32 len)
{
	__u32 at;

	memcpy(s->data + HM_SCAN_TAIL, bytes, len);
	hm_scan_begin(s, len);
	while ((at = hm_scan_scratch(n, s)) != HM_SCAN_NONE)
		hm_scan_on(n, s, at);
	hm_scan_advance(n, s);
}

static inline void hm_scan_copied(const struct hm_needles *n, struct hm_scratch *s,
				  struct hm_tail *tail, const __u8 *bytes, __u32 len)
{
	for (__u32 off = 0; off < len; off += s->n)
		hm_scan_chunk(n, s, bytes + off,
			      len - off < HM_SCAN_CHUNK ? len - off : HM_SCAN_CHUNK);
	hm_scan_finish(n, s, tail);
}

/* False: it has too many blocks that need a closer look. */
static inline int hm_scan_placed(const struct hm_needles *n, struct hm_scratch *s,
				 struct hm_tail *tail, const struct hm_view *v)
{
	s->next = v->first;
	while (hm_scan_goes_on(n, v, s)) {
		if (!hm_scan_packet(n, v, s))
			return 0;
		hm_scan_closer(n, v, s);
	}
	hm_scan_last(n, v, s);
	hm_scan_closer(n, v, s);
	if (hm_scan_edge(n, s, tail))
		hm_scan_chunk(n, s, v->data, n->longest - 1);
	hm_scan_leave(n, v->data + v->past - HM_SCAN_TAIL, tail);
	return 1;
}

/*
 * Searches the next len bytes of a stream; tail, all zeros before the first ones, holds its state.
 * The occurrences that end in these bytes are in s->hits afterwards.
 */
static inline void hm_scan_stream(const struct hm_needles *n, struct hm_scratch *s,
				  struct hm_tail *tail, const __u8 *bytes, __u32 len)
{
	struct hm_view v;

	hm_scan_start(n, s, tail);
	if (!n->count)
		return;
	v = hm_packet_view(n, bytes, bytes + len, 0, len);
	if (v.data && hm_scan_placed(n, s, tail, &v))
		return;
	hm_scan_start(n, s, tail);
	hm_scan_copied(n, s, tail, bytes, len);
}
#endif

#endif
