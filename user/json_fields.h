/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the JSON lines call the members of our structs: one table for writing and for reading, so
 * that the two cannot drift apart. Used by out_json.c and source_file.c.
 *
 * To add a member to the format: one row here. Rows are never renamed or removed within "v":1.
 */
#ifndef HM_JSON_FIELDS_H
#define HM_JSON_FIELDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "json_write.h"
#include "scene.h"
#include "sighting.h"

enum json_kind {
	JSON_KIND_UINT, /* 1, 2, 4 or 8 bytes; at most INT64_MAX */
	JSON_KIND_INT, /* int32_t */
	JSON_KIND_BOOL,
	JSON_KIND_TEXT, /* char[size] with a NUL; bytes as code points */
	JSON_KIND_ENDPOINT,
	JSON_KIND_ADDR, /* 16 bytes */
	JSON_KIND_NAME, /* uint8_t, one of .names; as a number where there is no name for it */
};

struct json_field {
	const char *key;
	uint32_t offset, size;
	uint8_t kind; /* enum json_kind */
	bool always; /* written whatever it is, and required; else left out when it is .absent */
	uint64_t absent;
	const char *const *names;
	uint32_t name_count;
};

struct json_fields {
	const char *nest; /* key of the object they are in; NULL: beside the others */
	const struct json_field *field;
	uint32_t count;
};

extern const struct json_fields json_sighting_fields; /* of struct hm_sighting, every kind */
extern const struct json_fields json_what_fields[HM_WHAT_COUNT]; /* of the union, by kind */
extern const struct json_fields json_host_fields; /* of struct hm_scene, known at the start */
extern const struct json_fields json_stats_fields; /* of struct hm_scene, growing */
extern const struct json_fields json_command_fields; /* of struct hm_scene, with has_command */
extern const struct json_fields json_hop_fields; /* of struct hm_hop */
extern const struct json_fields json_not_watched_fields; /* of struct hm_not_watched */

/* Writes the fields of the struct at base. */
void json_fields_write(struct json_writer *w, const struct json_fields *fields, const void *base);

/*
 * Reads them from object into the struct at base; absent ones are set to what absence means.
 * 0; -EBADMSG, then why (why_len bytes) says which key and what is wrong with it.
 */
int json_fields_read(const json_t *object, const struct json_fields *fields, void *base, char *why,
		     size_t why_len);

/* The bytes of a JSON string whose code points are all below U+0100; their number or -EBADMSG. */
int json_bytes_of(const json_t *string, void *bytes, size_t room);

#endif
