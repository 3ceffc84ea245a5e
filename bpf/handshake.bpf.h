/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sightings that need headers only: SYN, SYN-ACK, the last ACK of the handshake, RST, FIN, ICMP. */
#ifndef HANDSHAKE_BPF_H
#define HANDSHAKE_BPF_H

#include "emit.bpf.h"
#include "order.bpf.h"
#include "gate.bpf.h"
#include "parse.bpf.h"
#include "track.bpf.h"

/* The listener a SYN met at socket:in. */
struct hm_listener {
	__u32 valid;
	__u32 backlog;
	__u32 backlog_max;
	__u32 requests;
};

#define HM_OPT_SACK (1U << 24)
#define HM_OPT_TIMESTAMPS (1U << 25)
#define HM_OPT_BAD (1U << 26)
#define HM_OPT_DSCP 32 /* bits before it */

/*
 * The options in one number: MSS, window scale from bit 16, flags, DSCP. As numbers, and from
 * functions of their own, because of their many ways through: see verifier.bpf.h.
 */
static __always_inline __u64 hm_options_in(const struct hm_bytes *b, __u32 tcp_off, __u32 tcp_len,
					   __u32 family, __u32 ttl)
{
	const struct hm_packet p = { .tcp_off = tcp_off, .tcp_len = tcp_len };
	struct hm_rec_syn syn;
	__u32 bad = hm_parse_syn_options(b, &p, &syn) ? HM_OPT_BAD : 0;

	return syn.mss | (__u32)syn.wscale << 16 | (syn.sack ? HM_OPT_SACK : 0) |
	       (syn.timestamps ? HM_OPT_TIMESTAMPS : 0) | bad |
	       (__u64)hm_dscp(b, tcp_off, family, ttl) << HM_OPT_DSCP;
}

__noinline __u64 hm_options_skb(struct __sk_buff *skb, __u32 tcp_off, __u32 tcp_len, __u32 family,
				__u32 ttl)
{
	const struct hm_bytes b = { .ctx = skb, .kind = HM_CTX_SKB };

	return hm_options_in(&b, tcp_off, tcp_len, family, ttl);
}

__noinline __u64 hm_options_xdp(struct xdp_md *xdp, __u32 tcp_off, __u32 tcp_len, __u32 family,
				__u32 ttl)
{
	const struct hm_bytes b = { .ctx = xdp, .kind = HM_CTX_XDP };

	return hm_options_in(&b, tcp_off, tcp_len, family, ttl);
}

static __always_inline int hm_syn_options(const struct hm_bytes *b, const struct hm_packet *p,
					  struct hm_rec_syn *syn)
{
	__u64 all = b->kind == HM_CTX_XDP ?
			    hm_options_xdp(b->ctx, p->tcp_off, p->tcp_len, p->family, p->ttl) :
			    hm_options_skb(b->ctx, p->tcp_off, p->tcp_len, p->family, p->ttl);

	syn->mss = all;
	syn->wscale = all >> 16;
	syn->sack = !!(all & HM_OPT_SACK);
	syn->timestamps = !!(all & HM_OPT_TIMESTAMPS);
	syn->dscp = all >> HM_OPT_DSCP;
	return all & HM_OPT_BAD;
}

/* SYN or SYN-ACK with its options, and the listener's queue as it was before this packet. */
static __always_inline void hm_tell_syn(enum hm_what what, struct hm_here *here,
					const struct hm_bytes *b, const struct hm_packet *p,
					const struct hm_listener *listener)
{
	struct hm_rec_syn syn = {};
	struct hm_rec *r;

	if (hm_syn_options(b, p, &syn))
		hm_count(HM_CNT_PARTLY);
	r = hm_start(what, here, p);
	if (!r)
		return;
	if (listener->valid) {
		syn.has_listener = 1;
		syn.backlog = listener->backlog;
		syn.backlog_max = listener->backlog_max;
		syn.requests = listener->requests;
	}
	if (what == HM_WHAT_SYN)
		syn.outside = hm_is_followed(p);
	r->syn = syn;
	hm_send(r);
}

/* A direction's first sequence number; its payload begins right behind it. */
static __always_inline void hm_set_isn(struct hm_here *here, const struct hm_packet *p,
				       struct hm_way *w)
{
	if (((w->has_isn || w->has_next) && w->isn == p->seq) || !hm_way_take(here, p, w))
		return; /* known, or payload of another connection is searched now */
	if (!HM_WAYS_ARE_DEAR)
		hm_count_passed_by(w->has_next); /* one of the two is somebody else's */
	w->isn = p->seq;
	w->has_isn = HM_WAYS_ARE_DEAR || !w->has_next;
	w->first_seq = p->seq;
	w->next_seq = p->seq + 1;
	w->has_next = 1;
	w->turned = 0;
	w->tail.len = 0;
	hm_no_holes(w);
	hm_forget_left(w);
	hm_acked_from(w, p->seq);
	hm_way_leave(w);
}

/*
 * The track a SYN belongs to: a SYN with a new initial sequence number on a known tuple is a new
 * connection. NULL: no room.
 */
static __always_inline struct hm_track *hm_track_of_syn(struct hm_track *track, __u32 way,
							struct hm_here *here,
							const struct hm_packet *p)
{
	if (!track || !track->way[way].has_isn || track->way[way].isn != p->seq) {
		track = hm_track_new(p, hm_now(here));
		if (!track)
			return NULL;
		hm_isn_remember(p->seq);
	}
	hm_set_isn(here, p, &track->way[way & 1]);
	track->syn_way = way;
	return track;
}

/* The third packet of the handshake: RFC 9293, 3.5. */
static __always_inline bool hm_is_last_ack(const struct hm_track *track, __u32 way,
					   const struct hm_packet *p)
{
	const struct hm_way *mine = &track->way[way & 1], *other = &track->way[(way ^ 1) & 1];

	return track->syn_way == way && mine->has_isn && other->has_isn &&
	       p->seq == mine->isn + 1 && p->ack == other->isn + 1 &&
	       (p->tcp_flags & (HM_TCP_SYN | HM_TCP_ACK | HM_TCP_RST | HM_TCP_FIN)) == HM_TCP_ACK;
}

/* An ICMP error about a leg that is known. */
static __always_inline void hm_see_icmp(struct hm_here *here, const struct hm_packet *p)
{
	struct hm_rec *r = hm_start(HM_WHAT_ICMP, here, p);

	if (!r)
		return;
	__builtin_memcpy(r->icmp.sender, p->icmp_sender, sizeof(r->icmp.sender));
	r->icmp.type = p->icmp_type;
	r->icmp.code = p->icmp_code;
	r->icmp.family = p->family;
	r->icmp.mtu = p->icmp_mtu;
	hm_send(r);
}

#endif
