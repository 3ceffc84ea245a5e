// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a hop may be blind: what is missing there may only not have been seen. Called by case.c,
 * case_cells.c and the rules.
 */
#include <string.h>

#include "case.h"

bool sight_crosses_forth(const struct hm_row *row)
{
	return row->cell[HM_STEP_SYN].count || row->cell[HM_STEP_MARKER].count;
}

bool sight_crosses_back(const struct hm_row *row)
{
	return row->cell[HM_STEP_SYNACK].count || row->cell[HM_STEP_ANSWER].count;
}

int sight_mirror(const struct hm_scene *scene, uint16_t hop)
{
	static const uint8_t mirror[HM_HOOK_COUNT] = {
		[HM_HOOK_XDP] = HM_HOOK_TC_OUT,	      [HM_HOOK_TC_IN] = HM_HOOK_TC_OUT,
		[HM_HOOK_TC_OUT] = HM_HOOK_TC_IN,     [HM_HOOK_SOCK_IN] = HM_HOOK_SOCK_OUT,
		[HM_HOOK_SOCK_OUT] = HM_HOOK_SOCK_IN, [HM_HOOK_APP] = HM_HOOK_COUNT,
		[HM_HOOK_DROP] = HM_HOOK_COUNT,	      [HM_HOOK_PROBE] = HM_HOOK_COUNT,
	};

	return scene_hop_beside(scene, &scene->hops[hop],
				(enum hm_hook)mirror[scene->hops[hop].hook]);
}

bool sight_doubts(const struct hm_case *c, int hop)
{
	return hop >= 0 &&
	       scene_doubts(&c->scene->hops[hop], c->path->first_ns, c->path->judged_ns);
}

bool sight_may_come_unseen(const struct hm_case *c, uint32_t netns)
{
	return scene_may_miss(c->scene, netns, c->path->first_ns, c->path->judged_ns);
}

/* The hop by which the server's packets come in over the interface of this row, or -1. */
static int way_back(const struct hm_case *c, const struct hm_row *row)
{
	uint8_t hook = hop_hook(c, row->hop);

	if (hook == HM_HOOK_TC_OUT && sight_crosses_forth(row))
		return sight_mirror(c->scene, row->hop);
	return hook == HM_HOOK_TC_IN && sight_crosses_back(row) ? row->hop : -1;
}

const struct hm_hop *sight_blind_back(const struct hm_case *c)
{
	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->row_count; i++) {
			int in = way_back(c, &c->legs[l]->rows[i]);

			if (in >= 0 && scene_comes_unseen(c->scene, &c->scene->hops[in],
							  c->path->first_ns, c->path->judged_ns))
				return &c->scene->hops[in];
		}
	return NULL;
}

const struct hm_hop *sight_last_out(const struct hm_case *c)
{
	const struct hm_hop *last = NULL;
	uint64_t last_ns = 0;

	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->row_count; i++) {
			const struct hm_row *row = &c->legs[l]->rows[i];

			if (hop_hook(c, row->hop) != HM_HOOK_TC_OUT || !sight_crosses_forth(row) ||
			    row->cell[HM_STEP_SYN].first_ns < last_ns)
				continue;
			last = &c->scene->hops[row->hop];
			last_ns = row->cell[HM_STEP_SYN].first_ns;
		}
	return last;
}

const struct hm_hop *sight_marker_in(const struct hm_case *c)
{
	const struct hm_hop *first = NULL;
	uint64_t first_ns = UINT64_MAX;

	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->row_count; i++) {
			const struct hm_cell *cell = &c->legs[l]->rows[i].cell[HM_STEP_MARKER];

			if (hop_hook(c, c->legs[l]->rows[i].hop) != HM_HOOK_TC_IN || !cell->count ||
			    cell->first_ns >= first_ns)
				continue;
			first = &c->scene->hops[c->legs[l]->rows[i].hop];
			first_ns = cell->first_ns;
		}
	return first;
}
