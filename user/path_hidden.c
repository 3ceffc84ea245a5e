// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections on which a marker cannot be seen: encrypted ones, and those that never began like
 * HTTP/1 (HTTP/2, FastCGI, a database's). Only the first of their turns are told, so what their
 * process sends later, over the same connection, may be what it has just read. Called by path.c and
 * path_build.c.
 */
#include "path_inside.h"

/* The row of a process, 0: connections of nobody known. NULL: there is no room for one more. */
static struct hidden *row_of(struct hm_paths *paths, uint32_t pid)
{
	struct hidden *spare = NULL;

	for (uint32_t i = 0; i < paths->hidden_count; i++) {
		struct hidden *h = &paths->hidden[i];

		if (h->pid == pid)
			return h;
		if (!h->open[0] && !h->open[1] && (!spare || h->closed_ns < spare->closed_ns))
			spare = h;
	}
	if (paths->hidden_count < HM_PROXY_MEMORY)
		spare = &paths->hidden[paths->hidden_count++];
	if (spare)
		*spare = (struct hidden){.pid = pid};
	return spare;
}

static void open_one(struct hm_paths *paths, struct leg_state *leg, enum hm_hides kind)
{
	struct hidden *h = row_of(paths, leg->leg.client_pid);

	if (!h) {
		paths->hidden_lost = true;
		return;
	}
	leg->hides = kind;
	leg->hides_pid = leg->leg.client_pid;
	h->open[kind - 1]++;
}

static void close_one(struct hm_paths *paths, struct leg_state *leg, uint64_t ns)
{
	for (uint32_t i = 0; i < paths->hidden_count; i++) {
		struct hidden *h = &paths->hidden[i];

		if (h->pid != leg->hides_pid)
			continue;
		h->open[leg->hides - 1]--;
		h->closed[leg->hides - 1] = ns;
		if (ns > h->closed_ns)
			h->closed_ns = ns;
	}
	leg->hides = HM_HIDES_NOTHING;
}

void hidden_take(struct hm_paths *paths, struct leg_state *leg, const struct hm_sighting *s)
{
	bool forth = leg_from_client(&leg->leg, s);

	if (leg->hides && (s->what == HM_WHAT_RST || (s->what == HM_WHAT_FIN && forth))) {
		close_one(paths, leg, s->mono_ns);
		return;
	}
	if (leg->hides || s->what != HM_WHAT_DATA || !forth ||
	    paths->scene->hops[s->hop].hook != HM_HOOK_SOCK_OUT)
		return;
	if (s->data.class == HM_CLASS_TLS)
		open_one(paths, leg, HM_HIDES_TLS);
	else if (s->data.class == HM_CLASS_OTHER && leg->leg.request_class == HM_CLASS_OTHER)
		open_one(paths, leg, HM_HIDES_OTHER);
}

enum hm_hides hidden_beside(const struct hm_paths *paths, uint32_t pid, uint64_t since_ns)
{
	enum hm_hides found = paths->hidden_lost ? HM_HIDES_TLS : HM_HIDES_NOTHING;

	for (uint32_t i = 0; i < paths->hidden_count && found != HM_HIDES_TLS; i++) {
		const struct hidden *h = &paths->hidden[i];

		if (pid && h->pid && h->pid != pid)
			continue;
		if (h->open[HM_HIDES_OTHER - 1] || h->closed[HM_HIDES_OTHER - 1] >= since_ns)
			found = HM_HIDES_OTHER;
		if (h->open[HM_HIDES_TLS - 1] || h->closed[HM_HIDES_TLS - 1] >= since_ns)
			found = HM_HIDES_TLS;
	}
	return found;
}
