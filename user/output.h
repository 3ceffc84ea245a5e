/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Outputs: text, JSON lines, recording. Each backend is one file with one vtable; a NULL member
 * means not interested. The pipeline calls all outputs of a trace in order.
 */
#ifndef HM_OUTPUT_H
#define HM_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "scene.h"
#include "sighting.h"
#include "verdict.h"

struct hm_tally { /* for the summary line; kept by the pipeline */
	uint64_t paths; /* path verdicts given */
	uint64_t by_code[HM_CODE_COUNT];
	uint64_t evicted;
	uint32_t markers_seen; /* a bit for each marker of the scene that was seen somewhere */
	bool marker_not_seen; /* the verdict on the whole trace, which is on no path */
	int exit_status;
};

struct hm_out; /* a backend's own state */

struct hm_out_ops {
	const char *name;
	int (*host)(struct hm_out *out, const struct hm_scene *scene);
	int (*sighting)(struct hm_out *out, const struct hm_scene *scene,
			const struct hm_sighting *s);
	int (*verdict)(struct hm_out *out, const struct hm_scene *scene,
		       const struct hm_verdict *v);
	int (*stats)(struct hm_out *out, const struct hm_scene *scene, uint64_t mono_ns);
	int (*end)(struct hm_out *out, const struct hm_scene *scene, const struct hm_tally *tally);
	void (*free)(struct hm_out *out); /* closes nothing it did not open */
};
/* Every member returns 0 or -errno of the write. */

struct hm_out {
	const struct hm_out_ops *ops;
	FILE *to;
	bool held; /* the end is near: lines may wait for end(), which writes them all */
};

/* Text for people. color: write colour codes. all: --all. NULL: out of memory. */
struct hm_out *out_text_new(FILE *to, bool color, bool all);

/*
 * JSON lines. sightings: also one object for each sighting. verdicts: false for a recording,
 * which holds what was seen, not what was thought of it.
 */
struct hm_out *out_json_new(FILE *to, bool sightings, bool verdicts);

/*
 * The rule for what text prints and what it only counts (beside its limit of ten alike): anything
 * unhealthy or unknown, what carried a marker, and what COMMAND itself opened. all: --all.
 */
bool out_prints(const struct hm_verdict *v, bool all);

void out_free(struct hm_out *out); /* NULL is fine */

#endif
