/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The search of include/hm_scan.h inside the kernel. Called by every program that looks at payload:
 *
 *	struct hm_scratch *s = hm_scan_claim();
 *
 *	if (!s)
 *		the payload is not inspected: count it;
 *	hm_scan_payload(&bytes, p->payload_off, p->payload_len, &way->tail, s);
 *	s->hits holds what was found; s->hits.unsearched and .more are to be counted;
 *	hm_scan_release(s);
 *
 * way->tail is zeroed (at least its .len) when the payload does not follow right upon the last one
 * that was searched in this direction.
 *
 * The parts are global functions: the verifier checks each once, instead of once for each way to
 * it. Those of a scratch (sub) take no context and are shared by all program types; those that look
 * into the packet are there for each kind of context, because a global function knows one only.
 */
#ifndef SCAN_BPF_H
#define SCAN_BPF_H

#include "hm_packet.h"
#include "hm_scan.h"
#include "verifier.bpf.h"

/* chunks of one packet, that long at least */
#define HM_SCAN_PLACED (HM_SCAN_DIRECT / HM_SCAN_CHUNK)

/* The compiler must not know that this is hm_cfg, whose initializer it would take for its value. */
static __always_inline const struct hm_needles *hm_scan_needles(void)
{
	const struct hm_needles *n = (const struct hm_needles *)&hm_cfg.needles;

	asm volatile("" : "+r"(n));
	return n;
}

/* A marker was found. */
__noinline int hm_scan_sub_add(hm_room room, int offset, __u32 id, __u32 len)
{
	struct hm_scratch *s = hm_in_room(room);

	if (s)
		hm_hits_add(&s->hits, offset, id, len);
	return 0;
}

static __always_inline void hm_scan_call_add(struct hm_scratch *s, __s32 offset, __u32 id,
					     __u32 len)
{
	hm_scan_sub_add(hm_room_of(s), offset, id, len);
}

__noinline int hm_scan_sub_win(hm_room room, __u32 at)
{
	struct hm_scratch *s = hm_in_room(room);
	struct hm_view v;

	if (!s)
		return 0;
	v = hm_scratch_view(s);
	hm_scan_window(hm_scan_needles(), &v, s, at, hm_scan_call_add);
	return 0;
}

__noinline __u32 hm_scan_sub_cls(hm_room room, __u32 at)
{
	struct hm_scratch *s = hm_in_room(room);

	return s ? hm_scan_close(hm_scan_needles(), s, at) : HM_SCAN_NONE;
}

/* From a block on that needs a closer look. */
__noinline int hm_scan_sub_blk(hm_room room, __u32 at)
{
	const __u32 step = hm_scan_step(hm_scan_needles());

	for (int i = 0; i < HM_SCAN_UNROLL; i++, at += step) {
		at = hm_scan_sub_cls(room, at);
		if (at == HM_SCAN_NONE)
			break;
		hm_scan_sub_win(room, at);
	}
	return 0;
}

__noinline __u32 hm_scan_sub_all(hm_room room)
{
	struct hm_scratch *s = hm_in_room(room);

	return s ? hm_scan_scratch(hm_scan_needles(), s) : HM_SCAN_NONE;
}

/* A scratch of this CPU for one search; NULL: all are in use. */
static __always_inline struct hm_scratch *hm_scan_claim(void)
{
	for (__u32 i = 0; i < HM_SCAN_ROOMS; i++) {
		__u32 key = i;
		struct hm_scratch *s = bpf_map_lookup_elem(&hm_rooms, &key);

		if (s && hm_room_take(s, i))
			return s;
	}
	return NULL;
}

static __always_inline void hm_scan_release(struct hm_scratch *s)
{
	hm_room_leave(s);
}

/* Searches the next chunk, of the left bytes at off. Returns its length, 0 when unreadable. */
static __always_inline int hm_scan_chunk(const struct hm_bytes *b, __u32 off, __u32 left,
					 struct hm_scratch *s)
{
	__u32 n = left < HM_SCAN_CHUNK ? left : HM_SCAN_CHUNK;

	n = hm_bound(n, HM_SCAN_CHUNK);
	if (hm_get(b, off, s->data + HM_SCAN_TAIL, n))
		return 0;
	hm_scan_begin(s, n);
	for (int i = 0; i < (HM_SCAN_TAIL + HM_SCAN_CHUNK) / HM_SCAN_UNROLL; i++) {
		__u32 at = hm_scan_sub_all(hm_room_of(s));

		if (at == HM_SCAN_NONE)
			break;
		hm_scan_sub_blk(hm_room_of(s), at);
	}
	hm_scan_advance(hm_scan_needles(), s);
	return n;
}

__noinline int hm_scan_skb(struct __sk_buff *skb, __u32 off, __u32 left, hm_room room)
{
	struct hm_scratch *s = hm_in_room(room);
	struct hm_bytes b = { .ctx = skb, .kind = HM_CTX_SKB };

	return s ? hm_scan_chunk(&b, off, left, s) : 0;
}

__noinline int hm_scan_xdp(struct xdp_md *xdp, __u32 off, __u32 left, hm_room room)
{
	struct hm_scratch *s = hm_in_room(room);
	struct hm_bytes b = { .ctx = xdp, .kind = HM_CTX_XDP };

	return s ? hm_scan_chunk(&b, off, left, s) : 0;
}

/* hm_scan_skb() or hm_scan_xdp() ... of the right kind of context. */
static __always_inline int hm_scan_next(const struct hm_bytes *b, __u32 off, __u32 left,
					struct hm_scratch *s)
{
	return b->kind == HM_CTX_XDP ? hm_scan_xdp(b->ctx, off, left, hm_room_of(s)) :
				       hm_scan_skb(b->ctx, off, left, hm_room_of(s));
}

/* By way of the scratch, chunk by chunk. Returns how many bytes could not be searched. */
static __always_inline __u32 hm_scan_copied(const struct hm_bytes *b, __u32 off, __u32 left,
					    struct hm_scratch *s)
{
	for (int i = 0; i < HM_SCAN_MAX / HM_SCAN_CHUNK && left; i++) {
		__u32 n = hm_scan_next(b, off, left, s);

		if (!n || n > left)
			break;
		off = hm_forget(off + n);
		left = hm_forget(left - n);
	}
	return left;
}

/* Where the payload is in one piece. */
static __always_inline struct hm_view hm_view_skb(struct __sk_buff *skb, __u32 off, __u32 past)
{
	return hm_packet_view(hm_scan_needles(), (void *)(long)skb->data,
			      (void *)(long)skb->data_end, off, past);
}

__noinline int hm_scan_win_skb(struct __sk_buff *skb, __u32 off, __u32 past, __u32 at, hm_room room)
{
	struct hm_view v = hm_view_skb(skb, off, past);
	struct hm_scratch *s = hm_in_room(room);

	if (s && v.data)
		hm_scan_window(hm_scan_needles(), &v, s, at, hm_scan_call_add);
	return 0;
}

__noinline __u32 hm_scan_fit_skb(struct __sk_buff *skb, __u32 off, __u32 past, __u32 at)
{
	struct hm_view v = hm_view_skb(skb, off, past);

	return v.data ? hm_block_fits(hm_scan_needles(), &v, at) : 0;
}

/* The blocks that need a closer look. */
__noinline int hm_scan_blk_skb(struct __sk_buff *skb, __u32 off, __u32 past, hm_room room)
{
	const __u32 step = hm_scan_step(hm_scan_needles());
	struct hm_scratch *s = hm_in_room(room);

	for (__u32 k = 0; s && k < HM_SCAN_LOOKS && k < s->looks; k++) {
		__u32 at = s->look[k], fits = hm_scan_fit_skb(skb, off, past, at);

		s->edge |= hm_near_edge(at, off);
		for (int i = 0; i < HM_SCAN_UNROLL && fits; i++, at += step, fits >>= 1)
			if (fits & 1)
				hm_scan_win_skb(skb, off, past, at, room);
	}
	return 0;
}

__noinline __u32 hm_scan_lin_skb(struct __sk_buff *skb, __u32 off, __u32 past, hm_room room)
{
	struct hm_view v = hm_view_skb(skb, off, past);
	struct hm_scratch *s = hm_in_room(room);

	return s && v.data ? hm_scan_packet(hm_scan_needles(), &v, s) : 0;
}

__noinline __u32 hm_scan_end_skb(struct __sk_buff *skb, __u32 off, __u32 past, hm_room room)
{
	struct hm_view v = hm_view_skb(skb, off, past);
	struct hm_scratch *s = hm_in_room(room);

	return s && v.data ? hm_scan_last(hm_scan_needles(), &v, s) : 0;
}

static __always_inline struct hm_view hm_view_xdp(struct xdp_md *xdp, __u32 off, __u32 past)
{
	return hm_packet_view(hm_scan_needles(), (void *)(long)xdp->data,
			      (void *)(long)xdp->data_end, off, past);
}

__noinline int hm_scan_win_xdp(struct xdp_md *xdp, __u32 off, __u32 past, __u32 at, hm_room room)
{
	struct hm_view v = hm_view_xdp(xdp, off, past);
	struct hm_scratch *s = hm_in_room(room);

	if (s && v.data)
		hm_scan_window(hm_scan_needles(), &v, s, at, hm_scan_call_add);
	return 0;
}

__noinline __u32 hm_scan_fit_xdp(struct xdp_md *xdp, __u32 off, __u32 past, __u32 at)
{
	struct hm_view v = hm_view_xdp(xdp, off, past);

	return v.data ? hm_block_fits(hm_scan_needles(), &v, at) : 0;
}

__noinline int hm_scan_blk_xdp(struct xdp_md *xdp, __u32 off, __u32 past, hm_room room)
{
	const __u32 step = hm_scan_step(hm_scan_needles());
	struct hm_scratch *s = hm_in_room(room);

	for (__u32 k = 0; s && k < HM_SCAN_LOOKS && k < s->looks; k++) {
		__u32 at = s->look[k], fits = hm_scan_fit_xdp(xdp, off, past, at);

		s->edge |= hm_near_edge(at, off);
		for (int i = 0; i < HM_SCAN_UNROLL && fits; i++, at += step, fits >>= 1)
			if (fits & 1)
				hm_scan_win_xdp(xdp, off, past, at, room);
	}
	return 0;
}

__noinline __u32 hm_scan_lin_xdp(struct xdp_md *xdp, __u32 off, __u32 past, hm_room room)
{
	struct hm_view v = hm_view_xdp(xdp, off, past);
	struct hm_scratch *s = hm_in_room(room);

	return s && v.data ? hm_scan_packet(hm_scan_needles(), &v, s) : 0;
}

__noinline __u32 hm_scan_end_xdp(struct xdp_md *xdp, __u32 off, __u32 past, hm_room room)
{
	struct hm_view v = hm_view_xdp(xdp, off, past);
	struct hm_scratch *s = hm_in_room(room);

	return s && v.data ? hm_scan_last(hm_scan_needles(), &v, s) : 0;
}

static __always_inline struct hm_view hm_view_of(const struct hm_bytes *b, __u32 off, __u32 past)
{
	return b->kind == HM_CTX_XDP ? hm_view_xdp(b->ctx, off, past) :
				       hm_view_skb(b->ctx, off, past);
}

/* Blocks, then what is left at the end. */
static __always_inline __u32 hm_scan_lin(const struct hm_bytes *b, const struct hm_view *v,
					 struct hm_scratch *s)
{
	return b->kind == HM_CTX_XDP ? hm_scan_lin_xdp(b->ctx, v->first, v->past, hm_room_of(s)) :
				       hm_scan_lin_skb(b->ctx, v->first, v->past, hm_room_of(s));
}

static __always_inline __u32 hm_scan_end(const struct hm_bytes *b, const struct hm_view *v,
					 struct hm_scratch *s)
{
	return b->kind == HM_CTX_XDP ? hm_scan_end_xdp(b->ctx, v->first, v->past, hm_room_of(s)) :
				       hm_scan_end_skb(b->ctx, v->first, v->past, hm_room_of(s));
}

/* A closer look where one is needed. */
static __always_inline void hm_scan_closer(const struct hm_bytes *b, const struct hm_view *v,
					   struct hm_scratch *s)
{
	if (!s->looks)
		return;
	if (b->kind == HM_CTX_XDP)
		hm_scan_blk_xdp(b->ctx, v->first, v->past, hm_room_of(s));
	else
		hm_scan_blk_skb(b->ctx, v->first, v->past, hm_room_of(s));
}

/*
 * The payload of v, where it lies. False: it could not be searched, or with too many closer looks.
 */
static __always_inline bool hm_scan_placed(const struct hm_bytes *b, const struct hm_view *v,
					   struct hm_tail *tail, struct hm_scratch *s)
{
	const struct hm_needles *n = hm_scan_needles();
	const __u8 *last;

	s->next = v->first;
	for (int i = 0; i < HM_SCAN_PLACED && hm_scan_goes_on(n, v, s); i++) {
		if (!hm_scan_lin(b, v, s))
			return false;
		hm_scan_closer(b, v, s);
	}
	if (hm_scan_goes_on(n, v, s))
		return false;
	hm_scan_end(b, v, s);
	hm_scan_closer(b, v, s);
	if (hm_scan_edge(n, s, tail) && hm_scan_next(b, v->first, n->longest - 1, s) <= 0)
		return false;
	last = hm_view_at(v, v->past - HM_SCAN_TAIL, HM_SCAN_TAIL);
	if (!last)
		return false;
	hm_scan_leave(n, last, tail);
	return true;
}

static __always_inline int hm_scan_all(const struct hm_bytes *b, __u32 off, __u32 len,
				       struct hm_tail *tail, struct hm_scratch *s)
{
	struct hm_view v;

	if (!tail || !s)
		return -EFAULT;
	hm_scan_start(hm_scan_needles(), s, tail);
	v = hm_view_of(b, off, off + len);
	if (HM_SCAN_IN_PLACE && v.data && hm_scan_placed(b, &v, tail, s))
		return 0;
	hm_scan_start(hm_scan_needles(), s, tail);
	s->hits.unsearched = hm_scan_copied(b, off, len, s);
	hm_scan_finish(hm_scan_needles(), s, tail);
	return s->hits.unsearched ? -EFAULT : 0;
}

/* As hm_scan_payload(); pointers that the verifier takes for NULL search nothing. */
HM_GLOBAL int hm_scan_all_skb(struct __sk_buff *skb, __u32 off, __u32 len, struct hm_tail *tail,
			       struct hm_scratch *s)
{
	const struct hm_bytes b = { .ctx = skb, .kind = HM_CTX_SKB };

	return hm_scan_all(&b, off, len, tail, s);
}

HM_GLOBAL int hm_scan_all_xdp(struct xdp_md *xdp, __u32 off, __u32 len, struct hm_tail *tail,
			       struct hm_scratch *s)
{
	const struct hm_bytes b = { .ctx = xdp, .kind = HM_CTX_XDP };

	return hm_scan_all(&b, off, len, tail, s);
}

/*
 * Searches len bytes of payload at off of the packet, which follow upon tail, and leaves what was
 * found in s->hits and the new end in tail. 0; or -EFAULT when not all of it could be searched.
 */
static __always_inline int hm_scan_payload(const struct hm_bytes *b, __u32 off, __u32 len,
					   struct hm_tail *tail, struct hm_scratch *s)
{
	return b->kind == HM_CTX_XDP ? hm_scan_all_xdp(b->ctx, off, len, tail, s) :
				       hm_scan_all_skb(b->ctx, off, len, tail, s);
}

#endif
