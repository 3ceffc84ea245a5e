// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who listens here, as probes found it. Bounded: the one that was found longest ago makes room, and
 * a verdict whose own probe found it is told. Called by path.c.
 */
#include <errno.h>
#include <stdlib.h>

#include "path_inside.h"

#define GROW_BY 16

static bool is_same(const struct hm_sighting *a, const struct hm_sighting *b)
{
	return endpoint_equal(&a->src, &b->src) && a->listener.netns == b->listener.netns &&
	       a->pid == b->pid;
}

/* One that was found then is not known any more. */
static void lose(struct hm_paths *paths, uint64_t found_ns)
{
	paths->stats.listeners_lost++;
	paths->stats.listeners_lost_ns = found_ns;
}

static void make_room(struct hm_paths *paths, const struct hm_sighting *s)
{
	struct hm_sighting *oldest = paths->listeners;

	for (uint32_t i = 1; i < paths->listener_count; i++)
		if (paths->listeners[i].mono_ns < oldest->mono_ns)
			oldest = &paths->listeners[i];
	lose(paths, oldest->mono_ns);
	*oldest = *s;
}

int listeners_take(struct hm_paths *paths, const struct hm_sighting *s)
{
	struct hm_sighting *grown;

	for (uint32_t i = 0; i < paths->listener_count; i++)
		if (is_same(&paths->listeners[i], s)) {
			paths->listeners[i] = *s;
			return 0;
		}
	if (paths->listener_count == HM_MAX_LISTENERS) {
		make_room(paths, s);
		return 0;
	}
	if (paths->listener_count == paths->listener_room) {
		grown = realloc(paths->listeners,
				(paths->listener_room + GROW_BY) * sizeof(*grown));
		if (!grown) {
			lose(paths, s->mono_ns);
			return -ENOMEM;
		}
		paths->listeners = grown;
		paths->listener_room += GROW_BY;
	}
	paths->listeners[paths->listener_count++] = *s;
	return 0;
}

bool listeners_has(const struct hm_paths *paths, uint16_t port, uint64_t since_ns, uint32_t pid)
{
	for (uint32_t i = 0; i < paths->listener_count; i++) {
		const struct hm_sighting *l = &paths->listeners[i];

		if (l->src.port == port && l->mono_ns >= since_ns && (!pid || l->pid == pid))
			return true;
	}
	return false;
}

uint32_t paths_listeners(const struct hm_paths *paths, const struct hm_sighting **out)
{
	*out = paths->listeners;
	return paths->listener_count;
}
