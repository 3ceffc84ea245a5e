// SPDX-License-Identifier: GPL-2.0-only
#include "left.h"

/* The two are not read in one moment. */
static uint64_t not_searched(const struct hm_counters *c)
{
	uint64_t left = c->n[HM_CNT_LEFT], searched = c->n[HM_CNT_LEFT_SEARCHED];

	return left > searched ? left - searched : 0;
}

bool left_more(struct hm_left *left, const struct hm_counters *now)
{
	if (not_searched(now) < left->known) /* it was searched after all */
		left->known = not_searched(now);
	return not_searched(now) > left->known;
}

uint64_t left_lost(struct hm_left *left, const struct hm_counters *before,
		   const struct hm_counters *after)
{
	const struct hm_counters *least =
		not_searched(before) < not_searched(after) ? before : after;

	if (left_more(left, least)) {
		left->lost += not_searched(least) - left->known;
		left->known = not_searched(least);
	}
	return left->lost;
}
