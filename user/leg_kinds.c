// SPDX-License-Identifier: GPL-2.0-only
/*
 * What each kind of sighting does to its leg: one row and one function each. Called by leg.c.
 */
#include <stdlib.h>
#include <string.h>

#include "leg.h"

static void count_syn(struct leg_state *st, const struct hm_sighting *s, bool counts)
{
	struct hm_leg *leg = &st->leg;

	if (!leg->has_syn) {
		leg->has_syn = leg->direction_known = true;
		leg->isn_client = s->seq;
	}
	if (s->mono_ns > st->syn_last_ns)
		st->syn_last_ns = s->mono_ns;
	if (!counts)
		return;
	if (leg->syn_count < HM_ARRAY_SIZE(leg->syn_ns))
		leg->syn_ns[leg->syn_count] = s->mono_ns;
	leg->syn_count++;
}

static void take_syn(struct leg_state *st, const struct hm_sighting *s)
{
	struct hm_leg *leg = &st->leg;

	leg_mark(leg, s, HM_STEP_SYN);
	leg->outside |= s->syn.outside;
	if (!st->has_syn_hop) {
		st->has_syn_hop = true;
		st->syn_hop = s->hop;
		st->syn = s->syn;
		st->syn_ip_id = s->ip_id;
	}
	count_syn(st, s, st->syn_hop == s->hop);
}

static void take_synack(struct leg_state *st, const struct hm_sighting *s)
{
	struct hm_leg *leg = &st->leg;

	leg_mark(leg, s, HM_STEP_SYNACK);
	if (!leg->has_synack) {
		leg->has_synack = true;
		leg->isn_server = s->seq;
	}
	leg->synack_strange |= leg->has_syn && endpoint_equal(&s->src, &leg->server) &&
			       s->ack != leg->isn_client + 1;
}

static void take_ack(struct leg_state *st, const struct hm_sighting *s)
{
	st->leg.has_ack = true;
	if (!st->established_ns)
		st->established_ns = s->mono_ns;
}

/*
 * A client whose kernel had completed the handshake and held its ACK back: HAProxy's health checks
 * do, with TCP_QUICKACK off, and end with a RST or a FIN. A RST of nobody's socket acknowledges
 * nothing (RFC 9293, 3.10.7.1).
 */
static bool is_last_ack(const struct hm_leg *leg, const struct hm_sighting *s)
{
	return leg->has_synack && leg_from_client(leg, s) && (s->tcp_flags & HM_TCP_ACK) &&
	       s->ack == leg->isn_server + 1;
}

static void take_rst(struct leg_state *st, const struct hm_sighting *s)
{
	if (is_last_ack(&st->leg, s))
		take_ack(st, s);
	if (!st->leg.rst_ns) {
		st->leg.rst_ns = s->mono_ns;
		st->rst_by_client = leg_from_client(&st->leg, s);
	}
}

static void take_fin(struct leg_state *st, const struct hm_sighting *s)
{
	uint64_t *fin =
		leg_from_client(&st->leg, s) ? &st->leg.fin_client_ns : &st->leg.fin_server_ns;

	if (is_last_ack(&st->leg, s))
		take_ack(st, s);
	if (*fin)
		return;
	*fin = s->mono_ns;
	if (fin == &st->leg.fin_client_ns && leg_head(st)->probe_asked)
		leg_head(st)->ask_again = true;
}

/* 1xx says that the answer is still to come (RFC 9110, 15.2); 101 is an answer. */
static bool is_interim(uint16_t status)
{
	return status >= 100 && status < 200 && status != 101;
}

/* RFC 8446, 6.1: close_notify and user_canceled close, at whatever level a peer sends them. */
static bool alert_closes(uint8_t alert)
{
	return alert == 0 || alert == 90;
}

/* RFC 8446, 5.1 and 6: record 22 is the handshake's, level 2 is fatal. */
static void take_tls(struct hm_leg *leg, const struct hm_sighting *s)
{
	bool forth = leg_from_client(leg, s);

	if (s->data.tls_type == 22 && forth && !leg->tls.hello_ns) {
		leg->tls.hello_ns = s->mono_ns;
		leg->tls.hello_hop = s->hop;
		leg->tls.hello_first = leg->has_syn && !leg->request_ns && !leg->answer_ns;
	}
	if (s->data.alert_level != 2 || alert_closes(s->data.alert) || leg->tls.alert_ns)
		return;
	leg->tls.alert_ns = s->mono_ns;
	leg->tls.alert = s->data.alert;
	leg->tls.alert_hop = s->hop;
	leg->tls.alert_from_server = !forth;
	leg->tls.alert_first = leg->has_syn && !leg->answer_ns;
}

/* One hop may have in one piece what another sees in two. */
static bool greeting_adds(const struct hm_greeting *now, const struct hm_sight_hello *next)
{
	if (!now)
		return next->state != HM_HELLO_NONE;
	return now->said.state == HM_HELLO_UNSEEN &&
	       (next->state == HM_HELLO_NAMED || next->state == HM_HELLO_NAMELESS);
}

/* Where memory is short it is not told: no verdict rests on it. */
static void take_hello(struct leg_state *st, const struct hm_sighting *s)
{
	struct hm_leg *leg = &st->leg;

	if (!greeting_adds(leg->greeting, &s->hello))
		return;
	if (!leg->greeting)
		leg->greeting = malloc(sizeof(*leg->greeting));
	if (leg->greeting)
		*leg->greeting = (struct hm_greeting){
			.said = s->hello, .src = s->src, .ns = s->mono_ns, .hop = s->hop};
}

static void take_data(struct leg_state *st, const struct hm_sighting *s)
{
	struct hm_leg *leg = &st->leg;

	take_tls(leg, s);
	if (leg_from_client(leg, s)) {
		if (!st->turn_ns || st->turn_seq != s->seq) {
			st->turn_ns = s->mono_ns;
			st->turn_seq = s->seq;
			leg->continues = false;
		}
		message_take_next(st, s);
		if (s->data.class == HM_CLASS_HTTP_REQUEST || s->data.class == HM_CLASS_HTTP_PROXY)
			message_take_request(st, s);
		if (!leg->request_ns) {
			leg->request_ns = s->mono_ns;
			leg->request_class = s->data.class;
			leg->request_len = s->len;
			leg->request_hop = s->hop;
		}
		return;
	}
	leg->continues = s->data.status == 100 && (int32_t)(st->turn_seq - s->ack) < 0;
	if (is_interim(s->data.status))
		return;
	message_take_answer(st, s);
	leg_head(st)->waits_answer = false;
	if (leg->marker_ns && (int32_t)(s->ack - leg->marker_end_seq) < 0)
		return; /* a greeting, or the answer to what came before the marker */
	leg_mark(leg, s, HM_STEP_ANSWER);
	if (!leg->answer_ns) {
		leg->answer_ns = s->mono_ns;
		leg->answer_seq = s->seq;
		leg->answer_class = s->data.class;
	}
	if (!leg->status)
		leg->status = s->data.status;
}

static void take_read(struct leg_state *st, const struct hm_sighting *s)
{
	struct hm_leg *leg = &st->leg;

	if (!leg_from_client(leg, s))
		return; /* the client's own reading */
	if (s->pid)
		leg_server_is(leg, s);
	if (!leg->read_ns)
		leg->read_ns = s->mono_ns;
	if (s->marker.id == HM_NO_MARKER)
		return;
	leg_mark(leg, s, HM_STEP_MARKER);
	message_take_read(st, s);
	if (!leg->marker_read_ns)
		leg->marker_read_ns = s->mono_ns;
}

static void take_acked(struct leg_state *st, const struct hm_sighting *s)
{
	message_take_acked(st, s);
}

static void take_connect(struct leg_state *st, const struct hm_sighting *s)
{
	st->leg.direction_known = true;
	leg_client_is(&st->leg, s);
}

static void take_no_port(struct leg_state *st, const struct hm_sighting *s)
{
	st->leg.no_port = true;
	st->leg.no_port_hop = s->hop;
}

/* The source always answers with a socket sighting, which is what makes a leg probed. */
static void take_socket(struct leg_state *st, const struct hm_sighting *s)
{
	struct hm_leg *leg = &st->leg;
	struct message *m;

	leg->probed = true;
	leg_head(st)->leg.probed = true;
	leg_head(st)->probe_ns = s->mono_ns;
	if (endpoint_equal(&s->src, &leg->client)) {
		leg_head(st)->client_gone |= !s->socket.accepted;
		leg_head(st)->client_waits |= s->socket.unsent != 0;
	}
	if (!endpoint_equal(&s->src, &leg->server))
		return;
	if (s->pid && !leg->server_pid)
		leg_server_is(leg, s);
	leg_head(st)->server_socket = s->socket.state != 0;
	leg_head(st)->unaccepted =
		!s->socket.accepted && (s->socket.state == HM_STATE_ESTABLISHED ||
					s->socket.state == HM_STATE_CLOSE_WAIT);
	if (s->socket.state && s->socket.has_seq)
		numbers_received(st, s->socket.copied_seq + s->socket.unread, s->mono_ns);
	for (m = leg_head(st)->messages; m && s->socket.state && s->socket.has_seq; m = m->next) {
		if (m->read_ns || (int32_t)(s->socket.copied_seq - m->end_seq) < 0)
			continue;
		m->read_ns = s->mono_ns;
		m->read_pid = leg->server_pid;
		if (!leg->marker_read_ns)
			leg->marker_read_ns = s->mono_ns;
	}
}

static void take_route(struct leg_state *st, const struct hm_sighting *s)
{
	if (endpoint_equal(&s->dst, &st->leg.server))
		st->route_error = s->route.error;
}

/*
 * SYNs that no hop saw, because a firewall or a CPU's full backlog took them before, are known from
 * their drops.
 */
static void take_drop(struct leg_state *st, const struct hm_sighting *s)
{
	if ((s->drop.flags & (HM_TCP_SYN | HM_TCP_ACK)) == HM_TCP_SYN && !st->has_syn_hop &&
	    (!drop_is_chance(s) || !st->leg.has_syn || !strcmp(s->drop.reason, "CPU_BACKLOG")))
		count_syn(st, s, true);
	if (strcmp(s->drop.reason, "NOT_SPECIFIED"))
		st->drop_ns = s->mono_ns;
	if (st->drop_ns == s->mono_ns && !drop_may_pass(s))
		st->rule_drop_ns = s->mono_ns;
}

static void take_icmp(struct leg_state *st, const struct hm_sighting *s)
{
	st->icmp_ns = s->mono_ns;
}

/* The client's bytes, or of a side that may be the client: a marker may have been in them. */
static void take_unsearched(struct leg_state *st, const struct hm_sighting *s)
{
	struct hm_leg *leg = &st->leg;

	if (leg_from_client(leg, s) || !leg->direction_known)
		leg->unsearched_ns = s->mono_ns;
}

/*
 * Closed, closed still, or open. Its reader may leave what it is sent by the server where it lies.
 */
static void take_window(struct leg_state *st, const struct hm_sighting *s)
{
	struct hm_leg *leg = &st->leg;

	if (leg_from_client(leg, s))
		return;
	leg->window.told_ns = s->mono_ns;
	if (s->window) {
		leg->window.shut_ns = leg->window.shut_times = 0;
		return;
	}
	leg->window.shut_times++;
	if (leg->window.shut_ns)
		return;
	leg->window.shut_ns = s->mono_ns;
	leg->window.shut_hop = s->hop;
	leg_head(st)->client_waits = false;
	leg_head(st)->ask_again |= leg_head(st)->probe_asked;
}

/* From HM_AGAIN times on it is asked whether it still waits: a later one may have come through. */
static void take_retrans(struct leg_state *st, const struct hm_sighting *s)
{
	struct hm_again *a = &st->leg.again[leg_from_client(&st->leg, s) ? 0 : 1];

	if (!s->retrans.head || !s->len)
		return;
	if (a->seq != s->seq || a->len != s->len || !a->count)
		*a = (struct hm_again){.seq = s->seq, .len = s->len, .first_ns = s->mono_ns};
	a->count++;
	a->acked = s->retrans.acked;
	a->sacked = s->retrans.sacked;
	a->beside = s->retrans.beside;
	a->gaps = s->retrans.gaps;
	a->last_ns = s->mono_ns;
	leg_head(st)->ask_stuck |= a->count >= HM_AGAIN;
}

const struct leg_kind leg_kinds[HM_WHAT_COUNT] = {
	[HM_WHAT_SYN] = {take_syn, true, false},
	[HM_WHAT_SYNACK] = {take_synack, true, false},
	[HM_WHAT_ACK] = {take_ack, true, false},
	[HM_WHAT_RST] = {take_rst, false, true},
	[HM_WHAT_FIN] = {take_fin, true, true},
	[HM_WHAT_DATA] = {take_data, true, false},
	[HM_WHAT_MARKER] = {NULL, true, true},
	[HM_WHAT_ECHO] = {NULL, true, true},
	[HM_WHAT_ACKED] = {take_acked, true, true},
	[HM_WHAT_ICMP] = {take_icmp, false, true},
	[HM_WHAT_DROP] = {take_drop, false, true},
	[HM_WHAT_RESET] = {NULL, false, true},
	[HM_WHAT_RETRANS] = {take_retrans, false, true},
	[HM_WHAT_READ] = {take_read, false, true},
	[HM_WHAT_CONNECT] = {take_connect, false, true},
	[HM_WHAT_NO_PORT] = {take_no_port, false, true},
	[HM_WHAT_PORTS] = {NULL, false, true},
	[HM_WHAT_SOCKET] = {take_socket, false, true},
	[HM_WHAT_ROUTE] = {take_route, false, true},
	[HM_WHAT_UNSEARCHED] = {take_unsearched, true, false},
	[HM_WHAT_HELLO] = {take_hello, true, false},
	[HM_WHAT_WINDOW] = {take_window, true, false},
};
