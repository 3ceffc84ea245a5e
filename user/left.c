// SPDX-License-Identifier: GPL-2.0-only
#include "left.h"

/* The two are not read in one moment. */
static uint64_t not_searched(const struct hm_counters *c)
{
	uint64_t left = c->n[HM_CNT_LEFT], searched = c->n[HM_CNT_LEFT_SEARCHED];

	return left > searched ? left - searched : 0;
}

bool left_read(struct hm_left *left, const struct hm_counters *now)
{
	uint64_t open = not_searched(now);

	if (!left->readings || open < left->least)
		left->least = open;
	if (left->least < left->known) /* it was searched after all */
		left->known = left->least;
	if (left->least > left->known && ++left->readings < HM_LEFT_READINGS)
		return true;
	left->lost += left->least - left->known;
	left->known = left->least;
	left->readings = 0;
	return false;
}
