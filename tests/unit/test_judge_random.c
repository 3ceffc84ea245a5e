// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules that drop at random (nft numgen, iptables statistic): what TCP repairs accuses nobody, and
 * what it may still repair neither.
 */
#include "world.h"

static struct hm_sighting bytes_dropped(const struct world *w, const struct conn *c, double ms,
					char dir)
{
	struct hm_sighting s = drop(w, c, ms, dir, "NETFILTER_DROP", ACK);

	s.len = 12;
	return s;
}

/* Twice in a row, and the third request gets through. */
static void test_syn_twice(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	w->answers.on = true;
	for (int i = 0; i < 2; i++) {
		syn(w, &c, 1000 * i, "eth0:in");
		push(w, drop(w, &c, 1000 * i + 0.1, 'c', "NETFILTER_DROP", SYN));
	}
	run(w, 1010, 3000);
	assert_int_equal(w->count, 0);
	shake_server(w, &c, 3010);
	ask_server(w, &c, 3011, HM_CLASS_HTTP_REQUEST, 0);
	reads(w, &c, 3012, 812, "nginx");
	answer_server(w, &c, 3013, 200);
	run(w, 3020, 6000);
	only(w, HM_DELIVERED);
	world_free(w);
}

/* In OUTPUT, where no hop sees what is dropped. */
static void test_syn_twice_in_output(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	w->answers.on = true;
	push(w, connect_call(w, &c, 0));
	push(w, drop(w, &c, 0.1, 'c', "NETFILTER_DROP", SYN));
	push(w, drop(w, &c, 1000, 'c', "NETFILTER_DROP", SYN));
	run(w, 1010, 3000);
	assert_int_equal(w->count, 0);
	shake_client(w, &c, 3010);
	run(w, 3020, 6000);
	only(w, HM_CONNECTED);
	world_free(w);
}

/* The trace ends while it may still be repaired; a client that has given up repairs nothing. */
static void test_cut(void **state)
{
	(void)state;
	for (int gone = 0; gone < 2; gone++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);

		syn(w, &c, 0, "eth0:in");
		push(w, drop(w, &c, 0.1, 'c', "NETFILTER_DROP", SYN));
		run(w, 10, 500);
		if (gone)
			packet(w, &c, 510, "eth0:in", HM_WHAT_RST, 'c');
		finish(w, 550);
		only(w, gone ? HM_DROPPED_BY_FIREWALL : HM_INCONCLUSIVE);
		world_free(w);
	}
}

/* A client that is never heard of again has given up as well. */
static void test_syn_once_and_silence(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	w->answers.on = true;
	syn(w, &c, 0, "eth0:in");
	push(w, drop(w, &c, 0.1, 'c', "NETFILTER_DROP", SYN));
	run(w, 10, 5000);
	only(w, HM_DROPPED_BY_FIREWALL);
	world_free(w);
}

/* Of a connection that only sends: empty acknowledgements, one of its packets, its end. */
static void test_one_way(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_client(w, &c, 0);
	push(w, bytes_dropped(w, &c, 2, 'c'));
	for (int i = 0; i < 6; i++)
		push(w, drop(w, &c, 10 + i, 's', "NETFILTER_DROP", ACK));
	push(w, drop(w, &c, 20, 'c', "NETFILTER_DROP", ACK | 1));
	data(w, &c, 210, "eth0:out", 'c', HM_CLASS_OTHER, 0);
	packet(w, &c, 220, "eth0:out", HM_WHAT_FIN, 'c');
	run(w, 230, 6000);
	finish(w, 6010);
	only(w, HM_CONNECTED);
	world_free(w);
}

/* Its twin: none of its bytes gets through. */
static void test_all_bytes(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_client(w, &c, 0);
	for (int i = 0; i < 6; i++)
		push(w, bytes_dropped(w, &c, 2 + 200 * i, 'c'));
	run(w, 1010, 6000);
	only(w, HM_DROPPED_BY_FIREWALL);
	world_free(w);
}

/* One segment of an answer, dropped on its first way and not yet sent again. */
static void test_answer_once(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	reads(w, &c, 2, 812, "nginx");
	push(w, bytes_dropped(w, &c, 3, 's'));
	packet(w, &c, 50, "eth0:in", HM_WHAT_FIN, 'c');
	finish(w, 100);
	only(w, HM_INCONCLUSIVE);
	world_free(w);
}

/*
 * Three requests, of which a queue or a rule here took one by chance: the other two went on in
 * vain.
 */
static void test_one_of_three(void **state)
{
	static const char *const reasons[] = {"NETFILTER_DROP", "QDISC_DROP", "TC_EGRESS_ODD",
					      "NOT_SPECIFIED"};

	(void)state;
	for (size_t r = 0; r < HM_ARRAY_SIZE(reasons); r++)
		for (int taken = 0; taken < 3; taken++) {
			struct world *w = world_new(NULL);
			struct conn c = conn_new(CLIENT, SERVER, 100);
			bool freed = !strcmp(reasons[r], "NOT_SPECIFIED");

			w->answers.on = true;
			for (int n = 0; n < 3; n++) {
				syn(w, &c, n * 1500, "socket:out");
				syn(w, &c, n * 1500 + 0.1, "eth0:out");
				if (n == taken)
					push(w, drop(w, &c, n * 1500 + 0.2, 'c', reasons[r], SYN));
			}
			run(w, 3010, 6000);
			only(w, freed ? HM_SYN_UNANSWERED : HM_INCONCLUSIVE);
			for (uint32_t i = 0; i < w->results[0].evidence_count; i++)
				assert_null(
					strstr(w->results[0].evidence[i], "no drop on this host"));
			assert_non_null(strstr(w->results[0].evidence[freed ? 2 : 1], reasons[r]));
			world_free(w);
		}
}

/* What OUTPUT drops no hop sees: the first request went on, or the second, and was seen. */
static void test_one_went_on(void **state)
{
	static const char *const reasons[] = {"NETFILTER_DROP", "CPU_BACKLOG"};

	(void)state;
	for (size_t r = 0; r < HM_ARRAY_SIZE(reasons); r++)
		for (int passes = 0; passes < 4; passes++) {
			struct world *w = world_new(NULL);
			struct conn c = conn_new(CLIENT, SERVER, 100);

			w->answers.on = true;
			for (int n = 0; n < 4; n++) {
				if (n == passes)
					syn(w, &c, n * 1000, "eth0:out");
				else
					push(w, drop(w, &c, n * 1000, 'c', reasons[r], SYN));
			}
			run(w, 3010, 8000);
			only(w, HM_INCONCLUSIVE);
			world_free(w);
		}
}

/* Twins: none did, and nobody saw them; the backlog of a CPU is a queue. */
static void test_none_went_on(void **state)
{
	(void)state;
	for (int queue = 0; queue < 2; queue++) {
		struct world *w = world_new(NULL);
		struct conn c = conn_new(CLIENT, SERVER, 100);

		w->answers.on = true;
		for (int n = 0; n < 4; n++)
			push(w, drop(w, &c, n * 1000, 'c', queue ? "CPU_BACKLOG" : "NETFILTER_DROP",
				     SYN));
		run(w, 3010, 8000);
		only(w, queue ? HM_DROPPED_BY_QUEUE : HM_DROPPED_BY_FIREWALL);
		world_free(w);
	}
}

/*
 * Four requests and three drops, for the kernel did not tell one, of the middle or the last; twins:
 * it was seen behind, or would not have been, or is a queue's.
 */
static void test_one_untold(void **state)
{
	enum { UNTOLD, BEHIND, QUEUE, LAST, LAST_BEHIND, LAST_BLIND, CASES };

	(void)state;
	for (int why = 0; why < CASES; why++) {
		const int which = why >= LAST ? 3 : 1;
		struct world *w = world_new(NULL);
		struct conn c = conn_new(CLIENT, SERVER, 100);

		if (why == LAST_BLIND)
			w->scene.hops[hop(w, "socket:in")].hook = HM_HOOK_XDP;
		w->answers.on = true;
		for (int n = 0; n < 4; n++) {
			syn(w, &c, n * 1000, "eth0:in");
			if (n != which)
				push(w, drop(w, &c, n * 1000 + 0.1, 'c',
					     why == QUEUE ? "QDISC_DROP" : "NETFILTER_DROP", SYN));
			else if (why == BEHIND || why == LAST_BEHIND)
				syn(w, &c, n * 1000 + 0.1, "eth1:out");
		}
		run(w, 3010, 8000);
		only(w, why == UNTOLD || why == LAST ? HM_DROPPED_BY_FIREWALL : HM_INCONCLUSIVE);
		world_free(w);
	}
}

/* A router's rule took the last SYN-ACK by chance; those before it went on. */
static void test_last_synack(void **state)
{
	(void)state;
	for (int all = 0; all < 2; all++) {
		struct world *w = world_new(NULL);
		struct conn c = conn_new(CLIENT, SERVER, 100);

		w->answers.on = true;
		for (int n = 0; n < 3; n++) {
			syn(w, &c, n * 1500, "eth0:in");
			syn(w, &c, n * 1500 + 0.1, "eth1:out");
			synack(w, &c, n * 1500 + 0.2, "eth1:in");
			if (all || n == 2)
				push(w,
				     drop(w, &c, n * 1500 + 0.3, 's', "NETFILTER_DROP", SYN | ACK));
		}
		run(w, 3010, 6000);
		only(w, all ? HM_DROPPED_BY_FIREWALL : HM_INCONCLUSIVE);
		world_free(w);
	}
}

/* So do the marker's segments: dropped three times of six. */
static void test_half_of_the_markers(void **state)
{
	(void)state;
	for (int all = 0; all < 2; all++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);

		w->answers.on = true;
		shake_client(w, &c, 0);
		for (int n = 0; n < 6; n++) {
			marker(w, &c, 1 + n * 300, "eth1:in", 0);
			if (all || n % 2)
				push(w, bytes_dropped(w, &c, 1.1 + n * 300, 'c'));
		}
		run(w, 1510, 6000);
		finish(w, 6010);
		only(w, all ? HM_DROPPED_BY_FIREWALL : HM_INCONCLUSIVE);
		world_free(w);
	}
}

/* What came through may be among what was lost, unless as many were dropped as were due. */
static void test_losses(void **state)
{
	(void)state;
	for (int n = 1; n <= 3; n++) {
		struct world *w = world_new(NULL);
		struct conn c = conn_new(CLIENT, SERVER, 100);

		w->answers.on = true;
		for (int i = 0; i < n; i++) {
			syn(w, &c, i * 1500, "eth0:in");
			push(w, drop(w, &c, i * 1500 + 0.1, 'c', "NETFILTER_DROP", SYN));
		}
		w->scene.counters[HM_CNT_LOST_RING] = 1;
		run(w, 3010, 9000);
		only(w, n < 3 ? HM_INCONCLUSIVE : HM_DROPPED_BY_FIREWALL);
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_syn_twice),
		cmocka_unit_test(test_syn_twice_in_output),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_syn_once_and_silence),
		cmocka_unit_test(test_one_way),
		cmocka_unit_test(test_all_bytes),
		cmocka_unit_test(test_answer_once),
		cmocka_unit_test(test_one_of_three),
		cmocka_unit_test(test_last_synack),
		cmocka_unit_test(test_one_untold),
		cmocka_unit_test(test_one_went_on),
		cmocka_unit_test(test_none_went_on),
		cmocka_unit_test(test_half_of_the_markers),
		cmocka_unit_test(test_losses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
