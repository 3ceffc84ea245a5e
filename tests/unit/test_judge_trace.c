// SPDX-License-Identifier: GPL-2.0-only
/* The verdict on a whole trace: its words fit what was asked for and what was there. */
#include "world.h"

static struct hm_verdict v;

static void says(const char *want, bool is)
{
	char all[sizeof(v.summary) + HM_MAX_ADVICE * HM_LINE] = "";

	strcat(all, v.summary);
	for (uint32_t i = 0; i < v.advice_count; i++)
		strcat(strcat(all, "\n"), v.advice[i]);
	if (!!strstr(all, want) != is)
		print_error("%s\n", all);
	assert_int_equal(!!strstr(all, want), is);
}

static void test_encrypted(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct hm_bench bench = {.scene = &w->scene, .encrypted = 1};

	(void)state;
	judge_trace(&bench, 1, &v);
	assert_int_equal(v.code, HM_MARKER_NOT_SEEN);
	says("encrypted (TLS): the marker cannot be seen inside", true);
	says("Is it sent in clear", false);
	judge_trace(&bench, 2, &v); /* the other one was in clear */
	says("Is it sent in clear", true);
	assert_int_equal(v.evidence_count, 1);
	world_free(w);
}

/* It was seen, though not where it was looked for. */
static void test_backward(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct hm_bench bench = {.scene = &w->scene, .echoed = 2};

	(void)state;
	judge_trace(&bench, 3, &v);
	assert_int_equal(v.code, HM_INCONCLUSIVE);
	says("seen on 2 connections, from the server's side", true);
	world_free(w);
}

static void test_command(void **state)
{
	struct world *w = world_new(NULL);
	struct hm_bench bench = {.scene = &w->scene};

	(void)state;
	w->scene.has_command = true;
	w->scene.command_exit = 6;
	strcpy(w->scene.command, "curl");
	judge_trace(&bench, 0, &v);
	assert_int_equal(v.code, HM_NOTHING_SEEN);
	says("curl exited 6 and opened no connection", true);
	says("See what curl itself printed", true);
	says("nc HOST PORT", false);
	world_free(w);
}

static void test_named_interface(void **state)
{
	struct world *w = world_new(NULL);
	struct hm_bench bench = {.scene = &w->scene};

	(void)state;
	judge_trace(&bench, 0, &v);
	says("passed a watched place", true);
	w->scene.named_interfaces = true;
	judge_trace(&bench, 0, &v);
	says("crossed the interfaces named by -i", true);
	says("nc HOST PORT", true);
	w->scene.hop_count = 2; /* eth0:in, eth0:out */
	bench.elsewhere = 3;
	judge_trace(&bench, 0, &v);
	says("No packet crossed eth0. 3 connections seen elsewhere were not reported", true);
	world_free(w);
}

/* What was inside the filter and begins nothing did pass: told of, or only counted. */
static void test_others_passed(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new("10.0.0.4:40887", "10.0.0.8:80", 100);
	const struct hm_sighting fin = see(w, &c, 5, "eth0:in", HM_WHAT_FIN, 'c');
	struct hm_bench bench = {.scene = &w->scene};

	(void)state;
	strcpy(w->scene.filter, "port 80");
	w->scene.start_mono_ns = T0;
	w->scene.counters[HM_CNT_MATCHED] = 7;
	judge_trace(&bench, 0, &v);
	assert_int_equal(v.code, HM_NOTHING_SEEN);
	says("No packet of \"port 80\" that begins a connection passed a watched place. Others did, as of one older than "
	     "the trace: seen 7 times.",
	     true);
	bench.passed = 8;
	bench.last_passed = &fin;
	judge_trace(&bench, 0, &v);
	says("seen 8 times, a FIN last.", true);
	assert_string_equal(v.evidence[0], "the last at eth0:in, 5.00 ms after the trace began");
	w->scene.named_interfaces = true; /* the count of all places tells nothing of those */
	bench.passed = 0;
	bench.last_passed = NULL;
	judge_trace(&bench, 0, &v);
	says("No packet of \"port 80\" crossed the", true);
	w->scene.has_command = true;
	strcpy(w->scene.command, "curl");
	bench.passed = 8;
	judge_trace(&bench, 0, &v);
	assert_int_equal(v.code, HM_NOTHING_SEEN);
	says("curl has opened no connection that was watched, and had not ended.", true);
	says("Others did", false);
	world_free(w);
}

/* What a named interface leaves out is counted, not forgotten. */
static void test_elsewhere_is_counted(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new("10.0.0.4:40887", "10.0.0.8:80", 100);

	(void)state;
	w->scene.named_interfaces = true;
	syn(w, &c, 0, "socket:in"); /* eth0 is not watched */
	run(w, 10, 9000);
	assert_int_equal(w->count, 0);
	assert_int_equal(paths_stats(w->paths).elsewhere, 1);
	world_free(w);
}

/* What could not be searched is named: the marker may have been there. */
static void test_uninspected_is_told(void **state)
{
	struct world *w = world_new("amazinggrace");
	const struct hm_bench bench = {.scene = &w->scene};
	struct hm_verdict verdict;

	(void)state;
	judge_trace(&bench, 1, &verdict);
	assert_int_equal(verdict.evidence_count, 0);
	w->scene.counters[HM_CNT_NOT_INSPECTED] = 2;
	w->scene.counters[HM_CNT_PARTLY] = 3;
	judge_trace(&bench, 1, &verdict);
	assert_int_equal(verdict.code, HM_MARKER_NOT_SEEN);
	assert_int_equal(verdict.evidence_count, 1);
	assert_non_null(strstr(verdict.evidence[0], "5 packets"));
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_encrypted),
		cmocka_unit_test(test_backward),
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_named_interface),
		cmocka_unit_test(test_others_passed),
		cmocka_unit_test(test_elsewhere_is_counted),
		cmocka_unit_test(test_uninspected_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
