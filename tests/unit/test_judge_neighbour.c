// SPDX-License-Identifier: GPL-2.0-only
/* neighbour-failed: ARP and neighbour discovery that nobody answers, and what looks like it. */
#include "world.h"


static void from_function(struct hm_sighting *s, const char *function)
{
	snprintf(s->drop.where, sizeof(s->drop.where), "%s", function);
}

/* It is named 3 s after the first SYN, when a request that is never repeated was long due. */
static void test_silent(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	w->answers.on = true;
	c.pid = 812;
	push(w, connect_call(w, &c, 0));
	syn(w, &c, 0.1, "socket:out");
	run(w, 10, 3050);
	assert_int_equal(w->count, 0);
	push(w, drop(w, &c, 3060, 'c', "NEIGH_FAILED", SYN));
	run(w, 3070, 3300);
	r = only(w, HM_NEIGHBOUR_FAILED);
	assert_int_equal(r->blame, HM_BLAME_NETWORK);
	assert_int_equal(r->confidence, HM_PROVEN);
	assert_int_equal(r->pid, 0);
	assert_non_null(strstr(r->summary, "hardware address of 10.0.0.8, or of the router"));
	assert_int_equal(w->exit_status, 1);
	world_free(w);
}

/* IPv6 names no reason: the function does. The ICMP error is the host's word to itself. */
static void discovery_failed(const char *where)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new("[fd77::8]:40887", "[fd77::9]:80", 100);
	struct hm_sighting s;

	w->answers.on = true;
	syn(w, &c, 0, "socket:out");
	s = icmp(w, &c, 3059, "eth0:in", 1, 3);
	s.icmp.family = 6;
	push(w, s);
	s = drop(w, &c, 3060, 'c', "NOT_SPECIFIED", SYN);
	s.family = 6;
	from_function(&s, where);
	push(w, s);
	run(w, 3070, 5000);
	assert_non_null(strstr(only(w, HM_NEIGHBOUR_FAILED)->summary, "neighbour discovery"));
	world_free(w);
}

static void test_silent_ipv6(void **state)
{
	(void)state;
	discovery_failed("neigh_invalidate");
	discovery_failed("neigh_invalidate.isra.0"); /* as some compilers split it */
}

/* The same lack of a reason anywhere else says nothing. */
static void test_other_function(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting s;

	(void)state;
	syn(w, &c, 0, "socket:out");
	s = drop(w, &c, 3060, 'c', "NOT_SPECIFIED", SYN);
	from_function(&s, "tcp_v4_destroy_sock");
	push(w, s);
	run(w, 3070, 9000);
	only(w, HM_INCONCLUSIVE);
	world_free(w);
}

/* A router asks for its last hop, while the client repeats itself. */
static void test_router(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	w->answers.on = true;
	for (int i = 0; i < 3; i++)
		syn(w, &c, i * 1000, "eth0:in");
	run(w, 2010, 3050);
	assert_int_equal(w->count, 0);
	push(w, drop(w, &c, 3060, 'c', "NEIGH_FAILED", SYN));
	run(w, 3070, 4100);
	r = only(w, HM_NEIGHBOUR_FAILED);
	assert_int_equal(r->role, HM_ROLE_ROUTER);
	world_free(w);
}

/* One further along asks as long, and then says that it found nobody. */
static void test_router_afar(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	w->answers.on = true;
	for (int i = 0; i < 3; i++) {
		syn(w, &c, i * 1000, "socket:out");
		syn(w, &c, i * 1000 + 0.1, "eth0:out");
	}
	run(w, 2010, 3050);
	assert_int_equal(w->count, 0);
	push(w, icmp(w, &c, 3060, "eth0:in", 3, 1));
	run(w, 3070, 4400);
	assert_int_equal(only(w, HM_UNREACHABLE)->blame, HM_BLAME_NETWORK);
	world_free(w);
}

/* The next request comes as the first is given up: it waits now, and did not go on. */
static void test_sent_again(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	w->answers.on = true;
	syn(w, &c, 0, "socket:out");
	syn(w, &c, 1000, "socket:out");
	run(w, 1010, 3050);
	push(w, drop(w, &c, 3060, 'c', "NEIGH_FAILED", SYN));
	push(w, drop(w, &c, 3060.1, 'c', "NEIGH_FAILED", SYN));
	syn(w, &c, 3070, "socket:out");
	run(w, 3080, 6000);
	only(w, HM_NEIGHBOUR_FAILED);
	world_free(w);
}

/* A full neighbour table is this host's own fault. */
static void test_table_full(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	w->answers.on = true;
	syn(w, &c, 0, "socket:out");
	push(w, drop(w, &c, 0.1, 'c', "NEIGH_CREATEFAIL", SYN));
	run(w, 10, 1500);
	assert_int_equal(only(w, HM_NEIGHBOUR_FAILED)->blame, HM_BLAME_HOST);
	world_free(w);
}

/* A request that was answered in the end was not lost to a neighbour. */
static void test_overcome(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	syn(w, &c, 0, "socket:out");
	push(w, drop(w, &c, 1, 'c', "NEIGH_QUEUEFULL", SYN));
	shake_client(w, &c, 1000);
	run(w, 1010, 5000);
	only(w, HM_CONNECTED);
	world_free(w);
}

/* A request that left is due as ever, whatever holds back those that did not leave. */
static void test_left(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	w->answers.on = true;
	syn(w, &c, 0, "socket:out");
	syn(w, &c, 0.1, "eth0:out");
	run(w, 10, 2600);
	only(w, HM_INCONCLUSIVE);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_silent),	   cmocka_unit_test(test_silent_ipv6),
		cmocka_unit_test(test_other_function), cmocka_unit_test(test_router),
		cmocka_unit_test(test_table_full), cmocka_unit_test(test_overcome),
		cmocka_unit_test(test_sent_again),
		cmocka_unit_test(test_left),	   cmocka_unit_test(test_router_afar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
