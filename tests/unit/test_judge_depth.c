// SPDX-License-Identifier: GPL-2.0-only
/*
 * --depth: that a marker was not sent on, not read or not there is not said where it may have been
 * in bytes that were not searched. Each with the twin in which it could not.
 */
#include "world_proxy.h"

static struct world *deep_world(void)
{
	struct world *w = world_new("amazinggrace");

	w->scene.depth = 16384;
	w->scene.counters[HM_CNT_UNSEARCHED] = 1234567;
	return w;
}

/* What lay beyond the depth, told at a hop; pid: who sent it. */
static void left_out(struct world *w, const struct conn *c, double ms, const char *where, char dir,
		     uint32_t pid)
{
	struct hm_sighting s = see(w, c, ms, where, HM_WHAT_UNSEARCHED, dir);

	s.len = 1448;
	s.pid = pid;
	push(w, s);
}

/* The verdict on a proxy that read a request and answers nothing, in the world as it is. */
static const struct result *silent(struct world *w, struct conn *a)
{
	run(w, 4000, 5000);
	packet(w, a, 5001, "eth0:in", HM_WHAT_FIN, 'c');
	packet(w, a, 5002, "eth0:out", HM_WHAT_FIN, 's');
	run(w, 5010, 8000);
	assert_int_equal(w->count, 1);
	return &w->results[0];
}

/* It had the connection before: nothing but what it leaves out is known of it. */
static void test_not_forwarded(void **state)
{
	static const struct {
		double ms; /* the request is read at 3000.9 */
		const char *where;
		uint32_t pid; /* 0: who sent it is not known */
		enum hm_code code;
	} rows[] = {
		{ 3100, "socket:out", PID, HM_INCONCLUSIVE },
		{ 3100, "socket:out", 0, HM_INCONCLUSIVE },
		{ 4900, "socket:out", PID, HM_INCONCLUSIVE },
		{ 2100, "socket:out", PID, HM_INCONCLUSIVE }, /* told once a second */
		{ 1900, "socket:out", PID, HM_PROXY_NOT_FORWARDED }, /* before it could read */
		{ 3100, "socket:out", PID + 1, HM_PROXY_NOT_FORWARDED }, /* somebody else's */
		{ 3100, "eth0:in", 0, HM_PROXY_NOT_FORWARDED }, /* came from another host */
	};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(rows); i++) {
		struct world *w = deep_world();
		struct conn a = client_conn(1), b = upstream_conn(1);
		const struct result *r;

		if (rows[i].ms < 3000)
			left_out(w, &b, rows[i].ms, rows[i].where, 'c', rows[i].pid);
		client_asks(w, &a, 3000, HM_CLASS_HTTP_PROXY, 0);
		if (rows[i].ms > 3000)
			left_out(w, &b, rows[i].ms, rows[i].where, 'c', rows[i].pid);
		r = silent(w, &a);
		assert_string_equal(hm_codes[r->code].name, hm_codes[rows[i].code].name);
		if (r->code == HM_INCONCLUSIVE) {
			assert_int_equal(r->blame, HM_BLAME_UNKNOWN);
			assert_non_null(strstr(r->summary, "because of --depth"));
		}
		world_free(w);
	}
}

/* A long answer holds no marker to a server; who is the server has to be known. */
static void test_long_answer(void **state)
{
	(void)state;
	for (int known = 0; known < 2; known++) {
		struct world *w = deep_world();
		struct conn a = client_conn(1), c = client_conn(2);
		struct hm_sighting s = see(w, &c, 1, "socket:out", HM_WHAT_DATA, 's');

		if (known)
			shake_server(w, &c, 0);
		else
			push(w, s);
		client_asks(w, &a, 3000, HM_CLASS_HTTP_PROXY, 0);
		left_out(w, &c, 3100, "socket:out", 's', PID);
		run(w, 3900, 5000);
		finish(w, 9000);
		assert_int_equal(w->results[0].legs, 1);
		for (uint32_t i = 0; i < w->count; i++)
			if (w->results[i].count)
				assert_int_equal(w->results[i].code,
						 known ? HM_PROXY_NOT_FORWARDED : HM_INCONCLUSIVE);
		assert_int_equal(paths_unsearched(w->paths)->count, !known);
		world_free(w);
	}
}

/* A status that it made itself, or got from a server that it asked where nobody searched. */
static void test_answered(void **state)
{
	(void)state;
	for (int deep = 0; deep < 2; deep++) {
		struct world *w = deep_world();
		struct conn a = client_conn(1), b = upstream_conn(1);

		client_asks(w, &a, 0, HM_CLASS_HTTP_PROXY, 0);
		if (deep)
			left_out(w, &b, 2, "socket:out", 'c', PID);
		client_gets(w, &a, 4, 403);
		run(w, 10, 400);
		assert_int_equal(w->count, 1);
		assert_int_equal(w->results[0].code, deep ? HM_DELIVERED : HM_PROXY_ANSWERED);
		assert_int_equal(!strstr(w->results[0].summary, "own answer"), 1);
		world_free(w);
	}
}

/* Of an application: its own 500, its own silence. */
static void test_application(void **state)
{
	(void)state;
	for (int deep = 0; deep < 2; deep++) {
		struct world *w = deep_world();
		struct conn a = client_conn(1), b = upstream_conn(1);

		client_asks(w, &a, 0, HM_CLASS_HTTP_REQUEST, 0);
		if (deep)
			left_out(w, &b, 2, "socket:out", 'c', PID);
		client_gets(w, &a, 4, 500);
		run(w, 10, 400);
		assert_int_equal(only(w, HM_HTTP_ERROR)->confidence, deep ? HM_LIKELY : HM_PROVEN);
		world_free(w);

		w = deep_world();
		a = client_conn(1);
		client_asks(w, &a, 0, HM_CLASS_HTTP_REQUEST, 0);
		if (deep)
			left_out(w, &b, 2, "socket:out", 'c', PID);
		run(w, 10, 5000);
		packet(w, &a, 5001, "eth0:in", HM_WHAT_RST, 'c');
		run(w, 5010, 8000);
		only(w, HM_NO_ANSWER);
		world_free(w);
	}
}

/* Behind NAT the marker was not searched for, and so its reading is not told. */
static void test_read_behind_nat(void **state)
{
	(void)state;
	for (int deep = 0; deep < 2; deep++) {
		struct world *w = deep_world();
		struct conn out = conn_new("10.0.0.4:40887", "10.0.0.8:80", 100), in = out;

		in.s = ep("10.0.0.8:8080");
		syn(w, &out, 0, "eth0:in");
		syn(w, &in, 0.1, "socket:in");
		synack(w, &in, 0.2, "socket:out");
		synack(w, &out, 0.3, "eth0:out");
		packet(w, &out, 0.4, "eth0:in", HM_WHAT_ACK, 'c');
		packet(w, &in, 0.5, "socket:in", HM_WHAT_ACK, 'c');
		data(w, &out, 1, "eth0:in", 'c', HM_CLASS_OTHER, 0);
		marker(w, &out, 1, "eth0:in", 0);
		if (deep)
			left_out(w, &in, 1.1, "socket:in", 'c', 0);
		packet(w, &in, 5, "socket:out", HM_WHAT_FIN, 's');
		packet(w, &out, 5.1, "eth0:out", HM_WHAT_FIN, 's');
		w->answers.on = true;
		w->answers.server_state = 1;
		w->answers.accepted = true;
		run(w, 10, 9000);
		assert_int_equal(w->count, 1);
		assert_int_equal(w->results[0].legs, 2);
		assert_int_equal(w->results[0].code,
				 deep ? HM_INCONCLUSIVE : HM_CLOSED_BY_APPLICATION);
		world_free(w);
	}
}

/* Nobody carried it, as far as was searched. */
static void test_not_seen(void **state)
{
	struct world *w = deep_world();
	struct hm_unsearched u = {0};
	struct hm_bench bench = {.scene = &w->scene, .unsearched = &u};
	struct hm_verdict *v = calloc(1, sizeof(*v));

	(void)state;
	assert_non_null(v);
	judge_trace(&bench, 3, v);
	assert_int_equal(v->code, HM_MARKER_NOT_SEEN); /* only answers were left out */
	u.count = 1;
	judge_trace(&bench, 3, v);
	assert_int_equal(v->code, HM_INCONCLUSIVE);
	assert_non_null(strstr(v->summary, "1234567 bytes beyond --depth 16384"));
	bench.encrypted = 3;
	judge_trace(&bench, 3, v);
	assert_int_equal(v->code, HM_MARKER_NOT_SEEN); /* it could not be seen anyway */
	judge_trace(&bench, 0, v);
	assert_int_equal(v->code, HM_NOTHING_SEEN);
	free(v);
	world_free(w);
}

/* More processes than there are rows: what makes room may have been anybody's. */
static void test_many_senders(void **state)
{
	struct world *w = deep_world();
	struct conn b = upstream_conn(1);
	const struct hm_unsearched *u = paths_unsearched(w->paths);

	(void)state;
	for (uint32_t i = 0; i < HM_UNSEARCHED_ROWS - 1; i++)
		left_out(w, &b, 100 + i, "socket:out", 'c', 1000 + i);
	assert_int_equal(unsearched_by(u, 1000), T0 + 100 * MS);
	assert_int_equal(unsearched_by(u, 1), 0);
	left_out(w, &b, 200, "socket:out", 'c', 2000);
	assert_int_equal(unsearched_by(u, 1000), T0 + 100 * MS);
	assert_int_equal(unsearched_by(u, 1), T0 + 100 * MS);
	assert_int_equal(unsearched_by(u, 1001), T0 + 101 * MS);
	assert_int_equal(unsearched_by(u, 0), T0 + 200 * MS);
	assert_int_equal(u->count, HM_UNSEARCHED_ROWS);
	world_free(w);
}

/* A transfer that goes on does not keep what was said before from being judged. */
static void test_settles(void **state)
{
	struct world *w = deep_world();
	struct conn a = client_conn(1);

	(void)state;
	shake_server(w, &a, 0);
	ask_server(w, &a, 0.6, HM_CLASS_OTHER, 0);
	reads(w, &a, 0.9, PID, "squid");
	answer_server(w, &a, 1.5, 200);
	for (int s = 1; s < 6; s++) {
		left_out(w, &a, s * 1000, "socket:out", 's', PID);
		run(w, s * 1000, s * 1000 + 990);
	}
	only(w, HM_DELIVERED);
	assert_in_range(w->results[0].at_ms, 2000, 2200);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_not_forwarded),
		cmocka_unit_test(test_long_answer),
		cmocka_unit_test(test_answered),
		cmocka_unit_test(test_application),
		cmocka_unit_test(test_read_behind_nat),
		cmocka_unit_test(test_not_seen),
		cmocka_unit_test(test_many_senders),
		cmocka_unit_test(test_settles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
