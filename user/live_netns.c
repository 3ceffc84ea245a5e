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
	return netlink_interfaces(on_interface, l);
}

/* Sockets, reads, drops and probes are seen in a namespace as soon as it is watched. */
static int add_namespace_hops(struct hm_live *live, const struct hm_live_ns *in)
{
	static const struct {
		const char *dev, *end;
		enum hm_hook hook;
	} hops[] = {
		{ "socket", "in", HM_HOOK_SOCK_IN }, { "socket", "out", HM_HOOK_SOCK_OUT },
		{ "app", NULL, HM_HOOK_APP },	     { "drops", NULL, HM_HOOK_DROP },
		{ "sockets", NULL, HM_HOOK_PROBE },
	};

	for (size_t i = 0; i < HM_ARRAY_SIZE(hops); i++) {
		int err = live_add_hop(live, in, hops[i].dev, hops[i].end, hops[i].hook, 0);

		if (err < 0)
			return err;
	}
	return 0;
}

/* What of a namespace failed: its interfaces, or the process that attaches filters at them. */
static void tell_failure(const struct listing *l, int err)
{
	char why[HM_SHORTAGE_LEN];

	if (l->begun == -EAGAIN)
		log_error("hm-janitor, which removes clsact filters, cannot be started: too many "
			  "processes: raise ulimit -u or the cgroup's pids.max");
	else if (l->begun == -EPIPE)
		log_error("hm-janitor, which removes clsact filters, ended at once: the kernel's log "
			  "may say why (dmesg)");
	else
		log_error("interfaces of %s: %s", l->in->ns.name[0] ? l->in->ns.name : "this namespace",
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
		log_error("--netns %s: not permitted: a process of another user takes CAP_SYS_PTRACE "
			  "too (sudo)", which);
	else if (err)
		log_error("--netns %s: no such process or namespace (ip netns list)", which);
	return err == -EACCES || !err ? err : -EINVAL;
}

int live_open_namespaces(struct hm_live *live)
{
	struct hm_netns all[HM_MAX_NETNS];
	int count = 0, known = netns_list(all, HM_MAX_NETNS), err;

	for (uint32_t i = 0; i < live->opts->netns_count; i++) {
		const char *which = live->opts->netns[i];

		if (!strcmp(which, "all")) {
			for (count = 0; count < known && count < HM_MAX_NETNS; count++)
				live->ns[live->ns_count++].ns = all[count];
			break;
		}
		if (live->ns_count > HM_MAX_NETNS) {
			log_error("--netns: at most %d namespaces", HM_MAX_NETNS);
			return -EINVAL;
		}
		err = open_one(which, &live->ns[live->ns_count].ns);
		if (err)
			return err;
		if (live->ns[live->ns_count].ns.inum == live->ns[0].ns.inum)
			netns_close(&live->ns[live->ns_count].ns);
		else
			live->ns_count++;
	}
	for (int i = count; i < known && i < HM_MAX_NETNS; i++)
		netns_close(&all[i]);
	if (known > HM_MAX_NETNS && count)
		scene_not_watched(&live->scene, "--netns all", "more namespaces than the table holds");
	live->scene.other_netns = known > (int)live->ns_count - 1 ? known - (live->ns_count - 1) : 0;
	return 0;
}
