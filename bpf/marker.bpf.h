/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Markers of a leg: bytes are searched once, by the first hop that sees them; later hops know a
 * marker by leg and sequence number, whatever GRO and TSO made of the segments.
 */
#ifndef MARKER_BPF_H
#define MARKER_BPF_H

#include "emit.bpf.h"
#include "hm_word.h"
#include "scan.bpf.h"
#include "track.bpf.h"
#include "turn.bpf.h"

#define HM_WINDOW_MAX (1U << 30)
#define HM_AHEAD (1U << 28)
/* how long after the first covering ACK later hops tell theirs */
#define HM_ACK_WATCH_NS 1000000000ULL
/* of the units of hm_mark.used, some second: a packet has passed all hops by then */
#define HM_IN_FLIGHT 1000

static __always_inline void hm_fill_mark(struct hm_rec_marker *r, const struct hm_mark *m)
{
	r->id = m->id;
	r->split = m->split;
	r->seq = m->seq;
	r->end_seq = m->end_seq;
	r->offset = m->offset;
	r->word = m->word;
}

/* Characters of a word: letters, digits and - . _ ~ (RFC 3986, unreserved). */
static __always_inline bool hm_is_word(__u8 c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

/* Aligned: its first 16 bytes are read as two numbers. */
struct hm_word {
	__u8 bytes[2 * HM_WORD_MAX] __attribute__((aligned(8)));
};

/*
 * The keyed hash of a word of len bytes, zeros behind them; never 0. A subprogram, verified once.
 */
HM_GLOBAL int hm_hash_bytes(const struct hm_word *word, __u32 len)
{
	const volatile struct hm_config *cfg = &hm_cfg;
	const __u64 key[2] = { (__u64)cfg->key[1] << 32 | cfg->key[0],
			       (__u64)cfg->key[3] << 32 | cfg->key[2] };

	if (!word)
		return 0;
	return hm_sip_short(key, hm_load64(word->bytes), hm_load64(word->bytes + 8), len) | 1;
}

/*
 * Keyed hash of the word at the start of n bytes, behind which there are zeros; 0: there is none,
 * or it is cut off by the packet's end, or HM_WORD_MAX bytes long or longer.
 */
HM_GLOBAL int hm_hash_word(struct hm_word *word, __u32 n)
{
	__u32 len, i;

	if (!word)
		return 0;
	for (len = 0; len < HM_WORD_MAX; len++) {
		if (len >= n)
			return 0;
		if (!hm_is_word(word->bytes[len]))
			break;
	}
	if (!len || len == HM_WORD_MAX)
		return 0;
	for (i = 0; i < HM_WORD_MAX; i++)
		if (i >= len)
			word->bytes[i] = 0;
	return hm_hash_bytes(word, len);
}

/* hm_hash_word() of what stands at off, with left bytes in the packet. */
static __always_inline __u32 hm_word_in(const struct hm_bytes *b, __u32 off, __u32 left)
{
	struct hm_word word = {};
	__u32 n = left < HM_WORD_MAX ? left : HM_WORD_MAX;

	if (!n || hm_get(b, off, word.bytes, hm_bound(n, HM_WORD_MAX)))
		return 0;
	return hm_hash_word(&word, n);
}

__noinline int hm_word_skb(struct __sk_buff *skb, __u32 off, __u32 left)
{
	const struct hm_bytes b = { .ctx = skb, .kind = HM_CTX_SKB };

	return hm_word_in(&b, off, left);
}

__noinline int hm_word_xdp(struct xdp_md *xdp, __u32 off, __u32 left)
{
	const struct hm_bytes b = { .ctx = xdp, .kind = HM_CTX_XDP };

	return hm_word_in(&b, off, left);
}

static __always_inline __u32 hm_word_at(const struct hm_bytes *b, __u32 off, __u32 left)
{
	return b->kind == HM_CTX_XDP ? hm_word_xdp(b->ctx, off, left) :
				       hm_word_skb(b->ctx, off, left);
}

/* Numbers begin here: nothing behind is acknowledged. */
static __always_inline void hm_acked_from(struct hm_way *w, __u32 seq)
{
	if (!HM_WAYS_ARE_DEAR)
		w->acked_to = seq;
}

/*
 * A number here is compared with acked_to, which may be as old as the last acknowledgement that was
 * seen: it must not fall out of the half of the numbers in which that can be done.
 */
static __always_inline void hm_acked_follows(struct hm_way *w, __u32 seq)
{
	__u32 back = seq - w->acked_to;

	if (back > HM_WINDOW_MAX && back < -HM_AHEAD)
		hm_acked_from(w, seq - HM_WINDOW_MAX);
}

/*
 * m makes room for another one, found now. Later hops do not know it any more: unless it is some
 * time ago or was acknowledged, its packet may be on its way to them. In numbers: see
 * verifier.bpf.h.
 */
static __always_inline void hm_drop_mark(struct hm_way *w, const struct hm_mark *m, __u32 now)
{
	__u64 none = (__u64)m->used - 1, young = (__u64)(now - m->used) - HM_IN_FLIGHT;
	__u64 waits = (__s64)(__s32)(w->acked_to - m->end_seq);

	w->dropped += (young & waits & ~none) >> 63; /* 1 or 0 */
}

/*
 * Remembers an occurrence; at: the byte whose packet tells it, that which came last. 1: it is new;
 * 0: known already.
 */
HM_GLOBAL int hm_add_mark(struct hm_way *w, const struct hm_hit *hit, __u32 seq, __u32 word,
			   __u32 at)
{
	struct hm_mark *m;
	__u32 now;
	int i;

	if (!w || !hit)
		return 0;
	for (i = 0; i < HM_MARKS; i++)
		if (w->mark[i].used && w->mark[i].seq == seq && w->mark[i].id == hit->id)
			return 0;
	m = &w->mark[w->mark_count & (HM_MARKS - 1)];
	now = (__u32)(hm_coarse_ns() >> 20) | 1;
	if (!HM_WAYS_ARE_DEAR) {
		hm_acked_follows(w, seq);
		hm_drop_mark(w, m, now);
	}
	hm_publish(&m->used, 0); /* another CPU must not read it half written */
	m->seq = seq;
	m->end_seq = seq + hit->len;
	m->at = at;
	m->offset = w->has_isn && w->halves < 2 ? seq - (w->isn + 1) : ~0U;
	m->word = word;
	m->id = hit->id;
	m->split = hit->split;
	m->read = 0;
	hm_publish(&m->used, now); /* a full barrier, as all that fetch in BPF are */
	w->mark_count++;
	w->acked_ns = 0;
	return 1;
}

/*
 * Sequence numbers come again after 4 GB. Called when those of this direction go into their other
 * half, each 2 GB: what lies further back than any window (1 GB: RFC 7323, 2.3) is forgotten, or it
 * would be told once more when its numbers are another segment's. What seems to lie ahead was found
 * by another CPU just now.
 */
HM_GLOBAL int hm_forget_marks(struct hm_way *w, __u32 end)
{
	int i;

	if (!w)
		return 0;
	for (i = 0; i < HM_MARKS; i++) {
		__u32 back = end - w->mark[i].end_seq;

		if (back > HM_WINDOW_MAX && back < -HM_AHEAD)
			hm_publish(&w->mark[i].used, 0);
	}
#ifdef HM_OLD_KERNEL
	if (end - w->hole_hi > HM_WINDOW_MAX)
		w->hole_lo = w->hole_hi;
#endif
	if (end - w->first_seq > HM_WINDOW_MAX)
		w->first_seq = end - HM_WINDOW_MAX;
	hm_acked_follows(w, end);
	if (w->halves < 2)
		w->halves++;
	return 0;
}

/* What a search left out is counted, and what had to make room for what it found. */
static __always_inline void hm_count_hits(const struct hm_hits *hits, struct hm_way *w)
{
	struct hm_counters *c;

	if (!HM_WAYS_ARE_DEAR && !(hits->more | hits->unsearched | w->dropped))
		return;
	c = hm_counters();
	if (!c)
		return;
	__sync_fetch_and_add(&c->n[HM_CNT_SIGHTINGS], hits->more); /* at least one */
	__sync_fetch_and_add(&c->n[HM_CNT_LIMITED], hits->more);
	__sync_fetch_and_add(&c->n[HM_CNT_PARTLY], -(__u64)hits->unsearched >> 63); /* 1 or 0 */
	__sync_fetch_and_add(&c->n[HM_CNT_LOST_NOTE], w->dropped);
	w->dropped = 0;
}

/* What a search found becomes marks. */
static __always_inline void hm_take_hits(const struct hm_bytes *b, const struct hm_packet *p,
					 __u32 skip, struct hm_scratch *s, struct hm_track *track,
					 __u32 way)
{
	struct hm_way *w = &track->way[way & 1];
	__u32 i;

	for (i = 0; i < HM_MAX_HITS && i < s->hits.count; i++) {
		const struct hm_hit *hit = &s->hits.hit[i];
		__u32 at = skip + hit->offset, behind = at + hit->len;
		__u32 word = hm_word_at(b, p->payload_off + behind, p->payload_len - behind);

		if (hm_forget(hm_add_mark(w, hit, p->seq + at, word, p->seq + behind - 1)))
			track->owed = 1 + way;
	}
	hm_count_hits(&s->hits, w);
}

/*
 * Tells the markers that this packet completes. A global function: the verifier checks it
 * once, by itself.
 */
HM_GLOBAL int hm_tell_marks(struct hm_here *here, const struct hm_packet *p,
			     const struct hm_way *w)
{
	int i;

	if (!here || !p || !w)
		return 0;
	for (i = 0; i < HM_MARKS; i++) {
		const struct hm_mark *m = &w->mark[i];
		struct hm_rec *r;

		if (!m->used || m->at - p->seq >= p->payload_len)
			continue;
		r = hm_start(HM_WHAT_MARKER, here, p);
		if (!r)
			continue;
		hm_fill_mark(&r->marker, m);
		hm_send(r);
	}
	return 0;
}

/* The first ACK that covers the newest marker of the other side, once for each hop. */
static __always_inline void hm_see_acked(struct hm_here *here, const struct hm_packet *p,
					 struct hm_track *track, __u32 way)
{
	struct hm_way *other = &track->way[(way ^ 1) & 1];
	const struct hm_mark *m = &other->mark[(other->mark_count - 1) & (HM_MARKS - 1)];
	struct hm_rec *r;
	__u64 now;

	if (!other->mark_count || !(p->tcp_flags & HM_TCP_ACK) || p->tcp_flags & HM_TCP_RST)
		return;
	if (!HM_WAYS_ARE_DEAR && (__s32)(p->ack - other->acked_to) > 0)
		other->acked_to = p->ack;
	if ((__s32)(p->ack - m->end_seq) < 0)
		return;
	now = hm_coarse_ns();
	if (!other->acked_ns)
		other->acked_ns = now;
	if (now - other->acked_ns > HM_ACK_WATCH_NS)
		return;
	here->busy = 1;
	if (!hm_first_time(track, here, HM_WHAT_ACKED, m->end_seq))
		return;
	r = hm_start(HM_WHAT_ACKED, here, p);
	if (!r)
		return;
	hm_fill_mark(&r->marker, m);
	hm_send(r);
}

#endif
