// SPDX-License-Identifier: GPL-2.0-only
/* Interfaces that come, go, are renamed or made anew while the trace runs. See live.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "live.h"
#include "log.h"

#define NEWS_TRIES 64 /* reads of news that is lost again and again meanwhile */
#define WHY_GONE "deleted, renamed or moved away during the trace"
#define WHY_FORGOTTEN "%u hooks of some that went long ago: not listed any more"

static bool is_interface(const struct hm_live *live, const struct hm_hop *hop)
{
	return hop->ifindex && hop->netns == live->ns[0].ns.inum;
}

/* An interface of hopmark's own namespace is not watched any more. */
static void lose_interface(struct hm_live *live, uint32_t ifindex)
{
	uint64_t now = clock_ns(CLOCK_BOOTTIME);

	for (uint32_t i = 0; i < live->scene.hop_count; i++) {
		struct hm_hop *hop = &live->scene.hops[i];

		if (!is_interface(live, hop) || hop->ifindex != ifindex || hop->gone_ns)
			continue;
		live_packets(live, 0, hop, &hop->packets);
		hop->earlier = hop->packets;
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

static void why_away(uint64_t away_ns, char why[HM_NAME_LEN * 2])
{
	snprintf(why, HM_NAME_LEN * 2, "for %.1f s of the trace, when it was away", away_ns / 1e9);
}

/* One row for an interface, however often it was away. */
static void tell_away(struct hm_live *live, const char *dev, uint64_t *away_ns, uint64_t more_ns)
{
	char why[HM_NAME_LEN * 2];

	if (*away_ns) {
		why_away(*away_ns, why);
		scene_watched_again(&live->scene, dev, why);
	}
	*away_ns += more_ns;
	why_away(*away_ns, why);
	scene_not_watched(&live->scene, dev, why);
}

/* An interface is there that is not watched: a new one, or one that has come again. */
static void gain_interface(struct hm_live *live, const struct hm_iface *iface)
{
	uint64_t since = gone_since(live, iface->name);
	int hop;

	if (live_watch_interface(live, &live->ns[0], iface) || !since)
		return;
	scene_watched_again(&live->scene, iface->name, WHY_GONE);
	hop = live_hop(live, live->ns[0].ns.inum, HM_HOOK_TC_IN, iface->ifindex);
	if (hop >= 0)
		tell_away(live, iface->name, &live->away_ns[hop], clock_ns(CLOCK_BOOTTIME) - since);
}

static bool is_listed(const struct hm_scene *scene, const char *dev)
{
	for (uint32_t i = 0; i < scene->hop_count; i++)
		if (!strcmp(scene->hops[i].dev, dev))
			return true;
	return false;
}

/* Rows about interfaces that are in no table any more are one, which counts their hops. */
void live_tell_forgotten(struct hm_live *live)
{
	struct hm_scene *scene = &live->scene;
	char why[HM_NAME_LEN * 2];

	for (uint32_t i = 0; i < scene->not_watched_count;) {
		struct hm_not_watched row = scene->not_watched[i];

		if (strcmp(row.why, WHY_GONE) || is_listed(scene, row.hop))
			i++;
		else
			scene_watched_again(scene, row.hop, row.why);
	}
	snprintf(why, sizeof(why), WHY_FORGOTTEN, live->hops_forgotten);
	scene_watched_again(scene, "interfaces", why);
	snprintf(why, sizeof(why), WHY_FORGOTTEN, ++live->hops_forgotten);
	scene_not_watched(scene, "interfaces", why);
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

	if (!iface->gone && is_as_before(live, iface)) {
		live_take_bridge(live, live->ns[0].ns.inum, iface);
		return 0;
	}
	lose_interface(live, iface->ifindex);
	scene_forget_interface(&live->scene, iface->name);
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

/*
 * The kernel says once that news was lost, and then drops more without a word until what it kept
 * has been read (af_netlink.c, NETLINK_S_CONGESTED): only after that is a list complete.
 */
int live_follow_interfaces(struct hm_live *live)
{
	int err = netlink_interface_news(live->news_fd, on_news, live);
	bool lost = false;

	for (int i = 0; err == -ENOBUFS && i < NEWS_TRIES; i++) {
		lost = true;
		err = netlink_interface_news(live->news_fd, on_news, live);
	}
	return lost && (!err || err == -ENOBUFS) ? list_anew(live) : err;
}
