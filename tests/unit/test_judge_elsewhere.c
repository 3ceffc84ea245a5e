// SPDX-License-Identifier: GPL-2.0-only
/*
 * Innocents that were accused once: whose RST it is by its TTL, who refused behind NAT, which
 * connections are one.
 */
#include "world.h"

/* A connection from here to a server whose packets come with that TTL; the marker is sent. */
static struct conn asked(struct world *w, uint8_t ttl)
{
	struct conn c = conn_new(CLIENT, SERVER, 100);

	c.pid = 4711;
	c.ttl = ttl;
	shake_client(w, &c, 0);
	ask_client(w, &c, 1, HM_CLASS_OTHER, 0);
	return c;
}

static void reset_with(struct world *w, const struct conn *c, double ms, uint8_t ttl)
{
	struct hm_sighting s = see(w, c, ms, "eth0:in", HM_WHAT_RST, 's');

	s.ttl = ttl;
	push(w, s);
}

/* IP_TTL of an application is not that of the stateless reset of its kernel, after its FIN. */
static void test_reset_after_fin(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = asked(w, 50);
	const struct result *r;

	(void)state;
	packet(w, &c, 2, "eth0:in", HM_WHAT_FIN, 's');
	reset_with(w, &c, 3, 200);
	run(w, 10, 300);
	r = only(w, HM_CLOSED_BY_APPLICATION);
	assert_int_equal(r->blame, HM_BLAME_BEYOND);
	assert_int_equal(r->confidence, HM_ONE_SIDED);
	assert_string_equal(r->evidence[2],
			    "its TTL is 200, that of the other packets from there is 50 to 50");
	world_free(w);
}

/* Another default TTL at the same distance, or a TTL so low that an application chose it. */
static void test_reset_of_default_ttl(void **state)
{
	static const uint8_t ttls[][2] = {{62, 253}, {62, 126}, {253, 63}, {40, 64}, {39, 63}};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(ttls); i++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = asked(w, ttls[i][0]);

		reset_with(w, &c, 2, ttls[i][1]);
		run(w, 10, 300);
		only(w, HM_CLOSED_BY_APPLICATION);
		world_free(w);
	}
}

/* The device is not the process that was cut off. */
static void test_injector_is_nobody_here(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = asked(w, 52);
	const struct result *r;

	(void)state;
	packet(w, &c, 1.5, "eth0:in", HM_WHAT_ACKED, 's');
	reset_with(w, &c, 2, 60);
	run(w, 10, 300);
	r = only(w, HM_RESET_INJECTED);
	assert_int_equal(r->confidence, HM_LIKELY);
	assert_int_equal(r->role, HM_ROLE_ROUTER);
	assert_int_equal(r->pid, 0);
	assert_string_equal(r->host, "");
	world_free(w);
}

static uint32_t syn_as(struct world *w, const char *server, double ms, const char *where,
		       uint8_t wscale)
{
	struct conn c = conn_new(CLIENT, server, 0x11223344);
	struct hm_sighting s = see(w, &c, ms, where, HM_WHAT_SYN, 'c');

	s.seq = c.isn_c;
	s.syn = (struct hm_sight_syn){.mss = 1460, .wscale = wscale, .sack = true};
	return push(w, s);
}

/* A scanner: one sequence number for all ports. */
static void test_equal_numbers_are_no_nat(void **state)
{
	struct world *w = world_new(NULL);

	(void)state;
	syn_as(w, "10.0.0.8:8080", 0, "eth0:in", 7);
	syn_as(w, "10.0.0.8:9999", 1, "eth0:in", 7);
	syn_as(w, "10.0.0.8:9998", 2, "eth0:in", 7);
	finish(w, 20000);
	assert_int_equal(w->count, 3);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(w->results[i].legs, 1);
	world_free(w);
}

/* The same scan through DNAT: each has a twin of its own. */
static void test_scan_through_nat(void **state)
{
	struct world *w = world_new(NULL);
	uint32_t a, b, a2, b2;

	(void)state;
	a = syn_as(w, "10.0.0.8:8080", 0, "eth0:in", 7);
	a2 = syn_as(w, "10.0.1.8:80", 0.1, "eth1:out", 7);
	b = syn_as(w, "10.0.0.8:9999", 1, "eth0:in", 7);
	b2 = syn_as(w, "10.0.1.9:99", 1.1, "eth1:out", 7);
	finish(w, 20000);
	assert_int_equal(w->count, 2);
	assert_int_equal(w->results[0].leg_ids[0], a);
	assert_int_equal(w->results[0].leg_ids[1], a2);
	assert_int_equal(w->results[1].leg_ids[0], b);
	assert_int_equal(w->results[1].leg_ids[1], b2);
	world_free(w);
}

static void test_other_options_are_no_nat(void **state)
{
	struct world *w = world_new(NULL);

	(void)state;
	syn_as(w, "10.0.0.8:8080", 0, "eth0:in", 7);
	syn_as(w, "10.0.1.8:80", 1, "eth1:out", 8);
	finish(w, 20000);
	assert_int_equal(w->count, 2);
	world_free(w);
}

/* DNAT on a router to a port that refuses: the RST came in there, on the translated leg. */
static void test_refused_behind_nat(void **state)
{
	struct world *w = world_new(NULL);
	struct conn a = conn_new(CLIENT, SERVER, 100), b = conn_new(CLIENT, "10.0.1.8:8080", 100);
	const struct result *r;

	(void)state;
	syn(w, &a, 0, "eth0:in");
	syn(w, &b, 0.1, "eth1:out");
	packet(w, &b, 0.5, "eth1:in", HM_WHAT_RST, 's');
	packet(w, &a, 0.6, "eth0:out", HM_WHAT_RST, 's');
	run(w, 10, 5000);
	r = only(w, HM_REFUSED);
	assert_int_equal(r->confidence, HM_ONE_SIDED);
	assert_int_equal(r->blame, HM_BLAME_BEYOND);
	assert_non_null(strstr(r->summary, "10.0.0.8:80, which NAT sends on to 10.0.1.8:8080"));
	assert_string_equal(r->host, "10.0.1.8");
	world_free(w);
}

/* One that only left here came from nobody that was seen. */
static void test_refusal_from_nowhere(void **state)
{
	struct world *w = world_new(NULL);
	struct conn a = conn_new(CLIENT, SERVER, 100);

	(void)state;
	syn(w, &a, 0, "eth0:in");
	syn(w, &a, 0.1, "eth1:out");
	packet(w, &a, 0.6, "eth0:out", HM_WHAT_RST, 's');
	run(w, 10, 5000);
	only(w, HM_INCONCLUSIVE);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reset_after_fin),
		cmocka_unit_test(test_reset_of_default_ttl),
		cmocka_unit_test(test_injector_is_nobody_here),
		cmocka_unit_test(test_equal_numbers_are_no_nat),
		cmocka_unit_test(test_scan_through_nat),
		cmocka_unit_test(test_other_options_are_no_nat),
		cmocka_unit_test(test_refused_behind_nat),
		cmocka_unit_test(test_refusal_from_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
