// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections on which a marker cannot be seen: encrypted ones, and those that never began like
 * HTTP/1 (HTTP/2, FastCGI, a database's). Only the first of their turns are told, so what their
 * process sends later, over the same connection, may be what it has just read. And those in HTTP/1,
 * on which nobody sees for whom they ask where there is no marker. Called by path.c, path_build.c
 * and path_meanwhile.c.
 */
#include "path_inside.h"

/* Nothing is open any more. Those in HTTP/1 are many: they take no row that tells of others. */
static bool is_spare(const struct hidden *h, enum hm_hides kind)
{
	bool others = h->closed[HM_HIDES_TLS] || h->closed[HM_HIDES_OTHER];

	return !h->open[HM_HIDES_TLS] && !h->open[HM_HIDES_OTHER] && !h->open[HM_HIDES_LONG] &&
	       !h->open[HM_HIDES_PLAIN] && !(others && kind == HM_HIDES_PLAIN);
}

/*
 * The row of a process for one more of that kind, 0: connections of nobody known. NULL: there is no
 * room; those in HTTP/1 get half of it.
 */
static struct hidden *row_of(struct hm_paths *paths, uint32_t pid, enum hm_hides kind)
{
	uint32_t room = kind == HM_HIDES_PLAIN ? HM_PROXY_MEMORY / 2 : HM_PROXY_MEMORY;
	struct hidden *spare = NULL;

	for (uint32_t i = 0; i < paths->hidden_count; i++) {
		struct hidden *h = &paths->hidden[i];

		if (h->pid == pid)
			return h;
		if (is_spare(h, kind) && (!spare || h->closed_ns < spare->closed_ns))
			spare = h;
	}
	if (paths->hidden_count < room)
		spare = &paths->hidden[paths->hidden_count++];
	if (spare)
		*spare = (struct hidden){.pid = pid};
	return spare;
}

static void open_one(struct hm_paths *paths, struct leg_state *leg, enum hm_hides kind)
{
	struct hidden *h = row_of(paths, leg->leg.client_pid, kind);

	if (!h) {
		enum hm_hides lost = kind == HM_HIDES_PLAIN ? kind : HM_HIDES_TLS;

		if (!paths->hidden_lost || lost < paths->hidden_lost)
			paths->hidden_lost = lost;
		return;
	}
	leg->hides = kind;
	leg->hides_pid = leg->leg.client_pid;
	h->open[kind]++;
}

static void close_one(struct hm_paths *paths, struct leg_state *leg, uint64_t ns)
{
	for (uint32_t i = 0; i < paths->hidden_count; i++) {
		struct hidden *h = &paths->hidden[i];

		if (h->pid != leg->hides_pid)
			continue;
		h->open[leg->hides]--;
		h->closed[leg->hides] = ns;
		if (ns > h->closed_ns)
			h->closed_ns = ns;
	}
	leg->hides = HM_HIDES_NOTHING;
}

/* A request more is told of it; from some on others may come untold. */
static void count_request(struct hm_paths *paths, struct leg_state *leg)
{
	if (leg->requests < HM_TOLD_REQUESTS)
		leg->requests++;
	if (leg->requests < HM_TOLD_REQUESTS || leg->hides != HM_HIDES_PLAIN)
		return;
	for (uint32_t i = 0; i < paths->hidden_count; i++)
		if (paths->hidden[i].pid == leg->hides_pid) {
			paths->hidden[i].open[HM_HIDES_PLAIN]--;
			paths->hidden[i].open[HM_HIDES_LONG]++;
			leg->hides = HM_HIDES_LONG;
			return;
		}
}

void hidden_take(struct hm_paths *paths, struct leg_state *leg, const struct hm_sighting *s)
{
	bool forth = leg_from_client(&leg->leg, s);

	if (leg->hides && (s->what == HM_WHAT_RST || (s->what == HM_WHAT_FIN && forth))) {
		close_one(paths, leg, s->mono_ns);
		return;
	}
	if (s->what != HM_WHAT_DATA || !forth ||
	    paths->scene->hops[s->hop].hook != HM_HOOK_SOCK_OUT)
		return;
	count_request(paths, leg);
	if (leg->hides)
		return;
	if (s->data.class == HM_CLASS_TLS)
		open_one(paths, leg, HM_HIDES_TLS);
	else if (s->data.class == HM_CLASS_OTHER && leg->leg.request_class == HM_CLASS_OTHER)
		open_one(paths, leg, HM_HIDES_OTHER);
	else if (s->data.class == HM_CLASS_HTTP_REQUEST)
		open_one(paths, leg, HM_HIDES_PLAIN);
}

enum hm_hides hidden_beside(const struct hm_paths *paths, uint32_t pid, uint64_t since_ns)
{
	enum hm_hides found = paths->hidden_lost ? paths->hidden_lost : HM_HIDES_COUNT;

	for (uint32_t i = 0; i < paths->hidden_count && found != HM_HIDES_TLS; i++) {
		const struct hidden *h = &paths->hidden[i];

		if (pid && h->pid && h->pid != pid)
			continue;
		for (enum hm_hides kind = HM_HIDES_TLS; kind < found; kind++)
			if (h->open[kind] || h->closed[kind] >= since_ns)
				found = kind;
	}
	return found == HM_HIDES_COUNT ? HM_HIDES_NOTHING : found;
}

void hidden_began(struct hm_paths *paths, const struct leg_state *leg)
{
	struct hidden *h = row_of(paths, leg->leg.client_pid, HM_HIDES_PLAIN);

	if (h)
		h->failed_ns = h->closed_ns = leg->tried_ns;
	else if (!paths->hidden_lost)
		paths->hidden_lost = HM_HIDES_PLAIN;
}

void hidden_carried(struct hm_paths *paths, const struct leg_state *leg)
{
	for (uint32_t i = 0; i < paths->hidden_count; i++)
		if (paths->hidden[i].pid == leg->leg.client_pid &&
		    paths->hidden[i].failed_ns == leg->tried_ns)
			paths->hidden[i].failed_ns = 0;
}

bool hidden_failed(const struct hm_paths *paths, uint32_t pid, uint64_t since_ns)
{
	for (uint32_t i = 0; pid && i < paths->hidden_count; i++)
		if (paths->hidden[i].pid == pid)
			return since_ns && paths->hidden[i].failed_ns >= since_ns;
	return false;
}
