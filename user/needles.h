/* SPDX-License-Identifier: GPL-2.0-only */
/* Builds the table that include/hm_scan.h searches with. Called by the loader and by tests. */
#ifndef NEEDLES_H
#define NEEDLES_H

#include "hm_abi.h"

/*
 * Fills n, all of it, for count markers; hits name a marker by its index here. 0 markers make a
 * table that finds nothing. -EINVAL: more than HM_MAX_MARKERS, or a length outside HM_MARKER_MIN to
 * HM_MARKER_MAX.
 */
int needles_build(struct hm_needles *n, const struct hm_marker *markers, unsigned int count);

#endif
