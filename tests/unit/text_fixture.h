/* SPDX-License-Identifier: GPL-2.0-only */
/* Scenes and verdicts built by hand, for the tests of the outputs. */
#ifndef TEXT_FIXTURE_H
#define TEXT_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "safe.h"

#define MS 1000000ull
#define START 5000000000ull

/* One trace with room for one path of two legs. Static: some 100 KB. */
struct fixture {
	struct hm_scene scene;
	struct hm_path path;
	struct hm_leg leg[2];
	struct hm_sighting notes[2][4];
	struct hm_verdict verdict;
};

static inline uint16_t fixture_hop(struct fixture *f, const char *dev, const char *suffix,
				   enum hm_hook hook, uint64_t packets)
{
	struct hm_hop hop = {.hook = (uint8_t)hook, .netns = 1, .packets = packets};

	snprintf(hop.dev, sizeof(hop.dev), "%s", dev);
	snprintf(hop.name, sizeof(hop.name), "%s%s", dev, suffix);
	return (uint16_t)scene_add_hop(&f->scene, &hop);
}

static inline void fixture_scene(struct fixture *f, const char *host)
{
	memset(f, 0, sizeof(*f));
	snprintf(f->scene.host, sizeof(f->scene.host), "%s", host);
	strcpy(f->scene.kernel, "6.12.117");
	strcpy(f->scene.version, "0.1.0");
	f->scene.start_mono_ns = START;
	f->scene.start_unix_ns = 1795366800123456789ull; /* 2026-11-22 17:00:00.123 */
	f->scene.netns = 1;
	f->scene.marker_count = 1;
	f->scene.markers[0].len = 12;
	memcpy(f->scene.markers[0].bytes, "amazinggrace", 12);
}

static inline struct hm_leg_verdict *fixture_leg(struct fixture *f, const char *client,
						 const char *server)
{
	uint32_t at = f->verdict.leg_count++;
	struct hm_leg *leg = &f->leg[at];
	struct hm_leg_verdict *v = &f->verdict.legs[at];

	f->verdict.path = &f->path;
	f->path.id = 1;
	f->path.first_ns = START;
	f->path.legs[at] = leg;
	f->path.leg_count = at + 1;
	leg->id = at + 1;
	leg->direction_known = leg->has_syn = true;
	leg->notes = f->notes[at];
	if (safe_parse_endpoint(client, &leg->client) || safe_parse_endpoint(server, &leg->server))
		abort();
	v->leg = leg;
	v->rtt_us = -1;
	return v;
}

/* A row: milliseconds since the path's start, or -1 not due, -2 missing, -3 not watched, -4 old. */
static inline struct hm_row *fixture_row(struct hm_leg_verdict *v, uint16_t hop, double syn,
					 double synack, double marker, double answer)
{
	static const uint8_t states[] = {[1] = HM_CELL_NOT_DUE,
					 [2] = HM_CELL_MISSING,
					 [3] = HM_CELL_NOT_WATCHED,
					 [4] = HM_CELL_BEFORE_TRACE};
	const double at[HM_STEP_COUNT] = {syn, synack, marker, answer};
	struct hm_row *row = &v->rows[v->row_count++];

	row->hop = hop;
	for (int i = 0; i < HM_STEP_COUNT; i++) {
		struct hm_cell *cell = &row->cell[i];

		if (at[i] < 0) {
			cell->state = states[(int)-at[i]];
			continue;
		}
		cell->state = HM_CELL_SEEN;
		cell->count = 1;
		cell->first_ns = cell->last_ns = START + (uint64_t)(at[i] * (double)MS);
	}
	return row;
}

static inline void fixture_say(struct fixture *f, const char *summary, const char *evidence,
			       const char *advice)
{
	struct hm_verdict *v = &f->verdict;

	snprintf(v->summary, sizeof(v->summary), "%s", summary);
	if (evidence)
		snprintf(v->evidence[v->evidence_count++], HM_LINE, "%s", evidence);
	if (advice)
		snprintf(v->advice[v->advice_count++], HM_LINE, "%s", advice);
}

/* The proxied sample: delivered over two legs. */
static inline void fixture_delivered(struct fixture *f)
{
	struct hm_leg_verdict *leg;
	uint16_t in0, out0, in1, out1, sock_in, sock_out, app;

	fixture_scene(f, "proxy1");
	in0 = fixture_hop(f, "eth0", ":in", HM_HOOK_TC_IN, 100);
	out0 = fixture_hop(f, "eth0", ":out", HM_HOOK_TC_OUT, 90);
	in1 = fixture_hop(f, "eth1", ":in", HM_HOOK_TC_IN, 80);
	out1 = fixture_hop(f, "eth1", ":out", HM_HOOK_TC_OUT, 70);
	sock_in = fixture_hop(f, "socket", ":in", HM_HOOK_SOCK_IN, 0);
	sock_out = fixture_hop(f, "socket", ":out", HM_HOOK_SOCK_OUT, 0);
	app = fixture_hop(f, "app", "", HM_HOOK_APP, 0);
	fixture_hop(f, "drops", "", HM_HOOK_DROP, 0);
	scene_not_watched(&f->scene, "eth0:xdp", "no --xdp");
	scene_not_watched(&f->scene, "eth1:xdp", "no --xdp");
	f->scene.other_netns = 3;

	leg = fixture_leg(f, "10.0.0.4:40887", "10.0.0.155:80");
	leg->rtt_us = 60;
	leg->code = HM_DELIVERED;
	fixture_row(leg, in0, 0, -1, 0.93, -1);
	fixture_row(leg, sock_in, 0.01, -1, 0.94, -1);
	fixture_row(leg, sock_out, -1, 0.05, -1, 4.29);
	fixture_row(leg, out0, -1, 0.06, -1, 4.31);
	fixture_row(leg, app, -1, -1, 0.97, -1);
	f->leg[0].has_synack = true;
	f->leg[0].server_pid = 812;
	strcpy(f->leg[0].server_comm, "squid");
	f->leg[0].marker_ns = START + 930000;
	f->leg[0].marker_read_ns = START + 970000;
	f->leg[0].answer_ns = START + 4310000;

	leg = fixture_leg(f, "10.0.0.155:52466", "10.0.0.156:80");
	leg->rtt_us = 270;
	leg->code = HM_DELIVERED;
	fixture_row(leg, out1, 1.13, -1, 1.46, -1);
	fixture_row(leg, in1, -1, 1.40, -1, 4.05);
	f->leg[1].has_synack = true;
	f->leg[1].marker_ns = START + 1460000;
	f->leg[1].marker_acked_ns = START + 1700000;
	f->leg[1].answer_ns = START + 4050000;
	f->leg[1].status = 404;
	f->leg[0].status = 404;

	f->verdict.code = HM_DELIVERED;
	f->verdict.confidence = HM_LIKELY;
	f->verdict.status = 404;
	f->verdict.count = 1;
	f->verdict.judged = true;
	strcpy(f->verdict.confidence_why, "the web server's host was not watched");
	fixture_say(f,
		    "The network carried the connection and the marker over both legs; the 404 "
		    "was made by the web server 10.0.0.156:80, not by the network or by squid.",
		    NULL, NULL);
}

#endif
