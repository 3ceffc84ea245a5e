// SPDX-License-Identifier: GPL-2.0-only
/*
 * One leg: facts, rows and notes out of its sightings. Called by path.c for every sighting.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "leg.h"

#define SAME_NOTES 4 /* of one kind at one hop in one direction; a flood must not hide the rest */

bool leg_from_client(const struct hm_leg *leg, const struct hm_sighting *s)
{
	return endpoint_equal(&s->src, &leg->client);
}

struct leg_state *leg_head(struct leg_state *leg)
{
	return leg->nat_head ? leg->nat_head : leg;
}

bool leg_owes_answer(const struct hm_leg *leg, const struct hm_scene *scene)
{
	return scene->answer_ns || leg->request_class == HM_CLASS_HTTP_REQUEST ||
	       leg->request_class == HM_CLASS_HTTP_PROXY || leg->request_class == HM_CLASS_TLS;
}

static struct hm_row *leg_row(struct hm_leg *leg, uint16_t hop)
{
	struct hm_row *row;

	for (uint32_t i = 0; i < leg->row_count; i++)
		if (leg->rows[i].hop == hop)
			return &leg->rows[i];
	if (leg->row_count == HM_LEG_ROWS) {
		leg->rows_lost++;
		return NULL;
	}
	row = &leg->rows[leg->row_count++];
	memset(row, 0, sizeof(*row));
	row->hop = hop;
	return row;
}

void leg_mark(struct hm_leg *leg, const struct hm_sighting *s, enum hm_step step)
{
	struct hm_row *row = leg_row(leg, s->hop);

	if (row)
		cell_mark(&row->cell[step], s->mono_ns);
}

/* Range of the TTLs of each side's packets at a hop: an injected RST stands out of it. */
static void leg_ttl(struct hm_leg *leg, const struct hm_sighting *s)
{
	struct hm_row *row = s->ttl ? leg_row(leg, s->hop) : NULL;
	int side = leg_from_client(leg, s) ? 0 : 1;

	if (!row)
		return;
	if (!row->ttl_min[side] || s->ttl < row->ttl_min[side])
		row->ttl_min[side] = s->ttl;
	if (s->ttl > row->ttl_max[side])
		row->ttl_max[side] = s->ttl;
}

static bool same_note(const struct hm_sighting *a, const struct hm_sighting *b)
{
	return a->what == b->what && a->hop == b->hop && endpoint_equal(&a->src, &b->src) &&
	       (a->what != HM_WHAT_DROP || !strcmp(a->drop.reason, b->drop.reason));
}

static int leg_note(struct hm_leg *leg, const struct hm_sighting *s)
{
	struct hm_sighting *grown;
	uint32_t same = 0;

	for (uint32_t i = 0; i < leg->note_count; i++) {
		if (!same_note(&leg->notes[i], s))
			continue;
		if (s->what == HM_WHAT_SOCKET || s->what == HM_WHAT_ROUTE) {
			leg->notes[i] = *s;
			return 0;
		}
		same++;
	}
	if (same >= SAME_NOTES || leg->note_count == HM_LEG_NOTES) {
		leg->notes_lost++;
		return 0;
	}
	/* Grown by four: most legs end with a FIN each way at two hops. */
	if (leg->note_count % 4 == 0) {
		grown = realloc(leg->notes, (leg->note_count + 4) * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		leg->notes = grown;
	}
	leg->notes[leg->note_count++] = *s;
	return 0;
}

static void take_syn(struct leg_state *st, const struct hm_scene *scene, struct hm_sighting *s)
{
	struct hm_leg *leg = &st->leg;

	(void)scene;
	leg_mark(leg, s, HM_STEP_SYN);
	if (!leg->has_syn) {
		leg->has_syn = leg->direction_known = true;
		leg->isn_client = s->seq;
	}
	if (s->mono_ns > st->syn_last_ns)
		st->syn_last_ns = s->mono_ns;
	if (!st->has_syn_hop) {
		st->has_syn_hop = true;
		st->syn_hop = s->hop;
		st->syn = s->syn;
	}
	if (st->syn_hop == s->hop) {
		if (leg->syn_count < HM_ARRAY_SIZE(leg->syn_ns))
			leg->syn_ns[leg->syn_count] = s->mono_ns;
		leg->syn_count++;
	}
}

static void take_synack(struct leg_state *st, const struct hm_scene *scene, struct hm_sighting *s)
{
	struct hm_leg *leg = &st->leg;

	(void)scene;
	leg_mark(leg, s, HM_STEP_SYNACK);
	if (!leg->has_synack) {
		leg->has_synack = true;
		leg->isn_server = s->seq;
	}
}

static void take_ack(struct leg_state *st, const struct hm_scene *scene, struct hm_sighting *s)
{
	if (scene->hops[s->hop].hook == HM_HOOK_SOCK_IN && !st->leg.ack_in_ns)
		st->leg.ack_in_ns = s->mono_ns;
	st->leg.has_ack = true;
	if (!st->established_ns)
		st->established_ns = s->mono_ns;
}

static void take_rst(struct leg_state *st, const struct hm_scene *scene, struct hm_sighting *s)
{
	(void)scene;
	if (!st->leg.rst_ns) {
		st->leg.rst_ns = s->mono_ns;
		st->rst_by_client = leg_from_client(&st->leg, s);
	}
}

static void take_fin(struct leg_state *st, const struct hm_scene *scene, struct hm_sighting *s)
{
	uint64_t *fin =
		leg_from_client(&st->leg, s) ? &st->leg.fin_client_ns : &st->leg.fin_server_ns;

	(void)scene;
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

static void take_data(struct leg_state *st, const struct hm_scene *scene, struct hm_sighting *s)
{
	struct hm_leg *leg = &st->leg;

	(void)scene;
	if (leg_from_client(leg, s)) {
		if (!leg->request_ns) {
			leg->request_ns = s->mono_ns;
			leg->request_class = s->data.class;
		}
		return;
	}
	if (is_interim(s->data.status))
		return;
	message_take_answer(st, s);
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

static void take_read(struct leg_state *st, const struct hm_scene *scene, struct hm_sighting *s)
{
	struct hm_leg *leg = &st->leg;

	(void)scene;
	if (!leg_from_client(leg, s))
		return; /* the client's own reading */
	if (s->pid) {
		leg->server_pid = s->pid;
		memcpy(leg->server_comm, s->comm, sizeof(leg->server_comm));
	}
	if (!leg->read_ns)
		leg->read_ns = s->mono_ns;
	if (s->marker.id == HM_NO_MARKER)
		return;
	leg_mark(leg, s, HM_STEP_MARKER);
	message_take_read(st, s);
	if (!leg->marker_read_ns)
		leg->marker_read_ns = s->mono_ns;
}

static void take_acked(struct leg_state *st, const struct hm_scene *scene, struct hm_sighting *s)
{
	(void)scene;
	message_take_acked(st, s);
}

static void take_connect(struct leg_state *st, const struct hm_scene *scene, struct hm_sighting *s)
{
	(void)scene;
	st->leg.direction_known = true;
	st->leg.client_pid = s->pid;
	memcpy(st->leg.client_comm, s->comm, sizeof(st->leg.client_comm));
}

/* The source always answers with a socket sighting, which is what makes a leg probed. */
static void take_socket(struct leg_state *st, const struct hm_scene *scene, struct hm_sighting *s)
{
	struct hm_leg *leg = &st->leg;
	struct message *m;

	(void)scene;
	leg->probed = true;
	leg_head(st)->leg.probed = true;
	leg_head(st)->probe_ns = s->mono_ns;
	if (endpoint_equal(&s->src, &leg->client))
		leg_head(st)->client_gone |= !s->socket.accepted;
	if (!endpoint_equal(&s->src, &leg->server))
		return;
	if (s->pid && !leg->server_pid) {
		leg->server_pid = s->pid;
		memcpy(leg->server_comm, s->comm, sizeof(leg->server_comm));
	}
	leg_head(st)->server_socket = s->socket.state != 0;
	leg_head(st)->unaccepted =
		!s->socket.accepted && (s->socket.state == HM_STATE_ESTABLISHED ||
					s->socket.state == HM_STATE_CLOSE_WAIT);
	for (m = leg_head(st)->messages; m && s->socket.state && s->socket.has_seq; m = m->next) {
		if (m->read_ns || (int32_t)(s->socket.copied_seq - m->end_seq) < 0)
			continue;
		m->read_ns = s->mono_ns;
		m->read_pid = leg->server_pid;
		if (!leg->marker_read_ns)
			leg->marker_read_ns = s->mono_ns;
	}
}

static void take_route(struct leg_state *st, const struct hm_scene *scene, struct hm_sighting *s)
{
	(void)scene;
	if (endpoint_equal(&s->dst, &st->leg.server))
		st->route_error = s->route.error;
}

/* A SYN that no hop saw, because a firewall took it before, is known from its drop. */
static void take_drop(struct leg_state *st, const struct hm_scene *scene, struct hm_sighting *s)
{
	(void)scene;
	if ((s->drop.flags & (HM_TCP_SYN | HM_TCP_ACK)) == HM_TCP_SYN && !st->leg.has_syn) {
		st->leg.has_syn = st->leg.direction_known = true;
		st->leg.isn_client = s->seq;
	}
	if (strcmp(s->drop.reason, "NOT_SPECIFIED"))
		st->drop_ns = s->mono_ns;
}

static void take_icmp(struct leg_state *st, const struct hm_scene *scene, struct hm_sighting *s)
{
	(void)scene;
	st->icmp_ns = s->mono_ns;
}

/* What the client has of the server's bytes: its SYN acknowledges nothing. */
static void leg_ack(struct hm_leg *leg, const struct hm_sighting *s)
{
	if (s->what == HM_WHAT_SYN || !leg_from_client(leg, s))
		return;
	if (leg->has_client_ack && (int32_t)(s->ack - leg->client_ack) <= 0)
		return;
	leg->client_ack = s->ack;
	leg->has_client_ack = true;
}

/* What each kind does to a leg, and whether it is kept as a note. */
static const struct {
	void (*take)(struct leg_state *st, const struct hm_scene *scene, struct hm_sighting *s);
	bool packet; /* a packet of the leg, with a TTL of its own */
	bool note;
} kinds[HM_WHAT_COUNT] = {
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
	[HM_WHAT_RETRANS] = {NULL, false, true},
	[HM_WHAT_READ] = {take_read, false, true},
	[HM_WHAT_CONNECT] = {take_connect, false, true},
	[HM_WHAT_SOCKET] = {take_socket, false, true},
	[HM_WHAT_ROUTE] = {take_route, false, true},
};

/* A SYN that met a full queue is notable; a plain one is only a cell. */
static bool is_notable(const struct hm_sighting *s)
{
	if (s->what == HM_WHAT_SYN)
		return s->syn.has_listener && s->syn.backlog > s->syn.backlog_max;
	return kinds[s->what].note;
}

static void leg_owner(struct hm_leg *leg, const struct hm_scene *scene, const struct hm_sighting *s)
{
	if (!s->pid || scene->hops[s->hop].hook != HM_HOOK_SOCK_OUT)
		return;
	if (!leg_from_client(leg, s)) {
		if (!leg->server_pid) {
			leg->server_pid = s->pid;
			memcpy(leg->server_comm, s->comm, sizeof(leg->server_comm));
		}
	} else if (!leg->client_pid) {
		leg->client_pid = s->pid;
		memcpy(leg->client_comm, s->comm, sizeof(leg->client_comm));
	}
}

int leg_take(struct leg_state *st, const struct hm_scene *scene, struct hm_sighting *s)
{
	struct hm_leg *leg = &st->leg;
	uint8_t hook = scene->hops[s->hop].hook;

	if (s->what == HM_WHAT_MARKER && !leg->direction_known && !leg->marker_ns &&
	    !leg_from_client(leg, s)) {
		leg->server =
			leg->client; /* who sends the first marker asks, until better is known */
		leg->client = s->src;
	}
	if (s->what == HM_WHAT_MARKER && !leg_from_client(leg, s))
		s->what = HM_WHAT_ECHO;
	s->leg = leg->id;
	if (s->mono_ns > leg->last_ns && hook != HM_HOOK_PROBE)
		leg->last_ns = s->mono_ns;
	if (hook <= HM_HOOK_TC_OUT)
		leg->crossed_named = true;
	if (s->in_tree && (s->what == HM_WHAT_CONNECT || leg_from_client(leg, s)))
		leg->in_tree |= s->what != HM_WHAT_READ;
	leg_owner(leg, scene, s);
	if (kinds[s->what].packet) {
		leg_ttl(leg, s);
		leg_ack(leg, s);
	}
	if (s->what == HM_WHAT_MARKER && message_take_marker(st, s))
		return -ENOMEM;
	if (kinds[s->what].take)
		kinds[s->what].take(st, scene, s);
	if (!st->established_ns && (leg->request_ns || leg->marker_ns))
		st->established_ns = s->mono_ns;
	return is_notable(s) ? leg_note(leg, s) : 0;
}

void leg_free(struct leg_state *leg)
{
	while (leg->messages)
		message_free(leg->messages);
	free(leg->leg.notes);
	free(leg);
}
