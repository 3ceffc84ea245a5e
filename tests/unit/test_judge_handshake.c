// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections that were never made, for want of a listener, a route or an answer: each code with
 * the twin that must not get it. Firewalls are in test_judge_firewall.c.
 */
#include <errno.h>

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

/* One that listens on every address by now would have taken it. */
static void test_listener_came_up(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	syn(w, &c, 0, "eth0:in");
	reset_by_kernel(w, &c, 0.1);
	w->answers = (struct answers){.on = true, .listener = "0.0.0.0:80"};
	run(w, 10, 300);
	only(w, HM_REFUSED);
	world_free(w);
}

static void test_no_route(void **state)
{
	static const struct {
		int error;
		const char *words;
	} kinds[] = {{ENETUNREACH, "no route"},
		     {EHOSTUNREACH, "unreachable"},
		     {EACCES, "prohibit"},
		     {EINVAL, "blackhole"}};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);
		const struct result *r;

		c.pid = 55;
		push(w, connect_call(w, &c, 0));
		w->answers = (struct answers){.on = true, .route_error = kinds[i].error};
		run(w, 10, 600);
		r = only(w, HM_NO_ROUTE);
		assert_int_equal(r->blame, HM_BLAME_HOST);
		assert_int_equal(r->pid, 55);
		assert_non_null(strstr(r->summary, kinds[i].words));
		world_free(w);
	}
}

static void test_connect_with_route(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	c.pid = 55;
	push(w, connect_call(w, &c, 0));
	w->answers = (struct answers){.on = true};
	run(w, 10, 600);
	only(w, HM_INCONCLUSIVE);
	world_free(w);
}

static void test_syn_unanswered(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	for (int i = 0; i < 3; i++) {
		syn(w, &c, i * 1000, "socket:out");
		syn(w, &c, i * 1000 + 0.1, "eth0:out");
	}
	w->answers = (struct answers){.on = true};
	run(w, 2010, 4200);
	r = only(w, HM_SYN_UNANSWERED);
	assert_int_equal(r->blame, HM_BLAME_BEYOND);
	assert_int_equal(r->confidence, HM_ONE_SIDED);
	world_free(w);
}

/* A request for this host's own address has no business out there: whoever sent it out is here. */
static void test_asked_itself(void **state)
{
	for (int came_in = 0; came_in < 2; came_in++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);
		const struct result *r;

		(void)state;
		for (int i = 0; i < 3; i++) {
			if (came_in)
				syn(w, &c, i * 1000, "eth0:in");
			syn(w, &c, i * 1000 + 0.1, "eth1:out");
		}
		w->answers = (struct answers){.on = true, .own = SERVER};
		run(w, 2010, 6000);
		r = only(w, HM_INCONCLUSIVE);
		assert_non_null(strstr(r->summary, "an address of this host, was last seen at eth1:out"));
		world_free(w);
	}
}

/* Own was only the address that NAT here took it from. */
static void test_sent_on_by_nat(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100), to = conn_new(CLIENT, "10.9.9.9:80", 100);

	(void)state;
	for (int i = 0; i < 3; i++) {
		syn(w, &c, i * 1000, "eth0:in");
		syn(w, &to, i * 1000 + 0.1, "eth1:out");
	}
	w->answers = (struct answers){.on = true, .own = SERVER};
	run(w, 2010, 6000);
	assert_int_equal(only(w, HM_SYN_UNANSWERED)->legs, 2);
	world_free(w);
}

/* One SYN, and the trace ends: not due. */
static void test_syn_not_due(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	syn(w, &c, 0, "socket:out");
	syn(w, &c, 0.1, "eth0:out");
	finish(w, 500);
	assert_non_null(strstr(only(w, HM_INCONCLUSIVE)->summary, "too short to tell"));
	world_free(w);
}

/* It went out and was seen to come in: what is beyond is not to blame. */
static void test_syn_vanished_here(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	for (int i = 0; i < 3; i++) {
		syn(w, &c, i * 1000, "eth0:out");
		syn(w, &c, i * 1000 + 0.1, "web/eth0:in");
	}
	run(w, 2010, 6000);
	only(w, HM_INCONCLUSIVE);
	world_free(w);
}

static void test_losses(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	for (int i = 0; i < 3; i++)
		syn(w, &c, i * 1000, "eth0:out");
	w->scene.counters[HM_CNT_LOST_RING] = 7;
	run(w, 2010, 6000);
	r = only(w, HM_INCONCLUSIVE);
	assert_int_equal(r->lost, 7);
	assert_non_null(strstr(r->summary, "7 events were lost"));
	for (uint32_t i = 0; i < r->first.row_count; i++)
		for (int s = 0; s < HM_STEP_COUNT; s++)
			assert_int_not_equal(r->first.rows[i].cell[s].state, HM_CELL_MISSING);
	world_free(w);
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

/* Nobody asked whether the address is this host's own: that nothing came back accuses nobody. */
static void test_unasked(void **state)
{
	(void)state;
	for (int asked = 0; asked < 2; asked++) {
		struct world *w = world_new(NULL);
		struct conn c = conn_new(SERVER, CLIENT, 100);
		const struct result *r;

		w->answers.on = asked;
		for (int i = 0; i < 3; i++) {
			syn(w, &c, i * 1000, "socket:out");
			syn(w, &c, i * 1000 + 0.1, "eth0:out");
		}
		if (asked)
			tick(w, 2150);
		else
			assert_int_equal(paths_leave_unasked(w->paths), 1);
		finish(w, 2160);
		r = only(w, asked ? HM_SYN_UNANSWERED : HM_INCONCLUSIVE);
		assert_int_equal(strstr(r->summary, "too many connections") != NULL, !asked);
		world_free(w);
	}
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

static void test_unreachable(void **state)
{
	static const struct {
		uint8_t code;
		enum hm_blame blame;
	} kinds[] = {{1, HM_BLAME_NETWORK}, {13, HM_BLAME_POLICY}, {9, HM_BLAME_POLICY}, {3, HM_BLAME_POLICY}};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);
		const struct result *r;

		w->answers.on = true;
		syn(w, &c, 0, "eth0:out");
		push(w, icmp(w, &c, 5, "eth0:in", 3, kinds[i].code));
		run(w, 10, 2000);
		r = only(w, HM_UNREACHABLE);
		assert_int_equal(r->blame, kinds[i].blame);
		assert_string_equal(r->host, "10.0.9.1");
		world_free(w);
	}
}

/* An ICMP error that quotes a sequence number this handshake never used is forged. */
static void test_unreachable_forged(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting s;

	(void)state;
	w->answers.on = true;
	syn(w, &c, 0, "eth0:out");
	s = icmp(w, &c, 5, "eth0:in", 3, 1);
	s.seq = 99;
	push(w, s);
	run(w, 10, 2000);
	only(w, HM_INCONCLUSIVE);
	world_free(w);
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
		cmocka_unit_test(test_no_route),
		cmocka_unit_test(test_connect_with_route),
		cmocka_unit_test(test_syn_unanswered),
		cmocka_unit_test(test_asked_itself),
		cmocka_unit_test(test_sent_on_by_nat),
		cmocka_unit_test(test_syn_not_due),
		cmocka_unit_test(test_syn_vanished_here),
		cmocka_unit_test(test_losses),
		cmocka_unit_test(test_unasked),
		cmocka_unit_test(test_older_is_not_refused),
		cmocka_unit_test(test_reset_after_losses),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_unreachable_forged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
