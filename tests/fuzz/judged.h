/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A source through path, judge and every output, in memory, and what must hold of the output
 * whatever the source delivered. Used by fuzz_record.c and fuzz_recording.c.
 */
#ifndef HM_FUZZ_JUDGED_H
#define HM_FUZZ_JUDGED_H

#include <errno.h>
#include <jansson.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "pipeline.h"

enum { JUDGED_TEXT, JUDGED_JSON, JUDGED_RECORDING, JUDGED_OUTPUTS };

struct judged {
	char *text[JUDGED_OUTPUTS];
	size_t len[JUDGED_OUTPUTS];
	int err; /* of the source: -ENODATA when it was read to its end */
	int status;
};

/* No byte that a terminal would obey: printable ASCII and newlines. */
static inline void judged_check_bytes(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		FUZZ_CHECK(text[i] == '\n' || (text[i] >= 0x20 && text[i] <= 0x7e));
	FUZZ_CHECK(!len || text[len - 1] == '\n');
}

/* Every line is a JSON object of ours, without a key twice. */
static inline void judged_check_json(const char *text, size_t len)
{
	while (len) {
		const char *end = memchr(text, '\n', len);
		json_error_t error;
		json_t *line = json_loadb(text, end - text, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL,
					  &error);

		FUZZ_CHECK(json_is_object(line));
		FUZZ_CHECK(json_integer_value(json_object_get(line, "v")) == 1);
		FUZZ_CHECK(json_is_string(json_object_get(line, "type")));
		json_decref(line);
		len -= end + 1 - text;
		text = end + 1;
	}
}

static inline void judged_play(struct judged *j, struct hm_pipeline *p)
{
	j->err = pipeline_start(p);
	while (!j->err || j->err == 1) {
		j->err = pipeline_step(p);
		if (j->err >= 0)
			FUZZ_CHECK(!pipeline_tick(p, pipeline_now(p)));
	}
	if (j->err == -ENODATA)
		FUZZ_CHECK(!pipeline_finish(p, pipeline_now(p)));
}

/* The bytes as a file, for a reader that takes a path. One file in memory serves all inputs. */
static inline const char *judged_file(const void *data, size_t size)
{
	static char path[40];
	static int fd = -1;

	if (fd < 0) {
		fd = memfd_create("recording", MFD_CLOEXEC);
		FUZZ_CHECK(fd >= 0);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	FUZZ_CHECK(!ftruncate(fd, 0));
	FUZZ_CHECK(pwrite(fd, data, size, 0) == (ssize_t)size);
	return path;
}

/* Judges everything; j's texts are the caller's to free with judged_free(). */
static inline void judged_run(struct judged *j, struct hm_source *source)
{
	struct hm_sink sinks[JUDGED_OUTPUTS] = {};
	FILE *to[JUDGED_OUTPUTS];
	struct hm_pipeline *p;

	memset(j, 0, sizeof(*j));
	for (int i = 0; i < JUDGED_OUTPUTS; i++) {
		to[i] = open_memstream(&j->text[i], &j->len[i]);
		FUZZ_CHECK(to[i]);
	}
	sinks[JUDGED_TEXT].out = out_text_new(to[JUDGED_TEXT], false, true);
	sinks[JUDGED_JSON].out = out_json_new(to[JUDGED_JSON], true, true);
	sinks[JUDGED_RECORDING].out = out_json_new(to[JUDGED_RECORDING], true, false);
	p = pipeline_new(source, sinks, JUDGED_OUTPUTS);
	FUZZ_CHECK(p && sinks[JUDGED_TEXT].out && sinks[JUDGED_JSON].out &&
		   sinks[JUDGED_RECORDING].out);
	judged_play(j, p);
	j->status = pipeline_exit_status(p);
	FUZZ_CHECK(j->status == 0 || j->status == 1 || j->status == 4);
	pipeline_free(p);
	for (int i = 0; i < JUDGED_OUTPUTS; i++) {
		out_free(sinks[i].out);
		fclose(to[i]);
		judged_check_bytes(j->text[i], j->len[i]);
	}
	judged_check_json(j->text[JUDGED_JSON], j->len[JUDGED_JSON]);
	judged_check_json(j->text[JUDGED_RECORDING], j->len[JUDGED_RECORDING]);
}

static inline void judged_free(struct judged *j)
{
	for (int i = 0; i < JUDGED_OUTPUTS; i++)
		free(j->text[i]);
}

#endif
