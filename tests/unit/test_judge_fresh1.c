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
	const struct result *r;

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	reads(w, &c, 2, 812, "java");
	packet(w, &c, 401, "eth0:in", HM_WHAT_FIN, 'c');
	packet(w, &c, 3000, "eth0:out", HM_WHAT_FIN, 's');
	run(w, 3010, 4000);
	r = only(w, HM_NO_ANSWER);
	assert_int_equal(r->confidence, HM_LIKELY);
	assert_non_null(strstr(r->summary, "within 0.4 s; then the client gave up"));
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
	assert_non_null(strstr(r->evidence[0], "answer dropped 4 or more times"));
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

/* What the probe finds of the server's socket and of the route to the client. */
static void server_socket(struct world *w, const struct conn *c, double ms, uint32_t unsent,
			  int32_t route_error)
{
	struct hm_sighting s = see(w, c, ms, "sockets", HM_WHAT_SOCKET, 's');

	memset(&s.socket, 0, sizeof(s.socket));
	s.socket.state = 1;
	s.socket.accepted = true;
	s.socket.unsent = unsent;
	push(w, s);
	s = see(w, c, ms, "sockets", HM_WHAT_ROUTE, 's');
	s.route.error = route_error;
	push(w, s);
}

/* nginx answered at once; no route leads back, so the answer stays in its socket. */
static void unheard(struct world *w, struct conn *c)
{
	w->scene.answer_ns = 2000 * MS;
	shake_server(w, c, 0);
	ask_server(w, c, 1, HM_CLASS_HTTP_REQUEST, 0);
	reads(w, c, 2, 812, "nginx");
}

static void test_no_route_back(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	unheard(w, &c);
	server_socket(w, &c, 1940, 150, 22);
	run(w, 1950, 2400);
	r = only(w, HM_NO_ROUTE);
	assert_int_equal(r->blame, HM_BLAME_HOST);
	assert_int_equal(r->pid, 0);
	assert_non_null(strstr(r->evidence[1], "150 bytes lie in the server's socket"));
	world_free(w);
}

/* The probe is answered after the answer was due: it is waited for. */
static void test_probe_comes_late(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	unheard(w, &c);
	run(w, 10, 2050);
	assert_int_equal(w->count, 0);
	server_socket(w, &c, 2060, 150, 22);
	run(w, 2070, 2400);
	only(w, HM_NO_ROUTE);
	world_free(w);
}

/* With a route, who lost the answer is not known; the application did not keep it. */
static void test_unsent(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	unheard(w, &c);
	server_socket(w, &c, 1940, 150, 0);
	run(w, 1950, 2400);
	assert_non_null(strstr(only(w, HM_INCONCLUSIVE)->summary, "is not acknowledged"));
	world_free(w);
}

/* The twin: its send queue is empty, so it really wrote nothing, whatever the route. */
static void test_nothing_written(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	unheard(w, &c);
	server_socket(w, &c, 1940, 0, 22);
	run(w, 1950, 2400);
	assert_int_equal(only(w, HM_NO_ANSWER)->pid, 812);
	world_free(w);
}

/* No probe, but the client repeats what this host never acknowledged. */
static void test_repeated_unheard(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	unheard(w, &c);
	c.next -= 12;
	for (int i = 1; i <= 3; i++)
		marker(w, &c, 200 * i, "eth0:in", 0);
	c.next += 12;
	run(w, 810, 3600);
	assert_non_null(strstr(only(w, HM_INCONCLUSIVE)->summary, "is not acknowledged"));
	world_free(w);
}

/* The route was missing before the first SYN came: no SYN-ACK was ever made. */
static void test_no_route_back_handshake(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting s;

	(void)state;
	for (int i = 0; i < 3; i++) {
		syn(w, &c, 1000 * i, "eth0:in");
		syn(w, &c, 1000 * i + 0.1, "socket:in");
	}
	s = see(w, &c, 2100, "sockets", HM_WHAT_ROUTE, 's');
	s.route.error = 22;
	push(w, s);
	run(w, 2110, 8000);
	only(w, HM_NO_ROUTE);
	world_free(w);
}

/* On the client: sent five times, never acknowledged; the two ends do not wait for each other. */
static void test_marker_unheard_afar(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_client(w, &c, 0);
	ask_client(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	c.next -= 12;
	for (int i = 1; i <= 4; i++)
		marker(w, &c, 200 * i, "eth0:out", 0);
	run(w, 810, 5000);
	assert_non_null(strstr(only(w, HM_INCONCLUSIVE)->summary,
			       "was sent to " SERVER " 5 times and never acknowledged"));
	world_free(w);
}

/* Keep-alive: two marked requests on one connection; the worse answer speaks. */
static void keep_alive(struct world *w, uint16_t first, uint16_t second)
{
	struct conn c = conn_new(CLIENT, SERVER, 100);

	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	reads(w, &c, 2, 812, "java");
	answer_server(w, &c, 3, first);
	c.isn_s += 50;
	ask_server(w, &c, 10, HM_CLASS_HTTP_REQUEST, 0);
	reads(w, &c, 11, 812, "java");
	if (second)
		answer_server(w, &c, 12, second);
	close_both(w, &c, 1500);
	run(w, 1510, 2000);
}

static void test_later_one_fails(void **state)
{
	struct world *w = world_new("amazinggrace");
	const struct result *r;

	(void)state;
	keep_alive(w, 200, 502);
	r = only(w, HM_HTTP_ERROR);
	assert_int_equal(r->status, 502);
	assert_int_equal(w->exit_status, 1);
	assert_string_equal(r->evidence[r->evidence_count - 1],
			    "1 of 2 marked requests answered 502");
	world_free(w);
}

static void test_later_one_unanswered(void **state)
{
	struct world *w = world_new("amazinggrace");

	(void)state;
	keep_alive(w, 200, 0);
	assert_int_equal(only(w, HM_NO_ANSWER)->pid, 812);
	assert_int_equal(w->exit_status, 1);
	world_free(w);
}

static void test_both_well(void **state)
{
	struct world *w = world_new("amazinggrace");

	(void)state;
	keep_alive(w, 200, 204);
	assert_int_equal(only(w, HM_DELIVERED)->evidence_count, 0);
	world_free(w);
}

/* 413 after the first four bytes: who answered is known, and that it did not read the marker. */
static void test_answered_unread(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting s;
	const struct result *r;

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	s = see(w, &c, 2, "app", HM_WHAT_READ, 'c');
	s.pid = 812;
	snprintf(s.comm, sizeof(s.comm), "python3");
	push(w, s);
	answer_server(w, &c, 3, 413);
	close_both(w, &c, 4);
	run(w, 10, 400);
	r = only(w, HM_DELIVERED);
	assert_int_equal(r->confidence, HM_LIKELY);
	assert_non_null(strstr(r->summary, "python3[812] answered without reading the marker"));
	world_free(w);
}

/* Nobody's reads were seen: that it read is not denied. */
static void test_answered_reader_unknown(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_client(w, &c, 0);
	ask_client(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	answer_client(w, &c, 3, 413);
	close_both(w, &c, 4);
	run(w, 10, 400);
	assert_null(strstr(only(w, HM_DELIVERED)->summary, "without reading"));
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
		cmocka_unit_test(test_no_route_back),
		cmocka_unit_test(test_probe_comes_late),
		cmocka_unit_test(test_unsent),
		cmocka_unit_test(test_nothing_written),
		cmocka_unit_test(test_repeated_unheard),
		cmocka_unit_test(test_no_route_back_handshake),
		cmocka_unit_test(test_marker_unheard_afar),
		cmocka_unit_test(test_later_one_fails),
		cmocka_unit_test(test_later_one_unanswered),
		cmocka_unit_test(test_both_well),
		cmocka_unit_test(test_answered_unread),
		cmocka_unit_test(test_answered_reader_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
