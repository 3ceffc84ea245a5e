// SPDX-License-Identifier: GPL-2.0-only
/*
 * What was left out because of --depth, of all connections, whether they are remembered or not: a
 * marker may have been in it. Called by path.c; read by judge.
 */
#include "path_inside.h"

/*
 * The row of a process, or one to be used for it: what that said is of nobody known from then on.
 */
static uint32_t row_of(struct hm_unsearched *u, uint32_t pid)
{
	uint32_t oldest = 1;

	for (uint32_t i = 0; i < HM_UNSEARCHED_ROWS; i++) {
		if (u->by[i].pid == pid)
			return i;
		if (i && u->by[i].ns < u->by[oldest].ns)
			oldest = i;
	}
	if (u->by[oldest].ns > u->by[0].ns)
		u->by[0].ns = u->by[oldest].ns;
	u->by[oldest].pid = pid;
	return oldest;
}

void unsearched_take(struct hm_paths *paths, const struct hm_leg *leg, const struct hm_sighting *s)
{
	struct hm_unsearched *u = &paths->unsearched;

	if (s->what != HM_WHAT_UNSEARCHED || (leg && leg->unsearched_ns != s->mono_ns))
		return; /* the server's bytes: no marker to it was among them */
	u->count++;
	if (paths->scene->hops[s->hop].hook == HM_HOOK_SOCK_OUT)
		u->by[row_of(u, s->pid)].ns = s->mono_ns;
}

const struct hm_unsearched *paths_unsearched(const struct hm_paths *paths)
{
	return &paths->unsearched;
}

uint64_t unsearched_by(const struct hm_unsearched *u, uint32_t pid)
{
	uint64_t ns = 0;

	for (uint32_t i = 0; i < HM_UNSEARCHED_ROWS; i++)
		if ((!pid || !u->by[i].pid || u->by[i].pid == pid) && u->by[i].ns > ns)
			ns = u->by[i].ns;
	return ns;
}
