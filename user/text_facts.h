/* SPDX-License-Identifier: GPL-2.0-only */
/* The labelled lines under a table that are not judge's words: time, watched, not watched. */
#ifndef HM_TEXT_FACTS_H
#define HM_TEXT_FACTS_H

#include <stdio.h>

#include "verdict.h"

/* Where the time went; nothing where no time is known. */
void text_time(FILE *to, const struct hm_scene *scene, const struct hm_verdict *v);

/* What was watched, and what was lost; with packets for each interface where v has no path. */
void text_watched(FILE *to, const struct hm_scene *scene, const struct hm_verdict *v);

/* What was not watched, and why; nothing where all was. */
void text_not_watched(FILE *to, const struct hm_scene *scene, const struct hm_verdict *v);

#endif
