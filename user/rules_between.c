// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules on what left one watched network namespace again and again, was due in another, which is
 * watched too, and never came there. Called by rules.c.
 */
#include "rules.h"

static uint32_t netns_of(const struct hm_case *c, const struct hm_row *row)
{
	return c->scene->hops[row->hop].netns;
}

/*
 * And how often. NULL too where it came in somewhere after that: a host on the way has it, no
 * network.
 */
const struct hm_row *left_last(const struct hm_case *c, enum hm_step step)
{
	const struct hm_row *last = NULL;

	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->row_count; i++) {
			const struct hm_row *row = &c->legs[l]->rows[i];

			if (hop_hook(c, row->hop) <= HM_HOOK_TC_OUT && row->cell[step].count &&
			    (!last || row->cell[step].first_ns > last->cell[step].first_ns))
				last = row;
		}
	return last && hop_hook(c, last->hop) == HM_HOOK_TC_OUT ? last : NULL;
}

bool sees_all_of(const struct hm_case *c, uint32_t netns)
{
	return scene_watches(c->scene, HM_HOOK_TC_IN, netns) &&
	       scene_watches(c->scene, HM_HOOK_SOCK_IN, netns) &&
	       !scene_lacks_interface(c->scene) && !sight_may_come_unseen(c, netns);
}

/* Not seen at any place of that namespace, where it could not have come unseen. */
static bool never_came(const struct hm_case *c, enum hm_step step, uint32_t netns)
{
	if (!sees_all_of(c, netns))
		return false;
	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->row_count; i++)
			if (netns_of(c, &c->legs[l]->rows[i]) == netns &&
			    c->legs[l]->rows[i].cell[step].count)
				return false;
	return true;
}

/*
 * Where it left again and again is then another namespace than that where it never came. What a
 * queue dropped, which is behind the place where it was seen, did not leave; and what a tunnel
 * carries goes on in packets that nobody follows, which either host may have kept.
 */
const struct hm_row *left_and_never_came(const struct hm_case *c, enum hm_step step, uint32_t netns)
{
	const struct hm_row *row = left_last(c, step);
	uint32_t dropped = step <= HM_STEP_SYNACK ? c->syn_drops : c->drops;

	if (!netns || !row || row->cell[step].count < HM_THRICE + dropped ||
	    c->scene->hops[row->hop].tunnel[0])
		return NULL;
	return never_came(c, step, netns) ? row : NULL;
}

static uint32_t client_netns(const struct hm_case *c)
{
	return c->client_netns;
}

/*
 * One that nobody is in any more, deleted but held by who watches it, keeps its addresses: that of
 * whom the address is now may be the same.
 */
uint32_t home_netns(const struct hm_case *c)
{
	uint32_t netns = c->homes == 1 ? c->scene->hops[c->home->hop].netns : 0;

	return netns && case_listened_in(c, netns) ? netns : 0;
}

static uint32_t server_netns(const struct hm_case *c)
{
	return c->server_netns;
}

static bool syn_open(const struct hm_case *c)
{
	return c->has_syn && !c->has_synack && !c->rst && !c->icmp && !drop_is_odd(c);
}

/* A namespace that hides its sockets behind NAT has the tuple only there. */
static bool synack_open(const struct hm_case *c)
{
	return c->has_synack && !c->established && !c->rst && !c->icmp && c->leg_count == 1;
}

/*
 * Of several it is not known which went that often; and where repetitions are not told, whether
 * others like it pass, which is somebody's policy.
 */
static bool marker_open(const struct hm_case *c)
{
	return c->marked && !c->acked_ns && !c->answer_ns && !c->read_ns && !c->icmp &&
	       c->path->count <= 1 && c->leg_count == 1 && c->drops_watched;
}

/* What may be lost: while nothing says that it came, and where it was due. */
static const struct lost {
	enum hm_code code;
	enum hm_step step;
	bool (*open)(const struct hm_case *c);
	uint32_t (*due_in)(const struct hm_case *c);
	const char *what, *to, *then, *never_to;
} losts[] = {
	{HM_SYN_LOST, HM_STEP_SYN, syn_open, home_netns, "the request", "The connection request to",
	 "", "the namespace that has that address"},
	{HM_SYNACK_LOST, HM_STEP_SYNACK, synack_open, client_netns, "the SYN-ACK",
	 "The connection request came to", ", whose answer", "the client"},
	{HM_MARKER_LOST, HM_STEP_MARKER, marker_open, server_netns, "the marker",
	 "The connection to", " was made, but the marker", "the server"},
};

/* Where it was seen last, or NULL: it is not lost. */
static const struct hm_row *where_lost(const struct hm_case *c, const struct lost *lost)
{
	return lost->open(c) ? left_and_never_came(c, lost->step, lost->due_in(c)) : NULL;
}

static const struct lost *what_lost(const struct hm_case *c)
{
	for (size_t i = 0; i < HM_ARRAY_SIZE(losts); i++)
		if (where_lost(c, &losts[i]))
			return &losts[i];
	return NULL;
}

static bool concerns(const struct hm_case *c, const struct hm_rule *row)
{
	const struct lost *lost = what_lost(c);

	return lost && lost->code == row->code;
}

static void tell_lost(const struct hm_case *c, struct hm_verdict *out)
{
	const struct lost *lost = what_lost(c);
	const struct hm_row *row = where_lost(c, lost);
	const struct hm_cell *cell = &row->cell[lost->step];
	char b[HM_ADDR_LEN], hop[HM_NAME_LEN * 4];

	words_say(out, "%s %s%s left %s and never came to %s: it was lost in between.", lost->to,
		  where_server(c, b), lost->then,
		  safe_text(hop, sizeof(hop), hop_name(c, row->hop)), lost->never_to);
	words_evidence(out,
		       "%s left at %s %u times, from %s to %s; seen at no place of the other end",
		       lost->what, hop, cell->count, AT(c, cell->first_ns), AT(c, cell->last_ns));
	words_advise(out, "Run this trace on the boxes in between, the nearest to %s first.", hop);
	if (lost->step == HM_STEP_SYN)
		words_why(out, "that it is the one meant is told by its address alone");
	if (lost->step == HM_STEP_SYNACK)
		tell_syns(c, out);
}

static const struct hm_rule rows[] = {
	{HM_SYN_LOST, HM_BLAME_NETWORK, HM_LIKELY, HM_ON_ABSENCE, NULL, tell_lost},
	{HM_SYNACK_LOST, HM_BLAME_NETWORK, HM_PROVEN, HM_ON_ABSENCE, NULL, tell_lost},
	{HM_MARKER_LOST, HM_BLAME_NETWORK, HM_PROVEN, HM_ON_ABSENCE, NULL, tell_lost},
};
const struct hm_rules rules_between = {rows, HM_ARRAY_SIZE(rows), concerns};
