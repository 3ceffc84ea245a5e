// SPDX-License-Identifier: GPL-2.0-only
/*
 * Legs and paths: identity, direction, repetition, NAT, network namespaces. Attempts of COMMAND are
 * in test_path_command.c, markers in test_path_message.c, bounds in test_path_bounds.c, proxies in
 * test_path_proxy.c.
 */
#include "world.h"

static void test_repetition(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_path *path;

	(void)state;
	assert_int_equal(syn(w, &c, 0, "eth0:in"), 1);
	assert_int_equal(syn(w, &c, 0.1, "socket:in"), 1);
	assert_int_equal(syn(w, &c, 1000, "eth0:in"), 1);
	assert_int_equal(synack(w, &c, 1000.1, "eth0:out"), 1);
	paths_finish(w->paths, T0 + 1100 * MS);
	path = paths_settled(w->paths, T0 + 1100 * MS);
	assert_non_null(path);
	assert_int_equal(path->leg_count, 1);
	assert_int_equal(path->legs[0]->syn_count, 2);
	assert_int_equal(path->legs[0]->syn_ns[1], T0 + 1000 * MS);
	assert_int_equal(path->legs[0]->row_count, 3);
	assert_int_equal(path->legs[0]->rows[0].cell[HM_STEP_SYN].count, 2);
	assert_int_equal(path->legs[0]->rows[1].cell[HM_STEP_SYN].count, 1);
	assert_int_equal(path->legs[0]->isn_client, 100);
	assert_int_equal(path->legs[0]->isn_server, 5100);
	assert_true(path->legs[0]->direction_known);
	paths_release(w->paths, path);
	assert_null(paths_settled(w->paths, T0 + 1100 * MS));
	world_free(w);
}

/* The same tuple with another initial sequence number is another connection. */
static void test_tuple_reused(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100), d = conn_new(CLIENT, SERVER, 70000);

	(void)state;
	shake_server(w, &c, 0);
	close_both(w, &c, 1);
	shake_server(w, &d, 50);
	close_both(w, &d, 51);
	run(w, 60, 1000);
	assert_int_equal(w->count, 2);
	assert_int_equal(w->results[0].leg_ids[0], 1);
	assert_int_equal(w->results[1].leg_ids[0], 2);
	world_free(w);
}

/* Stragglers of a judged connection begin nothing new. */
static void test_stragglers(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	for (int i = 0; i < 3; i++)
		syn(w, &c, i * 1000, "eth0:out");
	w->answers.on = true;
	run(w, 2010, 4200);
	assert_int_equal(w->count, 1);
	syn(w, &c, 7000, "eth0:out");
	packet(w, &c, 7010, "eth0:in", HM_WHAT_RST, 's');
	finish(w, 20000);
	assert_int_equal(w->count, 1);
	world_free(w);
}

/* Older than the trace: its handshake cannot be judged, its marker can. */
static void test_old_leg(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	reads(w, &c, 2, 812, "nginx");
	answer_server(w, &c, 3, 200);
	close_both(w, &c, 4);
	run(w, 10, 400);
	r = only(w, HM_DELIVERED);
	assert_int_equal(r->first.rows[0].cell[HM_STEP_SYN].state, HM_CELL_BEFORE_TRACE);
	assert_int_equal(r->first.rows[0].cell[HM_STEP_MARKER].state, HM_CELL_SEEN);
	assert_int_equal(r->first.rtt_us, -1);
	world_free(w);
}

/* Without a SYN the side that listens here is the server. */
static void test_old_leg_direction(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting s = {
		.mono_ns = T0, .hop = (uint16_t)hop(w, "sockets"), .what = HM_WHAT_LISTENER};

	(void)state;
	s.src = ep("0.0.0.0:80");
	push(w, s);
	data(w, &c, 1, "socket:out", 's', HM_CLASS_OTHER, 0);
	ask_server(w, &c, 2, HM_CLASS_OTHER, 0);
	reads(w, &c, 3, 812, "nginx");
	close_both(w, &c, 4);
	run(w, 10, 400);
	only(w, HM_DELIVERED);
	world_free(w);
}

/* NAT: one SYN under two tuples is one path of two legs, and what one lacks the other tells. */
static void test_nat(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, "10.0.0.8:8700", 100),
		    d = conn_new(CLIENT, "10.0.0.8:8701", 100);
	const struct result *r;

	(void)state;
	syn(w, &c, 0, "eth0:in");
	syn(w, &d, 0.1, "socket:in");
	synack(w, &d, 0.2, "socket:out");
	synack(w, &c, 0.3, "eth0:out");
	packet(w, &c, 0.4, "eth0:in", HM_WHAT_ACK, 'c');
	marker(w, &c, 1, "eth0:in", 0);
	marker(w, &d, 1.1, "socket:in", 0);
	c.next += 12;
	d.next += 12;
	reads(w, &d, 2, 812, "nc");
	close_both(w, &c, 3);
	run(w, 10, 400);
	r = only(w, HM_DELIVERED);
	assert_int_equal(r->legs, 2);
	assert_int_equal(r->leg_ids[0], 1);
	assert_int_equal(r->leg_ids[1], 2);
	assert_int_equal(r->count, 1);
	world_free(w);
}

/* Two connections with the same numbers long apart have nothing to do with each other. */
static void test_nat_apart(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, "10.0.0.8:8700", 100),
		    d = conn_new(CLIENT, "10.0.0.8:8701", 101);

	(void)state;
	shake_server(w, &c, 0);
	shake_server(w, &d, 1);
	close_both(w, &c, 3);
	close_both(w, &d, 3);
	run(w, 10, 400);
	assert_int_equal(w->count, 2);
	world_free(w);
}

/* -i: what never crossed a named interface is not reported. */
static void test_named_interfaces(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100), d = conn_new("10.0.0.5:1", SERVER, 101);

	(void)state;
	w->scene.named_interfaces = true;
	syn(w, &c, 0, "socket:in");
	synack(w, &c, 0, "socket:out");
	packet(w, &c, 0.5, "socket:in", HM_WHAT_ACK, 'c');
	shake_server(w, &d, 0);
	finish(w, 500);
	assert_int_equal(w->count, 1);
	assert_int_equal(w->results[0].leg_ids[0], 2);
	world_free(w);
}

/* The same tuple on two loopbacks is two connections. */
static void test_loopback_netns(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new("127.0.0.1:5000", "127.0.0.1:80", 100);

	(void)state;
	assert_int_equal(syn(w, &c, 0, "eth0:in"), 1);
	assert_int_equal(syn(w, &c, 0, "web/eth0:in"), 2);
	world_free(w);
}

/* The answer to a probe of a loopback connection elsewhere finds it. */
static void test_loopback_probe(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new("127.0.0.1:5000", "127.0.0.1:80", 100);

	(void)state;
	syn(w, &c, 0, "web/eth0:in");
	packet(w, &c, 0.1, "web/socket:out", HM_WHAT_RST, 's');
	w->answers.on = true;
	run(w, 10, 300);
	only(w, HM_REFUSED);
	world_free(w);
}

static struct hm_sighting servers_syn(const struct world *w, const struct conn *c, double ms,
				      const char *where)
{
	struct hm_sighting s = see(w, c, ms, where, HM_WHAT_SYN, 's');

	s.seq = c->isn_s;
	s.ack = 0;
	s.tcp_flags = SYN;
	return s;
}

/* Both sides connect at once and their SYNs cross (RFC 9293, 3.5): that is one connection. */
static void test_simultaneous_open(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting s = see(w, &c, 2, "eth0:in", HM_WHAT_SYNACK, 'c');

	(void)state;
	syn(w, &c, 0, "eth0:in");
	assert_int_equal(push(w, servers_syn(w, &c, 1, "eth0:out")), 1);
	s.seq = c.isn_c;
	assert_int_equal(push(w, s), 1);
	assert_int_equal(synack(w, &c, 2, "eth0:out"), 1);
	data(w, &c, 3, "eth0:in", 'c', HM_CLASS_OTHER, 0);
	data(w, &c, 4, "eth0:out", 's', HM_CLASS_OTHER, 0);
	close_both(w, &c, 5);
	run(w, 10, 400);
	only(w, HM_CONNECTED);
	assert_int_equal(w->results[0].first.rows[1].cell[HM_STEP_SYNACK].count, 2);
	world_free(w);
}

/* It calls connect(2) too: the SYN was what that call was for. */
static void test_simultaneous_open_call(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100), d = conn_new(SERVER, CLIENT, 5100);

	(void)state;
	d.pid = 7;
	syn(w, &c, 0, "eth0:in");
	push(w, connect_call(w, &d, 1));
	assert_int_equal(syn(w, &d, 1, "socket:out"), 1);
	finish(w, 400);
	assert_int_equal(w->count, 1);
	world_free(w);
}

/* The server's own SYN comes late, when all is over: nothing begins, and nobody was refused. */
static void test_simultaneous_open_late(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	data(w, &c, 3, "eth0:in", 'c', HM_CLASS_OTHER, 0);
	data(w, &c, 4, "eth0:out", 's', HM_CLASS_OTHER, 0);
	close_both(w, &c, 5);
	assert_int_equal(push(w, servers_syn(w, &c, 20, "eth0:out")), 1);
	packet(w, &c, 21, "eth0:in", HM_WHAT_RST, 'c');
	run(w, 30, 400);
	only(w, HM_CONNECTED);
	world_free(w);
}

/* The client's SYN comes late, when both have closed: that is turned down, and nothing else. */
static void test_reset_when_all_is_over(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting rst = see(w, &c, 8, "eth0:in", HM_WHAT_RST, 's');

	(void)state;
	shake_client(w, &c, 0);
	ask_client(w, &c, 1, HM_CLASS_OTHER, 0);
	acked(w, &c, 2, "eth0:in");
	packet(w, &c, 3, "eth0:out", HM_WHAT_FIN, 'c');
	packet(w, &c, 4, "eth0:in", HM_WHAT_FIN, 's');
	rst.seq = 0;
	rst.ack = c.isn_c + 1;
	push(w, rst);
	run(w, 10, 400);
	only(w, HM_ACKNOWLEDGED);
	world_free(w);
}

/*
 * A SYN that comes so late that all has been judged, and is dropped: it has the number of that one.
 */
static void test_late_syn_dropped(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100), again = conn_new(CLIENT, SERVER, 70000);

	(void)state;
	shake_server(w, &c, 0);
	data(w, &c, 3, "eth0:in", 'c', HM_CLASS_OTHER, 0);
	data(w, &c, 4, "eth0:out", 's', HM_CLASS_OTHER, 0);
	close_both(w, &c, 5);
	run(w, 10, 400);
	only(w, HM_CONNECTED);
	assert_int_equal(push(w, drop(w, &c, 500, 'c', "TCP_RFC7323_TW_PAWS", SYN)), 1);
	assert_int_equal(push(w, drop(w, &c, 501, 's', "TCP_RFC7323_TW_PAWS", SYN)), 1);
	run(w, 510, 9000);
	assert_int_equal(w->count, 1);
	assert_int_equal(push(w, drop(w, &again, 9010, 'c', "NETFILTER_DROP", SYN)), 2);
	world_free(w);
}

/* Twin: the server connects back from that port, later and with a number of its own. */
static void test_connects_back(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100), d = conn_new(SERVER, CLIENT, 70000);

	(void)state;
	shake_server(w, &c, 0);
	close_both(w, &c, 5);
	assert_int_equal(syn(w, &d, 20, "eth0:out"), 2);
	packet(w, &d, 21, "eth0:in", HM_WHAT_RST, 's');
	run(w, 30, 3000);
	assert_int_equal(w->count, 2);
	world_free(w);
}

/* A source that tells things twice: one request is one request. */
static void test_told_twice(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	for (int i = 0; i < 2; i++)
		syn(w, &c, 0, "eth0:in");
	syn(w, &c, 1000, "eth0:in");
	paths_finish(w->paths, T0 + 2 * 1000 * MS);
	assert_int_equal(paths_settled(w->paths, T0 + 2 * 1000 * MS)->legs[0]->syn_count, 2);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_told_twice),
		cmocka_unit_test(test_repetition),
		cmocka_unit_test(test_tuple_reused),
		cmocka_unit_test(test_stragglers),
		cmocka_unit_test(test_simultaneous_open),
		cmocka_unit_test(test_simultaneous_open_call),
		cmocka_unit_test(test_simultaneous_open_late),
		cmocka_unit_test(test_reset_when_all_is_over),
		cmocka_unit_test(test_late_syn_dropped),
		cmocka_unit_test(test_connects_back),
		cmocka_unit_test(test_old_leg),
		cmocka_unit_test(test_old_leg_direction),
		cmocka_unit_test(test_nat),
		cmocka_unit_test(test_nat_apart),
		cmocka_unit_test(test_named_interfaces),
		cmocka_unit_test(test_loopback_netns),
		cmocka_unit_test(test_loopback_probe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
