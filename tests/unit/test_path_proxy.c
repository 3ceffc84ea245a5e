// SPDX-License-Identifier: GPL-2.0-only
/*
 * Paths through proxies: which client connection goes with which upstream connection, and who is
 * to blame when the chain breaks.
 */
#include "world.h"

#define PROXY "10.0.0.155:3128"
#define WEB "10.0.0.156:80"
#define PID 812

static struct conn upstream_conn(uint32_t n)
{
	char text[32];
	struct conn b;

	snprintf(text, sizeof(text), "10.0.0.155:%u", 50000 + n);
	b = conn_new(text, WEB, 500000 + n * 1000);
	b.pid = PID;
	return b;
}

static struct conn client_conn(uint32_t n)
{
	char text[32];

	snprintf(text, sizeof(text), "10.0.0.4:%u", 20000 + n);
	return conn_new(text, PROXY, 1000 + n * 1000);
}

/* Client connected, asked, and the proxy read it by ms + 1. */
static void client_asks(struct world *w, struct conn *a, double ms, enum hm_class class, uint32_t word)
{
	shake_server(w, a, ms);
	ask_server(w, a, ms + 0.6, class, word);
	reads(w, a, ms + 0.9, PID, "squid");
}

static void client_gets(struct world *w, struct conn *a, double ms, uint16_t status)
{
	answer_server(w, a, ms, status);
	close_both(w, a, ms + 0.5);
}

static void test_two_legs(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn a = client_conn(1), b = upstream_conn(1);
	const struct result *r;

	(void)state;
	client_asks(w, &a, 0, HM_CLASS_HTTP_PROXY, 0);
	shake_client(w, &b, 1);
	ask_client(w, &b, 2, HM_CLASS_HTTP_REQUEST, 0);
	answer_client(w, &b, 3, 404);
	client_gets(w, &a, 4, 404);
	run(w, 10, 400);
	r = only(w, HM_DELIVERED);
	assert_int_equal(r->legs, 2);
	assert_int_equal(r->leg_ids[0], 1);
	assert_int_equal(r->leg_ids[1], 2);
	assert_int_equal(r->confidence, HM_LIKELY);
	assert_int_equal(r->status, 404);
	assert_false(r->ambiguous);
	assert_true(r->at_ms < 300);
	world_free(w);
}

/* One request after the other over one pooled upstream connection. */
static void test_pooled(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn b = upstream_conn(1);

	(void)state;
	for (uint32_t i = 0; i < 200; i++) {
		struct conn a = client_conn(i);
		double t = i * 20;

		client_asks(w, &a, t, HM_CLASS_HTTP_REQUEST, 0);
		if (!i)
			shake_client(w, &b, t + 1);
		ask_client(w, &b, t + 2, HM_CLASS_HTTP_REQUEST, 0);
		answer_client(w, &b, t + 3, 200);
		client_gets(w, &a, t + 4, 200);
		tick(w, t + 10);
	}
	run(w, 4000, 5000);
	assert_int_equal(w->count, 200);
	for (uint32_t i = 0; i < 200; i++) {
		assert_int_equal(w->results[i].code, HM_DELIVERED);
		assert_int_equal(w->results[i].legs, 2);
		assert_int_equal(w->results[i].leg_ids[1], 2);
		assert_false(w->results[i].ambiguous);
	}
	finish(w, 9000);
	assert_int_equal(w->count, 200); /* the pooled connection is no path of its own */
	world_free(w);
}

/* Two requests at once, sent on in the other order: without words two pairings fit. */
static void two_at_once(struct world *w, uint32_t word1, uint32_t word2)
{
	struct conn a1 = client_conn(1), a2 = client_conn(2), b1 = upstream_conn(1), b2 = upstream_conn(2);

	client_asks(w, &a1, 0, HM_CLASS_HTTP_REQUEST, word1);
	client_asks(w, &a2, 1, HM_CLASS_HTTP_REQUEST, word2);
	shake_client(w, &b2, 3);
	ask_client(w, &b2, 4, HM_CLASS_HTTP_REQUEST, word2);
	shake_client(w, &b1, 5);
	ask_client(w, &b1, 6, HM_CLASS_HTTP_REQUEST, word1);
	answer_client(w, &b1, 7, 200);
	answer_client(w, &b2, 7, 200);
	client_gets(w, &a1, 8, 200);
	client_gets(w, &a2, 9, 200);
	run(w, 10, 600);
	assert_int_equal(w->count, 2);
	assert_int_equal(w->results[0].code, HM_DELIVERED);
	assert_int_equal(w->results[1].code, HM_DELIVERED);
}

static void test_words(void **state)
{
	struct world *w = world_new("amazinggrace");

	(void)state;
	two_at_once(w, 0xa1, 0xa2);
	assert_false(w->results[0].ambiguous);
	assert_int_equal(w->results[0].leg_ids[0], 1);
	assert_int_equal(w->results[0].leg_ids[1], 4);
	assert_int_equal(w->results[1].leg_ids[0], 2);
	assert_int_equal(w->results[1].leg_ids[1], 3);
	world_free(w);
}

static void test_ambiguous(void **state)
{
	struct world *w = world_new("amazinggrace");

	(void)state;
	two_at_once(w, 0, 0);
	for (int i = 0; i < 2; i++) {
		assert_true(w->results[i].ambiguous);
		assert_int_equal(w->results[i].legs, 2);
		assert_int_equal(w->results[i].confidence, HM_LIKELY);
		assert_true(w->results[i].advice_count > 0);
	}
	world_free(w);
}

/* Different words are different messages, whatever the order says. */
static void test_words_refused(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn a = client_conn(1), b = upstream_conn(1);

	(void)state;
	client_asks(w, &a, 0, HM_CLASS_HTTP_REQUEST, 0xa1);
	shake_client(w, &b, 1);
	ask_client(w, &b, 2, HM_CLASS_HTTP_REQUEST, 0xb2);
	answer_client(w, &b, 3, 200);
	client_gets(w, &a, 4, 200);
	finish(w, 500);
	assert_int_equal(w->count, 2);
	assert_int_equal(w->results[0].legs, 1);
	assert_int_equal(w->results[1].legs, 1);
	world_free(w);
}

/* Another process that sends the same marker did not get it from this one. */
static void test_other_process(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn a = client_conn(1), b = upstream_conn(1);

	(void)state;
	b.pid = PID + 1;
	client_asks(w, &a, 0, HM_CLASS_HTTP_REQUEST, 0);
	shake_client(w, &b, 1);
	ask_client(w, &b, 2, HM_CLASS_HTTP_REQUEST, 0);
	answer_client(w, &b, 3, 200);
	client_gets(w, &a, 4, 200);
	finish(w, 500);
	assert_int_equal(w->count, 2);
	world_free(w);
}

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
	assert_int_equal(r->status, 503);
	assert_true(r->judged);
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
	run(w, 2510, 4000);
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

static void test_proxy_answered(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn a = client_conn(1);
	const struct result *r;

	(void)state;
	client_asks(w, &a, 0, HM_CLASS_HTTP_PROXY, 0);
	client_gets(w, &a, 4, 403);
	run(w, 10, 400);
	r = only(w, HM_PROXY_ANSWERED);
	assert_int_equal(r->blame, HM_BLAME_PROXY);
	assert_int_equal(r->role, HM_ROLE_PROXY);
	assert_int_equal(r->status, 403);
	world_free(w);
}

/* The same 403 of a server nobody knows for a proxy is the application's answer. */
static void test_proxy_answered_twin(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn a = client_conn(1);

	(void)state;
	client_asks(w, &a, 0, HM_CLASS_HTTP_REQUEST, 0);
	client_gets(w, &a, 4, 403);
	run(w, 10, 400);
	only(w, HM_DELIVERED);
	world_free(w);
}

/* It forwarded before in this trace, or --proxy names its port: then it is a proxy. */
static void test_proxy_known(void **state)
{
	for (int named = 0; named < 2; named++) {
		struct world *w = world_new("amazinggrace");
		struct conn a = client_conn(1), b = upstream_conn(1), c = client_conn(2);
		uint32_t last;

		(void)state;
		if (named) {
			w->scene.proxy_ports[0] = 3128;
		} else {
			client_asks(w, &a, 0, HM_CLASS_HTTP_REQUEST, 0);
			shake_client(w, &b, 1);
			ask_client(w, &b, 2, HM_CLASS_HTTP_REQUEST, 0);
			answer_client(w, &b, 3, 200);
			client_gets(w, &a, 4, 200);
		}
		client_asks(w, &c, 1000, HM_CLASS_HTTP_REQUEST, 0);
		client_gets(w, &c, 1004, 503);
		run(w, 1010, 1400);
		last = w->count - 1;
		assert_int_equal(w->results[last].code, HM_PROXY_ANSWERED);
		world_free(w);
	}
}

static void test_proxy_not_forwarded(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn a = client_conn(1);

	(void)state;
	client_asks(w, &a, 0, HM_CLASS_HTTP_PROXY, 0);
	run(w, 10, 5000);
	packet(w, &a, 5001, "eth0:in", HM_WHAT_FIN, 'c');
	packet(w, &a, 5002, "eth0:out", HM_WHAT_FIN, 's');
	run(w, 5010, 8000);
	assert_int_equal(only(w, HM_PROXY_NOT_FORWARDED)->blame, HM_BLAME_PROXY);
	world_free(w);
}

/* The same silence of an application. */
static void test_proxy_not_forwarded_twin(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn a = client_conn(1);

	(void)state;
	client_asks(w, &a, 0, HM_CLASS_HTTP_REQUEST, 0);
	packet(w, &a, 5001, "eth0:in", HM_WHAT_FIN, 'c');
	packet(w, &a, 5002, "eth0:out", HM_WHAT_FIN, 's');
	run(w, 5010, 8000);
	only(w, HM_NO_ANSWER);
	world_free(w);
}

/* Lost events may have been the forwarding. */
static void test_proxy_losses(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn a = client_conn(1);

	(void)state;
	client_asks(w, &a, 0, HM_CLASS_HTTP_PROXY, 0);
	w->scene.counters[HM_CNT_LOST_RING] = 1;
	client_gets(w, &a, 4, 503);
	run(w, 10, 400);
	only(w, HM_INCONCLUSIVE);
	world_free(w);
}

/* What the proxy sends on is encrypted: it is not accused of anything. */
static void test_proxy_encrypted(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn a = client_conn(1), b = upstream_conn(1);

	(void)state;
	client_asks(w, &a, 0, HM_CLASS_HTTP_PROXY, 0);
	shake_client(w, &b, 1);
	data(w, &b, 2, "socket:out", 'c', HM_CLASS_TLS, 0);
	answer_client(w, &b, 3, 0);
	client_gets(w, &a, 4, 404);
	run(w, 10, 3000);
	assert_int_equal(w->results[0].code, HM_DELIVERED);
	assert_int_equal(w->results[0].legs, 2);
	world_free(w);
}

/* The same with an error, over a connection that was encrypted and open before: nobody is accused. */
static void test_proxy_pooled_encrypted(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn a = client_conn(1), b = upstream_conn(1);
	const struct result *r;

	(void)state;
	data(w, &b, 0, "socket:out", 'c', HM_CLASS_TLS, 0);
	b.next += 100;
	answer_client(w, &b, 1, 0);
	run(w, 10, 4000);
	assert_int_equal(w->count, 1); /* judged as what it is: connected */
	client_asks(w, &a, 5000, HM_CLASS_HTTP_PROXY, 0);
	data(w, &b, 5002, "socket:out", 'c', HM_CLASS_TLS, 0);
	answer_client(w, &b, 5003, 0);
	client_gets(w, &a, 5004, 502);
	run(w, 5010, 8000);
	assert_int_equal(w->count, 2);
	r = &w->results[1];
	assert_int_equal(r->code, HM_INCONCLUSIVE);
	assert_int_equal(r->legs, 2);
	assert_non_null(strstr(r->summary, "encrypted"));
	finish(w, 9000);
	assert_int_equal(w->count, 2);
	world_free(w);
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
		cmocka_unit_test(test_two_legs), cmocka_unit_test(test_pooled),
		cmocka_unit_test(test_words), cmocka_unit_test(test_ambiguous),
		cmocka_unit_test(test_words_refused), cmocka_unit_test(test_other_process),
		cmocka_unit_test(test_upstream_refused), cmocka_unit_test(test_upstream_unanswered),
		cmocka_unit_test(test_upstream_retry), cmocka_unit_test(test_application_backend),
		cmocka_unit_test(test_application_database), cmocka_unit_test(test_proxy_answered),
		cmocka_unit_test(test_proxy_answered_twin), cmocka_unit_test(test_proxy_known),
		cmocka_unit_test(test_proxy_not_forwarded), cmocka_unit_test(test_proxy_not_forwarded_twin),
		cmocka_unit_test(test_proxy_losses), cmocka_unit_test(test_proxy_encrypted),
		cmocka_unit_test(test_upstream_http_error), cmocka_unit_test(test_proxy_pooled_encrypted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
