// SPDX-License-Identifier: GPL-2.0-only
/*
 * The connections that processes of this host began, in their order. A process that owes an answer
 * may wait for one of its own, which it began as soon as it had accepted, or read: proxies that
 * pass on TLS do. Called by path_relay.c.
 */
#include "path_inside.h"

#define HM_SOON_NS (100 * HM_MS) /* a process begins within that what it begins for another */
#define HM_SILENT_NS (500 * HM_MS) /* who has not answered by then does not, so far */

void begun_take(struct hm_paths *paths, struct leg_state *leg, const struct hm_sighting *s)
{
	if (leg->begun || s->what != HM_WHAT_SYN || !leg->leg.client_pid ||
	    paths->scene->hops[s->hop].hook != HM_HOOK_SOCK_OUT)
		return;
	leg->begun = true;
	paths->begun[paths->begun_count++ % HM_BEGUN] = (struct begun){
		.ns = s->mono_ns,
		.pid = leg->leg.client_pid,
		.leg = leg->leg.id,
		.hop = s->hop,
	};
}

static uint64_t sooner(uint64_t a_ns, uint64_t b_ns)
{
	return a_ns && a_ns < b_ns ? a_ns : b_ns;
}

/* When one of its sides ended it, or now. */
static uint64_t ended_ns(const struct hm_paths *paths, const struct hm_leg *leg)
{
	return sooner(leg->fin_client_ns,
		      sooner(leg->fin_server_ns, sooner(leg->rst_ns, paths->clock_ns)));
}

static bool is_by(uint64_t ns, uint64_t end_ns)
{
	return ns && ns <= end_ns;
}

/* Its SYN came to a socket of this host, or something here, or a router, told what became of it. */
static bool is_explained(const struct hm_paths *paths, struct leg_state *asker, uint64_t end_ns)
{
	for (const struct leg_state *st = leg_head(asker); st; st = st->nat_next) {
		for (uint32_t i = 0; i < st->leg.row_count; i++)
			if (st->leg.rows[i].cell[HM_STEP_SYN].first_ns &&
			    paths->scene->hops[st->leg.rows[i].hop].hook == HM_HOOK_SOCK_IN)
				return true;
		if (is_by(st->drop_ns, end_ns) || is_by(st->icmp_ns, end_ns))
			return true;
	}
	return false;
}

/* What leg said, or as much of it as can be seen: behind a PROXY header too. */
static bool says_the_same(const struct hm_leg *a, const struct hm_leg *leg)
{
	return leg->server_pid && leg->request_ns && a->request_ns >= leg->request_ns &&
	       (a->request_class == leg->request_class || (a->tls.hello_ns && leg->tls.hello_ns));
}

/* What its peer owes, by then, to asker, which may have been begun for leg. */
static enum hm_relayed_what owed_to(const struct hm_paths *paths, struct leg_state *asker,
				    const struct begun *begun, const struct hm_leg *leg,
				    uint64_t end_ns)
{
	const struct hm_leg *a = &asker->leg;

	if (a->id == leg->id || is_by(a->answer_ns, end_ns) || is_explained(paths, asker, end_ns))
		return HM_RELAYED_NOTHING;
	if (!a->has_synack && !a->request_ns)
		return end_ns >= begun->ns + HM_SILENT_NS && !a->rst_ns ? HM_RELAYED_NO_SYNACK
									: HM_RELAYED_NOTHING;
	if (!says_the_same(a, leg))
		return HM_RELAYED_NOTHING;
	if (is_by(a->fin_server_ns, end_ns) &&
	    (!a->fin_client_ns || a->fin_server_ns < a->fin_client_ns))
		return HM_RELAYED_CLOSED;
	return end_ns >= a->request_ns + HM_SILENT_NS ? HM_RELAYED_NO_ANSWER : HM_RELAYED_NOTHING;
}

/* As soon as leg had come, or what it asks. */
static bool is_soon(const struct hm_leg *leg, uint64_t ns)
{
	bool first = build_asks_first(leg), seen = first && leg->has_syn;
	const uint64_t came[] = {leg->marker_ns, first ? leg->request_ns : 0,
				 seen ? leg->ack_in_ns : 0, seen ? leg->first_ns : 0};

	for (size_t i = 0; i < HM_ARRAY_SIZE(came); i++)
		if (came[i] && ns >= came[i] && ns < came[i] + HM_SOON_NS)
			return true;
	return false;
}

/* What was found of those that the process of a leg began until that ended. */
struct found {
	const struct begun *begun; /* for leg, as it seems, and waits: NULL: none */
	const struct leg_state *asker; /* the same */
	enum hm_relayed_what what; /* it waits for */
	bool several; /* so does another one, for somebody else */
	bool connected, answered; /* another one was, or it is not known any more */
	bool perhaps; /* one that was begun for leg may wait all the same */
};

static void find(const struct hm_paths *paths, const struct hm_leg *leg, const struct begun *begun,
		 uint64_t end_ns, struct found *found)
{
	struct leg_state *asker = engine_leg(paths, begun->leg);
	bool soon = is_soon(leg, begun->ns);
	enum hm_relayed_what what =
		asker ? owed_to(paths, asker, begun, leg, end_ns) : HM_RELAYED_NOTHING;

	if (what == HM_RELAYED_NOTHING) {
		found->connected |= !asker || asker->leg.has_synack;
		found->answered |= !asker || is_by(asker->leg.answer_ns, end_ns);
		found->perhaps |= soon && (!asker || !is_by(asker->leg.answer_ns, end_ns));
		return;
	}
	if (!soon)
		return;
	found->several |=
		found->begun && !endpoint_equal(&found->asker->leg.server, &asker->leg.server);
	if (what <= found->what)
		return;
	found->begun = begun;
	found->asker = asker;
	found->what = what;
}

static struct found find_all(const struct hm_paths *paths, const struct hm_leg *leg)
{
	uint32_t kept = paths->begun_count < HM_BEGUN ? paths->begun_count : HM_BEGUN;
	uint64_t end_ns = ended_ns(paths, leg), oldest_ns = UINT64_MAX;
	struct found found = {};

	for (uint32_t i = 0; i < kept; i++) {
		const struct begun *begun = &paths->begun[i];

		oldest_ns = sooner(begun->ns, oldest_ns);
		if (found.connected && found.answered && !is_soon(leg, begun->ns))
			continue; /* it would tell nothing more */
		if (begun->ns >= leg->first_ns && begun->ns <= end_ns &&
		    relay_may_serve(paths, leg, begun->pid))
			find(paths, leg, begun, end_ns, &found);
	}
	if (paths->begun_count > kept && oldest_ns > leg->first_ns)
		found.connected = found.answered = found.perhaps = true;
	return found;
}

/* Its process is known, or it was closed before anybody had read. Of others there are many. */
static bool has_server(const struct hm_leg *leg)
{
	return leg->server_pid || (leg->has_synack && (leg->fin_server_ns || leg->rst_ns));
}

void begun_look(const struct hm_paths *paths, struct hm_leg *leg)
{
	struct found found;
	bool syn;

	if (!has_server(leg))
		return;
	found = find_all(paths, leg);
	syn = found.what == HM_RELAYED_NO_SYNACK;
	if (found.perhaps)
		leg->meanwhile.failed++;
	if (!found.begun)
		return;
	leg->relayed = (struct hm_relayed){
		.what = (uint8_t)found.what,
		.unsure = found.several || (syn ? found.connected : found.answered) ||
			  !leg->tls.hello_ns,
		.pid = found.begun->pid,
		.peer = found.asker->leg.server,
		.ns = syn ? found.begun->ns : found.asker->leg.request_ns,
		.hop = syn ? found.begun->hop : found.asker->leg.request_hop,
	};
}
