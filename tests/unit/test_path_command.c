// SPDX-License-Identifier: GPL-2.0-only
/* Connections of COMMAND: attempts that are one path, and what is not its own. */
#include "world.h"

/* COMMAND tries IPv6, then IPv4: one path of attempts, the answered one speaks. */
static void test_attempts(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new("[2001:db8::4]:4000", "[2001:db8::8]:80", 100);
	struct conn d = conn_new("10.0.0.4:4001", SERVER, 900);
	const struct result *r;

	(void)state;
	w->scene.has_command = true;
	c.pid = d.pid = 55;
	c.in_tree = d.in_tree = true;
	push(w, connect_call(w, &c, 0));
	syn(w, &c, 0.1, "socket:out");
	syn(w, &c, 0.2, "eth0:out");
	push(w, connect_call(w, &d, 200));
	shake_client(w, &d, 200.1);
	ask_client(w, &d, 201, HM_CLASS_HTTP_REQUEST, 0);
	answer_client(w, &d, 203, 200);
	close_both(w, &d, 204);
	run(w, 210, 500);
	r = only(w, HM_DELIVERED);
	assert_true(r->attempts);
	assert_int_equal(r->legs, 2);
	assert_true(r->judged);
	assert_non_null(strstr(r->evidence[r->evidence_count - 1],
			       "[2001:db8::8]:80 at 0.00 ms: unanswered"));
	finish(w, 9000);
	assert_int_equal(w->count, 1);
	world_free(w);
}

static void test_attempts_all_refused(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new("[::1]:4000", "[::1]:80", 100);
	struct conn d = conn_new("127.0.0.1:4001", "127.0.0.1:80", 900);
	const struct result *r;

	(void)state;
	w->scene.has_command = true;
	w->answers.on = true;
	c.pid = d.pid = 55;
	c.in_tree = d.in_tree = true;
	syn(w, &c, 0, "socket:out");
	syn(w, &c, 0, "eth0:in");
	packet(w, &c, 0.1, "socket:out", HM_WHAT_RST, 's');
	syn(w, &d, 1, "socket:out");
	syn(w, &d, 1, "eth0:in");
	packet(w, &d, 1.1, "socket:out", HM_WHAT_RST, 's');
	run(w, 10, 300);
	r = only(w, HM_REFUSED);
	assert_int_equal(r->legs, 2);
	world_free(w);
}

/* With COMMAND only its own connections are reported; without it each is its own path. */
static void test_not_in_tree(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100), d = conn_new("10.0.0.5:1", SERVER, 101);

	(void)state;
	w->scene.has_command = true;
	c.pid = 55;
	c.in_tree = true;
	shake_client(w, &c, 0);
	shake_server(w, &d, 0);
	close_both(w, &c, 3);
	close_both(w, &d, 3);
	run(w, 10, 400);
	assert_int_equal(w->count, 1);
	assert_int_equal(w->results[0].leg_ids[0], 1);
	world_free(w);
}

/* The client's own error makes the SYN-ACK due: COMMAND gave up after one SYN. */
static void test_command_gave_up(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	w->scene.has_command = true;
	c.pid = 55;
	c.in_tree = true;
	syn(w, &c, 0, "socket:out");
	syn(w, &c, 0.1, "eth0:out");
	w->scene.command_exit = 28;
	finish(w, 900);
	only(w, HM_SYN_UNANSWERED);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attempts),
		cmocka_unit_test(test_attempts_all_refused),
		cmocka_unit_test(test_not_in_tree),
		cmocka_unit_test(test_command_gave_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
