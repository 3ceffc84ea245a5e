// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose listener a connection is about, out of what probes found. Called by case.c and the rules.
 */
#include <string.h>

#include "case.h"

static bool is_any(const struct hm_endpoint *e)
{
	static const uint8_t any[16], mapped[16] = {[10] = 0xff, [11] = 0xff};

	return !memcmp(e->addr, any, 16) || !memcmp(e->addr, mapped, 16);
}

static bool is_ipv4(const struct hm_endpoint *e)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	return !memcmp(e->addr, mapped, sizeof(mapped));
}

/* Of a single network namespace that is watched; 0: there are several. */
static uint32_t only_netns(const struct hm_scene *scene)
{
	for (uint32_t i = 1; i < scene->hop_count; i++)
		if (scene->hops[i].netns != scene->hops[0].netns)
			return 0;
	return scene->hop_count ? scene->hops[0].netns : 0;
}

/*
 * In the namespace that the connection came to: who listens on that port in another one has nothing
 * to do with it. Where it came to was not always seen.
 */
static bool is_beside(const struct hm_case *c, const struct hm_sighting *l)
{
	uint32_t netns = c->server_netns ? c->server_netns : only_netns(c->scene);

	return netns && l->listener.netns == netns;
}

static bool would_take(const struct hm_case *c, const struct hm_sighting *l)
{
	const struct hm_endpoint *to = &c->last->server;

	if (!is_any(&l->src))
		return !memcmp(l->src.addr, to->addr, sizeof(to->addr));
	if (is_ipv4(&l->src) == is_ipv4(to))
		return true;
	return is_ipv4(to) && !l->listener.v6only;
}

static bool better_listener(const struct hm_sighting *l, const struct hm_sighting *than)
{
	if (!than || is_any(&l->src) != is_any(&than->src))
		return !than || !is_any(&l->src);
	return l->pid < than->pid;
}

/*
 * From when on a listener counts: this case's own probe. To name the one that would have taken the
 * connection, another's probe does too, if it came after the case began.
 */
static uint64_t listeners_since(const struct hm_case *c, bool takes)
{
	if (c->probe_ns)
		return c->probe_ns;
	return takes ? c->first_ns : UINT64_MAX;
}

const struct hm_sighting *case_listener(const struct hm_case *c, bool takes)
{
	const struct hm_sighting *l = c->bench->listeners, *best = NULL;
	uint64_t since = listeners_since(c, takes);

	for (uint32_t i = 0; i < c->bench->listener_count; i++)
		if (l[i].src.port == c->last->server.port && l[i].mono_ns >= since &&
		    is_beside(c, &l[i]) && would_take(c, &l[i]) == takes &&
		    better_listener(&l[i], best))
			best = &l[i];
	return best;
}

bool case_listens(const struct hm_case *c, uint32_t pid)
{
	const struct hm_sighting *l = c->bench->listeners, *best = case_listener(c, true);
	uint64_t since = listeners_since(c, true);

	for (uint32_t i = 0; best && i < c->bench->listener_count; i++)
		if (l[i].pid == pid && l[i].mono_ns >= since &&
		    !memcmp(&l[i].src, &best->src, sizeof(best->src)) &&
		    l[i].listener.netns == best->listener.netns)
			return true;
	return false;
}

const struct hm_sighting *case_last_listener(const struct hm_case *c)
{
	const struct hm_sighting *l = c->bench->listeners, *last = NULL;

	if (!c->probe_ns || case_listener(c, true))
		return NULL;
	for (uint32_t i = 0; i < c->bench->listener_count; i++)
		if (l[i].src.port == c->last->server.port && l[i].mono_ns < c->first_ns &&
		    is_beside(c, &l[i]) && would_take(c, &l[i]) &&
		    (!last || l[i].mono_ns > last->mono_ns ||
		     (l[i].mono_ns == last->mono_ns && better_listener(&l[i], last))))
			last = &l[i];
	return last;
}

bool case_listened_in(const struct hm_case *c, uint32_t netns)
{
	const struct hm_sighting *l = c->bench->listeners;

	for (uint32_t i = 0; c->probe_ns && i < c->bench->listener_count; i++)
		if (l[i].src.port == c->last->server.port && l[i].mono_ns >= c->probe_ns &&
		    l[i].listener.netns == netns && would_take(c, &l[i]))
			return true;
	return false;
}

bool case_listeners_whole(const struct hm_case *c)
{
	return c->bench->listeners_lost_ns < (c->probe_ns ? c->probe_ns : c->first_ns);
}

void owner_take(struct hm_case *c)
{
	const struct hm_sighting *listener;

	if (!case_listeners_whole(c)) /* the one that has it may be among those left out */
		return;
	if (!c->server_here || (c->rst_here && !c->has_synack))
		return;
	listener = case_listener(c, true);
	if (!listener || !listener->pid || c->server_pid)
		return;
	c->server_pid = listener->pid;
	c->server_comm = listener->comm;
}
