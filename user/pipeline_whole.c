// SPDX-License-Identifier: GPL-2.0-only
/* pipeline_whole.h: what is counted for the verdict on a whole trace. */
#include "pipeline_whole.h"

/* With -i at the interfaces named. */
static bool is_passage(const struct hm_scene *scene, const struct hm_sighting *s)
{
	uint8_t hook = s->hop < scene->hop_count ? scene->hops[s->hop].hook : HM_HOOK_COUNT;

	return hook <= HM_HOOK_TC_OUT ||
	       (!scene->named_interfaces && (hook == HM_HOOK_SOCK_IN || hook == HM_HOOK_SOCK_OUT));
}

void whole_take_sighting(struct hm_whole *w, const struct hm_scene *scene,
			 const struct hm_sighting *s)
{
	if (w->paths || !is_passage(scene, s)) /* with a path it will not be nothing-seen */
		return;
	w->passed++;
	w->last_passed = *s;
}

/* With COMMAND only what its processes opened counts. */
static bool is_relevant(const struct hm_scene *scene, const struct hm_path *path)
{
	if (!scene->has_command)
		return true;
	for (uint32_t i = 0; i < path->leg_count; i++)
		if (path->legs[i]->in_tree)
			return true;
	return false;
}

static bool is_encrypted(const struct hm_path *path)
{
	for (uint32_t i = 0; i < path->leg_count; i++)
		if (path->legs[i]->request_class == HM_CLASS_TLS)
			return true;
	return false;
}

static bool is_echoed(const struct hm_path *path)
{
	for (uint32_t i = 0; i < path->leg_count; i++)
		for (uint32_t n = 0; n < path->legs[i]->note_count; n++)
			if (path->legs[i]->notes[n].what == HM_WHAT_ECHO)
				return true;
	return false;
}

/* Older connections were established before the trace. */
static bool came_through(const struct hm_path *path)
{
	for (uint32_t i = 0; i < path->leg_count; i++) {
		const struct hm_leg *leg = path->legs[i];

		if (leg->has_ack || leg->request_ns || leg->answer_ns)
			return true;
	}
	return false;
}

void whole_take_path(struct hm_whole *w, const struct hm_scene *scene, const struct hm_path *path,
		     const struct hm_verdict *v)
{
	if (!is_relevant(scene, path))
		return;
	w->paths++;
	w->marker_seen |= v->marker_id != HM_NO_MARKER;
	if ((hm_codes[v->code].health && v->judged) || !came_through(path))
		return;
	w->through++;
	w->encrypted += is_encrypted(path);
	w->echoed += is_echoed(path);
}

bool whole_judge(const struct hm_whole *w, struct hm_bench bench,
		 const struct hm_paths_stats *stats, struct hm_verdict *out)
{
	if (w->paths && (w->marker_seen || !bench.scene->marker_count || !w->through))
		return false;
	bench.encrypted = w->encrypted;
	bench.echoed = w->echoed;
	bench.passed = w->passed;
	bench.last_passed = w->passed ? &w->last_passed : NULL;
	bench.elsewhere = stats->elsewhere;
	bench.evicted = stats->evicted;
	judge_trace(&bench, w->through, out);
	return true;
}
