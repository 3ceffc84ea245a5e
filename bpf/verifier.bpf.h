/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the verifier lets functions and atomics be. Two objects are built from the same sources; the
 * loader takes the second one (HM_OLD_KERNEL) where the first is not understood, before Linux 5.12:
 *
 *	- a global function, checked once by itself, takes no pointer to memory there, only numbers
 *	  and the context (e5069b9c23b3, "bpf: Support pointers in global func args"); such a
 *	  function is static there and checked anew for each of its callers, so that those with
 *	  the most ways through them (search, options, first bytes, words) take and give numbers
 *	  in both objects, one function for each kind of context; and a test before all these
 *	  doubles what is verified (HM_WAYS_ARE_DEAR);
 *	- there are no atomics that give back what they found (5ca419f2864a, "bpf: Add BPF_FETCH
 *	  field / create atomic_fetch_add instruction"). Up to 5.11 a program is never preempted,
 *	  only interrupted, so that programs of one CPU lie on each other like a stack and plain
 *	  loads and stores do.
 */
#ifndef VERIFIER_BPF_H
#define VERIFIER_BPF_H

#include "maps.bpf.h"

#ifndef HM_OLD_KERNEL

#define HM_WAYS_ARE_DEAR 0 /* 1: a test that only saves time is left out */
#define HM_SCAN_IN_PLACE 1 /* payload is searched in the packet where it can be */
#define HM_GLOBAL __noinline /* a function with pointers to memory; they may be NULL */

typedef struct hm_scratch *hm_room; /* how global functions are handed a scratch */

static __always_inline hm_room hm_room_of(struct hm_scratch *s)
{
	return s;
}

static __always_inline struct hm_scratch *hm_in_room(hm_room room)
{
	return room;
}

/* True if it was free; it is the caller's then. */
static __always_inline bool hm_room_take(struct hm_scratch *s, __u32 number)
{
	(void)number;
	return !__sync_fetch_and_or(&s->busy, 1);
}

static __always_inline void hm_room_leave(struct hm_scratch *s)
{
	asm volatile("" ::: "memory");
	*(volatile __u32 *)&s->busy = 0;
}

/* Stores behind everything before it, and before everything after it: a full barrier. */
static __always_inline void hm_publish(__u32 *to, __u32 value)
{
	__sync_lock_test_and_set(to, value);
}

/* For another CPU: behind all that the caller stored. x86 keeps the order of stores. */
static __always_inline void hm_release(__u32 *to, __u32 value)
{
#ifdef __TARGET_ARCH_x86
	asm volatile("" ::: "memory");
	*(volatile __u32 *)to = value;
#else
	hm_publish(to, value);
#endif
}

/* The next number of those that are handed out at from. */
static __always_inline __u32 hm_take_number(__u32 *from)
{
	return __sync_fetch_and_add(from, 1);
}

/* For spans of a second, good to some milliseconds: what it costs is a tenth. Never 0. */
static __always_inline __u64 hm_coarse_ns(void)
{
	return bpf_ktime_get_coarse_ns();
}

#else

#define HM_WAYS_ARE_DEAR 1
#define HM_SCAN_IN_PLACE 0 /* all that calls it would be checked anew for each of its ways */
#define HM_GLOBAL static __noinline

typedef __u32 hm_room; /* its number in hm_rooms */

static __always_inline hm_room hm_room_of(struct hm_scratch *s)
{
	return s->busy - 1;
}

static __always_inline struct hm_scratch *hm_in_room(hm_room room)
{
	return bpf_map_lookup_elem(&hm_rooms, &room);
}

static __always_inline bool hm_room_take(struct hm_scratch *s, __u32 number)
{
	volatile __u32 *busy = &s->busy;

	if (*busy)
		return false;
	*busy = number + 1;
	return true;
}

static __always_inline void hm_room_leave(struct hm_scratch *s)
{
	*(volatile __u32 *)&s->busy = 0;
}

/* x86 keeps the order of stores, and the compiler that of volatile ones. */
static __always_inline void hm_publish(__u32 *to, __u32 value)
{
	asm volatile("" ::: "memory");
	*(volatile __u32 *)to = value;
	asm volatile("" ::: "memory");
}

/* Two CPUs may take the same one. */
static __always_inline __u32 hm_take_number(__u32 *from)
{
	return (*from)++;
}

static __always_inline __u64 hm_coarse_ns(void)
{
	return bpf_ktime_get_boot_ns(); /* the coarse one came with 5.11 */
}

#endif

#endif
