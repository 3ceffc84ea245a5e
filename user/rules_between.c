// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules on what left one watched network namespace again and again, was due in another, which is
 * watched too, and never came there. Called by rules.c.
 */
#include "rules.h"

#define AGAIN 3 /* times that are no accident: RFC 6298 has each a second or more after the other */

static uint32_t netns_of(const struct hm_case *c, const struct hm_row *row)
{
	return c->scene->hops[row->hop].netns;
}

/* Where that step left a namespace last, through an interface, and how often; NULL: nowhere. */
static const struct hm_row *left_last(const struct hm_case *c, enum hm_step step)
{
	const struct hm_row *last = NULL;

	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->row_count; i++) {
			const struct hm_row *row = &c->legs[l]->rows[i];

			if (hop_hook(c, row->hop) == HM_HOOK_TC_OUT && row->cell[step].count &&
			    (!last || row->cell[step].first_ns > last->cell[step].first_ns))
				last = row;
		}
	return last;
}

/* Not seen at any place of that namespace, where it could not have come unseen. */
static bool never_came(const struct hm_case *c, enum hm_step step, uint32_t netns)
{
	if (!scene_watches(c->scene, HM_HOOK_TC_IN, netns) ||
	    !scene_watches(c->scene, HM_HOOK_SOCK_IN, netns) || sight_may_come_unseen(c, netns))
		return false;
	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->row_count; i++)
			if (netns_of(c, &c->legs[l]->rows[i]) == netns && c->legs[l]->rows[i].cell[step].count)
				return false;
	return true;
}

/* It left a namespace again and again, which then is another than that where it never came. */
static const struct hm_row *lost_before(const struct hm_case *c, enum hm_step step, uint32_t netns)
{
	const struct hm_row *row = left_last(c, step);

	if (!netns || !row || row->cell[step].count < AGAIN)
		return NULL;
	return never_came(c, step, netns) ? row : NULL;
}

/* The namespace whose socket opened the connection; 0: not watched, or not seen. */
static uint32_t client_netns(const struct hm_case *c)
{
	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->row_count; i++)
			if (hop_hook(c, c->legs[l]->rows[i].hop) == HM_HOOK_SOCK_OUT &&
			    c->legs[l]->rows[i].cell[HM_STEP_SYN].count)
				return netns_of(c, &c->legs[l]->rows[i]);
	return 0;
}

static const struct hm_row *where_syn_lost(const struct hm_case *c)
{
	uint32_t home = c->homes == 1 ? c->scene->hops[c->home->hop].netns : 0;

	return lost_before(c, HM_STEP_SYN, home);
}

static const struct hm_row *where_synack_lost(const struct hm_case *c)
{
	uint32_t home = client_netns(c);

	/* A namespace that hides its sockets behind NAT has the tuple only there. */
	return c->leg_count == 1 ? lost_before(c, HM_STEP_SYNACK, home) : NULL;
}

static const struct hm_row *where_marker_lost(const struct hm_case *c)
{
	if (c->path->count > 1 || c->leg_count > 1 || c->twin_unsearched)
		return NULL; /* which of several went that often is not known */
	return lost_before(c, HM_STEP_MARKER, c->server_netns);
}

static bool syn_lost(const struct hm_case *c)
{
	return c->has_syn && !c->has_synack && !c->rst && !c->icmp && where_syn_lost(c);
}

static bool synack_lost(const struct hm_case *c)
{
	return c->has_synack && !c->established && !c->rst && !c->icmp && where_synack_lost(c);
}

static bool marker_lost(const struct hm_case *c)
{
	return c->marked && !c->acked_ns && !c->answer_ns && !c->read_ns && !c->icmp && where_marker_lost(c);
}

static const char *hop_text(const struct hm_case *c, const struct hm_row *row, char buf[HM_NAME_LEN * 4])
{
	return safe_text(buf, HM_NAME_LEN * 4, hop_name(c, row->hop));
}

static void tell_left(const struct hm_case *c, const struct hm_row *row, enum hm_step step, const char *what,
		      struct hm_verdict *out)
{
	const struct hm_cell *cell = &row->cell[step];
	char hop[HM_NAME_LEN * 4];

	words_evidence(out, "%s left at %s %u times, from %s to %s; seen at no place of the other end", what,
		       hop_text(c, row, hop), cell->count, AT(c, cell->first_ns), AT(c, cell->last_ns));
	words_advise(out, "Run this trace on the boxes in between, the nearest to %s first.", hop);
}

static void tell_syn_lost(const struct hm_case *c, struct hm_verdict *out)
{
	const struct hm_row *row = where_syn_lost(c);
	char b[HM_ADDR_LEN], hop[HM_NAME_LEN * 4];

	words_say(out,
		  "The connection request to %s left %s and never came to the namespace that has that "
		  "address: it was lost in between.",
		  where_server(c, b), hop_text(c, row, hop));
	tell_left(c, row, HM_STEP_SYN, "the request", out);
	words_why(out, "that it is the one meant is told by its address alone");
}

static void tell_synack_lost(const struct hm_case *c, struct hm_verdict *out)
{
	const struct hm_row *row = where_synack_lost(c);
	char b[HM_ADDR_LEN], hop[HM_NAME_LEN * 4];

	words_say(out,
		  "The connection request came to %s, whose answer left %s and never came to the client: "
		  "it was lost in between.",
		  where_server(c, b), hop_text(c, row, hop));
	tell_left(c, row, HM_STEP_SYNACK, "the SYN-ACK", out);
	tell_syns(c, out);
}

static void tell_marker_lost(const struct hm_case *c, struct hm_verdict *out)
{
	const struct hm_row *row = where_marker_lost(c);
	char b[HM_ADDR_LEN], hop[HM_NAME_LEN * 4];

	words_say(out,
		  "The connection to %s was made, but the marker, which left %s, never came to the server: "
		  "it was lost in between.",
		  where_server(c, b), hop_text(c, row, hop));
	tell_left(c, row, HM_STEP_MARKER, "the marker", out);
}

static const struct hm_rule rows[] = {
	{HM_SYN_LOST, HM_BLAME_NETWORK, HM_LIKELY, HM_ON_ABSENCE, syn_lost, tell_syn_lost},
	{HM_SYNACK_LOST, HM_BLAME_NETWORK, HM_PROVEN, HM_ON_ABSENCE, synack_lost, tell_synack_lost},
	{HM_MARKER_LOST, HM_BLAME_NETWORK, HM_PROVEN, HM_ON_ABSENCE, marker_lost, tell_marker_lost},
};
const struct hm_rules rules_between = {rows, HM_ARRAY_SIZE(rows), NULL};
