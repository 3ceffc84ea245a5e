// SPDX-License-Identifier: GPL-2.0-only
/*
 * The scene's own questions: hops by name, what is watched, what was lost. Called by every stage.
 */
#include "scene.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define OTHERS "others" /* the row that counts those for which there is no room */
#define AMONG ", interfaces among them" /* ends that row where one is not attached to */

uint32_t scene_max_legs(const struct hm_scene *scene)
{
	return scene->max_legs ? scene->max_legs : HM_LEGS;
}

uint32_t scene_sure_tracks(const struct hm_scene *scene)
{
	return HM_SURE_TRACKS(HM_TRACKS_FOR(scene_max_legs(scene)));
}

int scene_hop_by_name(const struct hm_scene *scene, const char *name)
{
	for (uint32_t i = 0; i < scene->hop_count; i++)
		if (!strcmp(scene->hops[i].name, name))
			return (int)i;
	return -1;
}

int scene_add_hop(struct hm_scene *scene, const struct hm_hop *hop)
{
	if (scene->hop_count >= HM_MAX_HOPS)
		return -ENOSPC;
	scene->hops[scene->hop_count] = *hop;
	return (int)scene->hop_count++;
}

int scene_replace_hop(struct hm_scene *scene, const struct hm_hop *hop, uint64_t now_ns)
{
	struct hm_hop *oldest = NULL;

	for (uint32_t i = 0; i < scene->hop_count; i++) {
		struct hm_hop *at = &scene->hops[i];

		if (at->gone_ns && (!oldest || at->gone_ns < oldest->gone_ns))
			oldest = at;
	}
	if (!oldest)
		return -ENOSPC;
	*oldest = *hop;
	oldest->since_ns = now_ns;
	scene->hop_changes++;
	return (int)(oldest - scene->hops);
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), k = strlen(end);

	return n >= k && !strcmp(text + n - k, end);
}

/* The row says of an interface, or that of the others of one of these, that none is attached. */
static bool lacks_interface(const struct hm_scene *scene, const struct hm_not_watched *row)
{
	bool side = ends_with(row->hop, ":in") || ends_with(row->hop, ":out");

	if (!strcmp(row->hop, OTHERS))
		return ends_with(row->why, AMONG);
	if (!strncmp(row->why, HM_WHY_LINK_TYPE, strlen(HM_WHY_LINK_TYPE)))
		return true;
	return side && strncmp(row->hop, "socket:", 7) != 0 && !strstr(row->hop, "/socket:") &&
	       scene_hop_by_name(scene, row->hop) < 0;
}

void scene_not_watched(struct hm_scene *scene, const char *hop, const char *why)
{
	struct hm_not_watched one = {};
	bool among;
	struct hm_not_watched *row, *end = scene->not_watched + HM_MAX_NOT_WATCHED;
	unsigned int more = 0;

	for (uint32_t i = 0; i < scene->not_watched_count; i++)
		if (!strcmp(scene->not_watched[i].hop, hop) &&
		    !strcmp(scene->not_watched[i].why, why))
			return;
	scene->hop_changes++;
	if (scene->not_watched_count < HM_MAX_NOT_WATCHED) {
		row = &scene->not_watched[scene->not_watched_count++];
		snprintf(row->hop, sizeof(row->hop), "%s", hop);
		snprintf(row->why, sizeof(row->why), "%s", why);
		return;
	}
	for (row = scene->not_watched; row < end && strcmp(row->hop, OTHERS); row++)
		;
	snprintf(one.hop, sizeof(one.hop), "%s", hop);
	snprintf(one.why, sizeof(one.why), "%s", why);
	if (row == end)
		row--; /* the one that stands in the last row is one of them now */
	among = lacks_interface(scene, row) || lacks_interface(scene, &one);
	if (sscanf(row->why, "%u more", &more) != 1 || strcmp(row->hop, OTHERS))
		more = 1;
	snprintf(row->hop, sizeof(row->hop), OTHERS);
	snprintf(row->why, sizeof(row->why), "%u more%s", more + 1, among ? AMONG : "");
}

void scene_watched_again(struct hm_scene *scene, const char *hop, const char *why)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < scene->not_watched_count; i++)
		if (strcmp(scene->not_watched[i].hop, hop) ||
		    strcmp(scene->not_watched[i].why, why))
			scene->not_watched[kept++] = scene->not_watched[i];
	scene->hop_changes += kept != scene->not_watched_count;
	scene->not_watched_count = kept;
}

void scene_forget_interface(struct hm_scene *scene, const char *dev)
{
	size_t len = strlen(dev);
	uint32_t kept = 0;

	for (uint32_t i = 0; i < scene->not_watched_count; i++) {
		const struct hm_not_watched *row = &scene->not_watched[i];
		bool its = !strncmp(row->hop, dev, len) && (!row->hop[len] || row->hop[len] == ':');

		if (!its || !lacks_interface(scene, row))
			scene->not_watched[kept++] = *row;
	}
	scene->hop_changes += kept != scene->not_watched_count;
	scene->not_watched_count = kept;
}

bool scene_doubts(const struct hm_hop *hop, uint64_t from_ns, uint64_t to_ns)
{
	return hop->doubt_ns && hop->doubt_ns <= to_ns &&
	       (!hop->clear_ns || hop->clear_ns >= from_ns);
}

int scene_hop_beside(const struct hm_scene *scene, const struct hm_hop *like, enum hm_hook hook)
{
	for (uint32_t i = 0; i < scene->hop_count; i++)
		if (scene->hops[i].hook == hook && scene->hops[i].netns == like->netns &&
		    scene->hops[i].ifindex == like->ifindex)
			return (int)i;
	return -1;
}

bool scene_comes_unseen(const struct hm_scene *scene, const struct hm_hop *in, uint64_t from_ns,
			uint64_t to_ns)
{
	int xdp = scene_hop_beside(scene, in, HM_HOOK_XDP);

	return scene_doubts(in, from_ns, to_ns) &&
	       (xdp < 0 || scene_doubts(&scene->hops[xdp], from_ns, to_ns));
}

bool scene_may_miss(const struct hm_scene *scene, uint32_t netns, uint64_t from_ns, uint64_t to_ns)
{
	for (uint32_t i = 0; i < scene->hop_count; i++)
		if (scene->hops[i].hook == HM_HOOK_TC_IN &&
		    (!netns || scene->hops[i].netns == netns) &&
		    scene_comes_unseen(scene, &scene->hops[i], from_ns, to_ns))
			return true;
	return false;
}

bool scene_watches(const struct hm_scene *scene, enum hm_hook hook, uint32_t netns)
{
	for (uint32_t i = 0; i < scene->hop_count; i++)
		if (scene->hops[i].hook == hook && (!netns || scene->hops[i].netns == netns))
			return true;
	return false;
}

bool scene_is_answer(const struct hm_scene *scene, uint16_t hop)
{
	return hop < scene->hop_count && scene->hops[hop].hook == HM_HOOK_PROBE;
}

bool scene_lacks(const struct hm_scene *scene, const char *hop)
{
	for (uint32_t i = 0; i < scene->not_watched_count; i++)
		if (!strcmp(scene->not_watched[i].hop, hop))
			return true;
	return false;
}

bool scene_lacks_interface(const struct hm_scene *scene)
{
	for (uint32_t i = 0; i < scene->not_watched_count; i++)
		if (lacks_interface(scene, &scene->not_watched[i]))
			return true;
	return false;
}

uint64_t scene_lost(const struct hm_scene *scene)
{
	return scene_untold(scene) + scene->counters[HM_CNT_LOST_NOTE] +
	       scene->counters[HM_CNT_LOST_BUSY];
}

uint64_t scene_untold(const struct hm_scene *scene)
{
	return scene->counters[HM_CNT_LIMITED] + scene->counters[HM_CNT_LOST_RING] +
	       scene->counters[HM_CNT_LOST_MAP] + scene->counters[HM_CNT_LOST_HOP];
}
