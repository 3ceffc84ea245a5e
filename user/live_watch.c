// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is attached where: namespaces, interfaces, cgroup, tracepoints. What cannot be attached is
 * told as not watched; only when nothing at all could be is the trace refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "kernel_names.h"
#include "live.h"
#include "log.h"
#include "needles.h"

#define RATE_PER_MS 500 /* records a CPU may send in a millisecond before it is limited */

/* Tracepoints, and the hop that is lame without them. */
static const struct {
	const char *tracepoint, *hop, *without;
} tracepoints[] = {
	{ "tcp_rcv_space_adjust", "app", "this kernel has no tracepoint tcp_rcv_space_adjust" },
	{ "kfree_skb", "drops", "this kernel has no tracepoint kfree_skb" },
	{ "tcp_send_reset", "drops", "resets made here: no tracepoint tcp_send_reset" },
	{ "tcp_retransmit_skb", "drops", "retransmissions: no tracepoint tcp_retransmit_skb" },
	{ "tcp_retransmit_synack", "drops", "retransmissions: no tracepoint tcp_retransmit_synack" },
	{ "icmp_send", "drops", "ICMP errors sent from here: no tracepoint icmp_send" },
	{ "sched_process_fork", "app", "children of COMMAND: no tracepoint sched_process_fork" },
};

int live_hop(const struct hm_live *live, uint32_t netns, enum hm_hook hook, uint32_t ifindex)
{
	int gone = -1;

	for (uint32_t i = 0; i < live->scene.hop_count; i++) {
		const struct hm_hop *hop = &live->scene.hops[i];

		if (hop->hook != hook || hop->netns != netns || hop->ifindex != ifindex)
			continue;
		if (!hop->gone_ns)
			return i;
		gone = i;
	}
	return gone;
}

/* The hop of an interface of the same name that is gone, or -1. */
static int gone_hop(const struct hm_live *live, const struct hm_hop *like)
{
	for (uint32_t i = 0; i < live->scene.hop_count; i++) {
		const struct hm_hop *hop = &live->scene.hops[i];

		if (hop->gone_ns && hop->netns == like->netns && hop->hook == like->hook &&
		    !strcmp(hop->name, like->name))
			return i;
	}
	return -1;
}

/*
 * dev: "eth0" or "socket"; end: "in" ... or NULL. The name gets the namespace's prefix. An interface
 * that comes again has the hop it had, whatever its index is now.
 */
static int add_hop(struct hm_live *live, const struct hm_live_ns *in, const char *dev,
		   const char *end, enum hm_hook hook, uint32_t ifindex)
{
	struct hm_hop hop = { .hook = hook, .netns = in->ns.inum, .ifindex = ifindex };
	const char *slash = in->ns.name[0] ? "/" : "";
	int have = live_hop(live, in->ns.inum, hook, ifindex);

	if (have >= 0 && !live->scene.hops[have].gone_ns)
		return have;
	snprintf(hop.dev, sizeof(hop.dev), "%.24s%s%.20s", in->ns.name, slash, dev);
	snprintf(hop.name, sizeof(hop.name), "%.40s%s%s", hop.dev, end ? ":" : "", end ? end : "");
	have = gone_hop(live, &hop);
	if (have < 0)
		return scene_add_hop(&live->scene, &hop);
	live->scene.hops[have].ifindex = ifindex;
	return have;
}

static void not_attached(struct hm_live *live, const char *dev, const char *end, int err)
{
	char hop[HM_NAME_LEN], why[HM_NAME_LEN * 2];

	snprintf(hop, sizeof(hop), "%.30s:%s", dev, end);
	snprintf(why, sizeof(why), "%s",
		 err == -ENOSPC ? "more interfaces than the table of hops holds" : strerror(-err));
	if (!strcmp(end, "xdp") && (err == -EBUSY || err == -EEXIST))
		snprintf(why, sizeof(why), "another XDP program holds the slot (ip -d link show %.20s)",
			 dev);
	else if (!strcmp(end, "xdp") && err == -EOPNOTSUPP)
		snprintf(why, sizeof(why), "the driver has no native XDP");
	scene_not_watched(&live->scene, hop, why);
}

/* One hook of one interface: the hop first, so that no event is without one. */
static int watch_hook(struct hm_live *live, const struct hm_live_ns *in,
		      const struct hm_iface *iface, enum hm_hook hook, const char *end, bool l3)
{
	uint32_t before = live->scene.hop_count;
	int hop = add_hop(live, in, iface->name, end, hook, iface->ifindex), err = hop;

	if (hop >= 0)
		err = loader_attach_device(live->loader, in->instance, iface->ifindex, hook, l3);
	if (!err) {
		live->scene.hops[hop].gone_ns = 0;
		return 0;
	}
	not_attached(live, iface->name, end, err);
	live->scene.hop_count = before;
	return err;
}

int live_watch_interface(struct hm_live *live, const struct hm_live_ns *in,
			 const struct hm_iface *iface)
{
	int eth = netlink_has_ethernet(iface->type), err;

	if (eth < 0) {
		char why[64];

		snprintf(why, sizeof(why), "link type %u is not parsed", iface->type);
		scene_not_watched(&live->scene, iface->name, why);
		return 0;
	}
	err = watch_hook(live, in, iface, HM_HOOK_TC_IN, "in", !eth);
	if (!err)
		err = watch_hook(live, in, iface, HM_HOOK_TC_OUT, "out", !eth);
	if (live->opts->xdp && eth)
		watch_hook(live, in, iface, HM_HOOK_XDP, "xdp", false);
	return err;
}

bool live_is_wanted(const struct hm_live *live, const char *name)
{
	if (!live->scene.named_interfaces)
		return true;
	for (uint32_t i = 0; i < live->opts->iface_count; i++)
		if (!strcmp(live->opts->ifaces[i], name))
			return true;
	return false;
}

struct listing { /* of the interfaces of one namespace */
	struct hm_live *live;
	struct hm_live_ns *in;
	bool found[HM_MAX_IFACES]; /* by -i */
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

	l->in->diag_fd = netlink_diag_open();
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
		int err = add_hop(live, in, hops[i].dev, hops[i].end, hops[i].hook, 0);

		if (err < 0)
			return err;
	}
	return 0;
}

static int watch_namespace(struct hm_live *live, struct hm_live_ns *in)
{
	struct listing l = { .live = live, .in = in };
	int err = add_namespace_hops(live, in);

	if (!err)
		err = netns_within(&in->ns, list_interfaces, &l);
	if (err) {
		log_error("interfaces of %s: %s", in->ns.name[0] ? in->ns.name : "this namespace",
			  strerror(-err));
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

/* The namespaces of --netns, behind hopmark's own. */
static int open_namespaces(struct hm_live *live)
{
	struct hm_netns all[HM_MAX_NETNS];
	int count = 0, known = netns_list(all, HM_MAX_NETNS);

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
		if (netns_open(which, &live->ns[live->ns_count].ns)) {
			log_error("--netns %s: no such process or namespace (ip netns list)", which);
			return -EINVAL;
		}
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

/* Directory where cgroup2 is mounted, from mountinfo: proc(5). 0 or -ENOENT. */
static int find_cgroup2(char *dir, size_t len)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char line[4096], where[1024];
	int err = -ENOENT;

	while (f && err && fgets(line, sizeof(line), f)) {
		if (!strstr(line, " - cgroup2 ") ||
		    sscanf(line, "%*s %*s %*s %*s %1023s", where) != 1)
			continue;
		snprintf(dir, len, "%s", where);
		err = 0;
	}
	if (f)
		fclose(f);
	return err;
}

/* Forgets the hops of a hook that could not be attached. */
static void drop_hops(struct hm_scene *scene, enum hm_hook hook)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < scene->hop_count; i++)
		if (scene->hops[i].hook != hook)
			scene->hops[kept++] = scene->hops[i];
	scene->hop_count = kept;
}

static int watch_sockets(struct hm_live *live)
{
	char dir[1024], why[HM_NAME_LEN * 2] = "no cgroup2 is mounted";
	int err = find_cgroup2(dir, sizeof(dir)), fd;

	if (!err) {
		fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		err = fd < 0 ? -errno : loader_attach_cgroup(live->loader, fd);
		if (fd >= 0)
			close(fd);
		snprintf(why, sizeof(why), "cgroup2 at %.40s: %s", dir, strerror(-err));
	}
	if (!err)
		return 0;
	scene_not_watched(&live->scene, "socket", why);
	log_warn("socket hops are not watched: %s; the other hops work", why);
	drop_hops(&live->scene, HM_HOOK_SOCK_IN);
	drop_hops(&live->scene, HM_HOOK_SOCK_OUT);
	return err;
}

static void watch_tracepoints(struct hm_live *live)
{
	for (size_t i = 0; i < HM_ARRAY_SIZE(tracepoints); i++) {
		int err = loader_attach_tracepoint(live->loader, tracepoints[i].tracepoint);
		char why[HM_NAME_LEN * 2];

		if (!err)
			continue;
		if (err == -ENOENT)
			snprintf(why, sizeof(why), "%s", tracepoints[i].without);
		else
			snprintf(why, sizeof(why), "%s: %s", tracepoints[i].tracepoint,
				 strerror(-err));
		scene_not_watched(&live->scene, tracepoints[i].hop, why);
		if (!strcmp(tracepoints[i].tracepoint, "kfree_skb"))
			drop_hops(&live->scene, HM_HOOK_DROP);
		if (!strcmp(tracepoints[i].tracepoint, "tcp_rcv_space_adjust"))
			drop_hops(&live->scene, HM_HOOK_APP);
	}
}

static int load(struct hm_live *live, uint32_t command_pid)
{
	struct hm_loader_opts *lo = calloc(1, sizeof(*lo));
	int err;

	if (!lo)
		return -ENOMEM;
	lo->filter = live->opts->filter;
	lo->netns = live->ns[0].ns.inum;
	lo->ring_bytes = live->opts->ring_bytes;
	lo->rate_per_ms = RATE_PER_MS;
	lo->command_pid = command_pid;
	lo->xdp = live->opts->xdp;
	err = needles_build(&lo->needles, live->opts->markers, live->opts->marker_count);
	if (!err)
		err = loader_open(lo, &live->loader);
	free(lo);
	if (err == -EPERM || err == -EACCES)
		log_error("loading BPF programs: not permitted; run as root (sudo hopmark ...) or "
			  "grant CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON");
	else if (err == -ENODATA)
		log_error("this kernel has no BTF at /sys/kernel/btf/vmlinux "
			  "(CONFIG_DEBUG_INFO_BTF); hopmark doctor says more");
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
	memcpy(scene->markers, live->opts->markers, sizeof(scene->markers));
	scene->named_interfaces = live->opts->iface_count &&
				  strcmp(live->opts->ifaces[0], "any");
	if (!live->opts->xdp)
		scene_not_watched(scene, "XDP", "no --xdp");
}

static void start_clock(struct hm_scene *scene)
{
	struct timespec mono, real;

	clock_gettime(CLOCK_BOOTTIME, &mono);
	clock_gettime(CLOCK_REALTIME, &real);
	scene->start_mono_ns = mono.tv_sec * 1000000000ULL + mono.tv_nsec;
	scene->start_unix_ns = real.tv_sec * 1000000000ULL + real.tv_nsec;
}

int live_watch(struct hm_live *live, uint32_t command_pid)
{
	int err;

	live->ns[0].ns = (struct hm_netns){ .inum = netns_own(), .fd = -1 };
	live->ns_count = 1;
	describe_host(&live->scene);
	describe_options(live);
	err = open_namespaces(live);
	if (!err)
		err = load(live, command_pid);
	for (uint32_t i = 0; !err && i < live->ns_count; i++) {
		if (i) {
			live->ns[i].instance = loader_add_netns(live->loader, live->ns[i].ns.inum);
			err = live->ns[i].instance < 0 ? live->ns[i].instance : 0;
		}
		if (err) {
			log_error("--netns %s: loading BPF programs: %s", live->ns[i].ns.name,
				  strerror(-err));
			return err;
		}
		err = watch_namespace(live, &live->ns[i]);
	}
	if (err)
		return err;
	watch_tracepoints(live);
	err = watch_sockets(live);
	if (err && !scene_watches(&live->scene, HM_HOOK_TC_IN, 0)) {
		log_error("nothing could be attached: %s (hopmark doctor says why)", strerror(-err));
		return err;
	}
	start_clock(&live->scene);
	return 0;
}


uint64_t live_packets(const struct hm_live *live, int instance, const struct hm_hop *hop)
{
	if (hop->gone_ns)
		return hop->earlier;
	return hop->earlier +
	       loader_device_packets(live->loader, instance, hop->ifindex, hop->hook);
}
