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

#include "path_inside.h"

struct hm_paths *paths_new(const struct hm_scene *scene)
{
	struct hm_paths *paths = calloc(1, sizeof(*paths));

	if (!paths)
		return NULL;
	paths->scene = scene;
	paths->ready_end = &paths->ready;
	paths->to_probe.kind = HM_DUE_PROBE;
	paths->max_legs = scene_max_legs(scene);
	paths->to_judge.at =
		calloc(paths->max_legs + HM_MAX_JUDGED + 2, sizeof(*paths->to_judge.at));
	paths->to_probe.at =
		calloc(paths->max_legs + HM_MAX_JUDGED + 2, sizeof(*paths->to_probe.at));
	if (paths->to_judge.at && paths->to_probe.at)
		return paths;
	paths_free(paths);
	return NULL;
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

void engine_touch(struct hm_paths *paths, struct leg_state *leg)
{
	if (leg->touched)
		return;
	leg->touched = true;
	DL_APPEND2(paths->touched, leg, touched_prev, touched_next);
}

void engine_untouch(struct hm_paths *paths, struct leg_state *leg)
{
	if (leg->touched)
		DL_DELETE2(paths->touched, leg, touched_prev, touched_next);
	leg->touched = false;
}

static void leave_cause(struct leg_state *leg)
{
	if (leg->cause_leg)
		DL_DELETE2(leg->cause_leg->caused_list, leg, cause_prev, cause_next);
	leg->cause_leg = NULL;
}

void engine_set_cause(struct leg_state *leg, struct leg_state *cause)
{
	leave_cause(leg);
	leg->leg.cause = cause ? cause->leg.id : 0;
	leg->cause_leg = cause;
	if (cause)
		DL_APPEND2(cause->caused_list, leg, cause_prev, cause_next);
}

/* What belonged to the path of this leg is on its own from here on. */
static void leave_others(struct hm_paths *paths, struct leg_state *leg)
{
	while (leg->caused_list) {
		engine_touch(paths, leg->caused_list);
		leave_cause(leg->caused_list);
	}
	for (struct message *m = leg->messages; m; m = m->next)
		for (struct message *c = m->child; c; c = c->sibling)
			engine_touch(paths, c->leg);
	if (leg->nat_next)
		engine_touch(paths, leg->nat_next);
	if (leg->attempt_next)
		engine_touch(paths, leg->attempt_next);
}

void engine_remove_leg(struct hm_paths *paths, struct leg_state *leg)
{
	if (leg->leg.last_ns > paths->forgotten_ns)
		paths->forgotten_ns = leg->leg.last_ns;
	leave_others(paths, leg);
	leave_cause(leg);
	index_remove(leg);
	engine_untouch(paths, leg);
	due_set(&paths->to_judge, leg, HM_NEVER);
	due_set(&paths->to_probe, leg, HM_NEVER);
	unhash(paths, leg);
	HASH_DELETE(hh_id, paths->by_id, leg);
	list_delete(paths, leg);
	leave_nat(leg);
	leave_attempts(leg);
	leg_free(leg);
}

/* The oldest that neither has a marker nor is COMMAND's goes first, else the oldest. */
static void evict(struct hm_paths *paths)
{
	struct leg_state *leg;

	for (leg = paths->live; leg; leg = leg->next)
		if (!leg->leg.marker_ns && !leg->leg.in_tree)
			break;
	leg = leg ? leg : paths->live;
	lost_tell_kin(leg);
	gone_add(&paths->evicted, &leg->key, paths->clock_ns);
	engine_remove_leg(paths, leg);
	paths->stats.evicted++;
}

/* Numbers begin anew after 4 billion legs, some months; 0 is nobody's. */
static uint32_t new_id(struct hm_paths *paths)
{
	do
		paths->last_leg++;
	while (!paths->last_leg || engine_leg(paths, paths->last_leg));
	return paths->last_leg;
}

struct leg_state *engine_add_leg(struct hm_paths *paths, const struct hm_sighting *s)
{
	struct leg_state *leg;

	if (paths->live_count >= paths->max_legs)
		evict(paths);
	leg = calloc(1, sizeof(*leg));
	if (!leg)
		return NULL;
	leg->held = &paths->messages;
	leg->leg.id = new_id(paths);
	leg->leg.client = s->src;
	leg->leg.server = s->dst;
	leg->leg.first_ns = leg->leg.last_ns = s->mono_ns;
	leg->leg.marker_id = HM_NO_MARKER;
	leg->leg.crossed_named = !paths->scene->named_interfaces;
	leg->lost_before = lost_before_life(paths, s->mono_ns);
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
	leg->leg.note_count = leg->leg.notes_lost = leg->leg.drops_lost = 0;
	leg->kin_lost = 0;
	leg->leg.strayed = false;
}

void engine_set_judged(struct hm_paths *paths, struct leg_state *leg, bool judged)
{
	if (leg->judged == judged)
		return;
	list_delete(paths, leg);
	leg->judged = judged;
	engine_touch(paths, leg);
	if (!judged) {
		DL_APPEND(paths->live, leg);
		paths->live_count++;
		return;
	}
	leave_cause(leg);
	index_remove(leg);
	forget_judged(leg);
	DL_APPEND(paths->judged, leg);
	paths->judged_count++;
	if (paths->judged_count > HM_MAX_JUDGED) {
		gone_add(&paths->closed, &paths->judged->key, paths->clock_ns);
		engine_remove_leg(paths, paths->judged);
	}
}

static void advance(struct hm_paths *paths, uint64_t ns)
{
	uint64_t tick;

	if (ns > paths->clock_ns)
		paths->clock_ns = ns;
	lost_notice(paths);
	hops_follow(paths);
	tick = paths->clock_ns / HM_DUE_TICK_NS;
	if (paths->finished || tick == paths->looked)
		return;
	paths->looked = tick;
	look_due(paths, paths->clock_ns);
}

/*
 * The answer to an ACK for an older connection of the same two ends, which the server's side still
 * has (RFC 5961, 4.2): the client goes on with the new one. Giving that up it resets at its own
 * SYN's number and the next.
 */
static bool resets_an_older_one(const struct hm_leg *leg, const struct hm_sighting *s)
{
	return leg->has_syn && !leg->has_synack && leg_from_client(leg, s) &&
	       s->seq - leg->isn_client > 1;
}

/* Whom it was sent to ignores it: the connection goes on. */
static bool is_stray_rst(struct leg_state *leg, const struct hm_sighting *s)
{
	if (s->what != HM_WHAT_RST ||
	    (numbers_fit(leg, s) && !resets_an_older_one(&leg->leg, s)))
		return false;
	if (!leg_from_client(&leg->leg, s)) {
		leg->leg.stray_ns = s->mono_ns;
		leg->leg.stray_hop = s->hop;
	}
	return true;
}

/* A source may tell a thing twice, the same to the nanosecond: it happened once. */
static bool told_again(struct hm_paths *paths, struct hm_sighting *s)
{
	s->leg = paths->came.leg;
	if (!memcmp(&paths->came, s, sizeof(*s)))
		return true;
	s->leg = 0;
	paths->came = *s;
	return false;
}

int paths_push(struct hm_paths *paths, struct hm_sighting *s)
{
	struct leg_state *leg;
	int err;

	if (s->hop >= paths->scene->hop_count || s->what == HM_WHAT_NONE ||
	    s->what >= HM_WHAT_COUNT)
		return 0;
	if (told_again(paths, s))
		return 0;
	if (!scene_is_answer(paths->scene, s->hop)) /* it completes what is due, however late */
		advance(paths, s->mono_ns);
	if (s->what == HM_WHAT_LISTENER)
		return listeners_take(paths, s);
	leg = join_find(paths, s, &err);
	if (!leg) {
		unsearched_take(paths, NULL, s);
		paths->stats.evicted += err ? 1 : 0;
		return err;
	}
	if (is_stray_rst(leg, s))
		return 0;
	err = leg_take(leg, paths->scene, s);
	if (err) {
		paths->stats.evicted++;
		return err;
	}
	paths->came.leg = s->leg;
	unsearched_take(paths, &leg->leg, s);
	if (s->what == HM_WHAT_MARKER) {
		if (leg_head(leg)->judged && leg_message(leg, s->marker.id, s->marker.seq))
			engine_set_judged(paths, leg_head(leg), false);
		join_message(paths, leg, s);
	}
	hidden_take(paths, leg, s);
	relay_take(paths, leg, s);
	meanwhile_take(paths, leg, s);
	index_take(paths, leg, s);
	engine_touch(paths, leg);
	return 0;
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
	look_all(paths, now_ns);
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
		engine_remove_leg(paths, paths->live);
	while (paths->judged)
		engine_remove_leg(paths, paths->judged);
	while ((settled = paths->ready)) {
		paths->ready = settled->next;
		settled_free(settled);
	}
	free(paths->to_judge.at);
	free(paths->to_probe.at);
	free(paths->listeners);
	free(paths);
}
