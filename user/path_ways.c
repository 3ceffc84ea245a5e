// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which way the packets of a connection should have gone: one of the same client that came to the
 * namespace with the server's address tells that no other with that address is meant. Looked for
 * among the legs that are remembered. Called by path_build.c.
 */
#include <string.h>

#include "path_inside.h"

/* legs among which nobody is looked for: it is done for each connection that fails */
#define MANY 4096

static uint32_t netns_of(const struct hm_paths *paths, uint16_t hop)
{
	return paths->scene->hops[hop].netns;
}

/* The namespace where its SYN was seen at that hook; 0: nowhere. */
static uint32_t syn_at(const struct hm_paths *paths, const struct hm_leg *leg, enum hm_hook hook)
{
	for (uint32_t i = 0; i < leg->row_count; i++)
		if (paths->scene->hops[leg->rows[i].hop].hook == hook &&
		    leg->rows[i].cell[HM_STEP_SYN].count)
			return netns_of(paths, leg->rows[i].hop);
	return 0;
}

static bool was_in(const struct hm_paths *paths, const struct hm_leg *leg, uint32_t netns)
{
	for (uint32_t i = 0; i < leg->row_count; i++)
		if (netns_of(paths, leg->rows[i].hop) == netns)
			return true;
	return false;
}

/* A namespace that says that the server's address is its own; 0: none did. */
static uint32_t home_of(const struct hm_paths *paths, const struct hm_leg *leg)
{
	for (uint32_t i = 0; i < leg->note_count; i++)
		if (leg->notes[i].what == HM_WHAT_ROUTE && leg->notes[i].route.local &&
		    endpoint_equal(&leg->notes[i].dst, &leg->server))
			return netns_of(paths, leg->notes[i].hop);
	return 0;
}

static void compare(const struct hm_paths *paths, const struct hm_leg *other, uint32_t opened_in,
		    struct hm_leg *leg)
{
	uint32_t from = syn_at(paths, other, HM_HOOK_SOCK_OUT);

	if (!endpoint_equal(&other->server, &leg->server))
		return;
	if (!from && other->last_ns >= leg->first_ns)
		leg->way.shared |= was_in(paths, other, leg->way.netns);
	if (from == opened_in && other->first_ns < leg->first_ns &&
	    !memcmp(other->client.addr, leg->client.addr, sizeof(leg->client.addr)) &&
	    syn_at(paths, other, HM_HOOK_SOCK_IN) == leg->way.netns)
		leg->way.known_ns = other->first_ns;
}

void ways_look(const struct hm_paths *paths, struct hm_leg *leg)
{
	uint32_t opened_in = syn_at(paths, leg, HM_HOOK_SOCK_OUT);

	leg->way.netns = home_of(paths, leg);
	/* Looking costs something: only where it may matter. */
	if (!leg->has_synack || !opened_in || !leg->way.netns ||
	    was_in(paths, leg, leg->way.netns) || paths->live_count > MANY)
		return;
	leg->way.shared = paths->forgotten_ns >= leg->first_ns;
	for (const struct leg_state *st = paths->judged; st; st = st->next)
		compare(paths, &st->leg, opened_in, leg);
	for (const struct leg_state *st = paths->live; st; st = st->next)
		compare(paths, &st->leg, opened_in, leg);
}
