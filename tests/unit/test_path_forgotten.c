// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables that are full: whatever was forgotten, no verdict rests on its absence.
 */
#include "path_inside.h"
#include "world_proxy.h"

/*
 * n connections of net, each with one SYN and, where marked, the marker; within 50 ms from ms on.
 */
static void many(struct world *w, double ms, uint32_t net, uint32_t n, bool marked)
{
	for (uint32_t i = 0; i < n; i++) {
		char text[32];
		struct conn d;

		snprintf(text, sizeof(text), "10.%u.%u.%u:4000", net, i / 250, i % 250 + 1);
		d = conn_new(text, SERVER, 100000 * net + i * 7);
		syn(w, &d, ms + i * 0.01, "eth0:in");
		if (marked)
			marker(w, &d, ms + i * 0.01, "eth0:in", 0);
	}
}

/* As many as the engine holds. */
static void fill(struct world *w, double ms)
{
	many(w, ms, 1, 4096, false);
}

static const struct result *verdict_on(const struct world *w, uint32_t leg)
{
	for (uint32_t i = 0; i < w->count; i++)
		if (w->results[i].leg_ids[0] == leg)
			return &w->results[i];
	fail_msg("no verdict on leg %u", leg);
	return NULL;
}

/* What comes of a connection whose beginning was forgotten is not a whole one. */
static void test_begins_again(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);
	uint32_t leg = 0;

	(void)state;
	syn(w, &c, 0, "eth0:out");
	fill(w, 1);
	assert_int_equal(paths_stats(w->paths).evicted, 1);
	for (int i = 1; i < 4; i++)
		leg = syn(w, &c, i * 1000, "eth0:out");
	run(w, 3010, 8000);
	assert_int_equal(verdict_on(w, leg)->code, HM_INCONCLUSIVE);
	assert_true(verdict_on(w, leg)->lost > 0);
	world_free(w);
}

/* The twin: another connection was forgotten, this one has all it had. */
static void test_another_was_forgotten(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100), other = conn_new("10.9.9.9:99", SERVER, 9);
	uint32_t leg = 0;

	(void)state;
	syn(w, &other, 0, "eth0:in");
	fill(w, 1);
	assert_int_equal(paths_stats(w->paths).evicted, 1);
	run(w, 2000, 3000);
	for (int i = 0; i < 3; i++)
		leg = syn(w, &c, 4000 + i * 1000, "eth0:out");
	run(w, 6010, 10000);
	assert_int_equal(verdict_on(w, leg)->code, HM_SYN_UNANSWERED);
	world_free(w);
}

/*
 * A proxy's connection that was forgotten, because all older ones have markers: that it sent
 * nothing on is not said of the proxy, young as the path is.
 */
static void test_upstream_forgotten(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100), up = conn_new(SERVER, "10.0.1.1:80", 500);
	struct hm_sighting s;
	uint32_t leg;

	(void)state;
	many(w, 0, 1, 4090, true);
	up.c.port = 50000;
	leg = syn(w, &c, 50, "eth0:in");
	shake_server(w, &c, 50);
	ask_server(w, &c, 51, HM_CLASS_HTTP_PROXY, 0);
	reads(w, &c, 52, 812, "squid");
	s = see(w, &up, 53, "socket:out", HM_WHAT_SYN, 'c');
	s.seq = up.isn_c;
	s.tcp_flags = SYN;
	s.pid = 812;
	push(w, s);
	many(w, 54, 2, 5, false);
	assert_int_equal(paths_stats(w->paths).evicted, 1);
	answer_server(w, &c, 2500, 503);
	packet(w, &c, 2501, "eth0:in", HM_WHAT_FIN, 'c');
	packet(w, &c, 2502, "eth0:out", HM_WHAT_FIN, 's');
	run(w, 2510, 9000);
	assert_true(verdict_on(w, leg)->lost > 0);
	world_free(w);
}

/*
 * A pooled connection carries more requests at once than are kept apart: that the first was sent on
 * is forgotten, and the proxy not accused of having kept it.
 */
static void test_sent_on_forgotten(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn b = upstream_conn(1), first;

	(void)state;
	shake_client(w, &b, 0);
	for (uint32_t i = 0; i < HM_LEG_MESSAGES + 1; i++) {
		struct conn a = client_conn(i);

		client_asks(w, &a, 1 + i * 2, HM_CLASS_HTTP_PROXY, 1000 + i);
		ask_client(w, &b, 2 + i * 2, HM_CLASS_HTTP_REQUEST, 1000 + i);
		if (!i)
			first = a;
	}
	packet(w, &first, 5001, "eth0:in", HM_WHAT_FIN, 'c');
	packet(w, &first, 5002, "eth0:out", HM_WHAT_FIN, 's');
	run(w, 5010, 8000);
	assert_int_equal(verdict_on(w, 2)->code, HM_INCONCLUSIVE);
	assert_true(verdict_on(w, 2)->lost > 0);
	world_free(w);
}

/* The case's probe found n listeners more, after the one on the wrong address. */
static const struct result *refused_amid(struct world *w, uint32_t n)
{
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting l = {.mono_ns = T0 + 70500000,
				.hop = (uint16_t)hop(w, "sockets"),
				.what = HM_WHAT_LISTENER};

	syn(w, &c, 0, "eth0:in");
	reset_by_kernel(w, &c, 0.1);
	w->answers = (struct answers){.on = true, .listener = "127.0.0.1:80"};
	tick(w, 70);
	l.src = ep("0.0.0.0:81");
	l.listener.netns = NS_HOST;
	for (l.pid = 1000; l.pid < 1000 + n; l.pid++)
		push(w, l);
	run(w, 80, 300);
	assert_int_equal(w->count, 1);
	return &w->results[0];
}

static bool has_evidence(const struct result *r, const char *text)
{
	for (uint32_t i = 0; i < r->evidence_count && i < 4; i++)
		if (strstr(r->evidence[i], text))
			return true;
	return false;
}

static void test_listeners(void **state)
{
	struct world *w = world_new("amazinggrace");

	(void)state;
	assert_int_equal(refused_amid(w, 1023)->code, HM_WRONG_ADDRESS);
	assert_int_equal(paths_stats(w->paths).listeners_lost, 0);
	world_free(w);

	w = world_new("amazinggrace");
	assert_int_equal(refused_amid(w, 1024)->code, HM_REFUSED);
	assert_int_equal(paths_stats(w->paths).listeners_lost, 1);
	assert_true(has_evidence(&w->results[0], "more listeners here than the table holds"));
	assert_false(has_evidence(&w->results[0], "no listener on port"));
	world_free(w);
}

/* "No packet", "no marker": not where some were not told, or a connection was forgotten. */
static void test_trace(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct hm_bench bench = {.scene = &w->scene};
	struct hm_verdict v;

	(void)state;
	w->scene.counters[HM_CNT_LOST_BUSY] = 3; /* reads and drops: no packet at an interface */
	for (uint64_t legs = 0; legs < 2; legs++) {
		judge_trace(&bench, legs, &v);
		assert_int_equal(v.code, legs ? HM_MARKER_NOT_SEEN : HM_NOTHING_SEEN);
	}
	w->scene.counters[HM_CNT_LIMITED] = 3;
	for (uint64_t legs = 0; legs < 2; legs++) {
		judge_trace(&bench, legs, &v);
		assert_int_equal(v.code, HM_INCONCLUSIVE);
		assert_non_null(strstr(v.summary, "3 events were lost"));
		assert_int_equal(judge_exit(0, &v), 4);
	}
	w->scene.counters[HM_CNT_LIMITED] = 0;
	bench.evicted = 1;
	judge_trace(&bench, 0, &v);
	assert_int_equal(v.code, HM_INCONCLUSIVE);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_begins_again),
		cmocka_unit_test(test_another_was_forgotten),
		cmocka_unit_test(test_upstream_forgotten),
		cmocka_unit_test(test_sent_on_forgotten),
		cmocka_unit_test(test_listeners),
		cmocka_unit_test(test_trace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
