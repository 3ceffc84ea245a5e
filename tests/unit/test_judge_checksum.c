// SPDX-License-Identifier: GPL-2.0-only
/* bad-checksum: in the network where the packet came in like that, else on this host. */
#include "world.h"

/* Every request is dropped where it got to. */
static const struct result *dropped(struct world *w, const char *seen, const char *reason)
{
	struct conn c = conn_new(CLIENT, SERVER, 100);

	w->answers.on = true;
	for (int n = 0; n < 3; n++) {
		syn(w, &c, n * 1000, seen);
		push(w, drop(w, &c, n * 1000 + 0.2, 'c', reason, SYN));
	}
	run(w, 2010, 9000);
	return only(w, HM_BAD_CHECKSUM);
}

static void test_came_in(void **state)
{
	static const char *const reasons[] = {"TCP_CSUM", "IP_CSUM"};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(reasons); i++) {
		struct world *w = world_new(NULL);
		const struct result *r = dropped(w, "eth0:in", reasons[i]);

		assert_int_equal(r->blame, HM_BLAME_NETWORK);
		assert_int_equal(r->confidence, HM_LIKELY);
		world_free(w);
	}
}

static void test_of_host(void **state)
{
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct world *w = world_new(NULL);

	(void)state;
	assert_int_equal(dropped(w, "socket:out", "TCP_CSUM")->blame, HM_BLAME_HOST);
	world_free(w);
	w = world_new(NULL); /* it went out and came back in: a bridge, say */
	for (int n = 0; n < 3; n++)
		syn(w, &c, n * 1000, "socket:out");
	assert_int_equal(dropped(w, "eth0:in", "TCP_CSUM")->blame, HM_BLAME_HOST);
	world_free(w);
}

/* Somebody's program at the interface may have changed it. */
static void test_neighbour(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		struct world *w = world_new(NULL);
		struct hm_hop *in = &w->scene.hops[hop(w, "eth0:in")];

		if (i == 0)
			snprintf(in->before, sizeof(in->before), "XDP program lb #12");
		else if (i == 1)
			snprintf(in->after, sizeof(in->after), "tc program lb #12");
		else
			in->before_unknown = true;
		assert_int_equal(dropped(w, "eth0:in", "TCP_CSUM")->blame, HM_BLAME_HOST);
		world_free(w);
	}
}

/* One packet is changed on its way, and its repetition is not. */
static void test_overcome(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	w->answers = (struct answers){.on = true, .server_state = 1, .accepted = true, .pid = 812};
	syn(w, &c, 0, "eth0:in");
	push(w, drop(w, &c, 0.2, 'c', "TCP_CSUM", SYN));
	shake_server(w, &c, 1000);
	run(w, 1010, 6000);
	only(w, HM_CONNECTED);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_came_in),
		cmocka_unit_test(test_of_host),
		cmocka_unit_test(test_neighbour),
		cmocka_unit_test(test_overcome),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
