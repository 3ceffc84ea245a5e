/* SPDX-License-Identifier: GPL-2.0-only */
/* UTC of a sighting's clock, as the scene relates the two. Used by the outputs. */
#ifndef HM_UTC_H
#define HM_UTC_H

#include "scene.h"

#define HM_UTC_LEN 40

/* "2026-11-22T17:00:00.123456789Z" of mono_ns. Returns out. */
char *utc_iso(char out[HM_UTC_LEN], const struct hm_scene *scene, uint64_t mono_ns);

/* "2026-11-22 17:00:00.123 UTC" of mono_ns. Returns out. */
char *utc_human(char out[HM_UTC_LEN], const struct hm_scene *scene, uint64_t mono_ns);

#endif
