// SPDX-License-Identifier: GPL-2.0-only
/* The JSON line writer. RFC 8259; called by out_json*.c and json_fields.c. */
#include "json_write.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static const char hex[] = "0123456789abcdef";

static void put(struct json_writer *w, const char *text, size_t len)
{
	if (!w->err && fwrite(text, 1, len, w->to) != len)
		w->err = errno ? -errno : -EIO;
}

static void put_text(struct json_writer *w, const char *text)
{
	put(w, text, strlen(text));
}

/* RFC 8259, section 7: quote and backslash must be escaped; the rest is our choice (see header). */
static void put_quoted(struct json_writer *w, const void *bytes, size_t len)
{
	const uint8_t *from = bytes;

	put_text(w, "\"");
	for (size_t i = 0; i < len; i++) {
		char escape[6] = {'\\', 'u', '0', '0', hex[from[i] >> 4], hex[from[i] & 15]};

		if (from[i] == '"' || from[i] == '\\') {
			escape[1] = (char)from[i];
			put(w, escape, 2);
		} else if (from[i] < 0x20 || from[i] > 0x7e) {
			put(w, escape, sizeof(escape));
		} else {
			put(w, (const char *)&from[i], 1);
		}
	}
	put_text(w, "\"");
}

static void start_value(struct json_writer *w, const char *key)
{
	if (w->comma[w->depth])
		put_text(w, ",");
	w->comma[w->depth] = true;
	if (!key)
		return;
	put_text(w, "\"");
	put_text(w, key);
	put_text(w, "\":");
}

static void open_nested(struct json_writer *w, const char *open, char close)
{
	if (w->depth + 1 >= JSON_MAX_DEPTH) {
		w->err = -E2BIG;
		return;
	}
	put_text(w, open);
	w->depth++;
	w->comma[w->depth] = false;
	w->close[w->depth] = close;
}

void jw_line(struct json_writer *w, FILE *to)
{
	*w = (struct json_writer){.to = to};
	errno = 0;
	open_nested(w, "{", '}');
}

int jw_line_end(struct json_writer *w)
{
	while (w->depth)
		jw_close(w);
	put_text(w, "\n");
	if (!w->err && (fflush(w->to) || ferror(w->to)))
		w->err = errno ? -errno : -EIO;
	return w->err;
}

void jw_object(struct json_writer *w, const char *key)
{
	start_value(w, key);
	open_nested(w, "{", '}');
}

void jw_array(struct json_writer *w, const char *key)
{
	start_value(w, key);
	open_nested(w, "[", ']');
}

void jw_close(struct json_writer *w)
{
	put(w, &w->close[w->depth], 1);
	w->depth--;
}

static void put_number(struct json_writer *w, const char *key, const char *digits)
{
	start_value(w, key);
	put_text(w, digits);
}

void jw_uint(struct json_writer *w, const char *key, uint64_t value)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRIu64, value);
	put_number(w, key, digits);
}

void jw_int(struct json_writer *w, const char *key, int64_t value)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRId64, value);
	put_number(w, key, digits);
}

void jw_bool(struct json_writer *w, const char *key, bool value)
{
	put_number(w, key, value ? "true" : "false");
}

void jw_null(struct json_writer *w, const char *key)
{
	put_number(w, key, "null");
}

void jw_bytes(struct json_writer *w, const char *key, const void *bytes, size_t len)
{
	start_value(w, key);
	put_quoted(w, bytes, len);
}

void jw_text(struct json_writer *w, const char *key, const char *text)
{
	jw_bytes(w, key, text, strlen(text));
}

void jw_hex(struct json_writer *w, const char *key, const void *bytes, size_t len)
{
	const uint8_t *from = bytes;

	start_value(w, key);
	put_text(w, "\"");
	for (size_t i = 0; i < len; i++)
		put(w, (char[]){hex[from[i] >> 4], hex[from[i] & 15]}, 2);
	put_text(w, "\"");
}
