// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages: the occurrences of markers on one connection, from being seen to being answered.
 * Called by leg.c and path_*.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "leg.h"

#define HM_WINDOW_MAX (1U << 30) /* nothing older is sent again: RFC 7323, 2.3 */

void cell_mark(struct hm_cell *cell, uint64_t ns)
{
	if (!cell->count || ns < cell->first_ns)
		cell->first_ns = ns;
	if (ns > cell->last_ns)
		cell->last_ns = ns;
	if (cell->count < UINT16_MAX)
		cell->count++;
	cell->state = HM_CELL_SEEN;
}

struct message *leg_message(struct leg_state *leg, uint8_t id, uint32_t seq)
{
	struct message *m;

	for (m = leg_head(leg)->messages; m; m = m->next)
		if (m->id == id && m->seq == seq)
			return m;
	return NULL;
}

static void message_mark(struct message *m, int kind, uint16_t hop, uint64_t ns)
{
	for (int i = 0; i < m->hops[kind]; i++)
		if (m->at[kind][i].hop == hop) {
			cell_mark(&m->at[kind][i].cell, ns);
			return;
		}
	if (m->hops[kind] == HM_MESSAGE_HOPS)
		return; /* the leg's own rows still tell them */
	m->at[kind][m->hops[kind]].hop = hop;
	cell_mark(&m->at[kind][m->hops[kind]++].cell, ns);
}

/*
 * One request after the other, before an answer: of several turns of the client, or of several
 * markers, the first answer is the first one's.
 */
static bool comes_behind(const struct leg_state *head, const struct message *m, uint32_t answer)
{
	if (head->has_piped && (int32_t)(m->seq - head->piped_seq) >= 0)
		return true;
	for (const struct message *e = head->messages; e; e = e->next)
		if (e->id == m->id && (int32_t)(e->seq - m->seq) < 0 &&
		    (!e->answer_ns || e->answer_seq == answer))
			return true;
	return false;
}

void message_take_request(struct leg_state *st, const struct hm_sighting *s)
{
	struct leg_state *head = leg_head(st);

	if (head->has_asked && (int32_t)(s->seq - head->asked_seq) <= 0)
		return; /* the same, at another hop or sent again */
	if (!head->waits_answer)
		head->has_piped = false;
	else if (!head->has_piped)
		head->piped_seq = s->seq;
	head->has_piped |= head->waits_answer;
	head->asked_seq = s->seq;
	head->has_asked = head->waits_answer = true;
}

/* An answer belongs to every message it acknowledges and that has none yet. */
void message_take_answer(struct leg_state *st, const struct hm_sighting *s)
{
	struct message *m;

	for (m = leg_head(st)->messages; m; m = m->next) {
		if ((int32_t)(s->ack - m->end_seq) < 0)
			continue;
		if (m->answer_ns && s->mono_ns > m->answer_ns && m->hops[1] &&
		    m->at[1][0].hop == s->hop)
			continue; /* the answer to a later request on this leg */
		message_mark(m, 1, s->hop, s->mono_ns);
		if (!m->answer_ns) {
			m->piped = comes_behind(leg_head(st), m, s->seq);
			m->answer_ns = s->mono_ns;
			m->answer_seq = s->seq;
			m->whole = m->read_seq && (int32_t)(s->ack - m->read_seq) <=
							  (st->leg.fin_client_ns ? 1 : 0);
		}
		if (!m->status)
			m->status = s->data.status;
	}
}

void message_take_next(struct leg_state *st, const struct hm_sighting *s)
{
	for (struct message *m = leg_head(st)->messages; m; m = m->next)
		if (m->answer_ns && !m->went_on_ns && (int32_t)(s->ack - m->answer_seq) > 0)
			m->went_on_ns = s->mono_ns;
}

void message_free(struct message *m)
{
	struct message **at;

	for (at = m->parent ? &m->parent->child : NULL; at && *at; at = &(*at)->sibling)
		if (*at == m) {
			*at = m->sibling;
			break;
		}
	for (; m->child; m->child = m->child->sibling)
		m->child->parent = NULL;
	for (at = &m->leg->messages; *at; at = &(*at)->next)
		if (*at == m) {
			*at = m->next;
			break;
		}
	--*m->leg->held;
	free(m);
}

/* Bytes of one marker that lie within those of another. */
static bool lies_within(uint32_t seq, uint32_t end, uint32_t outer_seq, uint32_t outer_end)
{
	return (int32_t)(seq - outer_seq) >= 0 && (int32_t)(outer_end - end) >= 0;
}

/* Where one marker contains another the longest wins. False: a longer one is there already. */
static bool make_way(struct leg_state *st, const struct hm_sight_marker *marker)
{
	struct message *m, *next;

	for (m = leg_head(st)->messages; m; m = next) {
		next = m->next;
		if (m->id == marker->id)
			continue;
		if (lies_within(marker->seq, marker->end_seq, m->seq, m->end_seq))
			return false;
		if (lies_within(m->seq, m->end_seq, marker->seq, marker->end_seq)) {
			st->leg.marker_ns =
				0; /* what was first is taken again from the longer one */
			message_free(m);
		}
	}
	return true;
}

/* What was answered before the first marker says nothing about the marker. */
static void forget_answers(struct hm_leg *leg)
{
	for (uint32_t i = 0; i < leg->row_count; i++)
		memset(&leg->rows[i].cell[HM_STEP_ANSWER], 0, sizeof(struct hm_cell));
	leg->answer_ns = 0;
	leg->answer_class = HM_CLASS_NONE;
	leg->status = 0;
}

/*
 * Who makes room: the oldest that nothing hangs on, else the oldest; markers_seen still counts it.
 */
static struct message *expendable(const struct leg_state *head)
{
	struct message *m;

	for (m = head->messages; m; m = m->next)
		if (m->done || (!m->parent && !m->child && (m->read_ns || m->answer_ns)))
			return m;
	return head->messages;
}

static struct message *message_new(struct leg_state *st, const struct hm_sighting *s)
{
	struct leg_state *head = leg_head(st);
	struct message *m = calloc(1, sizeof(*m)), **end;
	uint32_t count = 0;

	if (!m)
		return NULL;
	for (end = &head->messages; *end; end = &(*end)->next)
		count++;
	m->leg = head;
	++*head->held;
	m->id = s->marker.id;
	m->seq = s->marker.seq;
	m->end_seq = s->marker.end_seq;
	m->first_ns = s->mono_ns;
	m->turn_ns = st->turn_ns;
	*end = m;
	head->leg.markers_seen += head != st;
	st->leg.markers_seen++;
	if (count >= HM_LEG_MESSAGES || (count && *head->held > HM_MAX_MESSAGES)) {
		struct message *old = expendable(head);

		if (old->parent) /* that its reader sent it on is not known any more */
			old->parent->leg->kin_lost++;
		head->forgotten += !old->done && !old->parent;
		message_free(old);
	}
	head->probe_asked = head->leg.probed = false;
	head->probe_ns = 0;
	return m;
}

int message_take_marker(struct leg_state *st, struct hm_sighting *s)
{
	struct hm_leg *leg = &st->leg;
	struct message *m = leg_message(st, s->marker.id, s->marker.seq);

	if (!m && leg_head(st)->has_judged_seq &&
	    leg_head(st)->judged_seq - s->marker.seq <= HM_WINDOW_MAX)
		return 0; /* repeated after its path was judged */
	if (!m && !make_way(st, &s->marker))
		return 0;
	if (!m) {
		m = message_new(st, s);
		if (!m)
			return -ENOMEM;
	}
	if (!leg->marker_ns) {
		forget_answers(leg);
		leg->marker_id = s->marker.id;
		leg->marker_seq = s->marker.seq;
		leg->marker_end_seq = s->marker.end_seq;
		leg->marker_ns = s->mono_ns;
	}
	leg_mark(leg, s, HM_STEP_MARKER);
	message_mark(m, 0, s->hop, s->mono_ns);
	if (s->marker.word)
		m->word = s->marker.word;
	if (s->pid)
		m->out_pid = s->pid;
	if (!leg->request_ns) {
		leg->request_ns = s->mono_ns;
		leg->request_hop = s->hop;
	}
	return 0;
}

void message_take_read(struct leg_state *st, const struct hm_sighting *s)
{
	struct message *m;

	for (m = leg_head(st)->messages; m; m = m->next) {
		if (m->read_ns || (int32_t)(s->marker.end_seq - m->end_seq) < 0)
			continue;
		m->read_ns = s->mono_ns;
		m->read_seq = s->seq;
		m->read_pid = s->pid;
		message_mark(m, 0, s->hop, s->mono_ns);
	}
}

void message_take_acked(struct leg_state *st, const struct hm_sighting *s)
{
	struct message *m;

	for (m = leg_head(st)->messages; m; m = m->next)
		if (m->id == s->marker.id && !m->acked_ns && (int32_t)(s->ack - m->end_seq) >= 0)
			m->acked_ns = s->mono_ns;
	if (!st->leg.marker_acked_ns)
		st->leg.marker_acked_ns = s->mono_ns;
}
