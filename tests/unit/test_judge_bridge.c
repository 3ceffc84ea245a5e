// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drops on a host that bridges. A bridge that does not know where the server is sends a copy by
 * each port, and what takes one copy leaves the others alone.
 */
#include "world.h"

enum program { NONE, BEFORE, BEHIND };

/* eth0, eth1 and eth2 are ports of br0; if so wished, a BPF program is at tc of each. */
static struct world *bridging(enum program program)
{
	struct world *w = world_new(NULL);

	add_hop(w, "eth2:in", HM_HOOK_TC_IN, NS_HOST, 4);
	add_hop(w, "eth2:out", HM_HOOK_TC_OUT, NS_HOST, 4);
	add_hop(w, "br0:in", HM_HOOK_TC_IN, NS_HOST, 5);
	add_hop(w, "br0:out", HM_HOOK_TC_OUT, NS_HOST, 5);
	for (uint32_t i = 0; i < w->scene.hop_count; i++) {
		struct hm_hop *h = &w->scene.hops[i];

		if (h->netns != NS_HOST || !h->ifindex)
			continue;
		h->bridge = h->ifindex == 5 ? HM_BRIDGE_SELF : HM_BRIDGE_PORT;
		if (program)
			snprintf(program == BEFORE ? h->before : h->after, sizeof(h->before),
				 "tc program lb #12");
	}
	return w;
}

struct way { /* of each request, in this order; "drop": it is dropped there */
	const char *at[4];
	const char *reason; /* NULL: NETFILTER_DROP */
	enum program program;
	bool is_its_own; /* the server's address is this host's */
	uint8_t code, confidence;
};

static void four_requests(struct world *w, const struct way *way, int untold)
{
	struct conn c = conn_new(CLIENT, SERVER, 100);

	for (int n = 0; n < 4; n++)
		for (size_t i = 0; i < HM_ARRAY_SIZE(way->at) && way->at[i]; i++) {
			const char *reason = way->reason ? way->reason : "NETFILTER_DROP";
			double ms = n * 1000 + 0.1 * (double)i;

			if (strcmp(way->at[i], "drop") != 0)
				syn(w, &c, ms, way->at[i]);
			else if (n != untold)
				push(w, drop(w, &c, ms, 'c', reason, SYN));
		}
}

static void judged(const struct way *way, int untold)
{
	struct world *w = bridging(way->program);

	w->answers.on = true;
	w->answers.own = way->is_its_own ? SERVER : NULL;
	four_requests(w, way, untold);
	run(w, 3010, 9000);
	assert_int_equal(only(w, way->code)->confidence, way->confidence);
	world_free(w);
}

/* One copy went on, to whoever is there, before or after the other was dropped. */
static void test_copy_went_on(void **state)
{
	static const struct way ways[] = {
		{{"eth0:in", "drop", "eth1:out"}, NULL, NONE, false, HM_INCONCLUSIVE, HM_ONE_SIDED},
		{{"eth0:in", "eth1:out", "drop"}, NULL, NONE, false, HM_INCONCLUSIVE, HM_ONE_SIDED},
		{{"eth0:in", "drop", "eth1:out"}, "TC_EGRESS", BEFORE, false, HM_INCONCLUSIVE,
		 HM_ONE_SIDED},
		{{"eth0:in", "eth2:out", "eth1:out", "drop"}, "QDISC_DROP", NONE, false,
		 HM_INCONCLUSIVE, HM_ONE_SIDED},
		{{"eth0:in", "eth2:out", "eth1:out", "drop"}, "TC_EGRESS", BEHIND, false,
		 HM_INCONCLUSIVE, HM_ONE_SIDED},
		{{"eth0:in", "eth1:out", "drop"}, "TC_EGRESS", BEHIND, false, HM_DROPPED_BY_BPF,
		 HM_PROVEN},
		{{"eth0:in", "eth1:out", "drop"}, "QDISC_DROP", NONE, false, HM_DROPPED_BY_QUEUE,
		 HM_PROVEN},
	};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(ways); i++)
		for (int untold = -1; untold < (ways[i].reason ? 0 : 4); untold++)
			judged(&ways[i], untold);
}

/* Nobody saw another copy: it may be all there is, or the one that went where the server is not. */
static void test_the_only_copy(void **state)
{
	static const struct way ways[] = {
		{{"eth0:in", "drop"}, NULL, NONE, false, HM_DROPPED_BY_FIREWALL, HM_LIKELY},
		{{"socket:out", "br0:out", "drop"}, NULL, NONE, false, HM_DROPPED_BY_FIREWALL, HM_LIKELY},
		{{"eth0:in", "eth1:out", "eth2:in", "drop"}, NULL, NONE, false, HM_DROPPED_BY_FIREWALL,
		 HM_LIKELY},
		{{"eth0:in", "drop"}, "TC_EGRESS", BEFORE, false, HM_DROPPED_BY_BPF, HM_LIKELY},
	};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(ways); i++)
		judged(&ways[i], -1);
}

/* What comes up to this host, or is for it, no bridge sends elsewhere. */
static void test_for_this_host(void **state)
{
	static const struct way ways[] = {
		{{"eth0:in", "br0:in", "drop"}, NULL, NONE, false, HM_DROPPED_BY_FIREWALL, HM_PROVEN},
		{{"eth0:in", "drop"}, NULL, NONE, true, HM_DROPPED_BY_FIREWALL, HM_PROVEN},
		{{"web/eth0:in", "drop"}, NULL, NONE, false, HM_DROPPED_BY_FIREWALL, HM_PROVEN},
		{{"socket:out", "drop"}, NULL, NONE, false, HM_DROPPED_BY_FIREWALL, HM_PROVEN},
		{{"eth0:in", "drop"}, "TC_INGRESS", BEFORE, false, HM_DROPPED_BY_BPF, HM_PROVEN},
	};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(ways); i++)
		judged(&ways[i], -1);
}

/*
 * The bridge never learns where the client is: each answer goes out by its port, and a copy by
 * another, where a rule takes it. Twin: it is seen leaving nowhere.
 */
static void test_copies_of_answers(void **state)
{
	(void)state;
	for (int on = 0; on < 2; on++) {
		struct world *w = bridging(NONE);
		struct conn c = conn_new(CLIENT, SERVER, 100);

		w->answers.on = true;
		shake_router(w, &c, 0);
		data(w, &c, 1, "eth0:in", 'c', HM_CLASS_HTTP_REQUEST, 0);
		data(w, &c, 1.1, "eth1:out", 'c', HM_CLASS_HTTP_REQUEST, 0);
		c.next += 50;
		for (int n = 0; n < 4; n++) {
			struct hm_sighting s =
				drop(w, &c, 3.2 + 300 * n, 's', "NETFILTER_DROP", ACK | 8);

			data(w, &c, 3 + 300 * n, "eth1:in", 's', HM_CLASS_HTTP_STATUS, 200);
			if (on)
				data(w, &c, 3.1 + 300 * n, "eth0:out", 's', HM_CLASS_HTTP_STATUS,
				     200);
			s.len = 50;
			push(w, s);
		}
		packet(w, &c, 3000, "eth0:in", HM_WHAT_FIN, 'c');
		run(w, 3010, 9000);
		finish(w, 9010);
		if (on)
			assert_int_not_equal(w->results[0].code, HM_DROPPED_BY_FIREWALL);
		else
			assert_int_equal(only(w, HM_DROPPED_BY_FIREWALL)->confidence, HM_LIKELY);
		world_free(w);
	}
}

/* Of bytes without a marker no hop tells: those of a server that no bridge learns go everywhere. */
static void test_copies_of_bytes(void **state)
{
	(void)state;
	for (int bridge = 0; bridge < 2; bridge++) {
		struct world *w = bridge ? bridging(NONE) : world_new(NULL);
		struct conn c = conn_new(CLIENT, SERVER, 100);

		shake_router(w, &c, 0);
		packet(w, &c, 0.4, "eth0:in", HM_WHAT_ACK, 'c');
		for (int n = 0; n < 5; n++) {
			struct hm_sighting s =
				drop(w, &c, 2 + 300 * n, 'c', "NETFILTER_DROP", ACK | 8);

			s.len = 50;
			push(w, s);
		}
		run(w, 1210, 9000);
		finish(w, 9010);
		assert_true(bridge == (w->results[0].code != HM_DROPPED_BY_FIREWALL));
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copy_went_on),
		cmocka_unit_test(test_the_only_copy),
		cmocka_unit_test(test_for_this_host),
		cmocka_unit_test(test_copies_of_answers),
		cmocka_unit_test(test_copies_of_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
