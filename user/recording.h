/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One line of a recording: JSON text in, scene and sighting out. Pure, for hostile input.
 * Called by source_file.c.
 */
#ifndef HM_RECORDING_H
#define HM_RECORDING_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scene.h"
#include "sighting.h"

/* Longest line, without its newline: a verdict over 16 legs of 24 hops each is 130 KB. */
#define HM_RECORDING_LINE (256 * 1024)

enum recording_kind {
	RECORDING_OTHER, /* a verdict, or a type of a later version: skip it */
	RECORDING_HOST,
	RECORDING_SIGHTING,
	RECORDING_STATS,
};

struct recording_line {
	json_t *json; /* owned: json_decref() */
	enum recording_kind kind;
	uint64_t mono_ns; /* of a sighting or stats record, else 0 */
};

/* Parses a line. 0; -EBADMSG, then why says what is wrong. On failure nothing is owned. */
int recording_parse(const char *text, size_t len, struct recording_line *line, char *why,
		    size_t why_len);

/*
 * Takes a line's facts over: a host or stats record into scene, a sighting into *s. has_host:
 * scene holds an earlier host record, to which this one may only add. 0; -EBADMSG with why;
 * -ENOMEM.
 */
int recording_apply(const struct recording_line *line, bool has_host, struct hm_scene *scene,
		    struct hm_sighting *s, char *why, size_t why_len);

#endif
