/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small language for tests of path and judge: a scene with hops, connections whose packets are
 * pushed as sightings at given milliseconds, ticks that probe and judge. Included by test_path.c
 * and test_judge*.c.
 */
#ifndef HM_TEST_WORLD_H
#define HM_TEST_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "judge.h"
#include "path.h"
#include "safe.h"

#define MS 1000000ULL
#define T0 (1000000 * MS) /* the trace's first moment */
#define WORLD_VERDICTS 4300
#define NS_HOST 1
#define NS_WEB 2

#define FIN 1
#define SYN 2
#define RST 4
#define ACK 16

struct result { /* what a test asks of a verdict; the verdict's own pointers die with its path */
	uint8_t code, blame, confidence, role;
	uint32_t pid, count, legs, evidence_count, advice_count, leg_ids[HM_PATH_LEGS];
	uint8_t leg_codes[HM_PATH_LEGS];
	uint16_t status;
	bool judged, ambiguous, attempts;
	uint64_t at_ms, lost;
	char summary[2 * HM_LINE], evidence[4][HM_LINE], host[64], comm[HM_COMM_LEN + 1];
	struct hm_leg_verdict first; /* rows of the first leg */
};

struct answers { /* what a probe finds */
	bool on; /* false: nobody answers */
	uint8_t server_state;
	bool accepted, has_seq;
	uint32_t copied_seq, unread, pid;
	const char *listener; /* endpoint, or NULL */
	int32_t route_error;
	uint32_t asked; /* times a probe was asked for */
};

struct world {
	struct hm_scene scene;
	struct hm_paths *paths;
	struct answers answers;
	struct result *results;
	uint32_t count;
	int exit_status;
};

struct conn {
	struct hm_endpoint c, s;
	uint32_t isn_c, isn_s, next; /* next: client's next sequence number */
	uint32_t pid; /* of its client, when known */
	bool in_tree;
	uint8_t ttl;
};

static inline int hop(const struct world *w, const char *name)
{
	int i = scene_hop_by_name(&w->scene, name);

	assert_true(i >= 0);
	return i;
}

static inline void add_hop(struct world *w, const char *name, uint8_t hook, uint32_t netns,
			   uint32_t ifindex)
{
	struct hm_hop h = {.hook = hook, .netns = netns, .ifindex = ifindex};

	snprintf(h.name, sizeof(h.name), "%s", name);
	snprintf(h.dev, sizeof(h.dev), "%.*s", (int)strcspn(name, ":"), name);
	assert_true(scene_add_hop(&w->scene, &h) >= 0);
}

static inline struct world *world_new(const char *marker)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->results = calloc(WORLD_VERDICTS, sizeof(*w->results));
	assert_non_null(w->results);
	snprintf(w->scene.host, sizeof(w->scene.host), "app1");
	w->scene.netns = NS_HOST;
	w->scene.start_mono_ns = T0;
	w->scene.command_exit = -1;
	w->scene.settle_ns = 2000 * MS;
	if (marker) {
		w->scene.marker_count = 1;
		w->scene.markers[0].len = (uint32_t)strlen(marker);
		memcpy(w->scene.markers[0].bytes, marker, strlen(marker));
	}
	add_hop(w, "eth0:in", HM_HOOK_TC_IN, NS_HOST, 2);
	add_hop(w, "eth0:out", HM_HOOK_TC_OUT, NS_HOST, 2);
	add_hop(w, "eth1:in", HM_HOOK_TC_IN, NS_HOST, 3);
	add_hop(w, "eth1:out", HM_HOOK_TC_OUT, NS_HOST, 3);
	add_hop(w, "socket:in", HM_HOOK_SOCK_IN, NS_HOST, 0);
	add_hop(w, "socket:out", HM_HOOK_SOCK_OUT, NS_HOST, 0);
	add_hop(w, "app", HM_HOOK_APP, NS_HOST, 0);
	add_hop(w, "drops", HM_HOOK_DROP, NS_HOST, 0);
	add_hop(w, "sockets", HM_HOOK_PROBE, NS_HOST, 0);
	add_hop(w, "web/eth0:in", HM_HOOK_TC_IN, NS_WEB, 2);
	add_hop(w, "web/eth0:out", HM_HOOK_TC_OUT, NS_WEB, 2);
	add_hop(w, "web/socket:in", HM_HOOK_SOCK_IN, NS_WEB, 0);
	add_hop(w, "web/socket:out", HM_HOOK_SOCK_OUT, NS_WEB, 0);
	w->paths = paths_new(&w->scene);
	assert_non_null(w->paths);
	return w;
}

static inline void world_free(struct world *w)
{
	paths_free(w->paths);
	free(w->results);
	free(w);
}

static inline struct hm_endpoint ep(const char *text)
{
	struct hm_endpoint e;

	assert_int_equal(safe_parse_endpoint(text, &e), 0);
	return e;
}

static inline struct conn conn_new(const char *client, const char *server, uint32_t isn)
{
	struct conn c = {.c = ep(client),
			 .s = ep(server),
			 .isn_c = isn,
			 .isn_s = isn + 5000,
			 .next = isn + 1,
			 .ttl = 64};
	return c;
}

/* A sighting from the client (dir 'c') or from the server (dir 's'). */
static inline struct hm_sighting see(const struct world *w, const struct conn *c, double ms,
				     const char *where, enum hm_what what, char dir)
{
	struct hm_sighting s;

	memset(&s, 0, sizeof(s));
	s.mono_ns = T0 + (uint64_t)(ms * 1e6);
	s.hop = (uint16_t)hop(w, where);
	s.what = (uint8_t)what;
	s.family = 4;
	s.ttl = c->ttl;
	s.src = dir == 'c' ? c->c : c->s;
	s.dst = dir == 'c' ? c->s : c->c;
	s.seq = dir == 'c' ? c->next : c->isn_s + 1;
	s.ack = dir == 'c' ? c->isn_s + 1 : c->next;
	s.marker.id = 0;
	if (what == HM_WHAT_READ)
		s.marker.id = HM_NO_MARKER;
	if (dir == 'c' && w->scene.hops[s.hop].hook == HM_HOOK_SOCK_OUT) {
		s.pid = c->pid;
		s.in_tree = c->in_tree;
		snprintf(s.comm, sizeof(s.comm), "%s", c->pid ? "client" : "");
	}
	return s;
}

static inline uint32_t push(struct world *w, struct hm_sighting s)
{
	assert_int_equal(paths_push(w->paths, &s), 0);
	return s.leg;
}

static inline uint32_t packet(struct world *w, const struct conn *c, double ms, const char *where,
			      enum hm_what what, char dir)
{
	return push(w, see(w, c, ms, where, what, dir));
}

static inline uint32_t syn(struct world *w, const struct conn *c, double ms, const char *where)
{
	struct hm_sighting s = see(w, c, ms, where, HM_WHAT_SYN, 'c');

	s.seq = c->isn_c;
	s.tcp_flags = SYN;
	return push(w, s);
}

static inline uint32_t synack(struct world *w, const struct conn *c, double ms, const char *where)
{
	struct hm_sighting s = see(w, c, ms, where, HM_WHAT_SYNACK, 's');

	s.seq = c->isn_s;
	s.ack = c->isn_c + 1;
	return push(w, s);
}

/* The whole handshake as the server's host sees it, in half a millisecond. */
static inline void shake_server(struct world *w, const struct conn *c, double ms)
{
	syn(w, c, ms, "eth0:in");
	syn(w, c, ms + 0.1, "socket:in");
	synack(w, c, ms + 0.2, "socket:out");
	synack(w, c, ms + 0.3, "eth0:out");
	packet(w, c, ms + 0.4, "eth0:in", HM_WHAT_ACK, 'c');
	packet(w, c, ms + 0.5, "socket:in", HM_WHAT_ACK, 'c');
}

/* The same as the client's host sees it. */
static inline void shake_client(struct world *w, const struct conn *c, double ms)
{
	syn(w, c, ms, "socket:out");
	syn(w, c, ms + 0.1, "eth0:out");
	synack(w, c, ms + 0.2, "eth0:in");
	synack(w, c, ms + 0.3, "socket:in");
	packet(w, c, ms + 0.4, "socket:out", HM_WHAT_ACK, 'c');
	packet(w, c, ms + 0.5, "eth0:out", HM_WHAT_ACK, 'c');
}

static inline void data(struct world *w, const struct conn *c, double ms, const char *where,
			char dir, enum hm_class class, uint16_t status)
{
	struct hm_sighting s = see(w, c, ms, where, HM_WHAT_DATA, dir);

	s.len = 50;
	s.data.class = (uint8_t) class;
	s.data.status = status;
	push(w, s);
}

/* A 12-byte marker at the client's next byte; the caller moves c->next. */
static inline uint32_t marker(struct world *w, const struct conn *c, double ms, const char *where,
			      uint32_t word)
{
	struct hm_sighting s = see(w, c, ms, where, HM_WHAT_MARKER, 'c');

	s.marker.seq = c->next;
	s.marker.end_seq = c->next + 12;
	s.marker.word = word;
	return push(w, s);
}

/* Request with the marker as the server's host sees it. */
static inline void ask_server(struct world *w, struct conn *c, double ms, enum hm_class class,
			      uint32_t word)
{
	data(w, c, ms, "eth0:in", 'c', class, 0);
	marker(w, c, ms, "eth0:in", word);
	data(w, c, ms + 0.1, "socket:in", 'c', class, 0);
	marker(w, c, ms + 0.1, "socket:in", word);
	c->next += 12;
}

static inline void ask_client(struct world *w, struct conn *c, double ms, enum hm_class class,
			      uint32_t word)
{
	data(w, c, ms, "socket:out", 'c', class, 0);
	marker(w, c, ms, "socket:out", word);
	data(w, c, ms + 0.1, "eth0:out", 'c', class, 0);
	marker(w, c, ms + 0.1, "eth0:out", word);
	c->next += 12;
}

/* pid read up to the client's next byte. */
static inline void reads(struct world *w, const struct conn *c, double ms, uint32_t pid,
			 const char *comm)
{
	struct hm_sighting s = see(w, c, ms, "app", HM_WHAT_READ, 'c');

	s.pid = pid;
	snprintf(s.comm, sizeof(s.comm), "%s", comm);
	push(w, s);
	s.marker.id = 0;
	s.marker.seq = c->next - 12;
	s.marker.end_seq = c->next;
	push(w, s);
}

static inline void answer_server(struct world *w, const struct conn *c, double ms, uint16_t status)
{
	data(w, c, ms, "socket:out", 's', status ? HM_CLASS_HTTP_STATUS : HM_CLASS_OTHER, status);
	data(w, c, ms + 0.1, "eth0:out", 's', status ? HM_CLASS_HTTP_STATUS : HM_CLASS_OTHER,
	     status);
}

static inline void answer_client(struct world *w, const struct conn *c, double ms, uint16_t status)
{
	data(w, c, ms, "eth0:in", 's', status ? HM_CLASS_HTTP_STATUS : HM_CLASS_OTHER, status);
	data(w, c, ms + 0.1, "socket:in", 's', status ? HM_CLASS_HTTP_STATUS : HM_CLASS_OTHER,
	     status);
}

static inline void acked(struct world *w, const struct conn *c, double ms, const char *where)
{
	struct hm_sighting s = see(w, c, ms, where, HM_WHAT_ACKED, 's');

	s.marker.seq = c->next - 12;
	s.marker.end_seq = c->next;
	push(w, s);
}

static inline void close_both(struct world *w, const struct conn *c, double ms)
{
	packet(w, c, ms, "eth0:in", HM_WHAT_FIN, 'c');
	packet(w, c, ms + 1, "eth0:out", HM_WHAT_FIN, 's');
}

static inline struct hm_sighting drop(const struct world *w, const struct conn *c, double ms,
				      char dir, const char *reason, uint8_t flags)
{
	struct hm_sighting s = see(w, c, ms, "drops", HM_WHAT_DROP, dir);

	if (flags & SYN)
		s.seq = dir == 'c' ? c->isn_c : c->isn_s;
	memset(&s.drop, 0, sizeof(s.drop));
	snprintf(s.drop.reason, sizeof(s.drop.reason), "%s", reason);
	snprintf(s.drop.where, sizeof(s.drop.where), "nft_do_chain");
	s.drop.flags = flags;
	return s;
}

static inline struct hm_sighting icmp(const struct world *w, const struct conn *c, double ms,
				      const char *where, uint8_t type, uint8_t code)
{
	struct hm_sighting s = see(w, c, ms, where, HM_WHAT_ICMP, 'c');
	struct hm_endpoint sender = ep("10.0.9.1:1");

	s.seq = c->isn_c;
	memset(&s.icmp, 0, sizeof(s.icmp));
	memcpy(s.icmp.sender, sender.addr, 16);
	s.icmp.type = type;
	s.icmp.code = code;
	s.icmp.family = 4;
	return s;
}

static inline struct hm_sighting connect_call(const struct world *w, const struct conn *c,
					      double ms)
{
	struct hm_sighting s = see(w, c, ms, "app", HM_WHAT_CONNECT, 'c');

	s.src.port = 0;
	s.pid = c->pid;
	s.in_tree = c->in_tree;
	snprintf(s.comm, sizeof(s.comm), "client");
	return s;
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
	if (a->listener) {
		struct hm_sighting l = {.mono_ns = ns, .hop = s.hop, .what = HM_WHAT_LISTENER};

		l.src = ep(a->listener);
		l.pid = 77;
		l.listener.netns = NS_HOST;
		snprintf(l.comm, sizeof(l.comm), "nginx");
		push(w, l);
	}
	s.what = HM_WHAT_ROUTE;
	s.src = leg->client;
	s.dst = leg->server;
	s.route.error = a->route_error;
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
