/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets that a hop left to those behind it (bpf/order.bpf.h), and which none of them searched:
 * they are lost. Right after such a packet was left nobody knows yet; it has passed all hops of a
 * host within a fraction of a millisecond. So the counters are read again then. Pure.
 */
#ifndef HM_LEFT_H
#define HM_LEFT_H

#include <stdbool.h>
#include <stdint.h>

#include "hm_abi.h"

#define HM_LEFT_NS 1000000L /* by then what was left has been searched, or nobody does */

struct hm_left { /* all zeros at first */
	uint64_t lost; /* in all; never less than before */
	uint64_t known; /* not searched now, and counted in lost */
};

/* Some more than are known have been left and not searched: the counters are to be read again. */
bool left_more(struct hm_left *left, const struct hm_counters *now);

/*
 * The counters as they were, and HM_LEFT_NS later: how many are lost in all. Where no more were
 * left both may be the same.
 */
uint64_t left_lost(struct hm_left *left, const struct hm_counters *before,
		   const struct hm_counters *after);

#endif
