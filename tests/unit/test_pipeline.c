// SPDX-License-Identifier: GPL-2.0-only
/* The pipeline: order of events, ticks, probes, -c, losses, and outputs that fail. */
#include "pipeline_rig.h"

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

/*
 * hopmark is behind: the answer to a probe is of now, and does not make due what still waits in
 * line.
 */
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

/* Which markers were seen, in either direction, is counted over the whole trace. */
static void test_markers_seen(void **state)
{
	struct rig *rig = *state;

	add(&rig->source, START + SEC, HM_WHAT_SYN, 4001);
	add(&rig->source, START + SEC + 1000, HM_WHAT_MARKER, 4001);
	rig->source.list[1].marker.id = 1;
	add(&rig->source, START + SEC + 2000, HM_WHAT_ECHO, 4001);
	rig->source.list[2].marker.id = 3;
	assert_int_equal(play(rig), -ENODATA);
	assert_int_equal(pipeline_finish(rig->pipeline, START + 2 * SEC), 0);
	assert_int_equal(rig->out[0].tally.markers_seen, 1U << 1 | 1U << 3);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIGGED(test_settles_by_their_clock),
		RIGGED(test_finish_judges_the_rest),
		RIGGED(test_answer_is_no_clock),
		RIGGED(test_markers_seen),
		RIGGED(test_count),
		RIGGED(test_stats),
		RIGGED(test_stdout_gone),
		RIGGED(test_recording_full),
		RIGGED(test_source_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
