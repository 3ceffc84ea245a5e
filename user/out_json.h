/* SPDX-License-Identifier: GPL-2.0-only */
/* Between out_json.c and out_json_verdict.c only. */
#ifndef HM_OUT_JSON_H
#define HM_OUT_JSON_H

#include <stdio.h>

#include "json_write.h"
#include "output.h"
#include "verdict.h"

/* Starts a line: "v" and "type". */
void out_json_start(struct json_writer *w, const struct hm_out *out, const char *type);

/* "ts" and "mono_ns". */
void out_json_time(struct json_writer *w, const struct hm_scene *scene, uint64_t mono_ns);

/* "marker" and "marker_hex"; nothing where id is no marker's. */
void out_json_marker(struct json_writer *w, const struct hm_scene *scene, uint8_t id);

/* One line for each leg, then one for the path. 0 or -errno. */
int out_json_verdict(const struct hm_out *out, const struct hm_scene *scene,
		     const struct hm_verdict *v);

#endif
