// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a reader does between a message and its answer: whatever it asks then, without the marker,
 * may be that message, rewritten; and a connection of its that fails may be why it answers with an
 * error. Called by path.c and path_pair.c.
 */
#include "path_inside.h"

/* The reader of m, which is not of this leg, owes its answer still. */
static bool is_waited_for(const struct message *m, const struct leg_state *leg, uint32_t pid)
{
	return m->read_ns && m->read_pid == pid && !m->answer_ns && !m->done &&
	       m->leg != leg_head((struct leg_state *)leg);
}

static void note_began(struct message *m, const struct leg_state *leg)
{
	m->meanwhile.opened = true;
	m->meanwhile.failed++;
	m->failed_leg = leg->leg.id;
}

static void note_carried(struct message *m, const struct leg_state *leg)
{
	if (m->failed_leg != leg->leg.id)
		return;
	m->meanwhile.failed--;
	m->failed_leg = 0;
}

static void note_asked(struct message *m, const struct leg_state *leg)
{
	m->meanwhile.asked++;
	m->asked_leg = leg->leg.id;
}

/* It carried a marker: that tells for whom it was. */
static void note_marked(struct message *m, const struct leg_state *leg)
{
	if (m->asked_leg != leg->leg.id)
		return;
	m->meanwhile.asked--;
	m->asked_leg = 0;
}

static void note(struct hm_paths *paths, const struct leg_state *leg,
		 void (*how)(struct message *m, const struct leg_state *leg))
{
	uint32_t pid = leg->leg.client_pid;
	struct leg_state *st;

	for (st = pair_next_read(paths, NULL, pid); st; st = pair_next_read(paths, st, pid))
		for (struct message *m = st->messages; m; m = m->next)
			if (is_waited_for(m, leg, pid))
				how(m, leg);
}

static void began(struct hm_paths *paths, struct leg_state *leg, uint64_t ns)
{
	if (leg->tried)
		return;
	leg->tried = true;
	leg->tried_ns = ns;
	hidden_began(paths, leg);
	note(paths, leg, note_began);
}

static void carried(struct hm_paths *paths, struct leg_state *leg)
{
	if (!leg->tried || leg->carried)
		return;
	leg->carried = true;
	hidden_carried(paths, leg);
	note(paths, leg, note_carried);
}

/* Sent again it is the same request. */
static void asked(struct hm_paths *paths, struct leg_state *leg, const struct hm_sighting *s)
{
	if (leg->has_bare && leg->bare_seq == s->seq)
		return;
	leg->has_bare = true;
	leg->bare_seq = s->seq;
	note(paths, leg, note_asked);
}

static bool is_request(const struct hm_sighting *s)
{
	return s->data.class == HM_CLASS_HTTP_REQUEST || s->data.class == HM_CLASS_HTTP_PROXY;
}

void meanwhile_take(struct hm_paths *paths, struct leg_state *leg, const struct hm_sighting *s)
{
	bool forth = leg_from_client(&leg->leg, s);

	paths->marker_read |= s->what == HM_WHAT_READ && s->marker.id != HM_NO_MARKER;
	if (!leg->leg.client_pid)
		return;
	if (s->what == HM_WHAT_CONNECT)
		began(paths, leg, s->mono_ns);
	if (!forth || paths->scene->hops[s->hop].hook != HM_HOOK_SOCK_OUT)
		return;
	if (s->what == HM_WHAT_SYN)
		began(paths, leg, s->mono_ns);
	if (s->what == HM_WHAT_DATA || s->what == HM_WHAT_MARKER)
		carried(paths, leg);
	if (s->what == HM_WHAT_DATA && is_request(s))
		asked(paths, leg, s);
	if (s->what == HM_WHAT_MARKER)
		note(paths, leg, note_marked);
}

/* It goes where m came, or came from: another client's, or the same one's next. */
static bool goes_there(const struct message *to, const struct message *m)
{
	for (; m; m = m->parent)
		if (endpoint_equal(&to->leg->leg.server, &m->leg->leg.server))
			return true;
	return false;
}

/*
 * A process that did not read it sends a marker: who did may have handed it over, by a unix socket
 * say.
 */
void meanwhile_elsewhere(struct hm_paths *paths, const struct message *to,
			 const struct hm_sighting *s)
{
	if (!paths->marker_read || paths->scene->hops[s->hop].hook != HM_HOOK_SOCK_OUT)
		return;
	for (struct leg_state *st = paths->live; st; st = st->next)
		for (struct message *m = st->messages; m; m = m->next)
			if (m->id == to->id && m->read_ns && m->read_ns <= to->first_ns &&
			    !m->answer_ns && !m->done && !goes_there(to, m) &&
			    !(m->word && to->word && m->word != to->word))
				m->meanwhile.elsewhere = true;
}
