/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The world a test of path and judge begins with: a scene with hops, no packet yet. Included by
 * world_packets.h.
 */
#ifndef HM_TEST_WORLD_SCENE_H
#define HM_TEST_WORLD_SCENE_H

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
#define CLIENT "10.0.0.4:40887"
#define SERVER "10.0.0.8:80"
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
	char summary[2 * HM_LINE], why[HM_LINE], evidence[4][HM_LINE], host[64],
		comm[HM_COMM_LEN + 1];
	struct hm_leg_verdict first; /* rows of the first leg */
};

struct answers { /* what a probe finds */
	bool on; /* false: nobody answers */
	uint8_t server_state;
	bool accepted, has_seq;
	uint32_t copied_seq, unread, pid;
	const char *listener, *another; /* endpoints of processes 77 and 78, or NULL */
	uint32_t listener_netns; /* of both; 0: NS_HOST */
	uint32_t others; /* so many processes that listen on port 81 come first */
	int32_t route_error;
	const char *own; /* endpoint at an address of this host, or NULL */
	/* sockets that lead to the server, half of them in TIME-WAIT; of a leg without port */
	uint32_t ports;
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

#endif
