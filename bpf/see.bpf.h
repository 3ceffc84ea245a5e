/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The one pipeline of all packet hooks: read, gate, then each kind of sighting in turn. */
#ifndef SEE_BPF_H
#define SEE_BPF_H

#include "depth.bpf.h"
#include "handshake.bpf.h"
#include "order.bpf.h"
#include "quiet.bpf.h"
#include "search.bpf.h"
#include "turn.bpf.h"
#include "window.bpf.h"

/*
 * Takes one packet whose parser returned err through the gate, as hm_gate(); *as is how it is
 * counted, beside as seen: filtered, not inspected, or HM_CNT_MATCHED, which hm_see_inside()
 * counts.
 */
static __always_inline int hm_admit(int err, const struct hm_packet *p, __u32 pid,
				    enum hm_counter *as)
{
	int gate;

	*as = HM_CNT_NOT_INSPECTED;
	if (err || p->what_proto == HM_PKT_FRAGMENT)
		return 0;
	gate = p->what_proto == HM_PKT_NONE ? 0 : hm_gate(pid, p);
	*as = gate ? HM_CNT_MATCHED : HM_CNT_FILTERED;
	return gate;
}

/* What is new in a packet, or lies in a gap: one packet of this direction at a time. */
static __always_inline void hm_see_unsearched(struct hm_here *here, const struct hm_bytes *b,
					      const struct hm_packet *p, struct hm_track *track,
					      __u32 way)
{
	struct hm_way *w = &track->way[way & 1];
	__u32 end = p->seq + p->payload_len;

	if (!hm_way_take(here, p, w))
		return;
	if (!HM_WAYS_ARE_DEAR && hm_is_far(w, p->seq)) { /* it began anew on another CPU */
		hm_leave_to_next(here, p, w);
		hm_way_leave(w);
		return;
	}
	hm_done_from(w, p->seq);
	if (hm_cfg.needles.count) {
		if (hm_is_beyond(w, p))
			hm_leave_out(here, p, w);
		else
			hm_search(b, p, track, way);
	}
	if (hm_is_new(w, end)) {
		hm_count_turn(w, end);
		if ((w->next_seq ^ end) >> 31)
			hm_forget_far(track, way, end);
		w->next_seq = end;
	}
	if (hm_has_left(w))
		hm_take_left(w, end);
	hm_way_leave(w);
}

/* Payload of a leg: whose turn it is, and the markers in it. */
static __always_inline void hm_see_payload(struct hm_here *here, const struct hm_bytes *b,
					   const struct hm_packet *p, struct hm_track *track,
					   __u32 way)
{
	struct hm_way *w = &track->way[way & 1];
	bool mine = true;

	if (hm_is_far(w, p->seq))
		mine = hm_begin_anew(here, p, w) || HM_WAYS_ARE_DEAR;
	hm_see_turn(here, b, p, track, way);
	if (mine && hm_is_unsearched(p, track, way))
		hm_see_unsearched(here, b, p, track, way);
	if (hm_cfg.needles.count && w->mark_count)
		hm_tell_marks(here, p, w);
}

/* Everything that a TCP packet of a known leg can tell. */
static __always_inline void hm_see_tcp(struct hm_here *here, const struct hm_bytes *b,
				       struct hm_packet *p, struct hm_track *track, __u32 way)
{
	const struct hm_listener none = {};

	if (p->tcp_flags & HM_TCP_RST) {
		hm_tell(HM_WHAT_RST, here, p);
		return;
	}
	if (p->tcp_flags & HM_TCP_SYN) {
		if (p->tcp_flags & HM_TCP_ACK) {
			hm_set_isn(here, p, &track->way[way & 1]);
			hm_tell_syn(HM_WHAT_SYNACK, here, b, p, &none);
		}
		/* the SYN has a sequence number: RFC 9293, 3.4; payload comes behind it */
		p->seq++;
	} else if (hm_is_last_ack(track, way, p)) {
		hm_tell(HM_WHAT_ACK, here, p);
	}
	if (hm_cfg.needles.count)
		hm_see_acked(here, p, track, way);
	if (p->payload_len)
		hm_see_payload(here, b, p, track, way);
	if (p->tcp_flags & HM_TCP_FIN)
		hm_tell(HM_WHAT_FIN, here, p);
	hm_see_window(here, p, track, way);
}

/*
 * A packet that passed the gate (1 inside, 2 only if its leg is known). False: its leg was not
 * looked up.
 */
static __always_inline bool hm_see_inside(int gate, struct hm_here *here,
					  struct hm_counters *counts, const struct hm_bytes *b,
					  struct hm_packet *p, const struct hm_listener *listener)
{
	struct hm_track *track;
	__u32 way;

	if (p->what_proto == HM_PKT_TCP && hm_is_quiet(p)) {
		hm_add(counts, HM_CNT_MATCHED);
		return false;
	}
	track = hm_track_find(p, &way);
	if (!track && (gate == 2 || p->what_proto != HM_PKT_TCP)) {
		hm_add(counts, HM_CNT_FILTERED);
		return false;
	}
	hm_add(counts, HM_CNT_MATCHED);
	if (HM_WAYS_ARE_DEAR)
		here->now = bpf_ktime_get_boot_ns();
	if (p->what_proto != HM_PKT_TCP) {
		hm_see_icmp(here, p);
		return false;
	}
	if (hm_is_syn(p)) {
		track = hm_track_of_syn(track, way, here, p);
		if (track)
			hm_tell_syn(HM_WHAT_SYN, here, b, p, listener);
	} else if (!track && (p->payload_len || p->tcp_flags & HM_TCP_SYN)) {
		track = hm_track_new(p, hm_now(here));
	}
	if (track)
		hm_see_tcp(here, b, p, track, way);
	return track;
}

#endif
