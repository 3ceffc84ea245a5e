/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An input of the scanner's target: markers, then a stream in pieces. Used by fuzz_scan.c and by
 * tests/packets/test_scan.c, which runs the same inputs through the kernel.
 *
 *	1 byte    number of markers, modulo 9
 *	each      1 byte length (4 to 64), then its bytes; one that repeats another is left out
 *	pieces    2 bytes length (low, high), modulo 2048; then so many bytes, of which 0xff N
 *	          stands for marker N, whole or cut by the piece's end: what is random holds none
 */
#ifndef HM_FUZZ_SCAN_INPUT_H
#define HM_FUZZ_SCAN_INPUT_H

#include "fuzz.h"
#include "hm_abi.h"
#include "marker.h"
#include "needles.h"

#define SCAN_PIECE_MAX 2048

static inline uint32_t scan_input_markers(struct fuzz_input *in, struct hm_marker *m)
{
	uint32_t want = fuzz_byte(in) % (HM_MAX_MARKERS + 1), count = 0;

	while (want--) {
		struct hm_marker *one = &m[count];

		memset(one, 0, sizeof(*one));
		one->len = HM_MARKER_MIN + fuzz_byte(in) % (HM_MARKER_MAX - HM_MARKER_MIN + 1);
		for (uint32_t i = 0; i < one->len; i++)
			one->bytes[i] = fuzz_byte(in);
		if (marker_find(m, count, one) < 0)
			count++;
		else
			memset(one, 0, sizeof(*one));
	}
	return count;
}

/* The next piece; false at the input's end. */
static inline bool scan_input_piece(struct fuzz_input *in, const struct hm_marker *m,
				    uint32_t count, uint8_t piece[SCAN_PIECE_MAX], uint32_t *len)
{
	uint32_t at = 0;

	if (!in->left)
		return false;
	*len = fuzz_byte(in);
	*len = (*len | (uint32_t)fuzz_byte(in) << 8) % SCAN_PIECE_MAX;
	while (at < *len) {
		uint8_t byte = fuzz_byte(in);
		const struct hm_marker *one;
		uint32_t n;

		if (byte != 0xff || !count) {
			piece[at++] = byte;
			continue;
		}
		one = &m[fuzz_byte(in) % count];
		n = one->len < *len - at ? one->len : *len - at;
		memcpy(piece + at, one->bytes, n);
		at += n;
	}
	return true;
}

#endif
