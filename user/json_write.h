/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A streaming writer of JSON lines: no allocation, one object a line. Used by out_json*.c.
 *
 * Every byte outside 0x20 to 0x7e is written as \u00XX, so that a line is plain ASCII and a byte
 * string comes back as the code points U+0000 to U+00FF, whatever it held.
 */
#ifndef HM_JSON_WRITE_H
#define HM_JSON_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_MAX_DEPTH 16

struct json_writer {
	FILE *to;
	bool held; /* the line may wait for one that may not */
	int err; /* first error of the line, -errno */
	unsigned int depth;
	size_t used; /* bytes in buf */
	bool comma[JSON_MAX_DEPTH]; /* a value has been written at that depth */
	char close[JSON_MAX_DEPTH];
	char buf[4096]; /* one write for most lines */
};

/* Starts a line with "{". */
void jw_line(struct json_writer *w, FILE *to);

/*
 * Closes what is open, ends the line and, unless held, flushes it. 0 or -errno of the first failed
 * write.
 */
int jw_line_end(struct json_writer *w);

/* key is NULL inside an array, and only there. Keys are ours: they are written as they are. */
void jw_object(struct json_writer *w, const char *key);
void jw_array(struct json_writer *w, const char *key);
void jw_close(struct json_writer *w); /* the innermost object or array */
void jw_uint(struct json_writer *w, const char *key, uint64_t value);
void jw_int(struct json_writer *w, const char *key, int64_t value);
void jw_bool(struct json_writer *w, const char *key, bool value);
void jw_null(struct json_writer *w, const char *key);
void jw_text(struct json_writer *w, const char *key, const char *text); /* a C string */
void jw_bytes(struct json_writer *w, const char *key, const void *bytes, size_t len);
void jw_hex(struct json_writer *w, const char *key, const void *bytes, size_t len);

#endif
