/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The judge: path in, verdict out. Pure: no clock, no I/O, no globals but const tables.
 * Rules are rows of const tables in user/rules_*.c, walked by user/rules.c.
 */
#ifndef HM_JUDGE_H
#define HM_JUDGE_H

#include "path.h"
#include "scene.h"
#include "verdict.h"

/* What judge may look at beside the path. Everything is borrowed. */
struct hm_bench {
	const struct hm_scene *scene;
	const struct hm_sighting *listeners; /* HM_WHAT_LISTENER sightings */
	uint32_t listener_count;
	/* when the newest of those that are left out was found; 0: none are */
	uint64_t listeners_lost_ns;
	const struct hm_unsearched *unsearched; /* NULL: nothing was */
	/* For judge_trace() only. */
	uint64_t encrypted; /* of the connections that came through, those that are TLS */
	uint64_t echoed; /* and those on which only the server's side sent the marker */
	uint64_t evicted; /* connections forgotten for want of memory */
	uint64_t passed; /* times that a packet was told of at a place where it passed */
	const struct hm_sighting *last_passed; /* the last of those; NULL: none */
	uint64_t elsewhere; /* connections that crossed none of the interfaces named by -i */
};

/* Judges one settled path at path->judged_ns. Always fills *out completely. */
void judge_path(const struct hm_path *path, const struct hm_bench *bench, struct hm_verdict *out);

/*
 * The verdict on a trace that gave no path (nothing-seen), or none with the marker asked for
 * (marker-not-seen). legs: connections that came through.
 */
void judge_trace(const struct hm_bench *bench, uint64_t legs, struct hm_verdict *out);

/*
 * Exit status so far (0, 1 or 4) with one more verdict taken in; start with 0. 1 beats 4 beats 0.
 */
int judge_exit(int so_far, const struct hm_verdict *verdict);

#endif
