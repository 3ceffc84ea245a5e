// SPDX-License-Identifier: GPL-2.0-only
/*
 * What was not watched, and by what the server's process may have sent on unseen what it read.
 * Called by case.c.
 */
#include "case.h"

bool speaks_as_gateway(const struct hm_case *c)
{
	return (c->status >= 502 && c->status <= 504) || (c->status >= 520 && c->status <= 527) ||
	       c->status == 530;
}

/*
 * Since the marker was seen its reader may have sent it on in bytes beyond --depth. They are told
 * of once within a while, and at its beginning.
 */
static bool sent_unsearched(const struct hm_case *c)
{
	uint64_t told =
		c->bench->unsearched ? unsearched_by(c->bench->unsearched, c->server_pid) : 0;

	return told && told + HM_UNSEARCHED_NS >= (c->marked ? c->marker_ns : c->first_ns);
}

/*
 * The legs that NAT tells apart are searched each by itself: one may have the marker beyond
 * --depth.
 */
static bool twin_unsearched(const struct hm_case *c)
{
	for (uint32_t i = 0; c->leg_count > 1 && i < c->leg_count; i++)
		if (c->legs[i]->unsearched_ns)
			return true;
	return false;
}

/*
 * What its reader, or another process, did before the answer, and may be what it did for this
 * request. A proxy that is silent sends on with the marker, as far as is known: that it asks others
 * meanwhile is what proxies do.
 */
static enum hm_unseen unseen_meanwhile(const struct hm_case *c)
{
	bool silent_proxy = case_is_proxy(c) && !c->answer_ns;

	if (c->sent_on || silent_proxy)
		return HM_UNSEEN_NONE;
	if (c->meanwhile.elsewhere)
		return HM_UNSEEN_ELSEWHERE;
	if (c->meanwhile.asked)
		return HM_UNSEEN_BARE;
	if (c->meanwhile.failed)
		return HM_UNSEEN_FAILED;
	return c->marked && c->reader_hides == HM_HIDES_LONG ? HM_UNSEEN_LONG : HM_UNSEEN_NONE;
}

/*
 * An application that asks a database over a connection in clear does not send on: nothing hides
 * there. An error of 500 or above may be one that it only passed on, as a proxy that nobody knows
 * for one.
 */
static enum hm_unseen what_is_unseen(const struct hm_case *c)
{
	bool proxy = (case_is_proxy(c) || c->status >= 500) && !c->sent_on;
	enum hm_unseen meanwhile = unseen_meanwhile(c);

	if (!c->sent_on && sent_unsearched(c))
		return HM_UNSEEN_DEPTH;
	if ((proxy || (c->hello && !c->answer_ns)) && c->scene->filter[0])
		return HM_UNSEEN_FILTER;
	if (c->reader_hides == HM_HIDES_TLS)
		return HM_UNSEEN_TLS;
	if (proxy && c->reader_hides == HM_HIDES_OTHER)
		return HM_UNSEEN_OTHER;
	if (meanwhile)
		return meanwhile;
	if (proxy && !c->marked && c->reader_hides)
		return HM_UNSEEN_WHICH;
	if (c->piped && c->status)
		return HM_UNSEEN_PIPED;
	return speaks_as_gateway(c) && !case_is_proxy(c) ? HM_UNSEEN_UNIX : HM_UNSEEN_NONE;
}

/* What may rest on something that was not seen, and that was a place where nobody looked. */
void unseen_take(struct hm_case *c)
{
	const struct hm_scene *scene = c->scene;

	c->drops_watched = scene_watches(scene, HM_HOOK_DROP, 0);
	c->twin_unsearched = twin_unsearched(c);
	c->follows = scene_watches(scene, HM_HOOK_SOCK_OUT, c->server_netns) &&
		     scene_watches(scene, HM_HOOK_APP, 0) && !c->first->strayed;
	c->unseen = what_is_unseen(c);
	c->far = !c->server_here && (scene_watches(scene, HM_HOOK_SOCK_IN, 0) || c->seen_leaving);
}
