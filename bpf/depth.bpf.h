/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * --depth: of each turn only the first bytes are searched. Called by see.bpf.h. Bytes are counted from
 * where the turn began, not compared by sequence number: a turn may be longer than all of these.
 *
 * What is left out never lies in a gap (holes.bpf.h): one that begins within the depth belongs to what
 * is searched, whenever it comes; one that begins beyond is left out as a whole.
 *
 * Far beyond, in bulk, what follows is noted as quiet before it comes (quiet.bpf.h), so that next_seq lags
 * behind by HM_BULK bytes, or what comes in some milliseconds. That is safe by the numbers: this side's next
 * turn acknowledges what made it a new one, and its acknowledgements by the other side come behind bytes of
 * that side's; a note is of one acknowledgement, or of one sequence number. hm_catch_up() counts what was
 * passed over, when the other side talks or this one ends, at the latest.
 */
#ifndef DEPTH_BPF_H
#define DEPTH_BPF_H

#include "emit.bpf.h"
#include "turn.bpf.h"

/* Part of it may lie in a gap. */
static __always_inline bool hm_may_be_late(const struct hm_way *w, const struct hm_packet *p)
{
#ifdef HM_OLD_KERNEL
	return false; /* there such a part is searched by itself only */
#else
	return w->holes && (__s32)(w->next_seq - p->seq) > 0;
#endif
}

/* All that is new in this packet is beyond the depth, and there is nothing else in it to search. */
static __always_inline bool hm_is_beyond(const struct hm_way *w, const struct hm_packet *p)
{
	return hm_cfg.depth && w->turned >= hm_cfg.depth &&
	       hm_is_new(w, p->seq + p->payload_len) && !hm_may_be_late(w, p);
}

/*
 * Leaves out all that is new in this packet: counted, told, and what comes after it is not joined to
 * what came before.
 */
HM_GLOBAL int hm_leave_out(struct hm_here *here, const struct hm_packet *p, struct hm_way *w)
{
	struct hm_rec *r;
	__u64 now;

	if (!here || !p || !w)
		return 0;
	w->tail.len = 0;
	hm_count_by(HM_CNT_UNSEARCHED, p->seq + p->payload_len - w->next_seq);
	now = hm_coarse_ns();
	if (now - w->unsearched_ns < HM_UNSEARCHED_NS)
		return 0;
	w->unsearched_ns = now;
	r = hm_start(HM_WHAT_UNSEARCHED, here, p);
	if (r)
		hm_send(r);
	return 0;
}

/* Of a packet with new bytes, from seq to end, before next_seq is moved on. */
static __always_inline void hm_count_turn(struct hm_way *w, __u32 seq, __u32 end)
{
	if (hm_cfg.depth && w->turned < hm_cfg.depth + HM_BULK)
		w->turned += end - (w->has_next ? w->next_seq : seq);
}

#ifndef HM_OLD_KERNEL

/*
 * 1: what comes behind this packet has nothing to tell either: bytes or, of a packet without, their
 * acknowledgements.
 */
HM_GLOBAL int hm_is_bulk(const struct hm_track *track, __u32 way, const struct hm_packet *p)
{
	const __u32 talker = (p && p->payload_len ? way : way ^ 1) & 1;
	const struct hm_way *w;

	if (!track || !p || !hm_cfg.depth)
		return 0;
	w = &track->way[talker];
	return track->talker == talker && w->turned >= hm_cfg.depth + HM_BULK && !w->holes &&
	       (p->payload_len || !w->mark_count || w->acked_ns);
}

#else /* without notes */

static __always_inline int hm_is_bulk(const struct hm_track *track, __u32 way, const struct hm_packet *p)
{
	return 0;
}

#endif

#endif
