/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Markers as they are typed: TEXT or hex:0a0b. Pure; called by cmd_trace.c.
 */
#ifndef HM_MARKER_H
#define HM_MARKER_H

#include <stddef.h>

#include "hm_abi.h"

#define HM_MARKER_WHY 256 /* bytes that hold every error message */
#define HM_MARKER_CHEAP 8 /* bytes: a shorter marker makes the search look at more windows */

/*
 * One marker. 0, or -EINVAL and one line in why (raw: sanitise when printing). Of exactly the bytes
 * typed: no newline is added, no case is folded.
 */
int marker_parse(const char *text, struct hm_marker *out, char *why, size_t why_len);

/* Index of a marker that out[count] repeats, or -1. */
int marker_find(const struct hm_marker *markers, unsigned int count, const struct hm_marker *m);

#endif
