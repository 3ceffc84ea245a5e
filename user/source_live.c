// SPDX-License-Identifier: GPL-2.0-only
/* The live source: kernel records in, sightings out. See source_live.h. */
#include "source_live.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "clock.h"
#include "live.h"
#include "log.h"
#include "shortage.h"

#define RECORDS_AT_ONCE 4096 /* then timers and signals are served */
#define READ_AGAIN_NS 1000000L
#define WAITS_APART_NS 200000000ULL

static int on_record(void *arg, const struct hm_rec *rec)
{
	struct hm_live *live = arg;
	int hop = live_hop(live, rec->netns, rec->hook, rec->ifindex);
	struct hm_sighting s;

	if (hop < 0) { /* of an interface that was attached and could not be listed */
		live->scene.counters[HM_CNT_LOST_HOP]++;
		return 0;
	}
	live_sighting(rec, hop, &s);
	live_ask_table(live, rec->netns, &s);
	live->scene.counters[HM_CNT_DELIVERED]++;
	return live->fn(live->fn_arg, &s);
}

/* Without the janitor nobody removes the filters; the trace itself is as good as before. */
static void check_janitor(struct hm_live *live)
{
	int pid, fd = loader_janitor_fd(live->loader);

	if (!loader_lost_janitor(live->loader, &pid))
		return;
	epoll_ctl(live->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
	log_warn(
		"process %d (hm-janitor) was ended: clsact filters will stay after this trace, and "
		"new interfaces are not watched; then run hopmark cleanup",
		pid);
}

static int live_read(struct hm_source *src, hm_sighting_fn fn, void *arg, uint64_t *now_ns)
{
	struct hm_live *live = (struct hm_live *)src;
	uint64_t before = clock_ns(CLOCK_BOOTTIME);
	int more, err;

	live->fn = fn;
	live->fn_arg = arg;
	more = loader_consume(live->loader, on_record, live, RECORDS_AT_ONCE);
	if (more < 0)
		return more;
	if (!more) /* everything before this moment has been delivered */
		*now_ns = before;
	check_janitor(live);
	if (live->news_fd >= 0) {
		err = live_follow_interfaces(live);
		if (err)
			return err;
	}
	return more;
}

/*
 * Where a packet was left that nobody has searched it waits until that is known, 20 ms: a verdict
 * may be due. Not again and again: records wait meanwhile. Then it is known at the next time.
 */
static int read_counters(struct hm_live *live, struct hm_counters *now)
{
	const struct timespec pause = {.tv_nsec = READ_AGAIN_NS};
	const uint64_t began = clock_ns(CLOCK_BOOTTIME);
	bool waits = live->scene.end_mono_ns || began - live->waited_ns >= WAITS_APART_NS;
	uint64_t ns = began;
	int err;

	while (!(err = loader_counters(live->loader, now)) && waits &&
	       left_read(&live->left, now, ns)) {
		nanosleep(&pause, NULL);
		ns = clock_ns(CLOCK_BOOTTIME);
	}
	if (ns > began)
		live->waited_ns = ns;
	return err;
}

static int live_refresh(struct hm_source *src)
{
	struct hm_live *live = (struct hm_live *)src;
	struct hm_counters counters;
	int64_t now_sec = (int64_t)(clock_ns(CLOCK_BOOTTIME) / 1000000000);
	uint64_t missed;
	int err = read_counters(live, &counters);

	if (err)
		return err;
	memcpy(live->scene.counters, counters.n, sizeof(counters.n));
	live->scene.counters[HM_CNT_LOST_NOTE] += live->left.lost;
	live->scene.counters[HM_CNT_PARTLY] += live->left.lost;
	live->scene.counters[HM_CNT_UNREAD] = counters.n[HM_CNT_RECORDS] -
					      live->scene.counters[HM_CNT_DELIVERED] -
					      live->scene.counters[HM_CNT_LOST_HOP];
	missed = loader_missed(live->loader);
	if (missed > live->scene.counters[HM_CNT_LOST_BUSY]) /* less: not all could be asked */
		live->scene.counters[HM_CNT_LOST_BUSY] = missed;
	live->scene.counted_ns = clock_ns(CLOCK_BOOTTIME);
	live_look_around(live);
	if (now_sec == live->packets_sec && !live->scene.end_mono_ns)
		return 0;
	live->packets_sec = now_sec;
	for (uint32_t i = 0; i < live->scene.hop_count; i++) {
		struct hm_hop *hop = &live->scene.hops[i];

		for (uint32_t k = 0; hop->ifindex && k < live->ns_count; k++)
			if (live->ns[k].ns.inum == hop->netns)
				live_packets(live, live->ns[k].instance, hop, &hop->packets);
	}
	return 0;
}

/* Links go with their descriptors; filters have to be removed, and that can fail. */
static void detach(struct hm_live *live)
{
	int left = loader_detach_devices(live->loader);

	if (left < 0)
		log_error("clsact filters: the process that removes them does not answer: %s; see "
			  "that they are gone: hopmark cleanup", strerror(-left));
	else if (left)
		log_error("clsact filters: %d could not be removed: hopmark cleanup", left);
}

static void live_free(struct hm_source *src)
{
	struct hm_live *live = (struct hm_live *)src;

	if (live->loader)
		detach(live);
	loader_free(live->loader);
	for (uint32_t i = 0; i < live->ns_count; i++) {
		netns_close(&live->ns[i].ns);
		net_files_close(&live->ns[i].files);
		if (live->ns[i].diag_fd >= 0)
			close(live->ns[i].diag_fd);
		if (live->ns[i].route_fd >= 0)
			close(live->ns[i].route_fd);
	}
	if (live->news_fd >= 0)
		close(live->news_fd);
	if (live->epoll_fd >= 0)
		close(live->epoll_fd);
	free(live->sockets);
	free(live);
}

static const struct hm_source_ops live_ops = {
	.read = live_read,
	.probe = live_probe,
	.refresh = live_refresh,
	.free = live_free,
};

static int wait_for(struct hm_live *live, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = fd };

	return epoll_ctl(live->epoll_fd, EPOLL_CTL_ADD, fd, &ev) ? -errno : 0;
}

/* News first, interfaces after: one that comes in between is told, not missed. */
static int open_descriptors(struct hm_live *live)
{
	int err;

	live->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (live->epoll_fd < 0)
		return -errno;
	live->news_fd = netlink_watch_interfaces();
	err = live->news_fd < 0 ? live->news_fd : wait_for(live, live->news_fd);
	if (err)
		log_error("watching interfaces: %s", strerror(-err));
	return err;
}

int source_live_open(const struct hm_trace_opts *opts, uint32_t command_pid,
		     struct hm_source **src)
{
	struct hm_live *live = calloc(1, sizeof(*live));
	int err;

	if (!live) {
		log_error("out of memory");
		return -ENOMEM;
	}
	live->source = (struct hm_source){ .ops = &live_ops, .scene = &live->scene };
	live->opts = opts;
	live->news_fd = live->epoll_fd = -1;
	for (size_t i = 0; i < HM_ARRAY_SIZE(live->ns); i++) {
		live->ns[i].diag_fd = live->ns[i].route_fd = live->ns[i].ns.fd = -1;
		net_files_init(&live->ns[i].files);
	}
	shortage_lift_files(); /* COMMAND keeps its own: it is forked already */
	err = live_check_rights(live);
	if (!err)
		err = open_descriptors(live);
	if (!err)
		err = live_watch(live, command_pid);
	if (!err)
		err = wait_for(live, loader_ring_fd(live->loader));
	if (!err && loader_janitor_fd(live->loader) >= 0)
		err = wait_for(live, loader_janitor_fd(live->loader));
	if (!err)
		err = live_drop_rights(live);
	if (err) {
		live_free(&live->source);
		return err;
	}
	live_look_first(live);
	live->source.poll_fd = live->epoll_fd;
	*src = &live->source;
	return 0;
}
