// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a path may lack: events that were lost within its life, and legs of it that were forgotten.
 * Called by path.c and path_build.c.
 */
#include "path_inside.h"

/* a life whose first two SYNs were among what was lost: RFC 6298, 2.1 */
#define BEGINNING_NS (3500 * HM_MS)

/*
 * Sightings are read late when many come; what the counters tell was lost may have been lost at any
 * time until they were read, which is on another clock than that of what has been read so far.
 */
void lost_notice(struct hm_paths *paths)
{
	uint64_t lost = scene_lost(paths->scene);

	if (lost == paths->lost)
		return;
	paths->losses[paths->loss_count % HM_LOSSES].ns = paths->scene->counted_ns > paths->clock_ns
								  ? paths->scene->counted_ns
								  : paths->clock_ns;
	paths->losses[paths->loss_count % HM_LOSSES].before = paths->lost;
	paths->loss_count++;
	paths->lost = lost;
}

/* What was counted as its life begins, or later, may belong to it. */
uint64_t lost_before_life(const struct hm_paths *paths, uint64_t first_ns)
{
	uint64_t ns = first_ns > BEGINNING_NS ? first_ns - BEGINNING_NS : 0, before = paths->lost;

	for (uint32_t i = paths->loss_count; i && i + HM_LOSSES > paths->loss_count; i--) {
		if (paths->losses[(i - 1) % HM_LOSSES].ns < ns)
			break;
		before = paths->losses[(i - 1) % HM_LOSSES].before;
	}
	return before;
}

void lost_tell_kin(struct leg_state *leg)
{
	struct leg_state *kin[] = {leg->cause_leg, leg->nat_head, leg->nat_next, leg->attempt_head,
				   leg->attempt_next};

	for (size_t i = 0; i < HM_ARRAY_SIZE(kin); i++)
		if (kin[i])
			kin[i]->kin_lost++;
	for (struct message *m = leg->messages; m; m = m->next) {
		if (m->parent)
			m->parent->leg->kin_lost++;
		for (struct message *c = m->child; c; c = c->sibling)
			c->leg->kin_lost++;
	}
}

/*
 * Events lost within a path's life. A leg that thousands of younger ones came after may have been
 * forgotten by the kernel side, which tells nobody: that counts as a loss too.
 */
static uint64_t lost_since(const struct hm_paths *paths, const struct leg_state *root)
{
	uint64_t now = scene_lost(paths->scene), younger = paths->last_leg - root->leg.id;
	uint64_t lost = now > root->lost_before ? now - root->lost_before : 0;

	return younger >= scene_sure_tracks(paths->scene) ? lost + younger : lost;
}

/* Legs that were forgotten here and would be part of this path. */
static uint64_t lost_kin(const struct hm_paths *paths, const struct hm_path *path)
{
	uint64_t lost = 0;

	for (uint32_t i = 0; i < path->leg_count; i++) {
		const struct leg_state *st = engine_leg(paths, path->legs[i]->id);

		lost += st ? st->kin_lost : 0;
	}
	return lost;
}

uint64_t lost_of_path(const struct hm_paths *paths, const struct leg_state *root,
		      const struct hm_path *path)
{
	return lost_since(paths, root) + lost_kin(paths, path);
}
