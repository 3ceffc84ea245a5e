/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What scan.bpf.c keeps between runs and leaves for its callers. */
#ifndef SCAN_RESULT_H
#define SCAN_RESULT_H

#include "hm_packet.h"
#include "hm_scan.h"

struct scan_result {
	__s32 err; /* of hm_scan_payload(), or -EBUSY */
	__u32 pad;
	struct hm_tail tail;
	struct hm_hits hits;
};

#endif
