// SPDX-License-Identifier: GPL-2.0-only
/*
 * `hopmark report`: a file that claims to be a recording, through reader, path, judge and outputs.
 * Input: the file. Holds: see judged.h.
 */
#include "judged.h"
#include "source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hm_source *source;
	struct judged j;
	char why[160] = "";
	int err = source_file_open(judged_file(data, size), &source, why, sizeof(why));

	FUZZ_CHECK(memchr(why, '\0', sizeof(why)));
	if (err) {
		FUZZ_CHECK(why[0]);
		return 0;
	}
	judged_run(&j, source);
	FUZZ_CHECK(j.err == -ENODATA || j.err == -EBADMSG);
	judged_free(&j);
	source_free(source);
	return 0;
}
