/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The kernel side's memory of a connection: found by either direction, made when first needed. */
#ifndef TRACK_BPF_H
#define TRACK_BPF_H

#include "count.bpf.h"
#include "hm_packet.h"
#include "verifier.bpf.h"

/*
 * Fills key; returns the direction of p: 0 when its source is the lower end. A global function, so
 * that its ways through do not multiply with what comes after; nor do the parser's: what the
 * verifier knew of p, which it takes as a whole, is forgotten here.
 */
HM_GLOBAL int hm_track_key_of(struct hm_track_key *key, const struct hm_packet *p)
{
	const struct hm_tuple *t;
	int way = 0, i;

	if (!key || !p)
		return 0;
	t = &p->tuple;
	for (i = 3; i >= 0; i--) {
		if (t->saddr[i] != t->daddr[i]) {
			way = t->saddr[i] > t->daddr[i];
			goto decided;
		}
	}
	way = t->sport > t->dport;
decided:
	__builtin_memcpy(way ? key->hi_addr : key->lo_addr, t->saddr, sizeof(t->saddr));
	__builtin_memcpy(way ? key->lo_addr : key->hi_addr, t->daddr, sizeof(t->daddr));
	key->lo_port = way ? t->dport : t->sport;
	key->hi_port = way ? t->sport : t->dport;
	return way;
}

static __always_inline struct hm_track *hm_track_find(const struct hm_packet *p, __u32 *way)
{
	struct hm_track_key key = {};
	__u32 of = hm_track_key_of(&key, p);

	/* clang 19 sees that it is 0 or 1 and leaves the mask out; the verifier does not see it. */
	asm volatile("" : "+r"(of));
	*way = of & 1;
	return bpf_map_lookup_elem(&hm_tracks, &key);
}

/* The packet at hand would have been the first sighting of a leg. */
static __always_inline struct hm_track *hm_track_lost(void)
{
	hm_count(HM_CNT_SIGHTINGS);
	hm_count(HM_CNT_LOST_MAP);
	return NULL;
}

/* A fresh track in place of whatever was there; NULL: no room, counted. */
static __noinline struct hm_track *hm_track_new(const struct hm_packet *p, __u64 now)
{
	struct hm_track_key key = {};
	struct hm_track *blank, *track;
	__u32 zero = 0;

	hm_track_key_of(&key, p);
	blank = bpf_map_lookup_elem(&hm_blank, &zero);
	if (!blank || bpf_map_update_elem(&hm_tracks, &key, blank, BPF_ANY))
		return hm_track_lost();
	track = bpf_map_lookup_elem(&hm_tracks, &key);
	if (!track)
		return hm_track_lost();
	track->id = now;
	track->talker = 2;
	track->syn_way = 2;
	hm_count(HM_CNT_LEGS);
	return track;
}

/* Gaps of other sequence numbers; their places in hm_holes are used again. */
static __always_inline void hm_no_holes(struct hm_way *w)
{
#ifdef HM_OLD_KERNEL
	w->hole_lo = w->hole_hi;
#else
	w->holes = 0;
#endif
}

/*
 * True the first time only: this sighting has not been told at this hop. Where that cannot be
 * remembered it is told again: twice is better than never.
 */
static __always_inline bool hm_first_time(const struct hm_track *track, const struct hm_here *here,
					  enum hm_what what, __u32 seq)
{
	struct hm_once_key key = {
		.track = track->id,
		.ifindex = here->ifindex,
		.seq = seq,
		.what = what,
		.hook = here->hook,
		.netns = here->netns,
	};
	__u8 one = 1;

	return bpf_map_update_elem(&hm_once, &key, &one, BPF_NOEXIST) != -EEXIST;
}

#endif
