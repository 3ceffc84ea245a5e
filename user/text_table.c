// SPDX-License-Identifier: GPL-2.0-only
/* The table of one path. Called by out_text.c. */
#include "text_rows.h"

#include <inttypes.h>
#include <string.h>

#include "safe.h"
#include "text_wrap.h"

#define LABEL_COLUMNS 30

static const struct {
	const char *head;
	int width;
} columns[HM_STEP_COUNT] = {
	[HM_STEP_SYN] = {"SYN->", 10},
	[HM_STEP_SYNACK] = {"<-SYN-ACK", 11},
	[HM_STEP_MARKER] = {"marker->", 10},
	[HM_STEP_ANSWER] = {"<-answer", 10},
};

static void print_line(const struct text_table *t, const struct text_row *l)
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

void text_print_row(const struct text_table *t, const struct text_row *l)
{
	print_line(t, l);
	fputs("\n", t->to);
}

static void print_head(const struct text_table *t)
{
	const struct hm_verdict *v = t->verdict;
	struct text_row l = {0};

	snprintf(l.label, sizeof(l.label), "path %u", v->path->id);
	if (v->marker_id < t->scene->marker_count) {
		const struct hm_marker *m = &t->scene->markers[v->marker_id];
		char text[62];

		safe_bytes(text, sizeof(text), m->bytes, m->len);
		text_add(l.label, sizeof(l.label), "  marker \"%s\"", text);
	}
	for (int i = 0; i < HM_STEP_COUNT; i++)
		snprintf(l.cell[i], TEXT_CELL, "%s", columns[i].head);
	print_line(t, &l);
	fputs("   ms\n", t->to);
}

void text_time_cell(char out[TEXT_CELL], const struct hm_cell *cell, uint64_t first_ns, int width)
{
	double ms = (double)(int64_t)(cell->first_ns - first_ns) / 1e6;
	char times[TEXT_CELL] = "";

	if (ms > 99999999.0)
		snprintf(out, TEXT_CELL, "%.0fs", ms / 1e3 > 99999999.0 ? 99999999.0 : ms / 1e3);
	else
		snprintf(out, TEXT_CELL, ms > 99999.0 ? "%.0f" : "%.2f",
			 ms < -99999.0 ? -99999.0 : ms);
	if (cell->count > 1)
		snprintf(times, sizeof(times), " x%u", cell->count);
	if ((int)(strlen(out) + strlen(times)) < width)
		strcat(out, times);
}

static void state_cell(char out[TEXT_CELL], const struct hm_cell *cell, uint64_t first_ns,
		       int width)
{
	static const char *const states[] = {
		[HM_CELL_NOT_DUE] = "-",
		[HM_CELL_MISSING] = "no",
		[HM_CELL_NOT_WATCHED] = "?",
		[HM_CELL_BEFORE_TRACE] = "old",
	};

	if (cell->state == HM_CELL_SEEN)
		text_time_cell(out, cell, first_ns, width);
	else
		snprintf(out, TEXT_CELL, "%s", states[cell->state]);
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

static const struct hm_hop *hop_of(const struct text_table *t, const struct hm_row *row)
{
	return &t->scene->hops[row->hop];
}

static bool is_place(uint8_t hook)
{
	return hook <= HM_HOOK_SOCK_OUT;
}

static bool same_place(const struct text_table *t, const struct hm_row *a, const struct hm_row *b)
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

static bool place_is_split(const struct text_table *t, const struct hm_leg_verdict *leg,
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

static bool told_before(const struct text_table *t, const struct hm_leg_verdict *leg, uint32_t at)
{
	for (uint32_t i = 0; i < at; i++) {
		if (same_place(t, &leg->rows[i], &leg->rows[at]))
			return true;
	}
	return false;
}

/* A RST in the SYN-ACK's stead was seen at this hop or, unless the place is split, at its other. */
static bool saw_refusal(const struct text_table *t, const struct hm_leg *leg,
			const struct hm_row *row, bool split)
{
	for (uint32_t i = 0; i < leg->note_count && !leg->has_synack; i++) {
		const struct hm_sighting *s = &leg->notes[i];
		const struct hm_row at = {.hop = s->hop};

		if (s->what == HM_WHAT_RST && s->src.port == leg->server.port &&
		    !memcmp(s->src.addr, leg->server.addr, sizeof(s->src.addr)) &&
		    (split ? s->hop == row->hop : same_place(t, &at, row)))
			return true;
	}
	return false;
}

static void place_row(const struct text_table *t, const struct hm_leg_verdict *leg, uint32_t at)
{
	const struct hm_row *row = &leg->rows[at];
	bool split = place_is_split(t, leg, row);
	const char *name = split ? hop_of(t, row)->name : hop_of(t, row)->dev;
	struct text_row l = {.label = "  "};

	if (!is_place(hop_of(t, row)->hook) || (!split && told_before(t, leg, at)))
		return;
	safe_text(l.label + 2, sizeof(l.label) - 2, name);
	for (int i = 0; i < HM_STEP_COUNT; i++) {
		const struct hm_cell *cell = &row->cell[i];

		for (uint32_t k = at + 1; !split && k < leg->row_count; k++) {
			if (same_place(t, row, &leg->rows[k]))
				cell = better(cell, &leg->rows[k].cell[i]);
		}
		if (i == HM_STEP_SYNACK && saw_refusal(t, leg->leg, row, split))
			snprintf(l.cell[i], TEXT_CELL, "RST");
		else
			state_cell(l.cell[i], cell, t->verdict->path->first_ns, columns[i].width);
	}
	text_print_row(t, &l);
}

/* A connect(2) without a packet has no port of its own: there the process stands for its end. */
static bool only_called(const struct hm_leg *leg)
{
	return !leg->has_syn && !leg->client.port;
}

static void client_name(char *out, size_t out_len, const struct hm_leg *leg)
{
	char addr[HM_ADDR_LEN];

	out[0] = '\0';
	if (only_called(leg))
		text_process(out, out_len, leg->client_comm, leg->client_pid);
	if (!out[0])
		snprintf(out, out_len, "%s", safe_endpoint(addr, &leg->client));
}

/* Why the leg has no SYN. */
static const char *before_trace(const struct text_table *t, const struct hm_leg_verdict *leg)
{
	const struct hm_path *path = t->verdict->path;

	if (leg->leg->has_syn)
		return "";
	if (!only_called(leg->leg))
		return scene_may_miss(t->scene, 0, path->first_ns, path->judged_ns)
			       ? "  (its beginning was not seen)"
			       : "  (older than this trace)";
	return leg->code == HM_NO_ROUTE ? "  (no packet was sent)" : "  (no packet was seen)";
}

static void leg_head(const struct text_table *t, uint32_t number)
{
	const struct hm_leg *leg = t->verdict->legs[number].leg;
	char client[HM_ADDR_LEN + HM_COMM_LEN * 4], server[HM_ADDR_LEN], head[TEXT_ROOM] = "";
	unsigned int col = 8;

	client_name(client, sizeof(client), leg);
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
	text_add(head, sizeof(head), "%s", before_trace(t, &t->verdict->legs[number]));
	if (!leg->direction_known)
		text_add(head, sizeof(head), "  (who called whom is not known)");
	if (leg->outside)
		text_add(head, sizeof(head), "  (outside the filter, followed)");
	text_wrap(t->to, col, 8, head);
	fputc('\n', t->to);
}

static void leg_rows(const struct text_table *t, uint32_t number)
{
	const struct hm_leg_verdict *leg = &t->verdict->legs[number];

	leg_head(t, number);
	for (uint32_t i = 0; i < leg->row_count; i++)
		place_row(t, leg, i);
	if (leg->leg->rows_lost)
		fprintf(t->to, "  (%u more hops than the table holds)\n", leg->leg->rows_lost);
	text_end_rows(t, number);
}

void text_table(FILE *to, const struct hm_scene *scene, const struct hm_verdict *v)
{
	struct text_table t = {.to = to, .scene = scene, .verdict = v};

	for (int i = 0; i < HM_STEP_COUNT; i++)
		t.column[i] = i != HM_STEP_MARKER || v->marker_id != HM_NO_MARKER;
	print_head(&t);
	for (uint32_t i = 0; i < v->leg_count; i++)
		leg_rows(&t, i);
	if (v->path->legs_lost)
		fprintf(to, "(%u more legs than the table holds)\n", v->path->legs_lost);
}
