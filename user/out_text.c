// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text for people: the verdict first, then the hops, the evidence, what was watched and what to do
 * next. Made by the commands, called by the pipeline. Plain ASCII, 80 columns, colour on the code
 * only.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "safe.h"
#include "text_facts.h"
#include "text_table.h"
#include "text_wrap.h"
#include "utc.h"

#define ALIKE_MAX 10 /* unhealthy paths of one code and server that are printed */
#define ALIKE_ROWS 64

/* Paths of one code to one server; the last row takes all that found no row of its own. */
struct alike {
	uint8_t code;
	struct hm_endpoint server;
	uint64_t count;
};

/* The verdict printed last, as far as another marker's on the same connections may be the same. */
struct last {
	uint32_t path, legs[HM_PATH_LEGS], leg_count, count;
	uint8_t code, blame, confidence, marker_id;
	char summary[2 * HM_LINE];
};

struct text_out {
	struct hm_out base;
	bool color, all;
	bool header_told;
	bool only_counted; /* a healthy path was left out */
	struct alike alike[ALIKE_ROWS];
	uint32_t alike_count;
	struct last last; /* path 0: none */
};

static int flushed(FILE *to)
{
	errno = 0;
	if (fflush(to) || ferror(to))
		return errno ? -errno : -EIO;
	return 0;
}

static int text_host(struct hm_out *out, const struct hm_scene *scene)
{
	struct text_out *o = (struct text_out *)out;
	char line[TEXT_ROOM] = "", utc[HM_UTC_LEN], host[128], kernel[128];

	if (o->header_told)
		return 0;
	o->header_told = true;
	text_add(line, sizeof(line), "hopmark %s on %s, Linux %s, %s", scene->version,
		 safe_text(host, sizeof(host), scene->host),
		 safe_text(kernel, sizeof(kernel), scene->kernel),
		 utc_human(utc, scene, scene->start_mono_ns));
	text_paragraph(out->to, line);
	return flushed(out->to);
}

static struct alike *alike_row(struct text_out *o, const struct hm_verdict *v)
{
	struct hm_endpoint none = {0};
	const struct hm_endpoint *server = v->leg_count ? &v->legs[0].leg->server : &none;
	struct alike *row;

	for (uint32_t i = 0; i < o->alike_count; i++) {
		row = &o->alike[i];
		if (row->code == v->code && !memcmp(&row->server, server, sizeof(*server)))
			return row;
	}
	if (o->alike_count == ALIKE_ROWS)
		return &o->alike[ALIKE_ROWS - 1];
	row = &o->alike[o->alike_count++];
	row->code = v->code;
	row->server = *server;
	return row;
}

/* Of paths alike the first ten are printed; marked ones that are well all of them. */
static bool is_printed(struct text_out *o, const struct hm_verdict *v)
{
	bool healthy = hm_codes[v->code].health == 0;

	if (!out_prints(v, o->all)) {
		o->only_counted = true;
		return false;
	}
	if (o->all || !v->path || (healthy && v->marker_id != HM_NO_MARKER))
		return true;
	return ++alike_row(o, v)->count <= ALIKE_MAX;
}

static const char *color_of(uint8_t code)
{
	switch (hm_codes[code].health) {
	case 0:
		return "\033[1;32m";
	case 1:
		return "\033[1;31m";
	default:
		return "\033[1;33m";
	}
}

static void add_blame(char *out, size_t out_len, const struct hm_verdict *v)
{
	char who[128] = "", host[128];

	text_add(out, out_len, "blame: %s", hm_blame_names[v->blame]);
	if (v->blame == HM_BLAME_UNKNOWN)
		text_add(out, out_len, " (nobody is accused)");
	if (v->blame == HM_BLAME_UNKNOWN || v->blame == HM_BLAME_NONE)
		return;
	/*
	 * Where host, network or policy is to blame, the process is the one that suffers from it.
	 */
	if (v->blame == HM_BLAME_APPLICATION || v->blame == HM_BLAME_PROXY)
		text_process(who, sizeof(who), v->at.comm, v->at.pid);
	if (who[0])
		text_add(out, out_len, " %s", who);
	if (v->at.host[0])
		text_add(out, out_len, " on %s", safe_text(host, sizeof(host), v->at.host));
}

static void code_line(const struct text_out *o, const struct hm_verdict *v)
{
	char name[64], line[TEXT_ROOM] = "    ";
	FILE *to = o->base.to;
	size_t len = strlen(hm_codes[v->code].name);

	for (size_t i = 0; i <= len && i < sizeof(name); i++)
		name[i] = (char)toupper((unsigned char)hm_codes[v->code].name[i]);
	fprintf(to, "%s%s%s", o->color ? color_of(v->code) : "", name, o->color ? "\033[0m" : "");
	add_blame(line, sizeof(line), v);
	if (v->path && v->blame != HM_BLAME_UNKNOWN)
		text_add(line, sizeof(line), "    %s", hm_confidence_names[v->confidence]);
	if (v->confidence_why[0])
		text_add(line, sizeof(line), " (%s)", v->confidence_why);
	text_wrap(to, (unsigned int)len, TEXT_HANG, line);
	putc('\n', to);
}

static void lines(FILE *to, const char *label, const char (*text)[HM_LINE], uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		text_labelled(to, i ? "" : label, text[i]);
}

static bool same_as_last(const struct last *last, const struct hm_verdict *v)
{
	if (!v->path || !last->path || v->marker_id == HM_NO_MARKER ||
	    last->marker_id == HM_NO_MARKER || v->marker_id == last->marker_id)
		return false;
	if (v->code != last->code || v->blame != last->blame || v->count != last->count ||
	    v->confidence != last->confidence || v->leg_count != last->leg_count)
		return false;
	for (uint32_t i = 0; i < v->leg_count; i++)
		if (v->legs[i].leg->id != last->legs[i])
			return false;
	return !strcmp(v->summary, last->summary);
}

static void remember(struct last *last, const struct hm_verdict *v)
{
	last->path = v->path ? v->path->id : 0;
	last->leg_count = v->leg_count;
	for (uint32_t i = 0; i < v->leg_count; i++)
		last->legs[i] = v->legs[i].leg->id;
	last->count = v->count;
	last->code = v->code;
	last->blame = v->blame;
	last->confidence = v->confidence;
	last->marker_id = v->marker_id;
	memcpy(last->summary, v->summary, sizeof(last->summary));
}

/* Another marker on the same connections, judged the same: one line instead of the same table. */
static void same_line(FILE *to, const struct hm_scene *scene, const struct last *last,
		      const struct hm_verdict *v)
{
	const struct hm_marker *m = &scene->markers[v->marker_id];
	char line[TEXT_ROOM] = "", text[HM_LINE];

	safe_bytes(text, sizeof(text), m->bytes, m->len);
	text_add(line, sizeof(line),
		 "path %u  marker \"%s\": %s as path %u, on the same connection%s", v->path->id,
		 text, hm_codes[v->code].name, last->path, v->leg_count == 1 ? "" : "s");
	text_paragraph(to, line);
}

static int text_verdict(struct hm_out *out, const struct hm_scene *scene,
			const struct hm_verdict *v)
{
	struct text_out *o = (struct text_out *)out;

	if (!is_printed(o, v))
		return 0;
	putc('\n', out->to);
	if (same_as_last(&o->last, v)) {
		same_line(out->to, scene, &o->last, v);
		return flushed(out->to);
	}
	remember(&o->last, v);
	code_line(o, v);
	text_paragraph(out->to, v->summary);
	if (v->path) {
		putc('\n', out->to);
		text_table(out->to, scene, v);
	}
	lines(out->to, "evidence", v->evidence, v->evidence_count);
	text_time(out->to, scene, v);
	text_watched(out->to, scene, v);
	text_not_watched(out->to, scene, v);
	lines(out->to, "next", v->advice, v->advice_count);
	return flushed(out->to);
}

static void not_printed(const struct text_out *o)
{
	char line[TEXT_ROOM], server[HM_ADDR_LEN];

	for (uint32_t i = 0; i < o->alike_count; i++) {
		const struct alike *row = &o->alike[i];

		if (row->count <= ALIKE_MAX)
			continue;
		snprintf(line, sizeof(line), "%" PRIu64 " more %s at %s%s (--all prints them)",
			 row->count - ALIKE_MAX, hm_codes[row->code].name,
			 safe_endpoint(server, &row->server),
			 i == ALIKE_ROWS - 1 ? " and others" : "");
		text_labelled(o->base.to, "not printed", line);
	}
}

static void left_out(const struct text_out *o)
{
	if (o->only_counted)
		text_labelled(o->base.to, "not printed",
			      "healthy paths are only counted; --all prints them");
}

static void command_line(FILE *to, const struct hm_scene *scene)
{
	char name[HM_NAME_LEN * 4], line[TEXT_ROOM] = "";

	safe_text(name, sizeof(name), scene->command);
	if (!scene->command_pid)
		text_add(line, sizeof(line), "%s could not be started", name);
	else if (scene->command_exit < 0)
		text_add(line, sizeof(line), "%s[%u] still runs", name, scene->command_pid);
	else if (scene->command_exit > 128)
		text_add(line, sizeof(line), "%s exited %d (signal %d)", name, scene->command_exit,
			 scene->command_exit - 128);
	else
		text_add(line, sizeof(line), "%s exited %d", name, scene->command_exit);
	text_labelled(to, "command", line);
}

/* With several markers; where none was seen a verdict says so. */
static void not_seen(FILE *to, const struct hm_scene *scene, const struct hm_tally *tally)
{
	for (uint32_t i = 0; tally->markers_seen && i < scene->marker_count; i++) {
		const struct hm_marker *m = &scene->markers[i];
		char text[HM_LINE], line[TEXT_ROOM] = "";

		if (tally->markers_seen & 1U << i)
			continue;
		safe_bytes(text, sizeof(text), m->bytes, m->len);
		text_add(line, sizeof(line), "the marker \"%s\"%s", text,
			 scene_untold(scene) ? "; it may have been among what was lost" : "");
		text_labelled(to, "not seen", line);
	}
}

/* A verdict on the whole trace is on no path. */
static bool is_of_trace(int code)
{
	return code == HM_NOTHING_SEEN || code == HM_MARKER_NOT_SEEN;
}

static void summary_line(FILE *to, const struct hm_tally *tally)
{
	char line[TEXT_ROOM] = "", list[TEXT_ROOM / 2] = "", status[32];
	uint64_t paths = 0;
	unsigned int col;

	for (int i = 0; i < HM_CODE_COUNT; i++) {
		if (!tally->by_code[i] || is_of_trace(i))
			continue;
		paths += tally->by_code[i];
		text_add(list, sizeof(list), "%s %" PRIu64 " %s", list[0] ? "," : ":",
			 tally->by_code[i], hm_codes[i].name);
	}
	text_add(line, sizeof(line), "%" PRIu64 " path%s%s", paths, paths == 1 ? "" : "s", list);
	if (tally->marker_not_seen)
		text_add(line, sizeof(line), "; marker not seen");
	if (tally->evicted)
		text_add(line, sizeof(line), "; %" PRIu64 " legs forgotten for want of memory",
			 tally->evicted);
	col = text_wrap(to, 0, 4, line);
	snprintf(status, sizeof(status), "exit %d", tally->exit_status);
	if (col + 2 + strlen(status) > TEXT_TABLE_END) {
		putc('\n', to);
		col = 0;
	}
	fprintf(to, "%*s\n", TEXT_TABLE_END - (int)col, status);
}

static int text_end(struct hm_out *out, const struct hm_scene *scene, const struct hm_tally *tally)
{
	putc('\n', out->to);
	not_printed((struct text_out *)out);
	left_out((struct text_out *)out);
	not_seen(out->to, scene, tally);
	if (scene->has_command)
		command_line(out->to, scene);
	summary_line(out->to, tally);
	return flushed(out->to);
}

static void text_free(struct hm_out *out)
{
	free(out);
}

static const struct hm_out_ops text_ops = {
	.name = "text",
	.host = text_host,
	.verdict = text_verdict,
	.end = text_end,
	.free = text_free,
};

struct hm_out *out_text_new(FILE *to, bool color, bool all)
{
	struct text_out *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->base.ops = &text_ops;
	o->base.to = to;
	o->color = color;
	o->all = all;
	return &o->base;
}
