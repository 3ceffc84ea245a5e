// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sanitiser and the one spelling of addresses. Called by every output, the log, judge (its
 * sentences) and the reader of recordings.
 */
#include "safe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CUT "..."
#define ESCAPE_MAX 4 /* "\xNN" */

static const uint8_t v4_mapped[12] = {[10] = 0xff, [11] = 0xff};

/* marks: which are preceded by a backslash. */
static size_t escape(char to[ESCAPE_MAX], uint8_t byte, const char *marks)
{
	static const char hex[] = "0123456789abcdef";

	if (byte && strchr(marks, byte)) {
		to[0] = '\\';
		to[1] = (char)byte;
		return 2;
	}
	if (byte >= 0x20 && byte <= 0x7e) {
		to[0] = (char)byte;
		return 1;
	}
	to[0] = '\\';
	to[1] = 'x';
	to[2] = hex[byte >> 4];
	to[3] = hex[byte & 15];
	return 4;
}

static char *clean(char *out, size_t out_len, const void *bytes, size_t len, const char *marks)
{
	const uint8_t *from = bytes;
	size_t at = 0, cut_at = 0;

	if (!out_len)
		return out;
	for (size_t i = 0; i < len; i++) {
		char piece[ESCAPE_MAX];
		size_t n = escape(piece, from[i], marks);

		if (at + n >= out_len) {
			size_t dots = out_len - 1 - cut_at;

			at = cut_at + (dots < strlen(CUT) ? dots : strlen(CUT));
			memcpy(out + cut_at, CUT, at - cut_at);
			break;
		}
		memcpy(out + at, piece, n);
		at += n;
		if (at + strlen(CUT) < out_len)
			cut_at = at; /* the last place after which the dots still fit */
	}
	out[at] = '\0';
	return out;
}

char *safe_bytes(char *out, size_t out_len, const void *bytes, size_t len)
{
	return clean(out, out_len, bytes, len, "\"\\");
}

char *safe_text(char *out, size_t out_len, const char *text)
{
	return safe_bytes(out, out_len, text, strlen(text));
}

char *safe_message(char *out, size_t out_len, const char *text)
{
	return clean(out, out_len, text, strlen(text), "\\");
}

char *safe_sentence(char *out, size_t out_len, const char *text)
{
	return clean(out, out_len, text, strlen(text), "");
}

static bool is_v4(const uint8_t addr[16])
{
	return !memcmp(addr, v4_mapped, sizeof(v4_mapped));
}

char *safe_addr(char out[HM_ADDR_LEN], const uint8_t addr[16], uint32_t scope)
{
	char text[INET6_ADDRSTRLEN] = "";

	if (is_v4(addr)) {
		inet_ntop(AF_INET, addr + sizeof(v4_mapped), text, sizeof(text));
		scope = 0;
	} else {
		/* RFC 5952, section 4: glibc's inet_ntop writes just that. */
		inet_ntop(AF_INET6, addr, text, sizeof(text));
	}
	if (scope)
		snprintf(out, HM_ADDR_LEN, "%s%%%u", text, scope);
	else
		snprintf(out, HM_ADDR_LEN, "%s", text);
	return out;
}

char *safe_endpoint(char out[HM_ADDR_LEN], const struct hm_endpoint *e)
{
	char addr[HM_ADDR_LEN], port[8] = "?";
	bool v4 = is_v4(e->addr);

	safe_addr(addr, e->addr, e->scope);
	if (e->port)
		snprintf(port, sizeof(port), "%u", e->port);
	/* "[" + 45 + "%" + 10 + "]:" + 5 */
	snprintf(out, HM_ADDR_LEN, "%s%.60s%s:%s", v4 ? "" : "[", addr, v4 ? "" : "]", port);
	return out;
}

/* Decimal without sign, space or leading zero, 1 to max. */
static int parse_number(const char *text, uint32_t max, uint32_t *value)
{
	unsigned long long n;

	if (*text < '1' || *text > '9' || strspn(text, "0123456789") != strlen(text) ||
	    strlen(text) > 10)
		return -EINVAL;
	n = strtoull(text, NULL, 10);
	if (n > max)
		return -EINVAL;
	*value = (uint32_t)n;
	return 0;
}

int safe_parse_addr(const char *text, uint8_t addr[16])
{
	if (inet_pton(AF_INET6, text, addr) == 1)
		return 0;
	memcpy(addr, v4_mapped, sizeof(v4_mapped));
	return inet_pton(AF_INET, text, addr + sizeof(v4_mapped)) == 1 ? 0 : -EINVAL;
}

/* The part between the brackets. */
static int parse_v6(char *text, struct hm_endpoint *e)
{
	char *scope = strchr(text, '%');

	if (scope) {
		*scope++ = '\0';
		if (parse_number(scope, UINT32_MAX, &e->scope))
			return -EINVAL;
	}
	return strchr(text, ':') ? safe_parse_addr(text, e->addr) : -EINVAL;
}

int safe_parse_endpoint(const char *text, struct hm_endpoint *e)
{
	char copy[HM_ADDR_LEN], *port, *end;
	struct hm_endpoint parsed = {0};
	uint32_t number = 0;
	int err;

	if (strlen(text) >= sizeof(copy))
		return -EINVAL;
	strcpy(copy, text);
	port = strrchr(copy, ':');
	if (!port || port == copy)
		return -EINVAL;
	*port++ = '\0';
	if (strcmp(port, "?") && parse_number(port, UINT16_MAX, &number))
		return -EINVAL;
	end = port - 2;
	if (copy[0] == '[') {
		if (*end != ']')
			return -EINVAL;
		*end = '\0';
		err = parse_v6(copy + 1, &parsed);
	} else {
		err = strchr(copy, ':') ? -EINVAL : safe_parse_addr(copy, parsed.addr);
	}
	if (err)
		return err;
	parsed.port = (uint16_t)number;
	*e = parsed;
	return 0;
}
