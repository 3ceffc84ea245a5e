// SPDX-License-Identifier: GPL-2.0-only
/*
 * The janitor's own side, see janitor.h: one request at a time, in a process that holds nothing but
 * its socket, one tc socket for each namespace, and CAP_NET_ADMIN. Neither a signal to hopmark's
 * process group nor the end of its terminal reaches it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include "clsact.h"
#include "confine.h"
#include "hm_types.h"
#include "janitor.h"
#include "rights.h"

#define FIRST_OTHER_FD 4 /* 0 to 2 are /dev/null, 3 the socket */

struct place { /* where an instance's interfaces are */
	int tc_fd, ns_fd;
	bool open;
};

struct kept { /* a filter to be removed */
	struct hm_clsact filter;
	int instance;
};

struct work {
	struct place *places; /* by instance */
	int place_count;
	struct kept *kept;
	uint32_t kept_count;
};

static int open_place(struct work *w, int instance, const int fds[2])
{
	struct place *more;

	if (instance < 0)
		return -EINVAL;
	if (instance >= w->place_count) {
		more = reallocarray(w->places, instance + 1, sizeof(*more));
		if (!more)
			return -ENOMEM;
		memset(more + w->place_count, 0,
		       (instance + 1 - w->place_count) * sizeof(*more));
		w->places = more;
		w->place_count = instance + 1;
	}
	if (w->places[instance].open)
		return -EEXIST;
	w->places[instance] = (struct place){ .tc_fd = fds[0], .ns_fd = fds[1], .open = true };
	return 0;
}

static const struct place *find_place(const struct work *w, int instance)
{
	if (instance < 0 || instance >= w->place_count || !w->places[instance].open)
		return NULL;
	return &w->places[instance];
}

static int attach(struct work *w, const struct place *at, const struct hm_janitor_ask *ask,
		  int prog_fd)
{
	struct kept k = { .instance = ask->instance,
			  .filter = { .chain = { .ifindex = ask->ifindex, .out = ask->out },
				      .prog_id = ask->prog_id } };
	struct kept *more = reallocarray(w->kept, w->kept_count + 1, sizeof(k));
	int err;

	if (!more)
		return -ENOMEM;
	w->kept = more;
	clsact_lock(at->ns_fd);
	err = clsact_attach(at->tc_fd, &k.filter, prog_fd, ask->name);
	clsact_unlock(at->ns_fd);
	if (!err)
		w->kept[w->kept_count++] = k;
	return err;
}

/* 0; -ENOENT: it is gone; other -errno: nobody knows. */
static int has(const struct work *w, const struct place *at, const struct hm_janitor_ask *ask)
{
	for (uint32_t i = 0; i < w->kept_count; i++) {
		const struct kept *k = &w->kept[i];
		int there;

		if (k->instance == ask->instance && k->filter.chain.ifindex == ask->ifindex &&
		    k->filter.chain.out == !!ask->out) {
			there = clsact_has(at->tc_fd, &k->filter);
			return there > 0 ? 0 : there ? there : -ENOENT;
		}
	}
	return -ENOENT;
}

/* Those of an instance, of one interface if ifindex is not 0. The first -errno of a removal. */
static int detach(struct work *w, const struct place *at, int instance, uint32_t ifindex)
{
	uint32_t kept = 0;
	int first = 0;

	clsact_lock(at->ns_fd);
	for (uint32_t i = 0; i < w->kept_count; i++) {
		const struct kept *k = &w->kept[i];
		int err = 0;

		if (k->instance != instance || (ifindex && k->filter.chain.ifindex != ifindex)) {
			w->kept[kept++] = *k;
			continue;
		}
		err = clsact_detach(at->tc_fd, &k->filter);
		if (err)
			w->kept[kept++] = *k; /* once more at the end */
		if (!first)
			first = err;
	}
	clsact_unlock(at->ns_fd);
	w->kept_count = kept;
	return first;
}

static int answer(struct work *w, const struct hm_janitor_ask *ask, int fds[HM_JANITOR_FDS])
{
	const struct place *at = find_place(w, ask->instance);
	int err;

	if (ask->what == HM_JANITOR_OPEN) {
		err = open_place(w, ask->instance, fds);
		if (!err)
			fds[0] = fds[1] = -1; /* kept */
		return err;
	}
	if (!at)
		return -ENXIO;
	if (ask->what == HM_JANITOR_ATTACH)
		return attach(w, at, ask, fds[0]);
	if (ask->what == HM_JANITOR_DETACH)
		return detach(w, at, ask->instance, ask->ifindex);
	return has(w, at, ask);
}

/* False: there will be no more requests. */
static bool take_ask(int from, struct hm_janitor_ask *ask, int fds[HM_JANITOR_FDS])
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int) * HM_JANITOR_FDS)];
	} control = {};
	struct iovec iov = { .iov_base = ask, .iov_len = sizeof(*ask) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	ssize_t n;

	fds[0] = fds[1] = -1;
	do
		n = recvmsg(from, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n != sizeof(*ask))
		return false;
	ask->name[sizeof(ask->name) - 1] = '\0';
	c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(fds, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
	return true;
}

static void serve(struct work *w, int fd)
{
	struct hm_janitor_ask ask;
	int fds[HM_JANITOR_FDS];

	while (take_ask(fd, &ask, fds)) {
		struct hm_janitor_answer done = { ask.number, answer(w, &ask, fds) };

		for (size_t i = 0; i < HM_ARRAY_SIZE(fds); i++)
			if (fds[i] >= 0)
				close(fds[i]);
		if (send(fd, &done, sizeof(done), MSG_NOSIGNAL) < 0)
			return;
	}
}

/* Nothing of hopmark's stays open here: neither its output, nor its links, nor COMMAND's pipes. */
static int hold_only(int fd)
{
	int null = open("/dev/null", O_RDWR), held;

	if (null < 0)
		null = eventfd(0, 0); /* some containers have no /dev: this takes no words either */
	held = fcntl(fd, F_DUPFD, FIRST_OTHER_FD);
	if (null < 0 || held < 0)
		return -errno;
	for (int i = 0; i < FIRST_OTHER_FD - 1; i++)
		if (dup2(null, i) < 0)
			return -errno;
	if (dup2(held, FIRST_OTHER_FD - 1) < 0)
		return -errno;
	closefrom(FIRST_OTHER_FD);
	return 0;
}

/* Where the kernel looks for memory, it is to find the one whose filters would go with it. */
static void spare_me(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);

	if (fd < 0)
		return;
	(void)!write(fd, "-1000", 5); /* takes CAP_SYS_RESOURCE; without it we are as all others */
	close(fd);
}

static int become_janitor(void)
{
	static const int deaf_to[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };

	for (size_t i = 0; i < HM_ARRAY_SIZE(deaf_to); i++)
		signal(deaf_to[i], SIG_IGN);
	setsid();
	prctl(PR_SET_NAME, HM_JANITOR_NAME);
	spare_me();
	return rights_drop_but(CAP_NET_ADMIN);
}

void janitor_work(int fd)
{
	struct work w = {};
	struct hm_janitor_answer last = {};

	if (become_janitor() || hold_only(fd) || confine_janitor())
		return;
	fd = FIRST_OTHER_FD - 1;
	serve(&w, fd);
	for (int i = 0; i < w.place_count; i++)
		if (w.places[i].open)
			detach(&w, &w.places[i], i, 0);
	last.result = (int32_t)w.kept_count;
	send(fd, &last, sizeof(last), MSG_NOSIGNAL);
}
