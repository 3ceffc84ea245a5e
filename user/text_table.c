// SPDX-License-Identifier: GPL-2.0-only
/* The table of one path. Called by out_text.c. */
#include "text_table.h"

#include <inttypes.h>
#include <string.h>

#include "safe.h"
#include "text_wrap.h"

#define CELL 16
#define LABEL 256
#define LABEL_COLUMNS 30

struct line {
	char label[LABEL];
	char cell[HM_STEP_COUNT][CELL];
};

struct table {
	FILE *to;
	const struct hm_scene *scene;
	const struct hm_verdict *verdict;
	bool column[HM_STEP_COUNT];
};

static const struct {
	const char *head;
	int width;
} columns[HM_STEP_COUNT] = {
	[HM_STEP_SYN] = {"SYN->", 10},
	[HM_STEP_SYNACK] = {"<-SYN-ACK", 11},
	[HM_STEP_MARKER] = {"marker->", 10},
	[HM_STEP_ANSWER] = {"<-answer", 10},
};

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

static void print_line(const struct table *t, const struct line *l)
{
	size_t first = strlen(l->cell[HM_STEP_SYN]);
	size_t used = strlen(l->label);

	if (used + 1 + first > LABEL_COLUMNS + (size_t)columns[HM_STEP_SYN].width) {
		text_wrap(t->to, 0, 4, l->label);
		fputs("\n", t->to);
		used = 0;
	} else {
		fputs(l->label, t->to);
	}
	for (int i = 0; i < HM_STEP_COUNT; i++) {
		int width = columns[i].width + (i ? 0 : LABEL_COLUMNS - (int)used);

		if (t->column[i])
			fprintf(t->to, "%*s", width, l->cell[i]);
	}
}

static void print_row(const struct table *t, const struct line *l)
{
	print_line(t, l);
	fputs("\n", t->to);
}

static void print_head(const struct table *t)
{
	const struct hm_verdict *v = t->verdict;
	struct line l = {0};

	snprintf(l.label, sizeof(l.label), "path %u", v->path->id);
	if (v->marker_id < t->scene->marker_count) {
		const struct hm_marker *m = &t->scene->markers[v->marker_id];
		char text[62];

		safe_bytes(text, sizeof(text), m->bytes, m->len);
		text_add(l.label, sizeof(l.label), "  marker \"%s\"", text);
	}
	for (int i = 0; i < HM_STEP_COUNT; i++)
		snprintf(l.cell[i], CELL, "%s", columns[i].head);
	print_line(t, &l);
	fputs("   ms\n", t->to);
}

static void time_cell(char out[CELL], const struct hm_cell *cell, uint64_t first_ns, int width)
{
	double ms = (double)(int64_t)(cell->first_ns - first_ns) / 1e6;
	char times[CELL] = "";

	if (ms > 99999999.0)
		snprintf(out, CELL, "%.0fs", ms / 1e3 > 99999999.0 ? 99999999.0 : ms / 1e3);
	else
		snprintf(out, CELL, ms > 99999.0 ? "%.0f" : "%.2f", ms < -99999.0 ? -99999.0 : ms);
	if (cell->count > 1)
		snprintf(times, sizeof(times), " x%u", cell->count);
	if ((int)(strlen(out) + strlen(times)) < width)
		strcat(out, times);
}

static void state_cell(char out[CELL], const struct hm_cell *cell, uint64_t first_ns, int width)
{
	static const char *const states[] = {
		[HM_CELL_NOT_DUE] = "-",     [HM_CELL_MISSING] = "no",
		[HM_CELL_NOT_WATCHED] = "?", [HM_CELL_BEFORE_TRACE] = "old",
	};

	if (cell->state == HM_CELL_SEEN)
		time_cell(out, cell, first_ns, width);
	else
		snprintf(out, CELL, "%s", states[cell->state]);
}

/* Of two hops of one place: what is seen beats what is missing, and so on. */
static const struct hm_cell *better(const struct hm_cell *a, const struct hm_cell *b)
{
	static const uint8_t rank[] = {
		[HM_CELL_NOT_WATCHED] = 0, [HM_CELL_NOT_DUE] = 1, [HM_CELL_BEFORE_TRACE] = 2,
		[HM_CELL_MISSING] = 3,	   [HM_CELL_SEEN] = 4,
	};

	if (rank[a->state] != rank[b->state])
		return rank[a->state] > rank[b->state] ? a : b;
	return a->first_ns <= b->first_ns ? a : b;
}

static const struct hm_hop *hop_of(const struct table *t, const struct hm_row *row)
{
	return &t->scene->hops[row->hop];
}

static bool is_place(uint8_t hook)
{
	return hook <= HM_HOOK_SOCK_OUT;
}

static bool same_place(const struct table *t, const struct hm_row *a, const struct hm_row *b)
{
	const struct hm_hop *x = hop_of(t, a), *y = hop_of(t, b);

	return is_place(x->hook) && is_place(y->hook) && x->netns == y->netns &&
	       !strcmp(x->dev, y->dev);
}

/* A packet that came in and did not go out at one interface: there the two need a row each. */
static bool rows_differ(const struct hm_row *a, const struct hm_row *b)
{
	for (int i = 0; i < HM_STEP_COUNT; i++) {
		uint8_t x = a->cell[i].state, y = b->cell[i].state;

		if ((x == HM_CELL_SEEN && y == HM_CELL_MISSING) ||
		    (x == HM_CELL_MISSING && y == HM_CELL_SEEN))
			return true;
	}
	return false;
}

static bool place_is_split(const struct table *t, const struct hm_leg_verdict *leg,
			   const struct hm_row *row)
{
	for (uint32_t i = 0; i < leg->row_count; i++) {
		for (uint32_t k = 0; k < i; k++) {
			if (same_place(t, row, &leg->rows[i]) &&
			    same_place(t, row, &leg->rows[k]) &&
			    rows_differ(&leg->rows[i], &leg->rows[k]))
				return true;
		}
	}
	return false;
}

static bool told_before(const struct table *t, const struct hm_leg_verdict *leg, uint32_t at)
{
	for (uint32_t i = 0; i < at; i++) {
		if (same_place(t, &leg->rows[i], &leg->rows[at]))
			return true;
	}
	return false;
}

static void place_row(const struct table *t, const struct hm_leg_verdict *leg, uint32_t at)
{
	const struct hm_row *row = &leg->rows[at];
	bool split = place_is_split(t, leg, row);
	const char *name = split ? hop_of(t, row)->name : hop_of(t, row)->dev;
	struct line l = {.label = "  "};

	if (!is_place(hop_of(t, row)->hook) || (!split && told_before(t, leg, at)))
		return;
	safe_text(l.label + 2, sizeof(l.label) - 2, name);
	for (int i = 0; i < HM_STEP_COUNT; i++) {
		const struct hm_cell *cell = &row->cell[i];

		for (uint32_t k = at + 1; !split && k < leg->row_count; k++) {
			if (same_place(t, row, &leg->rows[k]))
				cell = better(cell, &leg->rows[k].cell[i]);
		}
		state_cell(l.cell[i], cell, t->verdict->path->first_ns, columns[i].width);
	}
	print_row(t, &l);
}

static bool same_endpoint(const struct hm_endpoint *a, const struct hm_endpoint *b)
{
	return a->port == b->port && !memcmp(a->addr, b->addr, sizeof(a->addr));
}

/* The last note of that kind that src sent (NULL: whoever), or NULL. */
static const struct hm_sighting *last_note(const struct hm_leg *leg, enum hm_what what,
					   const struct hm_endpoint *src)
{
	for (uint32_t i = leg->note_count; i-- > 0;) {
		const struct hm_sighting *s = &leg->notes[i];

		if (s->what == what && (!src || same_endpoint(&s->src, src)))
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

	return l->marker_read_ns || last_note(l, HM_WHAT_READ, NULL) || (probe && probe->socket.accepted);
}

static void set_cell(struct line *l, enum hm_step step, const char *text)
{
	if (text[0])
		snprintf(l->cell[step], CELL, "%s", text);
}

static void dashes(struct line *l, const char *text)
{
	for (int i = 0; i < HM_STEP_COUNT; i++)
		snprintf(l->cell[i], CELL, "%s", text);
}

static void read_cell(const struct table *t, const struct hm_leg_verdict *leg, struct line *l)
{
	const struct hm_cell read = {.state = HM_CELL_SEEN, .first_ns = leg->leg->marker_read_ns};

	if (leg->leg->marker_read_ns)
		time_cell(l->cell[HM_STEP_MARKER], &read, t->verdict->path->first_ns, CELL);
	else if (leg->code == HM_NOT_READ)
		set_cell(l, HM_STEP_MARKER, "UNREAD");
}

static const char *accept_word(const struct hm_leg_verdict *leg)
{
	if (leg->code == HM_ACCEPT_QUEUE_FULL)
		return "FULL";
	if (was_accepted(leg->leg))
		return "accepted";
	return leg->code == HM_NOT_ACCEPTED ? "WAITING" : "";
}

static const char *answer_word(const struct hm_leg_verdict *leg, char room[CELL])
{
	if (leg->leg->status)
		snprintf(room, CELL, "%u", leg->leg->status);
	else
		snprintf(room, CELL, "%s", leg->code == HM_NO_ANSWER ? "NONE" : "");
	return room;
}

/* What the process called did with it. */
static void server_row(const struct table *t, const struct hm_leg_verdict *leg)
{
	struct line l = {.label = "  "};
	char room[CELL];

	text_process(l.label + 2, sizeof(l.label) - 2, leg->leg->server_comm, leg->leg->server_pid);
	if (!l.label[2])
		text_add(l.label, sizeof(l.label), "%s",
			 leg->code == HM_REFUSED || leg->code == HM_WRONG_ADDRESS ? "no listener" :
										    "server");
	else if (leg->code == HM_ACCEPT_QUEUE_FULL)
		text_add(l.label, sizeof(l.label), " listener");
	dashes(&l, "-");
	set_cell(&l, HM_STEP_SYNACK, accept_word(leg));
	set_cell(&l, HM_STEP_SYNACK, reset_at(leg, HM_STEP_SYNACK));
	read_cell(t, leg, &l);
	set_cell(&l, HM_STEP_ANSWER, answer_word(leg, room));
	set_cell(&l, HM_STEP_ANSWER, reset_at(leg, HM_STEP_ANSWER));
	print_row(t, &l);
}

/* What can be told from here of a server on another host. */
static void far_row(const struct table *t, const struct hm_leg_verdict *leg)
{
	struct line l = {.label = "  "};
	char addr[HM_ADDR_LEN], room[CELL];

	text_add(l.label, sizeof(l.label), "%s",
		 safe_addr(addr, leg->leg->server.addr, leg->leg->server.scope));
	dashes(&l, "?");
	if (leg->leg->marker_acked_ns)
		set_cell(&l, HM_STEP_MARKER, "acked");
	set_cell(&l, HM_STEP_SYNACK, reset_at(leg, HM_STEP_SYNACK));
	set_cell(&l, HM_STEP_ANSWER, answer_word(leg, room));
	set_cell(&l, HM_STEP_ANSWER, reset_at(leg, HM_STEP_ANSWER));
	print_row(t, &l);
}

/* The column of a packet that was dropped. TCP flags: SYN 2, ACK 16. */
static enum hm_step step_of(const struct hm_leg *leg, const struct hm_sighting *drop)
{
	uint8_t flags = drop->drop.flags ? drop->drop.flags : drop->tcp_flags;

	if (flags & 2)
		return flags & 16 ? HM_STEP_SYNACK : HM_STEP_SYN;
	return same_endpoint(&drop->src, &leg->server) ? HM_STEP_ANSWER : HM_STEP_MARKER;
}

/* The fault itself, where it has no row of its own yet. */
static void fault_row(const struct table *t, const struct hm_leg_verdict *leg)
{
	const struct hm_sighting *drop = last_note(leg->leg, HM_WHAT_DROP, NULL);
	const struct hm_sighting *icmp = last_note(leg->leg, HM_WHAT_ICMP, NULL);
	bool dropped = leg->code == HM_DROPPED_BY_FIREWALL || leg->code == HM_DROPPED_BY_ROUTING ||
		       leg->code == HM_DROPPED_OTHER;
	struct line l = {.label = "  "};
	char text[HM_ADDR_LEN + HM_NAME_LEN];

	dashes(&l, "-");
	if (dropped && drop) {
		safe_text(text, sizeof(text), drop->drop.reason);
		text_add(l.label, sizeof(l.label), "kernel: %s", text);
		set_cell(&l, step_of(leg->leg, drop), "DROP");
	} else if (leg->code == HM_REJECTED_BY_FIREWALL) {
		text_add(l.label, sizeof(l.label), "firewall here");
		set_cell(&l, HM_STEP_SYNACK, "REJECT");
	} else if (leg->code == HM_UNREACHABLE && icmp) {
		text_add(l.label, sizeof(l.label), "%s", safe_addr(text, icmp->icmp.sender, 0));
		set_cell(&l, leg->leg->has_synack ? HM_STEP_ANSWER : HM_STEP_SYNACK, "ICMP");
	} else {
		return;
	}
	print_row(t, &l);
}

static void leg_head(const struct table *t, uint32_t number)
{
	const struct hm_leg *leg = t->verdict->legs[number].leg;
	char client[HM_ADDR_LEN], server[HM_ADDR_LEN], head[TEXT_ROOM] = "";
	unsigned int col = 8;

	safe_endpoint(client, &leg->client);
	safe_endpoint(server, &leg->server);
	text_add(head, sizeof(head), "%s %-4u", t->verdict->path->attempts ? "try" : "leg",
		 number + 1);
	fprintf(t->to, "%-8s%s", head, client);
	col += (unsigned int)strlen(client);
	if (col + 4 + strlen(server) > TEXT_COLUMNS) {
		fprintf(t->to, "\n%8s", "");
		col = 7;
	} else {
		fputc(' ', t->to);
	}
	fprintf(t->to, "%s %s", leg->direction_known ? "->" : "--", server);
	col += 4 + (unsigned int)strlen(server);
	head[0] = '\0';
	if (!leg->has_syn)
		text_add(head, sizeof(head), "  (older than this trace)");
	if (!leg->direction_known)
		text_add(head, sizeof(head), "  (who called whom is not known)");
	text_wrap(t->to, col, 8, head);
	fputc('\n', t->to);
}

static void leg_rows(const struct table *t, uint32_t number)
{
	const struct hm_leg_verdict *leg = &t->verdict->legs[number];

	leg_head(t, number);
	for (uint32_t i = 0; i < leg->row_count; i++)
		place_row(t, leg, i);
	if (leg->leg->rows_lost)
		fprintf(t->to, "  (%u more hops than the table holds)\n", leg->leg->rows_lost);
	fault_row(t, leg);
	if (text_server_is_here(t->scene, leg))
		server_row(t, leg);
	else if (leg->leg->direction_known)
		far_row(t, leg);
}

/* A path without a marker has no marker column, unless a cell of it says something. */
static bool marker_column(const struct hm_verdict *v)
{
	return v->marker_id != HM_NO_MARKER;
}

void text_table(FILE *to, const struct hm_scene *scene, const struct hm_verdict *v)
{
	struct table t = {.to = to, .scene = scene, .verdict = v};

	for (int i = 0; i < HM_STEP_COUNT; i++)
		t.column[i] = i != HM_STEP_MARKER || marker_column(v);
	print_head(&t);
	for (uint32_t i = 0; i < v->leg_count; i++)
		leg_rows(&t, i);
	if (v->path->legs_lost)
		fprintf(to, "(%u more legs than the table holds)\n", v->path->legs_lost);
}
