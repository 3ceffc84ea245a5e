// SPDX-License-Identifier: GPL-2.0-only
/*
 * Verdicts that once accused the innocent, or praised what had failed: each with the nearest case
 * in which the same words are true.
 */
#include "world.h"

/* What the probe finds of the client's own socket. */
static void client_socket(struct world *w, const struct conn *c, double ms, bool accepted)
{
	struct hm_sighting s = see(w, c, ms, "sockets", HM_WHAT_SOCKET, 'c');

	memset(&s.socket, 0, sizeof(s.socket));
	s.socket.state = 5;
	s.socket.accepted = accepted;
	push(w, s);
}

/* nc -N: a client that closed its side still waits; its answer comes after five seconds. */
static void test_half_closed_waits(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	w->answers.on = true;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	reads(w, &c, 2, 812, "java");
	packet(w, &c, 3, "eth0:in", HM_WHAT_FIN, 'c');
	run(w, 10, 4990);
	assert_int_equal(w->count, 0);
	answer_server(w, &c, 5000, 200);
	packet(w, &c, 5001, "eth0:out", HM_WHAT_FIN, 's');
	run(w, 5010, 5500);
	assert_int_equal(only(w, HM_DELIVERED)->status, 200);
	world_free(w);
}

static void test_half_closed_at_the_end(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	reads(w, &c, 2, 812, "java");
	packet(w, &c, 3, "eth0:in", HM_WHAT_FIN, 'c');
	run(w, 10, 8000);
	finish(w, 8010);
	assert_non_null(strstr(only(w, HM_INCONCLUSIVE)->summary, "whether it still waits"));
	world_free(w);
}

/* On the client's host its socket tells: nobody holds it any more. Looked at before and after. */
static void test_gone_client(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	w->answers.on = true;
	shake_client(w, &c, 0);
	ask_client(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	acked(w, &c, 2, "eth0:in");
	run(w, 10, 2990);
	assert_int_equal(w->answers.asked, 1);
	packet(w, &c, 3000, "eth0:out", HM_WHAT_FIN, 'c');
	run(w, 3010, 4980);
	assert_int_equal(w->count, 0);
	assert_int_equal(w->answers.asked, 2);
	client_socket(w, &c, 4985, false);
	run(w, 4990, 5500);
	assert_int_equal(only(w, HM_NO_ANSWER)->blame, HM_BLAME_BEYOND);
	world_free(w);
}

/* The same half close by a client that is still there. */
static void test_held_client(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	w->answers.on = true;
	shake_client(w, &c, 0);
	ask_client(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	acked(w, &c, 2, "eth0:in");
	packet(w, &c, 3, "eth0:out", HM_WHAT_FIN, 'c');
	client_socket(w, &c, 2000, true);
	run(w, 2010, 8000);
	assert_int_equal(w->count, 0);
	world_free(w);
}

/* A client that waited 0.4 s may only have been impatient. */
static void test_impatient(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	reads(w, &c, 2, 812, "java");
	packet(w, &c, 401, "eth0:in", HM_WHAT_FIN, 'c');
	packet(w, &c, 3000, "eth0:out", HM_WHAT_FIN, 's');
	run(w, 3010, 4000);
	only(w, HM_INCONCLUSIVE);
	world_free(w);
}

/* 100 Continue is no answer: what follows it is. */
static void test_interim(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	reads(w, &c, 2, 812, "java");
	answer_server(w, &c, 3, 100);
	run(w, 10, 2990);
	assert_int_equal(w->count, 0);
	answer_server(w, &c, 3000, 500);
	close_both(w, &c, 3001);
	run(w, 3010, 3400);
	r = only(w, HM_HTTP_ERROR);
	assert_int_equal(r->status, 500);
	world_free(w);
}

/* 101 is final: what follows is another protocol. */
static void test_switched(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	reads(w, &c, 2, 812, "java");
	answer_server(w, &c, 3, 101);
	run(w, 10, 2400);
	assert_int_equal(only(w, HM_DELIVERED)->status, 101);
	world_free(w);
}

/* On the router: the answer comes in at eth1 and its own firewall takes it. */
static void route_request(struct world *w, struct conn *c)
{
	syn(w, c, 0, "eth0:in");
	syn(w, c, 0.1, "eth1:out");
	synack(w, c, 0.2, "eth1:in");
	synack(w, c, 0.3, "eth0:out");
	packet(w, c, 0.4, "eth0:in", HM_WHAT_ACK, 'c');
	packet(w, c, 0.5, "eth1:out", HM_WHAT_ACK, 'c');
	data(w, c, 1, "eth0:in", 'c', HM_CLASS_HTTP_REQUEST, 0);
	marker(w, c, 1, "eth0:in", 0);
	marker(w, c, 1.1, "eth1:out", 0);
	c->next += 12;
	acked(w, c, 2, "eth1:in");
	acked(w, c, 2.1, "eth0:out");
}

static void drop_answers(struct world *w, const struct conn *c, double ms, int times)
{
	for (int i = 0; i < times; i++) {
		struct hm_sighting s = drop(w, c, ms + 200 * i, 's', "NETFILTER_DROP", ACK | 8);

		s.len = 150;
		push(w, s);
	}
}

static void test_routers_drop(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	route_request(w, &c);
	data(w, &c, 3, "eth1:in", 's', HM_CLASS_HTTP_STATUS, 200);
	drop_answers(w, &c, 3.1, 6);
	packet(w, &c, 3000, "eth0:in", HM_WHAT_FIN, 'c');
	run(w, 3010, 6000);
	r = only(w, HM_DROPPED_BY_FIREWALL);
	assert_int_equal(w->exit_status, 1);
	assert_non_null(strstr(r->summary, "The answer from " SERVER " was dropped"));
	assert_non_null(strstr(r->evidence[0], "answer dropped 6 times"));
	world_free(w);
}

/* It came through when it was sent again. */
static void test_routers_drop_overcome(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	route_request(w, &c);
	data(w, &c, 3, "eth1:in", 's', HM_CLASS_HTTP_STATUS, 200);
	drop_answers(w, &c, 3.1, 1);
	data(w, &c, 203, "eth1:in", 's', HM_CLASS_HTTP_STATUS, 200);
	data(w, &c, 203.1, "eth0:out", 's', HM_CLASS_HTTP_STATUS, 200);
	run(w, 210, 4000);
	only(w, HM_DELIVERED);
	world_free(w);
}

/* The same by the client's word: what it acknowledged when it closed. */
static void test_drop_acknowledged(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting fin;

	(void)state;
	route_request(w, &c);
	data(w, &c, 3, "eth1:in", 's', HM_CLASS_HTTP_STATUS, 200);
	drop_answers(w, &c, 3.1, 1);
	fin = see(w, &c, 400, "eth0:in", HM_WHAT_FIN, 'c');
	fin.ack = c.isn_s + 151;
	push(w, fin);
	run(w, 410, 4000);
	only(w, HM_DELIVERED);
	world_free(w);
}

/* On the server: the application answered, OUTPUT took it. */
static void test_servers_drop(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	reads(w, &c, 2, 812, "nginx");
	data(w, &c, 3, "socket:out", 's', HM_CLASS_HTTP_STATUS, 200);
	drop_answers(w, &c, 3.1, 3);
	run(w, 610, 6000);
	only(w, HM_DROPPED_BY_FIREWALL);
	world_free(w);
}

/* The SYN-ACK is from the server, not for it. */
static void test_synack_drop(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	syn(w, &c, 0, "eth0:in");
	syn(w, &c, 0.1, "socket:in");
	synack(w, &c, 0.2, "socket:out");
	push(w, drop(w, &c, 0.3, 's', "NETFILTER_DROP", SYN | ACK));
	run(w, 10, 6000);
	assert_non_null(strstr(only(w, HM_DROPPED_BY_FIREWALL)->summary,
			       "The SYN-ACK from " SERVER " was dropped"));
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_half_closed_waits),
		cmocka_unit_test(test_half_closed_at_the_end),
		cmocka_unit_test(test_gone_client),
		cmocka_unit_test(test_held_client),
		cmocka_unit_test(test_impatient),
		cmocka_unit_test(test_interim),
		cmocka_unit_test(test_switched),
		cmocka_unit_test(test_routers_drop),
		cmocka_unit_test(test_routers_drop_overcome),
		cmocka_unit_test(test_drop_acknowledged),
		cmocka_unit_test(test_servers_drop),
		cmocka_unit_test(test_synack_drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
