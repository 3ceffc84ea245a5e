// SPDX-License-Identifier: GPL-2.0-only
/*
 * A recording as a source: the same sightings, scene and clock as when it was made.
 * Called by the report command, then by the pipeline. Lines are read by recording.c.
 */
#include "source.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "recording.h"

#define BATCH 256 /* lines for each read() */
#define WHY_LEN 160
#define TICK_NS 100000000ull /* how far the clock goes at once where nothing happens */
#define TICKS_PER_GAP 1000 /* but a gap of hours is crossed in so many */

struct file_source {
	struct hm_source base;
	struct hm_scene scene;
	FILE *from;
	char *name; /* for messages, sanitised */
	char *text; /* HM_RECORDING_LINE + 1 bytes */
	uint64_t line_number;
	struct recording_line next; /* read, its time has not come; .json NULL: none */
	uint64_t now_ns;
};

/* Reads a line, *len without its newline; *whole: it has one. 0, -ENODATA at the end, -errno. */
static int read_text(struct file_source *f, size_t *len, bool *whole)
{
	int c;

	*len = 0;
	while ((c = getc_unlocked(f->from)) != EOF && c != '\n') {
		if (*len == HM_RECORDING_LINE)
			return -EMSGSIZE;
		f->text[(*len)++] = (char)c;
	}
	*whole = c == '\n';
	if (c == EOF && ferror(f->from))
		return errno ? -errno : -EIO;
	if (c == EOF && !*len)
		return -ENODATA;
	f->line_number++;
	return 0;
}

/* Reads the next line into f->next. 0, -ENODATA at the end, else -errno with why. */
static int read_line(struct file_source *f, char *why, size_t why_len)
{
	size_t len;
	bool whole;
	int err = read_text(f, &len, &whole);

	if (err == -EMSGSIZE) {
		snprintf(why, why_len, "longer than %d bytes", HM_RECORDING_LINE);
		f->line_number++;
		return -EBADMSG;
	}
	if (err) {
		snprintf(why, why_len, "%s", strerror(-err));
		return err;
	}
	err = recording_parse(f->text, len, &f->next, why, why_len);
	if (err && !whole && f->line_number > 1) {
		log_warn("%s: line %llu is cut short: the recording ends before it", f->name,
			 (unsigned long long)f->line_number);
		return -ENODATA;
	}
	return err;
}

static void drop_line(struct file_source *f)
{
	json_decref(f->next.json);
	f->next = (struct recording_line){0};
}

/* True: the next line is of later; the clock goes there first, so that waits end on the way. */
static bool wait_for_it(struct file_source *f)
{
	uint64_t gap = f->next.mono_ns > f->now_ns ? f->next.mono_ns - f->now_ns : 0;
	uint64_t step = gap / TICKS_PER_GAP > TICK_NS ? gap / TICKS_PER_GAP : TICK_NS;

	if (gap <= step)
		return false;
	f->now_ns += step;
	return true;
}

static int deliver(struct file_source *f, hm_sighting_fn fn, void *arg, char *why, size_t why_len)
{
	struct hm_sighting s;
	bool sighting = f->next.kind == RECORDING_SIGHTING;
	int err = recording_apply(&f->next, true, &f->scene, &s, why, why_len);

	if (f->next.mono_ns > f->now_ns)
		f->now_ns = f->next.mono_ns;
	drop_line(f);
	if (err || !sighting)
		return err;
	err = fn(arg, &s);
	if (err)
		why[0] = '\0'; /* not the recording's fault: the caller knows */
	return err;
}

/* One line: 0, 1 when only the clock went on, -errno. */
static int step(struct file_source *f, hm_sighting_fn fn, void *arg, char *why, size_t why_len)
{
	int err = 0;

	if (!f->next.json)
		err = read_line(f, why, why_len);
	if (err)
		return err;
	if (wait_for_it(f))
		return 1;
	return deliver(f, fn, arg, why, why_len);
}

static int file_read(struct hm_source *src, hm_sighting_fn fn, void *arg, uint64_t *now_ns)
{
	struct file_source *f = (struct file_source *)src;
	char why[WHY_LEN] = "";
	uint64_t until_ns = f->now_ns + TICK_NS;
	int err = 0;

	/* No more than a tick of its time at once: whoever waits is served as it was live. */
	for (int i = 0; !err && i < BATCH && f->now_ns < until_ns; i++)
		err = step(f, fn, arg, why, sizeof(why));
	*now_ns = f->now_ns;
	if (err >= 0)
		return 1;
	if (err == -ENODATA && !f->scene.end_mono_ns)
		f->scene.end_mono_ns = f->now_ns; /* it was cut: nobody told when it ended */
	if (err != -ENODATA && why[0])
		log_error("%s: line %llu: %s", f->name, (unsigned long long)f->line_number, why);
	return err;
}

/* The counters come with the lines: they are as of now already. */
static int file_refresh(struct hm_source *src)
{
	(void)src;
	return 0;
}

static void file_free(struct hm_source *src)
{
	struct file_source *f = (struct file_source *)src;

	drop_line(f);
	if (f->from && f->from != stdin)
		fclose(f->from);
	free(f->name);
	free(f->text);
	free(f);
}

static const struct hm_source_ops file_ops = {
	.read = file_read,
	.refresh = file_refresh,
	.free = file_free,
};

/* Looks at the first bytes and puts them back. draft-ietf-opsawg-pcap(ng): magic numbers. */
static bool is_capture(FILE *from)
{
	static const uint8_t magics[][4] = {
		{0xa1, 0xb2, 0xc3, 0xd4}, {0xd4, 0xc3, 0xb2, 0xa1}, {0xa1, 0xb2, 0x3c, 0x4d},
		{0x4d, 0x3c, 0xb2, 0xa1}, {0x0a, 0x0d, 0x0d, 0x0a},
	};
	uint8_t head[4] = {0};
	size_t got = fread(head, 1, sizeof(head), from);

	for (size_t i = got; i-- > 0;)
		ungetc(head[i], from); /* glibc steps back in its buffer: any number of bytes */
	for (size_t i = 0; i < HM_ARRAY_SIZE(magics); i++) {
		if (got == sizeof(head) && !memcmp(head, magics[i], sizeof(head)))
			return true;
	}
	return false;
}

static int read_host(struct file_source *f, char *why, unsigned int why_len)
{
	char reason[WHY_LEN] = "";
	int err;

	if (is_capture(f->from)) {
		snprintf(why, why_len,
			 "a packet capture, not a recording: "
			 "recordings are made with hopmark trace -w");
		return -EBADMSG;
	}
	err = read_line(f, reason, sizeof(reason));
	if (!err)
		err = recording_apply(&f->next, false, &f->scene, NULL, reason, sizeof(reason));
	drop_line(f);
	f->now_ns = f->scene.start_mono_ns;
	if (err == -ENODATA) {
		snprintf(why, why_len, "empty: not a hopmark recording");
		return -EBADMSG;
	}
	if (err)
		snprintf(why, why_len, "not a hopmark recording: line 1: %.110s", reason);
	return err;
}

static int open_file(struct file_source *f, const char *path)
{
	f->base.ops = &file_ops;
	f->base.scene = &f->scene;
	f->base.poll_fd = -1;
	f->text = malloc(HM_RECORDING_LINE + 1);
	f->name = strndup(strcmp(path, "-") ? path : "stdin", 255);
	if (!f->text || !f->name)
		return -ENOMEM;
	f->from = strcmp(path, "-") ? fopen(path, "re") : stdin;
	return f->from ? 0 : -errno;
}

int source_file_open(const char *path, struct hm_source **src, char *why, unsigned int why_len)
{
	struct file_source *f = calloc(1, sizeof(*f));
	int err;

	*src = NULL;
	if (!f)
		return -ENOMEM;
	err = open_file(f, path);
	if (err)
		snprintf(why, why_len, "%s", strerror(-err));
	else
		err = read_host(f, why, why_len);
	if (err) {
		file_free(&f->base);
		return err;
	}
	*src = &f->base;
	return 0;
}
