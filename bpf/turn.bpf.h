/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who talks: the first payload after each change of direction, with what it begins with (HTTP
 * status, TLS record ...). The first hop that sees new bytes decides that a turn begins; later
 * hops, and repetitions, know it by its sequence number.
 */
#ifndef TURN_BPF_H
#define TURN_BPF_H

#include "emit.bpf.h"
#include "hello.bpf.h"
#include "parse.bpf.h"
#include "track.bpf.h"

/* turns told of every leg; later ones only when a marker's answer is owed */
#define HM_TOLD_TURNS 16
#define HM_NOBODY 2

/* Bytes this side has not sent before, as far as was seen. */
static __always_inline bool hm_is_new(const struct hm_way *w, __u32 end)
{
	return (__s32)(end - w->next_seq) > 0;
}

/* This side begins to talk. */
static __always_inline void hm_begin_turn(struct hm_track *track, __u32 way, __u32 seq)
{
	struct hm_way *w = &track->way[way & 1];

	track->talker = way;
	track->turns++;
	w->turn_seq = seq;
	w->turned = 0;
	w->has_turn = 1;
	w->tell_turn = track->turns <= HM_TOLD_TURNS || track->owed == 1 + (way ^ 1);
	if (track->owed == 1 + (way ^ 1))
		track->owed = 0;
}

/* struct hm_rec_data in one number, bit 48: it cannot be read. Why a number: see verifier.bpf.h. */
static __always_inline __u64 hm_classify_in(const struct hm_bytes *b, __u32 off, __u32 len)
{
	const struct hm_packet p = { .payload_off = off, .payload_len = len };
	struct hm_rec_data d = {};
	__u64 bad = hm_classify_payload(b, &p, &d) ? 1ULL << 48 : 0;

	return bad | (__u64)d.status << 32 | (__u32)d.alert_level << 24 | d.alert << 16 |
	       d.tls_type << 8 | d.class;
}

__noinline __u64 hm_classify_skb(struct __sk_buff *skb, __u32 off, __u32 len)
{
	const struct hm_bytes b = { .ctx = skb, .kind = HM_CTX_SKB };

	return hm_classify_in(&b, off, len);
}

__noinline __u64 hm_classify_xdp(struct xdp_md *xdp, __u32 off, __u32 len)
{
	const struct hm_bytes b = { .ctx = xdp, .kind = HM_CTX_XDP };

	return hm_classify_in(&b, off, len);
}

static __always_inline int hm_classify(const struct hm_bytes *b, const struct hm_packet *p,
				       struct hm_rec_data *d)
{
	__u64 all = b->kind == HM_CTX_XDP ?
			    hm_classify_xdp(b->ctx, p->payload_off, p->payload_len) :
			    hm_classify_skb(b->ctx, p->payload_off, p->payload_len);

	d->class = all;
	d->tls_type = all >> 8;
	d->alert = all >> 16;
	d->alert_level = all >> 24;
	d->status = all >> 32;
	return all >> 48;
}

/* Tells the turn's first segment. An interim answer (RFC 9110, 15.2) leaves the final one owed. */
static __always_inline void hm_tell_turn(struct hm_here *here, const struct hm_bytes *b,
					 const struct hm_packet *p, struct hm_track *track)
{
	struct hm_rec_data data = {};
	struct hm_rec *r;

	if (hm_classify(b, p, &data))
		hm_count(HM_CNT_PARTLY);
	if (data.status >= 100 && data.status < 200 && data.status != 101)
		track->talker = HM_NOBODY;
	r = hm_start(HM_WHAT_DATA, here, p);
	if (!r)
		return;
	r->data = data;
	hm_send(r);
	if (hm_cfg.sni && data.tls_type == 22)
		hm_tell_hello(here, b, p);
}

static __always_inline void hm_see_turn(struct hm_here *here, const struct hm_bytes *b,
					const struct hm_packet *p, struct hm_track *track,
					__u32 way)
{
	struct hm_way *w = &track->way[way & 1];

	if (track->talker != way && hm_is_new(w, p->seq + p->payload_len))
		hm_begin_turn(track, way, p->seq);
	if (w->has_turn && w->tell_turn && w->turn_seq == p->seq)
		hm_tell_turn(here, b, p, track);
}

#endif
