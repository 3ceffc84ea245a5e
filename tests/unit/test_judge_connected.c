// SPDX-License-Identifier: GPL-2.0-only
/* Connections that had no byte to bring: connected, and what must not be taken for it. */
#include "world.h"

static void test_connected(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	shake_server(w, &c, 0);
	w->answers = (struct answers){.on = true, .server_state = 1, .accepted = true};
	run(w, 10, 5000);
	r = only(w, HM_CONNECTED);
	assert_int_equal(r->confidence, HM_PROVEN);
	assert_true(r->judged);
	world_free(w);
}

/* A health check: its client closed without payload. */
static void test_health_check(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	shake_server(w, &c, 0);
	close_both(w, &c, 1);
	run(w, 10, 400);
	r = only(w, HM_CONNECTED);
	assert_false(r->judged);
	assert_int_equal(w->exit_status, 0);
	world_free(w);
}

/*
 * Nothing is asked and nothing is owed: a browser's connection in reserve, reset instead of closed.
 */
static void test_reset_without_a_byte(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	shake_server(w, &c, 0);
	packet(w, &c, 5, "eth0:in", HM_WHAT_RST, 'c');
	run(w, 10, 300);
	r = only(w, HM_CONNECTED);
	assert_int_equal(r->blame, HM_BLAME_NONE);
	assert_string_equal(r->evidence[0],
			    "reset by the client at eth0:in, 5.00 ms, without a byte sent");
	world_free(w);
}

/* A health check that holds its ACK back and resets: the RST acknowledges the SYN-ACK (HAProxy). */
static void test_reset_is_the_last_ack(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting rst = see(w, &c, 5, "eth0:in", HM_WHAT_RST, 'c');

	(void)state;
	syn(w, &c, 0, "eth0:in");
	synack(w, &c, 0.2, "eth0:out");
	rst.tcp_flags = RST | ACK;
	push(w, rst);
	run(w, 10, 300);
	only(w, HM_CONNECTED);
	world_free(w);
}

/* It ends with a FIN where it is killed amid a check: the FIN is the last ACK. */
static void test_fin_is_the_last_ack(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting fin = see(w, &c, 5, "eth0:in", HM_WHAT_FIN, 'c');

	(void)state;
	syn(w, &c, 0, "eth0:in");
	synack(w, &c, 0.2, "eth0:out");
	fin.tcp_flags = FIN | ACK;
	push(w, fin);
	packet(w, &c, 6, "eth0:out", HM_WHAT_FIN, 's');
	run(w, 10, 300);
	only(w, HM_CONNECTED);
	world_free(w);
}

/*
 * Twin: one of nobody's socket, which acknowledges nothing: its client had given up, or another one
 * used its address.
 */
static void test_reset_is_no_ack(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting rst = see(w, &c, 5, "eth0:in", HM_WHAT_RST, 'c');

	(void)state;
	syn(w, &c, 0, "eth0:in");
	synack(w, &c, 0.2, "eth0:out");
	rst.tcp_flags = RST;
	rst.ack = 0;
	push(w, rst);
	run(w, 10, 300);
	assert_non_null(strstr(only(w, HM_INCONCLUSIVE)->summary, "knows of no such connection"));
	world_free(w);
}

/* Twin: a reset that the client may not have sent proves nothing good. */
static void test_reset_without_a_byte_by_another(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting rst;

	(void)state;
	c.ttl = 54;
	shake_server(w, &c, 0);
	rst = see(w, &c, 5, "eth0:in", HM_WHAT_RST, 'c');
	rst.ttl = 200;
	push(w, rst);
	run(w, 10, 300);
	only(w, HM_RESET_INJECTED);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_connected),
		cmocka_unit_test(test_health_check),
		cmocka_unit_test(test_reset_without_a_byte),
		cmocka_unit_test(test_reset_is_the_last_ack),
		cmocka_unit_test(test_fin_is_the_last_ack),
		cmocka_unit_test(test_reset_is_no_ack),
		cmocka_unit_test(test_reset_without_a_byte_by_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
