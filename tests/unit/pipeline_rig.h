/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A pipeline between a source and outputs that are made up here, with the real path and judge.
 * Included by test_pipeline*.c.
 */
#ifndef HM_TEST_PIPELINE_RIG_H
#define HM_TEST_PIPELINE_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline.h"

#define SEC UINT64_C(1000000000)
#define START (100 * SEC)

/* A source that hands out a list, and answers probes with "there is no such socket". */
struct fake_source {
	struct hm_source base;
	struct hm_scene scene;
	struct hm_sighting list[320];
	int count, next, probes, fail;
	bool slow; /* a millisecond for each probe */
	uint64_t answer_ns; /* when probes are answered; 0: within the connection's life */
	uint64_t lose_at_refresh;
};

static inline int fake_read(struct hm_source *src, hm_sighting_fn fn, void *arg, uint64_t *now_ns)
{
	struct fake_source *f = (struct fake_source *)src;
	int err;

	if (f->fail)
		return f->fail;
	if (f->next == f->count)
		return -ENODATA;
	*now_ns = f->list[f->next].mono_ns;
	err = fn(arg, &f->list[f->next++]);
	return err ? err : 1;
}

static inline int fake_probe(struct hm_source *src, const struct hm_leg *leg, hm_sighting_fn fn,
			     void *arg)
{
	struct fake_source *f = (struct fake_source *)src;
	struct hm_sighting s = {.what = HM_WHAT_SOCKET,
				.hop = 2,
				.src = leg->client,
				.dst = leg->server,
				.mono_ns = f->answer_ns ? f->answer_ns : leg->last_ns};

	f->probes++;
	if (f->slow)
		usleep(1000);
	return fn(arg, &s);
}

static inline int fake_refresh(struct hm_source *src)
{
	struct fake_source *f = (struct fake_source *)src;

	f->scene.counters[HM_CNT_LOST_RING] += f->lose_at_refresh;
	f->lose_at_refresh = 0;
	return 0;
}

static const struct hm_source_ops fake_ops = {
	.read = fake_read, .probe = fake_probe, .refresh = fake_refresh};

static inline void add_hop(struct hm_scene *scene, const char *name, const char *dev, int hook)
{
	struct hm_hop hop = {.hook = hook, .netns = 1, .ifindex = hook == HM_HOOK_TC_IN ? 2 : 0};

	snprintf(hop.name, sizeof(hop.name), "%s", name);
	snprintf(hop.dev, sizeof(hop.dev), "%s", dev);
	assert_true(scene_add_hop(scene, &hop) >= 0);
}

static inline void source_init(struct fake_source *f)
{
	memset(f, 0, sizeof(*f));
	f->base.ops = &fake_ops;
	f->base.scene = &f->scene;
	f->base.poll_fd = -1;
	f->scene.start_mono_ns = START;
	f->scene.netns = 1;
	f->scene.settle_ns = 2 * SEC;
	add_hop(&f->scene, "eth0:in", "eth0", HM_HOOK_TC_IN);
	add_hop(&f->scene, "eth0:out", "eth0", HM_HOOK_TC_OUT);
	add_hop(&f->scene, "sockets", "sockets", HM_HOOK_PROBE);
}

static inline struct hm_endpoint endpoint(uint8_t last, uint16_t port)
{
	struct hm_endpoint e = {.addr = {[10] = 0xff, [11] = 0xff, 10, 0, 0, last}, .port = port};

	return e;
}

/* A SYN to .8, or its reset back. */
static inline void add(struct fake_source *f, uint64_t at_ns, int what, uint16_t client_port)
{
	struct hm_sighting *s = &f->list[f->count++];

	assert_true(f->count <= (int)HM_ARRAY_SIZE(f->list));
	s->what = what;
	s->family = 4;
	s->mono_ns = at_ns;
	s->hop = what == HM_WHAT_SYN ? 0 : 1;
	s->src = what == HM_WHAT_SYN ? endpoint(4, client_port) : endpoint(8, 80);
	s->dst = what == HM_WHAT_SYN ? endpoint(8, 80) : endpoint(4, client_port);
	s->seq = what == HM_WHAT_SYN ? client_port : 0;
	s->ack = what == HM_WHAT_SYN ? 0 : client_port + 1u;
	s->tcp_flags = what == HM_WHAT_SYN ? 2 : 20;
}

/* An output that keeps a letter for each call. */
struct fake_out {
	struct hm_out base;
	char calls[200];
	uint64_t last_verdict_ns;
	int last_code;
	struct hm_tally tally;
	char fail_on; /* letter whose write fails */
	int fail_with;
};

static inline int called(struct hm_out *out, char letter)
{
	struct fake_out *o = (struct fake_out *)out;
	size_t len = strlen(o->calls);

	if (len + 1 < sizeof(o->calls))
		o->calls[len] = letter;
	return letter == o->fail_on ? o->fail_with : 0;
}

static inline int fake_host(struct hm_out *out, const struct hm_scene *scene)
{
	(void)scene;
	return called(out, 'h');
}

static inline int fake_sighting(struct hm_out *out, const struct hm_scene *scene,
				const struct hm_sighting *s)
{
	(void)scene;
	return called(out, s->what == HM_WHAT_SOCKET ? 'p' : 's');
}

static inline int fake_verdict(struct hm_out *out, const struct hm_scene *scene,
			       const struct hm_verdict *v)
{
	struct fake_out *o = (struct fake_out *)out;

	(void)scene;
	o->last_code = v->code;
	o->last_verdict_ns = v->path ? v->path->judged_ns : 0;
	return called(out, v->path ? 'v' : 'V');
}

static inline int fake_stats(struct hm_out *out, const struct hm_scene *scene, uint64_t mono_ns)
{
	(void)scene;
	(void)mono_ns;
	return called(out, 't');
}

static inline int fake_end(struct hm_out *out, const struct hm_scene *scene,
			   const struct hm_tally *tally)
{
	(void)scene;
	((struct fake_out *)out)->tally = *tally;
	return called(out, 'e');
}

static const struct hm_out_ops fake_out_ops = {.name = "fake", .host = fake_host,
					       .sighting = fake_sighting, .verdict = fake_verdict,
					       .stats = fake_stats, .end = fake_end};

struct rig {
	struct fake_source source;
	struct fake_out out[2];
	struct hm_sink sinks[2];
	struct hm_pipeline *pipeline;
};

static inline int set_up(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	int i;

	assert_non_null(rig);
	source_init(&rig->source);
	for (i = 0; i < 2; i++) {
		rig->out[i].base.ops = &fake_out_ops;
		rig->sinks[i].out = &rig->out[i].base;
	}
	rig->sinks[1].path = "recording";
	*state = rig;
	return 0;
}

static inline int tear_down(void **state)
{
	struct rig *rig = *state;

	pipeline_free(rig->pipeline);
	free(rig);
	return 0;
}

static inline void start(struct rig *rig)
{
	rig->pipeline = pipeline_new(&rig->source.base, rig->sinks, 2);
	assert_non_null(rig->pipeline);
	assert_int_equal(pipeline_start(rig->pipeline), 0);
}

/* Reads to the end with a tick after each read; gives the last code. */
static inline int play(struct rig *rig)
{
	int err;

	start(rig);
	do {
		err = pipeline_step(rig->pipeline);
		if (err >= 0 && pipeline_tick(rig->pipeline, pipeline_now(rig->pipeline)))
			return -1;
	} while (err >= 0 && !pipeline_done(rig->pipeline));
	return err;
}

#define RIGGED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

#endif
