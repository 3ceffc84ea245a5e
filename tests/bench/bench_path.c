// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nanoseconds that path and judge take for each sighting, with many connections at once: each is
 * opened, sends a marker, is answered and closed, and none is ahead of the others. No kernel has a
 * part in it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "judge.h"
#include "path.h"

#define ROUNDS 7
#define MS 1000000ULL
#define STEP_NS 1000 /* between two sightings */

struct run {
	struct hm_scene *scene;
	struct hm_paths *paths;
	struct hm_verdict *verdict;
	uint64_t now_ns, sightings, judged, delivered, push_ns, judge_ns;
	uint32_t legs;
};

static uint64_t clock_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void add_hop(struct hm_scene *scene, const char *name, enum hm_hook hook)
{
	struct hm_hop h = {.hook = (uint8_t)hook, .netns = 1};

	snprintf(h.name, sizeof(h.name), "%s", name);
	snprintf(h.dev, sizeof(h.dev), "%.*s", (int)strcspn(name, ":"), name);
	scene_add_hop(scene, &h);
}

enum { ETH_IN, ETH_OUT, SOCK_IN, SOCK_OUT, APP };

static struct hm_scene *new_scene(uint32_t legs)
{
	struct hm_scene *scene = calloc(1, sizeof(*scene));

	if (!scene)
		return NULL;
	scene->netns = 1;
	scene->command_exit = -1;
	scene->settle_ns = 2000 * MS;
	scene->max_legs = legs;
	scene->marker_count = 1;
	scene->markers[0].len = 12;
	memcpy(scene->markers[0].bytes, "amazinggrace", 12);
	add_hop(scene, "eth0:in", HM_HOOK_TC_IN);
	add_hop(scene, "eth0:out", HM_HOOK_TC_OUT);
	add_hop(scene, "socket:in", HM_HOOK_SOCK_IN);
	add_hop(scene, "socket:out", HM_HOOK_SOCK_OUT);
	add_hop(scene, "app", HM_HOOK_APP);
	return scene;
}

/* One sighting of what a healthy connection to a server here gives. */
struct step {
	enum hm_what what;
	uint8_t hop;
	bool back; /* from the server */
};

static const struct step life[] = {
	{HM_WHAT_SYN, ETH_IN, false},	 {HM_WHAT_SYN, SOCK_IN, false},
	{HM_WHAT_SYNACK, SOCK_OUT, true}, {HM_WHAT_SYNACK, ETH_OUT, true},
	{HM_WHAT_ACK, ETH_IN, false},	 {HM_WHAT_ACK, SOCK_IN, false},
	{HM_WHAT_DATA, ETH_IN, false},	 {HM_WHAT_MARKER, ETH_IN, false},
	{HM_WHAT_DATA, SOCK_IN, false},	 {HM_WHAT_MARKER, SOCK_IN, false},
	{HM_WHAT_ACKED, SOCK_OUT, true}, {HM_WHAT_ACKED, ETH_OUT, true},
	{HM_WHAT_READ, APP, false},	 {HM_WHAT_DATA, SOCK_OUT, true},
	{HM_WHAT_DATA, ETH_OUT, true},	 {HM_WHAT_FIN, SOCK_OUT, true},
	{HM_WHAT_FIN, ETH_OUT, true},	 {HM_WHAT_FIN, ETH_IN, false},
	{HM_WHAT_FIN, SOCK_IN, false},
};

static struct hm_endpoint endpoint(uint32_t host, uint16_t port)
{
	struct hm_endpoint e = {.port = port};

	e.addr[10] = e.addr[11] = 0xff;
	e.addr[12] = 10;
	e.addr[13] = (uint8_t)(host >> 16);
	e.addr[14] = (uint8_t)(host >> 8);
	e.addr[15] = (uint8_t)host;
	return e;
}

static struct hm_sighting sighting(const struct run *r, const struct step *step, uint32_t leg)
{
	struct hm_endpoint client = endpoint(leg + 256, 40000), server = endpoint(1, 80);
	uint32_t isn = leg * 100000, at = isn + (step->what == HM_WHAT_SYN ? 0 : 1);
	struct hm_sighting s = {.mono_ns = r->now_ns, .hop = step->hop, .what = (uint8_t)step->what,
				.family = 4, .ttl = 64, .tcp_flags = HM_TCP_ACK};

	s.src = step->back ? server : client;
	s.dst = step->back ? client : server;
	s.seq = step->back ? isn + 5000 + (step->what != HM_WHAT_SYNACK) : at;
	s.ack = step->back ? isn + 1 + (step->what == HM_WHAT_SYNACK ? 0 : 100) : isn + 5001;
	if (step->what == HM_WHAT_DATA)
		s.data.class = step->back ? HM_CLASS_HTTP_STATUS : HM_CLASS_HTTP_REQUEST;
	if (step->what == HM_WHAT_MARKER || step->what == HM_WHAT_ACKED ||
	    step->what == HM_WHAT_READ) {
		s.marker.seq = isn + 10;
		s.marker.end_seq = isn + 22;
	}
	if (step->what == HM_WHAT_READ)
		s.pid = 812;
	return s;
}

static int judge_settled(struct run *r)
{
	struct hm_bench bench = {.scene = r->scene};
	struct hm_path *path;

	while ((path = paths_settled(r->paths, r->now_ns))) {
		judge_path(path, &bench, r->verdict);
		r->judged++;
		r->delivered += r->verdict->code == HM_DELIVERED;
		paths_release(r->paths, path);
	}
	return 0;
}

/* All connections take one step after the other; at the end they are judged. */
static int live_through(struct run *r)
{
	uint64_t before = clock_now(), pushed;
	int err = 0;

	for (size_t i = 0; !err && i < HM_ARRAY_SIZE(life); i++)
		for (uint32_t leg = 0; !err && leg < r->legs; leg++) {
			struct hm_sighting s = sighting(r, &life[i], leg);

			r->now_ns += STEP_NS;
			err = paths_push(r->paths, &s);
			r->sightings++;
		}
	pushed = clock_now();
	r->now_ns += 10000 * MS;
	judge_settled(r);
	r->push_ns = pushed - before;
	r->judge_ns = clock_now() - pushed;
	return err;
}

/* As they stand in the middle of their lives, all at once: what Ctrl-C has to wait for. */
static int end_in_the_middle(struct run *r)
{
	int err = 0;

	for (size_t i = 0; !err && i < 10; i++)
		for (uint32_t leg = 0; !err && leg < r->legs; leg++) {
			struct hm_sighting s = sighting(r, &life[i], leg);

			r->now_ns += STEP_NS;
			err = paths_push(r->paths, &s);
		}
	r->judge_ns = clock_now();
	paths_finish(r->paths, r->now_ns);
	judge_settled(r);
	r->judge_ns = clock_now() - r->judge_ns;
	return err;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void row(const char *name, double ns[ROUNDS])
{
	const char *raw = getenv("BENCH_RAW");
	FILE *f = raw ? fopen(raw, "a") : NULL;

	qsort(ns, ROUNDS, sizeof(ns[0]), by_size);
	printf("  %-52s %8.0f\n", name, ns[ROUNDS / 2]);
	if (!f)
		return;
	fprintf(f, "{\"what\":\"program\",\"name\":\"%s\",\"ns\":%.0f,\"added\":%.0f}\n", name,
		ns[ROUNDS / 2], ns[ROUNDS / 2]);
	fclose(f);
}

/* 0: every connection was judged, and where it was whole delivered. */
static int round_of(struct hm_scene *scene, uint32_t legs, struct run *r,
		    int (*live)(struct run *r), bool whole)
{
	struct hm_verdict *verdict = r->verdict;
	int err;

	*r = (struct run){.scene = scene, .verdict = verdict, .legs = legs, .now_ns = 1000000 * MS};
	r->paths = paths_new(scene);
	err = r->paths ? live(r) : -1;
	if (!err && (r->judged != legs || (whole && r->delivered != legs))) {
		fprintf(stderr, "bench_path: %llu of %u judged, %llu delivered\n",
			(unsigned long long)r->judged, legs, (unsigned long long)r->delivered);
		err = -1;
	}
	paths_free(r->paths);
	return err;
}

static int bench(uint32_t legs, struct run *r)
{
	double push[ROUNDS], all[ROUNDS], judge[ROUNDS], end[ROUNDS];
	struct hm_scene *scene = new_scene(legs);
	char name[80];
	int err = scene ? 0 : -1;

	for (int i = 0; !err && i < ROUNDS; i++) {
		err = round_of(scene, legs, r, live_through, true);
		push[i] = err ? 0 : (double)r->push_ns / (double)r->sightings;
		all[i] = err ? 0 : (double)(r->push_ns + r->judge_ns) / (double)r->sightings;
		judge[i] = (double)r->judge_ns / legs;
		if (!err)
			err = round_of(scene, legs, r, end_in_the_middle, false);
		end[i] = (double)r->judge_ns / legs;
	}
	free(scene);
	if (err)
		return err;
	snprintf(name, sizeof(name), "%u connections at once: a sighting, path", legs);
	row(name, push);
	snprintf(name, sizeof(name), "%u connections at once: a sighting, path and judge", legs);
	row(name, all);
	snprintf(name, sizeof(name), "%u connections at once: a path that is judged", legs);
	row(name, judge);
	snprintf(name, sizeof(name), "%u connections at once: a path, all at the end", legs);
	row(name, end);
	return 0;
}

int main(void)
{
	static const uint32_t legs[] = {1000, 10000};
	struct run r = {.verdict = malloc(sizeof(*r.verdict))};
	int err = r.verdict ? 0 : -1;

	for (size_t i = 0; !err && i < HM_ARRAY_SIZE(legs); i++)
		err = bench(legs[i], &r);
	free(r.verdict);
	return err ? 1 : 0;
}
