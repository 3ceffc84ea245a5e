// SPDX-License-Identifier: GPL-2.0-only
/*
 * port-exhausted: connect(2) found no local port; and what looks alike: a port came in the end, or
 * nobody said why no packet left.
 */
#include <errno.h>

#include "world.h"

static struct hm_sighting no_port(const struct world *w, const struct conn *c, double ms)
{
	struct hm_sighting s = connect_call(w, c, ms);

	s.what = HM_WHAT_NO_PORT;
	return s;
}

/* A process, known by its number, calls connect(2). */
static struct conn calls(struct world *w, double ms, uint32_t pid, uint32_t isn)
{
	struct conn c = conn_new(CLIENT, SERVER, isn);

	w->answers.on = true;
	c.pid = pid;
	push(w, connect_call(w, &c, ms));
	return c;
}

static void test_exhausted(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = calls(w, 0, 55, 100);
	const struct result *r;

	(void)state;
	w->answers.ports = 28232;
	push(w, no_port(w, &c, 0.1));
	run(w, 10, 600);
	r = only(w, HM_PORT_EXHAUSTED);
	assert_int_equal(r->blame, HM_BLAME_HOST);
	assert_int_equal(r->confidence, HM_PROVEN);
	assert_int_equal(r->pid, 55);
	assert_int_equal(r->role, HM_ROLE_CLIENT);
	assert_string_equal(
		r->evidence[1],
		"28232 sockets lead to 10.0.0.8:80 at 300.00 ms, 14116 of them in TIME-WAIT; "
		"local ports: 32768 to 60999, 28232");
	assert_int_equal(w->exit_status, 1);
	world_free(w);
}

/* Nobody could count the sockets: what the kernel did stands all the same. */
static void test_not_counted(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = calls(w, 0, 55, 100);

	(void)state;
	push(w, no_port(w, &c, 0.1));
	run(w, 10, 600);
	assert_int_equal(only(w, HM_PORT_EXHAUSTED)->evidence_count, 1);
	world_free(w);
}

/* No packet, and nothing says why: a port of the client's own choice that is taken, say. */
static void test_nothing_said(void **state)
{
	struct world *w = world_new("amazinggrace");

	(void)state;
	w->answers.ports = 28232;
	calls(w, 0, 55, 100);
	run(w, 10, 600);
	only(w, HM_INCONCLUSIVE);
	world_free(w);
}

static void test_no_route(void **state)
{
	struct world *w = world_new("amazinggrace");

	(void)state;
	w->answers.ports = 28232;
	w->answers.route_error = ENETUNREACH;
	calls(w, 0, 55, 100);
	run(w, 10, 600);
	only(w, HM_NO_ROUTE);
	world_free(w);
}

/* Somebody else's failure at the same moment. */
static void test_somebody_elses(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = calls(w, 0, 55, 100), other = c;

	(void)state;
	other.pid = 56;
	push(w, no_port(w, &other, 0.1));
	run(w, 10, 600);
	only(w, HM_INCONCLUSIVE);
	world_free(w);
}

/* The next attempt gets a port: its packets are its own, and the first one failed. */
static void test_next_attempt(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = calls(w, 0, 55, 100);

	(void)state;
	push(w, no_port(w, &c, 0.1));
	c = calls(w, 50, 55, 200);
	syn(w, &c, 50.1, "socket:out");
	shake_client(w, &c, 50.2);
	ask_client(w, &c, 51, HM_CLASS_HTTP_REQUEST, 0);
	answer_client(w, &c, 52, 200);
	run(w, 60, 5000);
	assert_int_equal(w->count, 2);
	assert_int_equal(w->results[0].code, HM_PORT_EXHAUSTED);
	assert_int_equal(w->results[1].code, HM_DELIVERED);
	world_free(w);
}

/* With COMMAND they are attempts of one path: overcome. */
static void test_overcome(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	w->answers.on = true;
	w->scene.has_command = true;
	c.pid = 55;
	c.in_tree = true;
	push(w, connect_call(w, &c, 0));
	push(w, no_port(w, &c, 0.1));
	push(w, connect_call(w, &c, 50));
	shake_client(w, &c, 50.2);
	ask_client(w, &c, 51, HM_CLASS_HTTP_REQUEST, 0);
	answer_client(w, &c, 52, 200);
	run(w, 60, 5000);
	only(w, HM_DELIVERED);
	world_free(w);
}

/* A SYN that went may be among what was lost. */
static void test_loss(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = calls(w, 0, 55, 100);

	(void)state;
	push(w, no_port(w, &c, 0.1));
	w->scene.counters[HM_CNT_LOST_RING] = 1;
	run(w, 10, 600);
	only(w, HM_INCONCLUSIVE);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exhausted),      cmocka_unit_test(test_not_counted),
		cmocka_unit_test(test_nothing_said),   cmocka_unit_test(test_no_route),
		cmocka_unit_test(test_somebody_elses), cmocka_unit_test(test_next_attempt),
		cmocka_unit_test(test_overcome),       cmocka_unit_test(test_loss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
