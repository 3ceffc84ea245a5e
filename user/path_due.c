// SPDX-License-Identifier: GPL-2.0-only
/*
 * When a path can be judged: as soon as its outcome is final, never before something that is
 * still due could overcome a fault. Called by path_look.c; the numbers are the due table in
 * path_inside.h.
 */
#include "path_inside.h"

/* The legs that NAT tells apart, taken together. */
struct together {
	bool has_syn, has_synack, has_ack, rst_by_client, probed, tls;
	uint64_t first_ns, last_ns, rst_ns, icmp_ns, drop_ns, rule_drop_ns, syn_last_ns,
		established_ns;
	uint64_t fin_client_ns, fin_server_ns, read_ns, request_ns, answer_ns;
	uint64_t window_ns, shut_ns;
	uint32_t syn_count, shut_times;
};

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return !a || (b && b < a) ? b : a;
}

static struct together take_together(const struct leg_state *head)
{
	struct together t = {.first_ns = head->leg.first_ns};
	const struct leg_state *st;

	for (st = head; st; st = st->nat_next) {
		const struct hm_leg *leg = &st->leg;

		t.has_syn |= leg->has_syn;
		t.has_synack |= leg->has_synack;
		t.has_ack |= leg->has_ack;
		t.rst_by_client |= st->rst_by_client;
		t.probed |= leg->probed;
		t.tls |= leg->request_class == HM_CLASS_TLS;
		t.last_ns = later(t.last_ns, leg->last_ns);
		t.rst_ns = earlier(t.rst_ns, leg->rst_ns);
		t.icmp_ns = later(t.icmp_ns, st->icmp_ns);
		t.drop_ns = later(t.drop_ns, st->drop_ns);
		t.rule_drop_ns = later(t.rule_drop_ns, st->rule_drop_ns);
		t.syn_last_ns = later(t.syn_last_ns, st->syn_last_ns);
		t.established_ns = earlier(t.established_ns, st->established_ns);
		t.fin_client_ns = earlier(t.fin_client_ns, leg->fin_client_ns);
		t.fin_server_ns = earlier(t.fin_server_ns, leg->fin_server_ns);
		t.read_ns = earlier(t.read_ns, leg->read_ns);
		t.request_ns = earlier(t.request_ns, leg->request_ns);
		t.answer_ns = earlier(t.answer_ns, leg->answer_ns);
		if (leg->window.told_ns > t.window_ns) { /* what was told last is so now */
			t.window_ns = leg->window.told_ns;
			t.shut_ns = leg->window.shut_ns;
			t.shut_times = leg->window.shut_times;
		}
		if (leg->syn_count > t.syn_count)
			t.syn_count = leg->syn_count;
	}
	return t;
}

bool leg_failed(const struct leg_state *head)
{
	struct together t = take_together(head);

	return t.rst_ns || (t.has_syn && !t.has_synack) || head->pending;
}

static uint64_t settle_ns(const struct hm_paths *paths)
{
	return paths->scene->settle_ns ? paths->scene->settle_ns : HM_SETTLE_NS;
}

static bool asks_sockets(const struct hm_paths *paths)
{
	return scene_watches(paths->scene, HM_HOOK_PROBE, 0);
}

/* The answer to a probe ends the wait; without one it ends later. */
static uint64_t after_probe(const struct hm_paths *paths, const struct leg_state *head,
			    uint64_t due_ns)
{
	if (head->leg.probed)
		return later(due_ns, head->probe_ns + HM_MS); /* its answers come at one moment */
	if (!asks_sockets(paths))
		return due_ns;
	return due_ns + HM_DUE_PROBE_NS;
}

static bool syn_seen_at(const struct hm_paths *paths, const struct leg_state *head, uint8_t hook)
{
	for (const struct leg_state *st = head; st; st = st->nat_next)
		for (uint32_t i = 0; i < st->leg.row_count; i++)
			if (st->leg.rows[i].cell[HM_STEP_SYN].count &&
			    paths->scene->hops[st->leg.rows[i].hop].hook == hook)
				return true;
	return false;
}

static uint64_t syn_due(const struct hm_paths *paths, const struct leg_state *head,
			const struct together *t)
{
	bool came = syn_seen_at(paths, head, HM_HOOK_SOCK_IN);

	/* What holds it inside this host may yet be named; the client still tries. */
	if (!came && !syn_seen_at(paths, head, HM_HOOK_TC_OUT) && t->syn_count < 3)
		return t->last_ns + HM_DUE_NEIGHBOUR_NS;
	if (t->syn_count < 3)
		return t->syn_last_ns + (t->syn_count == 2 ? HM_DUE_SYN_TWO_NS : HM_DUE_SYN_ONE_NS);
	return came ? t->syn_last_ns + HM_DUE_SYN_NS
		    : later(t->syn_last_ns + HM_DUE_SYN_NS, t->first_ns + HM_DUE_NEIGHBOUR_NS);
}

/* Before the handshake is complete, without a RST. */
static uint64_t handshake_due(const struct hm_paths *paths, const struct leg_state *head,
			      const struct together *t)
{
	bool left = syn_seen_at(paths, head, HM_HOOK_TC_OUT); /* one did since: more may come */
	uint64_t due = syn_due(paths, head, t);

	if (!t->has_syn)
		return HM_NEVER;
	if (t->icmp_ns && t->icmp_ns + HM_DUE_NAMED_NS < due)
		due = t->icmp_ns + HM_DUE_NAMED_NS;
	/* its own host's queue may have it repeat itself every 0.5 s */
	if (t->drop_ns && !t->icmp_ns)
		due = later(due, t->first_ns + HM_DUE_NEIGHBOUR_NS);
	if (t->rule_drop_ns && (t->rule_drop_ns >= t->syn_last_ns || !left) &&
	    t->first_ns + HM_DUE_NAMED_NS < due)
		due = later(t->first_ns + HM_DUE_NAMED_NS, t->rule_drop_ns + HM_DUE_RST_NS);
	return due;
}

/* When a window that is closed should have opened again. */
static uint64_t window_due(const struct hm_paths *paths, const struct together *t)
{
	return t->shut_ns + later(settle_ns(paths), HM_DUE_READ_NS);
}

/* The same, where the client has more to send; HM_NEVER where it is open, or that is not known. */
static uint64_t shut_due(const struct hm_paths *paths, const struct leg_state *head,
			 const struct together *t)
{
	uint64_t due = window_due(paths, t);

	if (!t->shut_ns || (t->shut_times < HM_SHUT_TIMES && !head->client_waits))
		return HM_NEVER;
	if (head->probe_ns > t->shut_ns)
		return later(due, head->probe_ns + HM_MS);
	return asks_sockets(paths) ? due + HM_DUE_PROBE_NS : due;
}

/* A client that closed its side may wait for its answer as it likes, as nc -N does. */
static uint64_t closed_due(const struct hm_paths *paths, const struct leg_state *head,
			   const struct together *t)
{
	if (!t->fin_client_ns || !(head->client_gone || t->drop_ns))
		return HM_NEVER;
	return t->fin_client_ns + later(settle_ns(paths), HM_DUE_READ_NS);
}

/*
 * A segment is sent again in vain, while others behind it arrive: until that cannot be chance. One
 * that was sent again once may well have come through, and the last is on its way first.
 */
static uint64_t again_due(const struct leg_state *head, int side)
{
	uint64_t due = 0;

	for (const struct leg_state *st = head; st; st = st->nat_next) {
		const struct hm_again *a = &st->leg.again[side];

		if (a->sacked && a->count > 1)
			due = later(due, a->count < HM_AGAIN
						 ? a->first_ns + HM_DUE_AGAIN_NS
						 : earlier(a->last_ns + HM_DUE_UNDER_WAY_NS,
							   a->first_ns + HM_DUE_AGAIN_NS));
	}
	return due;
}

static uint64_t message_due(const struct hm_paths *paths, const struct leg_state *head,
			    const struct message *m, const struct together *t)
{
	const struct hm_leg *leg = &head->leg;
	uint64_t shut = shut_due(paths, head, t), due;

	if (m->went_on_ns)
		return m->went_on_ns + HM_DUE_CLOSED_NS;
	if (m->answer_ns)
		return later(later(m->answer_ns, t->last_ns) + settle_ns(paths),
			     again_due(head, 1));
	if (paths->scene->answer_ns)
		return after_probe(paths, head, m->first_ns + paths->scene->answer_ns);
	if (!m->read_ns && (!m->acked_ns || head->server_socket))
		return after_probe(paths, head,
				   later(m->first_ns + HM_DUE_READ_NS, again_due(head, 0)));
	if (leg_owes_answer(leg,
			    paths->scene)) /* else still waiting; the end of the trace says so */
		return m->read_ns || shut == HM_NEVER ? closed_due(paths, head, t) : shut;
	due = later(m->first_ns, later(m->read_ns, m->acked_ns)) + settle_ns(paths);
	if (m->read_ns)
		return due;
	return later(after_probe(paths, head, due), shut == HM_NEVER ? 0 : shut);
}

/* The server has answered the client's first TLS record, and it is the client's turn since. */
static bool is_shaking_hands(const struct leg_state *head)
{
	const struct hm_leg *leg = &head->leg;

	return leg->tls.hello_first && leg->answer_class == HM_CLASS_TLS && head->turn_ns &&
	       head->turn_ns < leg->answer_ns;
}

static uint64_t unmarked_due(const struct hm_paths *paths, const struct leg_state *head,
			     const struct together *t)
{
	bool waiting = paths->scene->marker_count && !t->tls;
	uint64_t shut = shut_due(paths, head, t);

	if (shut != HM_NEVER)
		return shut;
	if (t->has_syn && !t->read_ns && !t->answer_ns && !head->leg.probed)
		return waiting ? HM_NEVER
			       : after_probe(paths, head, t->established_ns + HM_DUE_READ_NS);
	if (head->unaccepted && head->leg.probed)
		return after_probe(paths, head, t->established_ns + HM_DUE_READ_NS);
	if (waiting)
		return HM_NEVER; /* the marker may still come */
	if (t->request_ns && !t->answer_ns && leg_owes_answer(&head->leg, paths->scene))
		return paths->scene->answer_ns ? t->request_ns + paths->scene->answer_ns
					       : closed_due(paths, head, t);
	return t->last_ns +
	       later(settle_ns(paths), is_shaking_hands(head) ? HM_DUE_HANDSHAKE_NS : 0);
}

/*
 * It is over, and who listens there tells whose doing that was: nobody took it, or it was closed
 * unread by the server's side before its client closed.
 */
static bool over_unread(const struct hm_paths *paths, const struct leg_state *head,
			const struct together *t)
{
	uint64_t by_server =
		t->rst_by_client ? t->fin_server_ns : earlier(t->rst_ns, t->fin_server_ns);

	if (t->has_syn && !t->has_synack)
		return t->rst_ns;
	return by_server && !t->read_ns && !t->answer_ns &&
	       (!t->fin_client_ns || by_server < t->fin_client_ns) &&
	       syn_seen_at(paths, head, HM_HOOK_SOCK_IN);
}

static uint64_t closed_ns(const struct together *t)
{
	return later(t->fin_client_ns, t->fin_server_ns);
}

static uint64_t final_due(const struct hm_paths *paths, const struct leg_state *head,
			  const struct together *t)
{
	const struct message *m;
	uint64_t due = 0, one;

	if (head->pending)
		return after_probe(paths, head, t->first_ns + HM_DUE_CONNECT_NS);
	if (t->rst_ns)
		due = t->rst_ns + HM_DUE_RST_NS;
	else if (t->fin_client_ns && t->fin_server_ns)
		due = later(closed_ns(t), t->last_ns) + HM_DUE_CLOSED_NS;
	if (due)
		return over_unread(paths, head, t) ? after_probe(paths, head, due) : due;
	if (t->has_syn && !t->established_ns)
		return after_probe(paths, head, handshake_due(paths, head, t));
	for (m = head->messages; m; m = m->next) {
		one = m->done ? 0 : message_due(paths, head, m, t);
		due = later(due, one);
	}
	return due ? due : unmarked_due(paths, head, t);
}

/*
 * When this one connection's outcome is final. Where some were dropped, one that was just sent may
 * be the next: it has its time, but none has more.
 */
static uint64_t leg_due(const struct hm_paths *paths, const struct leg_state *head)
{
	struct together t = take_together(head);
	uint64_t due = final_due(paths, head, &t), there = t.last_ns + HM_DUE_UNDER_WAY_NS;

	if (due == HM_NEVER || !t.drop_ns || t.rst_ns || there <= due)
		return due;
	return earlier(there, due + 2 * HM_DUE_UNDER_WAY_NS);
}

/* An upstream message that was answered is final, though its connection stays in a pool. */
static uint64_t upstream_due(const struct hm_paths *paths, const struct message *m,
			     uint64_t over_ns)
{
	uint64_t due = m->answer_ns ? m->answer_ns + HM_DUE_DONE_NS : leg_due(paths, m->leg), one;
	const struct message *c;

	if (over_ns && over_ns + settle_ns(paths) < due)
		due = over_ns + settle_ns(paths);
	for (c = m->child; c; c = c->sibling) {
		one = upstream_due(paths, c, over_ns);
		due = later(due, one);
	}
	return due;
}

/* Connections that a reader of this leg's marker opened and that carried nothing yet. */
static uint64_t caused_due(const struct hm_paths *paths, const struct leg_state *root,
			   uint64_t over_ns)
{
	const struct leg_state *st;
	uint64_t due = 0, one;

	if (!root->messages)
		return 0;
	for (st = root->caused_list; st; st = st->cause_next) {
		if (st->messages || st->nat_head || st->established_ns)
			continue;
		one = leg_due(paths, st);
		if (over_ns && over_ns + settle_ns(paths) < one)
			one = over_ns + settle_ns(paths);
		due = later(due, one);
	}
	return due;
}

static uint64_t chain_due(const struct hm_paths *paths, const struct leg_state *root)
{
	uint64_t due = leg_due(paths, root), over_ns = 0, one;
	struct together t = take_together(root);
	const struct message *m, *c;

	if (t.rst_ns || (t.fin_client_ns && t.fin_server_ns))
		over_ns = due;
	for (m = root->messages; m && due != HM_NEVER; m = m->next)
		for (c = m->done ? NULL : m->child; c; c = c->sibling) {
			one = upstream_due(paths, c, over_ns);
			due = later(due, one);
		}
	one = due == HM_NEVER ? 0 : caused_due(paths, root, over_ns);
	return later(due, one);
}

static bool is_answered(const struct leg_state *head)
{
	for (const struct leg_state *st = head; st; st = st->nat_next)
		if (st->leg.has_synack)
			return true;
	return false;
}

uint64_t due_path(const struct hm_paths *paths, const struct leg_state *root)
{
	const struct leg_state *st;
	uint64_t due = 0, one;

	for (st = root; st; st = st->attempt_next) {
		one = chain_due(paths, st);
		if (is_answered(st)) { /* the others do not matter any more */
			due = one;
			break;
		}
		due = later(due, one);
	}
	if (due == HM_NEVER)
		return due;
	return (due + HM_DUE_TICK_NS - 1) / HM_DUE_TICK_NS * HM_DUE_TICK_NS;
}

/* Its sockets were looked at before its client closed, or its window did. */
static uint64_t once_more(const struct hm_paths *paths, const struct together *t)
{
	if (t->rst_ns || t->fin_server_ns)
		return HM_NEVER;
	if (t->shut_ns)
		return window_due(paths, t);
	return t->answer_ns || !t->fin_client_ns
		       ? HM_NEVER
		       : t->fin_client_ns + HM_DUE_READ_NS - HM_DUE_RST_NS;
}

static uint64_t question_due(const struct hm_paths *paths, const struct leg_state *head,
			     const struct together *t)
{
	const struct message *m;
	uint64_t due = HM_NEVER;

	if (head->ask_again)
		return once_more(paths, t);
	if (head->probe_asked || head->leg.probed)
		return HM_NEVER;
	if (head->pending)
		return t->first_ns + HM_DUE_CONNECT_NS;
	if (t->rst_ns)
		return over_unread(paths, head, t) ? t->rst_ns + HM_DUE_RST_NS : HM_NEVER;
	if (t->fin_client_ns && t->fin_server_ns)
		return over_unread(paths, head, t) ? closed_ns(t) + HM_DUE_RST_NS : HM_NEVER;
	if (t->has_syn && !t->established_ns)
		return handshake_due(paths, head, t) - HM_DUE_ASK_NS;
	for (m = head->messages; m; m = m->next)
		if (!m->done && !m->read_ns && !m->answer_ns && m->first_ns < due)
			due = m->first_ns;
	if (due != HM_NEVER)
		return due + HM_DUE_READ_NS;
	if (t->shut_ns)
		return window_due(paths, t);
	for (m = head->messages; m && !t->fin_client_ns; m = m->next)
		if (!m->done && !m->answer_ns && m->first_ns < due)
			due = m->first_ns;
	if (due != HM_NEVER) /* does the answer wait in the server's socket? */
		return due + later(HM_DUE_READ_NS, paths->scene->answer_ns) - HM_DUE_RST_NS;
	if (t->fin_client_ns && !t->answer_ns) /* is its client still there? */
		return t->fin_client_ns + HM_DUE_READ_NS - HM_DUE_RST_NS;
	if (t->has_syn && !t->read_ns && !t->answer_ns && t->established_ns)
		return t->established_ns + HM_DUE_READ_NS;
	return HM_NEVER;
}

uint64_t due_probe(const struct hm_paths *paths, const struct leg_state *head)
{
	struct together t = take_together(head);
	uint64_t due, stuck = HM_NEVER;

	if (head->nat_head || !asks_sockets(paths))
		return HM_NEVER;
	if (head->ask_stuck)
		stuck = t.last_ns + settle_ns(paths) - HM_DUE_ASK_NS;
	due = question_due(paths, head, &t);
	return stuck < due ? stuck : due;
}
