// SPDX-License-Identifier: GPL-2.0-only
/*
 * The namespaces that are watched, hopmark's own and those of --netns, and what is in each when the
 * trace begins. Called by live_watch.c. See live.h.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "live.h"
#include "log.h"
#include "shortage.h"

struct listing { /* of the interfaces of one namespace */
	struct hm_live *live;
	struct hm_live_ns *in;
	bool found[HM_MAX_IFACES]; /* by -i */
	int begun; /* 0, or -errno of what attaches at interfaces */
	char all[512]; /* names, for the error */
};

static int on_interface(void *arg, const struct hm_iface *iface)
{
	struct listing *l = arg;
	size_t used = strlen(l->all);

	snprintf(l->all + used, sizeof(l->all) - used, "%s%s", used ? ", " : "", iface->name);
	for (uint32_t i = 0; i < l->live->opts->iface_count; i++)
		if (!strcmp(l->live->opts->ifaces[i], iface->name))
			l->found[i] = true;
	if (live_is_wanted(l->live, iface->name) && (iface->up || l->live->scene.named_interfaces))
		live_watch_interface(l->live, l->in, iface);
	return 0;
}

static int list_interfaces(void *arg)
{
	struct listing *l = arg;

	l->begun = loader_begin_devices(l->live->loader, l->in->instance);
	if (l->begun)
		return l->begun;
	l->in->diag_fd = netlink_diag_open();
	l->in->route_fd = netlink_route_open();
	live_open_files(l->live, l->in);
	return netlink_interfaces(on_interface, l);
}

/* Sockets, reads, drops and probes are seen in a namespace as soon as it is watched. */
static const struct {
	const char *dev, *end;
	enum hm_hook hook;
} namespace_hops[] = {
	{ "socket", "in", HM_HOOK_SOCK_IN }, { "socket", "out", HM_HOOK_SOCK_OUT },
	{ "app", NULL, HM_HOOK_APP },	     { "drops", NULL, HM_HOOK_DROP },
	{ "sockets", NULL, HM_HOOK_PROBE },
};

static int add_namespace_hops(struct hm_live *live, const struct hm_live_ns *in)
{
	for (size_t i = 0; i < HM_ARRAY_SIZE(namespace_hops); i++) {
		int err = live_add_hop(live, in, namespace_hops[i].dev, namespace_hops[i].end,
				       namespace_hops[i].hook, 0);

		if (err < 0)
			return err;
	}
	return 0;
}

bool live_leave_out(struct hm_live *live, uint32_t from)
{
	uint32_t left = live->ns_count - from;
	char why[HM_NAME_LEN * 2];

	if (live->scene.hop_count + HM_ARRAY_SIZE(namespace_hops) <= HM_MAX_HOPS)
		return false;
	for (uint32_t i = from; i < live->ns_count; i++)
		netns_close(&live->ns[i].ns);
	live->ns_count = from;
	live->scene.other_netns += left;
	snprintf(why, sizeof(why), "%u namespaces more than the table of hops holds", left);
	scene_not_watched(&live->scene, "--netns", why);
	return true;
}

/* What of a namespace failed: its interfaces, or the process that attaches filters at them. */
static void tell_failure(const struct listing *l, int err)
{
	char why[HM_SHORTAGE_LEN];

	if (l->begun == -EAGAIN)
		log_error("hm-janitor, which removes clsact filters, cannot be started: too many "
			  "processes: raise ulimit -u or the cgroup's pids.max");
	else if (l->begun == -EPIPE)
		log_error(
			"hm-janitor, which removes clsact filters, ended at once: the kernel's log "
			"may say why (dmesg)");
	else
		log_error("interfaces of %s: %s",
			  l->in->ns.name[0] ? l->in->ns.name : "this namespace",
			  shortage_text(err, l->live->opts->ring_bytes, why, sizeof(why)));
}

int live_watch_namespace(struct hm_live *live, struct hm_live_ns *in)
{
	struct listing l = { .live = live, .in = in };
	int err = add_namespace_hops(live, in);

	if (!err)
		err = netns_within(&in->ns, list_interfaces, &l);
	if (err) {
		tell_failure(&l, err);
		return err;
	}
	if (in != live->ns)
		return 0;
	for (uint32_t i = 0; i < live->opts->iface_count; i++)
		if (live->scene.named_interfaces && !l.found[i]) {
			log_error("%s: no such interface (ip link shows %s)", live->opts->ifaces[i],
				  l.all);
			return -EINVAL;
		}
	return 0;
}

static int open_one(const char *which, struct hm_netns *ns)
{
	int err = netns_open(which, ns);

	if (err == -EACCES)
		log_error(
			"--netns %s: not permitted: a process of another user takes CAP_SYS_PTRACE "
			"too (sudo)",
			which);
	else if (err)
		log_error("--netns %s: no such process or namespace (ip netns list)", which);
	return err == -EACCES || !err ? err : -EINVAL;
}

/*
 * Takes over an open namespace unless it is watched already: twice attached it would count twice.
 */
static void take(struct hm_live *live, struct hm_netns *ns)
{
	bool fits = live->ns_count < HM_ARRAY_SIZE(live->ns);

	for (uint32_t i = 0; i < live->ns_count; i++)
		fits = fits && live->ns[i].ns.inum != ns->inum;
	if (fits)
		live->ns[live->ns_count++].ns = *ns;
	else
		netns_close(ns);
}

/* Those that were asked for by name or pid have their place before those of "all". */
static int take_named(struct hm_live *live, bool *all)
{
	struct hm_netns ns;

	for (uint32_t i = 0; i < live->opts->netns_count; i++) {
		int err;

		if (!strcmp(live->opts->netns[i], "all")) {
			*all = true;
			continue;
		}
		err = open_one(live->opts->netns[i], &ns);
		if (err)
			return err;
		take(live, &ns); /* there are no more of --netns than places */
	}
	return 0;
}

int live_open_namespaces(struct hm_live *live)
{
	struct hm_netns others[HM_MAX_NETNS];
	char why[HM_NAME_LEN * 2];
	bool all = false;
	int err = take_named(live, &all), count, left;

	if (err)
		return err;
	count = netns_list(others, HM_MAX_NETNS);
	if (count < 0) {
		log_error("listing network namespaces: %s", strerror(-count));
		return count;
	}
	for (int i = 0; i < count && i < HM_MAX_NETNS; i++)
		if (all)
			take(live, &others[i]);
		else
			netns_close(&others[i]);
	left = count - (int)(live->ns_count - 1);
	live->scene.other_netns = left > 0 ? left : 0;
	if (all && left > 0) {
		snprintf(why, sizeof(why),
			 "%d namespaces more than the %d that are watched at most", left,
			 HM_MAX_NETNS);
		scene_not_watched(&live->scene, "--netns all", why);
	}
	return 0;
}
