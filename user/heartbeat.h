/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is said on stderr while a trace runs: the ready line and the heartbeat.
 * Called by cmd_trace.c and loop.c.
 */
#ifndef HM_HEARTBEAT_H
#define HM_HEARTBEAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scene.h"

/* "watching eth0 lo: 12.4M packets, 3 SYN, 0 lost", drawn over the one before. */
void heartbeat_draw(const struct hm_scene *scene, uint64_t syns);

/* "watching eth0 lo; marker "amazinggrace"; Ctrl-C ends". how: what ends it. */
void heartbeat_ready(const struct hm_scene *scene, const char *how);

/*
 * Says once, after the first thousand packets, that none of them was inside the filter. True: that
 * is decided, and need not be asked again.
 */
bool heartbeat_filter(const struct hm_scene *scene);

/* "0", "999", "1.2k", "12.4M", "3.0G". Returns out. */
char *heartbeat_count(char *out, size_t len, uint64_t n);

/* "eth0 lo", or "eth0 eth1 eth2 and 12 more" where max names are shown. Returns out. */
char *heartbeat_devices(char *out, size_t len, const struct hm_scene *scene, unsigned int max);

#endif
