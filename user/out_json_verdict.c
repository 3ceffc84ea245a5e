// SPDX-License-Identifier: GPL-2.0-only
/* Verdicts as JSON lines. Called by out_json.c. */
#include <inttypes.h>
#include <string.h>

#include "out_json.h"
#include "safe.h"

static const char *const step_names[HM_STEP_COUNT] = {
	[HM_STEP_SYN] = "syn",
	[HM_STEP_SYNACK] = "synack",
	[HM_STEP_MARKER] = "marker",
	[HM_STEP_ANSWER] = "answer",
};

static const char *const state_names[] = {
	[HM_CELL_NOT_DUE] = "not-due",		 [HM_CELL_SEEN] = "seen",
	[HM_CELL_MISSING] = "missing",		 [HM_CELL_NOT_WATCHED] = "not-watched",
	[HM_CELL_BEFORE_TRACE] = "before-trace",
};

static void write_at(struct json_writer *w, const struct hm_at *at)
{
	jw_object(w, "at");
	if (at->host[0])
		jw_text(w, "host", at->host);
	if (at->hop[0])
		jw_text(w, "hop", at->hop);
	if (at->pid)
		jw_uint(w, "pid", at->pid);
	if (at->comm[0])
		jw_bytes(w, "comm", at->comm, strnlen(at->comm, sizeof(at->comm)));
	if (at->role != HM_ROLE_NONE)
		jw_text(w, "role", hm_role_names[at->role]);
	jw_close(w);
}

static void write_code(struct json_writer *w, uint8_t code, uint8_t blame, uint8_t confidence)
{
	jw_text(w, "code", hm_codes[code].name);
	jw_text(w, "blame", hm_blame_names[blame]);
	jw_text(w, "confidence", hm_confidence_names[confidence]);
}

static void write_ends(struct json_writer *w, const struct hm_leg *leg)
{
	char text[HM_ADDR_LEN];

	jw_text(w, "src", safe_endpoint(text, &leg->client));
	jw_text(w, "dst", safe_endpoint(text, &leg->server));
	if (!leg->direction_known)
		jw_bool(w, "direction_known", false);
}

static void write_cell(struct json_writer *w, const char *step, const struct hm_cell *cell,
		       uint64_t first_ns)
{
	jw_object(w, step);
	jw_text(w, "state", state_names[cell->state]);
	if (cell->state == HM_CELL_SEEN) {
		jw_int(w, "t_us", ((int64_t)(cell->first_ns - first_ns)) / 1000);
		if (cell->count > 1)
			jw_uint(w, "count", cell->count);
	}
	jw_close(w);
}

static void write_hop(struct json_writer *w, const struct hm_scene *scene, const struct hm_row *row,
		      uint64_t first_ns)
{
	jw_object(w, NULL);
	jw_text(w, "host", scene->host);
	jw_text(w, "hop", scene->hops[row->hop].name);
	for (int i = 0; i < HM_STEP_COUNT; i++)
		write_cell(w, step_names[i], &row->cell[i], first_ns);
	jw_close(w);
}

/* With --sni: null where the client asks for no name; nothing where that was not seen. */
static void write_name(struct json_writer *w, const struct hm_greeting *greeting)
{
	static const struct hm_sight_hello none;
	const struct hm_sight_hello *hello = greeting ? &greeting->said : &none;
	size_t len = strlen(hello->name);

	if (hello->state == HM_HELLO_NAMELESS)
		jw_null(w, "server_name");
	if (hello->state != HM_HELLO_NAMED || !len)
		return;
	jw_bytes(w, "server_name", hello->name, len);
	if (len < hello->len)
		jw_uint(w, "server_name_bytes", hello->len);
}

/* The members of one leg, beside whatever is written already. */
static void write_leg(struct json_writer *w, const struct hm_scene *scene,
		      const struct hm_leg_verdict *leg, uint64_t first_ns)
{
	jw_uint(w, "leg", leg->leg->id);
	write_ends(w, leg->leg);
	if (leg->leg->outside)
		jw_bool(w, "outside_filter", true);
	write_code(w, leg->code, leg->blame, leg->confidence);
	write_at(w, &leg->at);
	if (leg->rtt_us >= 0)
		jw_int(w, "rtt_us", leg->rtt_us);
	if (leg->leg->status)
		jw_uint(w, "status", leg->leg->status);
	write_name(w, leg->leg->greeting);
	jw_array(w, "hops");
	for (uint32_t i = 0; i < leg->row_count; i++)
		write_hop(w, scene, &leg->rows[i], first_ns);
	jw_close(w);
	if (leg->leg->rows_lost)
		jw_uint(w, "hops_lost", leg->leg->rows_lost);
	if (leg->leg->notes_lost)
		jw_uint(w, "sightings_lost", leg->leg->notes_lost);
}

static int leg_line(const struct hm_out *out, const struct hm_scene *scene,
		    const struct hm_verdict *v, const struct hm_leg_verdict *leg)
{
	struct json_writer w;

	out_json_start(&w, out, "verdict");
	jw_text(&w, "scope", "leg");
	jw_uint(&w, "path", v->path->id);
	out_json_time(&w, scene, v->path->judged_ns);
	write_leg(&w, scene, leg, v->path->first_ns);
	return jw_line_end(&w);
}

static void write_lines(struct json_writer *w, const char *key, const char (*lines)[HM_LINE],
			uint32_t count)
{
	jw_array(w, key);
	for (uint32_t i = 0; i < count; i++)
		jw_text(w, NULL, lines[i]);
	jw_close(w);
}

static void write_not_watched(struct json_writer *w, const struct hm_scene *scene)
{
	char line[sizeof(struct hm_not_watched) + 8];

	jw_array(w, "not_watched");
	for (uint32_t i = 0; i < scene->not_watched_count; i++) {
		snprintf(line, sizeof(line), "%s (%s)", scene->not_watched[i].hop,
			 scene->not_watched[i].why);
		jw_text(w, NULL, line);
	}
	if (scene->depth) {
		snprintf(line, sizeof(line), "%" PRIu64 " bytes beyond --depth %u",
			 scene->counters[HM_CNT_UNSEARCHED], scene->depth);
		jw_text(w, NULL, line);
	}
	if (scene->other_netns) {
		snprintf(line, sizeof(line), "%u other network namespaces", scene->other_netns);
		jw_text(w, NULL, line);
	}
	jw_close(w);
}

static void write_command(struct json_writer *w, const struct hm_scene *scene)
{
	if (!scene->has_command)
		return;
	jw_object(w, "command");
	jw_text(w, "argv0", scene->command);
	if (scene->command_exit < 0)
		jw_null(w, "exit"); /* still running */
	else
		jw_int(w, "exit", scene->command_exit);
	jw_close(w);
}

static void write_path_facts(struct json_writer *w, const struct hm_scene *scene,
			     const struct hm_verdict *v)
{
	if (!v->path)
		return;
	jw_uint(w, "path", v->path->id);
	out_json_time(w, scene, v->path->judged_ns);
	if (v->leg_count)
		write_ends(w, v->legs[0].leg);
	if (v->path->attempts)
		jw_bool(w, "attempts", true);
	if (v->path->legs_lost)
		jw_uint(w, "legs_lost", v->path->legs_lost);
}

static int path_line(const struct hm_out *out, const struct hm_scene *scene,
		     const struct hm_verdict *v)
{
	struct json_writer w;

	out_json_start(&w, out, "verdict");
	jw_text(&w, "scope", "path");
	write_path_facts(&w, scene, v);
	write_code(&w, v->code, v->blame, v->confidence);
	if (v->confidence_why[0])
		jw_text(&w, "confidence_why", v->confidence_why);
	if (verdict_waited(v))
		jw_uint(&w, "waited_us", v->waited_ns / 1000);
	write_at(&w, &v->at);
	out_json_marker(&w, scene, v->marker_id);
	jw_uint(&w, "count", v->count);
	if (v->status)
		jw_uint(&w, "status", v->status);
	jw_array(&w, "legs");
	for (uint32_t i = 0; v->path && i < v->leg_count; i++) {
		jw_object(&w, NULL);
		write_leg(&w, scene, &v->legs[i], v->path->first_ns);
		jw_close(&w);
	}
	jw_close(&w);
	write_lines(&w, "evidence", v->evidence, v->evidence_count);
	write_not_watched(&w, scene);
	write_lines(&w, "advice", v->advice, v->advice_count);
	jw_text(&w, "summary", v->summary);
	jw_uint(&w, "lost", v->lost);
	jw_bool(&w, "judged", v->judged);
	write_command(&w, scene);
	return jw_line_end(&w);
}

int out_json_verdict(const struct hm_out *out, const struct hm_scene *scene,
		     const struct hm_verdict *v)
{
	for (uint32_t i = 0; v->path && i < v->leg_count; i++) {
		int err = leg_line(out, scene, v, &v->legs[i]);

		if (err)
			return err;
	}
	return path_line(out, scene, v);
}
