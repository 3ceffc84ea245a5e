// SPDX-License-Identifier: GPL-2.0-only
/*
 * The order in which a live trace comes to watch: load, namespaces with their interfaces,
 * tracepoints, sockets, clock. What cannot be attached is told as not watched; only when nothing at
 * all could be is the trace refused. See live.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "clock.h"
#include "host_facts.h"
#include "live.h"
#include "log.h"
#include "needles.h"
#include "rights.h"
#include "shortage.h"
#include "verifier.h"

#define RATE_PER_MS 500 /* records a CPU may send in a millisecond before it is limited */

static int load(struct hm_live *live, uint32_t command_pid)
{
	struct hm_loader_opts *lo = calloc(1, sizeof(*lo));
	char why[HM_SHORTAGE_LEN];
	int err;

	if (!lo) {
		log_error("out of memory");
		return -ENOMEM;
	}
	lo->filter = &live->opts->filter;
	lo->netns = live->ns[0].ns.inum;
	lo->ring_bytes = live->opts->ring_bytes;
	lo->tracks = HM_TRACKS_FOR(live->opts->max_legs);
	lo->rate_per_ms = RATE_PER_MS;
	lo->command_pid = command_pid;
	lo->xdp = live->opts->xdp;
	lo->btf_file = live->opts->btf_file;
	lo->no_tcx = live->opts->no_tcx;
	lo->depth = live->opts->depth;
	lo->sni = live->opts->sni;
	err = needles_build(&lo->needles, live->opts->markers, live->opts->marker_count);
	if (!err)
		err = shortage_is_sure(lo->ring_bytes) ? -ENOMEM : loader_open(lo, &live->loader);
	free(lo);
	if (err == -EPERM)
		log_error("loading BPF programs: not permitted: %s", rights_forbidden_by());
	else if (err == -ENXIO && host_lacks_sys())
		log_error("loading BPF programs: %s", host_lacks_sys());
	else if (is_shortage(err))
		log_error("loading BPF programs: %s",
			  shortage_text(err, live->opts->ring_bytes, why, sizeof(why)));
	else if (err)
		log_error("loading BPF programs: %s (hopmark trace -v shows the kernel's words; "
			  "hopmark doctor what it lacks)", strerror(-err));
	return err;
}

static void describe_host(struct hm_scene *scene)
{
	struct utsname uts;
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

	uname(&uts);
	snprintf(scene->host, sizeof(scene->host), "%.63s", uts.nodename);
	snprintf(scene->kernel, sizeof(scene->kernel), "%.64s", uts.release);
	snprintf(scene->version, sizeof(scene->version), "%s", HM_VERSION);
	if (!f || !fgets(scene->boot_id, sizeof(scene->boot_id), f))
		scene->boot_id[0] = '\0';
	if (f)
		fclose(f);
}

static void describe_options(struct hm_live *live)
{
	struct hm_scene *scene = &live->scene;

	scene->netns = live->ns[0].ns.inum;
	snprintf(scene->filter, sizeof(scene->filter), "%s", live->opts->filter_text);
	scene->marker_count = live->opts->marker_count;
	scene->depth = live->opts->depth;
	memcpy(scene->markers, live->opts->markers, sizeof(scene->markers));
	scene->named_interfaces = live->opts->iface_count &&
				  strcmp(live->opts->ifaces[0], "any");
	if (!live->opts->xdp)
		scene_not_watched(scene, "XDP", "no --xdp");
	if (verifier_is_old())
		scene_not_watched(scene, "receive windows", "Linux before 5.12");
	scene->sni = live->opts->sni && !verifier_is_old();
	if (live->opts->sni && !scene->sni)
		scene_not_watched(scene, "TLS server names", "Linux before 5.12");
}

static void start_clock(struct hm_scene *scene)
{
	scene->start_mono_ns = clock_ns(CLOCK_BOOTTIME);
	scene->start_unix_ns = clock_ns(CLOCK_REALTIME);
}

/* With -i only what crosses an interface counts. */
static bool watches_something(const struct hm_scene *scene)
{
	if (scene_watches(scene, HM_HOOK_TC_IN, 0) || scene_watches(scene, HM_HOOK_XDP, 0))
		return true;
	return !scene->named_interfaces &&
	       (scene_watches(scene, HM_HOOK_SOCK_IN, 0) || scene_watches(scene, HM_HOOK_APP, 0) ||
		scene_watches(scene, HM_HOOK_DROP, 0));
}

/* The first reason that was met: the rows before it are of what was not asked for. */
static int refuse_all(const struct hm_scene *scene, uint32_t first)
{
	const struct hm_not_watched *row = &scene->not_watched[first];

	if (first < scene->not_watched_count)
		log_error("nothing could be attached: %s: %s", row->hop, row->why);
	else
		log_error("nothing could be attached (hopmark doctor says why)");
	return -EIO;
}

int live_watch(struct hm_live *live, uint32_t command_pid)
{
	char why[HM_SHORTAGE_LEN];
	uint32_t asked;
	int err;

	live->ns[0].ns = (struct hm_netns){ .inum = netns_own(), .fd = -1 };
	live->ns_count = 1;
	if (!live->ns[0].ns.inum) {
		log_error("%s", host_lacks_proc() ?: "this network namespace has no number");
		return -ENOENT;
	}
	describe_host(&live->scene);
	describe_options(live);
	asked = live->scene.not_watched_count;
	err = live_xdp_allowed(live);
	if (!err)
		err = live_open_namespaces(live);
	if (!err)
		err = load(live, command_pid);
	for (uint32_t i = 0; !err && i < live->ns_count; i++) {
		if (i && live_leave_out(live, i))
			break;
		if (i) {
			live->ns[i].instance = loader_add_netns(live->loader, live->ns[i].ns.inum);
			err = live->ns[i].instance < 0 ? live->ns[i].instance : 0;
		}
		if (err) {
			log_error("--netns %s: loading BPF programs: %s", live->ns[i].ns.name,
				  shortage_text(err, live->opts->ring_bytes, why, sizeof(why)));
			return err;
		}
		err = live_watch_namespace(live, &live->ns[i]);
	}
	if (err)
		return err;
	live_watch_kernel(live);
	live_tell_lacks(live);
	if (!watches_something(&live->scene))
		return refuse_all(&live->scene, asked);
	live_tell_rights(live);
	live_look_around(live);
	start_clock(&live->scene);
	return 0;
}
