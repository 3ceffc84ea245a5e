// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pipeline between a source and outputs that are made up here, with the real path and judge:
 * order of events, ticks, probes, -c, losses, and outputs that fail.
 */
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

static int fake_read(struct hm_source *src, hm_sighting_fn fn, void *arg, uint64_t *now_ns)
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

static int fake_probe(struct hm_source *src, const struct hm_leg *leg, hm_sighting_fn fn, void *arg)
{
	struct fake_source *f = (struct fake_source *)src;
	struct hm_sighting s = {.what = HM_WHAT_SOCKET, .hop = 2, .src = leg->client, .dst = leg->server,
				.mono_ns = f->answer_ns ? f->answer_ns : leg->last_ns};

	f->probes++;
	if (f->slow)
		usleep(1000);
	return fn(arg, &s);
}

static int fake_refresh(struct hm_source *src)
{
	struct fake_source *f = (struct fake_source *)src;

	f->scene.counters[HM_CNT_LOST_RING] += f->lose_at_refresh;
	f->lose_at_refresh = 0;
	return 0;
}

static const struct hm_source_ops fake_ops = {
	.read = fake_read, .probe = fake_probe, .refresh = fake_refresh};

static void add_hop(struct hm_scene *scene, const char *name, const char *dev, int hook)
{
	struct hm_hop hop = {.hook = hook, .netns = 1, .ifindex = hook == HM_HOOK_TC_IN ? 2 : 0};

	snprintf(hop.name, sizeof(hop.name), "%s", name);
	snprintf(hop.dev, sizeof(hop.dev), "%s", dev);
	assert_true(scene_add_hop(scene, &hop) >= 0);
}

static void source_init(struct fake_source *f)
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

static struct hm_endpoint endpoint(uint8_t last, uint16_t port)
{
	struct hm_endpoint e = {.addr = {[10] = 0xff, [11] = 0xff, 10, 0, 0, last}, .port = port};

	return e;
}

/* A SYN to .8, or its reset back. */
static void add(struct fake_source *f, uint64_t at_ns, int what, uint16_t client_port)
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

static int called(struct hm_out *out, char letter)
{
	struct fake_out *o = (struct fake_out *)out;
	size_t len = strlen(o->calls);

	if (len + 1 < sizeof(o->calls))
		o->calls[len] = letter;
	return letter == o->fail_on ? o->fail_with : 0;
}

static int fake_host(struct hm_out *out, const struct hm_scene *scene)
{
	(void)scene;
	return called(out, 'h');
}

static int fake_sighting(struct hm_out *out, const struct hm_scene *scene, const struct hm_sighting *s)
{
	(void)scene;
	return called(out, s->what == HM_WHAT_SOCKET ? 'p' : 's');
}

static int fake_verdict(struct hm_out *out, const struct hm_scene *scene, const struct hm_verdict *v)
{
	struct fake_out *o = (struct fake_out *)out;

	(void)scene;
	o->last_code = v->code;
	o->last_verdict_ns = v->path ? v->path->judged_ns : 0;
	return called(out, v->path ? 'v' : 'V');
}

static int fake_stats(struct hm_out *out, const struct hm_scene *scene, uint64_t mono_ns)
{
	(void)scene;
	(void)mono_ns;
	return called(out, 't');
}

static int fake_end(struct hm_out *out, const struct hm_scene *scene, const struct hm_tally *tally)
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

static int set_up(void **state)
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

static int tear_down(void **state)
{
	struct rig *rig = *state;

	pipeline_free(rig->pipeline);
	free(rig);
	return 0;
}

static void start(struct rig *rig)
{
	rig->pipeline = pipeline_new(&rig->source.base, rig->sinks, 2);
	assert_non_null(rig->pipeline);
	assert_int_equal(pipeline_start(rig->pipeline), 0);
}

/* Reads to the end with a tick after each read; gives the last code. */
static int play(struct rig *rig)
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

static void test_nothing(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(play(rig), -ENODATA);
	assert_int_equal(pipeline_finish(rig->pipeline, START + SEC), 0);
	assert_string_equal(rig->out[0].calls, "hVe");
	assert_int_equal(rig->out[0].last_code, HM_NOTHING_SEEN);
	assert_int_equal(rig->out[0].tally.paths, 0);
	assert_int_equal(rig->out[0].tally.exit_status, 4);
	assert_int_equal(pipeline_exit_status(rig->pipeline), 4);
}

/* A path settles in the sightings' own time, before the sighting that comes after. */
static void test_settles_by_their_clock(void **state)
{
	struct rig *rig = *state;

	add(&rig->source, START + SEC, HM_WHAT_SYN, 4001);
	add(&rig->source, START + SEC + 1000, HM_WHAT_RST, 4001);
	add(&rig->source, START + 9 * SEC, HM_WHAT_SYN, 4002);
	assert_int_equal(play(rig), -ENODATA);
	assert_non_null(strstr(rig->out[0].calls, "v"));
	assert_true(strstr(rig->out[0].calls, "v") < strrchr(rig->out[0].calls, 's'));
	assert_true(rig->out[0].last_verdict_ns < START + 4 * SEC);
	assert_string_equal(rig->out[0].calls, rig->out[1].calls);
	assert_int_equal(pipeline_syns(rig->pipeline), 2);
}

static void test_finish_judges_the_rest(void **state)
{
	struct rig *rig = *state;

	add(&rig->source, START + SEC, HM_WHAT_SYN, 4001);
	assert_int_equal(play(rig), -ENODATA);
	assert_true(pipeline_busy(rig->pipeline, START + 2 * SEC));
	assert_false(pipeline_busy(rig->pipeline, START + 60 * SEC));
	assert_false(pipeline_settled(rig->pipeline));
	assert_null(strchr(rig->out[0].calls, 'v'));
	assert_int_equal(pipeline_finish(rig->pipeline, START + SEC + SEC / 10), 0);
	assert_int_equal(rig->source.probes, 1);
	assert_string_equal(rig->out[0].calls, "hspve");
	assert_int_equal(rig->out[0].tally.paths, 1);
	assert_true(pipeline_settled(rig->pipeline));
}

/* hopmark is behind: the answer to a probe is of now, and does not make due what still waits in line. */
static void test_answer_is_no_clock(void **state)
{
	struct rig *rig = *state;

	add(&rig->source, START + SEC, HM_WHAT_SYN, 4001);
	add(&rig->source, START + SEC + 1000, HM_WHAT_RST, 4001);
	add(&rig->source, START + SEC + SEC / 2, HM_WHAT_SYN, 4002);
	add(&rig->source, START + SEC + SEC / 2 + 1000, HM_WHAT_SYN, 4003);
	rig->source.answer_ns = START + 30 * SEC;
	assert_int_equal(play(rig), -ENODATA);
	assert_int_equal(rig->source.probes, 1);
	assert_true(pipeline_now(rig->pipeline) < START + 2 * SEC);
}

static void test_count(void **state)
{
	struct rig *rig = *state;
	int i;

	rig->source.scene.count = 2;
	for (i = 0; i < 5; i++) {
		add(&rig->source, START + (20 * i + 1) * SEC, HM_WHAT_SYN, 4001 + i);
		add(&rig->source, START + (20 * i + 1) * SEC + 1000, HM_WHAT_RST, 4001 + i);
	}
	play(rig);
	assert_true(pipeline_done(rig->pipeline));
	assert_int_equal(pipeline_finish(rig->pipeline, pipeline_now(rig->pipeline)), 0);
	assert_int_equal(rig->out[0].tally.paths, 2);
	assert_int_equal(rig->out[0].tally.exit_status, hm_codes[rig->out[0].last_code].health);
}

static void last_questions(struct rig *rig)
{
	for (uint16_t i = 0; i < 300; i++)
		add(&rig->source, START + SEC + i, HM_WHAT_SYN, (uint16_t)(4001 + i));
	play(rig);
	assert_int_equal(rig->source.probes, 0);
	assert_int_equal(pipeline_finish(rig->pipeline, START + 2 * SEC), 0);
	assert_int_equal(rig->source.scene.unasked, 300 - rig->source.probes);
	assert_int_equal(rig->out[0].tally.paths, 300);
}

/* Somebody waits for the end: a bounded number of questions, and how many were not put is told. */
static void test_last_questions(void **state)
{
	struct rig *rig = *state;

	last_questions(rig);
	assert_in_range(rig->source.probes, 32, 256); /* 256 where nothing else takes the time */
}

/* Where each takes long, a few are put all the same. */
static void test_slow_questions(void **state)
{
	struct rig *rig = *state;

	rig->source.slow = true;
	last_questions(rig);
	assert_int_equal(rig->source.probes, 32);
}

/* Played again: those about which something was asked have their answers. */
static void test_last_questions_again(void **state)
{
	struct rig *rig = *state;

	for (uint16_t i = 0; i < 300; i++)
		add(&rig->source, START + SEC + i, HM_WHAT_SYN, (uint16_t)(4001 + i));
	rig->source.scene.unasked = 44;
	play(rig);
	assert_int_equal(pipeline_finish(rig->pipeline, START + 2 * SEC), 0);
	assert_int_equal(rig->source.probes, 0);
	assert_int_equal(rig->source.scene.unasked, 44);
}

static void test_stats(void **state)
{
	struct rig *rig = *state;
	int i;

	start(rig);
	for (i = 1; i <= 35; i++)
		assert_int_equal(pipeline_tick(rig->pipeline, START + i * SEC), 0);
	assert_string_equal(rig->out[0].calls, "httt");
	rig->source.lose_at_refresh = 1;
	assert_int_equal(pipeline_tick(rig->pipeline, START + 36 * SEC), 0);
	assert_string_equal(rig->out[0].calls, "htttt");
	assert_int_equal(pipeline_tick(rig->pipeline, START + 37 * SEC), 0);
	assert_string_equal(rig->out[0].calls, "htttt");
}

static void test_stdout_gone(void **state)
{
	struct rig *rig = *state;

	add(&rig->source, START + SEC, HM_WHAT_SYN, 4001);
	rig->out[0].fail_on = 's';
	rig->out[0].fail_with = -EPIPE;
	assert_int_equal(play(rig), -EPIPE);
	assert_int_equal(rig->sinks[0].err, -EPIPE);
}

static void test_recording_full(void **state)
{
	struct rig *rig = *state;

	add(&rig->source, START + SEC, HM_WHAT_SYN, 4001);
	add(&rig->source, START + 2 * SEC, HM_WHAT_SYN, 4001);
	rig->out[1].fail_on = 's';
	rig->out[1].fail_with = -ENOSPC;
	assert_int_equal(play(rig), -ENODATA);
	assert_int_equal(pipeline_finish(rig->pipeline, START + 3 * SEC), 0);
	assert_int_equal(rig->sinks[1].err, -ENOSPC);
	assert_string_equal(rig->out[1].calls, "hs");
	assert_string_equal(rig->out[0].calls, "hsspve");
}

static void test_source_fails(void **state)
{
	struct rig *rig = *state;

	rig->source.fail = -EIO;
	assert_int_equal(play(rig), -EIO);
}

static void add_connection(struct rig *rig)
{
	struct hm_sighting *ack;

	rig->source.scene.marker_count = 1;
	rig->source.scene.markers[0].len = 4;
	add(&rig->source, START + SEC, HM_WHAT_SYN, 4001);
	add(&rig->source, START + SEC + 1000, HM_WHAT_SYNACK, 4001);
	rig->source.list[1].tcp_flags = 18;
	rig->source.list[1].seq = 77;
	add(&rig->source, START + SEC + 2000, HM_WHAT_SYN, 4001);
	ack = &rig->source.list[2];
	ack->what = HM_WHAT_ACK;
	ack->tcp_flags = 16;
	ack->seq = 4002;
	ack->ack = 78;
}

/* A connection came through, the marker did not: said once, beside the path. */
static void test_marker_not_seen(void **state)
{
	struct rig *rig = *state;

	add_connection(rig);
	assert_int_equal(play(rig), -ENODATA);
	assert_int_equal(pipeline_finish(rig->pipeline, START + 60 * SEC), 0);
	assert_non_null(strstr(rig->out[0].calls, "vVe"));
	assert_int_equal(rig->out[0].last_code, HM_MARKER_NOT_SEEN);
	assert_int_equal(rig->out[0].tally.exit_status, 4);
}

/* Both ends connected at once, and the one that was seen second sent the marker. */
static void test_marker_crossed(void **state)
{
	struct rig *rig = *state;
	struct hm_sighting *marker;

	add_connection(rig);
	rig->source.list[1].what = HM_WHAT_SYN;
	rig->source.list[1].tcp_flags = 2;
	add(&rig->source, START + SEC + 3000, HM_WHAT_SYNACK, 4001);
	marker = &rig->source.list[3];
	marker->what = HM_WHAT_MARKER;
	marker->tcp_flags = 16;
	marker->seq = 78;
	marker->ack = 4002;
	marker->marker.seq = 78;
	marker->marker.end_seq = 82;
	assert_int_equal(play(rig), -ENODATA);
	assert_int_equal(pipeline_finish(rig->pipeline, START + 60 * SEC), 0);
	assert_non_null(strstr(rig->out[0].calls, "vVe"));
	assert_int_equal(rig->out[0].last_code, HM_INCONCLUSIVE);
	assert_int_equal(rig->out[0].tally.exit_status, 4);
}

/* Nothing came through: the path itself is in doubt, and the marker's absence tells nothing. */
static void test_no_connection_no_marker(void **state)
{
	struct rig *rig = *state;

	rig->source.scene.marker_count = 1;
	rig->source.scene.markers[0].len = 4;
	add(&rig->source, START + SEC, HM_WHAT_SYN, 4001);
	assert_int_equal(play(rig), -ENODATA);
	assert_int_equal(pipeline_finish(rig->pipeline, START + 60 * SEC), 0);
	assert_null(strstr(rig->out[0].calls, "vV"));
	assert_int_equal(rig->out[0].last_code, HM_INCONCLUSIVE);
	assert_int_equal(rig->out[0].tally.exit_status, 4);
}

#define RIGGED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIGGED(test_nothing),	      RIGGED(test_settles_by_their_clock),
		RIGGED(test_finish_judges_the_rest), RIGGED(test_answer_is_no_clock),
		RIGGED(test_count),
		RIGGED(test_last_questions),	      RIGGED(test_stdout_gone),
		RIGGED(test_last_questions_again),	      RIGGED(test_slow_questions),
		RIGGED(test_stats),	      RIGGED(test_stdout_gone),
		RIGGED(test_recording_full),  RIGGED(test_source_fails),
		RIGGED(test_marker_not_seen), RIGGED(test_marker_crossed), RIGGED(test_no_connection_no_marker),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
