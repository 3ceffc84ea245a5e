// SPDX-License-Identifier: GPL-2.0-only
/* The client closes its side and is not answered: what it waits for, and when it is told. */
#include "world.h"

static struct conn asked_and_closed_at(struct world *w, double ms)
{
	struct conn c = conn_new(CLIENT, SERVER, 100);

	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	reads(w, &c, 2, 812, "java");
	packet(w, &c, ms, "eth0:in", HM_WHAT_FIN, 'c');
	return c;
}

static struct conn asked_and_closed(struct world *w)
{
	return asked_and_closed_at(w, 501);
}

/* nc -N closes its side and waits: nothing is said while the answer may come. */
static void test_half_closed_answered(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = asked_and_closed(w);

	(void)state;
	run(w, 510, 2400);
	assert_int_equal(w->count, 0);
	answer_server(w, &c, 2410, 200);
	packet(w, &c, 2411, "eth0:out", HM_WHAT_FIN, 's');
	run(w, 2420, 5000);
	only(w, HM_DELIVERED);
	world_free(w);
}

/* Without a sign that the client is gone nobody knows whether it still waits. */
static void test_half_closed_silence(void **state)
{
	struct world *w = world_new("amazinggrace");

	(void)state;
	asked_and_closed(w);
	run(w, 510, 8000);
	assert_int_equal(w->count, 0);
	finish(w, 8010);
	only(w, HM_INCONCLUSIVE);
	world_free(w);
}

/* It closed its side so soon that it may have wanted no answer. */
static void test_half_closed_soon(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = asked_and_closed(w);

	(void)state;
	packet(w, &c, 2600, "eth0:out", HM_WHAT_FIN, 's');
	run(w, 2610, 2900);
	only(w, HM_INCONCLUSIVE);
	world_free(w);
}

/* It gave up: the server may not be to blame. */
static void test_half_closed_then_closed(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = asked_and_closed_at(w, 1001);
	const struct result *r;

	(void)state;
	packet(w, &c, 2600, "eth0:out", HM_WHAT_FIN, 's');
	run(w, 2610, 2900);
	r = only(w, HM_NO_ANSWER);
	assert_int_equal(r->confidence, HM_LIKELY);
	assert_int_equal(r->pid, 812);
	assert_string_equal(r->evidence[0], "marker first seen at eth0:in, 1.00 ms");
	assert_string_equal(r->evidence[1], "java[812] read past the marker's end at app, 2.00 ms");
	assert_string_equal(r->evidence[2], "the client closed its side at eth0:in, 1.00 s");
	assert_string_equal(r->evidence[3],
			    "then the server closed its side too, at eth0:out, 2.60 s");
	world_free(w);
}

/* The end of the trace is no silence of two seconds. */
static void test_half_closed_cut_short(void **state)
{
	struct world *w = world_new("amazinggrace");

	(void)state;
	asked_and_closed(w);
	finish(w, 1500);
	only(w, HM_INCONCLUSIVE);
	world_free(w);
}

/* A shorter --settle does not make the server late. */
static void test_half_closed_short_settle(void **state)
{
	struct world *w = world_new("amazinggrace");

	(void)state;
	w->scene.settle_ns = 100 * MS;
	asked_and_closed(w);
	run(w, 510, 2490);
	assert_int_equal(w->count, 0);
	world_free(w);
}

static void test_both_closed_unanswered(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = asked_and_closed_at(w, 1001);

	(void)state;
	packet(w, &c, 1400, "eth0:out", HM_WHAT_FIN, 's');
	run(w, 1410, 1700);
	assert_int_equal(only(w, HM_NO_ANSWER)->confidence, HM_LIKELY);
	world_free(w);
}

static void test_client_reset_unanswered(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = asked_and_closed(w);

	(void)state;
	packet(w, &c, 900, "eth0:in", HM_WHAT_RST, 'c');
	run(w, 910, 1200);
	assert_int_equal(only(w, HM_ABANDONED_BY_CLIENT)->confidence, HM_LIKELY);
	assert_string_equal(w->results[0].evidence[3],
			    "the client gave up: RST at eth0:in, 900.00 ms");
	world_free(w);
}

/* On the client's own host its socket tells: held by a process it still waits, else it does not. */
static void half_closed_client(struct world *w, uint8_t state, bool held)
{
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting s = {.mono_ns = T0 + 2445 * MS, .hop = (uint16_t)hop(w, "sockets")};

	shake_client(w, &c, 0);
	ask_client(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	reads(w, &c, 2, 812, "java");
	packet(w, &c, 501, "eth0:out", HM_WHAT_FIN, 'c');
	run(w, 10, 2430);
	assert_int_equal(w->answers.asked, 0);
	tick(w, 2445);
	assert_int_equal(w->answers.asked, 1);
	s.what = HM_WHAT_SOCKET;
	s.src = c.c;
	s.dst = c.s;
	s.socket.state = state;
	s.socket.accepted = held;
	push(w, s);
	run(w, 2450, 2600);
}

static void test_half_closed_client_waits(void **state)
{
	struct world *w = world_new("amazinggrace");

	(void)state;
	half_closed_client(w, 5, true);
	run(w, 2610, 9000);
	assert_int_equal(w->count, 0);
	world_free(w);
}

static void test_half_closed_client_gone(void **state)
{
	struct world *w = world_new("amazinggrace");

	(void)state;
	half_closed_client(w, 5, false);
	assert_int_equal(only(w, HM_ABANDONED_BY_CLIENT)->confidence, HM_LIKELY);
	assert_string_equal(w->results[0].evidence[3],
			    "the client gave up: its socket was held by nobody at 2.44 s");
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_half_closed_answered),
		cmocka_unit_test(test_half_closed_silence),
		cmocka_unit_test(test_half_closed_soon),
		cmocka_unit_test(test_half_closed_then_closed),
		cmocka_unit_test(test_half_closed_cut_short),
		cmocka_unit_test(test_half_closed_short_settle),
		cmocka_unit_test(test_both_closed_unanswered),
		cmocka_unit_test(test_client_reset_unanswered),
		cmocka_unit_test(test_half_closed_client_waits),
		cmocka_unit_test(test_half_closed_client_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
