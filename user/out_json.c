// SPDX-License-Identifier: GPL-2.0-only
/*
 * JSON lines: --json, -w and what report writes. Made by the commands, called by the pipeline.
 * The members' keys are in json_fields.c, the verdicts in out_json_verdict.c.
 */
#include "out_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json_fields.h"
#include "output.h"
#include "utc.h"

struct json_out {
	struct hm_out base;
	bool sightings, verdicts;
	bool host_told;
	/* what the last host record said: hops appear while a trace runs */
	uint32_t hops, other_netns, hop_changes;
};

void out_json_start(struct json_writer *w, const struct hm_out *out, const char *type)
{
	jw_line(w, out->to);
	w->held = out->held;
	jw_uint(w, "v", 1);
	jw_text(w, "type", type);
}

void out_json_time(struct json_writer *w, const struct hm_scene *scene, uint64_t mono_ns)
{
	char ts[HM_UTC_LEN];

	jw_text(w, "ts", utc_iso(ts, scene, mono_ns));
	jw_uint(w, "mono_ns", mono_ns);
}

void out_json_marker(struct json_writer *w, const struct hm_scene *scene, uint8_t id)
{
	if (id >= scene->marker_count)
		return;
	jw_bytes(w, "marker", scene->markers[id].bytes, scene->markers[id].len);
	jw_hex(w, "marker_hex", scene->markers[id].bytes, scene->markers[id].len);
}

static void write_markers(struct json_writer *w, const struct hm_scene *scene)
{
	jw_array(w, "markers");
	for (uint32_t i = 0; i < scene->marker_count; i++)
		jw_bytes(w, NULL, scene->markers[i].bytes, scene->markers[i].len);
	jw_close(w);
	jw_array(w, "markers_hex");
	for (uint32_t i = 0; i < scene->marker_count; i++)
		jw_hex(w, NULL, scene->markers[i].bytes, scene->markers[i].len);
	jw_close(w);
}

static void write_hops(struct json_writer *w, const struct hm_scene *scene)
{
	jw_array(w, "hops");
	for (uint32_t i = 0; i < scene->hop_count; i++)
		jw_text(w, NULL, scene->hops[i].name);
	jw_close(w);
	jw_array(w, "hop_facts");
	for (uint32_t i = 0; i < scene->hop_count; i++) {
		jw_object(w, NULL);
		json_fields_write(w, &json_hop_fields, &scene->hops[i]);
		jw_close(w);
	}
	jw_close(w);
	jw_array(w, "not_watched");
	for (uint32_t i = 0; i < scene->not_watched_count; i++) {
		jw_object(w, NULL);
		json_fields_write(w, &json_not_watched_fields, &scene->not_watched[i]);
		jw_close(w);
	}
	jw_close(w);
}

static void write_proxy_ports(struct json_writer *w, const struct hm_scene *scene)
{
	uint32_t used = HM_ARRAY_SIZE(scene->proxy_ports);

	while (used && !scene->proxy_ports[used - 1])
		used--;
	if (!used)
		return;
	jw_array(w, "proxy_ports");
	for (uint32_t i = 0; i < used; i++)
		jw_uint(w, NULL, scene->proxy_ports[i]);
	jw_close(w);
}

static int json_host(struct hm_out *out, const struct hm_scene *scene)
{
	struct json_out *o = (struct json_out *)out;
	char ts[HM_UTC_LEN];
	struct json_writer w;

	out_json_start(&w, out, "host");
	jw_text(&w, "ts", utc_iso(ts, scene, scene->start_mono_ns));
	json_fields_write(&w, &json_host_fields, scene);
	write_markers(&w, scene);
	write_hops(&w, scene);
	write_proxy_ports(&w, scene);
	if (scene->has_command)
		json_fields_write(&w, &json_command_fields, scene);
	o->host_told = true;
	o->hops = scene->hop_count;
	o->other_netns = scene->other_netns;
	o->hop_changes = scene->hop_changes;
	return jw_line_end(&w);
}

/* A host record again where it has grown: nothing may speak of a hop before it is told. */
static int tell_changes(struct hm_out *out, const struct hm_scene *scene)
{
	struct json_out *o = (struct json_out *)out;

	if (o->host_told && o->hops == scene->hop_count &&
	    o->other_netns == scene->other_netns && o->hop_changes == scene->hop_changes)
		return 0;
	return json_host(out, scene);
}

static int json_sighting(struct hm_out *out, const struct hm_scene *scene,
			 const struct hm_sighting *s)
{
	const struct json_out *o = (const struct json_out *)out;
	const char *hop;
	struct json_writer w;
	char ts[HM_UTC_LEN];
	int err;

	if (!o->sightings)
		return 0;
	if (s->hop >= scene->hop_count || s->what >= HM_WHAT_COUNT)
		return -EINVAL;
	err = tell_changes(out, scene);
	if (err)
		return err;
	hop = scene->hops[s->hop].name;
	out_json_start(&w, out, "sighting");
	jw_text(&w, "ts", utc_iso(ts, scene, s->mono_ns));
	jw_text(&w, "hop", hop);
	if (scene_hop_by_name(scene, hop) != s->hop)
		jw_uint(&w, "hop_index", s->hop); /* an interface that went and came again */
	jw_text(&w, "what", sighting_what_name(s->what));
	json_fields_write(&w, &json_sighting_fields, s);
	json_fields_write(&w, &json_what_fields[s->what], s);
	if (json_what_fields[s->what].field == json_what_fields[HM_WHAT_MARKER].field &&
	    s->marker.id < scene->marker_count) {
		out_json_marker(&w, scene, s->marker.id);
		jw_text(&w, "form", "raw");
	}
	return jw_line_end(&w);
}

static int json_verdict(struct hm_out *out, const struct hm_scene *scene,
			const struct hm_verdict *v)
{
	const struct json_out *o = (const struct json_out *)out;
	int err;

	if (!o->verdicts)
		return 0;
	err = tell_changes(out, scene);
	return err ? err : out_json_verdict(out, scene, v);
}

static void write_stats(struct json_writer *w, const struct hm_scene *scene)
{
	json_fields_write(w, &json_stats_fields, scene);
	jw_array(w, "hop_packets");
	for (uint32_t i = 0; i < scene->hop_count; i++) {
		jw_object(w, NULL);
		jw_text(w, "hop", scene->hops[i].name);
		jw_uint(w, "packets", scene->hops[i].packets);
		jw_close(w);
	}
	jw_close(w);
	if (scene->has_command)
		json_fields_write(w, &json_command_fields, scene);
}

static int json_stats(struct hm_out *out, const struct hm_scene *scene, uint64_t mono_ns)
{
	struct json_writer w;
	int err = tell_changes(out, scene);

	if (err)
		return err;
	out_json_start(&w, out, "stats");
	out_json_time(&w, scene, mono_ns);
	write_stats(&w, scene);
	return jw_line_end(&w);
}

/* What the last line of the text says too: how many paths, which codes. */
static void write_tally(struct json_writer *w, const struct hm_tally *tally)
{
	jw_uint(w, "paths", tally->paths);
	jw_object(w, "by_code");
	for (int i = 0; i < HM_CODE_COUNT; i++) {
		if (tally->by_code[i])
			jw_uint(w, hm_codes[i].name, tally->by_code[i]);
	}
	jw_close(w);
	jw_uint(w, "evicted", tally->evicted);
	jw_uint(w, "exit_status", (uint64_t)tally->exit_status);
}

static int json_end(struct hm_out *out, const struct hm_scene *scene, const struct hm_tally *tally)
{
	const struct json_out *o = (const struct json_out *)out;
	uint64_t last_ns = scene->end_mono_ns ? scene->end_mono_ns : scene->start_mono_ns;
	struct json_writer w;
	int err = tell_changes(out, scene);

	if (err)
		return err;
	out->held = false;
	out_json_start(&w, out, "stats");
	out_json_time(&w, scene, last_ns);
	write_stats(&w, scene);
	if (o->verdicts)
		write_tally(&w, tally);
	return jw_line_end(&w);
}

static void json_free(struct hm_out *out)
{
	free(out);
}

static const struct hm_out_ops json_ops = {
	.name = "json",
	.host = json_host,
	.sighting = json_sighting,
	.verdict = json_verdict,
	.stats = json_stats,
	.end = json_end,
	.free = json_free,
};

struct hm_out *out_json_new(FILE *to, bool sightings, bool verdicts)
{
	struct json_out *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->base.ops = &json_ops;
	o->base.to = to;
	o->sightings = sightings;
	o->verdicts = verdicts;
	return &o->base;
}
