/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a search works on: the bytes, where they lie or copied into a scratch, and what was found in
 * them. Included through hm_scan.h.
 */
#ifndef HM_SCRATCH_H
#define HM_SCRATCH_H

#include "hm_wire.h"

#define HM_SCAN_TAIL 64 /* bytes in front of a chunk; longest marker - 1 are used */
#define HM_SCAN_CHUNK 2048 /* a power of two */
#define HM_SCAN_SPAN 4096 /* an index below this may begin a block or a comparison */
#define HM_SCAN_RUN 512 /* bytes such a block may take: seven windows of step 61 and one marker */
/* behind the last window, to the end of its marker as the verifier sees it */
#define HM_SCAN_ROOM 512
#define HM_SCAN_MAX 65536 /* bytes of one payload that are searched */
#define HM_SCAN_UNROLL 8 /* windows of a block, looked up for one test */
#define HM_SCAN_CLOSE 16 /* such blocks that are looked at window by window in one turn */
/* a payload that ends before this offset can be searched in the packet */
#define HM_SCAN_DIRECT 16384
#define HM_SCAN_LOOKS 8 /* such blocks in a packet that are noted; a power of two */
#define HM_SCAN_NONE ~0U /* no block of windows needs a closer look */
#define HM_MAX_HITS 8

/* The end of what was searched before, of one direction of a connection; len 0: nothing. */
struct hm_tail {
	__u8 bytes[HM_SCAN_TAIL]; /* the last .len of them are valid */
	__u32 len;
	__u32 pad;
};

struct hm_hit {
	__s32 offset; /* of its first byte from the payload's; negative: in an earlier segment */
	__u8 id; /* marker */
	__u8 len; /* bytes */
	__u8 split; /* 1: offset is negative */
	__u8 pad;
};

/*
 * Occurrences that end in one payload. One that lies inside another is left out: the longer
 * counts; it stays when the longer one ends in a later payload only. Not sorted.
 */
struct hm_hits {
	__u32 count;
	/* 1: there was one more, for which hit[] had no room; then the search is over */
	__u32 more;
	__u32 unsearched; /* bytes at the payload's end that could not be read or were too many */
	__u32 pad;
	struct hm_hit hit[HM_MAX_HITS];
};

/* bpf/holes.bpf.h: the part of a packet that lies in a gap. */
struct hm_late {
	__u32 hole; /* number of the gap */
	__u32 seq; /* of its first byte */
	__u32 len;
	__u8 below; /* 1: begins where the gap begins */
	__u8 above; /* 1: ends where it ends */
	__u8 pad[2];
	struct hm_tail tail; /* before the search what came right before it, then its end */
	struct hm_tail first; /* its first .len bytes */
};

/*
 * What a search works on. Zeroed once, before its first use; one search at a time. More stands in
 * front of .data, and has room behind it, than a marker takes: hm_window_differs().
 */
struct hm_scratch {
	struct hm_hits hits;
	struct hm_late late;
	__u32 before; /* valid bytes in front of the chunk, 0 to 63 */
	__u32 n; /* bytes of the chunk, 1 to HM_SCAN_CHUNK */
	__u32 base; /* offset of the chunk from the payload's first byte */
	__u32 busy; /* bpf/scan.bpf.h: 1 while a search uses it */
	__u32 next; /* index of the first window that has not been looked up */
	__u32 edge; /* 1: what begins in the tail may end in the payload */
	__u32 from; /* windows before this index have been tried */
	__u32 below; /* an occurrence begins below this index */
	__u32 looks; /* blocks in the packet that need a closer look: so many of .look[] */
	__u32 pad;
	__u32 look[HM_SCAN_LOOKS]; /* their indexes */
	__u8 data[HM_SCAN_SPAN + HM_SCAN_RUN + HM_SCAN_ROOM] __attribute__((aligned(8)));
};
_Static_assert(__builtin_offsetof(struct hm_scratch, data) >= HM_WINDOW_BACK,
	       "a marker may begin in front of the data");
_Static_assert(HM_SCAN_RUN >= (HM_SCAN_UNROLL - 1) * (HM_MARKER_MAX - 3) + HM_MARKER_MAX,
	       "blocks and comparisons that begin below HM_SCAN_SPAN end in the scratch");
_Static_assert(HM_SCAN_TAIL + HM_SCAN_CHUNK <= HM_SCAN_SPAN, "a chunk lies in the span");

/* Bytes that are searched where they are. An index counts from .data. */
struct hm_view {
	const __u8 *data;
	const __u8 *end; /* of the packet; not used in a scratch */
	__u32 first; /* index of the first byte that is known */
	__u32 fresh; /* occurrences end behind this index: what ends before has been told */
	__u32 past; /* index one past the last byte */
	__u32 base; /* index of the payload's first byte, modulo 2^32 */
	__u32 in_scratch;
};

/*
 * Loads and stores at any address. BPF's own may be unaligned here; a memcpy would be done byte by
 * byte. That p is a parameter matters: clang looks through a cast and sees an array of bytes.
 */
#ifdef __bpf__
typedef __u32 __attribute__((may_alias)) hm_u32_alias;
typedef __u64 __attribute__((may_alias)) hm_u64_alias;
#define HM_COPY(type, to, from) (*(type *)(to) = *(const type *)(from))
#else
typedef __u32 hm_u32_alias;
typedef __u64 hm_u64_alias;
#define HM_COPY(type, to, from) memcpy(to, from, sizeof(type))
#endif

static __always_inline __u32 hm_load32(const void *p)
{
	__u32 v;

	HM_COPY(hm_u32_alias, &v, p);
	return v;
}

static __always_inline __u64 hm_load64(const void *p)
{
	__u64 v;

	HM_COPY(hm_u64_alias, &v, p);
	return v;
}

static __always_inline void hm_store64(void *p, __u64 v)
{
	HM_COPY(hm_u64_alias, p, &v);
}

/* x, which the compiler may not compute anew from what it came from: BPF has few registers. */
#ifdef __bpf__
#define HM_KEEP(x) asm volatile("" : "+r"(x))
#else
#define HM_KEEP(x)
#endif

/* x, below max, a power of two, which it always is: this tells the verifier. */
static __always_inline __u32 hm_below(__u32 x, __u32 max)
{
	HM_KEEP(x);
	x &= max - 1;
	HM_KEEP(x);
	return x;
}

/* An index of a view: this tells the verifier its range. */
static __always_inline __u32 hm_view_index(const struct hm_view *v, __u32 at)
{
	return hm_below(at, v->in_scratch ? HM_SCAN_SPAN : HM_SCAN_DIRECT);
}

/* The n bytes at index at, at most HM_SCAN_RUN; NULL: not all of them are in the packet. */
static __always_inline const __u8 *hm_view_at(const struct hm_view *v, __u32 at, __u32 n)
{
	const __u8 *p = v->data + hm_view_index(v, at);

	return v->in_scratch || p + n <= v->end ? p : NULL;
}

static __always_inline struct hm_view hm_scratch_view(const struct hm_scratch *s)
{
	return (struct hm_view){
		.data = s->data,
		.first = HM_SCAN_TAIL - (s->before & 63),
		.fresh = HM_SCAN_TAIL,
		.past = HM_SCAN_TAIL + 1 + hm_below(s->n - 1, HM_SCAN_CHUNK),
		.base = HM_SCAN_TAIL - s->base,
		.in_scratch = 1,
	};
}

/* Adds an occurrence unless a longer one covers it; those that it covers go. */
static __always_inline void hm_hits_add(struct hm_hits *hits, __s32 offset, __u8 id, __u8 len)
{
	__s32 end = offset + len;
	__u32 kept = 0;

	for (__u32 i = 0; i < HM_MAX_HITS; i++) {
		struct hm_hit *old = &hits->hit[i];
		__s32 old_end = old->offset + old->len;

		if (i >= hits->count)
			break;
		if (old->offset <= offset && old_end >= end)
			return;
		if (old->offset >= offset && old_end <= end)
			continue;
		hits->hit[kept++ & (HM_MAX_HITS - 1)] = *old;
	}
	if (kept >= HM_MAX_HITS) {
		hits->more = 1;
		return;
	}
	hits->count = kept + 1;
	hits->hit[kept & (HM_MAX_HITS - 1)] = (struct hm_hit){
		.offset = offset, .id = id, .len = len, .split = offset < 0,
	};
}

#endif
