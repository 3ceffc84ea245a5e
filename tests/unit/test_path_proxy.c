// SPDX-License-Identifier: GPL-2.0-only
/*
 * Paths through proxies: which client connection goes with which upstream connection. Who is to
 * blame when the chain breaks is in test_judge_proxy.c.
 */
#include "world_proxy.h"

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
	struct conn a1 = client_conn(1), a2 = client_conn(2), b1 = upstream_conn(1),
		    b2 = upstream_conn(2);

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

/* Another marker of the same process is another message. */
static void test_other_marker(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn a = client_conn(1), b = upstream_conn(1);
	struct hm_sighting s;

	(void)state;
	client_asks(w, &a, 0, HM_CLASS_OTHER, 0);
	shake_client(w, &b, 1);
	s = see(w, &b, 2, "socket:out", HM_WHAT_MARKER, 'c');
	s.marker.id = 1;
	s.marker.seq = b.next;
	s.marker.end_seq = b.next + 9;
	push(w, s);
	finish(w, 500);
	assert_int_equal(w->count, 2);
	assert_int_equal(w->results[0].legs, 1);
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

/*
 * The same request again, while the first has no answer yet: what is sent on now is the second's.
 */
static void test_asked_again(void **state)
{
	for (uint32_t word = 0; word < 2; word++) {
		struct world *w = world_new("amazinggrace");
		struct conn a1 = client_conn(1), a2 = client_conn(2), b1 = upstream_conn(1),
			    b2 = upstream_conn(2);

		(void)state;
		client_asks(w, &a1, 0, HM_CLASS_HTTP_PROXY, word);
		shake_client(w, &b1, 1);
		ask_client(w, &b1, 2, HM_CLASS_HTTP_REQUEST, word);
		client_asks(w, &a2, 300, HM_CLASS_HTTP_PROXY, word);
		shake_client(w, &b2, 301);
		ask_client(w, &b2, 302, HM_CLASS_HTTP_REQUEST, word);
		answer_client(w, &b2, 303, 404);
		client_gets(w, &a2, 304, 404);
		run(w, 310, 1000);
		assert_int_equal(only(w, HM_DELIVERED)->legs, 2);
		assert_int_equal(w->results[0].leg_ids[0], 3);
		assert_int_equal(w->results[0].leg_ids[1], 4);
		world_free(w);
	}
}

/* The proxy turned the first down: nothing later is sent on for it. */
static void test_asked_again_after_answer(void **state)
{
	for (uint32_t word = 0; word < 2; word++) {
		struct world *w = world_new("amazinggrace");
		struct conn a1 = client_conn(1), a2 = client_conn(2), b2 = upstream_conn(2);

		(void)state;
		client_asks(w, &a1, 0, HM_CLASS_HTTP_PROXY, word);
		answer_server(w, &a1, 2, 403);
		client_asks(w, &a2, 3, HM_CLASS_HTTP_PROXY, word);
		shake_client(w, &b2, 4);
		ask_client(w, &b2, 5, HM_CLASS_HTTP_REQUEST, word);
		answer_client(w, &b2, 6, 404);
		client_gets(w, &a2, 7, 404);
		run(w, 10, 600);
		finish(w, 700);
		assert_int_equal(w->count, 2);
		for (int i = 0; i < 2; i++) {
			const struct result *r = &w->results[i];

			assert_int_equal(r->code,
					 r->leg_ids[0] == 1 ? HM_PROXY_ANSWERED : HM_DELIVERED);
			assert_int_equal(r->legs, r->leg_ids[0]);
		}
		world_free(w);
	}
}

/*
 * Two alike wait, and one is seen being sent on. Whose it was is not known, the other's may have
 * been lost: that the proxy answered or kept the second is not said.
 */
static void test_one_of_two_alike(void **state)
{
	for (uint32_t word = 0; word < 2; word++)
		for (int answered = 0; answered < 2; answered++) {
			struct world *w = world_new("amazinggrace");
			struct conn a1 = client_conn(1), a2 = client_conn(2), b = upstream_conn(1);

			(void)state;
			client_asks(w, &a1, 0, HM_CLASS_HTTP_PROXY, word);
			client_asks(w, &a2, 1, HM_CLASS_HTTP_PROXY, word);
			shake_client(w, &b, 3);
			ask_client(w, &b, 4, HM_CLASS_HTTP_REQUEST, word);
			answer_client(w, &b, 5, 404);
			client_gets(w, &a1, 6, 404);
			if (answered)
				client_gets(w, &a2, 7, 404);
			run(w, 10, 6000);
			finish(w, 6000);
			assert_int_equal(w->count, 2);
			for (int i = 0; i < 2; i++) {
				assert_int_not_equal(w->results[i].blame, HM_BLAME_PROXY);
				assert_true(w->results[i].ambiguous);
			}
			world_free(w);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_legs),
		cmocka_unit_test(test_pooled),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_ambiguous),
		cmocka_unit_test(test_asked_again),
		cmocka_unit_test(test_asked_again_after_answer),
		cmocka_unit_test(test_one_of_two_alike),
		cmocka_unit_test(test_words_refused),
		cmocka_unit_test(test_other_marker),
		cmocka_unit_test(test_other_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
