/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Receive windows that close and open again. Closed is 0, whatever its scale. The first hop that
 * sees it tells it; while it lasts, bare ACKs that say so again are told too, as only a sender that
 * has more to send asks for them (window probes: RFC 9293, 3.8.6.1).
 */
#ifndef WINDOW_BPF_H
#define WINDOW_BPF_H

#include "emit.bpf.h"
#include "track.bpf.h"

/* of the units of hm_way.shut, some 100 ms: the same ACK passes several hops */
#define HM_SHUT_AGAIN 100

/*
 * Of the client's nothing is told: it may read its answer as it likes. A global function: checked
 * once.
 */
HM_GLOBAL int hm_tell_window(struct hm_here *here, const struct hm_packet *p, struct hm_way *w)
{
	__u32 now;

	if (!here || !p || !w)
		return 0;
	now = (__u32)(hm_now(here) >> 20) | 1;
	if (p->window)
		now = 0;
	else if (w->shut && (p->payload_len || now - w->shut < HM_SHUT_AGAIN))
		return 0;
	w->shut = now;
	hm_tell(HM_WHAT_WINDOW, here, p);
	return 0;
}

static __always_inline void hm_see_window(struct hm_here *here, const struct hm_packet *p,
					  struct hm_track *track, __u32 way)
{
	struct hm_way *w = &track->way[way & 1];

#ifdef HM_OLD_KERNEL
	return; /* all that leads here would be verified once more */
#endif
	if ((!p->window || w->shut) && way != track->syn_way)
		hm_tell_window(here, p, w);
}

#endif
