// SPDX-License-Identifier: GPL-2.0-only
/* One line of a recording, read strictly. Called by source_file.c. */
#include "recording.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json_fields.h"
#include "safe.h"

#define MAX_NESTING 16 /* ours nest 6 deep */

#define SAY(...) (snprintf(why, why_len, __VA_ARGS__), -EBADMSG)

/* Nesting is looked at before the parser recurses into it. */
static bool too_deep(const char *text, size_t len)
{
	unsigned int depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < len; i++) {
		if (quoted && text[i] == '\\')
			i++;
		else if (text[i] == '"')
			quoted = !quoted;
		else if (!quoted && (text[i] == '{' || text[i] == '['))
			depth++;
		else if (!quoted && (text[i] == '}' || text[i] == ']') && depth)
			depth--;
		if (depth > MAX_NESTING)
			return true;
	}
	return false;
}

static int classify(struct recording_line *line, char *why, size_t why_len)
{
	static const char *const names[] = {
		[RECORDING_HOST] = "host",
		[RECORDING_SIGHTING] = "sighting",
		[RECORDING_STATS] = "stats",
	};
	const char *type = json_string_value(json_object_get(line->json, "type"));
	const json_t *time = json_object_get(line->json, "mono_ns");

	if (json_integer_value(json_object_get(line->json, "v")) != 1)
		return SAY("no \"v\":1: not a line of a recording, or of a later format");
	if (!type)
		return SAY("\"type\" is missing or no string");
	line->kind = RECORDING_OTHER;
	for (size_t i = 1; i < HM_ARRAY_SIZE(names); i++) {
		if (!strcmp(type, names[i]))
			line->kind = (enum recording_kind)i;
	}
	if (line->kind != RECORDING_SIGHTING && line->kind != RECORDING_STATS)
		return 0;
	if (!json_is_integer(time) || json_integer_value(time) < 0)
		return SAY("\"mono_ns\" is missing or no time");
	line->mono_ns = (uint64_t)json_integer_value(time);
	return 0;
}

int recording_parse(const char *text, size_t len, struct recording_line *line, char *why,
		    size_t why_len)
{
	char said[80];
	json_error_t error;
	int err;

	*line = (struct recording_line){0};
	if (too_deep(text, len))
		return SAY("nested more than %d deep", MAX_NESTING);
	line->json = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
	if (!line->json)
		return SAY("no JSON object: %s", safe_sentence(said, sizeof(said), error.text));
	err = classify(line, why, why_len);
	if (err) {
		json_decref(line->json);
		line->json = NULL;
	}
	return err;
}

/* Hex digits, two for each byte; their number of bytes or -EBADMSG. */
static int unhex(const json_t *string, uint8_t *bytes, size_t room)
{
	const char *text = json_string_value(string);
	size_t len = json_string_length(string);

	if (!text || len % 2 || len / 2 > room)
		return -EBADMSG;
	for (size_t i = 0; i < len; i += 2) {
		char pair[3] = {text[i], text[i + 1], '\0'};

		if (!isxdigit((unsigned char)pair[0]) || !isxdigit((unsigned char)pair[1]))
			return -EBADMSG;
		bytes[i / 2] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return (int)(len / 2);
}

static int read_markers(const json_t *record, struct hm_scene *scene, char *why, size_t why_len)
{
	const json_t *markers = json_object_get(record, "markers_hex");

	if (!json_is_array(markers) || json_array_size(markers) > HM_MAX_MARKERS)
		return SAY("\"markers_hex\" is no array of at most %d", HM_MAX_MARKERS);
	for (size_t i = 0; i < json_array_size(markers); i++) {
		struct hm_marker *m = &scene->markers[scene->marker_count++];
		int len = unhex(json_array_get(markers, i), m->bytes, sizeof(m->bytes));

		if (len < HM_MARKER_MIN)
			return SAY("\"markers_hex\" has one that is not 4 to 64 bytes in hex");
		m->len = (uint32_t)len;
	}
	return 0;
}

static int read_hops(const json_t *record, struct hm_scene *scene, char *why, size_t why_len)
{
	const json_t *hops = json_object_get(record, "hop_facts");

	if (!json_is_array(hops) || json_array_size(hops) > HM_MAX_HOPS)
		return SAY("\"hop_facts\" is no array of at most %d", HM_MAX_HOPS);
	for (size_t i = 0; i < json_array_size(hops); i++) {
		struct hm_hop *hop = &scene->hops[scene->hop_count++];
		int err = json_fields_read(json_array_get(hops, i), &json_hop_fields, hop, why,
					   why_len);

		if (err)
			return err;
		if (hop->hook >= HM_HOOK_COUNT)
			return SAY("\"hook\" is not one of the names it can have");
	}
	return 0;
}

static int read_not_watched(const json_t *record, struct hm_scene *scene, char *why, size_t why_len)
{
	const json_t *rows = json_object_get(record, "not_watched");

	if (!json_is_array(rows) || json_array_size(rows) > HM_MAX_NOT_WATCHED)
		return SAY("\"not_watched\" is no array of at most %d", HM_MAX_NOT_WATCHED);
	for (size_t i = 0; i < json_array_size(rows); i++) {
		int err = json_fields_read(json_array_get(rows, i), &json_not_watched_fields,
					   &scene->not_watched[scene->not_watched_count++], why,
					   why_len);

		if (err)
			return err;
	}
	return 0;
}

static int read_proxy_ports(const json_t *record, struct hm_scene *scene, char *why, size_t why_len)
{
	const json_t *ports = json_object_get(record, "proxy_ports");

	if (!ports)
		return 0;
	if (!json_is_array(ports) || json_array_size(ports) > HM_ARRAY_SIZE(scene->proxy_ports))
		return SAY("\"proxy_ports\" is no array of at most 8");
	for (size_t i = 0; i < json_array_size(ports); i++) {
		const json_t *port = json_array_get(ports, i);

		if (!json_is_integer(port) || json_integer_value(port) < 0 ||
		    json_integer_value(port) > UINT16_MAX)
			return SAY("\"proxy_ports\" has one that is no port");
		scene->proxy_ports[i] = (uint16_t)json_integer_value(port);
	}
	return 0;
}

static int read_command(const json_t *record, struct hm_scene *scene, char *why, size_t why_len)
{
	scene->has_command = json_object_get(record, json_command_fields.nest);
	if (!scene->has_command)
		return 0;
	return json_fields_read(record, &json_command_fields, scene, why, why_len);
}

static int read_scene(const json_t *record, struct hm_scene *scene, char *why, size_t why_len)
{
	static int (*const parts[])(const json_t *, struct hm_scene *, char *, size_t) = {
		read_markers, read_hops, read_not_watched, read_proxy_ports, read_command,
	};
	int err = json_fields_read(record, &json_host_fields, scene, why, why_len);

	for (size_t i = 0; !err && i < HM_ARRAY_SIZE(parts); i++)
		err = parts[i](record, scene, why, why_len);
	return err;
}

/* The same hop, or one that has taken its place since. */
static bool follows(const struct hm_hop *again, const struct hm_hop *before)
{
	return !strcmp(again->name, before->name) || again->since_ns > before->since_ns;
}

/* A host record that comes again tells of hops that were added; the rest must be as it was. */
static int take_additions(struct hm_scene *scene, const struct hm_scene *again, char *why,
			  size_t why_len)
{
	if (again->start_mono_ns != scene->start_mono_ns ||
	    strcmp(again->boot_id, scene->boot_id) || again->marker_count != scene->marker_count ||
	    memcmp(again->markers, scene->markers, sizeof(scene->markers)))
		return SAY("a second recording begins here");
	for (uint32_t i = 0; i < scene->hop_count; i++) {
		if (i >= again->hop_count || !follows(&again->hops[i], &scene->hops[i]))
			return SAY("a hop of the earlier host record is gone");
	}
	memcpy(scene->hops, again->hops, sizeof(scene->hops));
	scene->hop_count = again->hop_count;
	memcpy(scene->not_watched, again->not_watched, sizeof(scene->not_watched));
	scene->not_watched_count = again->not_watched_count;
	scene->other_netns = again->other_netns;
	scene->hop_changes++;
	return 0;
}

static int apply_host(const json_t *record, bool has_host, struct hm_scene *scene, char *why,
		      size_t why_len)
{
	struct hm_scene *fresh = calloc(1, sizeof(*fresh));
	int err;

	if (!fresh)
		return -ENOMEM;
	err = read_scene(record, fresh, why, why_len);
	if (!err && has_host)
		err = take_additions(scene, fresh, why, why_len);
	else if (!err)
		*scene = *fresh;
	free(fresh);
	return err;
}

static int apply_hop_packets(const json_t *record, struct hm_scene *scene, char *why,
			     size_t why_len)
{
	const json_t *rows = json_object_get(record, "hop_packets");

	if (!rows)
		return 0;
	if (!json_is_array(rows) || json_array_size(rows) > scene->hop_count)
		return SAY("\"hop_packets\" is no array of the host's hops");
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *packets = json_object_get(json_array_get(rows, i), "packets");

		if (!json_is_integer(packets) || json_integer_value(packets) < 0)
			return SAY("\"packets\" is no number of packets");
		scene->hops[i].packets = (uint64_t)json_integer_value(packets);
	}
	return 0;
}

static int apply_stats(const json_t *record, struct hm_scene *scene, char *why, size_t why_len)
{
	int err = json_fields_read(record, &json_stats_fields, scene, why, why_len);

	if (!err)
		err = apply_hop_packets(record, scene, why, why_len);
	if (!err && scene->has_command && json_object_get(record, json_command_fields.nest))
		err = json_fields_read(record, &json_command_fields, scene, why, why_len);
	return err;
}

/* The hop's index: by name, or by number where two hops share a name. */
static int hop_of(const json_t *record, const struct hm_scene *scene)
{
	const json_t *index = json_object_get(record, "hop_index");
	char name[HM_NAME_LEN];
	int len = json_bytes_of(json_object_get(record, "hop"), name, sizeof(name) - 1);

	if (len < 0 || memchr(name, '\0', (size_t)len))
		return -EBADMSG;
	name[len] = '\0';
	if (!index)
		return scene_hop_by_name(scene, name);
	if (!json_is_integer(index) || json_integer_value(index) < 0 ||
	    json_integer_value(index) >= scene->hop_count)
		return -EBADMSG;
	return (int)json_integer_value(index);
}

static int apply_sighting(const json_t *record, const struct hm_scene *scene, struct hm_sighting *s,
			  char *why, size_t why_len)
{
	const char *what = json_string_value(json_object_get(record, "what"));
	const struct json_fields *by_what;
	int hop = hop_of(record, scene), err;

	memset(s, 0, sizeof(*s));
	if (hop < 0)
		return SAY("\"hop\" is none of the host record's");
	s->hop = (uint16_t)hop;
	s->what = (uint8_t)(what ? sighting_what_by_name(what) : HM_WHAT_NONE);
	if (s->what == HM_WHAT_NONE || s->what >= HM_WHAT_COUNT)
		return SAY("\"what\" is no kind of sighting");
	by_what = &json_what_fields[s->what];
	err = json_fields_read(record, &json_sighting_fields, s, why, why_len);
	if (!err)
		err = json_fields_read(record, by_what, s, why, why_len);
	if (err)
		return err;
	if (s->family && s->family != 4 && s->family != 6)
		return SAY("\"family\" is not 4 or 6");
	if (by_what->field == json_what_fields[HM_WHAT_MARKER].field &&
	    s->marker.id != HM_NO_MARKER && s->marker.id >= scene->marker_count)
		return SAY("\"marker_id\" is none of the host record's");
	return 0;
}

int recording_apply(const struct recording_line *line, bool has_host, struct hm_scene *scene,
		    struct hm_sighting *s, char *why, size_t why_len)
{
	if (!has_host && line->kind != RECORDING_HOST)
		return SAY("the first line is no host record");
	switch (line->kind) {
	case RECORDING_HOST:
		return apply_host(line->json, has_host, scene, why, why_len);
	case RECORDING_SIGHTING:
		return apply_sighting(line->json, scene, s, why, why_len);
	case RECORDING_STATS:
		return apply_stats(line->json, scene, why, why_len);
	case RECORDING_OTHER:
		break;
	}
	return 0;
}
