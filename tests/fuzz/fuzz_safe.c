// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sanitiser. Input: one byte for the room there is, then bytes from outside.
 *
 * Holds: only printable ASCII comes out, ended, within the room, cut at a whole escape; what was
 * not cut can be read back to the same bytes. An address that is accepted is spelled in one way.
 */
#include "fuzz.h"
#include "safe.h"

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The reverse of safe_bytes(); -1: no such escape. */
static int read_back(const char *text, uint8_t *to)
{
	int n = 0;

	for (; *text; n++) {
		if (*text != '\\') {
			to[n] = (uint8_t)*text++;
		} else if (text[1] == '\\' || text[1] == '"') {
			to[n] = (uint8_t)text[1];
			text += 2;
		} else {
			if (text[1] != 'x' || hex(text[2]) < 0 || hex(text[3]) < 0)
				return -1;
			to[n] = (uint8_t)(hex(text[2]) << 4 | hex(text[3]));
			text += 4;
		}
	}
	return n;
}

static void check_bytes(const uint8_t *data, size_t size, size_t room)
{
	char *out = malloc(room ? room : 1), *all = malloc(4 * size + 1);
	uint8_t *back = malloc(4 * size + 1);
	size_t len;

	FUZZ_CHECK(out && all && back);
	safe_bytes(out, room, data, size);
	safe_bytes(all, 4 * size + 1, data, size);
	FUZZ_CHECK(read_back(all, back) == (int)size && !memcmp(back, data, size));
	len = room ? strnlen(out, room) : 0;
	FUZZ_CHECK(!room || len < room);
	for (size_t i = 0; i < len; i++)
		FUZZ_CHECK(out[i] >= 0x20 && out[i] <= 0x7e &&
			   (out[i] != '"' || (i && out[i - 1] == '\\')));
	if (room > strlen(all)) {
		FUZZ_CHECK(!strcmp(out, all));
	} else if (room > 8) {
		FUZZ_CHECK(!memcmp(out + len - 3, "...", 3) && !memcmp(out, all, len - 3));
		out[len - 3] = '\0';
		FUZZ_CHECK(read_back(out, back) >= 0);
	}
	free(out);
	free(all);
	free(back);
}

static void check_endpoint(const char *text)
{
	struct hm_endpoint e, again;
	char spelled[HM_ADDR_LEN], twice[HM_ADDR_LEN];
	uint8_t addr[16];

	if (!safe_parse_endpoint(text, &e)) {
		safe_endpoint(spelled, &e);
		FUZZ_CHECK(!safe_parse_endpoint(spelled, &again));
		FUZZ_CHECK(!strcmp(spelled, safe_endpoint(twice, &again)));
	}
	if (!safe_parse_addr(text, addr))
		FUZZ_CHECK(!safe_parse_addr(safe_addr(spelled, addr, 0), addr));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy;
	char *text;

	if (!size)
		return 0;
	copy = fuzz_copy(data + 1, size - 1);
	text = fuzz_text(data + 1, size - 1);
	check_bytes(copy, size - 1, data[0]);
	check_endpoint(text);
	free(copy);
	free(text);
	return 0;
}
