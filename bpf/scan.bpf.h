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
 * The parts are global functions: the verifier checks each once, instead of once for each of 64
 * chunks, and they take no context, so that all program types share them.
 */
#ifndef SCAN_BPF_H
#define SCAN_BPF_H

#include "hm_packet.h"
#include "hm_scan.h"
#include "verifier.bpf.h"

/* The compiler must not know that this is hm_cfg, whose initializer it would take for its value. */
static __always_inline const struct hm_needles *hm_scan_needles(void)
{
	const struct hm_needles *n = (const struct hm_needles *)&hm_cfg.needles;

	asm volatile("" : "+r"(n));
	return n;
}

__noinline int hm_scan_sub_cmp(hm_room room, __u32 at, __u32 id)
{
	struct hm_scratch *s = hm_in_room(room);

	if (s)
		hm_scan_compare(hm_scan_needles(), s, at, id);
	return 0;
}

static __always_inline void hm_scan_call_cmp(const struct hm_needles *n, struct hm_scratch *s,
					     __u32 at, __u32 id)
{
	(void)n;
	hm_scan_sub_cmp(hm_room_of(s), at, id);
}

__noinline int hm_scan_sub_win(hm_room room, __u32 at, __u32 id)
{
	struct hm_scratch *s = hm_in_room(room);

	if (s)
		hm_scan_window(hm_scan_needles(), s, at, id, hm_scan_call_cmp);
	return 0;
}

static __always_inline void hm_scan_call_win(const struct hm_needles *n, struct hm_scratch *s,
					     __u32 at, __u32 id)
{
	(void)n;
	hm_scan_sub_win(hm_room_of(s), at, id);
}

__noinline int hm_scan_sub_blk(hm_room room, __u32 at)
{
	struct hm_scratch *s = hm_in_room(room);

	if (s)
		hm_scan_block(hm_scan_needles(), s, at, hm_scan_call_win);
	return 0;
}

static __always_inline void hm_scan_call_blk(const struct hm_needles *n, struct hm_scratch *s,
					     __u32 at, __u32 unused)
{
	(void)n;
	(void)unused;
	hm_scan_sub_blk(hm_room_of(s), at);
}

__noinline int hm_scan_sub_all(hm_room room)
{
	struct hm_scratch *s = hm_in_room(room);

	return s ? hm_scan_windows(hm_scan_needles(), s) : 0;
}

__noinline int hm_scan_sub_hit(hm_room room)
{
	struct hm_scratch *s = hm_in_room(room);

	if (s)
		hm_scan_verify(hm_scan_needles(), s, hm_scan_call_blk);
	return 0;
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
	s->n = n;
	if (hm_scan_sub_all(hm_room_of(s)))
		hm_scan_sub_hit(hm_room_of(s));
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

/* As hm_scan_payload(); pointers that the verifier takes for NULL search nothing. */
HM_GLOBAL int hm_scan_all_skb(struct __sk_buff *skb, __u32 off, __u32 len, struct hm_tail *tail,
			       struct hm_scratch *s)
{
	__u32 left = len;

	if (!tail || !s)
		return -EFAULT;
	hm_scan_start(s, tail);
	for (int i = 0; i < HM_SCAN_MAX / HM_SCAN_CHUNK && left; i++) {
		__u32 n = hm_scan_skb(skb, off, left, hm_room_of(s));

		if (!n || n > left)
			break;
		off = hm_forget(off + n);
		left = hm_forget(left - n);
	}
	s->hits.unsearched = left;
	hm_scan_finish(s, tail);
	return left ? -EFAULT : 0;
}

HM_GLOBAL int hm_scan_all_xdp(struct xdp_md *xdp, __u32 off, __u32 len, struct hm_tail *tail,
			       struct hm_scratch *s)
{
	__u32 left = len;

	if (!tail || !s)
		return -EFAULT;
	hm_scan_start(s, tail);
	for (int i = 0; i < HM_SCAN_MAX / HM_SCAN_CHUNK && left; i++) {
		__u32 n = hm_scan_xdp(xdp, off, left, hm_room_of(s));

		if (!n || n > left)
			break;
		off = hm_forget(off + n);
		left = hm_forget(left - n);
	}
	s->hits.unsearched = left;
	hm_scan_finish(s, tail);
	return left ? -EFAULT : 0;
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
