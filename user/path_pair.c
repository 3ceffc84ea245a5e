// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who sent on what: a marker on one leg is paired with the one that its sender had read on
 * another. Called by path.c and path_join.c.
 */
#include <string.h>

#include "path_inside.h"

/* Its own first, then those that several read. */
struct leg_state *pair_next_read(const struct hm_paths *paths, struct leg_state *leg, uint32_t pid)
{
	uint32_t reader = leg ? leg->reader_pid : pid;

	leg = leg ? leg->index[HM_INDEX_READER].next : index_reader_first(paths, pid);
	for (;;) {
		for (; leg; leg = leg->index[HM_INDEX_READER].next)
			if (leg->reader_pid == reader)
				return leg;
		if (reader == HM_MANY_READERS)
			return NULL;
		reader = HM_MANY_READERS;
		leg = index_reader_first(paths, reader);
	}
}

void join_cause(struct hm_paths *paths, struct leg_state *leg)
{
	struct leg_state *other;
	struct message *m, *found = NULL;
	uint32_t fits = 0, pid = leg->leg.client_pid;

	if (leg->leg.cause || !leg->leg.client_pid || leg->messages)
		return;
	for (other = pair_next_read(paths, NULL, pid); other;
	     other = pair_next_read(paths, other, pid))
		for (m = other->messages; m; m = m->next) {
			if (m->done || m->child || m->answer_ns || !m->read_ns ||
			    m->read_pid != pid || m->leg == leg_head(leg))
				continue;
			fits++;
			if (!found || m->read_ns < found->read_ns)
				found = m;
		}
	if (!found)
		return;
	engine_set_cause(leg, found->leg);
	leg->cause_seq = found->seq;
	leg->cause_ambiguous = fits > 1;
}

static bool is_ancestor(const struct message *m, const struct message *of)
{
	for (; of; of = of->parent)
		if (of == m)
			return true;
	return false;
}

struct pairing {
	struct message *best;
	const struct leg_state *last; /* whose message came last among them */
	uint32_t fits; /* connections with candidates as good as the best */
	int rank;
};

#define SAME_WORD 4 /* and not merely that nothing speaks against it */
#define FRESH 2 /* neither sent on nor answered before: no retry, and no second request */
#define STALE 1

static bool is_fresh(const struct message *from, const struct message *to)
{
	return !from->child && !(from->answer_ns && from->answer_ns < to->first_ns);
}

static int pairing_rank(const struct message *from, const struct message *to, uint32_t pid)
{
	bool reader = from->read_ns ? from->read_pid == pid : from->leg->leg.server_pid == pid;

	if (!reader || from->done || from->leg == to->leg || from->id != to->id ||
	    from->first_ns > to->first_ns || is_ancestor(to, from))
		return 0;
	if (from->word && to->word && from->word != to->word)
		return 0;
	return (from->word && to->word ? SAME_WORD : 0) + (is_fresh(from, to) ? FRESH : STALE);
}

static void consider(struct pairing *p, struct message *from, const struct message *to,
		     uint32_t pid)
{
	int rank = pairing_rank(from, to, pid);

	if (!rank || rank < p->rank)
		return;
	if (rank > p->rank) {
		p->best = from;
		p->last = NULL;
		p->fits = 0;
		p->rank = rank;
	}
	p->fits += from->leg != p->last;
	p->last = from->leg;
	/* The first that was read is sent on first; of equals that were sent on, the last. */
	if (rank & FRESH ? from->read_ns < p->best->read_ns : from->read_ns > p->best->read_ns)
		p->best = from;
}

bool pair_asks(const struct message *child)
{
	uint8_t class = child->leg->leg.request_class;

	return child->answer_ns ||
	       (class >= HM_CLASS_HTTP_REQUEST && class != HM_CLASS_HTTP_STATUS);
}

/* Whichever of its processes it was: one that serves each connection by another is one proxy. */
void pair_remember(struct hm_paths *paths, const struct hm_endpoint *listener)
{
	for (uint32_t i = 0; i < paths->forward_count && i < HM_PROXY_MEMORY; i++)
		if (endpoint_equal(&paths->forwards[i], listener))
			return;
	paths->forwards[paths->forward_count++ % HM_PROXY_MEMORY] = *listener;
}

/*
 * A process of this host sends a marker, and which one is not known: the connection is older than
 * the trace, or idle for so long that its owner was forgotten, and who opened it had not read that
 * marker. It may be anyone that did.
 */
static void let_stray(struct hm_paths *paths, const struct message *to, const struct hm_sighting *s)
{
	if (paths->scene->hops[s->hop].hook != HM_HOOK_SOCK_OUT)
		return;
	for (struct leg_state *st = paths->live; st; st = st->next)
		for (const struct message *m = st->messages; m; m = m->next)
			st->leg.strayed |= st != to->leg && m->id == to->id && m->read_ns &&
					   !m->done &&
					   !(m->word && to->word && m->word != to->word);
}

/*
 * Several fit, and one gets it: the others may have been sent on all the same, by this or by what
 * was not seen.
 */
static void pairing_doubt(struct hm_paths *paths, const struct pairing *p, struct message *to,
			  uint32_t pid)
{
	struct leg_state *other;

	to->ambiguous = true;
	for (other = pair_next_read(paths, NULL, pid); other;
	     other = pair_next_read(paths, other, pid))
		for (struct message *m = other->messages; m; m = m->next) {
			if (pairing_rank(m, to, pid) != p->rank)
				continue;
			m->ambiguous = true;
			other->leg.strayed |= other != p->best->leg && is_fresh(m, to);
		}
}

void join_message(struct hm_paths *paths, struct leg_state *leg, const struct hm_sighting *s)
{
	struct message *to = leg_message(leg, s->marker.id, s->marker.seq), *m;
	uint32_t pid = to ? (to->out_pid ? to->out_pid : leg->leg.client_pid) : 0;
	struct pairing p = {0};
	struct leg_state *other;

	if (!to || to->parent)
		return;
	for (other = pid ? pair_next_read(paths, NULL, pid) : NULL; other;
	     other = pair_next_read(paths, other, pid))
		for (m = other->messages; m; m = m->next)
			consider(&p, m, to, pid);
	if (!p.best && !to->out_pid)
		let_stray(paths, to, s);
	else if (!p.best)
		meanwhile_elsewhere(paths, to, s);
	if (!p.best)
		return;
	if (p.fits > 1)
		pairing_doubt(paths, &p, to, pid);
	to->parent = p.best;
	to->sibling = p.best->child;
	p.best->child = to;
	if (pair_asks(to))
		pair_remember(paths, &p.best->leg->leg.server);
}
