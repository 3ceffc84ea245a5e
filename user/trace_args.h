/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command line of `hopmark trace`: its table of options, and what a table cannot check.
 * Called by cmd_trace.c.
 */
#ifndef HM_TRACE_ARGS_H
#define HM_TRACE_ARGS_H

#include "opts.h"
#include "trace_opts.h"

#define TRACE_OPT_COUNT 22

struct trace_args {
	struct hm_trace_opts opts;
	const char *markers[HM_MAX_MARKERS]; /* -m, as typed */
	uint32_t marker_count;
	bool verbose;
};

extern const struct hm_opt trace_opts_table[TRACE_OPT_COUNT];
extern const char trace_intro[];

/* Defaults. */
void trace_args_init(struct trace_args *args);

/*
 * Markers, FILTER, and options that exclude each other; words are FILTER and COMMAND.
 * 0, or -EINVAL, the error having been logged.
 */
int trace_args_check(struct trace_args *args, const struct hm_words *words);

/* Tells, once the trace has begun, what the markers cost, and which is part of another. */
void trace_args_tell_markers(const struct trace_args *args);

#endif
