/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sends a record to user space: decides and limits before it reserves, because a full ring is a
 * lock that all CPUs contend for. Every byte of a record is written.
 */
#ifndef EMIT_BPF_H
#define EMIT_BPF_H

#include "count.bpf.h"
#include "hm_packet.h"
#include "maps.bpf.h"
#include "verifier.bpf.h"

/* Where and when a program runs; made once for each call of a program. */
struct hm_here {
	__u64 now; /* CLOCK_BOOTTIME; 0: not asked for yet, see hm_now() */
	__u32 netns;
	__u32 ifindex;
	__u32 hook; /* enum hm_hook */
	/* 1: the packet has something to tell, here or at another hop: it is not quiet */
	__u32 busy;
	struct hm_owner owner; /* who did it; pid 0: not known */
};

/*
 * When that is. Asked for when first needed: most packets have nothing to tell. Where each asking
 * would be verified as two ways it is known from the beginning.
 */
static __always_inline __u64 hm_now(struct hm_here *here)
{
	if (!HM_WAYS_ARE_DEAR && !here->now)
		here->now = bpf_ktime_get_boot_ns();
	return here->now;
}

/*
 * True if this CPU may send one more record in this millisecond; counts what it refuses. One that
 * is interrupted here lets the other have its place, or gives it a second one: only the limit is
 * less exact for it.
 */
static __noinline int hm_allow(__u64 now)
{
	__u32 zero = 0, rate = hm_cfg.rate_per_ms;
	struct hm_bucket *b = bpf_map_lookup_elem(&hm_buckets, &zero);
	__u64 ms = now / 1000000;

	if (!b || !rate)
		return 1;
	if (b->ms != ms) {
		b->ms = ms;
		b->used = 0;
	}
	if (b->used >= rate) {
		hm_count(HM_CNT_LIMITED);
		return 0;
	}
	b->used++;
	return 1;
}

/*
 * Starts a record about one packet. NULL: refused or no room, counted. Otherwise the caller may
 * fill the union and must call hm_send().
 */
static __always_inline void *hm_start_sized(enum hm_what what, struct hm_here *here,
					    const struct hm_packet *p, const __u32 size)
{
	struct hm_rec *r;

	hm_count(HM_CNT_SIGHTINGS);
	here->busy = 1;
	if (!hm_allow(hm_now(here)))
		return NULL;
	r = bpf_ringbuf_reserve(&hm_ring, size, 0);
	if (!r) {
		hm_count(HM_CNT_LOST_RING);
		return NULL;
	}
	r->what = what;
	r->size = size;
	r->hook = here->hook;
	r->ttl = p->ttl;
	r->tcp_flags = p->tcp_flags;
	r->family = p->family;
	r->mono_ns = here->now;
	r->netns = here->netns;
	r->ifindex = here->ifindex;
	r->tuple = p->tuple;
	r->seq = p->seq;
	r->ack = p->ack;
	r->len = p->payload_len;
	r->window = p->window;
	r->ip_id = p->ip_id;
	r->owner = here->owner;
	r->pad = 0;
	__builtin_memset(r->room, 0, sizeof(r->room));
	return r;
}

static __always_inline struct hm_rec *hm_start(enum hm_what what, struct hm_here *here,
					       const struct hm_packet *p)
{
	return hm_start_sized(what, here, p, sizeof(struct hm_rec));
}

/* Counted before it can be read, so that never more are read than were sent. */
static __always_inline void hm_send(struct hm_rec *r)
{
	hm_count(HM_CNT_RECORDS);
	bpf_ringbuf_submit(r, 0);
}

/* A record that needs nothing in its union. */
static __noinline int hm_tell(enum hm_what what, struct hm_here *here,
			      const struct hm_packet *p)
{
	struct hm_rec *r = hm_start(what, here, p);

	if (r)
		hm_send(r);
	return 0;
}

#endif
