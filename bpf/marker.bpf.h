/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Markers of a leg: bytes are searched once, by the first hop that sees them; later hops know a
 * marker by leg and sequence number, whatever GRO and TSO made of the segments.
 */
#ifndef MARKER_BPF_H
#define MARKER_BPF_H

#include "emit.bpf.h"
#include "scan.bpf.h"
#include "track.bpf.h"
#include "turn.bpf.h"

#define HM_ACK_WATCH_NS 1000000000ULL /* how long after the first covering ACK later hops tell theirs */

static __always_inline void hm_fill_mark(struct hm_rec_marker *r, const struct hm_mark *m)
{
	r->id = m->id;
	r->split = m->split;
	r->seq = m->seq;
	r->end_seq = m->end_seq;
	r->offset = m->offset;
	r->word = m->word;
}

/*
 * Tells the markers whose last byte is in this packet. A global function: the verifier checks it
 * once, by itself.
 */
__noinline int hm_tell_marks(const struct hm_here *here, const struct hm_packet *p,
			     const struct hm_way *w)
{
	int i;

	if (!here || !p || !w)
		return 0;
	for (i = 0; i < HM_MARKS; i++) {
		const struct hm_mark *m = &w->mark[i];
		struct hm_rec *r;

		if (!m->used || m->end_seq - 1 - p->seq >= p->payload_len)
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
static __always_inline void hm_see_acked(const struct hm_here *here, const struct hm_packet *p,
					 struct hm_track *track, __u32 way)
{
	struct hm_way *other = &track->way[(way ^ 1) & 1];
	const struct hm_mark *m = &other->mark[(other->mark_count - 1) & (HM_MARKS - 1)];
	struct hm_rec *r;

	if (!other->mark_count || !(p->tcp_flags & HM_TCP_ACK) || p->tcp_flags & HM_TCP_RST ||
	    (__s32)(p->ack - m->end_seq) < 0)
		return;
	if (!other->acked_ns)
		other->acked_ns = here->now;
	if (here->now - other->acked_ns > HM_ACK_WATCH_NS ||
	    !hm_first_time(track, here, HM_WHAT_ACKED, m->end_seq))
		return;
	r = hm_start(HM_WHAT_ACKED, here, p);
	if (!r)
		return;
	hm_fill_mark(&r->marker, m);
	hm_send(r);
}

#endif
