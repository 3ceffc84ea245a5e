/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one epoll loop of a live trace: source, timer, signals, COMMAND. Called by cmd_trace.c.
 */
#ifndef HM_LOOP_H
#define HM_LOOP_H

#include "child.h"
#include "pipeline.h"

struct hm_loop_opts {
	uint64_t for_ns; /* --for; 0: until something else ends it */
	uint64_t settle_ns; /* how long legs may settle after COMMAND has ended */
	struct hm_child *child; /* COMMAND, let go already; NULL: none */
	bool heartbeat; /* draw the line on stderr */
};

struct hm_loop; /* opaque */

/*
 * SIGINT, SIGTERM and SIGHUP are held back from here on. 0 or -errno; *loop is freed with
 * loop_free().
 */
int loop_new(struct hm_loop **loop);
void loop_free(struct hm_loop *loop); /* NULL is fine */

/*
 * Runs until a signal (signals.h), --for, -c, the end of COMMAND and of its legs, or of the source.
 * The pipeline has been started and is not finished here. 0; 1: there was no time to read all that
 * had been recorded by then, and the trace ends with what was read last; or -errno of source or
 * stdout.
 */
int loop_run(struct hm_loop *loop, struct hm_source *source, struct hm_pipeline *pipeline,
	     const struct hm_loop_opts *opts);

#endif
