// SPDX-License-Identifier: GPL-2.0-only
#include "left.h"

/* The two are not read in one moment. */
static uint64_t not_searched(const struct hm_counters *c)
{
	uint64_t left = c->n[HM_CNT_LEFT], searched = c->n[HM_CNT_LEFT_SEARCHED];

	return left > searched ? left - searched : 0;
}

uint64_t left_look(struct hm_left *left, const struct hm_counters *now, uint64_t now_ns, bool last)
{
	uint64_t open = not_searched(now);

	if (open < left->least || last)
		left->least = open;
	if (open < left->known) /* it was searched after all */
		left->known = open;
	if (!last && now_ns - left->since_ns < HM_LEFT_NS)
		return left->lost;
	if (left->least > left->known) {
		left->lost += left->least - left->known;
		left->known = left->least;
	}
	left->since_ns = now_ns;
	left->least = open;
	return left->lost;
}
