// SPDX-License-Identifier: GPL-2.0-only
/*
 * hopmark's filters at clsact, see clsact.h.
 *
 * A handle is "HM", a number that tells instances apart, and whether a hopmark made the qdisc: the
 * one that leaves last then removes it, also when the one that made it has ended before.
 */
#include "clsact.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

#define HANDLE_BASE 0x484d0000U /* "HM" */
#define HANDLE_MADE 1U /* the qdisc was made by a hopmark */
#define HANDLE_COUNT 256 /* instances at one chain */
#define PRIORITY_COUNT 64 /* then we stop looking for one */
#define PROG_PREFIX "hm_tc_"
#define TRIES 10 /* of a dump that changed meanwhile */
#define LOCK_TRIES 100
#define LOCK_PAUSE_NS 10000000

bool clsact_is_our_handle(uint32_t handle)
{
	return (handle & 0xffff0000U) == HANDLE_BASE;
}

int clsact_list(int fd, const struct hm_tc_chain *chain, hm_tc_filter_fn fn, void *arg)
{
	int err = -EAGAIN;

	for (int i = 0; i < TRIES && err == -EAGAIN; i++)
		err = tc_filters(fd, chain, fn, arg);
	return err;
}

static void on_made(void *arg, const struct hm_tc_filter *filter)
{
	if (clsact_is_our_handle(filter->handle) && (filter->handle & HANDLE_MADE) &&
	    !strncmp(filter->name, PROG_PREFIX, strlen(PROG_PREFIX)))
		*(bool *)arg = true;
}

/* A hopmark that is attached there says that one of them made the qdisc. */
static bool was_made_by_us(int fd, uint32_t ifindex)
{
	const struct hm_tc_chain in = { ifindex, false }, out = { ifindex, true };
	bool made = false;

	clsact_list(fd, &in, on_made, &made);
	clsact_list(fd, &out, on_made, &made);
	return made;
}

static void on_any(void *arg, const struct hm_tc_filter *filter)
{
	(void)filter;
	*(bool *)arg = true;
}

/* The qdisc goes only when both chains were read whole and nothing was there. */
static void remove_if_empty(int fd, uint32_t ifindex)
{
	const struct hm_tc_chain in = { ifindex, false }, out = { ifindex, true };
	bool any = false;

	if (!clsact_list(fd, &in, on_any, &any) && !clsact_list(fd, &out, on_any, &any) && !any)
		tc_del_clsact(fd, ifindex);
}

/*
 * Egress filters at a qdisc "ingress" are taken by the kernel and run at ingress (sch_ingress.c,
 * ingress_tcf_block): they would tell lies.
 */
static int check_kind(int fd, const struct hm_tc_chain *chain)
{
	char kind[HM_TC_KIND_LEN];
	int err = tc_qdisc_kind(fd, chain->ifindex, kind);

	if (err)
		return err;
	return chain->out && strcmp(kind, "clsact") ? -EBUSY : 0;
}

/*
 * The first free handle of a priority. 0; -EEXIST: all are taken; other -errno as tc_add_filter().
 */
static int add_at(int fd, const struct hm_tc_chain *chain, struct hm_tc_filter *f, uint32_t made,
		  int prog_fd)
{
	int err = -EEXIST;

	for (uint32_t n = 0; err == -EEXIST && n < HANDLE_COUNT; n++) {
		f->handle = HANDLE_BASE | n << 1 | made;
		err = tc_add_filter(fd, chain, f, prog_fd);
	}
	return err;
}

/*
 * The first priority that can hold us. Within one the newest filter runs first (cls_bpf.c); where
 * the first belongs to another protocol or kind of filter, that one runs before us.
 */
static int add_first(int fd, struct hm_clsact *filter, uint32_t made, int prog_fd, const char *name)
{
	struct hm_tc_filter f = { .priority = 0 };
	int err;

	snprintf(f.name, sizeof(f.name), "%s", name);
	do {
		f.priority++;
		err = add_at(fd, &filter->chain, &f, made, prog_fd);
	} while ((err == -ENOSPC || err == -EINVAL) && f.priority < PRIORITY_COUNT);
	filter->priority = f.priority;
	filter->handle = f.handle;
	return err;
}

int clsact_attach(int fd, struct hm_clsact *filter, int prog_fd, const char *name)
{
	uint32_t ifindex = filter->chain.ifindex;
	int err = tc_add_clsact(fd, ifindex);
	bool made = !err;

	if (err == -EEXIST) {
		err = check_kind(fd, &filter->chain);
		made = !err && was_made_by_us(fd, ifindex);
	}
	if (err)
		return err;
	err = add_first(fd, filter, made ? HANDLE_MADE : 0, prog_fd, name);
	if (err && made)
		remove_if_empty(fd, ifindex);
	return err;
}

struct search {
	const struct hm_clsact *filter;
	bool found;
};

static void on_filter(void *arg, const struct hm_tc_filter *f)
{
	struct search *s = arg;

	if (f->handle == s->filter->handle && f->priority == s->filter->priority &&
	    !strcmp(f->kind, "bpf") && f->prog_id == s->filter->prog_id)
		s->found = true;
}

int clsact_has(int fd, const struct hm_clsact *filter)
{
	struct search s = { .filter = filter };
	int err = clsact_list(fd, &filter->chain, on_filter, &s);

	return s.found ? 1 : err;
}

int clsact_detach(int fd, const struct hm_clsact *filter)
{
	int err = clsact_has(fd, filter);

	if (err != 1)
		return err; /* gone, and the qdisc may be another one now */
	err = tc_del_filter(fd, &filter->chain, filter->priority, filter->handle);
	if (err)
		return err == -ENOENT ? 0 : err;
	if (filter->handle & HANDLE_MADE)
		remove_if_empty(fd, filter->chain.ifindex);
	return 0;
}

void clsact_lock(int ns_fd)
{
	const struct timespec pause = { .tv_nsec = LOCK_PAUSE_NS };

	for (int i = 0; i < LOCK_TRIES && flock(ns_fd, LOCK_EX | LOCK_NB); i++)
		nanosleep(&pause, NULL);
}

void clsact_unlock(int ns_fd)
{
	flock(ns_fd, LOCK_UN);
}
