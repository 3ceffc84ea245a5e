// SPDX-License-Identifier: GPL-2.0-only
/*
 * The search for markers against one that compares every marker at every byte of the whole stream.
 * Input: see scan_input.h. Holds: the same occurrences are found in every piece, those that
 * straddle pieces included.
 */
#include "fuzz.h"
#include "hm_scan.h"
#include "scan_input.h"

#define STREAM_MAX 65536

struct found {
	int64_t begin, end; /* in the stream */
	uint32_t id;
};

static struct hm_marker markers[HM_MAX_MARKERS];
static uint32_t marker_count;
static uint8_t stream[STREAM_MAX];

/* Every occurrence that ends behind from and at to or before; as many as there are. */
static uint32_t find_all(uint32_t from, uint32_t to, struct found *out)
{
	uint32_t count = 0;

	for (uint32_t end = from + 1; end <= to; end++) {
		for (uint32_t id = 0; id < marker_count; id++) {
			const struct hm_marker *m = &markers[id];

			if (end >= m->len && stream[end - m->len] == m->bytes[0] &&
			    !memcmp(stream + end - m->len, m->bytes, m->len))
				out[count++] = (struct found){end - m->len, end, id};
		}
	}
	return count;
}

/* Leaves out those that lie inside another. */
static uint32_t keep_longest(struct found *f, uint32_t count)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < count; i++) {
		bool inside = false;

		for (uint32_t k = 0; k < count && !inside; k++)
			inside = k != i && f[k].begin <= f[i].begin && f[k].end >= f[i].end;
		if (!inside)
			f[kept++] = f[i];
	}
	return kept;
}

static bool was_found(const struct hm_hit *hit, uint32_t piece, const struct found *f,
		      uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (f[i].begin == (int64_t)piece + hit->offset && f[i].id == hit->id &&
		    f[i].end - f[i].begin == hit->len)
			return true;
	return false;
}

/* What was found in the piece at at, of len bytes, against what is there. */
static void check_piece(const struct hm_hits *hits, uint32_t at, uint32_t len)
{
	static struct found there[SCAN_PIECE_MAX * HM_MAX_MARKERS];
	uint32_t all = find_all(at, at + len, there), count;

	FUZZ_CHECK(hits->count <= HM_MAX_HITS && !hits->unsearched);
	for (uint32_t i = 0; i < hits->count; i++) {
		FUZZ_CHECK(was_found(&hits->hit[i], at, there, all));
		FUZZ_CHECK(hits->hit[i].split == (hits->hit[i].offset < 0));
	}
	if (hits->more) { /* too many to be kept, which is said: then any of them may be missing */
		FUZZ_CHECK(all > HM_MAX_HITS);
		return;
	}
	if (all > 4 * HM_MAX_HITS * HM_MAX_MARKERS)
		return; /* more than one piece can tell; comparing each with each would take long */
	count = keep_longest(there, all);
	FUZZ_CHECK(hits->count == count);
	for (uint32_t i = 0; i < hits->count; i++)
		FUZZ_CHECK(was_found(&hits->hit[i], at, there, count));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct hm_needles needles;
	static struct hm_scratch scratch;
	struct fuzz_input in = {data, size};
	struct hm_tail tail = {};
	uint32_t at = 0, len;

	marker_count = scan_input_markers(&in, markers);
	FUZZ_CHECK(!needles_build(&needles, markers, marker_count));
	memset(&scratch, 0, sizeof(scratch));
	while (at + SCAN_PIECE_MAX <= STREAM_MAX &&
	       scan_input_piece(&in, markers, marker_count, stream + at, &len)) {
		uint8_t *piece = fuzz_copy(stream + at, len);

		hm_scan_stream(&needles, &scratch, &tail, piece, len);
		free(piece);
		FUZZ_CHECK(tail.len <= HM_SCAN_TAIL - 1);
		check_piece(&scratch.hits, at, len);
		at += len;
	}
	return 0;
}
