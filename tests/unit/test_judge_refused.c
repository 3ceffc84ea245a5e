// SPDX-License-Identifier: GPL-2.0-only
/* Connections that somebody refused: for want of a listener there, and what only looks like it. */
#include "world.h"

static void test_refused(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	syn(w, &c, 0, "eth0:in");
	reset_by_kernel(w, &c, 0.1);
	w->answers = (struct answers){.on = true};
	tick(w, 40);
	assert_int_equal(w->count, 0);
	run(w, 50, 300);
	r = only(w, HM_REFUSED);
	assert_int_equal(r->blame, HM_BLAME_APPLICATION);
	assert_int_equal(r->confidence, HM_PROVEN);
	assert_true(r->judged);
	assert_int_equal(w->exit_status, 1);
	world_free(w);
}

static void test_refused_afar(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	syn(w, &c, 0, "socket:out");
	syn(w, &c, 0.1, "eth0:out");
	packet(w, &c, 1, "eth0:in", HM_WHAT_RST, 's');
	run(w, 10, 3000);
	r = only(w, HM_REFUSED);
	assert_int_equal(r->blame, HM_BLAME_BEYOND);
	assert_int_equal(r->confidence, HM_ONE_SIDED);
	assert_true(r->at_ms >= 1500); /* nobody answered the probe */
	world_free(w);
}

static void test_wrong_address(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	syn(w, &c, 0, "eth0:in");
	reset_by_kernel(w, &c, 0.1);
	w->answers = (struct answers){.on = true, .listener = "127.0.0.1:80"};
	run(w, 10, 300);
	r = only(w, HM_WRONG_ADDRESS);
	assert_non_null(strstr(r->summary, "nginx[77] listens on 127.0.0.1:80"));
	world_free(w);
}

/* A listener on another port is no wrong address. */
static void test_wrong_address_twin(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	syn(w, &c, 0, "eth0:in");
	reset_by_kernel(w, &c, 0.1);
	w->answers = (struct answers){.on = true, .listener = "127.0.0.1:8080"};
	run(w, 10, 300);
	only(w, HM_REFUSED);
	world_free(w);
}

/* Listeners known from another connection's earlier probe prove nothing about this one. */
static void test_stale_listener(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting l = {.mono_ns = T0,
				.hop = (uint16_t)hop(w, "sockets"),
				.what = HM_WHAT_LISTENER,
				.pid = 77};

	(void)state;
	l.src = ep("127.0.0.1:80");
	l.listener.netns = NS_HOST;
	push(w, l);
	syn(w, &c, 1000, "eth0:in");
	reset_by_kernel(w, &c, 1000.1);
	w->answers.on = true;
	run(w, 1010, 1300);
	only(w, HM_REFUSED);
	world_free(w);
}

/*
 * One that listens on every address by now would have taken it: it came up since, if the kernel
 * says that it made the reset. Else a program may have made it, with a raw socket.
 */
static void test_listener_came_up(void **state)
{
	enum { UNNAMED, RESET_NAMED, DROP_NAMED, KINDS };

	(void)state;
	for (int how = 0; how < KINDS; how++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);

		syn(w, &c, 0, "eth0:in");
		if (how == RESET_NAMED)
			packet(w, &c, 0.1, "drops", HM_WHAT_RESET, 's');
		reset_by_kernel(w, &c, 0.1);
		if (how == DROP_NAMED)
			push(w, drop(w, &c, 0.3, 'c', "NO_SOCKET", SYN));
		w->answers = (struct answers){.on = true, .listener = "0.0.0.0:80"};
		run(w, 10, 300);
		if (how == UNNAMED)
			assert_non_null(strstr(only(w, HM_INCONCLUSIVE)->summary, "nginx[77]"));
		else
			assert_int_equal(only(w, HM_REFUSED)->confidence, HM_PROVEN);
		world_free(w);
	}
}

/* A connection older than the trace was not refused, whatever resets it. */
static void test_older_is_not_refused(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(SERVER, CLIENT, 100);

	(void)state;
	marker(w, &c, 0, "socket:out", 0);
	marker(w, &c, 0.1, "eth0:out", 0);
	packet(w, &c, 0.2, "eth0:in", HM_WHAT_RST, 's');
	run(w, 1, 3000);
	assert_int_equal(w->count, 1);
	assert_int_not_equal(w->results[0].code, HM_REFUSED);
	print_message("%s\n", hm_codes[w->results[0].code].name);
	world_free(w);
}

/* What looks like a refusal or a change of mind may end a connection whose handshake was lost. */
static void test_reset_after_losses(void **state)
{
	for (int from_client = 0; from_client < 2; from_client++)
		for (int answers_syn = 0; answers_syn < 2; answers_syn++) {
			struct world *w = world_new("amazinggrace");
			struct conn c = conn_new(CLIENT, SERVER, 100);
			struct hm_sighting s;

			(void)state;
			syn(w, &c, 0, "socket:out");
			syn(w, &c, 0.1, "eth0:out");
			s = see(w, &c, 300, from_client ? "eth0:out" : "eth0:in", HM_WHAT_RST,
				from_client ? 'c' : 's');
			if (answers_syn) {
				s.seq = 0;
				s.ack = 101;
			}
			push(w, s);
			w->scene.counters[HM_CNT_LOST_RING] = 7;
			w->answers = (struct answers){.on = true};
			run(w, 310, 3000);
			only(w, answers_syn && !from_client ? HM_REFUSED : HM_INCONCLUSIVE);
			world_free(w);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_refused_afar),
		cmocka_unit_test(test_wrong_address),
		cmocka_unit_test(test_wrong_address_twin),
		cmocka_unit_test(test_stale_listener),
		cmocka_unit_test(test_listener_came_up),
		cmocka_unit_test(test_older_is_not_refused),
		cmocka_unit_test(test_reset_after_losses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
