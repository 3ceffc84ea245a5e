/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which sockets the source is asked about, and how many at the end. Called by pipeline.c. A
 * recording holds the answers already: there the questions are only ticked off.
 */
#ifndef HM_PIPELINE_ASK_H
#define HM_PIPELINE_ASK_H

#include "path.h"
#include "source.h"

/* Asks about every leg for which that is due at that time; take gets the answers. 0 or -errno. */
int ask_due(struct hm_source *source, struct hm_paths *paths, uint64_t due_ns, hm_sighting_fn take,
	    void *arg);

/*
 * At the end, when somebody waits: a bounded number of what would be due later. How many are left
 * is put into scene->unasked, unless a recording says so already.
 */
int ask_last(struct hm_source *source, struct hm_paths *paths, hm_sighting_fn take, void *arg);

#endif
