// SPDX-License-Identifier: GPL-2.0-only
/*
 * Filters left behind, see leftover.h. What is ours is proven by the program's name and the build
 * that its configuration tells, because its instructions have the filter in them; that its owner is
 * gone, by the map that lives as long as it (attach.h). Both hold over pid and network namespaces,
 * and nothing is written anywhere for them.
 */
#include "leftover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "attach.h"
#include "loader.h"
#include "netlink.h"

#define NAME_PREFIX "hm_tc_"
#define SMALLEST_RING 65536 /* the programs are only looked at */

int leftover_learn(struct hm_leftovers *l)
{
	struct hm_loader_opts *opts = calloc(1, sizeof(*opts));
	struct hm_loader *loader = NULL;
	int err = opts ? 0 : -ENOMEM;

	if (!err) {
		opts->l3 = true;
		opts->ring_bytes = SMALLEST_RING;
		err = loader_open(opts, &loader);
	}
	free(opts);
	if (!err)
		l->has_tcx = attach_has_tcx(loader_program_fd(loader, "hm_tc_in"));
	loader_free(loader);
	return err;
}

/* 0 and the value of a program in a map of owners; *owner 0: no such map, or not in it. -errno. */
static int ask_map(int fd, uint32_t prog_id, uint32_t *owner)
{
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info);
	int err = bpf_obj_get_info_by_fd(fd, &info, &len);

	if (err || strcmp(info.name, attach_owner_map) || info.key_size != sizeof(prog_id) ||
	    info.value_size != sizeof(*owner))
		return err;
	err = bpf_map_lookup_elem(fd, &prog_id, owner);
	return err == -ENOENT ? 0 : err;
}

static int look_up_owner(uint32_t map_id, uint32_t prog_id, uint32_t *owner)
{
	int fd = bpf_map_get_fd_by_id(map_id), err;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd; /* it has just gone */
	err = ask_map(fd, prog_id, owner);
	close(fd);
	return err;
}

/*
 * Asked after the filter has been seen: a program is in its owner's map before it is attached. 0
 * and *owner 0: every map was asked, and it has none; -errno: it may be in one that did not answer.
 */
static int find_owner(uint32_t prog_id, uint32_t *owner)
{
	uint32_t id = 0;
	int first = 0, next;

	*owner = 0;
	while (!*owner && !(next = bpf_map_get_next_id(id, &id))) {
		int err = look_up_owner(id, prog_id, owner);

		if (!first)
			first = err;
	}
	if (*owner)
		return 0;
	return next == -ENOENT ? first : next;
}

static bool has_own_name(const char *name)
{
	static const char *const names[] = {"hm_tc_in", "hm_tc_out", "hm_tc_in_l3", "hm_tc_out_l3"};

	for (size_t i = 0; i < HM_ARRAY_SIZE(names); i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

static int ask_build(uint32_t map_id, uint8_t build[HM_BUILD_LEN])
{
	int fd = bpf_map_get_fd_by_id(map_id), err;

	if (fd < 0)
		return fd;
	err = loader_ask_build(fd, build);
	close(fd);
	return err;
}

/*
 * Of one of the maps that the program holds. 0: it is this hopmark's; -ENOENT: it is not; -errno.
 */
static int compare_build(int prog_fd)
{
	uint8_t own[HM_BUILD_LEN], build[HM_BUILD_LEN];
	uint32_t maps[64] = {};
	struct bpf_prog_info info = {.map_ids = (uintptr_t)maps, .nr_map_ids = HM_ARRAY_SIZE(maps)};
	uint32_t len = sizeof(info);
	int err = bpf_obj_get_info_by_fd(prog_fd, &info, &len);

	if (err)
		return err;
	loader_build(own);
	err = -ENOENT;
	for (uint32_t i = 0; err == -ENOENT && i < info.nr_map_ids && i < HM_ARRAY_SIZE(maps); i++)
		err = ask_build(maps[i], build);
	return err || !memcmp(own, build, sizeof(own)) ? err : -ENOENT;
}

/* What the program is, by the kernel and not by the name in the filter. */
static enum hm_leftover_fate identify(struct hm_leftover *found)
{
	struct bpf_prog_info info = {};
	uint32_t len = sizeof(info);
	int fd, same = -ENOENT;

	if (!found->filter.prog_id)
		return HM_LEFTOVER_STRANGER;
	fd = bpf_prog_get_fd_by_id(found->filter.prog_id);
	found->err = fd < 0 ? -errno : bpf_obj_get_info_by_fd(fd, &info, &len);
	if (!found->err && has_own_name(info.name))
		same = compare_build(fd);
	if (fd >= 0)
		close(fd);
	if (found->err)
		return HM_LEFTOVER_FAILED;
	snprintf(found->program, sizeof(found->program), "%s", info.name);
	if (!has_own_name(info.name))
		return HM_LEFTOVER_STRANGER;
	if (same == -ENOENT)
		return HM_LEFTOVER_UNPROVEN;
	found->err = same;
	if (found->err)
		return HM_LEFTOVER_FAILED;
	found->err = find_owner(found->filter.prog_id, &found->owner);
	if (found->err)
		return HM_LEFTOVER_FAILED;
	return found->owner ? HM_LEFTOVER_OWNED : HM_LEFTOVER_REMOVED;
}

static void deal_with(const struct hm_leftovers *l, int tc_fd, struct hm_leftover *found)
{
	char kind[HM_TC_KIND_LEN];

	found->fate = identify(found);
	if (found->fate == HM_LEFTOVER_FAILED && found->err == -ENOENT)
		return; /* its program has just gone, and the filter with it */
	if (found->fate == HM_LEFTOVER_REMOVED && !l->dry_run) {
		found->err = clsact_detach(tc_fd, &found->filter);
		if (found->err)
			found->fate = HM_LEFTOVER_FAILED;
		found->qdisc_removed = tc_qdisc_kind(tc_fd, found->filter.chain.ifindex, kind) ==
				       -ENOENT;
	}
	l->fn(l->arg, found);
}

struct candidates { /* of one chain: none is removed while they are listed */
	struct hm_leftover *at;
	uint32_t count;
	struct hm_leftover like;
	int err;
};

static bool is_listed(const struct candidates *c, const struct hm_tc_filter *f)
{
	for (uint32_t i = 0; i < c->count; i++) {
		const struct hm_clsact *at = &c->at[i].filter;

		if (at->priority == f->priority && at->handle == f->handle &&
		    at->prog_id == f->prog_id)
			return true;
	}
	return false;
}

static void on_filter(void *arg, const struct hm_tc_filter *f)
{
	struct candidates *c = arg;
	struct hm_leftover *more;

	if (!f->handle || (!clsact_is_our_handle(f->handle) &&
			   strncmp(f->name, NAME_PREFIX, strlen(NAME_PREFIX))) ||
	    is_listed(c, f))
		return;
	more = reallocarray(c->at, c->count + 1, sizeof(*more));
	if (!more) {
		c->err = -ENOMEM;
		return;
	}
	c->at = more;
	more += c->count++;
	*more = c->like;
	more->filter.priority = f->priority;
	more->filter.handle = f->handle;
	more->filter.prog_id = f->prog_id;
	snprintf(more->program, sizeof(more->program), "%s", f->name[0] ? f->name : f->kind);
}

struct visit {
	struct hm_leftovers *l;
	const char *netns;
	int tc_fd;
	int err; /* the first of a chain that was not read whole: the others are, all the same */
};

static int visit_chain(const struct visit *v, const struct hm_iface *iface, bool out)
{
	struct candidates c = { .like = { .filter = { .chain = { iface->ifindex, out } } } };
	int err;

	snprintf(c.like.netns, sizeof(c.like.netns), "%s", v->netns);
	memcpy(c.like.ifname, iface->name, sizeof(c.like.ifname));
	err = clsact_list(v->tc_fd, &c.like.filter.chain, on_filter, &c);
	for (uint32_t i = 0; i < c.count; i++)
		deal_with(v->l, v->tc_fd, &c.at[i]);
	free(c.at);
	return err ? err : c.err;
}

static int on_iface(void *arg, const struct hm_iface *iface)
{
	struct visit *v = arg;

	for (int out = 0; out < 2; out++) {
		int err = visit_chain(v, iface, out);

		if (!v->err)
			v->err = err;
	}
	return 0;
}

int leftover_remove(struct hm_leftovers *l, const char *netns)
{
	struct visit v = { .l = l, .netns = netns, .tc_fd = tc_open() };
	int ns_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), err = v.tc_fd;

	if (v.tc_fd >= 0) {
		if (ns_fd >= 0)
			clsact_lock(ns_fd);
		err = netlink_interfaces(on_iface, &v);
		err = err ? err : v.err;
		close(v.tc_fd);
	}
	if (ns_fd >= 0)
		close(ns_fd); /* and the lock with it */
	return err;
}
