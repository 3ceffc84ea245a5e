// SPDX-License-Identifier: GPL-2.0-only
/*
 * judge.h: the connections of a path, each by the rules, then what they make together. Pure.
 */
#include "judge.h"

#include <stddef.h>
#include <string.h>

#include "rules.h"

static int64_t rtt_us(const struct hm_leg *leg)
{
	uint64_t syn = UINT64_MAX, synack = 0;

	for (uint32_t i = 0; i < leg->row_count; i++) {
		const struct hm_cell *cell = leg->rows[i].cell;

		/* The last repetition before the answer is the one that was answered. */
		if (cell[HM_STEP_SYN].count && cell[HM_STEP_SYN].first_ns < syn)
			syn = cell[HM_STEP_SYN].first_ns;
	}
	for (uint32_t i = 0; i < leg->row_count; i++)
		if (leg->rows[i].cell[HM_STEP_SYNACK].count &&
		    leg->rows[i].cell[HM_STEP_SYNACK].last_ns > synack)
			synack = leg->rows[i].cell[HM_STEP_SYNACK].last_ns;
	for (uint32_t i = 0; i < leg->syn_count && i < HM_ARRAY_SIZE(leg->syn_ns); i++)
		if (leg->syn_ns[i] > syn && leg->syn_ns[i] < synack)
			syn = leg->syn_ns[i];
	return synack && syn < synack ? (int64_t)((synack - syn) / 1000) : -1;
}

/* Legs are filled one by one, whole. */
static void clear(struct hm_verdict *out)
{
	memset(out, 0, offsetof(struct hm_verdict, legs));
}

static void judge_legs(const struct hm_link *link, struct hm_verdict *out)
{
	struct hm_verdict words;

	clear(&words);
	if (link->rule)
		link->rule->tell(&link->c, &words);
	for (uint32_t i = 0; i < link->c.leg_count && out->leg_count < HM_PATH_LEGS; i++) {
		struct hm_leg_verdict *leg = &out->legs[out->leg_count++];

		leg->leg = link->c.legs[i];
		leg->code = link->rule ? link->rule->code : HM_INCONCLUSIVE;
		leg->blame = link->rule ? link->rule->blame : HM_BLAME_UNKNOWN;
		leg->confidence = link->rule ? link->rule->confidence : HM_ONE_SIDED;
		leg->at = words.at;
		leg->rtt_us = rtt_us(leg->leg);
		cells_resolve(&link->c, leg->leg, leg);
	}
}

/*
 * README, "Exit status": marked ones, those that failed, or may have, before any payload; without
 * -m all.
 */
static bool counts(const struct hm_path *path, const struct hm_case *root,
		   const struct hm_verdict *out)
{
	if (root->scene->has_command && !root->in_tree)
		return false;
	if (!root->wants_marker || path->marker_id != HM_NO_MARKER)
		return true;
	if (out->code == HM_INCONCLUSIVE)
		return !root->established;
	if (out->code == HM_TLS_ALERT || out->code == HM_TLS_MISMATCH ||
	    out->code == HM_ZERO_WINDOW)
		return true; /* what the marker would have been in was never sent */
	return hm_codes[out->code].health == 1 && !root->request_ns && !root->answer_ns;
}

/* Several marked requests on one connection: the worst speaks, the others are counted. */
static void tell_others(const struct hm_case *c, struct hm_verdict *out)
{
	const struct hm_leg *leg = c->first;

	if (leg->messages_alike >= leg->messages)
		return;
	if (leg->answer_ns && leg->status)
		words_evidence(out, "%u of %u marked requests answered %u", leg->messages_alike,
			       leg->messages, leg->status);
	else
		words_evidence(out, "%u of %u marked requests %s", leg->messages_alike,
			       leg->messages,
			       leg->marker_read_ns ? "not answered" : "not read");
}

void judge_path(const struct hm_path *path, const struct hm_bench *bench, struct hm_verdict *out)
{
	struct hm_link links[HM_PATH_LEGS];
	uint32_t count = 0, from = 0;
	char events[HM_EVENTS_LEN];

	clear(out);
	out->path = path;
	out->marker_id = path->marker_id;
	out->count = path->count;
	out->lost = path->lost;
	out->waited_ns = path->judged_ns > path->last_ns ? path->judged_ns - path->last_ns : 0;
	while (from < path->leg_count) {
		from = case_build(path, from, bench, &links[count].c);
		links[count].rule = rules_judge(&links[count].c);
		judge_legs(&links[count], out);
		count++;
	}
	path_judge(path, links, count, out);
	tell_others(&links[0].c, out);
	for (uint32_t i = 0; i < count; i++) {
		tell_way(&links[i].c, out);
		tell_hello(&links[i].c, out);
	}
	if (path->lost)
		words_evidence(out, "%s lost within its life", words_events(events, path->lost));
	out->judged = counts(path, &links[0].c, out);
}

int judge_exit(int so_far, const struct hm_verdict *verdict)
{
	uint8_t health = verdict->judged ? hm_codes[verdict->code].health : 0;

	if (health == 1 || so_far == 1)
		return 1;
	return health ? health : so_far;
}
