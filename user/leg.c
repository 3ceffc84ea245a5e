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
	if (leg->request_class == HM_CLASS_HTTP_REQUEST ||
	    leg->request_class == HM_CLASS_HTTP_PROXY)
		return true;
	if (leg->request_class == HM_CLASS_TLS && leg->has_syn && leg->tls.hello_ns)
		return true; /* after the handshake, either side may push what nobody answers */
	return scene->answer_ns && (leg->direction_known || leg->marker_ns);
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

	if (!row)
		return;
	cell_mark(&row->cell[step], s->mono_ns);
	if (step <= HM_STEP_SYNACK && !row->options[step].seen)
		row->options[step] = (struct hm_options){.mss = s->syn.mss,
							 .wscale = s->syn.wscale,
							 .dscp = s->syn.dscp,
							 .seen = true,
							 .sack = s->syn.sack,
							 .timestamps = s->syn.timestamps};
}

/* Whoever makes it for another repeats it, too. */
static bool repeats_handshake(const struct hm_row *row, const struct hm_sighting *s)
{
	return (s->what == HM_WHAT_SYN && row->cell[HM_STEP_SYN].count) ||
	       (s->what == HM_WHAT_SYNACK && row->cell[HM_STEP_SYNACK].count);
}

/*
 * Range of the TTLs of each side's packets at a hop: an injected RST stands out of it. One packet
 * may have several sightings, as data with a marker in it has: they have its time in common.
 */
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
	if (row->ttl_count[side] < UINT8_MAX && !repeats_handshake(row, s) &&
	    s->mono_ns != leg->ttl_ns)
		row->ttl_count[side]++;
	leg->ttl_ns = s->mono_ns;
}

static bool same_note(const struct hm_sighting *a, const struct hm_sighting *b)
{
	return a->what == b->what && a->hop == b->hop && endpoint_equal(&a->src, &b->src) &&
	       (a->what != HM_WHAT_DROP || !strcmp(a->drop.reason, b->drop.reason)) &&
	       (a->what != HM_WHAT_ICMP ||
		(a->icmp.type == b->icmp.type && a->icmp.code == b->icmp.code));
}

static bool same_bytes(const struct hm_sighting *a, const struct hm_sighting *b)
{
	return same_note(a, b) && (a->what == HM_WHAT_DROP ? drop_repeats(a, b) : a->seq == b->seq);
}

/* The next drop of the same bytes after that note, s being the last; or NULL. */
static struct hm_sighting *next_same(const struct hm_leg *leg, uint32_t i, struct hm_sighting *s)
{
	for (uint32_t k = i + 1; k < leg->note_count; k++)
		if (same_bytes(&leg->notes[k], &leg->notes[i]))
			return &leg->notes[k];
	return same_bytes(s, &leg->notes[i]) ? s : NULL;
}

static bool has_earlier(const struct hm_leg *leg, uint32_t i)
{
	for (uint32_t k = 0; k < i; k++)
		if (same_bytes(&leg->notes[k], &leg->notes[i]))
			return true;
	return false;
}

/*
 * Which note of that kind makes room for one more drop: the newest between others of the same
 * bytes, the oldest of which there is no other, or the oldest.
 */
static uint32_t drop_to_go(const struct hm_leg *leg, struct hm_sighting *s)
{
	uint32_t alone = leg->note_count, oldest = leg->note_count;

	for (uint32_t i = leg->note_count; i-- > 0;) {
		bool earlier, later;

		if (!same_note(&leg->notes[i], s))
			continue;
		earlier = has_earlier(leg, i);
		later = next_same(leg, i, s) != NULL;
		if (earlier && later)
			return i;
		if (!earlier && !later)
			alone = i;
		oldest = i;
	}
	return alone < leg->note_count ? alone : oldest;
}

/* What goes is counted by the next of the same bytes, if there is one. */
static void count_in_next(struct hm_leg *leg, uint32_t i, struct hm_sighting *s)
{
	const struct hm_sighting *gone = &leg->notes[i];
	struct hm_sighting *next = next_same(leg, i, s);

	if (!next) {
		leg->drops_lost += gone->drop.also + 1;
		return;
	}
	next->drop.also += gone->drop.also + 1;
	next->drop.first_ns = gone->drop.first_ns ? gone->drop.first_ns : gone->mono_ns;
}

/* What is told of by ICMP again and again is told from what was once: one of other bytes goes. */
static uint32_t other_to_go(const struct hm_leg *leg, const struct hm_sighting *s, uint32_t last)
{
	uint32_t gone = 0;

	while (gone < last && (!same_note(&leg->notes[gone], s) ||
			       same_bytes(&leg->notes[gone], s)))
		gone++;
	return gone;
}

/* There is room for no more of that kind, of which last is the newest. */
static void note_instead(struct hm_leg *leg, struct hm_sighting s, uint32_t last)
{
	bool drop = s.what == HM_WHAT_DROP;
	uint32_t gone = drop ? drop_to_go(leg, &s) : other_to_go(leg, &s, last);

	if (drop)
		count_in_next(leg, gone, &s);
	memmove(&leg->notes[gone], &leg->notes[gone + 1], (last - gone) * sizeof(*leg->notes));
	leg->notes[last] = s;
}

static int leg_note(struct hm_leg *leg, const struct hm_sighting *s)
{
	struct hm_sighting *grown;
	uint32_t same = 0, last = 0;

	for (uint32_t i = 0; i < leg->note_count; i++) {
		if (!same_note(&leg->notes[i], s))
			continue;
		last = i;
		if (s->what == HM_WHAT_SOCKET || s->what == HM_WHAT_ROUTE ||
		    s->what == HM_WHAT_PORTS) {
			leg->notes[i] = *s;
			return 0;
		}
		same++;
	}
	if (same >= SAME_NOTES || leg->note_count == HM_LEG_NOTES) {
		/* did one come through? */
		if (same && (s->what == HM_WHAT_DROP || s->what == HM_WHAT_SYN ||
			     s->what == HM_WHAT_ICMP))
			note_instead(leg, *s, last);
		else
			leg->drops_lost += s->what == HM_WHAT_DROP;
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

/* A SYN that met a full queue is notable; a plain one is only a cell. */
static bool is_notable(const struct hm_sighting *s)
{
	if (s->what == HM_WHAT_SYN)
		return (s->syn.has_listener && s->syn.backlog > s->syn.backlog_max) ||
		       syn_finds_no_room(s);
	return leg_kinds[s->what].note;
}

void leg_server_is(struct hm_leg *leg, const struct hm_sighting *s)
{
	leg->server_pid = s->pid;
	memcpy(leg->server_comm, s->comm, sizeof(leg->server_comm));
}

void leg_client_is(struct hm_leg *leg, const struct hm_sighting *s)
{
	leg->client_pid = s->pid;
	memcpy(leg->client_comm, s->comm, sizeof(leg->client_comm));
}

/* Whose socket sent it. */
static void leg_owner(struct hm_leg *leg, const struct hm_sighting *s)
{
	bool from_client = leg_from_client(leg, s);

	if (from_client && !leg->client_pid)
		leg_client_is(leg, s);
	else if (!from_client && !leg->server_pid)
		leg_server_is(leg, s);
}

/*
 * What it does for the handshake. In a simultaneous open (RFC 9293, 3.5) the server's SYN is its
 * half of it, and what the client makes of that, a SYN-ACK, the end.
 */
static uint8_t leg_part(const struct hm_leg *leg, const struct hm_sighting *s)
{
	bool from_client = leg_from_client(leg, s);

	if (!leg->has_syn)
		return s->what;
	if (s->what == HM_WHAT_SYN && !from_client)
		return HM_WHAT_SYNACK;
	return s->what == HM_WHAT_SYNACK && from_client ? HM_WHAT_ACK : s->what;
}

int leg_take(struct leg_state *st, const struct hm_scene *scene, struct hm_sighting *s)
{
	struct hm_leg *leg = &st->leg;
	uint8_t hook = scene->hops[s->hop].hook;
	const struct leg_kind *kind;

	if (s->what == HM_WHAT_MARKER && !leg->direction_known && !leg->marker_ns &&
	    !leg_from_client(leg, s)) {
		leg->server =
			leg->client; /* who sends the first marker asks, until better is known */
		leg->client = s->src;
	}
	if (s->what == HM_WHAT_MARKER && !leg_from_client(leg, s))
		s->what = HM_WHAT_ECHO;
	s->leg = leg->id;
	/*
	 * A transfer of which nothing is searched goes on unheard, with --depth as without; so do
	 * probes.
	 */
	if (s->mono_ns > leg->last_ns && hook != HM_HOOK_PROBE && s->what != HM_WHAT_UNSEARCHED &&
	    s->what != HM_WHAT_WINDOW)
		leg->last_ns = s->mono_ns;
	if (hook <= HM_HOOK_TC_OUT)
		leg->crossed_named = true;
	if (s->in_tree && (s->what == HM_WHAT_CONNECT || leg_from_client(leg, s)))
		leg->in_tree |= s->what != HM_WHAT_READ;
	if (s->pid && hook == HM_HOOK_SOCK_OUT)
		leg_owner(leg, s);
	if (s->what == HM_WHAT_ACK && hook == HM_HOOK_SOCK_IN && !leg->ack_in_ns)
		leg->ack_in_ns = s->mono_ns;
	if (leg_kinds[s->what].packet) {
		leg_ttl(leg, s);
		leg_ack(leg, s);
		numbers_take(st, s);
	}
	if (s->what == HM_WHAT_MARKER && message_take_marker(st, s))
		return -ENOMEM;
	kind = &leg_kinds[leg_part(leg, s)];
	if (kind->take)
		kind->take(st, s);
	if (!st->established_ns && (leg->request_ns || leg->marker_ns))
		st->established_ns = s->mono_ns;
	return is_notable(s) ? leg_note(leg, s) : 0;
}

void leg_free(struct leg_state *leg)
{
	while (leg->messages)
		message_free(leg->messages);
	free(leg->leg.notes);
	free(leg->leg.greeting);
	free(leg);
}
