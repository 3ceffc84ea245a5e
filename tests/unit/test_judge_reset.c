// SPDX-License-Identifier: GPL-2.0-only
/*
 * Resets of a connection that was made: by the application, by its client, by neither of the two.
 * Whose a reset is over IPv6 is in test_judge_author.c.
 */
#include "world.h"

static void test_closed_by_application(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_OTHER, 0);
	reset_by_kernel(w, &c, 2);
	run(w, 10, 2000);
	assert_int_equal(only(w, HM_CLOSED_BY_APPLICATION)->blame, HM_BLAME_APPLICATION);
	world_free(w);
}

/* SO_LINGER 0 after the answer is a way to close, no fault. */
static void test_linger_after_answer(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	reads(w, &c, 2, 812, "java");
	answer_server(w, &c, 3, 200);
	reset_by_kernel(w, &c, 4);
	run(w, 10, 300);
	only(w, HM_DELIVERED);
	world_free(w);
}

/*
 * A TTL that tells no distance. One that tells of a greater distance is the server's own: what came
 * before was a balancer's, which sends the request on once it has it.
 */
static void test_reset_injected_ttl(void **state)
{
	static const uint8_t behind[] = {60, 124};

	(void)state;
	for (int i = -1; i < (int)HM_ARRAY_SIZE(behind); i++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);
		struct hm_sighting s;
		const struct result *r;

		c.ttl = 63;
		shake_client(w, &c, 0);
		ask_client(w, &c, 1, HM_CLASS_OTHER, 0);
		packet(w, &c, 1.5, "eth0:in", HM_WHAT_ACKED, 's');
		s = see(w, &c, 2, "eth0:in", HM_WHAT_RST, 's');
		s.ttl = i < 0 ? 200 : behind[i];
		push(w, s);
		run(w, 10, 300);
		r = only(w, i < 0 ? HM_RESET_INJECTED : HM_CLOSED_BY_APPLICATION);
		assert_int_equal(r->confidence, i < 0 ? HM_LIKELY : HM_ONE_SIDED);
		assert_int_equal(r->blame, i < 0 ? HM_BLAME_POLICY : HM_BLAME_BEYOND);
		if (i < 0)
			assert_string_equal(
				r->evidence[1],
				"its TTL is 200, that of the other packets from there is 63 to 63");
		world_free(w);
	}
}

/* A SYN proxy's SYN-ACK, repeated or not, or told of twice, and the server's own reset. */
static void test_reset_after_one_packet(void **state)
{
	(void)state;
	for (int repeated = 0; repeated < 3; repeated++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);
		struct hm_sighting s;
		const struct result *r;

		shake_client(w, &c, 0);
		if (repeated)
			synack(w, &c, 0.9, "eth0:in");
		s = see(w, &c, 0.9, "eth0:in", HM_WHAT_WINDOW, 's');
		s.window = 1000;
		if (repeated == 2)
			push(w, s);
		ask_client(w, &c, 1, HM_CLASS_OTHER, 0);
		s = see(w, &c, 2, "eth0:in", HM_WHAT_RST, 's');
		s.ttl = 58;
		push(w, s);
		run(w, 10, 300);
		r = only(w, HM_CLOSED_BY_APPLICATION);
		assert_int_equal(r->confidence, HM_ONE_SIDED);
		assert_string_equal(
			r->evidence[2],
			"its TTL is 58, that of the only other packet from there is 64");
		world_free(w);
	}
}

/* SO_LINGER 0 far away: the same RST with the server's own TTL. */
static void test_reset_genuine_afar(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	shake_client(w, &c, 0);
	ask_client(w, &c, 1, HM_CLASS_OTHER, 0);
	packet(w, &c, 2, "eth0:in", HM_WHAT_RST, 's');
	run(w, 10, 300);
	r = only(w, HM_CLOSED_BY_APPLICATION);
	assert_int_equal(r->blame, HM_BLAME_BEYOND);
	assert_int_equal(r->confidence, HM_ONE_SIDED);
	world_free(w);
}

/*
 * Its own answer may have been lost: the client closed, and what it repeated of that met a kernel
 * that had no such connection any more (RST alone). One that ends a connection has the ACK flag.
 */
static void test_reset_of_forgotten(void **state)
{
	static const struct {
		double fin_ms;
		uint8_t flags;
		enum hm_code code;
	} of[] = {{4600, RST, HM_INCONCLUSIVE},
		  {4600, RST | ACK, HM_CLOSED_BY_APPLICATION},
		  {0, RST, HM_CLOSED_BY_APPLICATION}};

	(void)state;
	for (size_t i = 0; i < sizeof(of) / sizeof(*of); i++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);
		struct hm_sighting s;

		shake_client(w, &c, 0);
		ask_client(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
		packet(w, &c, 2, "eth0:in", HM_WHAT_ACKED, 's');
		if (of[i].fin_ms > 0)
			packet(w, &c, of[i].fin_ms, "eth0:out", HM_WHAT_FIN, 'c');
		s = see(w, &c, 4800, "eth0:in", HM_WHAT_RST, 's');
		s.tcp_flags = of[i].flags;
		push(w, s);
		run(w, 5000, 9000);
		only(w, of[i].code);
		world_free(w);
	}
}

static void two_sides(struct world *w, struct conn *c, bool sent)
{
	syn(w, c, 0, "eth0:out");
	syn(w, c, 0.1, "web/eth0:in");
	syn(w, c, 0.2, "web/socket:in");
	synack(w, c, 0.3, "web/socket:out");
	synack(w, c, 0.4, "eth0:in");
	packet(w, c, 0.5, "eth0:out", HM_WHAT_ACK, 'c');
	marker(w, c, 1, "eth0:out", 0);
	c->next += 12;
	if (sent)
		packet(w, c, 2, "web/socket:out", HM_WHAT_RST, 's');
	packet(w, c, 2.1, "eth0:in", HM_WHAT_RST, 's');
	run(w, 10, 2000);
}

static void test_reset_injected_two_sides(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	two_sides(w, &c, false);
	assert_int_equal(only(w, HM_RESET_INJECTED)->confidence, HM_PROVEN);
	world_free(w);
}

static void test_reset_sent_two_sides(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	two_sides(w, &c, true);
	only(w, HM_CLOSED_BY_APPLICATION);
	world_free(w);
}

/* A RST that leaves here, made neither by this kernel's TCP nor by a rule: nobody is accused. */
static void test_reset_of_nobody(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_OTHER, 0);
	packet(w, &c, 2, "eth0:out", HM_WHAT_RST, 's');
	run(w, 10, 2000);
	only(w, HM_INCONCLUSIVE);
	world_free(w);
}

/*
 * The port was used before, and the server's side still has that connection: it acknowledges that
 * one, the client resets it and asks again.
 */
static void test_older_connection_reset(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting rst;

	(void)state;
	syn(w, &c, 0, "eth0:in");
	rst = see(w, &c, 0.2, "eth0:in", HM_WHAT_RST, 'c');
	rst.seq = 3000000000U;
	push(w, rst);
	run(w, 1, 900);
	assert_int_equal(w->count, 0);
	shake_server(w, &c, 1000);
	ask_server(w, &c, 1001, HM_CLASS_HTTP_REQUEST, 0);
	reads(w, &c, 1002, 812, "nginx");
	answer_server(w, &c, 1003, 200);
	run(w, 1010, 5000);
	only(w, HM_DELIVERED);
	world_free(w);
}

static void test_abandoned(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_OTHER, 0);
	packet(w, &c, 50, "eth0:in", HM_WHAT_RST, 'c');
	run(w, 60, 300);
	assert_int_equal(only(w, HM_ABANDONED_BY_CLIENT)->role, HM_ROLE_CLIENT);
	world_free(w);
}

enum altered { NOT_ALTERED, SERVER_ONLY, ON_THE_WAY, ON_A_ROUTER, STRANGE_ACK, ALTERED_KINDS };

/* A client's kernel resets a SYN-ACK that does not answer its SYN: nobody gave anything up. */
static void test_altered(void **state)
{
	(void)state;
	for (int how = 0; how < ALTERED_KINDS; how++) {
		struct world *w = world_new(NULL);
		struct conn c = conn_new(CLIENT, SERVER, 100), altered = c;
		struct hm_sighting answer, rst;

		altered.isn_c += how == ON_THE_WAY || how == ON_A_ROUTER ? 7 : 0;
		if (how != SERVER_ONLY)
			syn(w, &c, 0, how == ON_A_ROUTER ? "eth0:in" : "socket:out");
		syn(w, &altered, 0.1, how == ON_A_ROUTER ? "eth1:out" : "web/eth0:in");
		answer = see(w, &altered, 0.2, how == ON_A_ROUTER ? "eth1:in" : "web/eth0:out",
			     HM_WHAT_SYNACK, 's');
		answer.ack = altered.isn_c + (how == STRANGE_ACK ? 8 : 1);
		push(w, answer);
		answer.mono_ns += 1000;
		answer.hop = hop(w, how == SERVER_ONLY	 ? "web/eth0:out"
				    : how == ON_A_ROUTER ? "eth0:out"
							 : "socket:in");
		push(w, answer);
		rst = see(w, &altered, 0.4, how == ON_A_ROUTER ? "eth0:in" : "web/eth0:in",
			  HM_WHAT_RST, 'c');
		rst.tcp_flags = RST;
		rst.ack = 0;
		push(w, rst);
		rst.hop = hop(w, "socket:out");
		if (how != ON_A_ROUTER && how != SERVER_ONLY)
			push(w, rst);
		run(w, 10, 8000);
		finish(w, 9000);
		if (how == NOT_ALTERED) {
			assert_int_equal(only(w, HM_ABANDONED_BY_CLIENT)->confidence, HM_PROVEN);
		} else {
			for (uint32_t i = 0; i < w->count; i++)
				assert_int_equal(w->results[i].blame, HM_BLAME_UNKNOWN);
		}
		world_free(w);
	}
}

/* The server closed it first, and by then the marker was on its way: the keep-alive race. */
static void test_used_too_late(void **state)
{
	(void)state;
	for (int resets = 0; resets < 2; resets++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);

		shake_server(w, &c, 0);
		data(w, &c, 1, "eth0:in", 'c', HM_CLASS_HTTP_REQUEST, 0);
		answer_server(w, &c, 2, 200);
		packet(w, &c, 5000, "eth0:out", HM_WHAT_FIN, 's');
		ask_server(w, &c, 5000.1, HM_CLASS_HTTP_REQUEST, 0);
		if (resets)
			reset_by_kernel(w, &c, 5000.4);
		else
			packet(w, &c, 5000.4, "eth0:in", HM_WHAT_FIN, 'c');
		run(w, 5010, 9000);
		assert_non_null(strstr(only(w, HM_INCONCLUSIVE)->summary,
				       "had already closed, 0.10 ms before"));
		world_free(w);
	}
}

/*
 * After three requests the SYN-ACK was long due: that the client does not want it any more is no
 * fault.
 */
static void test_given_up_late(void **state)
{
	(void)state;
	for (int syns = 1; syns <= 3; syns += 2) {
		struct world *w = world_new(NULL);
		struct conn c = conn_new(CLIENT, SERVER, 100);

		for (int i = 0; i < syns; i++)
			syn(w, &c, i * 1000, "socket:out");
		synack(w, &c, 2500, "socket:in");
		packet(w, &c, 2501, "socket:out", HM_WHAT_RST, 'c');
		run(w, 2510, 7000);
		only(w, syns == 1 ? HM_ABANDONED_BY_CLIENT : HM_INCONCLUSIVE);
		world_free(w);
	}
}

/* In the client's name: the server did not fail to answer, and the client did not give up. */
static void test_client_s_name_ttl(void **state)
{
	(void)state;
	for (int strange = 0; strange < 2; strange++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);
		struct hm_sighting s;

		shake_server(w, &c, 0);
		ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
		reads(w, &c, 2, 812, "java");
		s = see(w, &c, 5000, "eth0:in", HM_WHAT_RST, 'c');
		s.ttl = strange ? 49 : 64;
		push(w, s);
		run(w, 5010, 5300);
		only(w, strange ? HM_RESET_INJECTED : HM_NO_ANSWER);
		world_free(w);
	}
}

static void client_s_name(bool sent, bool read, enum hm_code code)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	syn(w, &c, 0, "web/socket:out");
	syn(w, &c, 0.1, "web/eth0:out");
	shake_server(w, &c, 1);
	ask_server(w, &c, 2, HM_CLASS_HTTP_REQUEST, 0);
	if (read)
		reads(w, &c, 3, 812, "java");
	if (sent)
		packet(w, &c, 1500, "web/socket:out", HM_WHAT_RST, 'c');
	packet(w, &c, 1500.1, "eth0:in", HM_WHAT_RST, 'c');
	run(w, 1510, 1800);
	only(w, code);
	if (!sent)
		assert_int_equal(w->results[0].confidence, HM_PROVEN);
	world_free(w);
}

static void test_client_s_name_two_sides(void **state)
{
	(void)state;
	client_s_name(false, true, HM_RESET_INJECTED);
	client_s_name(false, false, HM_RESET_INJECTED);
	client_s_name(true, true, HM_NO_ANSWER);
	client_s_name(true, false, HM_ABANDONED_BY_CLIENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_closed_by_application),
		cmocka_unit_test(test_linger_after_answer),
		cmocka_unit_test(test_reset_injected_ttl),
		cmocka_unit_test(test_reset_after_one_packet),
		cmocka_unit_test(test_reset_genuine_afar),
		cmocka_unit_test(test_reset_of_forgotten),
		cmocka_unit_test(test_reset_injected_two_sides),
		cmocka_unit_test(test_reset_sent_two_sides),
		cmocka_unit_test(test_reset_of_nobody),
		cmocka_unit_test(test_altered),
		cmocka_unit_test(test_used_too_late),
		cmocka_unit_test(test_given_up_late),
		cmocka_unit_test(test_abandoned),
		cmocka_unit_test(test_older_connection_reset),
		cmocka_unit_test(test_client_s_name_ttl),
		cmocka_unit_test(test_client_s_name_two_sides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
