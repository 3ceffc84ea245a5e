// SPDX-License-Identifier: GPL-2.0-only
#include "left.h"

/* The two are not read in one moment. */
static uint64_t not_searched(const struct hm_counters *c)
{
	uint64_t left = c->n[HM_CNT_LEFT], searched = c->n[HM_CNT_LEFT_SEARCHED];

	return left > searched ? left - searched : 0;
}

/* Some that counted as lost were searched after all, if two readings, not one by chance, say so. */
static void find_fewer(struct hm_left *left, uint64_t open)
{
	uint64_t most = open > left->before ? open : left->before;

	if (most < left->known)
		left->known = most;
	left->before = open;
}

bool left_read(struct hm_left *left, const struct hm_counters *now, uint64_t now_ns)
{
	uint64_t open = not_searched(now);

	find_fewer(left, open);
	if (!left->since_ns || open < left->least)
		left->least = open;
	if (left->least <= left->known) {
		left->since_ns = 0;
		return false;
	}
	if (!left->since_ns)
		left->since_ns = now_ns;
	if (now_ns - left->since_ns < HM_LEFT_NS)
		return true;
	left->lost += left->least - left->known;
	left->known = left->least;
	left->since_ns = 0;
	return false;
}
