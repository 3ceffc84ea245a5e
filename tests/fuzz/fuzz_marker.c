// SPDX-License-Identifier: GPL-2.0-only
/*
 * The marker parser. Input: one as it is typed. Holds: an accepted one has 4 to 64 bytes and, as
 * text, just those that were typed; typed again in hex it is the same; a refused one has a reason.
 */
#include <errno.h>

#include "fuzz.h"
#include "marker.h"

static void check_hex(const struct hm_marker *m)
{
	char hex[2 * HM_MARKER_MAX + 5] = "hex:", why[HM_MARKER_WHY];
	struct hm_marker again;

	for (uint32_t i = 0; i < m->len; i++)
		sprintf(hex + 4 + 2 * i, "%02X", m->bytes[i]);
	FUZZ_CHECK(!marker_parse(hex, &again, why, sizeof(why)));
	FUZZ_CHECK(!memcmp(&again, m, sizeof(again)) && !marker_find(&again, 1, m));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), why[HM_MARKER_WHY] = "";
	struct hm_marker m;
	int err = marker_parse(text, &m, why, sizeof(why));

	FUZZ_CHECK(memchr(why, '\0', sizeof(why)));
	FUZZ_CHECK(err == 0 || (err == -EINVAL && why[0]));
	if (!err) {
		FUZZ_CHECK(m.len >= HM_MARKER_MIN && m.len <= HM_MARKER_MAX);
		FUZZ_CHECK(!strncmp(text, "hex:", 4) ||
			   (strlen(text) == m.len && !memcmp(text, m.bytes, m.len)));
		check_hex(&m);
	}
	free(text);
	return 0;
}
