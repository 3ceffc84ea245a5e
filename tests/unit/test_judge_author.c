// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who made a RST or an ICMP error where neither socket:out nor an event need tell, which is over
 * IPv6 mostly: each fault with the twin that must not get it.
 */
#include "world.h"

#define CLIENT6 "[fd77:1::1]:46422"
#define SERVER6 "[fd77:1::2]:80"

static struct hm_sighting six(struct hm_sighting s)
{
	s.family = 6;
	return s;
}

static uint32_t syn6(struct world *w, const struct conn *c, double ms, const char *where)
{
	struct hm_sighting s = six(see(w, c, ms, where, HM_WHAT_SYN, 'c'));

	s.seq = c->isn_c;
	s.tcp_flags = SYN;
	return push(w, s);
}

/* Port 80 redirected to 8081, where nobody listens: what one leg saw explains the other's RST. */
static void redirected6(struct world *w, const char *reason)
{
	struct conn c = conn_new(CLIENT6, SERVER6, 100);
	struct conn to = conn_new(CLIENT6, "[fd77:1::2]:8081", 100);

	syn6(w, &c, 0, "eth0:in");
	push(w, six(see(w, &c, 0.17, "eth0:out", HM_WHAT_RST, 's')));
	push(w, six(drop(w, &to, 0.18, 'c', reason, SYN)));
	w->answers = (struct answers){.on = true};
	run(w, 10, 3000);
}

static void test_redirect6_refused(void **state)
{
	struct world *w = world_new(NULL);
	const struct result *r;

	(void)state;
	redirected6(w, "NO_SOCKET");
	r = only(w, HM_REFUSED);
	assert_int_equal(r->blame, HM_BLAME_APPLICATION);
	assert_int_equal(r->confidence, HM_PROVEN);
	assert_int_equal(r->legs, 2);
	world_free(w);
}

/* There are kernels that show it no RST without a socket over IPv4 either. */
static void test_redirect4_refused(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new("10.77.1.1:46422", "10.77.1.2:80", 100);
	struct conn to = conn_new("10.77.1.1:46422", "10.77.1.2:8081", 100);

	(void)state;
	syn(w, &c, 0, "eth0:in");
	push(w, see(w, &c, 0.17, "eth0:out", HM_WHAT_RST, 's'));
	push(w, drop(w, &to, 0.18, 'c', "NO_SOCKET", SYN));
	w->answers = (struct answers){.on = true};
	run(w, 10, 3000);
	assert_int_equal(only(w, HM_REFUSED)->confidence, HM_PROVEN);
	world_free(w);
}

static void test_redirect6_rejected(void **state)
{
	struct world *w = world_new(NULL);

	(void)state;
	redirected6(w, "NETFILTER_DROP");
	only(w, HM_REJECTED_BY_FIREWALL);
	world_free(w);
}

/* The kernel names its RST; that socket:out does not show it says nothing. */
static void test_refused6_event(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT6, SERVER6, 100);

	(void)state;
	syn6(w, &c, 0, "eth0:in");
	push(w, six(see(w, &c, 0.1, "drops", HM_WHAT_RESET, 's')));
	push(w, six(see(w, &c, 0.2, "eth0:out", HM_WHAT_RST, 's')));
	w->answers = (struct answers){.on = true};
	run(w, 10, 3000);
	assert_int_equal(only(w, HM_REFUSED)->confidence, HM_PROVEN);
	world_free(w);
}

/* A RST forwarded from elsewhere, and a NO_SOCKET that belongs to another moment. */
static void test_refused6_forwarded(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT6, SERVER6, 100);

	(void)state;
	syn6(w, &c, 0, "eth0:in");
	syn6(w, &c, 0.1, "eth1:out");
	push(w, six(see(w, &c, 1, "eth1:in", HM_WHAT_RST, 's')));
	push(w, six(see(w, &c, 1.1, "eth0:out", HM_WHAT_RST, 's')));
	push(w, six(drop(w, &c, 1.2, 'c', "NO_SOCKET", SYN)));
	w->answers = (struct answers){.on = true};
	run(w, 10, 3000);
	assert_int_equal(only(w, HM_REFUSED)->blame, HM_BLAME_BEYOND);
	world_free(w);
}

/*
 * The server in another namespace answers data to a socket it has closed: over IPv6 its RST is not
 * at socket:out, so only its interface can tell that it sent none.
 */
static void reset_in_other_netns(struct world *w, bool sent)
{
	struct conn c = conn_new(CLIENT6, SERVER6, 100);

	syn6(w, &c, 0, "eth0:out");
	syn6(w, &c, 0.1, "web/socket:in");
	synack(w, &c, 0.2, "web/socket:out");
	synack(w, &c, 0.3, "web/eth0:out");
	synack(w, &c, 0.4, "eth0:in");
	packet(w, &c, 0.5, "web/socket:in", HM_WHAT_ACK, 'c');
	if (sent)
		push(w, six(see(w, &c, 1, "web/eth0:out", HM_WHAT_RST, 's')));
	push(w, six(see(w, &c, 1.1, "eth0:in", HM_WHAT_RST, 's')));
	run(w, 10, 3000);
	assert_int_equal(w->count, 1);
}

static void test_reset6_not_injected(void **state)
{
	struct world *w = world_new(NULL);

	(void)state;
	reset_in_other_netns(w, true);
	assert_int_not_equal(w->results[0].code, HM_RESET_INJECTED);
	world_free(w);
}

static void test_reset6_injected(void **state)
{
	struct world *w = world_new(NULL);

	(void)state;
	reset_in_other_netns(w, false);
	assert_int_equal(only(w, HM_RESET_INJECTED)->confidence, HM_PROVEN);
	world_free(w);
}

/* No event tells of an ICMPv6 error: it leaves, came in nowhere, and quotes what was dropped. */
static void icmp6(struct world *w, double drop_ms, const char *reason, const char *came_in)
{
	struct conn c = conn_new(CLIENT6, SERVER6, 100);
	struct hm_sighting s = six(icmp(w, &c, 0.05, "eth0:out", 1, 1));

	s.icmp.family = 6;
	syn6(w, &c, 0, "eth0:in");
	if (came_in) {
		s.hop = (uint16_t)hop(w, came_in);
		push(w, s);
		s.hop = (uint16_t)hop(w, "eth0:out");
		s.mono_ns += 1000;
	}
	push(w, s);
	push(w, six(drop(w, &c, drop_ms, 'c', reason, SYN)));
	run(w, 10, 3000);
}

static void test_rejected_icmp6(void **state)
{
	struct world *w = world_new(NULL);
	const struct result *r;

	(void)state;
	icmp6(w, 0.06, "NETFILTER_DROP", NULL);
	r = only(w, HM_REJECTED_BY_FIREWALL);
	assert_int_equal(r->confidence, HM_PROVEN);
	assert_int_equal(r->blame, HM_BLAME_HOST);
	world_free(w);
}

static void test_icmp6_forwarded(void **state)
{
	struct world *w = world_new(NULL);

	(void)state;
	icmp6(w, 0.06, "NETFILTER_DROP", "eth1:in");
	only(w, HM_DROPPED_BY_FIREWALL);
	world_free(w);
}

static void test_icmp6_other_moment(void **state)
{
	struct world *w = world_new(NULL);

	(void)state;
	icmp6(w, 900, "NETFILTER_DROP", NULL);
	only(w, HM_UNREACHABLE);
	world_free(w);
}

/* This kernel tells that it makes one before it has a sender; where it leaves it has. */
static void test_unreachable_from_here(void **state)
{
	(void)state;
	for (int leaves = 0; leaves < 2; leaves++) {
		struct world *w = world_new(NULL);
		struct conn c = conn_new(CLIENT, "10.0.9.9:80", 100);
		struct hm_sighting s;

		syn(w, &c, 0, "eth0:in");
		s = icmp(w, &c, 0.1, "drops", 11, 0);
		memset(s.icmp.sender, 0, sizeof(s.icmp.sender));
		push(w, s);
		if (leaves)
			push(w, icmp(w, &c, 0.2, "eth0:out", 11, 0));
		run(w, 10, 2000);
		finish(w, 3000);
		only(w, HM_UNREACHABLE);
		if (leaves)
			assert_string_equal(w->results[0].host, "10.0.9.1");
		else
			assert_non_null(strstr(w->results[0].summary, "This host sent back"));
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unreachable_from_here),
		cmocka_unit_test(test_redirect4_refused),
		cmocka_unit_test(test_redirect6_refused),
		cmocka_unit_test(test_redirect6_rejected),
		cmocka_unit_test(test_refused6_event),
		cmocka_unit_test(test_refused6_forwarded),
		cmocka_unit_test(test_reset6_not_injected),
		cmocka_unit_test(test_reset6_injected),
		cmocka_unit_test(test_rejected_icmp6),
		cmocka_unit_test(test_icmp6_forwarded),
		cmocka_unit_test(test_icmp6_other_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
