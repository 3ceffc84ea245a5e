// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which leg's sockets, listeners and route are asked for next. Called by the pipeline; when they
 * are due is path_due.c's.
 */
#include "path_inside.h"

uint32_t paths_leave_unasked(struct hm_paths *paths)
{
	look_touched(paths);
	paths->unasked = paths->to_probe.count > 0;
	return paths->to_probe.count;
}

struct hm_leg *paths_want_probe(struct hm_paths *paths, uint64_t now_ns)
{
	struct leg_state *leg;

	look_touched(paths);
	leg = due_first(&paths->to_probe, now_ns);
	if (!leg)
		return NULL;
	due_set(&paths->to_probe, leg, HM_NEVER);
	leg->probe_asked = true;
	leg->ask_again = leg->ask_stuck = false;
	while (leg->nat_next) /* the tuple the socket knows is the last one */
		leg = leg->nat_next;
	return &leg->leg;
}
