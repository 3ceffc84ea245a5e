/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The trace as a whole: what is counted for the one verdict that is on no path, nothing-seen or
 * marker-not-seen. Called by pipeline.c.
 */
#ifndef HM_PIPELINE_WHOLE_H
#define HM_PIPELINE_WHOLE_H

#include <stdbool.h>
#include <stdint.h>

#include "judge.h"

struct hm_whole {
	uint64_t paths; /* that the exit status may look at: with COMMAND its own */
	uint64_t through; /* of those, established: what marker-not-seen is about */
	uint64_t encrypted; /* of these: TLS, in which no marker can be seen */
	/* and those on which the marker went from the server's side to the client */
	uint64_t echoed;
	bool marker_seen;
	uint64_t passed; /* packets told of at a place where they pass; while there are no paths */
	struct hm_sighting last_passed; /* valid with passed */
};

/* Takes in a sighting as it came, or a path with its verdict. */
void whole_take_sighting(struct hm_whole *w, const struct hm_scene *scene,
			 const struct hm_sighting *s);
void whole_take_path(struct hm_whole *w, const struct hm_scene *scene, const struct hm_path *path,
		     const struct hm_verdict *v);

/* False: paths say enough. bench: as for paths. */
bool whole_judge(const struct hm_whole *w, struct hm_bench bench,
		 const struct hm_paths_stats *stats, struct hm_verdict *out);

#endif
