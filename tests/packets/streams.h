/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random streams with random markers in them, and the order in which their segments come: cut
 * anywhere, swapped, repeated, overlapping. What is in a stream is told by a plain search, which
 * knows no segments. Used by test_programs_streams.c.
 */
#ifndef HM_TEST_STREAMS_H
#define HM_TEST_STREAMS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hm_abi.h"

#define STREAM_MAX 700 /* bytes */
#define SEGMENT_MAX 360 /* fits struct corpus_packet behind any headers */
#define SEGMENTS_MAX 400
#define PLACES_MAX 8 /* occurrences that the kernel side remembers */

/* An occurrence: marker id at offset off. */
struct place {
	uint32_t id, off, len;
	bool told;
};

struct piece {
	uint32_t off, len;
};

static struct stream {
	char bytes[STREAM_MAX];
	uint32_t len;
	struct place place[PLACES_MAX];
	uint32_t places;
	struct piece piece[SEGMENTS_MAX]; /* in the order in which they come */
	uint32_t pieces;
	bool come[STREAM_MAX];
	bool left[STREAM_MAX]; /* beyond the depth: not searched, whenever they come */
	/* behind the highest byte; of this turn; 0: all is searched */
	uint32_t next, turned, depth;
	bool other_talked;
} st;

static uint64_t stream_seed = 88172645463325252ULL;

/* 0 to below - 1. xorshift: the same on every machine. */
static inline uint32_t chance(uint32_t below)
{
	stream_seed ^= stream_seed << 13;
	stream_seed ^= stream_seed >> 7;
	stream_seed ^= stream_seed << 17;
	return (stream_seed >> 11) % below;
}

static inline bool holds(const struct hm_marker *a, const struct hm_marker *b)
{
	return memmem(a->bytes, a->len, b->bytes, b->len) ||
	       memmem(b->bytes, b->len, a->bytes, a->len);
}

/* None within another: of two like that only the longer one is told. Few letters: they overlap. */
static inline uint32_t random_markers(struct hm_marker *m)
{
	static const uint32_t longest[] = { 4, 8, 12, 20, 64 };
	uint32_t most = longest[chance(5)], want = 1 + chance(HM_MAX_MARKERS), count = 0;

	for (uint32_t tries = 0; count < want && tries < 1000; tries++) {
		bool within = false;

		memset(&m[count], 0, sizeof(m[count]));
		m[count].len = chance(2) ? most : HM_MARKER_MIN + chance(most - HM_MARKER_MIN + 1);
		for (uint32_t i = 0; i < m[count].len; i++)
			m[count].bytes[i] = "abcd"[chance(4)];
		for (uint32_t i = 0; i < count; i++)
			within |= holds(&m[i], &m[count]);
		count += !within;
	}
	return count;
}

/* Noise, parts of markers, and whole ones. */
static inline void random_bytes(const struct hm_marker *m, uint32_t count)
{
	uint32_t at = 0;

	st.len = 1 + chance(chance(2) ? STREAM_MAX : 150);
	while (at < st.len) {
		const struct hm_marker *one = &m[chance(count)];
		uint32_t kind = chance(8), n = kind < 2 ? one->len : 1 + chance(one->len - 1);
		const char *from = (const char *)one->bytes + (kind == 3 ? one->len - n : 0);

		if (n > st.len - at)
			n = st.len - at;
		if (kind < 4)
			memcpy(st.bytes + at, from, n);
		else
			memset(st.bytes + at, 'x', n);
		at += n;
	}
}

/* The plain search. False: more than are remembered. */
static inline bool find_places(const struct hm_marker *m, uint32_t count)
{
	st.places = 0;
	for (uint32_t id = 0; id < count; id++)
		for (uint32_t off = 0; off + m[id].len <= st.len; off++) {
			if (memcmp(st.bytes + off, m[id].bytes, m[id].len))
				continue;
			if (st.places == PLACES_MAX)
				return false;
			st.place[st.places++] = (struct place){ id, off, m[id].len, false };
		}
	return true;
}

static inline void add_piece(uint32_t off, uint32_t len)
{
	if (st.pieces < SEGMENTS_MAX)
		st.piece[st.pieces++] = (struct piece){ off, len };
}

/* Cuts from an offset on: short pieces or long ones, now and then one that repeats or overlaps. */
static inline void cut_stream(uint32_t from)
{
	static const uint32_t lengths[] = { 3, 15, 70, SEGMENT_MAX };
	uint32_t most = lengths[chance(4)], off = from;

	if (st.len / most > SEGMENTS_MAX / 4)
		most = 15;
	st.pieces = 0;
	while (off < st.len) {
		uint32_t n = 1 + chance(most), low, high;

		if (n > st.len - off)
			n = st.len - off;
		add_piece(off, n);
		if (!chance(4)) {
			low = chance(2) && off > 20 ? off - chance(20) : off;
			low = low < from ? from : low;
			high = off + n + chance(30);
			high = high > st.len ? st.len : high;
			add_piece(low, high - low < SEGMENT_MAX ? high - low : SEGMENT_MAX);
		}
		off += n;
	}
}

/* In order, nearly, or not at all. */
static inline void shuffle_pieces(void)
{
	static const uint32_t widths[] = { 1, 2, 4, 12, SEGMENTS_MAX };
	uint32_t width = widths[chance(5)];

	for (uint32_t i = 0; i + 1 < st.pieces; i++) {
		uint32_t left = st.pieces - i, with = i + chance(left < width ? left : width);
		struct piece one = st.piece[i];

		st.piece[i] = st.piece[with];
		st.piece[with] = one;
	}
}

static inline bool any_gap(void)
{
	return memchr(st.come, false, st.next);
}

/*
 * The packet of len bytes at off, as --depth has it: of a turn that had as many bytes what is new
 * is left out, a gap before it and all, unless something in it may lie in a gap. Returns how many
 * bytes.
 */
static inline uint32_t leave_out(uint32_t off, uint32_t len)
{
	uint32_t from = st.next, new = off + len > from ? off + len - from : 0;
	bool beyond;

	if (!new)
		return 0;
	if (st.other_talked)
		st.turned = 0;
	st.other_talked = false;
	beyond = st.depth && st.turned >= st.depth && !(off < from && any_gap());
	st.next += new;
	st.turned += new;
	for (uint32_t i = from; beyond && i < st.next; i++)
		st.come[i] = st.left[i] = true;
	return beyond ? new : 0;
}

/* Bytes off to off + len have come. Returns how many gaps there are below the highest. */
static inline uint32_t come(uint32_t off, uint32_t len)
{
	uint32_t gaps = 0, open = 0;

	memset(st.come + off, true, len);
	for (uint32_t i = 0; i < st.len; i++) {
		if (!st.come[i])
			open = 1;
		else if (open) {
			gaps++;
			open = 0;
		}
	}
	return gaps;
}

static inline bool has_come(const struct place *p)
{
	for (uint32_t i = 0; i < p->len; i++)
		if (!st.come[p->off + i] || st.left[p->off + i])
			return false;
	return true;
}

#endif
