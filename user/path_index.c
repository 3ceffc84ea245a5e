// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which legs may belong together, found without asking all of them: by initial sequence number,
 * by the address that is being connected to, by the process that reads. Called by path.c and
 * path_join.c. Entries that no longer count are dropped when they are met.
 */
#include <utlist.h>

#include "path_inside.h"

static uint32_t bucket_of_number(uint32_t number)
{
	return number * 2654435761U >> (32 - HM_INDEX_BITS);
}

static uint32_t bucket_of_server(const struct hm_endpoint *server, uint32_t pid)
{
	uint32_t h = server->port * 31 + pid;

	for (int i = 0; i < 16; i++)
		h = h * 31 + server->addr[i];
	return bucket_of_number(h);
}

static void take_out(struct leg_state *leg, enum index_kind kind)
{
	struct index_place *place = &leg->index[kind];

	if (place->list)
		DL_DELETE2(*place->list, leg, index[kind].prev, index[kind].next);
	place->list = NULL;
}

static void put_in(struct hm_paths *paths, struct leg_state *leg, enum index_kind kind,
		   uint32_t bucket)
{
	struct leg_state **list = &paths->index[kind][bucket];

	take_out(leg, kind);
	leg->index[kind].list = list;
	DL_APPEND2(*list, leg, index[kind].prev, index[kind].next);
}

void index_remove(struct leg_state *leg)
{
	for (int kind = 0; kind < HM_INDEX_KINDS; kind++)
		take_out(leg, (enum index_kind)kind);
	leg->reader_pid = 0;
}

static bool is_opening(const struct leg_state *leg)
{
	return !leg->leg.rst_ns && !leg->leg.request_ns && !leg->established_ns;
}

/* A leg that two processes read from stands in a list that all of them look through. */
static void index_reader(struct hm_paths *paths, struct leg_state *head, uint32_t pid)
{
	if (!pid || head->reader_pid == pid || head->reader_pid == HM_MANY_READERS)
		return;
	head->reader_pid = head->reader_pid ? HM_MANY_READERS : pid;
	put_in(paths, head, HM_INDEX_READER, bucket_of_number(head->reader_pid));
}

void index_take(struct hm_paths *paths, struct leg_state *leg, const struct hm_sighting *s)
{
	struct leg_state *head = leg_head(leg);

	if (leg->judged)
		return;
	if (leg->leg.has_syn && !leg->index[HM_INDEX_ISN].list)
		put_in(paths, leg, HM_INDEX_ISN, bucket_of_number(leg->leg.isn_client));
	if (leg->pending && !leg->index[HM_INDEX_PENDING].list)
		put_in(paths, leg, HM_INDEX_PENDING, bucket_of_server(&leg->leg.server, 0));
	if (leg->leg.has_syn && leg->leg.client_pid && !leg->index[HM_INDEX_OPENING].list &&
	    is_opening(leg))
		put_in(paths, leg, HM_INDEX_OPENING,
		       bucket_of_server(&leg->leg.server, leg->leg.client_pid));
	if (leg->leg.in_tree && leg->leg.client_pid && !leg->nat_head && !leg->attempt_head &&
	    !leg->leg.has_synack && !leg->index[HM_INDEX_ATTEMPT].list)
		put_in(paths, leg, HM_INDEX_ATTEMPT,
		       bucket_of_number(leg->leg.client_pid * 65536 + leg->leg.server.port));
	if (head->judged || !head->messages)
		return;
	index_reader(paths, head, head->leg.server_pid);
	if (s->what == HM_WHAT_READ || s->what == HM_WHAT_SOCKET)
		index_reader(paths, head, leg->leg.server_pid);
}

struct leg_state *index_isn(const struct hm_paths *paths, uint32_t isn)
{
	return paths->index[HM_INDEX_ISN][bucket_of_number(isn)];
}

struct leg_state *index_reader_first(const struct hm_paths *paths, uint32_t pid)
{
	return paths->index[HM_INDEX_READER][bucket_of_number(pid)];
}

struct leg_state *index_pending(const struct hm_paths *paths, const struct hm_endpoint *server)
{
	struct leg_state *leg, *next;

	leg = paths->index[HM_INDEX_PENDING][bucket_of_server(server, 0)];
	for (; leg && !leg->pending; leg = next) {
		next = leg->index[HM_INDEX_PENDING].next;
		take_out(leg, HM_INDEX_PENDING);
	}
	return leg;
}

struct leg_state *index_opening(const struct hm_paths *paths, const struct hm_endpoint *server,
				uint32_t pid)
{
	struct leg_state *leg, *next;

	leg = paths->index[HM_INDEX_OPENING][bucket_of_server(server, pid)];
	for (; leg; leg = next) {
		next = leg->index[HM_INDEX_OPENING].next;
		if (!is_opening(leg))
			take_out(leg, HM_INDEX_OPENING);
		else if (leg->leg.client_pid == pid && endpoint_equal(&leg->leg.server, server))
			return leg;
	}
	return NULL;
}

static bool is_answered(const struct leg_state *head)
{
	while (head->attempt_next && !head->leg.has_synack)
		head = head->attempt_next;
	return head->leg.has_synack;
}

struct leg_state *index_attempt(const struct hm_paths *paths, const struct leg_state *leg)
{
	const struct hm_leg *l = &leg->leg;
	struct leg_state *head, *next;

	head = paths->index[HM_INDEX_ATTEMPT]
			   [bucket_of_number(l->client_pid * 65536 + l->server.port)];
	for (; head; head = next) {
		next = head->index[HM_INDEX_ATTEMPT].next;
		if (head->attempt_head || head->nat_head || is_answered(head))
			take_out(head, HM_INDEX_ATTEMPT);
		else if (head != leg && head->leg.client_pid == l->client_pid &&
			 head->leg.server.port == l->server.port &&
			 head->leg.first_ns <= l->first_ns)
			return head;
	}
	return NULL;
}
