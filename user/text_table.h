/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of one path: a row is a place, a column a step, a cell milliseconds. */
#ifndef HM_TEXT_TABLE_H
#define HM_TEXT_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "verdict.h"

#define TEXT_TABLE_END 76 /* column in which the table ends */

/* Writes the table of v, which has a path. */
void text_table(FILE *to, const struct hm_scene *scene, const struct hm_verdict *v);

/* "squid[812]"; "pid 812" without a name; "" where neither is known. Returns out. */
char *text_process(char *out, size_t out_len, const char comm[HM_COMM_LEN], uint32_t pid);

/* True if the end that was called is on this host. */
bool text_server_is_here(const struct hm_scene *scene, const struct hm_leg_verdict *leg);

/* When the server's process was seen to read past the marker; 0: not seen, or only that it had. */
uint64_t text_read_ns(const struct hm_scene *scene, const struct hm_leg_verdict *leg);

#endif
