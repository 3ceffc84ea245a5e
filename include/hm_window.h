/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Windows: four bytes that are looked up in the table of needles, in blocks of eight, and what is
 * compared when one of them may be a marker's. Included through hm_scan.h.
 */
#ifndef HM_WINDOW_H
#define HM_WINDOW_H

#include "hm_scratch.h"

/* Index of a window in needles->number[]. */
static __always_inline __u32 hm_window_slot(__u32 window)
{
	return (window * 0x9e3779b1u) >> (32 - HM_WINDOW_BITS);
}

/*
 * The number of a window's hash, and the first window that has it. In BPF without the copies that
 * clang makes of the tables' addresses.
 */
static __always_inline const __u8 *hm_number(const struct hm_needles *n, __u32 window)
{
#ifdef __bpf__
	__u64 at = hm_window_slot(window);

	asm("%0 += %1" : "+r"(at) : "r"(n));
	return ((const struct hm_needles *)at)->number;
#else
	return &n->number[hm_window_slot(window)];
#endif
}

static __always_inline const struct hm_window *hm_window_of(const struct hm_needles *n,
							    __u64 number)
{
#ifdef __bpf__
	number *= sizeof(struct hm_window);
	asm("%0 += %1" : "+r"(number) : "r"(n));
	return ((const struct hm_needles *)number)->window;
#else
	const struct hm_window *w = &n->window[number];

	asm("" : "+r"(w)); /* made once, as there */
	return w;
#endif
}

/* The step, 1 to 61, and how many bytes a block of windows covers from its first to its last. */
static __always_inline __u32 hm_scan_step(const struct hm_needles *n)
{
	__u32 step = n->step & 63;

	return step ? step : 1;
}

static __always_inline __u32 hm_block_len(__u32 step)
{
	return (HM_SCAN_UNROLL - 1) * step + HM_MARKER_MIN;
}

/* May one of the windows of the block at p be a marker's? */
static __always_inline __u32 hm_scan_block(const struct hm_needles *n, const __u8 *p, __u32 step)
{
	__u32 any = 0;

#pragma GCC unroll 8
	for (__u32 k = 0; k < HM_SCAN_UNROLL; k++) {
		any |= *hm_number(n, hm_load32(p));
		HM_KEEP(any);
		p += step;
		HM_KEEP(p);
	}
	return any;
}

static __always_inline int hm_same4(const struct hm_view *v, __u32 at, const __u8 *marker)
{
	const __u8 *p = hm_view_at(v, at, 4);

	return p && hm_load32(p) == hm_load32(marker);
}

static __always_inline int hm_same8(const struct hm_view *v, __u32 at, const __u8 *marker)
{
	const __u8 *p = hm_view_at(v, at, 8);

	return p && hm_load64(p) == hm_load64(marker);
}

/*
 * Are marker's len bytes, HM_MARKER_MIN to HM_MARKER_MAX, those at at? The last eight come first:
 * bytes that only begin like it are told apart with that.
 */
static __always_inline int hm_scan_same(const struct hm_view *v, __u32 at, const __u8 *marker,
					__u32 len)
{
	__u32 last = hm_below(len - HM_MARKER_MIN, HM_MARKER_MAX);

	if (len < 8)
		return hm_same4(v, at + last, marker + last) && hm_same4(v, at, marker);
	last = hm_below(len - 8, HM_MARKER_MAX);
	if (!hm_same8(v, at + last, marker + last))
		return 0;
	for (__u32 i = 0; i + 8 < HM_MARKER_MAX; i += 8) {
		if (i >= last)
			break;
		if (!hm_same8(v, at + i, marker + i))
			return 0;
	}
	return 1;
}

/* Who is told of an occurrence; BPF puts a subprogram here. */
typedef void (*hm_found_fn)(struct hm_scratch *s, __s32 offset, __u32 id, __u32 len);

static __always_inline void hm_scan_found(struct hm_scratch *s, __s32 offset, __u32 id, __u32 len)
{
	hm_hits_add(&s->hits, offset, id, len);
}

/* The window at index at, as w of its marker: is all of the marker there, and new? */
static __always_inline void hm_scan_try(const struct hm_needles *n, const struct hm_view *v,
					struct hm_scratch *s, __u32 at,
					const struct hm_window *w, hm_found_fn found)
{
	const struct hm_marker *m = &n->marker[w->id & (HM_MAX_MARKERS - 1)];
	__u32 start = at - w->offset, len = m->len, end = start + len;

	if (at < v->first + w->offset || start >= s->below || end <= v->fresh || end > v->past)
		return;
	if (hm_scan_same(v, start, m->bytes, len))
		found(s, (__s32)(start - v->base), w->id, len);
}

/* The window at index at, as each of those that have its number. */
static __always_inline void hm_scan_window(const struct hm_needles *n, const struct hm_view *v,
					   struct hm_scratch *s, __u32 at, hm_found_fn found)
{
	const __u8 *p = hm_view_at(v, at, HM_MARKER_MIN);
	__u32 which;

	if (!p || at < s->from)
		return;
	which = *hm_number(n, hm_load32(p));
	for (__u32 i = 0; i < n->chain && which && !s->hits.more; i++) {
		const struct hm_window *w = hm_window_of(n, hm_below(which, HM_WINDOWS));

		hm_scan_try(n, v, s, at, w, found);
		which = w->next;
	}
}

/*
 * The window at index at, as w of its marker: 0 where its marker's first and last eight bytes are
 * there (or others with their sum, which takes a payload made for that: it is compared whole
 * afterwards), where not all of these bytes are in the packet, and where there are others to be
 * looked at.
 */
static __always_inline __u64 hm_window_differs_in(const struct hm_view *v, __u32 at,
						  const struct hm_window *w)
{
	const __u8 *p;
	__u64 ends;

	at -= w->offset;
	p = hm_view_at(v, at, 8);
	if (!p)
		return 0;
	ends = hm_load64(p);
	HM_KEEP(ends);
	p = hm_view_at(v, at + w->span, 8);
	if (!p)
		return 0;
	return ((ends + hm_load64(p)) ^ w->ends) & w->mask;
}

/* Which windows of the block at index at may be a marker's: bit k, the k-th. */
static __always_inline __u32 hm_block_fits(const struct hm_needles *n, const struct hm_view *v,
					   __u32 at)
{
	const __u32 step = hm_scan_step(n);
	__u32 fits = 0;
	const __u8 *p;

	at = hm_view_index(v, at);
	p = hm_view_at(v, at, hm_block_len(step));
	if (!p)
		return 0;
	for (__u32 k = 0; k < HM_SCAN_UNROLL; k++) {
		__u32 number = *hm_number(n, hm_load32(p));

		if (number && !hm_window_differs_in(v, at, &n->window[number]))
			fits |= 1U << k;
		at += step;
		p += step;
		HM_KEEP(p);
	}
	return fits;
}

/* The same for a window at p in a scratch. */
static __always_inline __u64 hm_window_differs(const __u8 *p, const struct hm_window *w)
{
	const __u8 *last = p;

	p += w->back;
	HM_KEEP(p);
	last += w->ahead;
	HM_KEEP(last);
	return ((hm_load64(p - HM_WINDOW_BACK) + hm_load64(last - HM_WINDOW_BACK)) ^ w->ends) &
	       w->mask;
}

/*
 * Looks up the windows of a scratch one by one, from that at index at on, until a block has none
 * that may be a marker's. Returns the index of the first that has its marker's ends around it, too,
 * or HM_SCAN_NONE; s->next is behind it. No way parts before that: in bytes that are full of
 * fragments no processor guesses it, and the verifier has one way to follow.
 */
static __always_inline __u32 hm_scan_close(const struct hm_needles *n, struct hm_scratch *s,
					   __u32 at)
{
	const struct hm_view v = hm_scratch_view(s);
	const __u32 step = hm_scan_step(n);

	if (s->hits.more)
		return HM_SCAN_NONE;
	for (__u32 i = 0; i < HM_SCAN_CLOSE; i++) {
		const __u32 here = hm_view_index(&v, at);
		const __u8 *p =
			(const __u8 *)s + __builtin_offsetof(struct hm_scratch, data) + here;
		__u32 any = 0;

		if (here + HM_MARKER_MIN > v.past)
			break;
#pragma GCC unroll 8
		for (__u32 k = 0; k < HM_SCAN_UNROLL; k++) {
			const __u64 number = *hm_number(n, hm_load32(p));

			any |= number;
			HM_KEEP(any);
			if (!hm_window_differs(p, hm_window_of(n, number)) && number) {
				s->next = here + (k + 1) * step;
				return here + k * step;
			}
			p += step;
			HM_KEEP(p);
		}
		at = here + HM_SCAN_UNROLL * step;
		if (!any)
			break;
	}
	s->next = at;
	return HM_SCAN_NONE;
}

#endif
