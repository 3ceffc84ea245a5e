// SPDX-License-Identifier: GPL-2.0-only
/*
 * Verdicts that once accused the innocent, or praised what had failed: each with the nearest case
 * in which the same words are true.
 */
#include "world.h"

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

/*
 * The route was missing before the first SYN came: no SYN-ACK was ever made. Rules by source
 * address may know one all the same: a listener that has no room is the better reason.
 */
static void test_no_route_back_handshake(void **state)
{
	static const enum hm_code codes[] = {HM_NO_ROUTE, HM_ACCEPT_QUEUE_FULL, HM_INCONCLUSIVE};

	(void)state;
	for (size_t how = 0; how < HM_ARRAY_SIZE(codes); how++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);
		struct hm_sighting s;

		for (int i = 0; i < 3; i++) {
			syn(w, &c, 1000 * i, "eth0:in");
			s = see(w, &c, 1000 * i + 0.1, "socket:in", HM_WHAT_SYN, 'c');
			s.seq = c.isn_c;
			s.tcp_flags = SYN;
			s.syn.has_listener = true;
			s.syn.backlog = codes[how] == HM_ACCEPT_QUEUE_FULL ? 129 : 0;
			s.syn.backlog_max = 128;
			push(w, s);
			if (codes[how] == HM_INCONCLUSIVE)
				push(w, drop(w, &c, 1000 * i + 0.2, 'c', "TCP_FLAGS", SYN));
		}
		s = see(w, &c, 2100, "sockets", HM_WHAT_ROUTE, 's');
		s.route.error = 22;
		push(w, s);
		run(w, 2110, 8000);
		only(w, codes[how]);
		world_free(w);
	}
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
