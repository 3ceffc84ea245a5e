/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the host lets hopmark have too little of, memory or open files, and who says so. Called by
 * the loader, live_watch.c, live_netns.c and cmd_cleanup.c when the kernel has refused something
 * for want of it.
 */
#ifndef HM_SHORTAGE_H
#define HM_SHORTAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HM_SHORTAGE_LEN 512

/* True if the kernel lacked no ability and no right, but room: to try less is of no use. */
bool is_shortage(int err);

/*
 * Takes as many open files as this process may have: the limit that shells set is often far below.
 */
void shortage_lift_files(void);

/*
 * True if the limit of this process's cgroup is below what a trace takes: the kernel would not say
 * no then, it would kill. ring_bytes: of the buffer.
 */
bool shortage_is_sure(uint64_t ring_bytes);

/*
 * What was too little, whose limit it is and what to do: "out of memory: cgroup /x (memory.max)
 * allows 20 MB ...". Any other -errno: the C library's words. Returns text.
 */
const char *shortage_text(int err, uint64_t ring_bytes, char *text, size_t len);

#endif
