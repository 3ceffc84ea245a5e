// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whom a process of this host asked for a connection and who did not answer: its SYN was repeated
 * and no SYN-ACK came. What that process owes somebody else meanwhile may wait for it. Called by
 * path.c and path_relay.c.
 */
#include "path_inside.h"

#define HM_REPEATED_NS (500 * HM_MS) /* a SYN is sent again after a second: RFC 6298, 2.1 */
#define HM_SAME_NS (25 * HM_MS) /* those begun within that time are as one */

static uint32_t kept(const struct hm_paths *paths)
{
	return paths->silent_count < HM_SILENT ? paths->silent_count : HM_SILENT;
}

/* The one of that number, from 1, the last first. */
static uint32_t last(const struct hm_paths *paths, uint32_t number)
{
	return (paths->silent_count - number) % HM_SILENT;
}

/* The last that the same process began to the same peer began at the same time. */
static bool is_known(const struct hm_paths *paths, const struct silent *one)
{
	for (uint32_t i = 1; i <= kept(paths); i++) {
		const struct silent *s = &paths->silent[last(paths, i)];

		if (s->relayed.pid == one->relayed.pid &&
		    endpoint_equal(&s->relayed.peer, &one->relayed.peer))
			return one->asked_ns < s->asked_ns + HM_SAME_NS &&
			       s->asked_ns < one->asked_ns + HM_SAME_NS;
	}
	return false;
}

static void forget(struct hm_paths *paths, uint32_t leg)
{
	for (uint32_t i = 0; i < kept(paths); i++)
		if (paths->silent[i].leg == leg)
			paths->silent[i] = (struct silent){};
}

static bool is_repeated(const struct hm_paths *paths, const struct hm_leg *leg,
			const struct hm_sighting *s)
{
	return s->what == HM_WHAT_SYN && leg->client_pid && !leg->has_synack &&
	       paths->scene->hops[s->hop].hook == HM_HOOK_SOCK_OUT &&
	       s->mono_ns > leg->first_ns + HM_REPEATED_NS;
}

static void remember(struct hm_paths *paths, const struct hm_leg *leg, const struct hm_sighting *s)
{
	struct silent one = {.leg = leg->id,
			     .asked_ns = leg->first_ns,
			     .relayed = {.what = HM_RELAYED_SILENCE,
					 .pid = leg->client_pid,
					 .peer = leg->server,
					 .ns = s->mono_ns,
					 .hop = s->hop}};

	if (!is_known(paths, &one))
		paths->silent[paths->silent_count++ % HM_SILENT] = one;
}

void silent_take(struct hm_paths *paths, struct leg_state *leg, const struct hm_sighting *s)
{
	if (leg->silent && (s->what == HM_WHAT_SYNACK || s->what == HM_WHAT_RST)) {
		leg->silent = false;
		forget(paths, leg->leg.id);
	} else if (!leg->silent && is_repeated(paths, &leg->leg, s)) {
		leg->silent = true;
		remember(paths, &leg->leg, s);
	}
}

/* As soon as that connection, or what was asked on it, had come. */
static bool is_right_after(const struct silent *s, uint64_t came_ns)
{
	return came_ns && s->asked_ns + HM_SAME_NS >= came_ns &&
	       s->asked_ns <= came_ns + HM_TOLD_NS;
}

static bool began_for(const struct silent *s, const struct hm_leg *leg)
{
	bool first = build_asks_first(leg);

	return (first && leg->has_syn && is_right_after(s, leg->first_ns)) ||
	       (first && is_right_after(s, leg->request_ns)) || is_right_after(s, leg->marker_ns);
}

const struct hm_relayed *silent_beside(const struct hm_paths *paths, const struct hm_leg *leg)
{
	for (uint32_t i = 1; i <= kept(paths); i++) {
		const struct silent *s = &paths->silent[last(paths, i)];

		if (s->relayed.pid && began_for(s, leg) &&
		    relay_may_serve(paths, leg, s->relayed.pid))
			return &s->relayed;
	}
	return NULL;
}
