// SPDX-License-Identifier: GPL-2.0-only
/* The search table of include/hm_scan.h, built once for each trace. */
#include <errno.h>

#include "hm_scan.h"
#include "needles.h"

/* Copies the markers; their lengths rule the step. */
static int take_markers(struct hm_needles *n, const struct hm_marker *markers, unsigned int count)
{
	__u32 shortest = HM_MARKER_MAX;

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
	return 0;
}

/* How far the table is filled. */
struct fill {
	__u32 numbers; /* handed out: there are 255, then they are shared */
	__u32 used[256]; /* windows of each */
	__u32 others; /* those that are not the first of their number */
};

/* Of eight bytes that are loaded, those of a marker of len bytes. */
static __u64 mask_of(__u32 len)
{
	__u8 bytes[8] = {};

	memset(bytes, 0xff, len < 8 ? len : 8);
	return hm_load64(bytes);
}

/* Those with the same number stand in the order in which they come: the first marker's first. */
static void add_window(struct hm_needles *n, __u8 id, __u8 offset, struct fill *fill)
{
	const struct hm_marker *m = &n->marker[id];
	__u8 *number = &n->number[hm_window_slot(hm_load32(&m->bytes[offset]))];
	const __u8 span = m->len < 8 ? 0 : m->len - 8;
	__u32 at;

	if (!*number)
		*number = 1 + fill->numbers++ % 255;
	at = *number;
	if (fill->used[*number]++) {
		while (n->window[at].next)
			at = n->window[at].next;
		n->window[at].mask = 0;
		n->window[at].next = 256 + fill->others++;
		at = n->window[at].next;
	}
	n->window[at] = (struct hm_window){
		.ends = hm_load64(m->bytes) + hm_load64(m->bytes + span),
		.mask = mask_of(m->len),
		.id = id,
		.offset = offset,
		.span = span,
		.back = HM_WINDOW_BACK - offset,
		.ahead = HM_WINDOW_BACK - offset + span,
	};
	if (fill->used[*number] > n->chain)
		n->chain = fill->used[*number];
}

int needles_build(struct hm_needles *n, const struct hm_marker *markers, unsigned int count)
{
	struct fill fill = {};

	if (count > HM_MAX_MARKERS)
		return -EINVAL;
	memset(n, 0, sizeof(*n));
	if (take_markers(n, markers, count))
		return -EINVAL;
	for (unsigned int id = 0; id < count; id++)
		for (__u32 o = 0; o < n->step; o++)
			add_window(n, id, o, &fill);
	return 0;
}
