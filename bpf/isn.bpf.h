/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Initial sequence numbers: NAT gives a connection another tuple and leaves them. Remembered for as long
 * as the connection itself is for sure (HM_SURE_TRACKS younger ones): a row has eight places, and would
 * have to get eight of these. That is rare, and counted.
 */
#ifndef ISN_BPF_H
#define ISN_BPF_H

#include "count.bpf.h"
#include "verifier.bpf.h"

static __always_inline struct hm_isn_row *hm_isn_row_of(__u32 isn)
{
	return &hm_isns[(isn * 2654435769U) >> (32 - HM_ISN_BITS)]; /* Knuth 1998, 6.4 */
}

static __always_inline bool hm_isn_known(__u32 isn)
{
	const struct hm_isn_row *row = hm_isn_row_of(isn);

	for (int i = 0; i < HM_ISN_PLACES; i++)
		if (row->isn[i] == isn && row->number[i])
			return true;
	return false;
}

/* A SYN inside the filter, with a number that its leg has not had. */
static __always_inline void hm_isn_remember(__u32 isn)
{
	struct hm_isn_row *row = hm_isn_row_of(isn);
	__u32 place = hm_take_number(&row->next) & (HM_ISN_PLACES - 1);
	__u32 number = hm_take_number(&hm_isn_count) + 1;
	__u32 old = row->number[place];

	if (old && number - old < hm_cfg.sure_tracks)
		hm_count(HM_CNT_LOST_NOTE);
	row->isn[place] = isn;
	row->number[place] = number ? number : 1;
}

#endif
