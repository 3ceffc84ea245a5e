/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The kernel side's memory of a connection: found by either direction, made when first needed. */
#ifndef TRACK_BPF_H
#define TRACK_BPF_H

#include "count.bpf.h"
#include "hm_packet.h"
#include "verifier.bpf.h"

/*
 * 1 if t comes from the higher address: which end of a connection between two equal ports is which.
 */
HM_GLOBAL int hm_is_from_higher(const struct hm_tuple *t)
{
	if (!t)
		return 0;
	for (int i = 3; i > 0; i--)
		if (t->saddr[i] != t->daddr[i])
			return t->saddr[i] > t->daddr[i];
	return t->saddr[0] > t->daddr[0];
}

/*
 * Fills key; returns the direction of p: 0 when its source is the lower end, that with the lower
 * port. In numbers, without a way of its own for each direction: the verifier, and the processor,
 * take one.
 */
static __always_inline __u32 hm_track_key_of(struct hm_track_key *key, const struct hm_packet *p)
{
	const struct hm_tuple *t = &p->tuple;
	__u32 way = ((__u32)t->dport - t->sport) >> 31, swap, both, i;

	if (hm_unlikely(t->sport == t->dport))
		way = hm_is_from_higher(t);
	/* clang sees that it is 0 or 1, the verifier does not: the mask has to stay */
	HM_KEEP(way);
	way &= 1;
	swap = -way;
	for (i = 0; i < 4; i++) {
		both = (t->saddr[i] ^ t->daddr[i]) & swap;
		key->lo_addr[i] = t->saddr[i] ^ both;
		key->hi_addr[i] = t->daddr[i] ^ both;
	}
	both = (t->sport ^ t->dport) & swap;
	key->lo_port = t->sport ^ both;
	key->hi_port = t->dport ^ both;
	return way;
}

static __always_inline struct hm_track *hm_track_find(const struct hm_packet *p, __u32 *way)
{
	struct hm_track_key key;

	*way = hm_track_key_of(&key, p);
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
	struct hm_track_key key;
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
 * remembered it is told again: twice is better than never. Cast, because before d7ba4cc900bf (6.4)
 * the helper's result is an int in a register of which only that half is right.
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

	return (int)bpf_map_update_elem(&hm_once, &key, &one, BPF_NOEXIST) != -EEXIST;
}

#endif
