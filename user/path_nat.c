// SPDX-License-Identifier: GPL-2.0-only
/*
 * Legs that only NAT tells apart: equal initial sequence numbers and options, at different hops.
 * Called by path_join.c.
 */
#include <string.h>

#include "path_inside.h"

/* the same SYN under another tuple: at most its repetitions later */
#define NAT_WINDOW_NS (10000 * HM_MS)

/* NAT leaves the SYN's options alone, but for its MSS; one whose options were not read has none. */
static bool same_options(const struct hm_sight_syn *a, const struct hm_sight_syn *b)
{
	return !a->mss || !b->mss ||
	       (a->wscale == b->wscale && a->sack == b->sack && a->timestamps == b->timestamps);
}

/*
 * Two tuples that began at the same hop are two connections: a scanner gives all its SYNs one
 * sequence number.
 */
static bool may_be_twin(const struct leg_state *head, const struct leg_state *leg,
			const struct hm_sighting *s)
{
	if (head == leg || head->nat_head || !head->leg.has_syn ||
	    head->leg.isn_client != leg->leg.isn_client ||
	    leg->leg.first_ns >= head->leg.first_ns + NAT_WINDOW_NS ||
	    !memcmp(&head->key, &leg->key, sizeof(leg->key)))
		return false;
	for (; head; head = head->nat_next) {
		if (!head->has_syn_hop)
			continue;
		if (head->syn_hop == s->hop)
			return false;
		if (s->what == HM_WHAT_SYN && !same_options(&head->syn, &s->syn))
			return false;
	}
	return true;
}

static bool keeps_an_end(const struct leg_state *a, const struct leg_state *b)
{
	return endpoint_equal(&a->leg.client, &b->leg.client) ||
	       endpoint_equal(&a->leg.server, &b->leg.server);
}

/* Most NAT changes one end; then the one that began last: translating takes no time. */
static struct leg_state *nat_twin(struct hm_paths *paths, const struct leg_state *leg,
				  const struct hm_sighting *s)
{
	struct leg_state *best = NULL, *other = index_isn(paths, leg->leg.isn_client);

	for (; other; other = other->index[HM_INDEX_ISN].next)
		if (may_be_twin(other, leg, s) &&
		    (!best || keeps_an_end(other, leg) || !keeps_an_end(best, leg)))
			best = other;
	return best;
}

void nat_join(struct hm_paths *paths, struct leg_state *leg, const struct hm_sighting *s)
{
	struct leg_state *head = nat_twin(paths, leg, s), *last;

	if (!head)
		return;
	leg->nat_head = head;
	for (last = head; last->nat_next; last = last->nat_next)
		;
	last->nat_next = leg;
}
