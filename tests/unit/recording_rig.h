/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A recording in a file, which is read through source_file.c; what that logs is looked at. Included
 * by test_source_file*.c.
 */
#ifndef HM_TEST_RECORDING_RIG_H
#define HM_TEST_RECORDING_RIG_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>
#include <cmocka.h>

#include "log.h"
#include "recording.h"
#include "source.h"
#include "text_fixture.h"

static struct fixture f;
static char file[] = "/tmp/hopmark-test-XXXXXX";
static char good[16384]; /* a recording: host, three sightings, stats */
static size_t good_len;
static char said[512]; /* the last line logged, with what kind it was */

static inline void remember(const char *kind, const char *fmt, va_list args)
{
	int n = snprintf(said, sizeof(said), "%s: ", kind);

	vsnprintf(said + n, sizeof(said) - (size_t)n, fmt, args);
}

/* In place of log.c: what is told is looked at. */
#define LOG(kind)                                                                                  \
	void log_##kind(const char *fmt, ...)                                                      \
	{                                                                                          \
		va_list args;                                                                      \
		va_start(args, fmt);                                                               \
		remember(#kind, fmt, args);                                                        \
		va_end(args);                                                                      \
	}
LOG(error)
LOG(warn)
LOG(info)
LOG(debug)

void log_set_verbose(bool verbose)
{
	(void)verbose;
}

static uint64_t delivered_ns[8];
static int delivered;

static inline int take(void *arg, struct hm_sighting *s)
{
	(void)arg;
	if (delivered < 8)
		delivered_ns[delivered] = s->mono_ns;
	delivered++;
	return 0;
}

static inline void write_file(const void *bytes, size_t len)
{
	FILE *to = fopen(file, "w");

	assert_int_equal(fwrite(bytes, 1, len, to), len);
	fclose(to);
}

/* Reads the file to its end: -ENODATA when all went well, else what failed. */
static inline int read_all(char *why, size_t why_len)
{
	struct hm_source *src = NULL;
	uint64_t now_ns = 0, before_ns = 0;
	int err;

	delivered = 0;
	said[0] = why[0] = '\0';
	err = source_file_open(file, &src, why, (unsigned int)why_len);
	if (err) {
		assert_null(src);
		return err;
	}
	do {
		err = src->ops->read(src, take, NULL, &now_ns);
		assert_true(now_ns >= before_ns);
		before_ns = now_ns;
	} while (err == 1);
	source_free(src);
	return err;
}

static inline int read_bytes(const void *bytes, size_t len, char *why, size_t why_len)
{
	write_file(bytes, len);
	return read_all(why, why_len);
}

static inline int make_good(void **state)
{
	struct hm_sighting s = {.what = HM_WHAT_MARKER, .family = 4, .mono_ns = START};
	FILE *to = fmemopen(good, sizeof(good), "w");
	struct hm_out *out = out_json_new(to, true, false);
	struct hm_tally tally = {0};

	(void)state;
	close(mkstemp(file));
	fixture_delivered(&f);
	s.src = f.leg[0].client;
	s.dst = f.leg[0].server;
	out->ops->host(out, &f.scene);
	out->ops->sighting(out, &f.scene, &s);
	s.mono_ns += 30000 * MS;
	out->ops->sighting(out, &f.scene, &s);
	s.mono_ns += 1;
	out->ops->sighting(out, &f.scene, &s);
	f.scene.end_mono_ns = s.mono_ns + 5;
	out->ops->end(out, &f.scene, &tally);
	out_free(out);
	good_len = (size_t)ftell(to);
	fclose(to);
	return 0;
}

static inline int remove_file(void **state)
{
	(void)state;
	return unlink(file);
}

/* The good recording with the first sighting's `from` replaced by `to`. */
static inline int with_change(const char *from, const char *to, char *why, size_t why_len)
{
	static char changed[sizeof(good) + 512];
	const char *sighting = strchr(good, '\n') + 1, *at = strstr(sighting, from);
	int len;

	assert_non_null(at);
	len = snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - good), good, to,
		       at + strlen(from));
	return read_bytes(changed, (size_t)len, why, why_len);
}

#endif
