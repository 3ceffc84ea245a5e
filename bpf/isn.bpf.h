/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Initial sequence numbers: NAT gives a connection another tuple and leaves them. Remembered for as
 * long as the connection itself is for sure (hm_cfg.sure_tracks younger ones): a row has eight
 * places, and would have to get eight of these. That is rare, and counted.
 */
#ifndef ISN_BPF_H
#define ISN_BPF_H

#include "count.bpf.h"
#include "verifier.bpf.h"

static __always_inline struct hm_isn_row *hm_isn_row_of(__u32 isn)
{
	return &hm_isns[(isn * 2654435769U) >> (32 - HM_ISN_BITS)]; /* Knuth 1998, 6.4 */
}

/* In numbers: a test for each place would be two more ways for the verifier. 1 or 0. */
HM_GLOBAL int hm_isn_known(__u32 isn)
{
	const struct hm_isn_row *row = hm_isn_row_of(isn);
	__u64 known = 0;

#pragma GCC unroll 8
	for (int i = 0; i < HM_ISN_PLACES; i++) {
		__u64 same = (__u64)(row->isn[i] ^ isn) - 1, empty = (__u64)row->number[i] - 1;

		/* below 0 if they are the same; below 0 if there is none */
		known |= (same & ~empty) >> 63;
	}
	return known;
}

/* A SYN inside the filter, with a number that its leg has not had. */
HM_GLOBAL int hm_isn_remember(__u32 isn)
{
	struct hm_isn_row *row = hm_isn_row_of(isn);
	__u32 place = hm_take_number(&row->next) & (HM_ISN_PLACES - 1);
	__u32 number = hm_take_number(&hm_isn_count), old = row->number[place];
	__u64 none = (__u64)old - 1, young = (__u64)(number - old) - hm_cfg.sure_tracks;

	hm_count_by(HM_CNT_LOST_NOTE, (young & ~none) >> 63); /* 1 or 0 */
	row->isn[place] = isn;
	row->number[place] = number | 1; /* never 0 */
	return 0;
}

#endif
