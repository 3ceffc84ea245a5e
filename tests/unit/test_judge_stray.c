// SPDX-License-Identifier: GPL-2.0-only
/*
 * A RST whose number no TCP takes ends nothing (RFC 9293, 3.10.7.3 and 3.10.7.4); its twin with a
 * number that is expected does.
 */
#include "world.h"

#define NEAR_THE_END 4294967290U /* the numbers begin anew behind it */

static void resets(struct world *w, const struct conn *c, double ms, const char *where, char dir,
		   uint32_t seq)
{
	struct hm_sighting s = see(w, c, ms, where, HM_WHAT_RST, dir);

	s.tcp_flags = RST;
	s.seq = seq;
	s.ack = 0;
	push(w, s);
}

/* The client's, before the answer: of another connection, of this one, just before its own. */
static void test_of_client(void **state)
{
	static const uint32_t isns[] = {100, NEAR_THE_END};
	static const struct {
		uint32_t from_next;
		enum hm_code code;
	} of[] = {{777777777, HM_DELIVERED},
		  {0, HM_ABANDONED_BY_CLIENT},
		  {(uint32_t)-12, HM_ABANDONED_BY_CLIENT}, /* nothing says that it had all */
		  {(uint32_t)-14, HM_DELIVERED},
		  {2000, HM_ABANDONED_BY_CLIENT}}; /* not all that is sent is told of */

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(isns) * HM_ARRAY_SIZE(of); i++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, isns[i % 2]);

		shake_server(w, &c, 0);
		ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
		resets(w, &c, 5, "eth0:in", 'c', c.next + of[i / 2].from_next);
		run(w, 10, 100);
		reads(w, &c, 101, 812, "nginx");
		answer_server(w, &c, 102, 200);
		run(w, 110, 5000);
		only(w, of[i / 2].code);
		world_free(w);
	}
}

/* The server's, as the client's host sees it. */
static void test_of_server(void **state)
{
	(void)state;
	for (int fits = 0; fits < 2; fits++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, NEAR_THE_END);

		shake_client(w, &c, 0);
		ask_client(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
		resets(w, &c, 5, "eth0:in", 's', fits ? c.isn_s + 1 : c.isn_s - 5000);
		run(w, 10, 100);
		answer_client(w, &c, 102, 200);
		run(w, 110, 5000);
		only(w, fits ? HM_CLOSED_BY_APPLICATION : HM_DELIVERED);
		world_free(w);
	}
}

/* Nothing can be said of one long after the last that was told of. */
static void test_long_after(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_client(w, &c, 0);
	ask_client(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	resets(w, &c, 900, "eth0:in", 's', 3000000000U);
	run(w, 10, 5000);
	only(w, HM_CLOSED_BY_APPLICATION);
	world_free(w);
}

/* The port was used a moment ago, and its old connection is reset: the new SYN is answered. */
static void test_of_older(void **state)
{
	(void)state;
	for (int answers = 0; answers < 2; answers++) {
		struct world *w = world_new(NULL);
		struct conn c = conn_new(CLIENT, SERVER, 100);
		struct hm_sighting s;

		syn(w, &c, 0, "socket:out");
		syn(w, &c, 0.1, "eth0:out");
		s = see(w, &c, 0.5, "eth0:in", HM_WHAT_RST, 's');
		s.seq = answers ? 0 : 424242;
		s.ack = answers ? c.isn_c + 1 : 0;
		push(w, s);
		run(w, 10, 80);
		if (!answers)
			shake_client(w, &c, 90);
		run(w, 100, 5000);
		only(w, answers ? HM_REFUSED : HM_CONNECTED);
		world_free(w);
	}
}

/* Nothing but that came back: it is told, and neither said to be silence nor to be a refusal. */
static void test_nothing_else(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	w->answers.on = true;
	for (int n = 0; n < 3; n++) {
		syn(w, &c, n * 1000, "socket:out");
		syn(w, &c, n * 1000 + 0.1, "eth0:out");
		resets(w, &c, n * 1000 + 1, "eth0:in", 's', 424242);
	}
	run(w, 2010, 9000);
	r = only(w, HM_INCONCLUSIVE);
	assert_string_equal(r->evidence[r->evidence_count - 1],
			    "RST at eth0:in, 2.00 s: its number is none of this connection's, the "
			    "client ignores it");
	world_free(w);
}

/* A SYN proxy's numbers are not its server's: whose the reset's are is not known. */
static void test_two_count(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100), inside = c;

	(void)state;
	inside.isn_s = 3000000000U;
	shake_client(w, &c, 0);
	synack(w, &inside, 0.6, "eth0:in");
	ask_client(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	resets(w, &c, 5, "eth0:in", 's', inside.isn_s + 1);
	run(w, 10, 5000);
	only(w, HM_CLOSED_BY_APPLICATION);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_of_client),    cmocka_unit_test(test_of_server),
		cmocka_unit_test(test_long_after),   cmocka_unit_test(test_of_older),
		cmocka_unit_test(test_nothing_else), cmocka_unit_test(test_two_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
