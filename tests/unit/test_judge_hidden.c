// SPDX-License-Identifier: GPL-2.0-only
/*
 * Proxies with connections on which a marker cannot be seen: encrypted ones, HTTP/2 and the like.
 */
#include "world_proxy.h"

/* An upstream connection whose first request was another's; of later ones nothing is told. */
static struct conn begin_upstream(struct world *w, enum hm_class class, uint32_t pid)
{
	struct conn b = upstream_conn(1);

	b.pid = pid;
	shake_client(w, &b, 1);
	data(w, &b, 2, "socket:out", 'c', class, 0);
	b.next += 100;
	answer_client(w, &b, 3, 0);
	run(w, 10, 4000);
	return b;
}

/*
 * A proxy that has a connection on which a marker cannot be seen may have sent it on by that.
 * Twins: the connection is HTTP/1, another process's, or was closed before.
 */
static void test_proxy_hidden_upstream(void **state)
{
	static const struct {
		enum hm_class class;
		uint32_t pid;
		bool closed, gone_later;
		const char *code;
	} rounds[] = {
		{HM_CLASS_TLS, PID, false, false, "inconclusive"},
		{HM_CLASS_OTHER, PID, false, false, "inconclusive"},
		{HM_CLASS_TLS, PID, false, true, "inconclusive"},
		{HM_CLASS_HTTP_REQUEST, PID, false, false, "proxy-not-forwarded"},
		{HM_CLASS_TLS, PID + 1, false, false, "proxy-not-forwarded"},
		{HM_CLASS_TLS, PID, true, false, "proxy-not-forwarded"},
		{HM_CLASS_OTHER, PID, true, false, "proxy-not-forwarded"},
	};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(rounds); i++) {
		struct world *w = world_new("amazinggrace");
		struct conn b = begin_upstream(w, rounds[i].class, rounds[i].pid),
			    a = client_conn(1);

		if (rounds[i].closed)
			close_both(w, &b, 4500);
		client_asks(w, &a, 5000, HM_CLASS_HTTP_PROXY, 0);
		if (rounds[i].gone_later)
			close_both(w, &b, 5500);
		run(w, 5600, 9000);
		packet(w, &a, 9001, "eth0:in", HM_WHAT_FIN, 'c');
		packet(w, &a, 9002, "eth0:out", HM_WHAT_FIN, 's');
		run(w, 9010, 12000);
		assert_string_equal(hm_codes[w->results[w->count - 1].code].name, rounds[i].code);
		world_free(w);
	}
}

/* An error by a proxy, or by who is not known as one, that may be the hidden server's. */
static void test_hidden_upstream_error(void **state)
{
	static const struct {
		enum hm_class class, asked;
		uint16_t status;
		const char *code;
		uint8_t confidence;
	} rounds[] = {
		{HM_CLASS_TLS, HM_CLASS_HTTP_PROXY, 503, "proxy-answered", HM_LIKELY},
		{HM_CLASS_HTTP_REQUEST, HM_CLASS_HTTP_PROXY, 503, "proxy-answered", HM_LIKELY},
		{HM_CLASS_TLS, HM_CLASS_HTTP_REQUEST, 500, "http-error", HM_LIKELY},
		{HM_CLASS_OTHER, HM_CLASS_HTTP_REQUEST, 500, "http-error", HM_LIKELY},
		{HM_CLASS_HTTP_REQUEST, HM_CLASS_HTTP_REQUEST, 500, "http-error", HM_PROVEN},
	};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(rounds); i++) {
		struct world *w = world_new("amazinggrace");
		struct conn a = client_conn(1);
		const struct result *r;

		begin_upstream(w, rounds[i].class, PID);
		client_asks(w, &a, 5000, rounds[i].asked, 0);
		client_gets(w, &a, 5004, rounds[i].status);
		run(w, 5010, 8000);
		r = &w->results[w->count - 1];
		assert_string_equal(hm_codes[r->code].name, rounds[i].code);
		assert_int_equal(r->confidence, rounds[i].confidence);
		world_free(w);
	}
}

/* Without a marker nobody tells for whom a process asks others: its error may be one of theirs. */
static void test_unmarked_error(void **state)
{
	(void)state;
	/* asks; another process asks; asked before; asked nobody */
	for (int how = 0; how < 4; how++) {
		struct world *w = world_new(NULL);
		struct conn a = client_conn(1);
		const struct result *r;

		if (how < 3) {
			struct conn b =
				begin_upstream(w, HM_CLASS_HTTP_REQUEST, how == 1 ? PID + 1 : PID);

			if (how == 2)
				close_both(w, &b, 4500);
		}
		shake_server(w, &a, 5000);
		data(w, &a, 5000.6, "eth0:in", 'c', HM_CLASS_HTTP_REQUEST, 0);
		data(w, &a, 5000.7, "socket:in", 'c', HM_CLASS_HTTP_REQUEST, 0);
		a.next += 100;
		reads(w, &a, 5000.9, PID, "squid");
		client_gets(w, &a, 5004, 500);
		run(w, 5010, 8000);
		finish(w, 9000);
		r = &w->results[w->count - 1];
		for (uint32_t i = 0; i < w->count; i++)
			if (w->results[i].code == HM_HTTP_ERROR)
				r = &w->results[i];
		assert_int_equal(r->code, HM_HTTP_ERROR);
		assert_int_equal(r->confidence, how ? HM_PROVEN : HM_LIKELY);
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_proxy_hidden_upstream),
		cmocka_unit_test(test_hidden_upstream_error),
		cmocka_unit_test(test_unmarked_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
