// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can be said of each step at each hop: seen, missing, not due, not watched, before the trace.
 * Called by judge.c. A step is missing at a hop only where it was due there, nothing was lost, the
 * hop is one that its direction crosses, and there is no doubt that it sees.
 */
#include <string.h>

#include "case.h"

static struct hm_row *find_row(struct hm_leg_verdict *out, uint16_t hop)
{
	for (uint32_t i = 0; i < out->row_count; i++)
		if (out->rows[i].hop == hop)
			return &out->rows[i];
	return NULL;
}

/* Rows for hops that saw nothing although an answer had to pass there. */
static void add_mirrors(const struct hm_case *c, struct hm_leg_verdict *out)
{
	uint32_t seen = out->row_count;

	for (uint32_t i = 0; i < seen && out->row_count < HM_LEG_ROWS; i++) {
		int hop = sight_crosses_forth(&out->rows[i]) && !sight_crosses_back(&out->rows[i])
				  ? sight_mirror(c->scene, out->rows[i].hop)
				  : -1;

		if (hop < 0 || find_row(out, (uint16_t)hop))
			continue;
		memset(&out->rows[out->row_count], 0, sizeof(out->rows[0]));
		out->rows[out->row_count++].hop = (uint16_t)hop;
	}
}

static bool step_due(const struct hm_case *c, enum hm_step step)
{
	switch (step) {
	case HM_STEP_SYN:
		return true;
	case HM_STEP_SYNACK:
		return c->synack_due;
	case HM_STEP_MARKER:
		return c->marked && c->read_due;
	default:
		return c->answer_due;
	}
}

static bool step_seen(const struct hm_case *c, enum hm_step step)
{
	const uint64_t seen[HM_STEP_COUNT] = {c->has_syn, c->has_synack, c->marker_ns,
					      c->answer_ns};

	return seen[step] != 0;
}

/* Would this step have had to pass here? Forth: a row that saw the SYN; back: its mirror. */
static bool step_expected(const struct hm_case *c, const struct hm_leg_verdict *out,
			  const struct hm_row *row, enum hm_step step)
{
	uint8_t hook = hop_hook(c, row->hop);
	int mirror = sight_mirror(c->scene, row->hop);

	if (hook == HM_HOOK_APP)
		return step == HM_STEP_MARKER && c->marked;
	/* A row exists because something came; a SYN elsewhere took another way. */
	if (step == HM_STEP_SYN)
		return false;
	if (step == HM_STEP_MARKER)
		return row->cell[HM_STEP_SYN].count && step_seen(c, step);
	if (step_seen(c, step))
		return row->cell[HM_STEP_SYNACK].count && step == HM_STEP_ANSWER;
	for (uint32_t i = 0; i < out->row_count && mirror >= 0; i++)
		if (out->rows[i].hop == (uint16_t)mirror)
			return sight_crosses_forth(&out->rows[i]);
	return false;
}

/* The state of the handshake's steps where no SYN was seen. */
static uint8_t without_syn(const struct hm_case *c, const struct hm_leg *leg,
			   const struct hm_row *row)
{
	if (leg->has_synack || c->connect)
		return HM_CELL_NOT_DUE;
	return sight_may_come_unseen(c, c->scene->hops[row->hop].netns) ? HM_CELL_NOT_WATCHED
								       : HM_CELL_BEFORE_TRACE;
}

static uint8_t cell_state(const struct hm_case *c, const struct hm_leg *leg,
			  const struct hm_leg_verdict *out, const struct hm_row *row,
			  enum hm_step step)
{
	if (row->cell[step].count)
		return HM_CELL_SEEN;
	if (!leg->has_syn && step <= HM_STEP_SYNACK && hop_hook(c, row->hop) != HM_HOOK_APP)
		return without_syn(c, leg, row);
	if (step == HM_STEP_MARKER && c->tls && c->wants_marker)
		return HM_CELL_NOT_WATCHED; /* encrypted */
	if (step == HM_STEP_MARKER && c->twin_unsearched)
		return HM_CELL_NOT_WATCHED;
	if (c->path->lost || !step_due(c, step) || !step_expected(c, out, row, step))
		return HM_CELL_NOT_DUE;
	return sight_doubts(c, row->hop) ? HM_CELL_NOT_WATCHED : HM_CELL_MISSING;
}

void cells_resolve(const struct hm_case *c, const struct hm_leg *leg, struct hm_leg_verdict *out)
{
	out->row_count = leg->row_count;
	memcpy(out->rows, leg->rows, sizeof(leg->rows[0]) * leg->row_count);
	add_mirrors(c, out);
	for (uint32_t i = 0; i < out->row_count; i++)
		for (int step = 0; step < HM_STEP_COUNT; step++)
			out->rows[i].cell[step].state =
				cell_state(c, leg, out, &out->rows[i], (enum hm_step)step);
}
