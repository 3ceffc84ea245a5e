/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small language for tests of path and judge: a scene with hops (world_scene.h), connections
 * whose packets are pushed as sightings (world_packets.h), ticks that probe and judge. Included by
 * test_path*.c and test_judge*.c.
 */
#ifndef HM_TEST_WORLD_H
#define HM_TEST_WORLD_H

#include "world_packets.h"

static inline void answer_listener(struct world *w, uint64_t ns, const char *on, uint32_t pid)
{
	struct hm_sighting l = {.mono_ns = ns, .hop = (uint16_t)hop(w, "sockets"),
				.what = HM_WHAT_LISTENER, .pid = pid};

	if (!on)
		return;
	l.src = ep(on);
	l.listener.netns = w->answers.listener_netns ? w->answers.listener_netns : NS_HOST;
	snprintf(l.comm, sizeof(l.comm), "nginx");
	push(w, l);
}

static inline void tell_listener(struct world *w, const struct conn *c, double ms, const char *on,
				 uint32_t netns)
{
	struct hm_sighting l = see(w, c, ms, "sockets", HM_WHAT_LISTENER, 's');

	memset(&l.listener, 0, sizeof(l.listener));
	l.src = ep(on);
	l.listener.netns = netns;
	push(w, l);
}

/*
 * The sockets of a connection were looked at: none of it was found, and who listens in that
 * namespace.
 */
static inline void found_listening(struct world *w, const struct conn *c, double ms, const char *on,
				   uint32_t netns)
{
	struct hm_sighting s = see(w, c, ms, "sockets", HM_WHAT_SOCKET, 's');

	memset(&s.socket, 0, sizeof(s.socket));
	push(w, s);
	tell_listener(w, c, ms, on, netns);
}

static inline void answer_ports(struct world *w, const struct hm_leg *leg, uint64_t ns)
{
	struct hm_sighting p = {.mono_ns = ns, .hop = (uint16_t)hop(w, "sockets"),
				.what = HM_WHAT_PORTS, .src = leg->client, .dst = leg->server};

	if (!leg->no_port || !w->answers.ports)
		return;
	p.ports = (struct hm_sight_ports){w->answers.ports, w->answers.ports / 2, 32768, 60999};
	push(w, p);
}

static inline void answer_probe(struct world *w, const struct hm_leg *leg, uint64_t ns)
{
	const struct answers *a = &w->answers;
	struct hm_sighting s = {.mono_ns = ns, .hop = (uint16_t)hop(w, "sockets"), .family = 4};

	s.what = HM_WHAT_SOCKET;
	s.src = leg->server;
	s.dst = leg->client;
	s.socket.state = a->server_state;
	s.socket.accepted = a->accepted;
	s.socket.has_seq = a->has_seq;
	s.socket.copied_seq = a->copied_seq;
	s.socket.unread = a->unread;
	s.pid = a->pid;
	snprintf(s.comm, sizeof(s.comm), "%s", a->pid ? "java" : "");
	push(w, s);
	for (uint32_t i = 0; i < a->others; i++)
		answer_listener(w, ns, "0.0.0.0:81", 1000 + i);
	answer_listener(w, ns, a->listener, 77);
	answer_listener(w, ns, a->another, 78);
	answer_ports(w, leg, ns);
	s.what = HM_WHAT_ROUTE;
	s.src = leg->client;
	s.dst = leg->server;
	s.route.error = a->route_error;
	s.route.local = false;
	if (a->own) {
		struct hm_endpoint own = ep(a->own);

		s.route.local = endpoint_equal(&own, &leg->server);
	}
	push(w, s);
}

static inline void keep_result(struct world *w, const struct hm_path *path,
			       const struct hm_verdict *v)
{
	struct result *r = &w->results[w->count++];

	assert_true(w->count < WORLD_VERDICTS);
	r->code = v->code;
	r->blame = v->blame;
	r->confidence = v->confidence;
	r->role = v->at.role;
	r->pid = v->at.pid;
	memcpy(r->comm, v->at.comm, HM_COMM_LEN);
	r->count = v->count;
	r->status = v->status;
	r->judged = v->judged;
	r->lost = v->lost;
	r->ambiguous = path->ambiguous;
	r->attempts = path->attempts;
	r->at_ms = (path->judged_ns - T0) / MS;
	r->evidence_count = v->evidence_count;
	r->advice_count = v->advice_count;
	r->legs = v->leg_count;
	r->first = v->legs[0];
	for (uint32_t i = 0; i < v->leg_count; i++) {
		r->leg_ids[i] = v->legs[i].leg->id;
		r->leg_codes[i] = v->legs[i].code;
	}
	memcpy(r->host, v->at.host, sizeof(r->host));
	memcpy(r->summary, v->summary, sizeof(r->summary));
	snprintf(r->why, sizeof(r->why), "%s", v->confidence_why);
	for (uint32_t i = 0; i < v->evidence_count && i < 4; i++)
		memcpy(r->evidence[i], v->evidence[i], HM_LINE);
	w->exit_status = judge_exit(w->exit_status, v);
}

static inline void take_settled(struct world *w, uint64_t ns)
{
	struct hm_verdict *v = malloc(sizeof(*v));
	struct hm_path *path;
	struct hm_bench bench = {.scene = &w->scene};

	assert_non_null(v);
	while ((path = paths_settled(w->paths, ns))) {
		bench.listener_count = paths_listeners(w->paths, &bench.listeners);
		bench.unsearched = paths_unsearched(w->paths);
		bench.listeners_lost_ns = paths_stats(w->paths).listeners_lost_ns;
		judge_path(path, &bench, v);
		assert_true(v->summary[0]);
		keep_result(w, path, v);
		paths_release(w->paths, path);
	}
	free(v);
}

/* One turn of the pipeline at that moment. */
static inline void tick(struct world *w, double ms)
{
	uint64_t ns = T0 + (uint64_t)(ms * 1e6);
	struct hm_leg *leg;

	while ((leg = paths_want_probe(w->paths, ns))) {
		w->answers.asked++;
		if (w->answers.on)
			answer_probe(w, leg, ns);
	}
	take_settled(w, ns);
}

/* Ticks every 10 ms, as the pipeline would. */
static inline void run(struct world *w, double from_ms, double to_ms)
{
	for (double ms = from_ms; ms <= to_ms; ms += 10)
		tick(w, ms);
}

static inline void finish(struct world *w, double ms)
{
	paths_finish(w->paths, T0 + (uint64_t)(ms * 1e6));
	take_settled(w, T0 + (uint64_t)(ms * 1e6));
}

/* Exactly one verdict came, with this code. */
static inline const struct result *only(const struct world *w, enum hm_code code)
{
	assert_int_equal(w->count, 1);
	if (w->results[0].code != code)
		print_error("%s: %s\n", hm_codes[w->results[0].code].name, w->results[0].summary);
	assert_string_equal(hm_codes[w->results[0].code].name, hm_codes[code].name);
	return &w->results[0];
}

#endif
