// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drops for a reason that takes all of its kind, where some of the kind went on: they are not the
 * fault.
 */
#include "world.h"

static void left(struct world *w, struct conn *c, double ms)
{
	syn(w, c, ms, "socket:out");
	syn(w, c, ms + 0.1, "eth0:out");
}

/*
 * The first request was dropped, as the route or the neighbour was not there yet; later ones left.
 */
static void test_left_later(void **state)
{
	static const char *const reasons[] = {"NEIGH_FAILED", "IP_OUTNOROUTES", "XFRM_POLICY"};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(reasons); i++) {
		struct world *w = world_new(NULL);
		struct conn c = conn_new(CLIENT, SERVER, 100);

		w->answers.on = true;
		syn(w, &c, 0, "socket:out");
		push(w, drop(w, &c, 0.1, 'c', reasons[i], SYN));
		for (int n = 1; n < 5; n++) {
			run(w, n * 1000 - 990, n * 1000 - 10);
			left(w, &c, n * 1000);
		}
		run(w, 4010, 9000);
		only(w, HM_SYN_UNANSWERED);
		world_free(w);
	}
}

/* The same of a SYN-ACK. */
static void test_synack_left_later(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	w->answers.on = true;
	for (int n = 0; n < 4; n++) {
		syn(w, &c, n * 1000, "eth0:in");
		synack(w, &c, n * 1000 + 0.2, "socket:out");
		if (n)
			synack(w, &c, n * 1000 + 0.3, "eth0:out");
		else
			push(w, drop(w, &c, 0.3, 's', "NEIGH_FAILED", SYN | ACK));
	}
	run(w, 3010, 9000);
	only(w, HM_INCONCLUSIVE);
	world_free(w);
}

/* Each was routed on, and a copy dropped; twin: it came back and was dropped then. */
static void test_copy(void **state)
{
	(void)state;
	for (int back = 0; back < 2; back++) {
		struct world *w = world_new(NULL);
		struct conn c = conn_new(CLIENT, SERVER, 100);

		w->answers.on = true;
		for (int n = 0; n < 3; n++) {
			syn(w, &c, n * 1000, "eth0:in");
			syn(w, &c, n * 1000 + 0.1, "eth1:out");
			if (back)
				syn(w, &c, n * 1000 + 0.2, "eth1:in");
			push(w, drop(w, &c, n * 1000 + 1, 'c', "IP_RPFILTER", SYN));
		}
		run(w, 2010, 7000);
		only(w, back ? HM_DROPPED_BY_ROUTING : HM_INCONCLUSIVE);
		world_free(w);
	}
}

/* TCP sends again within two seconds: what was dropped once and not again came through. */
static void test_once(void **state)
{
	(void)state;
	for (int drops = 1; drops <= 2; drops++) {
		struct world *w = world_new(NULL);
		struct conn c = conn_new(CLIENT, SERVER, 100);
		struct hm_sighting s;

		syn(w, &c, 0, "eth0:in");
		syn(w, &c, 0.1, "eth1:out");
		synack(w, &c, 0.2, "eth1:in");
		packet(w, &c, 0.3, "eth0:in", HM_WHAT_ACK, 'c');
		data(w, &c, 100, "eth0:in", 'c', HM_CLASS_OTHER, 0);
		for (int i = 0; i < drops; i++) {
			s = drop(w, &c, 100.1 + i * 200, 'c', "IP_OUTNOROUTES", ACK);
			s.len = 50;
			push(w, s);
		}
		run(w, 310, 5000);
		only(w, drops == 1 ? HM_CONNECTED : HM_NO_ROUTE);
		world_free(w);
	}
}

/* One repetition that went through may be among what was lost; of three none did. */
static void test_losses(void **state)
{
	(void)state;
	for (int drops = 1; drops <= 3; drops += 2)
		for (int lost = 0; lost < 2; lost++) {
			struct world *w = world_new(NULL);
			struct conn c = conn_new(CLIENT, SERVER, 100);

			w->answers.on = true;
			for (int n = 0; n < drops; n++) {
				syn(w, &c, n * 1000, "eth0:in");
				push(w, drop(w, &c, n * 1000 + 0.1, 'c', "IP_RPFILTER", SYN));
			}
			w->scene.counters[HM_CNT_LOST_RING] = (uint64_t)lost;
			run(w, drops * 1000 - 990, 6000);
			only(w, lost && drops < 3 ? HM_INCONCLUSIVE : HM_DROPPED_BY_ROUTING);
			world_free(w);
		}
}

/* A repetition of what had been read. */
static void test_read_already(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting s;

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	reads(w, &c, 2, 812, "java");
	s = drop(w, &c, 220, 'c', "TC_INGRESS", ACK);
	s.seq = c.next - 12;
	s.len = 12;
	push(w, s);
	packet(w, &c, 3000, "eth0:in", HM_WHAT_RST, 'c');
	run(w, 3010, 5000);
	only(w, HM_NO_ANSWER);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_left_later),	  cmocka_unit_test(test_synack_left_later),
		cmocka_unit_test(test_copy),		  cmocka_unit_test(test_once),
		cmocka_unit_test(test_losses),		  cmocka_unit_test(test_read_already),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
