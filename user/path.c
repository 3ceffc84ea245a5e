// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engine behind path.h: its lists, its bounds and its clock. Called by the pipeline.
 *
 * A leg is live until its path is judged. Judged legs are remembered for a while: for stragglers
 * of their connection, and because a pooled one may carry another message.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "leg.h"

struct hm_paths *paths_new(const struct hm_scene *scene)
{
	struct hm_paths *paths = calloc(1, sizeof(*paths));

	if (!paths)
		return NULL;
	paths->scene = scene;
	paths->ready_end = &paths->ready;
	return paths;
}

static void unhash(struct hm_paths *paths, struct leg_state *leg)
{
	if (leg->hashed)
		HASH_DEL(paths->by_key, leg);
	leg->hashed = false;
}

static void list_delete(struct hm_paths *paths, struct leg_state *leg)
{
	if (leg->judged) {
		DL_DELETE(paths->judged, leg);
		paths->judged_count--;
	} else {
		DL_DELETE(paths->live, leg);
		paths->live_count--;
	}
}

/* Takes a leg out of the chain of its twins or attempts; the next one becomes their head. */
static void leave_nat(struct leg_state *leg)
{
	struct leg_state *at;

	if (leg->nat_head) {
		for (at = leg->nat_head; at->nat_next != leg; at = at->nat_next)
			;
		at->nat_next = leg->nat_next;
	} else if (leg->nat_next) {
		for (at = leg->nat_next; at; at = at->nat_next)
			at->nat_head = at == leg->nat_next ? NULL : leg->nat_next;
	}
}

static void leave_attempts(struct leg_state *leg)
{
	struct leg_state *at;

	if (leg->attempt_head) {
		for (at = leg->attempt_head; at->attempt_next != leg; at = at->attempt_next)
			;
		at->attempt_next = leg->attempt_next;
	} else if (leg->attempt_next) {
		for (at = leg->attempt_next; at; at = at->attempt_next)
			at->attempt_head = at == leg->attempt_next ? NULL : leg->attempt_next;
	}
}

static void remove_leg(struct hm_paths *paths, struct leg_state *leg)
{
	unhash(paths, leg);
	HASH_DELETE(hh_id, paths->by_id, leg);
	list_delete(paths, leg);
	leave_nat(leg);
	leave_attempts(leg);
	leg_free(leg);
}

/* The oldest without a marker goes first, else the oldest. */
static void evict(struct hm_paths *paths)
{
	struct leg_state *leg;

	for (leg = paths->live; leg; leg = leg->next)
		if (!leg->leg.marker_ns)
			break;
	remove_leg(paths, leg ? leg : paths->live);
	paths->stats.evicted++;
}

struct leg_state *engine_add_leg(struct hm_paths *paths, const struct hm_sighting *s)
{
	struct leg_state *leg;

	if (paths->live_count >= HM_MAX_LEGS)
		evict(paths);
	leg = calloc(1, sizeof(*leg));
	if (!leg)
		return NULL;
	leg->leg.id = ++paths->last_leg;
	leg->leg.client = s->src;
	leg->leg.server = s->dst;
	leg->leg.first_ns = leg->leg.last_ns = s->mono_ns;
	leg->leg.marker_id = HM_NO_MARKER;
	leg->leg.crossed_named = !paths->scene->named_interfaces;
	DL_APPEND(paths->live, leg);
	HASH_ADD(hh_id, paths->by_id, leg.id, sizeof(leg->leg.id), leg);
	paths->live_count++;
	paths->stats.legs++;
	return leg;
}

struct leg_state *engine_leg(const struct hm_paths *paths, uint32_t id)
{
	struct leg_state *leg;

	HASH_FIND(hh_id, paths->by_id, &id, sizeof(id), leg);
	return leg;
}

/* What a judged leg said is in its path; a later message on it is judged by itself. */
static void forget_judged(struct leg_state *leg)
{
	struct message *m, *next;

	for (m = leg->messages; m; m = next) {
		next = m->next;
		if (m->done)
			message_free(m);
	}
	free(leg->leg.notes);
	leg->leg.notes = NULL;
	leg->leg.note_count = leg->leg.notes_lost = 0;
}

void engine_set_judged(struct hm_paths *paths, struct leg_state *leg, bool judged)
{
	if (leg->judged == judged)
		return;
	list_delete(paths, leg);
	leg->judged = judged;
	if (!judged) {
		DL_APPEND(paths->live, leg);
		paths->live_count++;
		return;
	}
	forget_judged(leg);
	DL_APPEND(paths->judged, leg);
	paths->judged_count++;
	if (paths->judged_count > HM_MAX_JUDGED)
		remove_leg(paths, paths->judged);
}

static int take_listener(struct hm_paths *paths, const struct hm_sighting *s)
{
	struct hm_sighting *grown;
	uint32_t i;

	for (i = 0; i < paths->listener_count; i++)
		if (endpoint_equal(&paths->listeners[i].src, &s->src) &&
		    paths->listeners[i].listener.netns == s->listener.netns &&
		    paths->listeners[i].pid == s->pid) {
			paths->listeners[i] = *s;
			return 0;
		}
	if (i == HM_MAX_LISTENERS) {
		paths->listeners[0] = *s; /* bounded: a host with more has others to look at */
		return 0;
	}
	if (i == paths->listener_room) {
		grown = realloc(paths->listeners, (i + 16) * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		paths->listeners = grown;
		paths->listener_room = i + 16;
	}
	paths->listeners[paths->listener_count++] = *s;
	return 0;
}

/* A root whose paths are not wanted goes without a word: it never crossed a named interface. */
static bool is_reported(const struct hm_paths *paths, const struct leg_state *root)
{
	bool crossed = false, in_tree = false;

	for (const struct leg_state *a = root; a; a = a->attempt_next)
		for (const struct leg_state *st = a; st; st = st->nat_next) {
			crossed |= st->leg.crossed_named;
			in_tree |= st->leg.in_tree;
		}
	if (paths->scene->has_command)
		return in_tree && (crossed || root->pending);
	return crossed;
}

static void settle(struct hm_paths *paths, struct leg_state *root, uint64_t ns)
{
	bool reported = is_reported(paths, root);
	struct settled *settled = build_path(paths, root, ns);

	if (!settled) {
		paths->stats.evicted++; /* out of memory: forgotten, and counted */
		remove_leg(paths, root);
		return;
	}
	if (!reported) {
		settled_free(settled);
		return;
	}
	settled->path.id = ++paths->last_path;
	*paths->ready_end = settled;
	paths->ready_end = &settled->next;
}

#define LOOK_BATCH 256 /* paths settled between two looks at all legs */

/*
 * Collects the roots that are due at ns, oldest first; settling one changes the list in more than
 * one place, so that comes after. Sets when the next look is worth it.
 */
static uint32_t collect(struct hm_paths *paths, uint64_t ns, bool all, uint32_t ids[LOOK_BATCH])
{
	struct leg_state *leg;
	uint32_t count = 0;

	paths->next_ns = HM_NEVER;
	for (leg = paths->live; leg && count < LOOK_BATCH; leg = leg->next) {
		uint64_t due;

		if (!build_is_root(paths, leg))
			continue;
		due = all ? 0 : due_path(paths, leg);
		if (due <= ns)
			ids[count++] = leg->leg.id;
		else if (due < paths->next_ns)
			paths->next_ns = due;
	}
	return count;
}

/* Settles what is due at ns, or everything. */
static void look(struct hm_paths *paths, uint64_t ns, bool all)
{
	uint32_t ids[LOOK_BATCH], count;

	do {
		count = collect(paths, ns, all, ids);
		for (uint32_t i = 0; i < count; i++) {
			struct leg_state *leg = engine_leg(paths, ids[i]);
			uint64_t due;

			if (!leg || leg->judged || !build_is_root(paths, leg))
				continue;
			due = due_path(paths, leg);
			settle(paths, leg, all || due > ns ? ns : due);
		}
	} while (count);
}

/* The leg whose path this one is, as far as is known now. */
static const struct leg_state *root_of(const struct hm_paths *paths, const struct leg_state *leg)
{
	const struct message *m;
	const struct leg_state *cause;

	for (;;) {
		leg = leg->nat_head ? leg->nat_head : leg;
		for (m = leg->messages; m && (m->done || !m->parent); m = m->next)
			;
		if (!m)
			break;
		leg = m->parent->leg;
	}
	cause = leg->leg.cause && !leg->messages ? engine_leg(paths, leg->leg.cause) : NULL;
	leg = cause ? cause : leg;
	return leg->attempt_head ? leg->attempt_head : leg;
}

static void advance(struct hm_paths *paths, uint64_t ns)
{
	if (ns > paths->clock_ns)
		paths->clock_ns = ns;
	if (!paths->finished && paths->clock_ns >= paths->next_ns)
		look(paths, paths->clock_ns, false);
}

int paths_push(struct hm_paths *paths, struct hm_sighting *s)
{
	struct leg_state *leg;
	uint64_t due;
	int err;

	if (s->hop >= paths->scene->hop_count || s->what == HM_WHAT_NONE ||
	    s->what >= HM_WHAT_COUNT)
		return 0;
	advance(paths, s->mono_ns);
	if (s->what == HM_WHAT_LISTENER)
		return take_listener(paths, s);
	leg = join_find(paths, s, &err);
	if (!leg) {
		paths->stats.evicted += err ? 1 : 0;
		return err;
	}
	err = leg_take(leg, paths->scene, s);
	if (err) {
		paths->stats.evicted++;
		return err;
	}
	if (s->what == HM_WHAT_MARKER) {
		if (leg_head(leg)->judged && leg_message(leg, s->marker.id, s->marker.seq))
			engine_set_judged(paths, leg_head(leg), false);
		join_message(paths, leg, s);
	}
	due = due_path(paths, root_of(paths, leg));
	if (due < paths->next_ns)
		paths->next_ns = due;
	return 0;
}

struct hm_leg *paths_want_probe(struct hm_paths *paths, uint64_t now_ns)
{
	struct leg_state *leg;

	for (leg = paths->live; leg; leg = leg->next)
		if (due_probe(paths, leg) <= now_ns) {
			leg->probe_asked = true;
			while (leg->nat_next) /* the tuple the socket knows is the last one */
				leg = leg->nat_next;
			return &leg->leg;
		}
	return NULL;
}

struct hm_path *paths_settled(struct hm_paths *paths, uint64_t now_ns)
{
	advance(paths, now_ns);
	return paths->ready ? &paths->ready->path : NULL;
}

void paths_finish(struct hm_paths *paths, uint64_t now_ns)
{
	advance(paths, now_ns);
	paths->finished = true;
	look(paths, now_ns, true);
}

void paths_release(struct hm_paths *paths, struct hm_path *path)
{
	struct settled *settled = paths->ready;

	if (!settled || &settled->path != path)
		return;
	paths->ready = settled->next;
	if (!paths->ready)
		paths->ready_end = &paths->ready;
	settled_free(settled);
}

uint32_t paths_listeners(const struct hm_paths *paths, const struct hm_sighting **out)
{
	*out = paths->listeners;
	return paths->listener_count;
}

struct hm_paths_stats paths_stats(const struct hm_paths *paths)
{
	return paths->stats;
}

void paths_free(struct hm_paths *paths)
{
	struct settled *settled;

	if (!paths)
		return;
	while (paths->live)
		remove_leg(paths, paths->live);
	while (paths->judged)
		remove_leg(paths, paths->judged);
	while ((settled = paths->ready)) {
		paths->ready = settled->next;
		settled_free(settled);
	}
	free(paths->listeners);
	free(paths);
}
