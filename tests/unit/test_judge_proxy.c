// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who is to blame when a proxy does not send on, or answers itself: each code with the twin that
 * must not get it.
 */
#include "world_proxy.h"

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
	assert_int_equal(r->confidence, HM_LIKELY);
	assert_int_equal(r->blame, HM_BLAME_PROXY);
	assert_int_equal(r->role, HM_ROLE_PROXY);
	assert_int_equal(r->status, 403);
	world_free(w);
}

/* An origin may be asked like a proxy: that it has no such page is its answer. */
static void test_asked_as_proxy_404(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn a = client_conn(1);

	(void)state;
	client_asks(w, &a, 0, HM_CLASS_HTTP_PROXY, 0);
	client_gets(w, &a, 4, 404);
	run(w, 10, 400);
	only(w, HM_DELIVERED);
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

/* A proxy is still known as one after hundreds of processes of another sent on, each once. */
static void test_proxy_known_for_long(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn a = client_conn(1), b = upstream_conn(1), c = client_conn(2);
	struct hm_endpoint other = ep("10.0.0.155:8000");

	(void)state;
	client_asks(w, &a, 0, HM_CLASS_HTTP_REQUEST, 0);
	shake_client(w, &b, 1);
	ask_client(w, &b, 2, HM_CLASS_HTTP_REQUEST, 0);
	for (uint32_t i = 3; i < 303; i++) {
		struct conn in = client_conn(i), out = upstream_conn(i);

		in.s = other;
		out.pid = 10000 + i;
		shake_server(w, &in, i * 10);
		ask_server(w, &in, i * 10 + 1, HM_CLASS_HTTP_REQUEST, 0);
		reads(w, &in, i * 10 + 2, out.pid, "worker");
		shake_client(w, &out, i * 10 + 3);
		ask_client(w, &out, i * 10 + 4, HM_CLASS_HTTP_REQUEST, 0);
	}
	client_asks(w, &c, 4000, HM_CLASS_HTTP_REQUEST, 0);
	client_gets(w, &c, 4004, 503);
	run(w, 4010, 4400);
	assert_int_equal(w->results[w->count - 1].code, HM_PROXY_ANSWERED);
	world_free(w);
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
	assert_int_equal(w->results[0].confidence, HM_LIKELY);
	world_free(w);
}

/* A connection it had before, outside the filter, may have carried it unseen. */
static void test_older_outside_filter(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn a = client_conn(1);

	(void)state;
	snprintf(w->scene.filter, sizeof(w->scene.filter), "port 8000");
	client_asks(w, &a, 0, HM_CLASS_HTTP_PROXY, 0);
	run(w, 10, 5000);
	packet(w, &a, 5001, "eth0:in", HM_WHAT_FIN, 'c');
	packet(w, &a, 5002, "eth0:out", HM_WHAT_FIN, 's');
	run(w, 5010, 8000);
	assert_non_null(
		strstr(only(w, HM_INCONCLUSIVE)->summary, "whether it sent it on is not known"));
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

/*
 * Over a pooled connection whose process is not known any more: perhaps it was the proxy's, though
 * another one opened it. Twin: what stands behind the marker says that it was another one's.
 */
static void test_proxy_sender_unknown(void **state)
{
	(void)state;
	for (uint32_t round = 0; round < 4; round++) {
		struct world *w = world_new("amazinggrace");
		struct conn a = client_conn(1), b = upstream_conn(1);
		bool same = round & 1, opened = round & 2;
		const struct result *r = NULL;

		b.pid = 9000;
		if (opened)
			shake_client(w, &b, 0);
		b.pid = 0;
		client_asks(w, &a, 1, HM_CLASS_HTTP_PROXY, 4711);
		ask_client(w, &b, 3, HM_CLASS_HTTP_REQUEST, same ? 4711 : 4712);
		packet(w, &a, 5001, "eth0:in", HM_WHAT_FIN, 'c');
		packet(w, &a, 5002, "eth0:out", HM_WHAT_FIN, 's');
		run(w, 5010, 8000);
		for (uint32_t i = 0; i < w->count; i++)
			if (w->results[i].leg_ids[0] == (opened ? 2 : 1))
				r = &w->results[i];
		assert_non_null(r);
		assert_string_equal(hm_codes[r->code].name,
				    same ? "inconclusive" : "proxy-not-forwarded");
		world_free(w);
	}
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

/* As above with an error, over a connection encrypted and open before: nobody is accused. */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_proxy_answered),
		cmocka_unit_test(test_asked_as_proxy_404),
		cmocka_unit_test(test_proxy_answered_twin),
		cmocka_unit_test(test_proxy_known),
		cmocka_unit_test(test_proxy_known_for_long),
		cmocka_unit_test(test_proxy_not_forwarded),
		cmocka_unit_test(test_older_outside_filter),
		cmocka_unit_test(test_proxy_not_forwarded_twin),
		cmocka_unit_test(test_proxy_sender_unknown),
		cmocka_unit_test(test_proxy_losses),
		cmocka_unit_test(test_proxy_encrypted),
		cmocka_unit_test(test_proxy_pooled_encrypted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
