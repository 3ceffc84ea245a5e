// SPDX-License-Identifier: GPL-2.0-only
/*
 * What must not be said where a kind of hop could not be watched: each case is an innocent that
 * only the missing hop would have cleared. tests/golden/degraded does the same with whole
 * recordings.
 */
#include "world.h"

/* As if the hops of that hook could not be attached; before any packet. */
static void without(struct world *w, enum hm_hook hook)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < w->scene.hop_count; i++)
		if (w->scene.hops[i].hook != hook)
			w->scene.hops[kept++] = w->scene.hops[i];
	w->scene.hop_count = kept;
}

static void only_interfaces(struct world *w)
{
	without(w, HM_HOOK_SOCK_IN);
	without(w, HM_HOOK_SOCK_OUT);
	without(w, HM_HOOK_APP);
	without(w, HM_HOOK_DROP);
}

static const struct result *settled(struct world *w)
{
	run(w, 10, 9000);
	assert_int_equal(w->count, 1);
	return &w->results[0];
}

/* Whatever it is called: this is nobody's fault as far as can be told. */
static void blames_nobody(struct world *w)
{
	const struct result *r = settled(w);

	if (r->blame != HM_BLAME_UNKNOWN && r->blame != HM_BLAME_NONE)
		fail_msg("%s, blame %u: %s", hm_codes[r->code].name, r->blame, r->summary);
	world_free(w);
}

/* A firewall of the server's own host resets: at its interface, not at its sockets. Two sides. */
static void test_reject_is_no_injection(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	without(w, HM_HOOK_DROP);
	syn(w, &c, 0, "eth0:out");
	syn(w, &c, 0.1, "web/eth0:in");
	syn(w, &c, 0.2, "web/socket:in");
	synack(w, &c, 0.3, "web/socket:out");
	synack(w, &c, 0.4, "web/eth0:out");
	synack(w, &c, 0.5, "eth0:in");
	packet(w, &c, 0.6, "eth0:out", HM_WHAT_ACK, 'c');
	packet(w, &c, 0.7, "web/socket:in", HM_WHAT_ACK, 'c');
	marker(w, &c, 1, "eth0:out", 0);
	c.next += 12;
	packet(w, &c, 2, "eth0:in", HM_WHAT_RST, 's');
	blames_nobody(w);
}

/* The same on a router: with a TTL of its own, unlike the server's. */
static void test_own_reset_has_its_own_ttl(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting s;

	(void)state;
	without(w, HM_HOOK_DROP);
	syn(w, &c, 0, "eth0:in");
	syn(w, &c, 0.1, "eth1:out");
	synack(w, &c, 0.2, "eth1:in");
	synack(w, &c, 0.3, "eth0:out");
	packet(w, &c, 0.4, "eth0:in", HM_WHAT_ACK, 'c');
	marker(w, &c, 1, "eth0:in", 0);
	c.next += 12;
	s = see(w, &c, 2, "eth0:out", HM_WHAT_RST, 's');
	s.ttl = 200;
	push(w, s);
	assert_int_not_equal(settled(w)->code, HM_RESET_INJECTED);
	world_free(w);
}

/* REJECT with an ICMP error leaves by eth0; without drops it may be anybody's here. */
static void test_own_icmp_is_no_network(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	without(w, HM_HOOK_DROP);
	syn(w, &c, 0, "eth0:in");
	push(w, icmp(w, &c, 0.1, "eth0:out", 3, 3));
	blames_nobody(w);
}

/* Nobody listens here; with interfaces alone the reset may be this host's or a device's behind. */
static void test_own_refusal_is_not_afar(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting s;

	(void)state;
	only_interfaces(w);
	syn(w, &c, 0, "eth0:in");
	s = see(w, &c, 0.1, "eth0:out", HM_WHAT_RST, 's');
	push(w, s);
	blames_nobody(w);
}

/* A server on this host closes early: it is not "beyond", and who did it was not watched. */
static void test_own_close_is_not_afar(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	only_interfaces(w);
	syn(w, &c, 0, "eth0:in");
	synack(w, &c, 0.1, "eth0:out");
	packet(w, &c, 0.2, "eth0:in", HM_WHAT_ACK, 'c');
	marker(w, &c, 1, "eth0:in", 0);
	c.next += 12;
	packet(w, &c, 2, "eth0:out", HM_WHAT_FIN, 's');
	blames_nobody(w);
}

/* But a packet that left this host was judged elsewhere. */
static void test_afar_is_still_afar(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	only_interfaces(w);
	syn(w, &c, 0, "eth0:out");
	packet(w, &c, 0.5, "eth0:in", HM_WHAT_RST, 's');
	r = settled(w);
	assert_int_equal(r->code, HM_REFUSED);
	assert_int_equal(r->blame, HM_BLAME_BEYOND);
	world_free(w);
}

/* Nothing came back: still beyond, but that no drop here explains it is not said. */
static void test_unanswered_claims_no_drops(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	only_interfaces(w);
	syn(w, &c, 0, "eth0:out");
	syn(w, &c, 1000, "eth0:out");
	syn(w, &c, 3000, "eth0:out");
	r = settled(w);
	assert_int_equal(r->code, HM_SYN_UNANSWERED);
	for (uint32_t i = 0; i < r->evidence_count && i < 4; i++)
		assert_null(strstr(r->evidence[i], "no drop"));
	world_free(w);
}

/* A connection over loopback goes out and comes in at one interface: nothing passed this host. */
static void test_loopback_does_not_pass(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new("127.0.0.1:40000", "127.0.0.1:80", 100);

	(void)state;
	only_interfaces(w);
	add_hop(w, "lo:in", HM_HOOK_TC_IN, NS_HOST, 1);
	add_hop(w, "lo:out", HM_HOOK_TC_OUT, NS_HOST, 1);
	syn(w, &c, 0, "lo:out");
	syn(w, &c, 0.1, "lo:in");
	synack(w, &c, 0.2, "lo:out");
	synack(w, &c, 0.3, "lo:in");
	packet(w, &c, 0.4, "lo:out", HM_WHAT_ACK, 'c');
	marker(w, &c, 1, "lo:out", 0);
	marker(w, &c, 1.1, "lo:in", 0);
	c.next += 12;
	assert_int_not_equal(settled(w)->code, HM_PASSED);
	world_free(w);
}

/* A proxy of which nobody watched what it asks: neither silent nor the author of its 503. */
static void test_proxy_unfollowed(void **state)
{
	static const uint16_t status[] = {0, 403, 503};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(status); i++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);
		const struct result *r;

		w->scene.proxy_ports[0] = 80;
		without(w, HM_HOOK_SOCK_OUT);
		syn(w, &c, 0, "eth0:in");
		syn(w, &c, 0.1, "socket:in");
		synack(w, &c, 0.3, "eth0:out");
		packet(w, &c, 0.4, "eth0:in", HM_WHAT_ACK, 'c');
		ask_server(w, &c, 1, HM_CLASS_HTTP_PROXY, 0);
		reads(w, &c, 2, 812, "squid");
		if (status[i])
			data(w, &c, 3, "eth0:out", 's', HM_CLASS_HTTP_STATUS, status[i]);
		packet(w, &c, 4000, "eth0:in", HM_WHAT_FIN, 'c');
		packet(w, &c, 4001, "eth0:out", HM_WHAT_FIN, 's');
		r = settled(w);
		assert_int_not_equal(r->blame, HM_BLAME_PROXY);
		assert_int_not_equal(r->blame, HM_BLAME_APPLICATION);
		world_free(w);
	}
}

/* An application that answered into a firewall nobody watched is not proven silent. */
static void test_silence_is_not_proven(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	without(w, HM_HOOK_DROP);
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	reads(w, &c, 2, 812, "java");
	packet(w, &c, 5000, "eth0:in", HM_WHAT_RST, 'c');
	assert_int_not_equal(settled(w)->confidence, HM_PROVEN);
	world_free(w);
}

/* A client that hung up early did so before a read was due; that none came nobody watched. */
static void test_hanging_up_is_not_abandoning(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	without(w, HM_HOOK_APP);
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	packet(w, &c, 1500, "eth0:in", HM_WHAT_FIN, 'c');
	blames_nobody(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reject_is_no_injection),
		cmocka_unit_test(test_own_reset_has_its_own_ttl),
		cmocka_unit_test(test_own_icmp_is_no_network),
		cmocka_unit_test(test_own_refusal_is_not_afar),
		cmocka_unit_test(test_own_close_is_not_afar),
		cmocka_unit_test(test_afar_is_still_afar),
		cmocka_unit_test(test_unanswered_claims_no_drops),
		cmocka_unit_test(test_loopback_does_not_pass),
		cmocka_unit_test(test_proxy_unfollowed),
		cmocka_unit_test(test_silence_is_not_proven),
		cmocka_unit_test(test_hanging_up_is_not_abandoning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
