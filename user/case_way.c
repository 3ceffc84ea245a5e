// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the packets of a connection passed: which of its ends are on this host, whether it was
 * forwarded, how often its marker was sent. Called by case.c.
 */
#include "case.h"

/* How often one marker was sent: repetitions of several cannot be told apart. */
static void take_repeats(struct hm_case *c, const struct hm_row *row)
{
	uint32_t count = row->cell[HM_STEP_MARKER].count;
	uint8_t hook = hop_hook(c, row->hop);

	if (c->path->count > 1)
		return;
	if (hook == HM_HOOK_TC_IN && count > c->marker_in)
		c->marker_in = count;
	if (hook == HM_HOOK_TC_OUT && count > c->marker_out)
		c->marker_out = count;
}

/* Where the way forth was seen first and last: the row's last new thing is what counts. */
struct passage {
	bool came_in;
	uint16_t in_hop, out_hop; /* last of each, where seen */
	uint64_t last_ns;
	bool left_last;
};

static void take_passage(const struct hm_case *c, const struct hm_row *row, struct passage *p)
{
	uint64_t syn = row->cell[HM_STEP_SYN].first_ns, marker = row->cell[HM_STEP_MARKER].first_ns;
	uint8_t hook = hop_hook(c, row->hop);

	if (hook > HM_HOOK_TC_OUT || !(syn || marker))
		return;
	if (hook == HM_HOOK_TC_OUT)
		p->out_hop = row->hop;
	else
		p->in_hop = row->hop;
	p->came_in |= hook != HM_HOOK_TC_OUT;
	if ((syn > marker ? syn : marker) < p->last_ns)
		return;
	p->last_ns = syn > marker ? syn : marker;
	p->left_last = hook == HM_HOOK_TC_OUT;
}

static void take_rows(struct hm_case *c, const struct hm_leg *leg, struct passage *p)
{
	uint64_t last_ns = 0;

	for (uint32_t i = 0; i < leg->row_count; i++) {
		const struct hm_row *row = &leg->rows[i];
		uint8_t hook = hop_hook(c, row->hop);
		bool forth = sight_crosses_forth(row), back = sight_crosses_back(row);

		take_repeats(c, row);
		if (((hook == HM_HOOK_SOCK_IN || hook == HM_HOOK_APP) && forth) ||
		    (hook == HM_HOOK_SOCK_OUT && back)) {
			c->server_here = true;
			c->server_netns = c->scene->hops[row->hop].netns;
		}
		if ((hook == HM_HOOK_SOCK_OUT && forth) || (hook == HM_HOOK_SOCK_IN && back)) {
			c->client_here = true;
			c->client_netns = c->scene->hops[row->hop].netns;
		}
		c->left_here |= hook == HM_HOOK_TC_OUT && forth;
		if (row->cell[HM_STEP_SYN].count && row->cell[HM_STEP_SYN].first_ns >= last_ns) {
			last_ns = row->cell[HM_STEP_SYN].first_ns;
			c->left_last = hook == HM_HOOK_TC_OUT;
		}
		take_passage(c, row, p);
	}
}

/* The client's namespace had the SYN-ACK, and none of its places the SYN that it answers. */
static bool syn_of_another(const struct hm_case *c, const struct hm_leg *leg)
{
	bool had = false;

	for (uint32_t i = 0; i < leg->row_count; i++) {
		const struct hm_row *row = &leg->rows[i];

		if (c->scene->hops[row->hop].netns != c->client_netns)
			continue;
		if (row->cell[HM_STEP_SYN].count)
			return false;
		had |= row->cell[HM_STEP_SYNACK].count;
	}
	return had;
}

/* The SYN-ACK passed this host on its way to the client, and the SYN only left it. */
static bool syn_made_on_the_way(const struct hm_case *c, const struct hm_leg *leg)
{
	bool in = false, back_in = false, back_out = false;

	for (uint32_t i = 0; i < leg->row_count; i++) {
		const struct hm_row *row = &leg->rows[i];
		uint8_t hook = hop_hook(c, row->hop);

		in |= hook != HM_HOOK_TC_OUT && row->cell[HM_STEP_SYN].count;
		back_in |= hook <= HM_HOOK_TC_IN && row->cell[HM_STEP_SYNACK].count;
		back_out |= hook == HM_HOOK_TC_OUT && row->cell[HM_STEP_SYNACK].count;
	}
	return !in && back_in && back_out;
}

bool handshake_altered(const struct hm_case *c)
{
	const struct hm_leg *leg = c->first;

	if (leg->synack_strange)
		return true;
	return c->leg_count == 1 && leg->has_syn &&
	       (syn_made_on_the_way(c, leg) || (c->client_here && syn_of_another(c, leg)));
}

void way_take(struct hm_case *c)
{
	struct passage p = {0};

	for (uint32_t i = 0; i < c->leg_count; i++)
		take_rows(c, c->legs[i], &p);
	c->seen_leaving = p.left_last;
	c->forwarded = p.came_in && c->left_here && !c->client_here && !c->server_here &&
		       c->scene->hops[p.in_hop].ifindex != c->scene->hops[p.out_hop].ifindex;
}
