// SPDX-License-Identifier: GPL-2.0-only
/*
 * dropped-by-bpf: programs at tc, XDP, cgroups and sockets, and filters that get the same reason.
 */
#include "world.h"

/* A request that came in and was dropped for that reason, whatever is at the interfaces. */
static const struct result *dropped(struct world *w, const char *reason, enum hm_code code)
{
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	w->answers.on = true;
	syn(w, &c, 0, "eth0:in");
	push(w, drop(w, &c, 0.1, 'c', reason, SYN));
	run(w, 10, 1500);
	r = only(w, code);
	assert_int_equal(r->blame, HM_BLAME_HOST);
	return r;
}

static void is_at(struct world *w, const char *where, const char *before, const char *after)
{
	struct hm_hop *h = &w->scene.hops[hop(w, where)];

	snprintf(h->before, sizeof(h->before), "%s", before);
	snprintf(h->after, sizeof(h->after), "%s", after);
}

static void test_named(void **state)
{
	static const char *const reasons[] = {"XDP", "BPF_CGROUP_EGRESS"};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(reasons); i++) {
		struct world *w = world_new("amazinggrace");

		assert_int_equal(dropped(w, reasons[i], HM_DROPPED_BY_BPF)->confidence, HM_PROVEN);
		world_free(w);
	}
}

/* In generic mode its drop has no reason; the function tells. */
static void test_generic(void **state)
{
	static const char *const functions[] = {"do_xdp_generic", "netif_receive_generic_xdp",
						"icmp_rcv"};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(functions); i++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);
		struct hm_sighting s;

		w->answers.on = true;
		for (int n = 0; n < 3; n++) {
			s = drop(w, &c, n * 1000, 'c', "NOT_SPECIFIED", SYN);
			snprintf(s.drop.where, sizeof(s.drop.where), "%s", functions[i]);
			push(w, s);
		}
		run(w, 2010, 8000);
		finish(w, 9000);
		if (i < 2)
			assert_int_equal(only(w, HM_DROPPED_BY_BPF)->confidence, HM_PROVEN);
		else
			only(w, HM_INCONCLUSIVE);
		world_free(w);
	}
}

static void test_program(void **state)
{
	struct world *w = world_new("amazinggrace");
	const struct result *r;

	(void)state;
	is_at(w, "eth0:in", "", "tc program lb #12");
	is_at(w, "eth0:out", "filter flower", ""); /* of the other direction */
	is_at(w, "eth1:in", "XDP program lb #13", "filter bpf"); /* the old bytecode */
	r = dropped(w, "TC_INGRESS", HM_DROPPED_BY_BPF);
	assert_int_equal(r->confidence, HM_PROVEN);
	assert_string_equal(r->evidence[1], "filter bpf is at eth1:in");
	world_free(w);
}

/* The kernel's reason is the same for a filter that is no program. */
static void test_filter(void **state)
{
	struct world *w = world_new("amazinggrace");
	const struct result *r;

	(void)state;
	is_at(w, "eth0:out", "tc program lb #12", "");
	is_at(w, "eth0:in", "", "filter flower");
	r = dropped(w, "TC_INGRESS", HM_DROPPED_OTHER);
	assert_int_equal(r->confidence, HM_PROVEN);
	assert_string_equal(r->evidence[1], "filter flower is at eth0:in");
	world_free(w);
}

static void may_be_either(const char *reason, const char *before, const char *after)
{
	struct world *w = world_new("amazinggrace");

	is_at(w, "eth0:in", before, after);
	assert_int_equal(dropped(w, reason, HM_DROPPED_BY_BPF)->confidence, HM_LIKELY);
	world_free(w);
}

static void test_either(void **state)
{
	(void)state;
	may_be_either("TC_INGRESS", "", "");
	may_be_either("TC_INGRESS", "XDP program lb #12", ""); /* not at tc */
	may_be_either("TC_INGRESS", "XDP program lb #12 and 1 more", "");
	may_be_either("TC_INGRESS", "tc program lb #12", "filter flower");
	may_be_either("TC_INGRESS", "", "filter lb #12 and 2 more");
	may_be_either("TC_INGRESS", "", "filter flower and 1 more");
	may_be_either("SOCKET_FILTER", "", "");
}

/* A security module is none. */
static void test_security(void **state)
{
	struct world *w = world_new("amazinggrace");

	(void)state;
	dropped(w, "SECURITY_HOOK", HM_DROPPED_OTHER);
	world_free(w);
}

/* The same request went through a second later. */
static void test_overcome(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	w->answers = (struct answers){.on = true, .server_state = 1, .accepted = true, .pid = 812};
	syn(w, &c, 0, "eth0:in");
	push(w, drop(w, &c, 0.1, 'c', "TC_INGRESS", SYN));
	shake_server(w, &c, 1000);
	run(w, 1010, 5000);
	only(w, HM_CONNECTED);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_named),	 cmocka_unit_test(test_generic),
		cmocka_unit_test(test_program),
		cmocka_unit_test(test_filter),	 cmocka_unit_test(test_either),
		cmocka_unit_test(test_security), cmocka_unit_test(test_overcome),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
