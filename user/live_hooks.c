// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hops of interfaces: what is attached to one, under which name, and why not. Called by
 * live_netns.c for those that are there and by live_follow.c for those that come. See live.h.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "live.h"

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

/* The table is full: the hop that went longest ago makes room. Not there before it is attached. */
static int take_place(struct hm_live *live, const struct hm_hop *hop)
{
	int at = scene_replace_hop(&live->scene, hop, clock_ns(CLOCK_BOOTTIME));

	if (at < 0)
		return at;
	live->scene.hops[at].gone_ns = live->scene.hops[at].since_ns;
	live->base[at] = (struct hm_live_base){};
	live->away_ns[at] = 0;
	live_tell_forgotten(live);
	return at;
}

int live_add_hop(struct hm_live *live, const struct hm_live_ns *in, const char *dev,
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
	if (have >= 0) {
		live->scene.hops[have].ifindex = ifindex;
		return have;
	}
	have = scene_add_hop(&live->scene, &hop);
	return have == -ENOSPC ? take_place(live, &hop) : have;
}

static void not_attached(struct hm_live *live, const struct hm_live_ns *in,
			 const struct hm_iface *iface, const char *end, int err)
{
	char hop[HM_NAME_LEN], why[HM_NAME_LEN * 2];

	if (err == -ENODEV)
		return; /* it went meanwhile */
	snprintf(hop, sizeof(hop), "%.24s%s%.20s:%s", in->ns.name, in->ns.name[0] ? "/" : "",
		 iface->name, end);
	if (err == -ENOSPC)
		snprintf(why, sizeof(why), "more interfaces than the table of hops holds");
	else if (err == -ETIME)
		snprintf(why, sizeof(why),
			 "it came during the trace and has no Ethernet header; start anew");
	else if (!strcmp(end, "xdp"))
		live_xdp_why(iface, err, why, sizeof(why));
	else if (err == -ETIMEDOUT)
		snprintf(why, sizeof(why), "hm-janitor, which attaches there, does not answer");
	else if (err == -EBUSY)
		snprintf(why, sizeof(why),
			 "a qdisc ingress stands where clsact would (tc qdisc show dev %.20s)",
			 iface->name);
	else if (err == -EOPNOTSUPP)
		snprintf(
			why, sizeof(why),
			"it takes no filter of its own, as with a shared tc block (tc qdisc show dev %.20s)",
			iface->name);
	else
		snprintf(why, sizeof(why), "%s", strerror(-err));
	scene_not_watched(&live->scene, hop, why);
}

static uint8_t bridge_part(const struct hm_iface *iface)
{
	static const char *const kinds[] = { "bridge", "openvswitch" };

	for (size_t i = 0; i < HM_ARRAY_SIZE(kinds); i++) {
		if (!strcmp(iface->slave_kind, kinds[i]))
			return HM_BRIDGE_PORT;
		if (!strcmp(iface->kind, kinds[i]))
			return HM_BRIDGE_SELF;
	}
	return HM_BRIDGE_NONE;
}

void live_take_bridge(struct hm_live *live, uint32_t netns, const struct hm_iface *iface)
{
	uint8_t bridge = bridge_part(iface);

	for (uint32_t i = 0; i < live->scene.hop_count; i++) {
		struct hm_hop *hop = &live->scene.hops[i];

		if (hop->ifindex != iface->ifindex || hop->netns != netns || hop->gone_ns)
			continue;
		live->scene.hop_changes += hop->bridge != bridge;
		hop->bridge = bridge;
	}
}

/* One hook of one interface: the hop first, so that no event is without one. */
static int watch_hook(struct hm_live *live, const struct hm_live_ns *in,
		      const struct hm_iface *iface, enum hm_hook hook, const char *end, bool l3)
{
	uint32_t before = live->scene.hop_count;
	int hop = live_add_hop(live, in, iface->name, end, hook, iface->ifindex), err = hop;

	if (hop >= 0)
		err = loader_attach_device(live->loader, in->instance, iface->ifindex, hook, l3);
	if (!err) {
		live->scene.hops[hop].gone_ns = 0;
		snprintf(live->scene.hops[hop].tunnel, sizeof(live->scene.hops[hop].tunnel), "%s",
			 netlink_is_tunnel(iface) ? iface->kind : "");
		if (hook != HM_HOOK_XDP)
			live_not_looked_yet(live, hop);
		return 0;
	}
	not_attached(live, in, iface, end, err);
	if (hop >= 0 && (uint32_t)hop < before) { /* its hop from before sees nothing now */
		live->scene.hops[hop].doubt_ns = clock_ns(CLOCK_BOOTTIME);
		live->scene.hops[hop].clear_ns = 0;
	}
	live->scene.hop_count = before;
	return err;
}

int live_watch_interface(struct hm_live *live, const struct hm_live_ns *in,
			 const struct hm_iface *iface)
{
	int eth = netlink_has_ethernet(iface->type), err;

	if (eth < 0) {
		char why[64], name[HM_NAME_LEN];

		snprintf(name, sizeof(name), "%.24s%s%.20s", in->ns.name,
			 in->ns.name[0] ? "/" : "", iface->name);
		snprintf(why, sizeof(why), HM_WHY_LINK_TYPE "%u is not parsed", iface->type);
		scene_not_watched(&live->scene, name, why);
		return 0;
	}
	err = loader_lacks(live->loader)->err[HM_PART_TC]; /* told once for all interfaces */
	if (!err)
		err = watch_hook(live, in, iface, HM_HOOK_TC_IN, "in", !eth);
	if (!err)
		err = watch_hook(live, in, iface, HM_HOOK_TC_OUT, "out", !eth);
	if (live->opts->xdp && eth && !loader_lacks(live->loader)->err[HM_PART_XDP] &&
	    !watch_hook(live, in, iface, HM_HOOK_XDP, "xdp", false))
		live_xdp_warn(iface);
	live_take_bridge(live, in->ns.inum, iface);
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

int live_packets(const struct hm_live *live, int instance, const struct hm_hop *hop,
		 uint64_t *packets)
{
	uint64_t now = 0;
	int err = 0;

	if (!hop->gone_ns)
		err = loader_device_packets(live->loader, instance, hop->ifindex, hop->hook, &now);
	if (!err)
		*packets = hop->earlier + now;
	return err;
}
