// SPDX-License-Identifier: GPL-2.0-only
/* Interfaces that come, go, are renamed or made anew while the trace runs. See live.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "live.h"
#include "log.h"

#define WHY_GONE "deleted, renamed or moved away during the trace"

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static bool is_interface(const struct hm_live *live, const struct hm_hop *hop)
{
	return hop->ifindex && hop->netns == live->ns[0].ns.inum;
}

/* An interface of hopmark's own namespace is not watched any more. */
static void lose_interface(struct hm_live *live, uint32_t ifindex)
{
	uint64_t now = now_ns();

	for (uint32_t i = 0; i < live->scene.hop_count; i++) {
		struct hm_hop *hop = &live->scene.hops[i];

		if (!is_interface(live, hop) || hop->ifindex != ifindex || hop->gone_ns)
			continue;
		hop->packets = hop->earlier = live_packets(live, 0, hop);
		hop->gone_ns = now;
		scene_not_watched(&live->scene, hop->dev, WHY_GONE);
	}
	loader_forget_device(live->loader, 0, ifindex);
}

/* When the interface of that name went, if it was watched once and is gone; otherwise 0. */
static uint64_t gone_since(const struct hm_live *live, const char *dev)
{
	for (uint32_t i = 0; i < live->scene.hop_count; i++)
		if (is_interface(live, &live->scene.hops[i]) &&
		    live->scene.hops[i].hook == HM_HOOK_TC_IN &&
		    !strcmp(live->scene.hops[i].dev, dev))
			return live->scene.hops[i].gone_ns;
	return 0;
}

/* An interface is there that is not watched: a new one, or one that has come again. */
static void gain_interface(struct hm_live *live, const struct hm_iface *iface)
{
	uint64_t since = gone_since(live, iface->name);
	char why[HM_NAME_LEN * 2];

	if (live_watch_interface(live, &live->ns[0], iface) || !since)
		return;
	scene_watched_again(&live->scene, iface->name, WHY_GONE);
	snprintf(why, sizeof(why), "for %.1f s of the trace, when it was away",
		 (now_ns() - since) / 1e9);
	scene_not_watched(&live->scene, iface->name, why);
}

/* The name under which the interface with this index is watched is still its name. */
static bool is_as_before(const struct hm_live *live, const struct hm_iface *iface)
{
	int hop = live_hop(live, live->ns[0].ns.inum, HM_HOOK_TC_IN, iface->ifindex);

	return hop >= 0 && !live->scene.hops[hop].gone_ns &&
	       !strcmp(live->scene.hops[hop].dev, iface->name) &&
	       loader_has_device(live->loader, live->ns[0].instance, iface->ifindex);
}

static int on_news(void *arg, const struct hm_iface *iface)
{
	struct hm_live *live = arg;

	if (!iface->gone && is_as_before(live, iface))
		return 0;
	lose_interface(live, iface->ifindex);
	if (!iface->gone && (iface->up || live->scene.named_interfaces) &&
	    live_is_wanted(live, iface->name))
		gain_interface(live, iface);
	return 0;
}

/* News was lost: what is there now, and what is not any more. */
static int list_anew(struct hm_live *live)
{
	int err = netlink_interfaces(on_news, live);

	for (uint32_t i = 0; !err && i < live->scene.hop_count; i++) {
		const struct hm_hop *hop = &live->scene.hops[i];

		if (is_interface(live, hop) && hop->hook == HM_HOOK_TC_IN && !hop->gone_ns &&
		    !loader_has_device(live->loader, 0, hop->ifindex))
			lose_interface(live, hop->ifindex);
	}
	return err;
}

int live_follow_interfaces(struct hm_live *live)
{
	int err = netlink_interface_news(live->news_fd, on_news, live);

	return err == -ENOBUFS ? list_anew(live) : err;
}
