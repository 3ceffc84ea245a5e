/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The search for markers in a stream that comes in pieces. One source for the BPF programs
 * (bpf/scan.bpf.h) and for user space (hm_scan_stream() below).
 *
 * Every occurrence of an m-byte marker covers a whole 4-byte window when windows are tried every
 * m-3 bytes. So windows are tried every needles->step bytes, step being that of the shortest
 * marker; each is hashed into needles->window[], whose entry says which markers have a window with
 * that hash among their first .step offsets. A hit is compared byte for byte. As only the first
 * .step offsets are in the table, each occurrence is met by exactly one window: no doubles.
 *
 * The stream is searched in chunks. The last bytes before a chunk stand in front of it, and an
 * occurrence belongs to the chunk that holds its last byte: none is missed at a border, none found
 * twice. Between segments these bytes are kept in a struct hm_tail.
 */
#ifndef HM_SCAN_H
#define HM_SCAN_H

#include "hm_wire.h"

#define HM_SCAN_TAIL 64 /* bytes in front of a chunk; longest marker - 1 are used */
#define HM_SCAN_CHUNK 1024 /* a power of two */
#define HM_SCAN_SPAN 2048 /* an index below this may begin a run of windows or a comparison */
#define HM_SCAN_RUN 512 /* bytes such a run may take: seven windows of step 61 and one marker */
#define HM_SCAN_MAX 65536 /* bytes of one payload that are searched */
#define HM_SCAN_UNROLL 8 /* windows looked up for one test */
#define HM_SCAN_BLOCKS ((HM_SCAN_TAIL + HM_SCAN_CHUNK) / HM_SCAN_UNROLL)
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
	__u32 more; /* occurrences for which there was no room in hit[] */
	__u32 unsearched; /* bytes at the payload's end that could not be read or were too many */
	__u32 pad;
	struct hm_hit hit[HM_MAX_HITS];
};

/* What a search works on. Zeroed once, before its first use; one search at a time. */
struct hm_scratch {
	__u8 data[HM_SCAN_SPAN + HM_SCAN_RUN] __attribute__((aligned(8)));
	__u32 before; /* valid bytes in front of the chunk, 0 to 63 */
	__u32 n; /* bytes of the chunk, 1 to HM_SCAN_CHUNK */
	__u32 base; /* offset of the chunk from the payload's first byte */
	__u32 busy; /* bpf/scan.bpf.h: 1 while a search uses it */
	__u8 block[HM_SCAN_BLOCKS]; /* not 0: some window of this block may be a marker's */
	struct hm_hits hits;
};
_Static_assert(HM_SCAN_RUN >= (HM_SCAN_UNROLL - 1) * (HM_MARKER_MAX - 3) + HM_MARKER_MAX,
	       "windows and comparisons that begin below HM_SCAN_SPAN end in the scratch");

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

/* Slot of a window in needles->window[]. */
static __always_inline __u32 hm_window_slot(__u32 window)
{
	return (window * 0x9e3779b1u) >> (32 - HM_WINDOW_BITS);
}

/* An index below HM_SCAN_SPAN, which all are: this tells the verifier. */
static __always_inline __u32 hm_scan_at(__u32 at)
{
#ifdef __bpf__
	asm volatile("" : "+r"(at));
	at &= HM_SCAN_SPAN - 1;
	asm volatile("" : "+r"(at));
#endif
	return at;
}

/* needles->step, in a way that tells the verifier its range: 1 to 61 in a table that was built. */
static __always_inline __u32 hm_scan_step(const struct hm_needles *n)
{
	__u32 step = n->step & 63;

	return step ? step : 1;
}

/* Where the first window of a chunk is tried. */
static __always_inline __u32 hm_scan_begin(const struct hm_scratch *s)
{
	return HM_SCAN_TAIL - (s->before & 63);
}

/*
 * Pass one, over the whole chunk: looks up every window, HM_SCAN_UNROLL of them for one test.
 * 0: no marker ends in it. Else s->block[] says which blocks pass two has to look at.
 */
static __always_inline __u32 hm_scan_windows(const struct hm_needles *n,
					     struct hm_scratch *s)
{
	__u32 step = hm_scan_step(n);
	__u32 at = hm_scan_begin(s), last = HM_SCAN_TAIL + s->n - HM_MARKER_MIN, any = 0;

	for (__u32 i = 0; i < HM_SCAN_BLOCKS; i++) {
		__u8 found = 0;

		if (at > last)
			break;
		at = hm_scan_at(at);
#ifdef __bpf__
		/* Else every k * step is kept on the stack, and the chain of calls takes over 512 bytes. */
		asm volatile("" : "+r"(step));
#endif
#pragma GCC unroll 8
		for (__u32 k = 0; k < HM_SCAN_UNROLL; k++)
			found |= n->window[hm_window_slot(hm_load32(&s->data[at + k * step]))];
		s->block[i] = found;
		any |= found;
		at += HM_SCAN_UNROLL * step;
	}
	return any;
}

/*
 * Where the last eight of len bytes begin. The verifier is told again that this is not far: before
 * Linux 6.6 it also follows a comparison of a constant with len the way that cannot be taken, and
 * knows nothing of len there.
 */
static __always_inline __u32 hm_scan_last8(__u32 len)
{
	len -= 8;
#ifdef __bpf__
	asm volatile("" : "+r"(len));
	len &= HM_MARKER_MAX - 1;
	asm volatile("" : "+r"(len));
#endif
	return len;
}

/* Are the len bytes at a and b the same? len is HM_MARKER_MIN to HM_MARKER_MAX. */
static __always_inline int hm_scan_equal(const __u8 *a, const __u8 *b, __u32 len)
{
	__u32 last;

	if (len < 8)
		return hm_load32(a) == hm_load32(b) &&
		       hm_load32(a + len - 4) == hm_load32(b + len - 4);
	for (__u32 i = 0; i + 8 < HM_MARKER_MAX; i += 8) {
		if (i + 8 > len)
			break;
		if (hm_load64(a + i) != hm_load64(b + i))
			return 0;
	}
	last = hm_scan_last8(len);
	return hm_load64(a + last) == hm_load64(b + last);
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
		hits->more++;
		return;
	}
	hits->count = kept + 1;
	hits->hit[kept & (HM_MAX_HITS - 1)] = (struct hm_hit){
		.offset = offset, .id = id, .len = len, .split = offset < 0,
	};
}

/* Compares marker id with what stands at start, an index into s->data. */
static __always_inline void hm_scan_compare(const struct hm_needles *n,
					    struct hm_scratch *s, __u32 start, __u32 id)
{
	const struct hm_marker *m = &n->marker[id & (HM_MAX_MARKERS - 1)];
	__u32 len = m->len;

	if (len < HM_MARKER_MIN || len > HM_MARKER_MAX)
		return;
	if (start + s->before < HM_SCAN_TAIL)
		return;
	/* It ends in this chunk: not before it (told then), not behind it (told next time). */
	if (start + len <= HM_SCAN_TAIL || start + len > HM_SCAN_TAIL + s->n)
		return;
	if (hm_scan_equal(&s->data[hm_scan_at(start)], m->bytes, len))
		hm_hits_add(&s->hits, (__s32)(s->base + start - HM_SCAN_TAIL), id, len);
}

/* What pass two calls for each place where a marker may begin; BPF puts a subprogram here. */
typedef void (*hm_scan_fn)(const struct hm_needles *n, struct hm_scratch *s, __u32 at, __u32 id);

/* The window at at, an index into s->data, as part of marker id: compares wherever it fits. */
static __always_inline void hm_scan_window(const struct hm_needles *n, struct hm_scratch *s,
					   __u32 at, __u32 id, hm_scan_fn compare)
{
	const __u8 *marker = n->marker[id & (HM_MAX_MARKERS - 1)].bytes;
	__u32 step = hm_scan_step(n), window;

	at = hm_scan_at(at);
	window = hm_load32(&s->data[at]);
	for (__u32 o = 0; o < HM_MARKER_MAX - 3; o++) {
		if (o >= step || o > at)
			break;
		if (hm_load32(&marker[o]) == window)
			compare(n, s, at - o, id);
	}
}

/* The block of windows that begins at at: tries each with every marker that may have it. */
static __always_inline void hm_scan_block(const struct hm_needles *n, struct hm_scratch *s,
					  __u32 at, hm_scan_fn window)
{
	__u32 step = hm_scan_step(n), last = HM_SCAN_TAIL + s->n - HM_MARKER_MIN;

	for (__u32 k = 0; k < HM_SCAN_UNROLL; k++, at += step) {
		__u32 who;

		if (at > last)
			return;
		at = hm_scan_at(at);
		who = n->window[hm_window_slot(hm_load32(&s->data[at]))];
		for (__u32 id = 0; who && id < HM_MAX_MARKERS; id++)
			if (who >> id & 1)
				window(n, s, at, id);
	}
}

/* Pass two, over the blocks that pass one has marked. */
static __always_inline void hm_scan_verify(const struct hm_needles *n, struct hm_scratch *s,
					   hm_scan_fn block)
{
	__u32 at = hm_scan_begin(s), last = HM_SCAN_TAIL + s->n - HM_MARKER_MIN;
	const __u32 step = hm_scan_step(n);

	for (__u32 i = 0; i < HM_SCAN_BLOCKS; i++, at += HM_SCAN_UNROLL * step) {
		if (at > last)
			break;
		if (s->block[i])
			block(n, s, at, 0);
	}
}

/* Before the first chunk of a payload. tail: what came right before it; .len 0 if unknown. */
static __always_inline void hm_scan_start(struct hm_scratch *s, const struct hm_tail *tail)
{
	for (__u32 i = 0; i < HM_SCAN_TAIL; i += 8)
		hm_store64(s->data + i, hm_load64(tail->bytes + i));
	s->before = tail->len & 63;
	s->base = 0;
	s->hits.count = 0;
	s->hits.more = 0;
	s->hits.unsearched = 0;
}

/* After a chunk: its end moves in front of the next one. */
static __always_inline void hm_scan_advance(const struct hm_needles *n, struct hm_scratch *s)
{
	__u32 len = s->n, before = s->before + len, most = (n->longest - 1) & 63;

	if (len > HM_SCAN_CHUNK)
		return;
	for (__u32 i = 0; i < HM_SCAN_TAIL; i += 8)
		hm_store64(s->data + i, hm_load64(s->data + len + i));
	s->before = before < most ? before : most;
	s->base += len;
}

/* After the last chunk. A payload that was not searched to its end leaves nothing to go on from. */
static __always_inline void hm_scan_finish(const struct hm_scratch *s, struct hm_tail *tail)
{
	for (__u32 i = 0; i < HM_SCAN_TAIL; i += 8)
		hm_store64(tail->bytes + i, hm_load64(s->data + i));
	tail->len = s->hits.unsearched ? 0 : s->before & 63;
}

#ifndef __bpf__
static inline void hm_scan_each_id(const struct hm_needles *n, struct hm_scratch *s, __u32 at,
				   __u32 id)
{
	hm_scan_window(n, s, at, id, hm_scan_compare);
}

static inline void hm_scan_each(const struct hm_needles *n, struct hm_scratch *s, __u32 at,
				__u32 unused)
{
	(void)unused;
	hm_scan_block(n, s, at, hm_scan_each_id);
}

/*
 * Searches the next len bytes of a stream; tail, all zeros before the first ones, holds its state.
 * The occurrences that end in these bytes are in s->hits afterwards.
 */
static inline void hm_scan_stream(const struct hm_needles *n, struct hm_scratch *s,
				  struct hm_tail *tail, const __u8 *bytes, __u32 len)
{
	hm_scan_start(s, tail);
	for (__u32 off = 0; off < len && n->count; off += s->n) {
		s->n = len - off < HM_SCAN_CHUNK ? len - off : HM_SCAN_CHUNK;
		memcpy(s->data + HM_SCAN_TAIL, bytes + off, s->n);
		if (hm_scan_windows(n, s))
			hm_scan_verify(n, s, hm_scan_each);
		hm_scan_advance(n, s);
	}
	hm_scan_finish(s, tail);
}
#endif

#endif
