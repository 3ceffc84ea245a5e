// SPDX-License-Identifier: GPL-2.0-only
/*
 * The epoll loop. It wakes for sightings and, without any, once a second. Called by cmd_trace.c.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "heartbeat.h"
#include "loop.h"
#include "signals.h"

#define NSEC_PER_SEC UINT64_C(1000000000)
#define SLOW_NS NSEC_PER_SEC
#define FINE_NS (NSEC_PER_SEC / 10) /* while something seen waits to be judged */
#define CHILD_GRACE_NS (NSEC_PER_SEC * 3 / 10) /* for what is still on its way when COMMAND ends */

/*
 * How long it sleeps after a record woke it and all were read. A record wakes its reader where none
 * waited before it: so a trickle does that a hundred times a second, not thousands of times.
 */
#define NAP_MS 10

#define DRAIN_NS (NSEC_PER_SEC / 100) /* somebody waits for the answer */
#define DRAIN_MARGIN_NS (NSEC_PER_SEC / 1000)

struct hm_loop {
	int epoll_fd, timer_fd, signal_fd;
	uint64_t period_ns, start_ns, beat_ns, child_end_ns;
	bool more; /* the source has more at once */
	bool woken; /* by a record: the next ones may gather */
	bool interrupted, end;
	bool filter_told; /* whether it lets anything in */
	struct hm_source *source;
	struct hm_pipeline *pipeline;
	const struct hm_loop_opts *opts;
};

static int watch(const struct hm_loop *loop, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static int set_period(struct hm_loop *loop, uint64_t period_ns)
{
	struct timespec every = {.tv_sec = period_ns / NSEC_PER_SEC,
				 .tv_nsec = period_ns % NSEC_PER_SEC};
	struct itimerspec spec = {.it_interval = every, .it_value = every};

	if (loop->period_ns == period_ns)
		return 0;
	loop->period_ns = period_ns;
	return timerfd_settime(loop->timer_fd, 0, &spec, NULL) ? -errno : 0;
}

int loop_new(struct hm_loop **out)
{
	struct hm_loop *loop = calloc(1, sizeof(*loop));
	int err;

	if (!loop)
		return -ENOMEM;
	loop->timer_fd = -1;
	loop->signal_fd = -1;
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll_fd >= 0)
		loop->timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	err = loop->timer_fd < 0 ? -errno : 0;
	if (!err)
		err = loop->signal_fd = signals_open();
	if (err >= 0)
		err = watch(loop, loop->timer_fd);
	if (!err)
		err = watch(loop, loop->signal_fd);
	if (err < 0)
		loop_free(loop);
	else
		*out = loop;
	return err;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void loop_free(struct hm_loop *loop)
{
	if (!loop)
		return;
	close_fd(loop->signal_fd);
	close_fd(loop->timer_fd);
	close_fd(loop->epoll_fd);
	free(loop);
}

/* Ctrl-C reaches COMMAND too: wait for its end, but only once. Everything else ends the trace. */
static int on_signal(struct hm_loop *loop)
{
	const struct hm_child *child = loop->opts->child;
	int number = signals_take(loop->signal_fd);

	if (!number)
		return 0;
	if (number != SIGINT || !child || child->ended || loop->interrupted)
		loop->end = true;
	loop->interrupted = true;
	return 0;
}

static int on_child(struct hm_loop *loop)
{
	struct hm_child *child = loop->opts->child;
	struct hm_scene *scene = loop->source->scene;
	int err = child_reap(child);

	if (err || !child->ended)
		return err;
	scene->command_exit = child->status;
	loop->child_end_ns = clock_ns(CLOCK_BOOTTIME);
	return epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, child->pidfd, NULL) ? -errno : 0;
}

/* COMMAND has ended: over when its legs have been judged, or the time for that has passed. */
static bool child_is_over(const struct hm_loop *loop, uint64_t now_ns)
{
	uint64_t since;

	if (!loop->child_end_ns)
		return false;
	since = now_ns - loop->child_end_ns;
	return since >= loop->opts->settle_ns ||
	       (since >= CHILD_GRACE_NS && pipeline_settled(loop->pipeline));
}

static int on_source(struct hm_loop *loop)
{
	int err = pipeline_step(loop->pipeline);

	loop->more = err == 1;
	if (err == -ENODATA)
		loop->end = true;
	return err == -ENODATA || err == 1 ? 0 : err;
}

/*
 * What is due is judged by the source's clock, not by the wall's: while sightings wait to be
 * delivered, nothing is called missing that may be among them.
 */
static int on_time(struct hm_loop *loop)
{
	const struct hm_loop_opts *opts = loop->opts;
	uint64_t expirations, now_ns = clock_ns(CLOCK_BOOTTIME);
	int err;

	if (read(loop->timer_fd, &expirations, sizeof(expirations)) < 0 && errno != EAGAIN)
		return -errno;
	err = on_source(loop);
	if (!err)
		err = pipeline_tick(loop->pipeline, pipeline_now(loop->pipeline));
	if (err)
		return err;
	loop->filter_told = loop->filter_told || heartbeat_filter(loop->source->scene);
	if (opts->heartbeat && now_ns - loop->beat_ns >= SLOW_NS) {
		loop->beat_ns = now_ns;
		heartbeat_draw(loop->source->scene, pipeline_syns(loop->pipeline));
	}
	if ((opts->for_ns && now_ns - loop->start_ns >= opts->for_ns) ||
	    child_is_over(loop, now_ns))
		loop->end = true;
	return 0;
}

static int dispatch(struct hm_loop *loop, int fd)
{
	if (fd == loop->timer_fd)
		return on_time(loop);
	if (fd == loop->signal_fd)
		return on_signal(loop);
	if (loop->opts->child && fd == loop->opts->child->pidfd)
		return on_child(loop);
	loop->woken = true;
	return on_source(loop);
}

/* The timer is fine only while that serves: legs to judge, a short --for, COMMAND's last legs. */
static uint64_t period(const struct hm_loop *loop)
{
	uint64_t for_ns = loop->opts->for_ns;
	bool fine = pipeline_busy(loop->pipeline, clock_ns(CLOCK_BOOTTIME)) || loop->child_end_ns;

	return fine || (for_ns && for_ns % SLOW_NS) ? FINE_NS : SLOW_NS;
}

/* A signal ends it. Everything else can wait so long. */
static void nap(struct hm_loop *loop)
{
	struct pollfd signals = {.fd = loop->signal_fd, .events = POLLIN};

	if (loop->woken && !loop->more)
		poll(&signals, 1, NAP_MS);
	loop->woken = false;
}

static int turn(struct hm_loop *loop)
{
	struct epoll_event events[8];
	int i, n, err = set_period(loop, period(loop));

	if (err)
		return err;
	nap(loop);
	n = epoll_wait(loop->epoll_fd, events, HM_ARRAY_SIZE(events), loop->more ? 0 : -1);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (loop->more)
		err = on_source(loop);
	for (i = 0; i < n && !err; i++)
		err = dispatch(loop, events[i].data.fd);
	return err;
}

/*
 * What the kernel had recorded by now belongs to the trace; what it records meanwhile does not, or
 * a flood would never let the trace end. Two CPUs write their records almost in order. 1: there was
 * more than time for it.
 */
static int drain(struct hm_loop *loop)
{
	uint64_t now_ns = clock_ns(CLOCK_BOOTTIME);
	uint64_t end_ns = now_ns + DRAIN_MARGIN_NS, until_ns = now_ns + DRAIN_NS;
	int err = 0;

	loop->more = true;
	while (!err && loop->more && !pipeline_done(loop->pipeline) &&
	       pipeline_now(loop->pipeline) <= end_ns) {
		if (clock_ns(CLOCK_BOOTTIME) > until_ns)
			return 1;
		err = on_source(loop);
	}
	return err;
}

int loop_run(struct hm_loop *loop, struct hm_source *source, struct hm_pipeline *pipeline,
	     const struct hm_loop_opts *opts)
{
	int err = watch(loop, source->poll_fd);

	loop->source = source;
	loop->pipeline = pipeline;
	loop->opts = opts;
	loop->start_ns = loop->beat_ns = clock_ns(CLOCK_BOOTTIME);
	if (!err && opts->child)
		err = watch(loop, opts->child->pidfd);
	if (!err)
		err = signals_accept();
	while (!err && !loop->end && !pipeline_done(pipeline))
		err = turn(loop);
	signals_end();
	return err ? err : drain(loop);
}
