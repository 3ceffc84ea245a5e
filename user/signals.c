// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signals that end a trace, see signals.h. They are caught and not read from a signalfd(2):
 * blocked, they would not get through to a process that waits in write(2) for a pager.
 */
#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"
#include "hm_types.h"

#define PATIENCE_MS 500 /* that soon after the first a second one is no impatience yet */

static const int ends[] = { SIGINT, SIGTERM, SIGHUP };

/* Static because a handler is given nothing but the number. */
static int event_fd = -1;
static atomic_int waiting; /* one that nobody has taken yet */
static _Atomic int64_t since_ms; /* when it came */

static int64_t now_ms(void)
{
	return (int64_t)(clock_ns(CLOCK_MONOTONIC) / 1000000);
}

static void wake(void)
{
	const uint64_t one = 1;

	(void)!write(event_fd, &one, sizeof(one)); /* full: it is awake */
}

static void on_signal(int number)
{
	int saved = errno;

	if (!waiting) {
		since_ms = now_ms();
		waiting = number;
	} else if (now_ms() - since_ms >= PATIENCE_MS) {
		signal(number, SIG_DFL);
		raise(number); /* comes when this handler has returned */
	}
	wake();
	errno = saved;
}

static void fill(sigset_t *set)
{
	sigemptyset(set);
	for (size_t i = 0; i < HM_ARRAY_SIZE(ends); i++)
		sigaddset(set, ends[i]);
}

int signals_open(void)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART }, before;

	fill(&action.sa_mask);
	event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (event_fd < 0 || sigprocmask(SIG_BLOCK, &action.sa_mask, NULL))
		return -errno;
	for (size_t i = 0; i < HM_ARRAY_SIZE(ends); i++)
		if (!sigaction(ends[i], NULL, &before) && before.sa_handler != SIG_IGN)
			sigaction(ends[i], &action, NULL);
	return event_fd;
}

int signals_accept(void)
{
	sigset_t set;

	fill(&set);
	return sigprocmask(SIG_UNBLOCK, &set, NULL) ? -errno : 0;
}

int signals_take(int fd)
{
	uint64_t count;

	if (read(fd, &count, sizeof(count)) < 0)
		return 0;
	return atomic_exchange(&waiting, 0);
}

void signals_end(void)
{
	since_ms = now_ms();
	waiting = SIGTERM;
}
