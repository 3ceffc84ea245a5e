// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looks for what is due: legs that were touched get their place in the heaps anew, and paths that
 * are due are settled. Its cost is that of what changed and what is due, however many legs wait.
 * Called by path.c.
 */
#include "path_inside.h"

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
	bool reported = is_reported(paths, root), cut = due_path(paths, root) > ns;
	struct settled *settled = build_path(paths, root, ns);

	if (!settled) {
		paths->stats.evicted++; /* out of memory: forgotten, and counted */
		engine_remove_leg(paths, root);
		return;
	}
	if (!reported) {
		paths->stats.elsewhere += !paths->scene->has_command;
		settled_free(settled);
		return;
	}
	paths->last_path += paths->last_path == UINT32_MAX ? 2 : 1; /* 0 is no path */
	settled->path.cut = cut;
	settled->path.id = paths->last_path;
	*paths->ready_end = settled;
	paths->ready_end = &settled->next;
}

/* Looks again when the path that begins at this leg is due. */
static void rekey(struct hm_paths *paths, struct leg_state *leg)
{
	leg = leg->attempt_head ? leg->attempt_head : leg;
	due_set(&paths->to_judge, leg,
		leg->judged || !build_is_root(paths, leg) ? HM_NEVER : due_path(paths, leg));
}

/* The same, once in each pass: many legs may be attempts or twins of one. */
static void rekey_once(struct hm_paths *paths, struct leg_state *leg)
{
	leg = leg->attempt_head ? leg->attempt_head : leg;
	if (leg->pass == paths->pass)
		return;
	leg->pass = paths->pass;
	rekey(paths, leg);
}

/* The same for every path that a message of this leg is part of. */
static void rekey_paths(struct hm_paths *paths, struct leg_state *head)
{
	const struct message *top, *m;
	struct leg_state *last = NULL;

	for (m = head->messages; m; m = m->next) {
		if (m->done)
			continue;
		for (top = m; top->parent; top = top->parent)
			;
		if (top->leg != last)
			rekey_once(paths, top->leg);
		last = top->leg;
	}
	if (last != head)
		rekey_once(paths, head);
}

void look_touched(struct hm_paths *paths)
{
	struct leg_state *leg, *head;

	paths->pass++;
	while ((leg = paths->touched)) {
		engine_untouch(paths, leg);
		head = leg_head(leg);
		due_set(&paths->to_probe, head, head->judged ? HM_NEVER : due_probe(paths, head));
		rekey_paths(paths, head);
		if (leg != head)
			rekey_once(paths, leg); /* it may have been a path of its own */
		if (head->cause_leg && !head->messages)
			rekey_paths(paths, leg_head(head->cause_leg));
	}
}

static void settle_at(struct hm_paths *paths, struct leg_state *leg, uint64_t ns)
{
	uint32_t id = leg->leg.id;

	due_set(&paths->to_judge, leg, HM_NEVER);
	settle(paths, leg, ns);
	leg = engine_leg(paths, id);
	if (leg)
		engine_touch(paths, leg); /* another marker's message may wait on it */
	look_touched(paths);
}

void look_due(struct hm_paths *paths, uint64_t ns)
{
	struct leg_state *leg;

	look_touched(paths);
	while ((leg = due_first(&paths->to_judge, ns))) {
		rekey(paths, leg);
		if (leg == due_first(&paths->to_judge, ns))
			settle_at(paths, leg, leg->due[HM_DUE_JUDGE].ns);
	}
}

void look_all(struct hm_paths *paths, uint64_t ns)
{
	struct leg_state *leg = paths->live;

	look_touched(paths);
	while (leg) {
		if (!build_is_root(paths, leg)) {
			leg = leg->next;
			continue;
		}
		settle_at(paths, leg, ns);
		leg = paths->live; /* settling one changes the list in more than one place */
	}
}
