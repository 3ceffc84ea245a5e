// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hops that may be blind: what rests on silence there is not said, what rests on sight or on other
 * hops is.
 */
#include "world.h"

static struct hm_hop *doubt(struct world *w, const char *name)
{
	struct hm_hop *h = &w->scene.hops[hop(w, name)];

	h->doubt_ns = T0;
	snprintf(h->before, sizeof(h->before), "XDP program lb #5");
	return h;
}

/* Three requests leave, nothing comes back. */
static const struct result *unanswered(struct world *w, enum hm_code code)
{
	struct conn c = conn_new(CLIENT, SERVER, 100);

	for (int i = 0; i < 3; i++) {
		syn(w, &c, i * 1000, "socket:out");
		syn(w, &c, i * 1000 + 0.1, "eth0:out");
	}
	w->answers = (struct answers){.on = true};
	run(w, 2010, 6000);
	return only(w, code);
}

static void test_answer_may_pass_unseen(void **state)
{
	struct world *w = world_new("amazinggrace");
	const struct result *r;

	(void)state;
	doubt(w, "eth0:in");
	r = unanswered(w, HM_INCONCLUSIVE);
	assert_non_null(strstr(r->summary, "It looks like syn-unanswered"));
	assert_string_equal(r->evidence[0], "eth0:in may be blind: XDP program lb #5 runs first");
	assert_int_equal(w->exit_status, 4);
	world_free(w);
}

/* The client's ACK tells that the SYN-ACK came, unseen: the server did answer. */
static void test_synack_came_unseen(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	doubt(w, "eth0:in");
	syn(w, &c, 0, "socket:out");
	syn(w, &c, 0.1, "eth0:out");
	packet(w, &c, 1, "socket:out", HM_WHAT_ACK, 'c');
	packet(w, &c, 1.1, "eth0:out", HM_WHAT_ACK, 'c');
	run(w, 10, 6000);
	finish(w, 6010);
	assert_non_null(strstr(only(w, HM_INCONCLUSIVE)->summary, "is still open"));
	world_free(w);
}

static void test_blind_is_said(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct hm_hop *h = doubt(w, "eth0:in");

	(void)state;
	h->blind = true;
	h->before[0] = '\0';
	assert_string_equal(
		unanswered(w, HM_INCONCLUSIVE)->evidence[0],
		"eth0:in is blind: its interface counts packets that it does not see");
	world_free(w);
}

/* Nobody could look who is there: as good as somebody. */
static void test_unknown_is_said(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct hm_hop *h = doubt(w, "eth0:in");

	(void)state;
	h->before_unknown = true;
	h->before[0] = '\0';
	assert_string_equal(unanswered(w, HM_INCONCLUSIVE)->evidence[0],
			    "eth0:in may be blind: who runs first there is not known");
	world_free(w);
}

/* Another interface, another direction, or a time before or after: no doubt. */
static void test_doubt_elsewhere(void **state)
{
	static const struct {
		const char *hop;
		uint64_t from_ns, to_ns;
	} cases[] = {
		{"eth1:in", T0, 0},
		{"eth0:out", T0, 0},
		{"eth0:in", T0 - 2000 * MS, T0 - 1000 * MS},
		{"eth0:in", T0 + 60000 * MS, 0},
	};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(cases); i++) {
		struct world *w = world_new("amazinggrace");
		struct hm_hop *h = doubt(w, cases[i].hop);

		h->doubt_ns = cases[i].from_ns;
		h->clear_ns = cases[i].to_ns;
		unanswered(w, HM_SYN_UNANSWERED);
		world_free(w);
	}
}

/* The neighbour came and went within the connection's life. */
static void test_doubt_for_a_time(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct hm_hop *h = doubt(w, "eth0:in");

	(void)state;
	h->doubt_ns = T0 + 100 * MS;
	h->clear_ns = T0 + 200 * MS;
	h->before[0] = '\0';
	assert_string_equal(unanswered(w, HM_INCONCLUSIVE)->evidence[0],
			    "eth0:in may have been blind for a time");
	world_free(w);
}

/* What comes in is watched before the neighbour too. */
static void test_xdp_sees_first(void **state)
{
	struct world *w = world_new("amazinggrace");

	(void)state;
	add_hop(w, "eth0:xdp", HM_HOOK_XDP, NS_HOST, 2);
	doubt(w, "eth0:in");
	unanswered(w, HM_SYN_UNANSWERED);
	world_free(w);
}

/* Behind the last place where it was seen: the blame stays beyond, and it is named. */
static void test_neighbour_behind(void **state)
{
	struct world *w = world_new("amazinggrace");
	const struct result *r;

	(void)state;
	snprintf(w->scene.hops[hop(w, "eth0:out")].after, HM_NAME_LEN, "tc program cil #7");
	r = unanswered(w, HM_SYN_UNANSWERED);
	assert_int_equal(r->blame, HM_BLAME_BEYOND);
	assert_non_null(strstr(r->summary, "passed eth0:out and nothing came back"));
	assert_non_null(strstr(r->summary, "in tc program cil #7, which runs after that"));
	world_free(w);
}

/* The far server's answer, or what it said before it closed, may have come unseen. */
static void test_far_server(void **state)
{
	for (int blind = 0; blind < 2; blind++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);

		(void)state;
		if (blind)
			doubt(w, "eth0:in");
		shake_client(w, &c, 0);
		ask_client(w, &c, 1, HM_CLASS_OTHER, 0);
		packet(w, &c, 2, "eth0:in", HM_WHAT_FIN, 's');
		packet(w, &c, 3, "eth0:in", HM_WHAT_RST, 's');
		run(w, 10, 300);
		only(w, blind ? HM_INCONCLUSIVE : HM_CLOSED_BY_APPLICATION);
		world_free(w);
	}
}

/* The kernel named the drop: no silence is needed. */
static void test_named_drop_stands(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	doubt(w, "eth0:in");
	syn(w, &c, 0, "eth0:in");
	push(w, drop(w, &c, 0.1, 'c', "NETFILTER_DROP", SYN));
	run(w, 10, 6000);
	assert_int_equal(only(w, HM_DROPPED_BY_FIREWALL)->confidence, HM_PROVEN);
	world_free(w);
}

static uint8_t synack_cell(const struct world *w, const struct result *r, const char *name)
{
	for (uint32_t i = 0; i < r->first.row_count; i++)
		if (r->first.rows[i].hop == hop(w, name))
			return r->first.rows[i].cell[HM_STEP_SYNACK].state;
	return HM_CELL_NOT_DUE;
}

/* Nothing is missing where it may only not have been seen. */
static void test_cells(void **state)
{
	for (int blind = 0; blind < 2; blind++) {
		struct world *w = world_new("amazinggrace");
		const struct result *r;

		(void)state;
		if (blind)
			doubt(w, "eth0:in");
		r = unanswered(w, blind ? HM_INCONCLUSIVE : HM_SYN_UNANSWERED);
		assert_int_equal(synack_cell(w, r, "eth0:in"),
				 blind ? HM_CELL_NOT_WATCHED : HM_CELL_MISSING);
		assert_int_equal(synack_cell(w, r, "socket:in"), HM_CELL_MISSING);
		world_free(w);
	}
}

/* Somebody behind eth0:in keeps the marker: the application has nothing to read. */
static void test_marker_kept(void **state)
{
	for (int kept = 0; kept < 2; kept++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);
		const struct result *r;

		(void)state;
		snprintf(w->scene.hops[hop(w, "eth0:in")].after, HM_NAME_LEN, "tc program cil #7");
		shake_server(w, &c, 0);
		marker(w, &c, 1, "eth0:in", 0);
		w->answers = (struct answers){.on = true, .server_state = 1, .accepted = true,
					      .has_seq = true, .pid = 812, .copied_seq = c.next,
					      .unread = kept ? 0 : 12};
		run(w, 10, 3000);
		r = only(w, kept ? HM_INCONCLUSIVE : HM_NOT_READ);
		if (kept)
			assert_string_equal(r->evidence[0], "tc program cil #7 runs after that");
		world_free(w);
	}
}

/* The request left, the client closed; whether an answer came back nobody can know. */
static void test_answer_may_have_come(void **state)
{
	for (int blind = 0; blind < 2; blind++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);
		const struct result *r;

		(void)state;
		if (blind)
			doubt(w, "eth1:in");
		syn(w, &c, 0, "eth1:out");
		packet(w, &c, 0.1, "eth1:out", HM_WHAT_ACK, 'c');
		data(w, &c, 0.2, "eth1:out", 'c', HM_CLASS_HTTP_REQUEST, 0);
		marker(w, &c, 0.2, "eth1:out", 0);
		packet(w, &c, 9, "eth1:out", HM_WHAT_FIN, 'c');
		run(w, 10, 6000);
		r = only(w, HM_INCONCLUSIVE);
		assert_string_equal(r->evidence_count ? r->evidence[0] : "",
				    blind ? "eth1:in may be blind: XDP program lb #5 runs first"
					  : "");
		assert_int_equal(strstr(r->summary, "may pass eth1:in unseen") != NULL, blind);
		world_free(w);
	}
}

/* A connection whose SYN may have come unseen is not older than the trace. */
static void test_beginning_not_seen(void **state)
{
	for (int blind = 0; blind < 2; blind++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);
		const struct result *r;

		(void)state;
		if (blind)
			doubt(w, "eth0:in");
		marker(w, &c, 0.2, "socket:in", 0);
		reads(w, &c, 0.4, 812, "nginx");
		run(w, 10, 6000);
		assert_int_equal(w->count, 1);
		r = &w->results[0];
		assert_int_equal(r->first.rows[0].cell[HM_STEP_SYN].state,
				 blind ? HM_CELL_NOT_WATCHED : HM_CELL_BEFORE_TRACE);
		world_free(w);
	}
}

/* A RST that leaves, and what happened here at that moment. Did it come in before? */
static void reset_leaves(struct world *w, const char *reason, uint8_t family)
{
	struct conn c = family == 6 ? conn_new("[fd77:1::1]:46422", "[fd77:2::2]:80", 100)
				    : conn_new(CLIENT, SERVER, 100);
	struct hm_sighting request = see(w, &c, 0, "eth0:in", HM_WHAT_SYN, 'c');
	struct hm_sighting reset = see(w, &c, 1, "eth0:out", HM_WHAT_RST, 's');
	struct hm_sighting end = drop(w, &c, 1.1, 'c', reason, SYN);

	request.seq = c.isn_c;
	request.tcp_flags = SYN;
	request.family = reset.family = end.family = family;
	push(w, request);
	push(w, reset);
	push(w, end);
	w->answers = (struct answers){.on = true};
	run(w, 10, 6000);
}

/* What a neighbour of another interface may have hidden: that the RST is not of this host. */
static void test_reset_may_come_unseen(void **state)
{
	static const struct {
		const char *reason, *doubted;
		uint8_t family;
		enum hm_code code;
	} cases[] = {
		{"NO_SOCKET", "", 6, HM_REFUSED},
		{"NO_SOCKET", "eth1:in", 6, HM_INCONCLUSIVE},
		{"NO_SOCKET", "eth0:in", 6, HM_INCONCLUSIVE},
		{"NO_SOCKET", "eth1:out", 6, HM_REFUSED},
		{"NO_SOCKET", "web/eth0:in", 6, HM_REFUSED},
		{"NETFILTER_DROP", "", 4, HM_REJECTED_BY_FIREWALL},
		{"NETFILTER_DROP", "eth1:in", 4, HM_DROPPED_BY_FIREWALL},
	};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(cases); i++) {
		struct world *w = world_new("amazinggrace");

		if (cases[i].doubted[0])
			doubt(w, cases[i].doubted);
		reset_leaves(w, cases[i].reason, cases[i].family);
		only(w, cases[i].code);
		world_free(w);
	}
}

/* An ICMPv6 error that leaves is netfilter's own only if it cannot have come in. */
static void test_icmp_may_come_unseen(void **state)
{
	for (int blind = 0; blind < 2; blind++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new("[fd77:1::1]:46422", "[fd77:2::2]:80", 100);
		struct hm_sighting request = see(w, &c, 0, "eth0:in", HM_WHAT_SYN, 'c');
		struct hm_sighting error = icmp(w, &c, 0.05, "eth0:out", 1, 1);
		struct hm_sighting end = drop(w, &c, 0.06, 'c', "NETFILTER_DROP", SYN);

		(void)state;
		if (blind)
			doubt(w, "eth1:in");
		request.seq = c.isn_c;
		request.tcp_flags = SYN;
		request.family = error.family = error.icmp.family = end.family = 6;
		push(w, request);
		push(w, error);
		push(w, end);
		run(w, 10, 3000);
		only(w, blind ? HM_DROPPED_BY_FIREWALL : HM_REJECTED_BY_FIREWALL);
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer_may_pass_unseen),
		cmocka_unit_test(test_synack_came_unseen),
		cmocka_unit_test(test_blind_is_said),
		cmocka_unit_test(test_unknown_is_said),
		cmocka_unit_test(test_doubt_elsewhere),
		cmocka_unit_test(test_doubt_for_a_time),
		cmocka_unit_test(test_xdp_sees_first),
		cmocka_unit_test(test_neighbour_behind),
		cmocka_unit_test(test_far_server),
		cmocka_unit_test(test_named_drop_stands),
		cmocka_unit_test(test_cells),
		cmocka_unit_test(test_marker_kept),
		cmocka_unit_test(test_answer_may_have_come),
		cmocka_unit_test(test_beginning_not_seen),
		cmocka_unit_test(test_reset_may_come_unseen),
		cmocka_unit_test(test_icmp_may_come_unseen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
