/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every map of the kernel side, and the configuration. No other file declares a map.
 * Sizes bound the memory: about 14 MB in all with the default ring. What is LRU gets 128
 * entries more for each CPU, see user/maps.c.
 */
#ifndef MAPS_BPF_H
#define MAPS_BPF_H

#include "hm_abi.h"
#include "hm_scan.h"

#define HM_DEV_SLOTS 1024 /* interface indexes below this are counted in an array */
#define HM_FAR_SLOTS 1024 /* hooks of interfaces above */
/* searches under way on one CPU: tasks, interrupted by tc, interrupted by XDP */
#define HM_SCAN_ROOMS 4
#define HM_MAX_HOLES 2048 /* gaps of all connections */
#define HM_READERS 1024 /* processes */
#define HM_QUIETS 64 /* flows of one CPU */
#define HM_HOLES 8 /* gaps remembered for each direction of a leg */
#define HM_LEFT 4 /* packets left to later hops at a time, for each direction of a leg */
#define HM_MARKS 8 /* marker occurrences remembered for each direction of a leg */

/* Both ends of a connection, the lower one first, so that both directions give the same key. */
struct hm_track_key {
	__u32 lo_addr[4];
	__u32 hi_addr[4];
	__u16 lo_port;
	__u16 hi_port;
};

/* One occurrence of a marker in one direction. */
struct hm_mark {
	__u32 seq;
	__u32 end_seq;
	/* of its bytes, and of those before a gap, the one that came last: its packet tells it */
	__u32 at;
	__u32 offset; /* from the direction's first payload byte; ~0: not known */
	__u32 word;
	__u8 id;
	__u8 split;
	__u8 read; /* told that a process read it */
	__u8 pad;
	/*
	 * 0: the rest is not complete; else when it was found, in units of 2^20 ns. Atomic, 32 bits
	 * are the least that can be
	 */
	__u32 used;
};

/* One direction of a connection. Index 0: sent by the lower end. */
struct hm_way {
	__u32 isn; /* valid with has_isn */
	__u32 next_seq; /* one past the highest byte searched; valid with has_next */
	/* no payload lies before: that of the SYN or of the first byte seen, or 1 to 3 GB back */
	__u32 first_seq;
#ifdef HM_OLD_KERNEL
	__u32 hole_lo; /* the one gap that is remembered there; empty: lo == hi */
	__u32 hole_hi;
#else
	__u32 holes; /* bit n: there is a struct hm_hole of that number; atomic */
	__u32 busy; /* odd: a CPU searches; rises with each turn, see order.bpf.h; atomic */
	/* ends of the last packets left to later hops; 0: none; atomic, as is their number */
	__u32 left[HM_LEFT];
	__u32 left_count;
	__u32 done_from; /* see hm_done_from() */
	__u32 open; /* 1: behind such a gap there are too few bytes yet, more may follow in order */
#endif
	__u32 turn_seq; /* where this side began to talk last; valid with has_turn */
	__u32 mark_count; /* occurrences ever; the last HM_MARKS are kept */
	/* when the newest mark was first seen acknowledged; 0 not yet: hm_coarse_ns() */
	__u64 acked_ns;
	__u64 unsearched_ns; /* when HM_WHAT_UNSEARCHED was told last, likewise */
	__u32 turned; /* bytes of this turn before next_seq, as far as hm_cfg.depth needs to know */
	/*
	 * 0: its window is open; else when it was told last that it is closed, in units of 2^20 ns
	 */
	__u32 shut;
	__u8 has_isn, has_next, has_turn;
	__u8 tell_turn; /* 1: this turn is worth a record at every hop */
	__u8 halves; /* times next_seq went into another half of the numbers; 2: twice or more */
	__u8 dropped; /* marks that made room too early, not counted yet */
	__u8 pad[2];
	__u32 acked_to; /* the highest acknowledgement of a mark seen; or 1 GB back */
	struct hm_mark mark[HM_MARKS];
	struct hm_tail tail;
};

/* What the kernel side knows of one connection. */
struct hm_track {
	__u64 id; /* creation time in ns: two CPUs can, hardly, make two in the same one */
	__u32 turns; /* changes of direction so far */
	__u8 talker; /* direction that talked last; 2: nobody yet */
	__u8 syn_way; /* direction of the SYN; 2: none seen */
	__u8 owed; /* 1: a marker went one way, its answer has not begun */
	__u8 told_read; /* 1: the first read has been told */
	struct hm_way way[2];
#ifdef HM_OLD_KERNEL
	struct hm_tail spare; /* for bytes searched out of order */
#endif
};

/* A gap that reordering left: bytes that have not been searched, between some that have. */
struct hm_hole_key {
	__u64 track;
	__u32 way;
	__u32 number;
};

struct hm_hole {
	__u32 lo; /* sequence number of its first byte */
	__u32 hi; /* one past its last */
	struct hm_tail low; /* what came right before it */
	struct hm_tail high; /* what follows right upon it: the first .len bytes */
};

struct hm_once_key { /* a sighting that is told once for each hop */
	__u64 track;
	__u32 ifindex;
	__u32 seq;
	__u16 what;
	__u16 hook;
	__u32 netns;
};

struct hm_quiet { /* what of a flow had nothing to tell: quiet.bpf.h */
	struct hm_tuple tuple;
	__u32 from; /* sequence number of the first byte */
	__u32 to; /* one past the last */
	__u32 ack_from; /* these and between */
	__u32 ack_to;
	__u32 written; /* times */
	__u64 jiffies; /* when last */
};

struct hm_bucket { /* of the rate limit, one for each CPU */
	__u64 ms;
	__u32 used;
	__u32 pad;
};

const volatile struct hm_config hm_cfg = {};

/* 1 once a connection outside the filter is followed; until then a gate miss looks nowhere. */
__u32 hm_followed = 0;

/* 1 once a process has read a marker: what it opens is to be followed. */
__u32 hm_reading = 0;

/*
 * Initial sequence numbers of SYNs inside the filter, so that the leg behind a NAT is known again;
 * by their hash. What makes room for a younger one too early is counted: isn.bpf.h.
 */
struct hm_isn_row hm_isns[HM_ISN_ROWS] = {};
__u32 hm_isn_count = 0; /* SYNs that were remembered */

/* Sightings. Written by emit.bpf.h, read by the loader, which sets the size. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20);
} hm_ring SEC(".maps");

/* enum hm_counter, for each CPU. Written everywhere, read by the loader. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hm_counters);
} hm_counts SEC(".maps");

/*
 * Packets for each interface and hook: index ifindex * 3 + hook; not shared between namespaces. An
 * array, because every packet looks here; indexes beyond it are in hm_far_devs.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, HM_DEV_SLOTS * 3);
	__type(key, __u32);
	__type(value, __u64);
} hm_devs SEC(".maps");

/*
 * The same for higher interface indexes. The loader adds a row before it attaches and does not
 * attach without one; here none is ever added.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, HM_FAR_SLOTS);
	__type(key, __u32);
	__type(value, __u64);
} hm_far_devs SEC(".maps");

/* Connections inside the filter, or followed. LRU: under a flood the idlest are forgotten. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, HM_MAX_TRACKS);
	__type(key, struct hm_track_key);
	__type(value, struct hm_track);
} hm_tracks SEC(".maps");

/* See struct hm_quiet. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, HM_QUIETS);
	__type(key, __u32);
	__type(value, struct hm_quiet);
} hm_quiets SEC(".maps");

/* Zeros that a track and a hole start from: too many for the stack. Never written. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hm_track);
} hm_blank SEC(".maps");

/*
 * Gaps of those connections, where there are any. What is forgotten is counted when next looked
 * for.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, HM_MAX_HOLES);
	__type(key, struct hm_hole_key);
	__type(value, struct hm_hole);
} hm_holes SEC(".maps");

/*
 * Socket cookie to the process that connected it or read from it; connections outside the filter
 * too, as a reader may open one. Who is forgotten is nobody, never somebody else: a marker that
 * nobody sends may be any reader's (path_pair.c), and a connection outside the filter that nobody
 * opens is counted as lost once there are readers (hm_reading).
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, __u64);
	__type(value, struct hm_owner);
} hm_owners SEC(".maps");

/*
 * Processes that read a marker, and when: what they connect to afterwards is followed. Here and in
 * hm_tree are only those that live: hm_exit takes them out. What does not fit is counted.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, HM_READERS);
	__type(key, __u32);
	__type(value, __u64);
} hm_readers SEC(".maps");

/* COMMAND and its descendants, by thread group. Seeded by the loader. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, __u32);
} hm_tree SEC(".maps");

/* Network namespaces watched, by inode number. Written by the loader. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, __u32);
} hm_netns SEC(".maps");

/* Sightings already told, see struct hm_once_key. What is forgotten is told twice, no harm. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct hm_once_key);
	__type(value, __u8);
} hm_once SEC(".maps");

/* Whose function is asked for: see symbols.bpf.h. Written by the loader. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} hm_address SEC(".maps");

/* Working memory of the search, see scan.bpf.h. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, HM_SCAN_ROOMS);
	__type(key, __u32);
	__type(value, struct hm_scratch);
} hm_rooms SEC(".maps");

/* Rate limit, see struct hm_bucket. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hm_bucket);
} hm_buckets SEC(".maps");

#endif
