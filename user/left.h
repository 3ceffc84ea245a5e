/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets that a hop left to those behind it (bpf/order.bpf.h), and which none of them searched:
 * they are lost. Right after such a packet was left nobody knows yet: it has passed all hops of a
 * host within a fraction of a millisecond, later where a queue (NFQUEUE) holds it in between. So
 * the counters are read again and again, until none is on its way or HM_LEFT_NS have passed. Pure.
 */
#ifndef HM_LEFT_H
#define HM_LEFT_H

#include <stdbool.h>
#include <stdint.h>

#include "hm_abi.h"

#define HM_LEFT_NS 20000000ULL

struct hm_left { /* all zeros at first */
	uint64_t lost; /* in all; never less than before */
	uint64_t known; /* not searched now, and counted in lost */
	uint64_t since_ns; /* since when more than these are not searched; 0: no more are */
	uint64_t least; /* not searched at any reading since */
	uint64_t before; /* not searched at the last reading */
};

/* One more reading, at now_ns. True: how many are lost is not known yet, so read again, soon. */
bool left_read(struct hm_left *left, const struct hm_counters *now, uint64_t now_ns);

#endif
