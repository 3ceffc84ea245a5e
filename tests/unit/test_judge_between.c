// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is lost between two watched namespaces, app1's own and web: who is not to be accused of it,
 * and when it is not known.
 */
#include "world.h"

#define WEB_SERVER "10.0.0.9:80"

#define NS_GW 3

static struct world *begin(struct conn *c)
{
	struct world *w = world_new("amazinggrace");

	add_hop(w, "web/sockets", HM_HOOK_PROBE, NS_WEB, 0);
	*c = conn_new("10.0.0.155:40000", WEB_SERVER, 100);
	return w;
}

/* A watched namespace says that the server's address is its own. */
static void at_home(struct world *w, const struct conn *c, double ms, const char *where)
{
	struct hm_sighting s = see(w, c, ms, where, HM_WHAT_ROUTE, 'c');

	s.route.local = true;
	push(w, s);
	found_listening(w, c, ms, "0.0.0.0:80", s.hop == hop(w, "web/sockets") ? NS_WEB : NS_HOST);
}

static void leaves(struct world *w, const struct conn *c, uint32_t times)
{
	for (uint32_t i = 0; i < times; i++) {
		syn(w, c, i * 1000, "socket:out");
		syn(w, c, i * 1000 + 0.1, "eth0:out");
	}
}

static void test_syn_lost(void **state)
{
	struct conn c;
	struct world *w = begin(&c);
	const struct result *r;

	(void)state;
	leaves(w, &c, 3);
	at_home(w, &c, 2100, "web/sockets");
	run(w, 2110, 6000);
	r = only(w, HM_SYN_LOST);
	assert_int_equal(r->blame, HM_BLAME_NETWORK);
	assert_int_equal(r->confidence, HM_LIKELY);
	assert_non_null(strstr(r->evidence[0], "left at eth0:out 3 times"));
	world_free(w);
}

enum why {
	NOBODY_HAS_IT,
	TWO_HAVE_IT,
	OWN_ADDRESS,
	DELETED,
	ONLY_TWICE,
	AT_A_SOCKET,
	MAY_COME_UNSEEN,
	NOT_ATTACHED,
	STRANGE_LINK,
	LOSSES,
	ONE_DROPPED,
	ODD,
	TUNNEL,
	REASONS
};

/* Whose address it is, or whether it came, is not known well enough. */
static void test_syn_lost_twins(void **state)
{
	(void)state;
	for (int why = 0; why < REASONS; why++) {
		struct conn c;
		struct world *w = begin(&c);
		struct hm_hop *in = &w->scene.hops[hop(w, "web/eth0:in")];

		leaves(w, &c, why == ONLY_TWICE ? 2 : 3);
		if (why == AT_A_SOCKET)
			syn(w, &c, 2050, "web/socket:in");
		if (why == TWO_HAVE_IT || why == OWN_ADDRESS)
			at_home(w, &c, 2100, "sockets");
		if (why != NOBODY_HAS_IT && why != OWN_ADDRESS)
			at_home(w, &c, 2100, "web/sockets");
		if (why == DELETED) /* nobody is in it any more when it is looked at again */
			found_listening(w, &c, 2105, "0.0.0.0:80", NS_GW);
		if (why == MAY_COME_UNSEEN)
			in->doubt_ns = T0 + 1;
		if (why == NOT_ATTACHED)
			scene_not_watched(&w->scene, "eth2:in", "Device or resource busy");
		if (why == STRANGE_LINK)
			scene_not_watched(&w->scene, "ib0", "link type 32 is not parsed");
		w->scene.counters[HM_CNT_LOST_RING] = why == LOSSES;
		if (why == TUNNEL)
			snprintf(w->scene.hops[hop(w, "eth0:out")].tunnel, 16, "vxlan");
		if (why == ONE_DROPPED || why == ODD)
			push(w, drop(w, &c, 1000.2, 'c', why == ODD ? "DEV_READY" : "QDISC_DROP",
				     SYN));
		run(w, 2110, 8000);
		finish(w, 9000);
		assert_int_equal(w->count, 1);
		assert_int_not_equal(w->results[0].code, HM_SYN_LOST);
		assert_int_not_equal(w->results[0].blame, HM_BLAME_NETWORK);
		if (why == TUNNEL)
			assert_non_null(strstr(only(w, HM_SYN_UNANSWERED)->summary,
					       "went into the tunnel eth0 (vxlan)"));
		world_free(w);
	}
}

/* A router that is watched too has it: the kernel there names why, or nobody is accused. */
static void test_syn_kept_on_the_way(void **state)
{
	(void)state;
	for (int named = 0; named <= 5; named++) {
		static const char *const wheres[] = {
			"",	    "ip_error",	  "dst_discard_out", "ip6_pkt_drop",
			"ip_error", "ip6_forward"};
		static const char *const reasons[] = {"",
						      "NOT_SPECIFIED",
						      "NOT_SPECIFIED",
						      "IP_INNOROUTES",
						      "IP_INADDRERRORS",
						      "IP_INADDRERRORS"};
		struct conn c;
		struct world *w = begin(&c);
		struct hm_sighting s;

		add_hop(w, "gw/eth0:in", HM_HOOK_TC_IN, NS_GW, 0);
		add_hop(w, "gw/drops", HM_HOOK_DROP, NS_GW, 0);
		for (int i = 0; i < 3; i++) {
			syn(w, &c, i * 1000, "socket:out");
			syn(w, &c, i * 1000 + 0.1, "eth0:out");
			syn(w, &c, i * 1000 + 0.2, "gw/eth0:in");
			s = drop(w, &c, i * 1000 + 0.3, 'c', reasons[named], SYN);
			s.hop = hop(w, "gw/drops");
			snprintf(s.drop.where, sizeof(s.drop.where), "%s", wheres[named]);
			if (named)
				push(w, s);
		}
		at_home(w, &c, 2100, "web/sockets");
		run(w, 2110, 8000);
		finish(w, 9000);
		if (named) {
			assert_int_equal(only(w, HM_NO_ROUTE)->blame, HM_BLAME_HOST);
			assert_int_equal(w->results[0].role, HM_ROLE_ROUTER);
			assert_non_null(strstr(w->results[0].summary,
					       named < 4
						       ? "by this host, for want of a usable route"
						       : "by this host, which does not send on"));
		} else {
			assert_non_null(
				strstr(only(w, HM_INCONCLUSIVE)->summary, "came in at gw/eth0:in"));
		}
		world_free(w);
	}
}

/* With the same reason that function turns down whom nobody may be sent on for. */
static void test_link_local_is_not_sent_on(void **state)
{
	struct conn c = conn_new("[fe80::1%2]:40000", "[fd00::9]:80", 100);
	struct world *w = world_new(NULL);

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct hm_sighting s = drop(w, &c, i * 1000 + 0.3, 'c', "IP_INADDRERRORS", SYN);

		snprintf(s.drop.where, sizeof(s.drop.where), "ip6_forward");
		syn(w, &c, i * 1000, "eth0:in");
		push(w, s);
	}
	run(w, 2110, 8000);
	only(w, HM_DROPPED_BY_ROUTING);
	world_free(w);
}

/*
 * Where it begins that function takes what has a route, and IPsec no keys yet; what comes in, a
 * blackhole's. Twice is too little, and keys that come in time are no fault. Whose begin nobody saw
 * may have come in by an interface that is not watched.
 */
static void test_syn_discarded(void **state)
{
	enum { CAME_IN, NO_KEYS, LATE_KEYS, TWICE, LOST, UNSEEN };
	static const enum hm_code codes[] = {HM_NO_ROUTE, HM_DROPPED_OTHER, HM_DELIVERED,
					     HM_INCONCLUSIVE, HM_INCONCLUSIVE,
					     HM_INCONCLUSIVE};

	(void)state;
	for (int way = CAME_IN; way <= UNSEEN; way++) {
		struct conn c;
		struct world *w = begin(&c);

		for (int i = 0; i < (way <= NO_KEYS || way == UNSEEN ? 4 : 2); i++) {
			struct hm_sighting s =
				drop(w, &c, i * 1000 + 0.3, 'c', "NOT_SPECIFIED", SYN);

			snprintf(s.drop.where, sizeof(s.drop.where), "dst_discard_out");
			if (way == CAME_IN)
				syn(w, &c, i * 1000, "eth0:in");
			else if (!i && way != UNSEEN)
				push(w, connect_call(w, &c, 0.2));
			push(w, s);
		}
		if (way == LATE_KEYS) {
			shake_client(w, &c, 3000);
			ask_client(w, &c, 3001, HM_CLASS_HTTP_REQUEST, 0);
			answer_client(w, &c, 3003, 200);
		}
		if (way == LOST)
			w->scene.counters[HM_CNT_LOST_RING] = 1;
		run(w, 3110, 9000);
		finish(w, 9100);
		only(w, codes[way]);
		world_free(w);
	}
}

static void arrives(struct world *w, const struct conn *c, uint32_t times)
{
	leaves(w, c, times);
	for (uint32_t i = 0; i < times; i++) {
		syn(w, c, i * 1000 + 0.2, "web/eth0:in");
		syn(w, c, i * 1000 + 0.3, "web/socket:in");
		synack(w, c, i * 1000 + 0.4, "web/socket:out");
		synack(w, c, i * 1000 + 0.5, "web/eth0:out");
	}
}

static void test_synack_lost(void **state)
{
	(void)state;
	for (int seen = 0; seen < 2; seen++) {
		struct conn c;
		struct world *w = begin(&c);

		arrives(w, &c, 3);
		if (seen) /* it came, and what kept it then is this host's affair */
			synack(w, &c, 2000.6, "eth0:in");
		run(w, 2110, 8000);
		finish(w, 9000);
		if (seen)
			assert_int_not_equal(w->results[0].code, HM_SYNACK_LOST);
		else
			assert_int_equal(only(w, HM_SYNACK_LOST)->confidence, HM_PROVEN);
		world_free(w);
	}
}

/* Nobody accepted the connection either; but the marker is what did not come. */
static void test_marker_lost(void **state)
{
	(void)state;
	for (int seen = 0; seen < 2; seen++) {
		struct conn c;
		struct world *w = begin(&c);

		arrives(w, &c, 1);
		synack(w, &c, 0.6, "eth0:in");
		synack(w, &c, 0.7, "socket:in");
		packet(w, &c, 0.8, "eth0:out", HM_WHAT_ACK, 'c');
		packet(w, &c, 0.9, "web/eth0:in", HM_WHAT_ACK, 'c');
		for (int i = 0; i < 4; i++) {
			marker(w, &c, 1 + i * 300, "socket:out", 0);
			marker(w, &c, 1.1 + i * 300, "eth0:out", 0);
		}
		if (seen)
			marker(w, &c, 901.2, "web/eth0:in", 0);
		w->answers =
			(struct answers){.on = true, .server_state = 1, .listener = "0.0.0.0:80"};
		run(w, 910, 6000);
		if (seen)
			assert_int_not_equal(w->results[0].code, HM_MARKER_LOST);
		else
			assert_int_equal(only(w, HM_MARKER_LOST)->blame, HM_BLAME_NETWORK);
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_syn_lost),
		cmocka_unit_test(test_syn_lost_twins),
		cmocka_unit_test(test_syn_kept_on_the_way),
		cmocka_unit_test(test_syn_discarded),
		cmocka_unit_test(test_link_local_is_not_sent_on),
		cmocka_unit_test(test_synack_lost),
		cmocka_unit_test(test_marker_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
