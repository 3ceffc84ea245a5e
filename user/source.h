/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sources: where sightings come from (the kernel, a recording). The pipeline asks no further.
 */
#ifndef HM_SOURCE_H
#define HM_SOURCE_H

#include <stdint.h>

#include "path.h"
#include "scene.h"
#include "sighting.h"

/* Called for each sighting, in order. Returns 0, or -errno, which ends the delivery. */
typedef int (*hm_sighting_fn)(void *arg, struct hm_sighting *sighting);

struct hm_source;

struct hm_source_ops {
	/*
	 * Delivers what is there: at most a bounded number, so that timers and signals are served.
	 * Sets *now_ns to the source's clock, up to which everything has been delivered; leaves it
	 * alone while there is more. 1: there is more at once; 0: wait; -ENODATA: ended for
	 * good (end of file); other -errno.
	 */
	int (*read)(struct hm_source *src, hm_sighting_fn fn, void *arg, uint64_t *now_ns);
	/*
	 * Looks at the sockets of one leg and delivers socket, listener and route sightings, in
	 * that order. NULL where nothing can be asked any more (a recording holds the answers).
	 */
	int (*probe)(struct hm_source *src, const struct hm_leg *leg, hm_sighting_fn fn, void *arg);
	/* Brings scene->counters and hops[].packets up to date. */
	int (*refresh)(struct hm_source *src);
	void (*free)(struct hm_source *src);
};

struct hm_source {
	const struct hm_source_ops *ops;
	struct hm_scene *scene; /* owned by the source, borrowed by everybody else */
	int poll_fd; /* readable when read() has something; -1: always */
};

void source_free(struct hm_source *src); /* NULL is fine */

/*
 * A recording (JSON lines). path "-" is stdin. *src is set and the `host` record has been read.
 * 0; -errno; -EBADMSG: not a hopmark recording, then why says so (at least 160 bytes).
 */
int source_file_open(const char *path, struct hm_source **src, char *why, unsigned int why_len);

#endif
