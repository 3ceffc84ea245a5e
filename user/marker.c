// SPDX-License-Identifier: GPL-2.0-only
/*
 * Markers as they are typed. Called by trace_args.c.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "marker.h"

#define HEX "hex:"

static int refuse(char *why, size_t why_len, const char *text, const char *reason)
{
	snprintf(why, why_len, "-m %.80s%s: %s", text, strlen(text) > 80 ? "..." : "", reason);
	return -EINVAL;
}

static int hex_digit(char c)
{
	if (!isxdigit((unsigned char)c))
		return -1;
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

/* Bytes written, or -1 where the text is not pairs of hex digits. At most max + 1 are counted. */
static int from_hex(const char *text, __u8 *out, int max)
{
	int len = 0;

	for (; text[0]; text += 2, len++) {
		int high = hex_digit(text[0]), low = high < 0 ? -1 : hex_digit(text[1]);

		if (low < 0)
			return -1;
		if (len < max)
			out[len] = high << 4 | low;
	}
	return len;
}

int marker_parse(const char *text, struct hm_marker *out, char *why, size_t why_len)
{
	char reason[80];
	int len;

	memset(out, 0, sizeof(*out));
	if (!strncmp(text, HEX, strlen(HEX))) {
		len = from_hex(text + strlen(HEX), out->bytes, HM_MARKER_MAX);
		if (len < 0)
			return refuse(why, why_len, text,
				      "not pairs of hex digits, as in hex:0a0b0c0d");
	} else {
		size_t n = strlen(text);

		len = n < 100000 ? (int)n : 100000;
		memcpy(out->bytes, text, len < HM_MARKER_MAX ? len : HM_MARKER_MAX);
	}
	out->len = len;
	if (len >= HM_MARKER_MIN && len <= HM_MARKER_MAX)
		return 0;
	snprintf(reason, sizeof(reason), "a marker has %d to %d bytes, not %d", HM_MARKER_MIN,
		 HM_MARKER_MAX, len);
	return refuse(why, why_len, text, reason);
}

int marker_find(const struct hm_marker *markers, unsigned int count, const struct hm_marker *m)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (markers[i].len == m->len && !memcmp(markers[i].bytes, m->bytes, m->len))
			return (int)i;
	return -1;
}
