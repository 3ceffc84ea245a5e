// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is attached once for the whole host, cgroup programs and tracepoints, and what of the kernel
 * side is lacking here and why. Called by live_watch.c. See live.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hm_types.h"
#include "host_facts.h"
#include "live.h"
#include "log.h"

#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#endif

/* Forgets the hops of a hook that could not be attached. */
static void drop_hops(struct hm_live *live, enum hm_hook hook)
{
	struct hm_scene *scene = &live->scene;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < scene->hop_count; i++)
		if (scene->hops[i].hook != hook) {
			live->base[kept] = live->base[i];
			scene->hops[kept++] = scene->hops[i];
		}
	scene->hop_count = kept;
}

/* A descriptor of the cgroup2 root, or -errno. */
static int open_cgroup2(void)
{
	char dir[1024];
	int err = host_cgroup2(dir, sizeof(dir)), fd;

	if (err)
		return err;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Why something is lacking, and what to do about it. */
struct cause {
	char why[HM_NAME_LEN * 2];
	const char *advice; /* NULL: there is nothing to do */
	char room[160]; /* for one that names something */
};

static bool is_refusal(int err)
{
	return err == -EPERM || err == -EACCES || err == -EINVAL;
}

static void no_cgroup2(struct cause *c)
{
	char path[96];

	snprintf(c->why, sizeof(c->why), "no cgroup2 is mounted");
	c->advice = "mount -t cgroup2 none DIR lets sockets be watched";
	if (host_netns_exec(path, sizeof(path)))
		return;
	snprintf(c->room, sizeof(c->room), "ip netns exec hides it: nsenter --net=%s hopmark ...",
		 path);
	c->advice = c->room;
}

/* Why a part is lacking, from the error and the kernel's words, which may be "". */
static void find_cause(enum hm_part part, int err, const char *words, struct cause *c)
{
	char mode[32] = "";

	host_lockdown(mode, sizeof(mode));
	c->advice = NULL;
	if (err == -ENODATA) {
		snprintf(c->why, sizeof(c->why), "the kernel has no BTF");
		c->advice = "boot a kernel with CONFIG_DEBUG_INFO_BTF";
	} else if (part == HM_PART_SOCKET && err == -ENOENT) {
		no_cgroup2(c);
	} else if (part == HM_PART_OWNERS && err == -ENOENT) {
		snprintf(c->why, sizeof(c->why),
			 "this kernel tells no socket of a file (Linux 5.11)");
	} else if (err == -ENOENT && hm_parts[part].tracepoint) {
		snprintf(c->why, sizeof(c->why), "this kernel has no tracepoint %s",
			 hm_parts[part].tracepoint);
	} else if (is_refusal(err) && !host_may(CAP_PERFMON) && !host_may(CAP_SYS_ADMIN)) {
		snprintf(c->why, sizeof(c->why), "no CAP_PERFMON");
		c->advice = "run it with sudo, or grant CAP_PERFMON";
	} else if (is_refusal(err) && !strcmp(mode, "confidentiality")) {
		snprintf(c->why, sizeof(c->why), "lockdown=confidentiality");
		c->advice = "lockdown=integrity lets them be watched";
	} else {
		snprintf(c->why, sizeof(c->why), "%s%s%.80s", strerror(-err), words[0] ? ": " : "",
			 words);
		c->advice = "hopmark doctor says more";
	}
}

/* The row under "not watched", and the hops that are gone. True if a hop as a whole is. */
static bool lack(struct hm_live *live, enum hm_part part, const struct cause *c)
{
	const struct hm_part_info *info = &hm_parts[part];
	char why[sizeof(c->why)];

	if (info->hook == HM_HOOK_COUNT) {
		for (uint32_t i = 0; i < live->scene.not_watched_count; i++)
			if (!strcmp(live->scene.not_watched[i].hop, info->hop) &&
			    !strcmp(live->scene.not_watched[i].why, c->why))
				return false; /* the whole hop, for the same reason */
		snprintf(why, sizeof(why), "%s: %.80s", info->detail, c->why);
		scene_not_watched(&live->scene, info->hop, why);
		return false;
	}
	scene_not_watched(&live->scene, info->hop, c->why);
	drop_hops(live, info->hook);
	if (part == HM_PART_SOCKET)
		drop_hops(live, HM_HOOK_SOCK_OUT);
	return true;
}

static void add(char *line, size_t len, const char *sep, const char *text)
{
	size_t used = strlen(line);

	snprintf(line + used, len - used, "%s%s", used ? sep : "", text);
}

/* "interfaces, sockets, reads, drops": what is watched all the same. */
static void what_works(const struct hm_scene *scene, char *out, size_t len)
{
	static const enum hm_part whole[] = { HM_PART_TC, HM_PART_XDP, HM_PART_SOCKET,
					      HM_PART_READ, HM_PART_DROP };

	out[0] = '\0';
	for (size_t i = 0; i < HM_ARRAY_SIZE(whole); i++)
		if (scene_watches(scene, hm_parts[whole[i]].hook, 0))
			add(out, len, ", ", hm_parts[whole[i]].hop);
}

/* One line: what is missing, by cause, what is watched all the same, and what to do. */
static void say(const struct hm_scene *scene, const struct cause *causes, const bool *gone)
{
	char missing[512] = "", advice[256] = "", works[128];

	for (int part = 0; part < HM_PART_COUNT; part++) {
		const struct cause *c = &causes[part];
		char hops[128] = "", one[256];

		for (int i = 0; gone[part] && i < HM_PART_COUNT; i++)
			if (gone[i] && !strcmp(causes[i].why, c->why)) {
				if (i < part)
					break; /* told with that one */
				add(hops, sizeof(hops), ", ", hm_parts[i].hop);
			}
		if (!hops[0])
			continue;
		snprintf(one, sizeof(one), "%.120s (%.120s)", hops, c->why);
		add(missing, sizeof(missing), ", ", one);
		if (c->advice && !strstr(advice, c->advice))
			add(advice, sizeof(advice), "; ", c->advice);
	}
	what_works(scene, works, sizeof(works));
	if (missing[0] && works[0])
		log_warn("not watched: %s; watched: %s%s%s", missing, works, advice[0] ? "; " : "",
			 advice);
}

void live_tell_lacks(struct hm_live *live)
{
	const struct hm_lacks *lacks = loader_lacks(live->loader);
	struct cause causes[HM_PART_COUNT] = {};
	bool gone[HM_PART_COUNT] = {};

	for (int part = 0; part < HM_PART_COUNT; part++) {
		int err = lacks->err[part];

		if (!err || (part == HM_PART_CHAINS && err == -ENOENT))
			continue; /* without tcx others are asked for in another way */
		find_cause(part, err, lacks->words[part], &causes[part]);
		gone[part] = lack(live, part, &causes[part]);
	}
	say(&live->scene, causes, gone);
}

void live_watch_kernel(struct hm_live *live)
{
	int cgroup = open_cgroup2();

	for (int part = 0; part < HM_PART_COUNT; part++)
		if (part == HM_PART_SOCKET || part >= HM_PART_READ)
			loader_attach(live->loader, part, cgroup);
	if (cgroup >= 0)
		close(cgroup);
}
