// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets that a rule, the routing or something else here dropped or rejected, and drops that
 * accuse nobody.
 */
#include "world.h"

/* Bytes of a server or a client that a rule took. */
static struct hm_sighting bytes_dropped(const struct world *w, const struct conn *c, double ms,
					char dir)
{
	struct hm_sighting s = drop(w, c, ms, dir, "NETFILTER_DROP", ACK);

	s.len = 12;
	return s;
}

/* The twin of refused: the same RST on the wire, made by a rule. */
static void test_rejected(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	syn(w, &c, 0, "eth0:in");
	packet(w, &c, 0.1, "eth0:out", HM_WHAT_RST, 's');
	push(w, drop(w, &c, 0.2, 'c', "NETFILTER_DROP", SYN));
	w->answers = (struct answers){.on = true};
	run(w, 10, 300);
	r = only(w, HM_REJECTED_BY_FIREWALL);
	assert_int_equal(r->blame, HM_BLAME_HOST);
	assert_int_equal(r->confidence, HM_PROVEN);
	assert_non_null(strstr(r->summary, "the application never saw it"));
	world_free(w);
}

/* What a rule rejects of a connection that was made: the application may well have it. */
static void test_rejected_later(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	shake_server(w, &c, 0);
	marker(w, &c, 1, "eth0:in", 0);
	packet(w, &c, 1.1, "eth0:out", HM_WHAT_RST, 's');
	push(w, drop(w, &c, 1.2, 'c', "NETFILTER_DROP", ACK));
	run(w, 10, 2000);
	r = only(w, HM_REJECTED_BY_FIREWALL);
	assert_null(strstr(r->summary, "never saw"));
	world_free(w);
}

/*
 * The same two in different network namespaces: the rule that dropped there did not make the RST
 * here.
 */
static void test_rejected_elsewhere(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting s = drop(w, &c, 0.2, 'c', "NETFILTER_DROP", SYN);

	(void)state;
	add_hop(w, "web/drops", HM_HOOK_DROP, NS_WEB, 0);
	s.hop = hop(w, "web/drops");
	syn(w, &c, 0, "eth0:in");
	packet(w, &c, 0.1, "eth0:out", HM_WHAT_RST, 's');
	push(w, s);
	w->answers = (struct answers){.on = true};
	run(w, 10, 2000);
	finish(w, 3000);
	assert_int_not_equal(w->results[0].code, HM_REJECTED_BY_FIREWALL);
	world_free(w);
}

static void test_rejected_icmp(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	w->answers.on = true;
	syn(w, &c, 0, "eth0:in");
	push(w, icmp(w, &c, 0.1, "drops", 3, 13));
	push(w, drop(w, &c, 0.2, 'c', "NETFILTER_DROP", SYN));
	run(w, 10, 2000);
	only(w, HM_REJECTED_BY_FIREWALL);
	world_free(w);
}

static void test_dropped_by_firewall(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	w->answers.on = true;
	for (int i = 0; i < 3; i++) {
		syn(w, &c, 1500 * i, "eth0:in");
		push(w, drop(w, &c, 1500 * i + 0.1, 'c', "NETFILTER_DROP", SYN));
	}
	run(w, 10, 3200);
	assert_int_equal(w->count, 0);
	run(w, 3210, 4200);
	r = only(w, HM_DROPPED_BY_FIREWALL);
	assert_int_equal(r->confidence, HM_PROVEN);
	assert_non_null(strstr(r->evidence[0], "3 times"));
	world_free(w);
}

/* Dropped once, let through when repeated: overcome. */
static void test_drop_overcome(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	syn(w, &c, 0, "eth0:in");
	push(w, drop(w, &c, 0.1, 'c', "NETFILTER_DROP", SYN));
	shake_server(w, &c, 1010);
	ask_server(w, &c, 1011, HM_CLASS_OTHER, 0);
	w->answers = (struct answers){.on = true,
				      .server_state = 1,
				      .accepted = true,
				      .has_seq = true,
				      .copied_seq = c.next - 12,
				      .unread = 12,
				      .pid = 1};
	run(w, 1020, 3300);
	only(w, HM_NOT_READ);
	world_free(w);
}

/* The marker was dropped once and came through when repeated: not the firewall's doing. */
static void test_marker_drop_overcome(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	push(w, drop(w, &c, 1, 'c', "NETFILTER_DROP", ACK));
	ask_server(w, &c, 200, HM_CLASS_OTHER, 0);
	acked(w, &c, 201, "eth0:out");
	w->answers = (struct answers){.on = true,
				      .server_state = 1,
				      .accepted = true,
				      .has_seq = true,
				      .copied_seq = c.next - 12,
				      .unread = 12,
				      .pid = 1};
	run(w, 210, 3000);
	only(w, HM_NOT_READ);
	world_free(w);
}

/* The answer was made and a firewall took it: not the application's silence. */
static void test_answer_dropped(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	reads(w, &c, 2, 812, "nginx");
	acked(w, &c, 2, "socket:out");
	for (int i = 0; i < 3; i++)
		push(w, bytes_dropped(w, &c, 3 + 200 * i, 's'));
	packet(w, &c, 5000, "eth0:in", HM_WHAT_FIN, 'c');
	run(w, 5010, 8000);
	only(w, HM_DROPPED_BY_FIREWALL);
	world_free(w);
}

/* Dropped in OUTPUT: no hop ever sees the SYN. */
static void test_dropped_in_output(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	w->answers.on = true;
	c.pid = 55;
	push(w, connect_call(w, &c, 0));
	for (int i = 0; i < 3; i++)
		push(w, drop(w, &c, 1500 * i + 0.1, 'c', "NETFILTER_DROP", SYN));
	run(w, 10, 5000);
	assert_int_equal(only(w, HM_DROPPED_BY_FIREWALL)->pid, 55);
	world_free(w);
}

static void test_dropped_by_routing(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	w->answers.on = true;
	syn(w, &c, 0, "eth0:in");
	push(w, drop(w, &c, 0.1, 'c', "IP_RPFILTER", SYN));
	run(w, 10, 1500);
	only(w, HM_DROPPED_BY_ROUTING);
	world_free(w);
}

static void test_dropped_other(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	w->answers.on = true;
	syn(w, &c, 0, "eth0:in");
	push(w, drop(w, &c, 0.1, 'c', "XFRM_POLICY", SYN));
	run(w, 10, 1500);
	only(w, HM_DROPPED_OTHER);
	world_free(w);
}

/* Most frees are harmless: these reasons accuse nobody. */
static void test_harmless_drops(void **state)
{
	static const char *const reasons[] = {"NOT_SPECIFIED", "NO_SOCKET", "TCP_INVALID_SYN",
					      "QUEUE_PURGE"};
	(void)state;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);

		w->answers.on = true;
		syn(w, &c, 0, "eth0:in");
		push(w, drop(w, &c, 0.1, 'c', reasons[i], SYN));
		syn(w, &c, 1000, "eth0:in");
		syn(w, &c, 3000, "eth0:in");
		run(w, 3010, 5000);
		only(w, HM_INCONCLUSIVE);
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rejected),
		cmocka_unit_test(test_rejected_later),
		cmocka_unit_test(test_rejected_elsewhere),
		cmocka_unit_test(test_rejected_icmp),
		cmocka_unit_test(test_dropped_by_firewall),
		cmocka_unit_test(test_drop_overcome),
		cmocka_unit_test(test_marker_drop_overcome),
		cmocka_unit_test(test_answer_dropped),
		cmocka_unit_test(test_dropped_in_output),
		cmocka_unit_test(test_dropped_by_routing),
		cmocka_unit_test(test_dropped_other),
		cmocka_unit_test(test_harmless_drops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
