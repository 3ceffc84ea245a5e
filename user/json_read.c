// SPDX-License-Identifier: GPL-2.0-only
/* Reads members of our structs from parsed JSON, strictly. Called by recording.c. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "json_fields.h"
#include "safe.h"

int json_bytes_of(const json_t *string, void *bytes, size_t room)
{
	const uint8_t *from = (const uint8_t *)json_string_value(string);
	size_t len = json_string_length(string), at = 0;
	uint8_t *to = bytes;

	if (!from)
		return -EBADMSG;
	for (size_t i = 0; i < len; at++) {
		if (at == room)
			return -EBADMSG;
		if (from[i] < 0x80) {
			to[at] = from[i++];
		} else if ((from[i] & 0xfc) == 0xc0 && i + 1 < len) {
			/* U+0080 to U+00FF; jansson has checked that it is UTF-8 */
			to[at] = (uint8_t)(from[i] << 6 | (from[i + 1] & 0x3f));
			i += 2;
		} else {
			return -EBADMSG;
		}
	}
	return (int)at;
}

static uint64_t largest(const struct json_field *f)
{
	return f->size == 8 ? INT64_MAX : (1ull << 8 * f->size) - 1;
}

static void store(const struct json_field *f, void *at, uint64_t number)
{
	uint8_t u8 = (uint8_t)number;
	uint16_t u16 = (uint16_t)number;
	uint32_t u32 = (uint32_t)number;
	const void *const from[] = {[1] = &u8, [2] = &u16, [4] = &u32, [8] = &number};

	memcpy(at, from[f->size], f->size);
}

static int wrong(const struct json_field *f, const char *what, char *why, size_t why_len)
{
	snprintf(why, why_len, "\"%s\" %s", f->key, what);
	return -EBADMSG;
}

static int read_uint(const struct json_field *f, const json_t *value, void *at, char *why,
		     size_t why_len)
{
	char what[64];

	if (json_is_integer(value) && json_integer_value(value) >= 0 &&
	    (uint64_t)json_integer_value(value) <= largest(f)) {
		store(f, at, (uint64_t)json_integer_value(value));
		return 0;
	}
	snprintf(what, sizeof(what), "is not an integer from 0 to %llu",
		 (unsigned long long)largest(f));
	return wrong(f, what, why, why_len);
}

static int read_int(const struct json_field *f, const json_t *value, void *at, char *why,
		    size_t why_len)
{
	json_int_t number = json_integer_value(value);

	if (!json_is_integer(value) || number < INT32_MIN || number > INT32_MAX)
		return wrong(f, "is not a 32-bit integer", why, why_len);
	store(f, at, (uint64_t)number);
	return 0;
}

static int read_bool(const struct json_field *f, const json_t *value, void *at, char *why,
		     size_t why_len)
{
	if (!json_is_boolean(value))
		return wrong(f, "is not true or false", why, why_len);
	*(bool *)at = json_is_true(value);
	return 0;
}

static int read_text(const struct json_field *f, const json_t *value, void *at, char *why,
		     size_t why_len)
{
	char what[64];
	int len = json_bytes_of(value, at, f->size - 1u);

	if (len >= 0 && !memchr(at, '\0', (size_t)len)) {
		((char *)at)[len] = '\0';
		return 0;
	}
	snprintf(what, sizeof(what), "is not a string of at most %u bytes", f->size - 1u);
	return wrong(f, what, why, why_len);
}

/* A C string, or NULL where it is none or holds a NUL. */
static const char *plain(const json_t *value)
{
	const char *text = json_string_value(value);

	return text && strlen(text) == json_string_length(value) ? text : NULL;
}

static int read_endpoint(const struct json_field *f, const json_t *value, void *at, char *why,
			 size_t why_len)
{
	const char *text = plain(value);

	if (!text || safe_parse_endpoint(text, at))
		return wrong(f, "is not an address and port", why, why_len);
	return 0;
}

static int read_addr(const struct json_field *f, const json_t *value, void *at, char *why,
		     size_t why_len)
{
	const char *text = plain(value);

	if (!text || safe_parse_addr(text, at))
		return wrong(f, "is not an address", why, why_len);
	return 0;
}

static int read_name(const struct json_field *f, const json_t *value, void *at, char *why,
		     size_t why_len)
{
	const char *text = plain(value);

	if (json_is_integer(value))
		return read_uint(f, value, at, why, why_len);
	for (uint32_t i = 0; text && i < f->name_count; i++) {
		if (strcmp(text, f->names[i]))
			continue;
		store(f, at, i);
		return 0;
	}
	return wrong(f, "is not one of the names it can have", why, why_len);
}

static int (*const readers[])(const struct json_field *f, const json_t *value, void *at, char *why,
			      size_t why_len) = {
	[JSON_KIND_UINT] = read_uint,	      [JSON_KIND_INT] = read_int,
	[JSON_KIND_BOOL] = read_bool,	      [JSON_KIND_TEXT] = read_text,
	[JSON_KIND_ENDPOINT] = read_endpoint, [JSON_KIND_ADDR] = read_addr,
	[JSON_KIND_NAME] = read_name,
};

static int read_field(const struct json_field *f, const json_t *value, void *at, char *why,
		      size_t why_len)
{
	memset(at, 0, f->size);
	if (value)
		return readers[f->kind](f, value, at, why, why_len);
	if (f->always)
		return wrong(f, "is missing", why, why_len);
	if (f->kind != JSON_KIND_TEXT)
		store(f, at, f->absent);
	return 0;
}

int json_fields_read(const json_t *object, const struct json_fields *fields, void *base, char *why,
		     size_t why_len)
{
	if (fields->nest) {
		object = json_object_get(object, fields->nest);
		if (!json_is_object(object)) {
			snprintf(why, why_len, "\"%s\" is missing or no object", fields->nest);
			return -EBADMSG;
		}
	}
	for (uint32_t i = 0; i < fields->count; i++) {
		const struct json_field *f = &fields->field[i];
		int err = read_field(f, json_object_get(object, f->key), (char *)base + f->offset,
				     why, why_len);

		if (err)
			return err;
	}
	return 0;
}
