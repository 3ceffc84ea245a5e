// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether what was dropped got through in the end: then the drop is no fault. Called by the rules;
 * what each drop is, case_drop.c knows.
 */
#include <string.h>

#include "case.h"

#define SYNS_DUE_NS 3000000000ULL
/* from hop to hop here; sent again it is later, 0.2 s at least */
#define ONE_PACKET_NS 150000000ULL

/* When that step was last seen at any hop, and how often at the one that saw most of it. */
static struct hm_cell last_seen(const struct hm_case *c, enum hm_step step)
{
	struct hm_cell all = {};

	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->row_count; i++) {
			const struct hm_cell *cell = &c->legs[l]->rows[i].cell[step];

			if (cell->count > all.count)
				all.count = cell->count;
			if (cell->count && cell->last_ns > all.last_ns)
				all.last_ns = cell->last_ns;
		}
	return all;
}

/* Some hop saw it, but not each time: it is behind what dropped the others. */
static bool seen_behind(const struct hm_case *c, enum hm_step step, uint32_t most)
{
	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->row_count; i++) {
			uint32_t count = c->legs[l]->rows[i].cell[step].count;

			if (count && count < most)
				return true;
		}
	return false;
}

/*
 * What goes on there is seen, wherever it goes: each interface is watched, and no sighting of a
 * packet was lost.
 */
static bool sees_behind(const struct hm_case *c)
{
	const struct hm_scene *scene = c->scene;
	uint32_t netns = drop_netns(c);

	for (uint32_t i = 0; i < scene->hop_count; i++)
		if (scene->hops[i].netns == netns && scene->hops[i].hook == HM_HOOK_TC_OUT &&
		    sight_doubts(c, (int)i))
			return false;
	return !scene->named_interfaces && !scene_lacks_interface(scene) &&
	       !(c->path->lost && scene_untold(scene)) &&
	       scene_watches(scene, HM_HOOK_TC_OUT, netns) &&
	       scene_watches(scene, HM_HOOK_SOCK_IN, netns);
}

/*
 * A kernel may keep one event from programs of tracepoints, and count it or not. Netfilter's hooks
 * have hops behind them: where none of these saw one, and nothing else ended it, it is that one
 * drop was not told.
 */
static bool one_untold(const struct hm_case *c, enum hm_step step, uint32_t drops, uint32_t most)
{
	return drops >= 3 && drops + 1 == most && !drop_is_chance(c->drop) && !c->odd_drop &&
	       !seen_behind(c, step, most) && sees_behind(c);
}

/*
 * None went on: the last was dropped, and as many as were seen where most were. One that went on
 * and was not answered either has another fault, of which this drop, by chance perhaps, tells
 * nothing. What is dropped before any hop sees it (in OUTPUT, in a CPU's backlog) is none of those
 * that were seen.
 */
static bool each_dropped(const struct hm_case *c, enum hm_step step, uint32_t drops)
{
	struct hm_cell seen = last_seen(c, step);
	uint64_t last_ns = c->last_drop->mono_ns;
	bool untold = one_untold(c, step, drops, seen.count);

	if (!seen.count)
		return true;
	if (bridge_copy_went_on(c, step))
		return false;
	if (seen.last_ns > last_ns)
		return untold && !c->path->cut; /* else it may yet be seen */
	return last_ns < seen.last_ns + ONE_PACKET_NS && (untold || drops >= seen.count);
}

static bool covers_marker(const struct hm_case *c, const struct hm_sighting *s)
{
	return c->marked && !c->acked_ns && !c->read_ns &&
	       (int32_t)(c->first->marker_end_seq - s->seq) > 0 &&
	       (int32_t)(s->seq + s->len - c->first->marker_seq) > 0;
}

/*
 * No more came, or so many in so long: where the sender's own host drops them, TCP tries again
 * every half second.
 */
static bool syn_given_up(const struct hm_case *c)
{
	return c->client_gave_up || (!c->path->cut && !drop_is_chance(c->drop)) ||
	       (c->synack_due && c->path->judged_ns >= c->first_ns + SYNS_DUE_NS);
}

/* Bytes behind these were dropped after them: these had come through. */
static bool others_since(const struct hm_case *c)
{
	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->note_count; i++) {
			const struct hm_sighting *s = &c->legs[l]->notes[i];

			if (s->what == HM_WHAT_DROP && s->len &&
			    s->mono_ns > c->last_drop->mono_ns &&
			    (int32_t)(s->seq - c->last_drop->seq) > 0 &&
			    endpoint_equal(&s->src, &c->last_drop->src) &&
			    !strcmp(s->drop.reason, c->last_drop->drop.reason))
				return true;
		}
	return false;
}

/*
 * A rule that takes bytes again and again: an answer, of which nothing was seen, or what a client
 * sends without a marker. Of these no hop tells that they passed later, so that it takes more: none
 * behind them were dropped since, and no bridge may have sent them elsewhere too.
 */
static bool rule_takes_all(const struct hm_case *c, bool again)
{
	if (drop_is_chance(c->drop) || !c->drop->len || bridge_may_copy(c) || others_since(c))
		return false;
	return drop_comes_back(c, c->drop) ? again && !c->answer_ns : !c->marked && c->drops >= 4;
}

static bool was_last(const struct hm_case *c)
{
	const struct hm_sighting *s = c->last_drop;
	bool again = c->drops >= 3 || c->client_gave_up ||
		     (!c->path->cut && c->fin_client_ns > c->drop->mono_ns);

	if ((s->drop.flags & (HM_TCP_SYN | HM_TCP_ACK)) == HM_TCP_SYN)
		return syn_given_up(c) && each_dropped(c, HM_STEP_SYN, c->syn_drops);
	if (s->drop.flags & HM_TCP_SYN)
		return syn_given_up(c) && each_dropped(c, HM_STEP_SYNACK, c->syn_drops);
	if (c->drop_answer) /* that it was not overcome is known, see answer_taken() */
		return again && !bridge_copy_went_on(c, HM_STEP_ANSWER);
	return rule_takes_all(c, again) ||
	       (again && covers_marker(c, s) && each_dropped(c, HM_STEP_MARKER, c->drops));
}

/* The last of that namespace's places that saw the step is one behind its routing. */
static bool was_routed(const struct hm_case *c, enum hm_step step, uint32_t netns)
{
	uint64_t last_ns = 0;
	bool routed = false;

	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->row_count; i++) {
			const struct hm_row *row = &c->legs[l]->rows[i];
			const struct hm_cell *cell = &row->cell[step];

			if (c->scene->hops[row->hop].netns != netns || !cell->count ||
			    cell->first_ns < last_ns)
				continue;
			last_ns = cell->first_ns;
			routed = hop_hook(c, row->hop) == HM_HOOK_TC_OUT ||
				 hop_hook(c, row->hop) == HM_HOOK_SOCK_IN;
		}
	return routed;
}

static bool by_route(const struct hm_case *c)
{
	return c->drop_code == HM_DROPPED_BY_ROUTING || c->drop_code == HM_NO_ROUTE ||
	       c->drop_code == HM_NEIGHBOUR_FAILED;
}

/*
 * A reason that takes all of its kind holds while none of them goes on: else the drop took a copy,
 * or the reason is gone. One that waits for its neighbour may be seen, before it is dropped, after
 * others were. A program, or a filter beside it, may take some, as a policer does.
 */
static bool went_on(const struct hm_case *c, enum hm_step step)
{
	uint32_t netns = drop_netns(c);

	if (!by_route(c))
		return !each_dropped(c, step, c->syn_drops);
	if (scene_watches(c->scene, HM_HOOK_TC_OUT, netns))
		return was_routed(c, step, netns);
	return last_seen(c, step).last_ns > c->last_drop->mono_ns;
}

/*
 * What is not acknowledged is sent again, and dropped again; other bytes, of which a policer takes
 * some, came through then, of which no hop tells. Or the client gave up waiting for what the server
 * sent.
 */
static bool not_just_once(const struct hm_case *c)
{
	bool back = drop_comes_back(c, c->drop);
	uint32_t due = by_route(c) ? 2 : 3; /* a route takes all there is */

	if (back && !c->last_drop->len) /* acknowledgements: a later one makes up for each */
		return false;
	return drop_times(c, c->last_drop) >= due ||
	       (back && (c->client_gave_up || c->fin_client_ns > c->drop->mono_ns));
}

bool drop_counts(const struct hm_case *c)
{
	uint8_t flags = c->drop ? c->drop->drop.flags : 0;

	if (!c->drop || drop_may_pass(c->drop))
		return c->drop && was_last(c);
	if (!(flags & HM_TCP_SYN))
		return not_just_once(c);
	return !went_on(c, flags & HM_TCP_ACK ? HM_STEP_SYNACK : HM_STEP_SYN);
}
