// SPDX-License-Identifier: GPL-2.0-only
/* The marker search against memmem() on the whole stream, however the stream is cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "hm_scan.h"
#include "needles.h"

#define STREAM_MAX 6000
#define FOUND_MAX 4096
#define CASES 20000

/* Occurrence in the stream; end_piece is the piece its last byte is in. */
struct found {
	int64_t at;
	uint32_t id, len, end_piece;
};

struct list {
	struct found f[FOUND_MAX];
	unsigned int count;
};

static struct hm_scratch scratch;
static struct hm_needles needles;
static struct list want, got;
static uint32_t seed;

static uint32_t rnd(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (uint32_t)(((uint64_t)seed * below) >> 32);
}

static struct hm_marker text_marker(const char *text)
{
	struct hm_marker m = { .len = strlen(text) };

	memcpy(m.bytes, text, m.len);
	return m;
}

static void list_add(struct list *l, struct found f)
{
	assert_true(l->count < FOUND_MAX);
	l->f[l->count++] = f;
}

static int found_cmp(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (int)x->id - (int)y->id;
}

/* a lies inside b, both end in the same piece, and of two equal ones the lower id stands. */
static int covered(const struct found *a, const struct found *b)
{
	if (a == b || a->end_piece != b->end_piece)
		return 0;
	if (a->at < b->at || a->at + a->len > b->at + b->len)
		return 0;
	return a->len < b->len || a->id > b->id;
}

/* Every occurrence by memmem(), then those that the header says are left out are left out. */
static void search_plainly(const uint8_t *s, uint32_t len, const uint32_t *cut, uint32_t pieces,
			   const struct hm_marker *m, unsigned int count)
{
	static struct list all;

	all.count = 0;
	want.count = 0;
	for (unsigned int id = 0; id < count; id++) {
		const uint8_t *at = s;

		while ((at = memmem(at, s + len - at, m[id].bytes, m[id].len))) {
			uint32_t last = at - s + m[id].len - 1, piece = 0;

			while (piece + 1 < pieces && cut[piece] <= last)
				piece++;
			list_add(&all, (struct found){ at - s, id, m[id].len, piece });
			at++;
		}
	}
	for (unsigned int i = 0; i < all.count; i++) {
		int left_out = 0;

		for (unsigned int k = 0; k < all.count && !left_out; k++)
			left_out = covered(&all.f[i], &all.f[k]);
		if (!left_out)
			list_add(&want, all.f[i]);
	}
}

/* cut[i]: where piece i ends. Returns how many occurrences found no room in hits. */
static uint32_t search_in_pieces(const uint8_t *s, const uint32_t *cut, uint32_t pieces)
{
	struct hm_tail tail = {};
	uint32_t begin = 0, more = 0;

	got.count = 0;
	for (uint32_t i = 0; i < pieces; i++) {
		hm_scan_stream(&needles, &scratch, &tail, s + begin, cut[i] - begin);
		assert_int_equal(scratch.hits.unsearched, 0);
		for (uint32_t k = 0; k < scratch.hits.count; k++) {
			const struct hm_hit *h = &scratch.hits.hit[k];

			assert_int_equal(h->split, h->offset < 0);
			list_add(&got,
				 (struct found){(int64_t)begin + h->offset, h->id, h->len, i});
		}
		more += scratch.hits.more;
		begin = cut[i];
	}
	return more;
}

static void compare_lists(void)
{
	qsort(want.f, want.count, sizeof(want.f[0]), found_cmp);
	qsort(got.f, got.count, sizeof(got.f[0]), found_cmp);
	assert_int_equal(got.count, want.count);
	for (unsigned int i = 0; i < want.count; i++) {
		assert_int_equal(got.f[i].at, want.f[i].at);
		assert_int_equal(got.f[i].id, want.f[i].id);
	}
}

/* Where there were more than HM_MAX_HITS in a piece, those that are told must be true at least. */
static void compare_some(void)
{
	assert_true(got.count <= want.count);
	for (unsigned int i = 0; i < got.count; i++) {
		unsigned int k = 0;

		while (k < want.count &&
		       (want.f[k].at != got.f[i].at || want.f[k].id != got.f[i].id))
			k++;
		assert_true(k < want.count);
	}
}

static void one_case(const uint8_t *s, uint32_t len, const uint32_t *cut, uint32_t pieces,
		     const struct hm_marker *m, unsigned int count)
{
	assert_int_equal(needles_build(&needles, m, count), 0);
	search_plainly(s, len, cut, pieces, m, count);
	if (search_in_pieces(s, cut, pieces))
		compare_some();
	else
		compare_lists();
}

/* Markers cut out of the stream, grown from one another, or made up. */
static unsigned int random_markers(struct hm_marker *m, const uint8_t *s, uint32_t len,
				   uint32_t alphabet)
{
	unsigned int count = 1 + rnd(HM_MAX_MARKERS);

	for (unsigned int i = 0; i < count; i++) {
		uint32_t most = len < HM_MARKER_MAX ? len : HM_MARKER_MAX, from;

		memset(&m[i], 0, sizeof(m[i]));
		m[i].len = HM_MARKER_MIN + rnd(rnd(2) ? 12 : HM_MARKER_MAX - HM_MARKER_MIN + 1);
		if (m[i].len <= most && rnd(4)) {
			from = rnd(len - m[i].len + 1);
			memcpy(m[i].bytes, s + from, m[i].len);
		} else {
			for (uint32_t k = 0; k < m[i].len; k++)
				m[i].bytes[k] = 'a' + rnd(alphabet);
		}
	}
	return count;
}

static uint32_t random_cuts(uint32_t *cut, uint32_t len)
{
	uint32_t pieces = 0, at = 0, most = rnd(3) ? 1 + rnd(40) : 1 + rnd(2000);

	while (at < len) {
		at += 1 + rnd(most);
		cut[pieces++] = at < len ? at : len;
	}
	return pieces;
}

static void random_streams(void **state)
{
	static uint8_t s[STREAM_MAX];
	static uint32_t cut[STREAM_MAX];
	struct hm_marker m[HM_MAX_MARKERS];
	unsigned int hits = 0;

	(void)state;
	seed = 1;
	for (int i = 0; i < CASES; i++) {
		uint32_t len = 1 + rnd(i % 50 ? 150 : STREAM_MAX), alphabet = rnd(3) ? 26 : 3;
		unsigned int count;

		if (len > 1000)
			alphabet = 26;
		for (uint32_t k = 0; k < len; k++)
			s[k] = 'a' + rnd(alphabet);
		count = random_markers(m, s, len, alphabet);
		one_case(s, len, cut, random_cuts(cut, len), m, count);
		hits += want.count;
	}
	assert_true(hits > CASES);
}

/* One marker of each length, at every offset around a chunk's border, whole and cut everywhere. */
static void every_border(void **state)
{
	static uint8_t s[HM_SCAN_CHUNK + 200];
	struct hm_marker m = {};

	(void)state;
	for (uint32_t i = 0; i < HM_MARKER_MAX; i++)
		m.bytes[i] = 'A' + i;
	for (m.len = HM_MARKER_MIN; m.len <= HM_MARKER_MAX; m.len += 5) {
		for (uint32_t at = HM_SCAN_CHUNK - 70; at < HM_SCAN_CHUNK + 10; at++) {
			uint32_t whole = sizeof(s), two[2] = { at + 1 + at % m.len, sizeof(s) };

			memset(s, '.', sizeof(s));
			memcpy(s + at, m.bytes, m.len);
			one_case(s, sizeof(s), &whole, 1, &m, 1);
			assert_int_equal(got.count, 1);
			one_case(s, sizeof(s), two, 2, &m, 1);
			assert_int_equal(got.count, 1);
		}
	}
}

/* Segments of one byte; the tail must be enough for the longest marker. */
static void byte_by_byte(void **state)
{
	uint8_t s[200];
	uint32_t cut[200];
	struct hm_marker m = { .len = HM_MARKER_MAX };

	(void)state;
	for (uint32_t i = 0; i < sizeof(s); i++) {
		s[i] = i;
		cut[i] = i + 1;
	}
	memcpy(m.bytes, s + 77, HM_MARKER_MAX);
	one_case(s, sizeof(s), cut, sizeof(s), &m, 1);
	assert_int_equal(got.count, 1);
	assert_int_equal(got.f[0].at, 77);
	assert_int_equal(got.f[0].end_piece, 77 + HM_MARKER_MAX - 1);
}

static void longest_wins(void **state)
{
	struct hm_marker m[] = { text_marker("grace"), text_marker("amazinggrace"),
				 text_marker("amazing") };
	const char *s = "x amazinggrace y grace z amazing";
	uint32_t whole = strlen(s), cut[] = { 9, strlen(s) };

	(void)state;
	one_case((const uint8_t *)s, whole, &whole, 1, m, 3);
	assert_int_equal(got.count, 3);
	assert_int_equal(got.f[0].id, 1);
	assert_int_equal(got.f[1].id, 0);
	assert_int_equal(got.f[2].id, 2);
	/* The short one ended in a piece of its own before the long one was complete. */
	one_case((const uint8_t *)s, whole, cut, 2, m, 3);
	assert_int_equal(got.count, 4);
}

/* More than fit is told, never dropped in silence; what comes behind is not searched. */
static void too_many(void **state)
{
	static uint8_t zeros[3000];
	struct hm_marker m = { .len = 8 };
	uint32_t whole = sizeof(zeros);

	(void)state;
	assert_int_equal(needles_build(&needles, &m, 1), 0);
	assert_int_equal(search_in_pieces(zeros, &whole, 1), 1);
	assert_int_equal(got.count, HM_MAX_HITS);
}

static void fragments_only(void **state)
{
	static uint8_t s[5000];
	struct hm_marker m = text_marker("amazinggrace");
	uint32_t whole = sizeof(s);

	(void)state;
	for (uint32_t i = 0; i < sizeof(s); i++)
		s[i] = "amazinggrac"[i % 11];
	one_case(s, sizeof(s), &whole, 1, &m, 1);
	assert_int_equal(got.count, 0);
	memcpy(s + 4000, "amazinggrace", 12);
	one_case(s, sizeof(s), &whole, 1, &m, 1);
	assert_int_equal(got.count, 1);
}

static void bad_markers(void **state)
{
	struct hm_marker m[HM_MAX_MARKERS + 1];

	(void)state;
	for (unsigned int i = 0; i <= HM_MAX_MARKERS; i++)
		m[i] = text_marker("fine");
	assert_int_equal(needles_build(&needles, m, HM_MAX_MARKERS), 0);
	assert_int_equal(needles_build(&needles, m, HM_MAX_MARKERS + 1), -EINVAL);
	m[1].len = HM_MARKER_MIN - 1;
	assert_int_equal(needles_build(&needles, m, 2), -EINVAL);
	m[1].len = HM_MARKER_MAX + 1;
	assert_int_equal(needles_build(&needles, m, 2), -EINVAL);
	assert_int_equal(needles_build(&needles, m, 0), 0);
	assert_int_equal(needles.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_streams), cmocka_unit_test(every_border),
		cmocka_unit_test(byte_by_byte),	  cmocka_unit_test(longest_wins),
		cmocka_unit_test(too_many),	  cmocka_unit_test(fragments_only),
		cmocka_unit_test(bad_markers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
