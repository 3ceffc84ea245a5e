// SPDX-License-Identifier: GPL-2.0-only
/*
 * Legs and paths: identity, direction, repetition, NAT, attempts, bounds, the moment of judging.
 * Proxies are in test_path_proxy.c.
 */
#include "world.h"

#define CLIENT "10.0.0.4:40887"
#define SERVER "10.0.0.8:80"

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
	run(w, 2010, 3000);
	assert_int_equal(w->count, 1);
	syn(w, &c, 7000, "eth0:out");
	packet(w, &c, 7010, "eth0:in", HM_WHAT_RST, 's');
	finish(w, 20000);
	assert_int_equal(w->count, 1);
	world_free(w);
}

/* A marker that is sent again after its path was judged is a repetition. */
static void test_marker_repeated_later(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100), again;

	(void)state;
	shake_server(w, &c, 0);
	again = c;
	ask_server(w, &c, 1, HM_CLASS_OTHER, 0);
	run(w, 10, 4000);
	assert_int_equal(w->count, 1);
	marker(w, &again, 5000, "eth0:in", 0);
	finish(w, 20000);
	assert_int_equal(w->count, 1);
	world_free(w);
}

/* Another marker on a connection already judged is another path. */
static void test_marker_later(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	for (int i = 0; i < 2; i++) {
		double t = i * 10000;

		if (!i)
			shake_server(w, &c, 0);
		ask_server(w, &c, t + 1, HM_CLASS_HTTP_REQUEST, 0);
		reads(w, &c, t + 2, 812, "nginx");
		answer_server(w, &c, t + 3, i ? 500 : 200);
		run(w, t + 10, t + 3000);
	}
	assert_int_equal(w->count, 2);
	assert_int_equal(w->results[0].code, HM_DELIVERED);
	assert_int_equal(w->results[1].code, HM_HTTP_ERROR);
	assert_int_equal(w->results[1].status, 500);
	world_free(w);
}

/* Sent twice on one connection: one path with a count, and the unread one speaks. */
static void test_count(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_OTHER, 0);
	reads(w, &c, 2, 812, "nc");
	w->answers = (struct answers){ .on = true, .server_state = 1, .accepted = true, .has_seq = true,
				       .copied_seq = c.next, .pid = 812 };
	ask_server(w, &c, 100, HM_CLASS_OTHER, 0);
	run(w, 110, 4000);
	assert_int_equal(only(w, HM_NOT_READ)->count, 2);
	world_free(w);
}

/* More unanswered messages on one connection than are kept: bounded, and one path. */
static void test_many_messages(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	for (int i = 0; i < 500; i++)
		ask_server(w, &c, 1 + i, HM_CLASS_HTTP_REQUEST, 0);
	finish(w, 600);
	assert_int_equal(only(w, HM_INCONCLUSIVE)->count, 500);
	world_free(w);
}

static void other_marker(struct world *w, struct conn *c, double ms, uint8_t id, uint32_t seq, uint32_t len)
{
	struct hm_sighting s = see(w, c, ms, "eth0:in", HM_WHAT_MARKER, 'c');

	s.marker.id = id;
	s.marker.seq = seq;
	s.marker.end_seq = seq + len;
	push(w, s);
}

/* Two markers on one connection are judged each alone. */
static void test_two_markers(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_OTHER, 0);
	reads(w, &c, 2, 812, "nc");
	other_marker(w, &c, 3, 1, c.next, 8);
	c.next += 8;
	w->answers = (struct answers){ .on = true, .server_state = 1, .accepted = true, .has_seq = true,
				       .copied_seq = c.next - 8, .pid = 812 };
	run(w, 10, 4000);
	assert_int_equal(w->count, 2);
	assert_int_equal(w->results[0].code, HM_DELIVERED);
	assert_int_equal(w->results[1].code, HM_NOT_READ);
	assert_int_equal(w->results[0].count, 1);
	world_free(w);
}

/* Where one contains another the longest wins, whichever comes first. */
static void test_marker_within(void **state)
{
	(void)state;
	for (int longer_first = 0; longer_first < 2; longer_first++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);

		shake_server(w, &c, 0);
		other_marker(w, &c, 1, longer_first ? 0 : 1, c.next, longer_first ? 12 : 7);
		other_marker(w, &c, 1, longer_first ? 1 : 0, c.next, longer_first ? 7 : 12);
		c.next += 12;
		reads(w, &c, 2, 812, "nc");
		close_both(w, &c, 3);
		run(w, 10, 400);
		assert_int_equal(only(w, HM_DELIVERED)->count, 1);
		world_free(w);
	}
}

/* A marker from server to client is an echo: it delivers nothing. */
static void test_echo(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting s;

	(void)state;
	shake_server(w, &c, 0);
	s = see(w, &c, 1, "socket:out", HM_WHAT_MARKER, 's');
	s.marker.end_seq = s.marker.seq + 12;
	assert_int_equal(paths_push(w->paths, &s), 0);
	assert_int_equal(s.what, HM_WHAT_ECHO);
	assert_int_equal(s.leg, 1);
	close_both(w, &c, 2);
	run(w, 10, 400);
	assert_false(only(w, HM_CONNECTED)->judged);
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
	struct hm_sighting s = { .mono_ns = T0, .hop = (uint16_t)hop(w, "sockets"),
				 .what = HM_WHAT_LISTENER };

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
	struct conn c = conn_new(CLIENT, "10.0.0.8:8700", 100), d = conn_new(CLIENT, "10.0.0.8:8701", 100);
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
	struct conn c = conn_new(CLIENT, "10.0.0.8:8700", 100), d = conn_new(CLIENT, "10.0.0.8:8701", 101);

	(void)state;
	shake_server(w, &c, 0);
	shake_server(w, &d, 1);
	close_both(w, &c, 3);
	close_both(w, &d, 3);
	run(w, 10, 400);
	assert_int_equal(w->count, 2);
	world_free(w);
}

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
	assert_non_null(strstr(r->evidence[r->evidence_count - 1], "[2001:db8::8]:80: unanswered"));
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

/* One marked leg among more than the engine holds: the unmarked go, and are counted. */
static void test_eviction(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 1);
	struct hm_paths_stats stats;

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 0.6, HM_CLASS_HTTP_REQUEST, 0);
	for (uint32_t i = 0; i < 5000; i++) {
		char text[32];
		struct conn d;

		snprintf(text, sizeof(text), "10.1.%u.%u:4000", i / 250, i % 250 + 1);
		d = conn_new(text, SERVER, 1000 + i * 7);
		syn(w, &d, 1 + i * 0.01, "eth0:in");
	}
	reads(w, &c, 60, 812, "nginx");
	answer_server(w, &c, 61, 200);
	stats = paths_stats(w->paths);
	assert_int_equal(stats.legs, 5001);
	assert_int_equal(stats.evicted, 5001 - 4096);
	finish(w, 100);
	assert_int_equal(w->count, 4096);
	assert_int_equal(w->results[0].code, HM_DELIVERED);
	assert_int_equal(w->results[0].leg_ids[0], 1);
	world_free(w);
}

/* Thousands of judged connections leave no more than a bounded memory behind. */
static void test_many_judged(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct hm_paths_stats stats;

	(void)state;
	for (uint32_t i = 0; i < 3000; i++) {
		char text[32];
		struct conn d;

		snprintf(text, sizeof(text), "10.1.%u.%u:4000", i / 250, i % 250 + 1);
		d = conn_new(text, SERVER, 1000 + i * 7);
		shake_server(w, &d, i);
		ask_server(w, &d, i + 0.6, HM_CLASS_OTHER, 0);
		reads(w, &d, i + 0.7, 9, "nc");
		packet(w, &d, i + 0.8, "eth0:in", HM_WHAT_FIN, 'c');
		packet(w, &d, i + 0.9, "eth0:out", HM_WHAT_FIN, 's');
		tick(w, i + 0.9);
	}
	finish(w, 10000);
	stats = paths_stats(w->paths);
	assert_int_equal(stats.evicted, 0);
	assert_int_equal(w->count, 3000);
	for (uint32_t i = 0; i < 3000; i++)
		assert_int_equal(w->results[i].code, HM_DELIVERED);
	world_free(w);
}

/* Judged by the sightings' clock: whether ticks come often or late makes no difference. */
static void test_same_when_replayed(void **state)
{
	uint64_t at_ms[2];

	(void)state;
	for (int often = 0; often < 2; often++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100), d = conn_new("10.0.0.5:1", SERVER, 101);

		shake_server(w, &c, 0);
		ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
		reads(w, &c, 2, 812, "nginx");
		answer_server(w, &c, 3, 200);
		close_both(w, &c, 4);
		if (often)
			run(w, 5, 700);
		syn(w, &d, 800, "eth0:in");
		tick(w, 900);
		at_ms[often] = only(w, HM_DELIVERED)->at_ms;
		world_free(w);
	}
	assert_int_equal(at_ms[0], at_ms[1]);
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

/* Nonsense from a recording moves nothing. */
static void test_nonsense(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting s = see(w, &c, 0, "eth0:in", HM_WHAT_RST, 's');

	(void)state;
	push(w, s); /* a RST of nobody's connection */
	s.hop = 999;
	s.what = HM_WHAT_SYN;
	push(w, s);
	s.hop = 0;
	s.what = 200;
	push(w, s);
	finish(w, 100);
	assert_int_equal(w->count, 0);
	assert_int_equal(paths_stats(w->paths).legs, 0);
	world_free(w);
}

static void test_scene(void **state)
{
	struct world *w = world_new(NULL);
	char why[16];

	(void)state;
	assert_int_equal(scene_hop_by_name(&w->scene, "nowhere"), -1);
	assert_true(scene_watches(&w->scene, HM_HOOK_TC_IN, NS_WEB));
	assert_false(scene_watches(&w->scene, HM_HOOK_APP, NS_WEB));
	assert_false(scene_watches(&w->scene, HM_HOOK_XDP, 0));
	scene_not_watched(&w->scene, "xdp", "no --xdp");
	scene_not_watched(&w->scene, "xdp", "no --xdp");
	assert_int_equal(w->scene.not_watched_count, 1);
	for (int i = 0; i < 40; i++) {
		snprintf(why, sizeof(why), "reason %d", i);
		scene_not_watched(&w->scene, "x", why);
	}
	assert_int_equal(w->scene.not_watched_count, HM_MAX_NOT_WATCHED);
	assert_string_equal(w->scene.not_watched[HM_MAX_NOT_WATCHED - 1].why, "10 more");
	w->scene.counters[HM_CNT_LOST_RING] = 1;
	w->scene.counters[HM_CNT_LOST_MAP] = 2;
	w->scene.counters[HM_CNT_LIMITED] = 4;
	w->scene.counters[HM_CNT_SEEN] = 8;
	assert_int_equal(scene_lost(&w->scene), 7);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_repetition), cmocka_unit_test(test_tuple_reused),
		cmocka_unit_test(test_stragglers), cmocka_unit_test(test_marker_repeated_later),
		cmocka_unit_test(test_marker_later), cmocka_unit_test(test_count),
		cmocka_unit_test(test_two_markers), cmocka_unit_test(test_many_messages), cmocka_unit_test(test_marker_within),
		cmocka_unit_test(test_echo), cmocka_unit_test(test_old_leg),
		cmocka_unit_test(test_old_leg_direction), cmocka_unit_test(test_nat),
		cmocka_unit_test(test_nat_apart), cmocka_unit_test(test_attempts),
		cmocka_unit_test(test_attempts_all_refused), cmocka_unit_test(test_not_in_tree),
		cmocka_unit_test(test_command_gave_up), cmocka_unit_test(test_named_interfaces),
		cmocka_unit_test(test_eviction), cmocka_unit_test(test_many_judged),
		cmocka_unit_test(test_same_when_replayed), cmocka_unit_test(test_loopback_netns),
		cmocka_unit_test(test_nonsense), cmocka_unit_test(test_scene),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
