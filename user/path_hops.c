// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hops whose place another one has taken: on a host where interfaces come and go under ever new
 * names the scene's table is full one day, and the one that went longest ago makes room. What a leg
 * saw there it must not have seen at the new one. Called by path.c.
 */
#include <string.h>

#include "path_inside.h"

static bool forget_rows(struct hm_leg *leg, uint16_t hop)
{
	uint32_t kept = 0, had = leg->row_count;

	for (uint32_t i = 0; i < leg->row_count; i++)
		if (leg->rows[i].hop != hop)
			leg->rows[kept++] = leg->rows[i];
	leg->row_count = kept;
	return kept != had;
}

static bool forget_notes(struct hm_leg *leg, uint16_t hop)
{
	uint32_t kept = 0, had = leg->note_count;

	for (uint32_t i = 0; i < leg->note_count; i++)
		if (leg->notes[i].hop != hop)
			leg->notes[kept++] = leg->notes[i];
	leg->note_count = kept;
	return kept != had;
}

static void forget_message_hops(struct message *m, uint16_t hop)
{
	for (int kind = 0; kind < 2; kind++) {
		uint8_t kept = 0;

		for (uint8_t i = 0; i < m->hops[kind]; i++)
			if (m->at[kind][i].hop != hop)
				m->at[kind][kept++] = m->at[kind][i];
		m->hops[kind] = kept;
	}
}

static void forget_hop(struct leg_state *legs, uint16_t hop)
{
	for (struct leg_state *st = legs; st; st = st->next) {
		bool rows = forget_rows(&st->leg, hop), notes = forget_notes(&st->leg, hop);

		for (struct message *m = st->messages; m; m = m->next)
			forget_message_hops(m, hop);
		if (st->has_syn_hop && st->syn_hop == hop)
			st->has_syn_hop = false;
		st->kin_lost += rows || notes;
	}
}

void hops_follow(struct hm_paths *paths)
{
	if (paths->hop_changes == paths->scene->hop_changes)
		return;
	paths->hop_changes = paths->scene->hop_changes;
	for (uint32_t i = 0; i < paths->scene->hop_count; i++) {
		uint64_t since = paths->scene->hops[i].since_ns;

		if (since == paths->hop_since[i])
			continue;
		paths->hop_since[i] = since;
		forget_hop(paths->live, (uint16_t)i);
		forget_hop(paths->judged, (uint16_t)i);
	}
}
