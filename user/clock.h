/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What time it is. Sightings and all that is due have CLOCK_BOOTTIME. Safe in a signal's handler.
 */
#ifndef HM_CLOCK_H
#define HM_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_ns(clockid_t which)
{
	struct timespec ts;

	clock_gettime(which, &ts);
	return ts.tv_sec * UINT64_C(1000000000) + ts.tv_nsec;
}

#endif
