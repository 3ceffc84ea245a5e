// SPDX-License-Identifier: GPL-2.0-only
/* Time, watched and not watched. Called by out_text.c. */
#include "text_facts.h"

#include <inttypes.h>
#include <string.h>

#include "safe.h"
#include "text_table.h"
#include "text_wrap.h"

#define DEVICES 10 /* named in one line; the others are counted */

static double ms(uint64_t ns)
{
	return (double)ns / 1e6;
}

/* When the client had asked, as it was first seen: the marker, else the first payload. 0: never. */
static uint64_t asked_ns(const struct hm_leg *leg)
{
	return leg->marker_ns ? leg->marker_ns : leg->request_ns;
}

/* From asking to the answer; 0 where one of them is not known. */
static uint64_t answer_took(const struct hm_leg *leg)
{
	uint64_t from = asked_ns(leg);

	return from && leg->answer_ns > from ? leg->answer_ns - from : 0;
}

/* The interface nearest to the server: the last in the leg's rows. "" where there is none. */
static const char *last_device(const struct hm_scene *scene, const struct hm_leg_verdict *leg)
{
	for (uint32_t i = leg->row_count; i-- > 0;) {
		const struct hm_hop *hop = &scene->hops[leg->rows[i].hop];

		if (hop->hook <= HM_HOOK_TC_OUT)
			return hop->dev;
	}
	return "";
}

/* Who answered the leg, as this host can name them: "nginx[812]", "beyond eth1". */
static char *answerer(char *out, size_t out_len, const struct hm_scene *scene,
		      const struct hm_leg_verdict *leg)
{
	char dev[HM_NAME_LEN * 4];

	if (!text_server_is_here(scene, leg)) {
		safe_text(dev, sizeof(dev), last_device(scene, leg));
		snprintf(out, out_len, dev[0] ? "beyond %s" : "the far host", dev);
		return out;
	}
	text_process(out, out_len, leg->leg->server_comm, leg->leg->server_pid);
	if (!out[0])
		safe_text(out, out_len, scene->host);
	return out;
}

static void add_connect_times(char *out, size_t out_len, const struct hm_verdict *v)
{
	const char *name = "connect";

	for (uint32_t i = 0; i < v->leg_count; i++) {
		if (v->legs[i].rtt_us < 0)
			continue;
		text_add(out, out_len, "%s%s %.2f ms", out[0] ? ", " : "", name,
			 (double)v->legs[i].rtt_us / 1e3);
		name = "then";
	}
}

/* One leg's share: up to the read is the way to the process, after it the process itself. */
static void add_server_times(char *out, size_t out_len, const struct hm_scene *scene,
			     const struct hm_leg_verdict *leg)
{
	uint64_t asked = asked_ns(leg->leg), read_ns = text_read_ns(scene, leg);
	char who[256], host[256];

	answerer(who, sizeof(who), scene, leg);
	if (!text_server_is_here(scene, leg))
		text_add(out, out_len, ", all of it %s", who);
	else if (read_ns > asked && read_ns <= leg->leg->answer_ns)
		text_add(out, out_len, ": %.2f until %s read it, %.2f until it answered",
			 ms(read_ns - asked), who, ms(leg->leg->answer_ns - read_ns));
	else
		text_add(out, out_len, ", all of it on %s",
			 safe_text(host, sizeof(host), scene->host));
}

/* Two legs and more: what is not the last leg's is the time of those who sent it on. */
static void add_chain_times(char *out, size_t out_len, const struct hm_scene *scene,
			    const struct hm_verdict *v, uint64_t total)
{
	const struct hm_leg_verdict *last = &v->legs[v->leg_count - 1];
	uint64_t inner = answer_took(last->leg);
	char near[256], far[256];

	if (!inner || inner > total)
		return;
	text_add(out, out_len, ": %s %.2f, %s %.2f", answerer(near, sizeof(near), scene, v->legs),
		 ms(total - inner), answerer(far, sizeof(far), scene, last), ms(inner));
}

static void add_answer_times(char *out, size_t out_len, const struct hm_scene *scene,
			     const struct hm_verdict *v)
{
	const struct hm_leg_verdict *last = &v->legs[v->leg_count - 1];
	bool chain = v->leg_count > 1 && !v->path->attempts;
	uint64_t total = answer_took(chain ? v->legs[0].leg : last->leg);

	if (!total)
		return;
	text_add(out, out_len, "%s%s to answer %.2f ms", out[0] ? "; " : "",
		 last->leg->marker_ns ? "marker" : "request", ms(total));
	if (chain)
		add_chain_times(out, out_len, scene, v, total);
	else
		add_server_times(out, out_len, scene, last);
}

/* Read, and no answer that would tell more. */
static void add_read_time(char *out, size_t out_len, const struct hm_scene *scene,
			  const struct hm_verdict *v)
{
	const struct hm_leg_verdict *leg = &v->legs[v->leg_count - 1];
	uint64_t read_ns = text_read_ns(scene, leg);
	char who[256];

	if (!leg->leg->marker_ns || read_ns <= leg->leg->marker_ns || answer_took(leg->leg))
		return;
	text_add(out, out_len, "%s%s read it after %.2f ms", out[0] ? "; " : "",
		 answerer(who, sizeof(who), scene, leg), ms(read_ns - leg->leg->marker_ns));
}

/* A fault that rests on what did not come says how long that was waited for. */
static void add_wait(char *out, size_t out_len, const struct hm_verdict *v)
{
	const char *sep = out[0] ? "; " : "";

	if (!verdict_waited(v))
		return;
	if (v->waited_ns < 10 * 1000000) /* its connection, or the trace, ended then */
		text_add(out, out_len, "%sjudged at the last packet, by what did not come", sep);
	else
		text_add(out, out_len,
			 "%sjudged %.2f s after the last packet, by what did not come", sep,
			 (double)v->waited_ns / 1e9);
}

void text_time(FILE *to, const struct hm_scene *scene, const struct hm_verdict *v)
{
	char line[TEXT_ROOM] = "";

	if (!v->path || !v->leg_count)
		return;
	add_connect_times(line, sizeof(line), v);
	add_read_time(line, sizeof(line), scene, v);
	add_answer_times(line, sizeof(line), scene, v);
	add_wait(line, sizeof(line), v);
	if (line[0])
		text_labelled(to, "time", line);
}

/* 1204331 as "1,204,331". Returns out. */
static char *thousands(char out[32], uint64_t number)
{
	char digits[24];
	size_t len = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, number), at = 0;

	for (size_t i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			out[at++] = ',';
		out[at++] = digits[i];
	}
	out[at] = '\0';
	return out;
}

static bool is_device(const struct hm_hop *hop)
{
	return hop->hook <= HM_HOOK_TC_OUT;
}

static bool device_before(const struct hm_scene *scene, uint32_t at)
{
	for (uint32_t i = 0; i < at; i++) {
		if (is_device(&scene->hops[i]) && !strcmp(scene->hops[i].dev, scene->hops[at].dev))
			return true;
	}
	return false;
}

/* In and out at one interface; XDP sees again what comes in. */
static uint64_t device_packets(const struct hm_scene *scene, const char *dev)
{
	uint64_t packets = 0;

	for (uint32_t i = 0; i < scene->hop_count; i++) {
		if (scene->hops[i].hook != HM_HOOK_XDP && is_device(&scene->hops[i]) &&
		    !strcmp(scene->hops[i].dev, dev))
			packets += scene->hops[i].packets;
	}
	return packets;
}

static void add_devices(char *out, size_t out_len, const struct hm_scene *scene, bool packets)
{
	uint32_t told = 0, more = 0;
	char name[HM_NAME_LEN * 4], number[32];

	for (uint32_t i = 0; i < scene->hop_count; i++) {
		if (!is_device(&scene->hops[i]) || device_before(scene, i))
			continue;
		if (told == DEVICES) {
			more++;
			continue;
		}
		safe_text(name, sizeof(name), scene->hops[i].dev);
		text_add(out, out_len, "%s%s", !told ? "" : packets ? ", " : " ", name);
		if (packets)
			text_add(out, out_len, " %s%s",
				 thousands(number, device_packets(scene, scene->hops[i].dev)),
				 told ? "" : " packets");
		told++;
	}
	if (more)
		text_add(out, out_len, " and %u more interfaces", more);
}

static void add_kinds(char *out, size_t out_len, const struct hm_scene *scene, const char *sep)
{
	static const struct {
		enum hm_hook hook;
		const char *name;
	} kinds[] = {
		{HM_HOOK_SOCK_IN, "sockets"},
		{HM_HOOK_APP, "reads"},
		{HM_HOOK_DROP, "drops"},
	};

	for (size_t i = 0; i < HM_ARRAY_SIZE(kinds); i++) {
		if (!scene_watches(scene, kinds[i].hook, 0))
			continue;
		text_add(out, out_len, "%s%s", out[0] ? sep : "", kinds[i].name);
		sep = ", ";
	}
	if (scene->sni)
		text_add(out, out_len, "%sTLS server names (--sni)", out[0] ? sep : "");
}

void text_watched(FILE *to, const struct hm_scene *scene, const struct hm_verdict *v)
{
	uint64_t lost = v->path ? v->lost : scene_lost(scene);
	uint64_t unread = scene->counters[HM_CNT_NOT_INSPECTED] + scene->counters[HM_CNT_PARTLY];
	char line[TEXT_ROOM] = "", number[32];

	add_devices(line, sizeof(line), scene, !v->path);
	add_kinds(line, sizeof(line), scene, v->path ? ", " : "; ");
	text_add(line, sizeof(line), "; %s event%s lost", thousands(number, lost), lost == 1 ? "" : "s");
	if (unread)
		text_add(line, sizeof(line), ", %s packets not or not wholly inspected",
			 thousands(number, unread));
	text_labelled(to, "watched", line);
}

static bool same_reason_before(const struct hm_scene *scene, uint32_t at)
{
	for (uint32_t i = 0; i < at; i++) {
		if (!strcmp(scene->not_watched[i].why, scene->not_watched[at].why))
			return true;
	}
	return false;
}

/* "eth0:xdp, eth1:xdp (no --xdp)"; all of them XDP: "XDP (no --xdp)". */
static void add_reason(char *out, size_t out_len, const struct hm_scene *scene, uint32_t at)
{
	const char *why = scene->not_watched[at].why;
	char names[TEXT_ROOM / 2] = "", safe[HM_NAME_LEN * 8];
	bool xdp = true;

	for (uint32_t i = at; i < scene->not_watched_count; i++) {
		const char *hop = scene->not_watched[i].hop, *hook = strrchr(hop, ':');

		if (strcmp(scene->not_watched[i].why, why))
			continue;
		xdp = xdp && hook && !strcmp(hook, ":xdp");
		text_add(names, sizeof(names), "%s%s", names[0] ? ", " : "",
			 safe_text(safe, sizeof(safe), hop));
	}
	text_add(out, out_len, "%s%s (%s)", out[0] ? ", " : "", xdp ? "XDP" : names,
		 safe_text(safe, sizeof(safe), why));
}

static void add_far_ends(char *out, size_t out_len, const struct hm_scene *scene,
			 const struct hm_verdict *v)
{
	char addr[HM_ADDR_LEN];

	for (uint32_t i = 0; v->path && i < v->leg_count; i++) {
		const struct hm_leg *leg = v->legs[i].leg;

		if (leg->direction_known && !text_server_is_here(scene, &v->legs[i]))
			text_add(out, out_len, "%s%s (server)", out[0] ? ", " : "",
				 safe_addr(addr, leg->server.addr, leg->server.scope));
	}
}

void text_not_watched(FILE *to, const struct hm_scene *scene, const struct hm_verdict *v)
{
	char line[TEXT_ROOM] = "", number[32];

	add_far_ends(line, sizeof(line), scene, v);
	for (uint32_t i = 0; i < scene->not_watched_count; i++) {
		if (!same_reason_before(scene, i))
			add_reason(line, sizeof(line), scene, i);
	}
	if (scene->depth)
		text_add(line, sizeof(line), "%s%s bytes beyond --depth %u", line[0] ? ", " : "",
			 thousands(number, scene->counters[HM_CNT_UNSEARCHED]), scene->depth);
	if (scene->other_netns)
		text_add(line, sizeof(line), "%s%u other network namespace%s", line[0] ? ", " : "",
			 scene->other_netns, scene->other_netns == 1 ? "" : "s");
	if (line[0])
		text_labelled(to, "not watched", line);
}
