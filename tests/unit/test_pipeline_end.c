// SPDX-License-Identifier: GPL-2.0-only
/* The end of a trace: the last questions, and the verdict on all of it where there is one. */
#include "pipeline_rig.h"
#include "pipeline_whole.h"

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

/* What passes tells about a trace without paths: from the first one on it is not kept. */
static void test_passed(void **state)
{
	struct rig *rig = *state;
	struct hm_scene *scene = &rig->source.scene;
	struct hm_sighting fin = {.what = HM_WHAT_FIN, .hop = 1},
			   socket = {.what = HM_WHAT_SOCKET, .hop = 2}, syn = {.what = HM_WHAT_SYN};
	struct hm_verdict *v = calloc(1, sizeof(*v));
	struct hm_path path = {0};
	struct hm_whole whole = {0};

	assert_non_null(v);
	whole_take_sighting(&whole, scene, &fin);
	whole_take_sighting(&whole, scene, &socket);
	assert_int_equal(whole.passed, 1);
	v->code = HM_REFUSED;
	whole_take_path(&whole, scene, &path, v);
	whole_take_sighting(&whole, scene, &syn);
	assert_int_equal(whole.passed, 1);
	assert_int_equal(whole.last_passed.what, HM_WHAT_FIN);
	free(v);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIGGED(test_nothing),
		RIGGED(test_passed),
		RIGGED(test_last_questions),
		RIGGED(test_slow_questions),
		RIGGED(test_last_questions_again),
		RIGGED(test_marker_not_seen),
		RIGGED(test_marker_crossed),
		RIGGED(test_no_connection_no_marker),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
