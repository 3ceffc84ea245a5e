// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who is to blame when what a reader asks fails, and who is no proxy: each code with the twin that
 * must not get it.
 */
#include "world_proxy.h"

static void test_upstream_refused(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn a = client_conn(1), b = upstream_conn(1);
	const struct result *r;

	(void)state;
	w->answers.on = true;
	client_asks(w, &a, 0, HM_CLASS_HTTP_PROXY, 0);
	push(w, connect_call(w, &b, 1));
	syn(w, &b, 1.1, "socket:out");
	syn(w, &b, 1.2, "eth0:out");
	packet(w, &b, 1.5, "eth0:in", HM_WHAT_RST, 's');
	client_gets(w, &a, 4, 503);
	run(w, 10, 2000);
	r = only(w, HM_PROXY_UPSTREAM_FAILED);
	assert_int_equal(r->blame, HM_BLAME_BEYOND);
	assert_int_equal(r->legs, 2);
	assert_int_equal(r->leg_codes[1], HM_REFUSED);
	assert_non_null(
		strstr(r->why, "whether that connection was for this request is not known"));
	assert_non_null(strstr(r->summary, "The proxy "));
	assert_int_equal(r->status, 503);
	assert_true(r->judged);
	world_free(w);
}

/*
 * Who is not known for a proxy is not called one, and what failed may have been for something else.
 */
static void test_gateway_unknown(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn a = client_conn(1), b = upstream_conn(1);
	const struct result *r;

	(void)state;
	w->answers.on = true;
	client_asks(w, &a, 0, HM_CLASS_HTTP_REQUEST, 0);
	syn(w, &b, 1.1, "socket:out");
	push(w, drop(w, &b, 1.2, 'c', "NETFILTER_DROP", HM_TCP_SYN));
	syn(w, &b, 1001, "socket:out");
	push(w, drop(w, &b, 1001.1, 'c', "NETFILTER_DROP", HM_TCP_SYN));
	syn(w, &b, 3001, "socket:out");
	push(w, drop(w, &b, 3001.1, 'c', "NETFILTER_DROP", HM_TCP_SYN));
	client_gets(w, &a, 4000, 503);
	run(w, 4010, 6000);
	r = only(w, HM_PROXY_UPSTREAM_FAILED);
	assert_int_equal(r->leg_codes[1], HM_DROPPED_BY_FIREWALL);
	assert_int_equal(r->confidence, HM_LIKELY);
	assert_non_null(
		strstr(r->why, "whether that connection was for this request is not known"));
	assert_null(strstr(r->summary, "The proxy "));
	world_free(w);
}

static void test_upstream_unanswered(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn a = client_conn(1), b = upstream_conn(1);

	(void)state;
	w->answers.on = true;
	client_asks(w, &a, 0, HM_CLASS_HTTP_PROXY, 0);
	for (int i = 0; i < 3; i++) {
		syn(w, &b, 1 + i * 1000, "socket:out");
		syn(w, &b, 1.1 + i * 1000, "eth0:out");
	}
	client_gets(w, &a, 2500, 504);
	run(w, 2510, 4200);
	assert_int_equal(only(w, HM_PROXY_UPSTREAM_FAILED)->leg_codes[1], HM_SYN_UNANSWERED);
	world_free(w);
}

/* One backend refuses, the next one answers: overcome, and told. */
static void test_upstream_retry(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn a = client_conn(1), b = upstream_conn(1), c = upstream_conn(2);
	const struct result *r;
	bool told = false;

	(void)state;
	w->answers.on = true;
	client_asks(w, &a, 0, HM_CLASS_HTTP_REQUEST, 0);
	syn(w, &b, 1.1, "socket:out");
	syn(w, &b, 1.2, "eth0:out");
	packet(w, &b, 1.5, "eth0:in", HM_WHAT_RST, 's');
	shake_client(w, &c, 2);
	ask_client(w, &c, 3, HM_CLASS_HTTP_REQUEST, 0);
	answer_client(w, &c, 4, 200);
	client_gets(w, &a, 5, 200);
	run(w, 10, 2000);
	r = only(w, HM_DELIVERED);
	assert_int_equal(r->legs, 3);
	for (uint32_t i = 0; i < r->evidence_count && i < 4; i++)
		told |= strstr(r->evidence[i], "refused") != NULL;
	assert_true(told);
	world_free(w);
}

/*
 * It began to answer, and the proxy told the client of an error, or nothing: whether it had all of
 * that answer is not known, least of all where the connection ended.
 */
static void test_upstream_cut_short(void **state)
{
	static const struct {
		enum hm_what end; /* of the upstream connection; HM_WHAT_DATA: it goes on */
		uint16_t status; /* for the client; 0: nothing */
		enum hm_code code;
	} rounds[] = {
		{HM_WHAT_RST, 502, HM_INCONCLUSIVE},
		{HM_WHAT_FIN, 502, HM_INCONCLUSIVE},
		{HM_WHAT_DATA, 502, HM_PROXY_ANSWERED},
		{HM_WHAT_DATA, 0, HM_NO_ANSWER},
	};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(rounds); i++) {
		struct world *w = world_new("amazinggrace");
		struct conn a = client_conn(1), b = upstream_conn(1);
		const struct result *r;

		w->answers.on = true;
		w->scene.answer_ns = 5000 * MS;
		client_asks(w, &a, 0, HM_CLASS_HTTP_REQUEST, 0);
		shake_client(w, &b, 2);
		ask_client(w, &b, 3, HM_CLASS_HTTP_REQUEST, 0);
		answer_client(w, &b, 4, 200);
		if (rounds[i].end != HM_WHAT_DATA)
			packet(w, &b, 4.5, "eth0:in", rounds[i].end, 's');
		if (rounds[i].status)
			client_gets(w, &a, 5, rounds[i].status);
		run(w, 10, 12000);
		r = only(w, rounds[i].code);
		if (r->code != HM_INCONCLUSIVE)
			assert_int_equal(r->confidence, HM_LIKELY);
		world_free(w);
	}
}

/* An application whose own database refuses is not a proxy: its 500 is its own. */
static void test_application_backend(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn a = client_conn(1), b = upstream_conn(1);

	(void)state;
	w->answers.on = true;
	client_asks(w, &a, 0, HM_CLASS_HTTP_REQUEST, 0);
	syn(w, &b, 1.1, "socket:out");
	packet(w, &b, 1.5, "eth0:in", HM_WHAT_RST, 's');
	client_gets(w, &a, 4, 500);
	run(w, 10, 2000);
	assert_int_equal(only(w, HM_HTTP_ERROR)->blame, HM_BLAME_APPLICATION);
	world_free(w);
}

/* nginx that asks MySQL successfully: its answer is its own, and MySQL a connection apart. */
static void test_application_database(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn a = client_conn(1), b = upstream_conn(1);

	(void)state;
	client_asks(w, &a, 0, HM_CLASS_HTTP_REQUEST, 0);
	shake_client(w, &b, 1);
	data(w, &b, 2, "socket:out", 'c', HM_CLASS_OTHER, 0);
	answer_client(w, &b, 3, 0);
	client_gets(w, &a, 4, 200);
	finish(w, 500);
	assert_int_equal(w->count, 2);
	assert_int_equal(w->results[0].code, HM_DELIVERED);
	assert_int_equal(w->results[0].legs, 1);
	assert_int_equal(w->results[0].role, HM_ROLE_SERVER);
	assert_int_equal(w->results[1].code, HM_CONNECTED);
	assert_int_equal(w->exit_status, 0);
	world_free(w);
}

/*
 * An application that logs the marker over TCP sends nothing on: its error stays its own, and it is
 * no proxy from then on. Twin: who is asked there owes an answer.
 */
static void test_logged_aside(void **state)
{
	static const uint16_t errors[] = {500, 503};

	(void)state;
	for (int round = 0; round < 4; round++) {
		struct world *w = world_new("amazinggrace");
		struct conn a = client_conn(1), b = upstream_conn(1), c = client_conn(2);
		bool asks = round & 1;

		client_asks(w, &a, 0, HM_CLASS_HTTP_REQUEST, 0);
		shake_client(w, &b, 1);
		ask_client(w, &b, 2, asks ? HM_CLASS_HTTP_REQUEST : HM_CLASS_OTHER, 0);
		acked(w, &b, 3, "eth0:in");
		client_gets(w, &a, 4, errors[round / 2]);
		client_asks(w, &c, 1000, HM_CLASS_HTTP_REQUEST, 0);
		client_gets(w, &c, 1004, 403);
		run(w, 1010, 1400);
		finish(w, 9000);
		for (uint32_t i = 0; i < w->count; i++)
			if (w->results[i].leg_ids[0] == 1)
				assert_int_equal(w->results[i].code == HM_HTTP_ERROR, !asks);
			else
				assert_int_equal(w->results[i].code,
						 asks ? HM_PROXY_ANSWERED : HM_DELIVERED);
		world_free(w);
	}
}

/* Its upstream answers before the client leaves, or after that: only the first can be passed on. */
static void test_client_left(void **state)
{
	static const struct {
		double answer_ms;
		enum hm_code code;
	} rounds[] = {{1000, HM_NO_ANSWER}, {3000, HM_INCONCLUSIVE}, {0, HM_INCONCLUSIVE}};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(rounds); i++) {
		struct world *w = world_new("amazinggrace");
		struct conn a = client_conn(1), b = upstream_conn(1);

		client_asks(w, &a, 0, HM_CLASS_HTTP_REQUEST, 0);
		shake_client(w, &b, 3);
		ask_client(w, &b, 4, HM_CLASS_HTTP_REQUEST, 0);
		acked(w, &b, 5, "eth0:in");
		if (rounds[i].answer_ms == 1000)
			answer_client(w, &b, 1000, 200);
		packet(w, &a, 2001, "eth0:in", HM_WHAT_RST, 'c');
		if (rounds[i].answer_ms == 3000)
			answer_client(w, &b, 3000, 200);
		run(w, 3010, 12000);
		finish(w, 12010);
		assert_int_equal(w->count, 1);
		assert_int_equal(w->results[0].code, rounds[i].code);
		assert_int_equal(strstr(w->results[0].summary, "who should have been quicker") !=
					 NULL,
				 rounds[i].code == HM_INCONCLUSIVE);
		world_free(w);
	}
}

/*
 * The proxy answers for it, closes, or resets, when its upstream has answered or before that: only
 * what it had can it have kept.
 */
static void test_proxy_gave_up(void **state)
{
	static const char *const how[] = {"504", "FIN", "RST"};

	(void)state;
	for (size_t i = 0; i < 2 * HM_ARRAY_SIZE(how); i++) {
		struct world *w = world_new("amazinggrace");
		struct conn a = client_conn(1), b = upstream_conn(1);
		bool late = i & 1;

		client_asks(w, &a, 0, HM_CLASS_HTTP_REQUEST, 0);
		shake_client(w, &b, 3);
		ask_client(w, &b, 4, HM_CLASS_HTTP_REQUEST, 0);
		acked(w, &b, 5, "eth0:in");
		if (!late)
			answer_client(w, &b, 1000, 200);
		if (i / 2 == 0)
			client_gets(w, &a, 2001, 504);
		else
			packet(w, &a, 2001, "socket:out", i / 2 == 1 ? HM_WHAT_FIN : HM_WHAT_RST,
			       's');
		if (late)
			answer_client(w, &b, 3000, 200);
		run(w, 3010, 12000);
		finish(w, 12010);
		assert_int_equal(w->count, 1);
		if (late)
			assert_non_null(
				strstr(w->results[0].summary, "who should have been quicker"));
		else
			assert_int_equal(w->results[0].blame, HM_BLAME_PROXY);
		assert_int_equal(w->results[0].code == HM_INCONCLUSIVE, late);
		world_free(w);
	}
}

/*
 * The server behind the proxy answers; what becomes of that is told by what ends the client's
 * connection.
 */
static void answered_behind(struct world *w, struct conn *a)
{
	struct conn b = upstream_conn(1);

	client_asks(w, a, 0, HM_CLASS_HTTP_REQUEST, 0);
	shake_client(w, &b, 1);
	ask_client(w, &b, 2, HM_CLASS_HTTP_REQUEST, 0);
	answer_client(w, &b, 3, 200);
}

static const struct result *after(struct world *w, double ms, enum hm_code code)
{
	run(w, ms, 12000);
	finish(w, 12010);
	return only(w, code);
}

/* A rule here takes what the proxy answers, before or behind the place where that is seen. */
static void test_answer_dropped_at_the_proxy(void **state)
{
	(void)state;
	for (int seen = 0; seen < 2; seen++) {
		struct world *w = world_new("amazinggrace");
		struct conn a = client_conn(1);

		answered_behind(w, &a);
		if (seen)
			data(w, &a, 3.9, "socket:out", 's', HM_CLASS_HTTP_STATUS, 200);
		for (int i = 0; i < 4; i++) {
			struct hm_sighting d = drop(w, &a, 4 + i * 300, 's', "NETFILTER_DROP", ACK);

			d.len = 200;
			push(w, d);
		}
		packet(w, &a, 2500, "eth0:in", HM_WHAT_RST, 'c');
		assert_int_equal(after(w, 2510, HM_DROPPED_BY_FIREWALL)->blame, HM_BLAME_HOST);
		world_free(w);
	}
}

/*
 * The client did not wait, or waited in vain, or the proxy closed: only the last two are the
 * proxy's.
 */
static void test_answer_kept_by_the_proxy(void **state)
{
	static const struct {
		enum hm_what what;
		double ms;
		bool by_proxy;
		enum hm_code code;
	} ends[] = {
		{HM_WHAT_RST, 300, false, HM_ABANDONED_BY_CLIENT},
		{HM_WHAT_RST, 2500, false, HM_NO_ANSWER},
		{HM_WHAT_FIN, 1500, true, HM_NO_ANSWER},
		{HM_WHAT_RST, 1500, true, HM_NO_ANSWER},
	};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(ends); i++) {
		struct world *w = world_new("amazinggrace");
		struct conn a = client_conn(1);
		const struct result *r;

		answered_behind(w, &a);
		packet(w, &a, ends[i].ms, ends[i].by_proxy ? "socket:out" : "eth0:in", ends[i].what,
		       ends[i].by_proxy ? 's' : 'c');
		if (ends[i].by_proxy)
			packet(w, &a, ends[i].ms + 1, "eth0:in", HM_WHAT_FIN, 'c');
		r = after(w, ends[i].ms + 10, ends[i].code);
		assert_int_equal(r->confidence, HM_LIKELY);
		assert_int_equal(r->blame, ends[i].code == HM_NO_ANSWER ? HM_BLAME_PROXY
									: HM_BLAME_APPLICATION);
		world_free(w);
	}
}

/* The 500 of the web server behind the proxy is the web server's. */
static void test_upstream_http_error(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn a = client_conn(1), b = upstream_conn(1);
	const struct result *r;

	(void)state;
	client_asks(w, &a, 0, HM_CLASS_HTTP_REQUEST, 0);
	shake_client(w, &b, 1);
	ask_client(w, &b, 2, HM_CLASS_HTTP_REQUEST, 0);
	answer_client(w, &b, 3, 500);
	client_gets(w, &a, 4, 500);
	run(w, 10, 400);
	r = only(w, HM_HTTP_ERROR);
	assert_int_equal(r->blame, HM_BLAME_APPLICATION);
	assert_string_equal(r->host, "10.0.0.156");
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_upstream_refused),
		cmocka_unit_test(test_gateway_unknown),
		cmocka_unit_test(test_upstream_unanswered),
		cmocka_unit_test(test_upstream_retry),
		cmocka_unit_test(test_upstream_cut_short),
		cmocka_unit_test(test_application_backend),
		cmocka_unit_test(test_application_database),
		cmocka_unit_test(test_logged_aside),
		cmocka_unit_test(test_client_left),
		cmocka_unit_test(test_proxy_gave_up),
		cmocka_unit_test(test_answer_dropped_at_the_proxy),
		cmocka_unit_test(test_answer_kept_by_the_proxy),
		cmocka_unit_test(test_upstream_http_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
