// SPDX-License-Identifier: GPL-2.0-only
/*
 * Settled paths: copies of the legs as they were when their path was judged, so that a pooled
 * connection can belong to many paths and go on living. Called by path.c.
 */
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "path_inside.h"

static bool has_root_message(const struct leg_state *leg)
{
	for (const struct message *m = leg->messages; m; m = m->next)
		if (!m->done && !m->parent)
			return true;
	return false;
}

bool build_is_root(const struct hm_paths *paths, const struct leg_state *leg)
{
	if (leg->nat_head || leg->attempt_head)
		return false;
	if (leg->messages)
		return has_root_message(leg);
	return !leg->judged && !(leg->leg.cause && engine_leg(paths, leg->leg.cause) &&
				 engine_leg(paths, leg->leg.cause)->messages);
}

/*
 * How badly it went: not arrived, an error of the server, no answer where others had one, refused.
 */
static int badness(const struct message *m, bool others_answered)
{
	if (!m->read_ns && !m->answer_ns)
		return 4;
	if (m->status >= 500)
		return 3;
	if (!m->answer_ns)
		return others_answered ? 2 : 0;
	return m->status >= 400;
}

/* The message that speaks for all of them: the first of those that went worst. */
static const struct message *spokesman(const struct message **messages, uint32_t count,
				       uint32_t *alike)
{
	const struct message *worst = NULL;
	bool answered = false; /* with a status: then each of them is owed one */

	for (uint32_t i = 0; i < count; i++)
		answered |= messages[i]->status != 0;
	for (uint32_t i = 0; i < count; i++)
		if (!worst || badness(messages[i], answered) > badness(worst, answered))
			worst = messages[i];
	*alike = 0;
	for (uint32_t i = 0; i < count; i++)
		*alike += badness(messages[i], answered) == badness(worst, answered) &&
			  (messages[i]->status == worst->status || !badness(worst, answered));
	return worst;
}

/* Saturates, as cell_mark() does. */
static uint16_t add_counts(uint16_t a, uint16_t b)
{
	return a > UINT16_MAX - b ? UINT16_MAX : (uint16_t)(a + b);
}

static void set_cells(struct hm_leg *leg, enum hm_step step, int kind,
		      const struct message **messages, uint32_t count)
{
	for (uint32_t r = 0; r < leg->row_count; r++) {
		struct hm_cell *cell = &leg->rows[r].cell[step];

		memset(cell, 0, sizeof(*cell));
		for (uint32_t i = 0; i < count; i++)
			for (int h = 0; h < messages[i]->hops[kind]; h++) {
				const struct hm_cell *one = &messages[i]->at[kind][h].cell;

				if (messages[i]->at[kind][h].hop != leg->rows[r].hop)
					continue;
				if (!cell->count || one->first_ns < cell->first_ns)
					cell->first_ns = one->first_ns;
				if (one->last_ns > cell->last_ns)
					cell->last_ns = one->last_ns;
				cell->count = add_counts(cell->count, one->count);
				cell->state = HM_CELL_SEEN;
			}
	}
}

/*
 * Who was answered, though nobody that it sent the marker to was, or will be, had no need of them.
 */
static bool sent_on(const struct message *m)
{
	for (const struct message *c = m->child; c; c = c->sibling)
		if (!m->answer_ns || pair_asks(c))
			return true;
	return false;
}

/* Narrows the copy of a leg that carried several messages to those of this path. */
static void set_messages(struct hm_leg *leg, const struct leg_state *head,
			 const struct message **messages, uint32_t count)
{
	const struct message *one = spokesman(messages, count, &leg->messages_alike);
	bool all = head->messages && !head->messages->next;

	if (!one)
		return;
	leg->messages = count;
	leg->marker_id = one->id;
	leg->marker_seq = one->seq;
	leg->marker_end_seq = one->end_seq;
	leg->marker_ns = one->first_ns;
	leg->marker_turn_ns = one->turn_ns;
	leg->marker_whole = one->whole;
	leg->marker_read_ns = one->read_ns;
	leg->marker_acked_ns = one->acked_ns;
	if (one->read_pid && !leg->server_pid)
		leg->server_pid = one->read_pid;
	leg->answer_ns = one->answer_ns;
	leg->status = one->status;
	leg->meanwhile = one->meanwhile;
	leg->piped = one->piped;
	if (!all) {
		set_cells(leg, HM_STEP_MARKER, 0, messages, count);
		set_cells(leg, HM_STEP_ANSWER, 1, messages, count);
	}
	for (uint32_t i = 0; i < count; i++)
		leg->sent_on |= sent_on(messages[i]);
}

bool build_asks_first(const struct hm_leg *leg)
{
	return !leg->marker_ns || (leg->marker_turn_ns && leg->marker_turn_ns <= leg->request_ns);
}

/*
 * Since it read what is told of, or may have: its answer, or being asked, is the latest for that.
 */
static void look_beside(const struct hm_paths *paths, struct hm_leg *leg)
{
	uint64_t since = leg->marker_read_ns ? leg->marker_read_ns : leg->request_ns;

	leg->reader_hides = (uint8_t)hidden_beside(paths, leg->server_pid, since);
	if (!(leg->marker_ns && leg->marker_read_ns) &&
	    hidden_failed(paths, leg->server_pid, since))
		leg->meanwhile.failed = 1;
}

static bool forwards(const struct hm_paths *paths, const struct hm_leg *leg)
{
	for (uint32_t i = 0; i < paths->forward_count && i < HM_PROXY_MEMORY; i++)
		if (endpoint_equal(&paths->forwards[i], &leg->server))
			return true;
	return false;
}

static void free_copy(struct hm_leg *leg)
{
	free(leg->notes);
	free(leg->greeting);
	free(leg);
}

/* What a leg owns: NULL is fine. False: out of memory. */
static bool copy_owned(void **to, const void *from, size_t size)
{
	*to = from ? malloc(size) : NULL;
	if (*to)
		memcpy(*to, from, size);
	return *to || !from;
}

static struct hm_leg *copy_leg(const struct hm_paths *paths, const struct leg_state *st)
{
	struct hm_leg *leg = malloc(sizeof(*leg));
	void *notes, *greeting;
	bool whole;

	if (!leg)
		return NULL;
	whole = copy_owned(&notes, st->leg.notes, st->leg.note_count * sizeof(*st->leg.notes));
	whole &= copy_owned(&greeting, st->leg.greeting, sizeof(*st->leg.greeting));
	*leg = st->leg;
	leg->notes = notes;
	leg->greeting = greeting;
	leg->server_forwards = forwards(paths, leg);
	if (whole)
		return leg;
	free_copy(leg);
	return NULL;
}

static bool in_path(const struct hm_path *path, uint32_t id)
{
	for (uint32_t i = 0; i < path->leg_count; i++)
		if (path->legs[i]->id == id)
			return true;
	return false;
}

/* Adds one connection: a leg and those that NAT tells apart from it. */
static int add_connection(const struct hm_paths *paths, struct hm_path *path,
			  const struct leg_state *head, const struct message **messages,
			  uint32_t count)
{
	for (const struct leg_state *st = head; st; st = st->nat_next) {
		struct hm_leg *leg;

		if (in_path(path, st->leg.id))
			continue;
		if (path->leg_count == HM_PATH_LEGS) {
			path->legs_lost++;
			continue;
		}
		leg = copy_leg(paths, st);
		if (!leg)
			return -1;
		set_messages(leg, head, messages, count);
		look_beside(paths, leg);
		ways_look(paths, leg);
		relay_look(paths, leg);
		path->legs[path->leg_count++] = leg;
		if (leg->first_ns < path->first_ns)
			path->first_ns = leg->first_ns;
		if (leg->last_ns > path->last_ns)
			path->last_ns = leg->last_ns;
	}
	return 0;
}

/* The messages of one upstream leg that were caused by those of its parent leg, each leg once. */
static int add_upstream(struct hm_paths *paths, struct hm_path *path, struct message *first)
{
	const struct message *own[HM_LEG_MESSAGES];
	struct message *m, *c;
	uint32_t count = 0;
	int err;

	for (m = first->leg->messages; m && count < HM_LEG_MESSAGES; m = m->next)
		if (!m->done && m->parent && m->parent->leg == first->parent->leg)
			own[count++] = m;
	path->ambiguous |= first->ambiguous;
	if (pair_asks(first))
		pair_remember(paths, &first->parent->leg->leg.server);
	err = add_connection(paths, path, first->leg, own, count);
	for (m = first->leg->messages; m && !err; m = m->next)
		for (c = !m->done && m->parent && m->parent->leg == first->parent->leg ? m->child
										       : NULL;
		     c && !err; c = c->sibling)
			if (!in_path(path, c->leg->leg.id))
				err = add_upstream(paths, path, c);
	return err;
}

/* Connections a reader opened that failed, or that hide what they carry, before they carried it. */
static int add_caused(struct hm_paths *paths, struct hm_path *path, struct leg_state *root)
{
	struct leg_state *st, *next;
	int err = 0;

	for (st = root->messages ? root->caused_list : NULL; st && !err; st = next) {
		next = st->cause_next;
		if (st->messages || st->nat_head)
			continue;
		if (!leg_failed(st) && st->leg.request_class != HM_CLASS_TLS) {
			engine_set_cause(st, NULL); /* a path of its own */
			engine_touch(paths, st);
			continue;
		}
		path->ambiguous |= st->cause_ambiguous;
		err = add_connection(paths, path, st, NULL, 0);
	}
	return err;
}

static int add_chain(struct hm_paths *paths, struct hm_path *path, struct leg_state *root)
{
	const struct message *own[HM_LEG_MESSAGES];
	struct message *m, *c;
	uint32_t count = 0;
	int err;

	for (m = root->messages; m && count < HM_LEG_MESSAGES; m = m->next)
		if (!m->done && !m->parent &&
		    (path->marker_id == HM_NO_MARKER || path->marker_id == m->id)) {
			own[count++] = m;
			path->ambiguous |= m->ambiguous;
			path->marker_id = m->id; /* each marker is judged alone */
		}
	path->count += count + root->forgotten;
	root->forgotten = 0;
	err = add_connection(paths, path, root, own, count);
	if (!err)
		err = add_caused(paths, path, root);
	for (m = root->messages; m && !err; m = m->next)
		for (c = m->done || m->parent || m->id != path->marker_id ? NULL : m->child;
		     c && !err; c = c->sibling)
			if (!in_path(path, c->leg->leg.id))
				err = add_upstream(paths, path, c);
	return err;
}

static void tick_message(struct message *m)
{
	m->done = true;
	if (!m->leg->has_judged_seq || (int32_t)(m->seq - m->leg->judged_seq) > 0)
		m->leg->judged_seq = m->seq;
	m->leg->has_judged_seq = true;
	for (struct message *c = m->child; c; c = c->sibling)
		tick_message(c);
}

/* A message of this leg belongs to a path not yet judged. */
static bool waits(const struct leg_state *head)
{
	for (const struct message *m = head->messages; m; m = m->next)
		if (!m->done)
			return true;
	return false;
}

/* Messages of this path are done with; those of a pooled leg that wait for another path stay. */
static void tick_off(struct hm_paths *paths, const struct hm_path *path, struct leg_state *root)
{
	struct message *m;

	for (struct leg_state *st = root; st; st = st->attempt_next)
		for (m = st->messages; m; m = m->next)
			if (!m->parent && m->id == path->marker_id)
				tick_message(m);
	for (uint32_t i = 0; i < path->leg_count; i++) {
		struct leg_state *st = engine_leg(paths, path->legs[i]->id);

		if (st && !waits(leg_head(st)))
			engine_set_judged(paths, st, true);
	}
	for (struct leg_state *st = root; st; st = st->attempt_next)
		for (struct leg_state *twin = st; twin && !waits(st); twin = twin->nat_next)
			engine_set_judged(paths, twin, true); /* legs_lost are judged too */
}

struct settled *build_path(struct hm_paths *paths, struct leg_state *root, uint64_t now_ns)
{
	struct settled *settled = calloc(1, sizeof(*settled));
	struct hm_path *path = settled ? &settled->path : NULL;
	int err = 0;

	if (!settled)
		return NULL;
	path->marker_id = HM_NO_MARKER;
	path->first_ns = UINT64_MAX;
	path->judged_ns = now_ns;
	path->attempts = root->attempt_next != NULL;
	path->unasked = paths->unasked && root->due[HM_DUE_PROBE].place;
	for (struct leg_state *st = root; st && !err; st = st->attempt_next)
		err = add_chain(paths, path, st);
	if (err) {
		settled_free(settled);
		return NULL;
	}
	path->lost = lost_of_path(paths, root, path);
	tick_off(paths, path, root);
	return settled;
}

void settled_free(struct settled *settled)
{
	for (uint32_t i = 0; i < settled->path.leg_count; i++)
		free_copy(settled->path.legs[i]);
	free(settled);
}
