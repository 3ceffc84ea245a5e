/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets that a hop left to those behind it (bpf/order.bpf.h), and which none of them searched:
 * they are lost. Right after such a packet was left nobody knows yet; it has passed all hops of a
 * host within milliseconds. Pure.
 */
#ifndef HM_LEFT_H
#define HM_LEFT_H

#include <stdbool.h>
#include <stdint.h>

#include "hm_abi.h"

#define HM_LEFT_NS 20000000ULL /* nobody will search what was left as long as that */

struct hm_left { /* all zeros at first */
	uint64_t lost; /* in all; never less than before */
	uint64_t since_ns; /* this span began */
	uint64_t least; /* not searched at any moment of this span */
	uint64_t known; /* not searched now, and counted in lost */
};

/* The counters were read now; last: nobody looks again. Gives how many are lost in all. */
uint64_t left_look(struct hm_left *left, const struct hm_counters *now, uint64_t now_ns, bool last);

#endif
