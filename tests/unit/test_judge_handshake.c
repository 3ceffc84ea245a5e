// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections that were never made, for want of a route or an answer: each code with the twin that
 * must not get it. Refused ones are in test_judge_refused.c, firewalls in test_judge_firewall.c.
 */
#include <errno.h>

#include "world.h"

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

/* A SYN that was lost here would say that it had a route then. */
static void test_no_route_after_losses(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	c.pid = 55;
	push(w, connect_call(w, &c, 0));
	w->scene.counters[HM_CNT_LOST_RING] = 7;
	w->answers = (struct answers){.on = true, .route_error = ENETUNREACH};
	run(w, 10, 600);
	only(w, HM_INCONCLUSIVE);
	world_free(w);
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
		assert_non_null(
			strstr(r->summary, "an address of this host, was last seen at eth1:out"));
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

static void test_unreachable(void **state)
{
	static const struct {
		uint8_t type, code;
		enum hm_blame blame;
	} kinds[] = {{3, 1, HM_BLAME_NETWORK}, {3, 13, HM_BLAME_POLICY}, {3, 9, HM_BLAME_POLICY},
		     {3, 3, HM_BLAME_POLICY}, {11, 0, HM_BLAME_NETWORK}};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);
		const struct result *r;

		w->answers.on = true;
		syn(w, &c, 0, "eth0:out");
		push(w, icmp(w, &c, 5, "eth0:in", kinds[i].type, kinds[i].code));
		run(w, 10, 2000);
		r = only(w, HM_UNREACHABLE);
		assert_int_equal(r->blame, kinds[i].blame);
		assert_string_equal(r->host, "10.0.9.1");
		world_free(w);
	}
}

/* Who gives up on the fragments of a packet had one of them: it can be reached. */
static void test_fragments_time_out(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	w->answers.on = true;
	syn(w, &c, 0, "eth0:out");
	push(w, icmp(w, &c, 5, "eth0:in", 11, 1));
	run(w, 10, 6000);
	finish(w, 6010);
	only(w, HM_INCONCLUSIVE);
	world_free(w);
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
		cmocka_unit_test(test_no_route),
		cmocka_unit_test(test_no_route_after_losses),
		cmocka_unit_test(test_connect_with_route),
		cmocka_unit_test(test_syn_unanswered),
		cmocka_unit_test(test_asked_itself),
		cmocka_unit_test(test_sent_on_by_nat),
		cmocka_unit_test(test_syn_not_due),
		cmocka_unit_test(test_syn_vanished_here),
		cmocka_unit_test(test_losses),
		cmocka_unit_test(test_unasked),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_fragments_time_out),
		cmocka_unit_test(test_unreachable_forged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
