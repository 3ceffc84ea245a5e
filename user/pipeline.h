/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pipeline: source -> path -> judge -> outputs, for a live trace and a recording alike.
 * Called by loop.c (live) and cmd_report.c. It calls no clock: time is the sightings' own, so a
 * recording gives the verdicts that the live trace gave.
 */
#ifndef HM_PIPELINE_H
#define HM_PIPELINE_H

#include <stdbool.h>

#include "output.h"
#include "source.h"

/* One output of a trace. */
struct hm_sink {
	struct hm_out *out; /* owned by the caller */
	const char *path; /* of a recording, whose failure does not end the trace; NULL: stdout */
	int err; /* -errno of the write that failed; from then on it is left alone */
};

struct hm_pipeline; /* opaque */

/* New pipeline; source and sinks are borrowed for its whole life. NULL: out of memory. */
struct hm_pipeline *pipeline_new(struct hm_source *source, struct hm_sink *sinks,
				 unsigned int sink_count);
void pipeline_free(struct hm_pipeline *p); /* NULL is fine */

/* Tells the outputs what is watched. 0 or -errno of stdout. */
int pipeline_start(struct hm_pipeline *p);

/*
 * Reads once, a bounded number of sightings. 1: there is more at once; 0: wait; -ENODATA: the
 * source has ended; other -errno of the source or of stdout (-EPIPE: its reader has gone).
 */
int pipeline_step(struct hm_pipeline *p);

/* Asks about sockets where that is due, judges what has settled at now, and tells statistics. */
int pipeline_tick(struct hm_pipeline *p, uint64_t now_ns);

/*
 * Last probes, all remaining verdicts, the trace's own where there is one, and the end, with which
 * the outputs tell the last statistics. 0 or -errno as above.
 */
int pipeline_finish(struct hm_pipeline *p, uint64_t now_ns);

/* -c is reached. */
bool pipeline_done(const struct hm_pipeline *p);

/* Something seen has not been judged yet, so that a finer clock than one a second serves. */
bool pipeline_busy(const struct hm_pipeline *p, uint64_t now_ns);

/* Every leg seen is part of a path that has been judged; false while there is none. */
bool pipeline_settled(const struct hm_pipeline *p);

uint64_t pipeline_now(const struct hm_pipeline *p); /* latest time known, CLOCK_BOOTTIME */
uint64_t pipeline_syns(const struct hm_pipeline *p); /* SYNs seen, at their first hop or later */
int pipeline_exit_status(const struct hm_pipeline *p); /* 0, 1 or 4 */

#endif
