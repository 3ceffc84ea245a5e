// SPDX-License-Identifier: GPL-2.0-only
/* The JSON line writer. RFC 8259; called by out_json*.c and json_fields.c. */
#include "json_write.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static const char hex[] = "0123456789abcdef";

static void write_out(struct json_writer *w)
{
	if (!w->err && w->used && fwrite(w->buf, 1, w->used, w->to) != w->used)
		w->err = errno ? -errno : -EIO;
	w->used = 0;
}

static void put(struct json_writer *w, const char *text, size_t len)
{
	while (len) {
		size_t n = sizeof(w->buf) - w->used;

		if (n > len)
			n = len;
		memcpy(w->buf + w->used, text, n);
		w->used += n;
		text += n;
		len -= n;
		if (w->used == sizeof(w->buf))
			write_out(w);
	}
}

static void put_text(struct json_writer *w, const char *text)
{
	put(w, text, strlen(text));
}

static bool is_plain(uint8_t c)
{
	return c >= 0x20 && c <= 0x7e && c != '"' && c != '\\';
}

/* RFC 8259, section 7: quote and backslash must be escaped; the rest is our choice (see header). */
static void put_quoted(struct json_writer *w, const void *bytes, size_t len)
{
	const uint8_t *from = bytes;
	size_t plain = 0; /* bytes before i that can be copied as they are */

	put_text(w, "\"");
	for (size_t i = 0; i < len; i++) {
		char escape[6] = {'\\', 'u', '0', '0', hex[from[i] >> 4], hex[from[i] & 15]};

		if (is_plain(from[i])) {
			plain++;
			continue;
		}
		put(w, (const char *)from + i - plain, plain);
		plain = 0;
		if (from[i] == '"' || from[i] == '\\')
			escape[1] = (char)from[i];
		put(w, escape, escape[1] == 'u' ? sizeof(escape) : 2);
	}
	put(w, (const char *)from + len - plain, plain);
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
	w->to = to;
	w->held = false;
	w->err = 0;
	w->used = w->depth = 0;
	w->comma[0] = false;
	errno = 0;
	open_nested(w, "{", '}');
}

int jw_line_end(struct json_writer *w)
{
	while (w->depth)
		jw_close(w);
	put_text(w, "\n");
	write_out(w);
	if (!w->err && ((!w->held && fflush(w->to)) || ferror(w->to)))
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
