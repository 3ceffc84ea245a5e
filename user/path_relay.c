// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes that pass on what one end of TLS says to another, as HAProxy does in `mode tcp`: what
 * each was told on one of its connections, for the other to be compared with, and who serves
 * connections inside of which it may be told more. Called by path.c and path_build.c.
 */
#include "path_inside.h"

#define HM_TOLD_NS (100 * HM_MS) /* see is_recent() */

/* What is passed on inside of one is not seen, or, of a tunnel, not told of each time. */
static bool may_tunnel(uint8_t class)
{
	return class == HM_CLASS_TLS || class == HM_CLASS_OTHER || class == HM_CLASS_HTTP_PROXY;
}

/* The row of a process for one more; NULL: there is no room. */
static struct served *row_of(struct hm_paths *paths, uint32_t pid)
{
	struct served *spare = NULL;

	for (uint32_t i = 0; i < paths->served_count; i++) {
		struct served *row = &paths->served[i];

		if (row->pid == pid)
			return row;
		if (!row->open && (!spare || row->closed_ns < spare->closed_ns))
			spare = row;
	}
	if (paths->served_count < HM_PROXY_MEMORY)
		spare = &paths->served[paths->served_count++];
	if (spare)
		*spare = (struct served){.pid = pid};
	return spare;
}

static void open_one(struct hm_paths *paths, struct leg_state *leg)
{
	struct served *row = row_of(paths, leg->leg.server_pid);

	leg->serves = true;
	if (!row) {
		paths->served_lost = true;
		return;
	}
	leg->serves_pid = row->pid;
	row->open++;
}

static void close_one(struct hm_paths *paths, struct leg_state *leg, uint64_t ns)
{
	struct served *row = row_of(paths, leg->serves_pid);

	leg->serves_pid = 0;
	row->open--;
	row->closed_ns = ns;
}

static void take_served(struct hm_paths *paths, struct leg_state *leg, uint64_t ns)
{
	if (!leg->serves && leg->leg.server_pid && may_tunnel(leg->leg.request_class))
		open_one(paths, leg);
	if (leg->serves_pid && (leg->leg.fin_client_ns || leg->leg.rst_ns))
		close_one(paths, leg, ns);
}

static void remember(struct hm_paths *paths, const struct hm_leg *leg, struct told told)
{
	told.relayed.pid = told.by_server ? leg->client_pid : leg->server_pid;
	told.relayed.peer = told.by_server ? leg->server : leg->client;
	if (told.relayed.pid)
		paths->told[paths->told_count++ % HM_PROXY_MEMORY] = told;
}

static void take_told(struct hm_paths *paths, const struct hm_leg *leg, const struct hm_sighting *s)
{
	struct told told = {.relayed = {.ns = s->mono_ns, .hop = s->hop},
			    .asked_ns = leg->request_ns,
			    .by_server = !leg_from_client(leg, s)};

	if (s->what == HM_WHAT_DATA && leg->tls.alert_ns == s->mono_ns) {
		told.relayed.what = HM_RELAYED_ALERT;
		told.value = leg->tls.alert;
	} else if (s->what == HM_WHAT_DATA && leg->answer_ns == s->mono_ns && s->data.status &&
		   told.by_server && may_tunnel(leg->request_class)) {
		told.relayed.what = HM_RELAYED_STATUS;
		told.value = s->data.status;
	} else if (s->what == HM_WHAT_RST && leg->rst_ns == s->mono_ns && told.by_server &&
		   leg->has_syn && !leg->has_synack) {
		told.relayed.what = HM_RELAYED_REFUSAL;
		told.asked_ns = leg->first_ns;
	}
	if (told.relayed.what)
		remember(paths, leg, told);
}

void relay_take(struct hm_paths *paths, struct leg_state *leg, const struct hm_sighting *s)
{
	take_served(paths, leg, s->mono_ns);
	take_told(paths, &leg->leg, s);
	begun_take(paths, leg, s);
}

/* What the server's side said, or did, that its process may have been told in turn. */
static struct told said_by_server(const struct hm_leg *leg)
{
	struct told said = {.relayed = {.pid = leg->server_pid}, .by_server = true};

	if (leg->tls.alert_ns && leg->tls.alert_from_server) {
		said.relayed.what = HM_RELAYED_ALERT;
		said.value = leg->tls.alert;
		said.relayed.ns = leg->tls.alert_ns;
	} else if (leg->answer_ns && leg->tls.hello_ns) {
		said.relayed.what = HM_RELAYED_STATUS;
		said.value = leg->status;
		said.relayed.ns = leg->answer_ns;
	} else if (!leg->answer_ns) {
		said.relayed.what = HM_RELAYED_REFUSAL;
		said.relayed.ns = leg->fin_server_ns ? leg->fin_server_ns : leg->rst_ns;
	}
	return said;
}

static struct told said_by_client(const struct hm_leg *leg)
{
	return (struct told){.relayed = {.what = HM_RELAYED_ALERT,
					 .pid = leg->client_pid,
					 .ns = leg->tls.alert_ns},
			     .value = leg->tls.alert};
}

/* The client behind a relay asks before the relay does, and hears of an end after it. */
static bool lies_within(const struct told *told, const struct told *said, uint64_t asked_ns)
{
	if (told->relayed.ns > said->relayed.ns || told->relayed.ns < asked_ns)
		return false;
	return said->by_server ? told->asked_ns >= asked_ns : told->asked_ns <= asked_ns;
}

/* Who closes because another refused does so just then. */
static bool is_recent(const struct told *told, const struct told *said)
{
	return said->relayed.what != HM_RELAYED_REFUSAL ||
	       said->relayed.ns - told->relayed.ns < HM_TOLD_NS;
}

static bool is_same(const struct told *told, const struct told *said)
{
	return (told->relayed.pid == said->relayed.pid || !said->relayed.pid) &&
	       told->by_server == said->by_server && told->relayed.what == said->relayed.what &&
	       told->value == said->value;
}

bool relay_may_serve(const struct hm_paths *paths, const struct hm_leg *leg, uint32_t pid)
{
	if (leg->server_pid)
		return leg->server_pid == pid;
	return listeners_has(paths, leg->server.port, leg->first_ns, pid) ||
	       !listeners_has(paths, leg->server.port, leg->first_ns, 0);
}

static const struct told *told_before(const struct hm_paths *paths, const struct hm_leg *leg,
				      const struct told *said, uint64_t asked_ns)
{
	uint32_t kept = paths->told_count < HM_PROXY_MEMORY ? paths->told_count : HM_PROXY_MEMORY;

	for (uint32_t i = 1; i <= kept && asked_ns; i++) {
		const struct told *told = &paths->told[(paths->told_count - i) % HM_PROXY_MEMORY];

		if (is_same(told, said) && lies_within(told, said, asked_ns) &&
		    is_recent(told, said) &&
		    (said->relayed.pid || relay_may_serve(paths, leg, told->relayed.pid)))
			return told;
	}
	return NULL;
}

static bool serves_tunnels(const struct hm_paths *paths, const struct hm_leg *leg)
{
	bool found = paths->served_lost;

	for (uint32_t i = 0; i < paths->served_count && !found; i++) {
		const struct served *row = &paths->served[i];

		found = (row->pid == leg->client_pid || !leg->client_pid) &&
			(row->open || row->closed_ns >= leg->request_ns);
	}
	return found;
}

void relay_look(const struct hm_paths *paths, struct hm_leg *leg)
{
	bool client = leg->tls.alert_ns && !leg->tls.alert_from_server;
	struct told said = client ? said_by_client(leg) : said_by_server(leg);
	const struct told *told = NULL;

	if (said.relayed.pid)
		told = told_before(paths, leg, &said, leg->request_ns);
	else if (said.relayed.what == HM_RELAYED_REFUSAL)
		told = told_before(paths, leg, &said, leg->first_ns);
	if (told)
		leg->relayed = told->relayed;
	else if (!leg->answer_ns && !leg->tls.alert_ns)
		begun_look(paths, leg);
	leg->client_tunnels = client && serves_tunnels(paths, leg);
}
