// SPDX-License-Identifier: GPL-2.0-only
/* The rows of a leg's ends: the fault, and what was called. Called by text_table.c. */
#include <string.h>

#include "safe.h"
#include "text_rows.h"
#include "text_wrap.h"

char *text_process(char *out, size_t out_len, const char comm[HM_COMM_LEN], uint32_t pid)
{
	char name[HM_COMM_LEN * 4 + 1];

	safe_bytes(name, sizeof(name), comm, strnlen(comm, HM_COMM_LEN));
	if (name[0] && pid)
		snprintf(out, out_len, "%s[%u]", name, pid);
	else if (pid)
		snprintf(out, out_len, "pid %u", pid);
	else
		snprintf(out, out_len, "%s", name);
	return out;
}

/* The last note of that kind that src sent (NULL: whoever), or NULL. */
static const struct hm_sighting *last_note(const struct hm_leg *leg, enum hm_what what,
					   const struct hm_endpoint *src)
{
	for (uint32_t i = leg->note_count; i-- > 0;) {
		const struct hm_sighting *s = &leg->notes[i];

		if (s->what == what && (!src || endpoint_equal(&s->src, src)))
			return s;
	}
	return NULL;
}

bool text_server_is_here(const struct hm_scene *scene, const struct hm_leg_verdict *leg)
{
	if (leg->leg->server_pid || leg->leg->server_comm[0])
		return true;
	if (leg->confidence == HM_PROVEN &&
	    (leg->code == HM_REFUSED || leg->code == HM_WRONG_ADDRESS))
		return true;
	/* its place is watched: it is not there */
	if (leg->code == HM_SYN_LOST || leg->code == HM_NOT_ARRIVED)
		return true;
	for (uint32_t i = 0; i < leg->row_count; i++) {
		if (scene->hops[leg->rows[i].hop].hook == HM_HOOK_SOCK_IN &&
		    leg->rows[i].cell[HM_STEP_SYN].state == HM_CELL_SEEN)
			return true;
	}
	return false;
}

/* "RST" where the server's end answered with one, else "". */
static const char *reset_at(const struct hm_leg_verdict *leg, enum hm_step step)
{
	const struct hm_leg *l = leg->leg;
	enum hm_step instead = l->has_synack ? HM_STEP_ANSWER : HM_STEP_SYNACK;

	if (leg->code == HM_REJECTED_BY_FIREWALL || leg->code == HM_RESET_INJECTED)
		return ""; /* it only claimed to come from there */
	return step == instead && last_note(l, HM_WHAT_RST, &l->server) ? "RST" : "";
}

static bool was_accepted(const struct hm_leg *l)
{
	const struct hm_sighting *probe = last_note(l, HM_WHAT_SOCKET, &l->server);

	return l->marker_read_ns || last_note(l, HM_WHAT_READ, NULL) ||
	       (probe && probe->socket.accepted);
}

static void set_cell(struct text_row *l, enum hm_step step, const char *text)
{
	if (text[0])
		snprintf(l->cell[step], TEXT_CELL, "%s", text);
}

static void dashes(struct text_row *l, const char *text)
{
	for (int i = 0; i < HM_STEP_COUNT; i++)
		snprintf(l->cell[i], TEXT_CELL, "%s", text);
}

uint64_t text_read_ns(const struct hm_scene *scene, const struct hm_leg_verdict *leg)
{
	for (uint32_t i = 0; i < leg->row_count; i++) {
		const struct hm_cell *cell = &leg->rows[i].cell[HM_STEP_MARKER];

		if (scene->hops[leg->rows[i].hop].hook == HM_HOOK_APP &&
		    cell->state == HM_CELL_SEEN)
			return cell->first_ns;
	}
	return 0;
}

static void read_cell(const struct text_table *t, const struct hm_leg_verdict *leg,
		      struct text_row *l)
{
	const struct hm_cell read = {.first_ns = text_read_ns(t->scene, leg)};

	if (read.first_ns)
		text_time_cell(l->cell[HM_STEP_MARKER], &read, t->verdict->path->first_ns,
			       TEXT_CELL);
	else if (leg->leg->marker_read_ns)
		set_cell(l, HM_STEP_MARKER, "read"); /* a look at the socket told, not when */
	else if (leg->code == HM_NOT_READ)
		set_cell(l, HM_STEP_MARKER, "UNREAD");
}

/* One of the listener's queues. */
static bool is_full(const struct hm_leg_verdict *leg)
{
	return leg->code == HM_ACCEPT_QUEUE_FULL || leg->code == HM_SYN_QUEUE_FULL;
}

static const char *accept_word(const struct hm_leg_verdict *leg)
{
	if (is_full(leg))
		return "FULL";
	if (was_accepted(leg->leg))
		return "accepted";
	return leg->code == HM_NOT_ACCEPTED ? "WAITING" : "";
}

/* The status is told at the leg that made it, not at those that only passed it on. */
static const char *answer_word(const struct text_table *t, const struct hm_leg_verdict *leg,
			       char room[TEXT_CELL])
{
	const struct hm_verdict *v = t->verdict;
	bool last = v->path->attempts || leg == &v->legs[v->leg_count - 1];

	room[0] = '\0';
	if (leg->leg->status && (last || leg[1].leg->status != leg->leg->status))
		snprintf(room, TEXT_CELL, "%u", leg->leg->status);
	else if (leg->code == HM_NO_ANSWER)
		snprintf(room, TEXT_CELL, "NONE");
	return room;
}

/* "java[2210] listener", or what stands for a process nobody could name. */
static void server_label(const struct hm_leg_verdict *leg, char *out, size_t out_len)
{
	const struct hm_leg *l = leg->leg;
	bool full = is_full(leg);

	text_process(out, out_len, l->server_comm, l->server_pid);
	if (!out[0] && leg->at.role == HM_ROLE_SERVER)
		text_process(out, out_len, leg->at.comm, leg->at.pid);
	if (out[0])
		text_add(out, out_len, "%s", full ? " listener" : "");
	else if (leg->code == HM_REFUSED || leg->code == HM_WRONG_ADDRESS)
		text_add(out, out_len, "no listener");
	else
		text_add(out, out_len, "%s", full ? "listener" : "server");
}

/* What the process called did with it. */
static void server_row(const struct text_table *t, const struct hm_leg_verdict *leg)
{
	struct text_row l = {.label = "  "};
	char room[TEXT_CELL];

	server_label(leg, l.label + 2, sizeof(l.label) - 2);
	dashes(&l, "-");
	set_cell(&l, HM_STEP_SYNACK, accept_word(leg));
	set_cell(&l, HM_STEP_SYNACK, reset_at(leg, HM_STEP_SYNACK));
	read_cell(t, leg, &l);
	set_cell(&l, HM_STEP_ANSWER, answer_word(t, leg, room));
	set_cell(&l, HM_STEP_ANSWER, reset_at(leg, HM_STEP_ANSWER));
	text_print_row(t, &l);
}

/* What can be told from here of a server on another host. */
static void far_row(const struct text_table *t, const struct hm_leg_verdict *leg)
{
	struct text_row l = {.label = "  "};
	char addr[HM_ADDR_LEN], room[TEXT_CELL];

	text_add(l.label, sizeof(l.label), "%s",
		 safe_addr(addr, leg->leg->server.addr, leg->leg->server.scope));
	dashes(&l, "?");
	if (leg->leg->marker_acked_ns)
		set_cell(&l, HM_STEP_MARKER, "acked");
	set_cell(&l, HM_STEP_SYNACK, reset_at(leg, HM_STEP_SYNACK));
	set_cell(&l, HM_STEP_ANSWER, answer_word(t, leg, room));
	set_cell(&l, HM_STEP_ANSWER, reset_at(leg, HM_STEP_ANSWER));
	text_print_row(t, &l);
}

/* The column of a packet that was dropped. TCP flags: SYN 2, ACK 16. */
static enum hm_step step_of(const struct hm_leg *leg, const struct hm_sighting *drop)
{
	uint8_t flags = drop->drop.flags ? drop->drop.flags : drop->tcp_flags;

	if (flags & 2)
		return flags & 16 ? HM_STEP_SYNACK : HM_STEP_SYN;
	return endpoint_equal(&drop->src, &leg->server) ? HM_STEP_ANSWER : HM_STEP_MARKER;
}

/* The codes of which the drop is the fault. */
static const bool is_drop[HM_CODE_COUNT] = {
	[HM_DROPPED_BY_FIREWALL] = true, [HM_CONNTRACK_FULL] = true,
	[HM_DROPPED_BY_ROUTING] = true, [HM_DROPPED_BY_BPF] = true,
	[HM_STALE_CONNECTION] = true,	 [HM_BAD_CHECKSUM] = true,
	[HM_DROPPED_BY_QUEUE] = true,	 [HM_DROPPED_OTHER] = true,
	[HM_NEIGHBOUR_FAILED] = true,	 [HM_NO_ROUTE] = true,
};

static bool tells_drop(const struct hm_leg_verdict *leg, const struct hm_sighting *drop)
{
	bool too_long =
		drop && leg->code == HM_MTU_BLACK_HOLE && !strcmp(drop->drop.reason, "PKT_TOO_BIG");

	return drop && (is_drop[leg->code] || too_long);
}

/* The fault itself, where it has no row of its own yet. */
static void fault_row(const struct text_table *t, const struct hm_leg_verdict *leg)
{
	const struct hm_sighting *drop = last_note(leg->leg, HM_WHAT_DROP, NULL);
	const struct hm_sighting *icmp = last_note(leg->leg, HM_WHAT_ICMP, NULL);
	struct text_row l = {.label = "  "};
	char text[HM_ADDR_LEN + HM_NAME_LEN];

	dashes(&l, "-");
	if (tells_drop(leg, drop)) {
		safe_text(text, sizeof(text), strcmp(drop->drop.reason, "NOT_SPECIFIED")
						      ? drop->drop.reason
						      : drop->drop.where);
		text_add(l.label, sizeof(l.label), "kernel: %s", text);
		set_cell(&l, step_of(leg->leg, drop), "DROP");
	} else if (leg->code == HM_SYN_LOST || leg->code == HM_SYNACK_LOST ||
		   leg->code == HM_MARKER_LOST) {
		text_add(l.label, sizeof(l.label), "in between");
		set_cell(&l, leg->code == HM_SYN_LOST	 ? HM_STEP_SYN
			     : leg->code == HM_MARKER_LOST ? HM_STEP_MARKER
							   : HM_STEP_SYNACK, "LOST");
	} else if (leg->code == HM_PAYLOAD_BLOCKED) {
		text_add(l.label, sizeof(l.label), "in between");
		set_cell(&l, HM_STEP_MARKER, "BLOCKED");
	} else if (leg->code == HM_MTU_BLACK_HOLE) {
		text_add(l.label, sizeof(l.label), "in between");
		set_cell(&l, leg->leg->again[1].count >= HM_AGAIN ? HM_STEP_ANSWER : HM_STEP_MARKER,
			 "LONG");
	} else if (leg->code == HM_REJECTED_BY_FIREWALL) {
		text_add(l.label, sizeof(l.label), "firewall here");
		set_cell(&l, HM_STEP_SYNACK, "REJECT");
	} else if (leg->code == HM_UNREACHABLE && icmp) {
		text_add(l.label, sizeof(l.label), "%s", safe_addr(text, icmp->icmp.sender, 0));
		set_cell(&l, leg->leg->has_synack ? HM_STEP_ANSWER : HM_STEP_SYNACK, "ICMP");
	} else {
		return;
	}
	text_print_row(t, &l);
}

void text_end_rows(const struct text_table *t, uint32_t number)
{
	const struct hm_leg_verdict *leg = &t->verdict->legs[number];

	fault_row(t, leg);
	if (leg->code == HM_SYN_LOST || leg->code == HM_NOT_ARRIVED)
		return;
	if (text_server_is_here(t->scene, leg))
		server_row(t, leg);
	else if (leg->leg->direction_known)
		far_row(t, leg);
}
