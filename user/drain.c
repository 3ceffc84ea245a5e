// SPDX-License-Identifier: GPL-2.0-only
/* The ring buffer's reading end, see drain.h. */
#include "clock.h"
#include "drain.h"

#include <errno.h>

#include <bpf/libbpf.h>

#define DRAIN_NS 5000000 /* one drain lasts at most 5 ms: then timers and signals are served */
#define LOOK_AT_CLOCK 64 /* records */

static int on_record(void *arg, void *data, size_t size)
{
	struct hm_drain *drain = arg;
	const struct hm_rec *rec = data;
	int err;

	if (size < sizeof(*rec) || size < rec->size ||
	    rec->size != (rec->what == HM_WHAT_HELLO ? sizeof(struct hm_hello_rec) : sizeof(*rec)))
		return -EBADMSG;
	err = drain->fn(drain->arg, rec);
	if (err)
		return err;
	/* ring_buffer__consume() never returns under a steady producer: it is stopped from here. */
	if (--drain->left <= 0 ||
	    (drain->left % LOOK_AT_CLOCK == 0 && clock_ns(CLOCK_BOOTTIME) > drain->until_ns))
		return -EAGAIN;
	return 0;
}

int drain_open(struct hm_drain *drain, int map_fd)
{
	drain->ring = ring_buffer__new(map_fd, on_record, drain, NULL);
	return drain->ring ? 0 : -errno;
}

void drain_close(struct hm_drain *drain)
{
	ring_buffer__free(drain->ring);
	drain->ring = NULL;
}

int drain_fd(const struct hm_drain *drain)
{
	return ring_buffer__epoll_fd(drain->ring);
}

int drain_consume(struct hm_drain *drain, hm_record_fn fn, void *arg, int max)
{
	int err;

	drain->fn = fn;
	drain->arg = arg;
	drain->left = max;
	drain->until_ns = clock_ns(CLOCK_BOOTTIME) + DRAIN_NS;
	err = ring_buffer__consume(drain->ring);
	if (err == -EAGAIN)
		return 1;
	return err < 0 ? err : 0;
}
