// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ready line and the heartbeat. Called by cmd_trace.c and loop.c.
 */
#include <stdio.h>
#include <string.h>

#include "heartbeat.h"
#include "log.h"

#define FILTER_PACKETS 1000 /* after so many a filter that let none of them in is told */
#define DEVICES_READY 8 /* names in the ready line */
#define DEVICES_BEAT 3 /* names in the heartbeat, which must fit in 80 columns */

char *heartbeat_count(char *out, size_t len, uint64_t n)
{
	static const char units[] = "kMGTPE";
	double scaled = (double)n;
	int unit = -1;

	for (; scaled >= 999.95 && unit < 5; unit++)
		scaled /= 1000;
	if (unit < 0)
		snprintf(out, len, "%llu", (unsigned long long)n);
	else
		snprintf(out, len, "%.1f%c", scaled, units[unit]);
	return out;
}

/* True if an earlier hop of the scene is on the same device. */
static bool told_before(const struct hm_scene *scene, uint32_t hop)
{
	uint32_t i;

	for (i = 0; i < hop; i++)
		if (scene->hops[i].ifindex && !strcmp(scene->hops[i].dev, scene->hops[hop].dev))
			return true;
	return false;
}

char *heartbeat_devices(char *out, size_t len, const struct hm_scene *scene, unsigned int max)
{
	unsigned int shown = 0, more = 0;
	size_t used = 0;
	uint32_t i;

	out[0] = '\0';
	for (i = 0; i < scene->hop_count; i++) {
		const struct hm_hop *hop = &scene->hops[i];

		if (!hop->ifindex || told_before(scene, i))
			continue;
		if (shown == max || used + strlen(hop->dev) + 20 > len) {
			more++;
			continue;
		}
		used += snprintf(out + used, len - used, "%s%s", shown++ ? " " : "", hop->dev);
	}
	if (more)
		snprintf(out + used, len - used, " and %u more", more);
	if (!out[0])
		snprintf(out, len, "no interface");
	return out;
}

/* A packet is counted at every hop: the busiest one comes nearest to what passed. */
static uint64_t packets(const struct hm_scene *scene)
{
	uint64_t most = 0;
	uint32_t i;

	for (i = 0; i < scene->hop_count; i++)
		if ((scene->hops[i].hook == HM_HOOK_TC_IN ||
		     scene->hops[i].hook == HM_HOOK_TC_OUT) &&
		    scene->hops[i].packets > most)
			most = scene->hops[i].packets;
	return most;
}

void heartbeat_draw(const struct hm_scene *scene, uint64_t syns)
{
	char devices[64], seen[16], syn[16], lost[16];

	log_status("watching %s: %s packets, %s SYN, %s lost",
		   heartbeat_devices(devices, sizeof(devices) / 2, scene, DEVICES_BEAT),
		   heartbeat_count(seen, sizeof(seen), packets(scene)),
		   heartbeat_count(syn, sizeof(syn), syns),
		   heartbeat_count(lost, sizeof(lost), scene_lost(scene)));
}

bool heartbeat_filter(const struct hm_scene *scene)
{
	const uint64_t seen = packets(scene);
	char devices[64];

	if (!scene->filter[0] || scene->counters[HM_CNT_MATCHED])
		return true;
	if (seen < FILTER_PACKETS)
		return false;
	log_info(
		"none of the first %llu packets at %s is inside \"%.200s\"; if there should be some, "
		"check the filter, or send now",
		(unsigned long long)seen,
		heartbeat_devices(devices, sizeof(devices), scene, DEVICES_BEAT), scene->filter);
	return true;
}

/*
 * As it would be typed: "amazinggrace", or hex:0a0b where a byte is not printable or would end
 * that.
 */
static size_t add_marker(char *out, size_t len, const struct hm_marker *m)
{
	size_t used = 0;
	uint32_t i;

	for (i = 0; i < m->len; i++)
		if (m->bytes[i] < ' ' || m->bytes[i] > '~' || m->bytes[i] == '"' ||
		    m->bytes[i] == '\\')
			break;
	if (i == m->len)
		return snprintf(out, len, " \"%.*s\"", (int)m->len, (const char *)m->bytes);
	used = snprintf(out, len, " hex:");
	for (i = 0; i < m->len && used < len; i++)
		used += snprintf(out + used, len - used, "%02x", m->bytes[i]);
	return used;
}

void heartbeat_ready(const struct hm_scene *scene, const char *how)
{
	char watched[512] = "", markers[HM_MAX_MARKERS * (2 * HM_MARKER_MAX + 8) + 16] = "";
	size_t used;
	uint32_t i;

	heartbeat_devices(watched, 400, scene, DEVICES_READY);
	used = snprintf(markers, sizeof(markers), "%s",
			!scene->marker_count	   ? "no marker" :
			scene->marker_count == 1 ? "marker" :
						     "markers");
	for (i = 0; i < scene->marker_count; i++)
		used += add_marker(markers + used, sizeof(markers) - used, &scene->markers[i]);
	log_info("watching %s; %s; %s", watched, markers, how);
}
