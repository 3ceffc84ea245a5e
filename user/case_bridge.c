// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bridges: while one does not know at which port a hardware address is, it sends a copy to each of
 * them (IEEE 802.1Q, 8.8.10), and what takes one copy takes nothing from the others. Called by the
 * rules on drops and case_overcome.c.
 */
#include <string.h>

#include "case.h"

/* When a packet of the drop's direction was last new at that place; 0: never. */
static uint64_t crossed_ns(const struct hm_row *row, bool back)
{
	const struct hm_cell *a = &row->cell[back ? HM_STEP_SYNACK : HM_STEP_SYN];
	const struct hm_cell *b = &row->cell[back ? HM_STEP_ANSWER : HM_STEP_MARKER];

	return a->last_ns > b->last_ns ? a->last_ns : b->last_ns;
}

/* Where such packets were seen last in the namespace of the drop, or NULL. */
static const struct hm_row *last_place(const struct hm_case *c)
{
	bool back = drop_comes_back(c, c->drop);
	const struct hm_row *last = NULL;

	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->row_count; i++) {
			const struct hm_row *row = &c->legs[l]->rows[i];
			uint64_t ns = crossed_ns(row, back);

			if (ns && c->scene->hops[row->hop].netns == drop_netns(c) &&
			    (!last || ns >= crossed_ns(last, back)))
				last = row;
		}
	return last;
}

/* It ends on this host itself, whatever a bridge does with it. */
static bool is_for_host(const struct hm_case *c)
{
	if (drop_comes_back(c, c->drop))
		return c->client_here && c->client_netns == drop_netns(c);
	return (c->server_here && c->server_netns == drop_netns(c)) ||
	       (c->home && c->scene->hops[c->home->hop].netns == drop_netns(c));
}

/* A queue drops what was seen leaving, and so does a program that runs behind the hop. */
static bool drops_what_left(const struct hm_case *c)
{
	const struct hm_scene *scene = c->scene;

	if (c->drop_code == HM_DROPPED_BY_QUEUE)
		return true;
	for (uint32_t i = 0; i < scene->hop_count; i++)
		if (!strcmp(c->drop->drop.reason, "TC_EGRESS") &&
		    scene->hops[i].netns == drop_netns(c) &&
		    scene->hops[i].hook == HM_HOOK_TC_OUT && scene->hops[i].after[0])
			return true;
	return false;
}

bool bridge_may_copy(const struct hm_case *c)
{
	const char *reason = c->drop->drop.reason;
	const struct hm_row *last = last_place(c);
	const struct hm_hop *hop = last ? &c->scene->hops[last->hop] : NULL;
	bool out = hop && hop->hook == HM_HOOK_TC_OUT;

	if (strcmp(reason, "NETFILTER_DROP") != 0 && strcmp(reason, "TC_EGRESS") != 0)
		return false;
	if (!hop || is_for_host(c) || (out && drops_what_left(c)))
		return false;
	return hop->bridge == HM_BRIDGE_PORT || (hop->bridge == HM_BRIDGE_SELF && out);
}

/* When that step was last seen in the namespace of the drop otherwise than leaving. */
static uint64_t came_ns(const struct hm_case *c, enum hm_step step)
{
	uint64_t last_ns = 0;

	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->row_count; i++) {
			const struct hm_row *row = &c->legs[l]->rows[i];
			const struct hm_hop *hop = &c->scene->hops[row->hop];

			if (hop->netns == drop_netns(c) && hop->hook != HM_HOOK_TC_OUT &&
			    row->cell[step].last_ns > last_ns)
				last_ns = row->cell[step].last_ns;
		}
	return last_ns;
}

static uint32_t copies_out(const struct hm_case *c, enum hm_step step)
{
	uint64_t since_ns = came_ns(c, step);
	uint32_t out = 0;

	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->row_count; i++) {
			const struct hm_cell *cell = &c->legs[l]->rows[i].cell[step];
			const struct hm_hop *hop = &c->scene->hops[c->legs[l]->rows[i].hop];

			out += cell->count && cell->last_ns >= since_ns &&
			       hop->netns == drop_netns(c) && hop->hook == HM_HOOK_TC_OUT &&
			       hop->bridge == HM_BRIDGE_PORT;
		}
	return out;
}

bool bridge_copy_went_on(const struct hm_case *c, enum hm_step step)
{
	return copies_out(c, step) > (drops_what_left(c) ? 1 : 0);
}
