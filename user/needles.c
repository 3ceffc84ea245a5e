// SPDX-License-Identifier: GPL-2.0-only
/* The search table of include/hm_scan.h, built once for each trace. */
#include <errno.h>

#include "hm_scan.h"
#include "needles.h"

int needles_build(struct hm_needles *n, const struct hm_marker *markers, unsigned int count)
{
	__u32 shortest = HM_MARKER_MAX;

	if (count > HM_MAX_MARKERS)
		return -EINVAL;
	memset(n, 0, sizeof(*n));
	for (unsigned int i = 0; i < count; i++) {
		__u32 len = markers[i].len;

		if (len < HM_MARKER_MIN || len > HM_MARKER_MAX)
			return -EINVAL;
		n->marker[i].len = len;
		memcpy(n->marker[i].bytes, markers[i].bytes, len);
		shortest = len < shortest ? len : shortest;
		n->longest = len > n->longest ? len : n->longest;
	}
	n->count = count;
	n->step = shortest - (HM_MARKER_MIN - 1);
	for (unsigned int i = 0; i < count; i++)
		for (__u32 o = 0; o < n->step; o++)
			n->window[hm_window_slot(hm_load32(&n->marker[i].bytes[o]))] |= 1u << i;
	return 0;
}
