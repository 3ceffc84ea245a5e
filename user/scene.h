/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The scene: what one trace on one host was able to see. The `host` record of a recording.
 * Filled by the source before the first sighting; counters grow while it runs. Everybody after
 * the source reads it and only reads it.
 */
#ifndef HM_SCENE_H
#define HM_SCENE_H

#include <stdbool.h>
#include <stdint.h>

#include "sighting.h"

#define HM_MAX_HOPS 256
#define HM_MAX_NOT_WATCHED 32
#define HM_WHY_LINK_TYPE "link type " /* begins why frames of an interface cannot be read */

/* What an interface is to a bridge, Linux's own or Open vSwitch. */
enum hm_bridge { HM_BRIDGE_NONE, HM_BRIDGE_PORT, HM_BRIDGE_SELF };

/* A place of ours where a packet can be seen. */
struct hm_hop {
	/* "eth0:in", "socket:in", "app"; "web/eth0:in" in another namespace */
	char name[HM_NAME_LEN];
	char dev[HM_NAME_LEN]; /* what a text row shows: "eth0", "web/eth0", "socket" */
	uint8_t hook; /* enum hm_hook */
	uint32_t netns;
	uint32_t ifindex; /* 0: not an interface */
	uint64_t packets; /* seen here so far */
	uint64_t earlier; /* of them, before the interface was gone for a while */
	uint64_t gone_ns; /* since when the interface is not there; 0: it is */
	/* when it took the place of a hop that was gone; 0: it is the first there */
	uint64_t since_ns;
	char before[HM_NAME_LEN]; /* whose program runs first and may keep packets from this hop */
	char after[HM_NAME_LEN]; /* whose runs behind it: what passed here may still be kept */
	bool before_unknown; /* nobody can look: "" in before does not say that nobody is there */
	/* "vxlan", "gre" ...: what goes in there leaves in other packets; "": none */
	char tunnel[16];
	uint8_t bridge; /* enum hm_bridge: of its interface, when that was last told */
	bool blind; /* the interface counted packets of which this hop saw none */
	uint64_t doubt_ns; /* when it was first noticed that the hop may be blind; 0: never */
	uint64_t clear_ns; /* since when that is over; 0: it is not */
};

struct hm_not_watched {
	char hop[HM_NAME_LEN];
	char why[HM_NAME_LEN * 2];
};

struct hm_scene {
	char host[64], kernel[65], boot_id[37], version[16];
	uint64_t start_mono_ns; /* CLOCK_BOOTTIME when everything was attached */
	uint64_t start_unix_ns; /* UTC at the same moment; ts = start_unix + (mono - start_mono) */
	uint32_t netns;
	char filter[1024]; /* as typed; "" none */
	uint32_t marker_count;
	struct hm_marker markers[HM_MAX_MARKERS];
	struct hm_hop hops[HM_MAX_HOPS];
	uint32_t hop_count;
	struct hm_not_watched not_watched[HM_MAX_NOT_WATCHED];
	uint32_t not_watched_count;
	uint32_t other_netns; /* network namespaces of this host that are not watched */
	uint64_t counters[HM_CNT_COUNT]; /* enum hm_counter, as of the last stats record */
	uint64_t counted_ns; /* CLOCK_BOOTTIME at which they were read; 0: not told */
	uint64_t unasked; /* connections about which there was no time to ask at the end */
	uint64_t end_mono_ns; /* when the trace ended; 0: still running */
	/* times that what is said of hops, and of what is not watched, has changed */
	uint32_t hop_changes;
	uint32_t depth; /* --depth: bytes of each turn that are searched; 0: all */
	bool sni; /* --sni: names in ClientHellos are told */
	bool named_interfaces; /* -i was given */
	bool has_command; /* -- COMMAND was given */
	uint32_t command_pid; /* 0: COMMAND could not be started */
	char command[HM_NAME_LEN]; /* argv[0] */
	int command_exit; /* -1: still running; 128+N: ended by signal N */
	uint64_t settle_ns, answer_ns; /* --settle, --answer (0: only where one is owed) */
	uint32_t max_legs; /* --legs: connections held at once; 0: HM_LEGS */
	uint64_t stall_ns; /* --stall; 0: a proxy may take its time */
	bool all; /* --all */
	uint32_t count; /* -c: the trace ends after that many printed paths; 0: no limit */
	bool counts_all; /* healthy paths without a marker count as printed too */
	uint16_t proxy_ports[8]; /* --proxy PORT, host order; 0: unused */
};

/*
 * Connections that are held at once, and how many younger ones make the kernel side forget one of
 * its own.
 */
uint32_t scene_max_legs(const struct hm_scene *scene);
uint32_t scene_sure_tracks(const struct hm_scene *scene);

/* Index of a hop by its name, or -1. */
int scene_hop_by_name(const struct hm_scene *scene, const char *name);

/* Adds a hop; returns its index, or -ENOSPC. name is copied. */
int scene_add_hop(struct hm_scene *scene, const struct hm_hop *hop);

/*
 * Puts a hop in the place of the one that went longest ago, at the moment now; returns its index,
 * or -ENOSPC where all are there. name is copied.
 */
int scene_replace_hop(struct hm_scene *scene, const struct hm_hop *hop, uint64_t now_ns);

/*
 * Says once why something is not watched; further ones beyond the table are counted in the last
 * row.
 */
void scene_not_watched(struct hm_scene *scene, const char *hop, const char *why);

/* An interface that could not be attached to is gone: no row says so any more. */
void scene_forget_interface(struct hm_scene *scene, const char *dev);

/* The row is not true any more. */
void scene_watched_again(struct hm_scene *scene, const char *hop, const char *why);

/*
 * A hop that may be blind: packets may have passed its interface unseen, between those two moments,
 * or there is reason to think so. Nothing can be missing there.
 */
bool scene_doubts(const struct hm_hop *hop, uint64_t from_ns, uint64_t to_ns);

/*
 * Packets may have come in at this interface unseen between those moments: its hop may be blind,
 * and its XDP hop, where that is watched, may be too. And: into that namespace (0: into any).
 */
bool scene_comes_unseen(const struct hm_scene *scene, const struct hm_hop *in, uint64_t from_ns,
			uint64_t to_ns);
bool scene_may_miss(const struct hm_scene *scene, uint32_t netns, uint64_t from_ns, uint64_t to_ns);

/* The hop of the same interface with that hook, or -1. */
int scene_hop_beside(const struct hm_scene *scene, const struct hm_hop *like, enum hm_hook hook);

/* True if any hop with that hook is watched in that namespace (0: in any). */
bool scene_watches(const struct hm_scene *scene, enum hm_hook hook, uint32_t netns);

/* True for the hop at which what was asked of this host is answered. */
bool scene_is_answer(const struct hm_scene *scene, uint16_t hop);

/* True if a row of "not watched" has that name: something of a hop that is there all the same. */
bool scene_lacks(const struct hm_scene *scene, const char *hop);

/*
 * An interface is there, of whichever namespace, at which nobody looks though it was meant to: what
 * comes in or leaves by it is not seen.
 */
bool scene_lacks_interface(const struct hm_scene *scene);

/* Events lost so far, at whatever stage: what makes an absence worthless. */
uint64_t scene_lost(const struct hm_scene *scene);

/* Those among them that were sightings of packets: what makes "no packet" worthless. */
uint64_t scene_untold(const struct hm_scene *scene);

#endif
