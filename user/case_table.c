// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether conntrack's full table, and no rule, took the SYNs that netfilter dropped. The kernel
 * gives both one reason; but its counter rises for each packet that the table had no room for,
 * before it is dropped. Called by case_drop.c and rules_dropped.c.
 */
#include <string.h>

#include "case.h"

struct account { /* of the drops that have the table's numbers */
	const struct hm_sighting *first, *last;
	uint32_t drops; /* also those whose notes gave way to later ones */
	bool full; /* at one of them at least: a moment later an entry may have gone */
	bool rule; /* the kernel says of one that a rule took it */
};

static void take(struct account *a, const struct hm_sighting *s)
{
	if (!strcmp(s->drop.where, "nft_do_chain"))
		a->rule = true;
	if (!s->drop.tracked_max)
		return;
	a->drops += 1 + s->drop.also;
	a->full |= s->drop.tracked >= s->drop.tracked_max;
	if (!a->first || s->mono_ns < a->first->mono_ns)
		a->first = s;
	if (!a->last || s->mono_ns >= a->last->mono_ns)
		a->last = s;
}

/* Of one namespace: each has a table of its own. */
static bool by_netfilter(const struct hm_case *c, const struct hm_sighting *s)
{
	return s->what == HM_WHAT_DROP && s->hop == c->drop->hop &&
	       !strcmp(s->drop.reason, "NETFILTER_DROP") &&
	       (s->drop.flags & (HM_TCP_SYN | HM_TCP_ACK)) == HM_TCP_SYN;
}

enum hm_table table_says(const struct hm_case *c)
{
	struct account a = {};
	uint32_t rose;

	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->note_count; i++)
			if (by_netfilter(c, &c->legs[l]->notes[i]))
				take(&a, &c->legs[l]->notes[i]);
	if (!a.first)
		return HM_TABLE_NOT_ASKED;
	a.drops -= a.first->drop.also; /* they were before it */
	rose = a.last->drop.no_room - a.first->drop.no_room;
	if (a.rule || !a.full || !a.first->drop.no_room || rose < a.drops - 1)
		return HM_TABLE_OTHERWISE;
	return a.drops > 1 && rose == a.drops - 1 ? HM_TABLE_EXACT : HM_TABLE_FULL;
}
