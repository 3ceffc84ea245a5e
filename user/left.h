/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets that a hop left to those behind it (bpf/order.bpf.h), and which none of them searched:
 * they are lost. Right after such a packet was left nobody knows yet: it has passed all hops of a
 * host within a fraction of a millisecond, later where a queue (NFQUEUE) holds it in between. So
 * the counters are read again, until none is on its way or HM_LEFT_READINGS found one. Pure.
 */
#ifndef HM_LEFT_H
#define HM_LEFT_H

#include <stdbool.h>
#include <stdint.h>

#include "hm_abi.h"

#define HM_LEFT_NS 1000000L /* from one reading to the next */
#define HM_LEFT_READINGS 20

struct hm_left { /* all zeros at first */
	uint64_t lost; /* in all; never less than before */
	uint64_t known; /* not searched now, and counted in lost */
	uint64_t least; /* not searched at any of this look's readings */
	uint32_t readings; /* in this look that found more than are known */
};

/* One more reading. True: read again in HM_LEFT_NS; false: how many are lost is known. */
bool left_read(struct hm_left *left, const struct hm_counters *now);

#endif
