// SPDX-License-Identifier: GPL-2.0-only
/*
 * The innocent beside the guilty, where the evidence of both is nearly the same: connections of
 * which the beginning was not seen, and drops of some packets where others passed.
 */
#include "world.h"

/*
 * Older than the trace, and the server is heard first, on the client's host: it was taken for the
 * client.
 */
static void server_pushes(struct world *w, const struct conn *c)
{
	data(w, c, 0, "eth0:in", 's', HM_CLASS_OTHER, 0);
	data(w, c, 0.1, "socket:in", 's', HM_CLASS_OTHER, 0);
}

/* Then the client resets it, or who pushes does: neither is a server that closed unread. */
static void test_pushed_and_reset(void **state)
{
	(void)state;
	for (int by_client = 0; by_client < 2; by_client++) {
		struct world *w = world_new(NULL);
		struct conn c = conn_new(CLIENT, SERVER, 100);

		server_pushes(w, &c);
		if (by_client)
			packet(w, &c, 5, "socket:out", HM_WHAT_RST, 'c');
		packet(w, &c, 5.1, by_client ? "eth0:out" : "eth0:in", HM_WHAT_RST,
		       by_client ? 'c' : 's');
		run(w, 10, 5000);
		only(w, HM_INCONCLUSIVE);
		world_free(w);
	}
}

/* Its twin: a listener tells who is the server, which reads nothing and resets. */
static void test_asked_and_reset(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	tell_listener(w, &c, -1, "0.0.0.0:80", NS_HOST);
	data(w, &c, 0, "eth0:out", 'c', HM_CLASS_OTHER, 0);
	packet(w, &c, 5, "eth0:in", HM_WHAT_RST, 's');
	run(w, 10, 5000);
	assert_int_equal(only(w, HM_CLOSED_BY_APPLICATION)->blame, HM_BLAME_BEYOND);
	world_free(w);
}

/* A client may leave what it is sent where it lies: it is no server whose window is closed. */
static void test_pushed_and_shut(void **state)
{
	(void)state;
	for (int known = 0; known < 2; known++) {
		struct world *w = world_new(NULL);
		struct conn c = conn_new(CLIENT, SERVER, 100);

		w->answers = (struct answers){.on = true,
					      .server_state = 1,
					      .accepted = true,
					      .has_seq = true,
					      .copied_seq = 101,
					      .unread = 50000,
					      .pid = 9};
		if (known)
			shake_client(w, &c, -1);
		server_pushes(w, &c);
		for (int i = 0; i < 4; i++)
			packet(w, &c, 100 + 300 * i, "eth0:out", HM_WHAT_WINDOW, 'c');
		run(w, 1010, 9000);
		assert_true(known == !strstr(only(w, HM_CONNECTED)->summary, "when it was first seen"));
		world_free(w);
	}
}

/*
 * Older than the trace, and this kernel has no such connection any more, for whatever reason: its
 * reset is not that of a host which was not watched. Twin: the reset comes in.
 */
static void test_no_longer_here(void **state)
{
	(void)state;
	for (int afar = 0; afar < 2; afar++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);

		data(w, &c, 0, afar ? "eth0:out" : "eth0:in", 'c', HM_CLASS_HTTP_REQUEST, 0);
		marker(w, &c, 0, afar ? "eth0:out" : "eth0:in", 0);
		c.next += 12;
		if (afar)
			packet(w, &c, 0.2, "eth0:in", HM_WHAT_RST, 's');
		else
			reset_by_kernel(w, &c, 0.2);
		run(w, 10, 5000);
		only(w, afar ? HM_CLOSED_BY_APPLICATION : HM_INCONCLUSIVE);
		world_free(w);
	}
}

/*
 * A rule dropped three requests, and of the fourth nothing is known: it may have gone on unseen
 * where a sighting was lost or not each interface is watched, and ended here where the kernel says
 * so. Twins: all is watched; what was lost is no sighting of a packet.
 */
static void test_fourth_request(void **state)
{
	enum { WATCHED, KEPT, LOST, NAMED, BLIND, LACKING, ENDED, CASES };

	(void)state;
	for (int why = 0; why < CASES; why++)
		for (int which = 1; which < 4; which += 2) {
			struct world *w = world_new(NULL);
			struct conn c = conn_new(CLIENT, SERVER, 100);

			w->answers.on = true;
			w->scene.named_interfaces = why == NAMED;
			w->scene.hops[hop(w, "eth1:out")].doubt_ns = why == BLIND ? T0 : 0;
			if (why == LACKING)
				scene_not_watched(&w->scene, "eth2:in", "Device or resource busy");
			for (int n = 0; n < 4; n++) {
				syn(w, &c, n * 1000, "eth0:in");
				if (n != which)
					push(w, drop(w, &c, n * 1000 + 0.1, 'c', "NETFILTER_DROP",
						     SYN));
				else if (why == ENDED)
					push(w, drop(w, &c, n * 1000 + 0.1, 'c', "NO_SOCKET", SYN));
			}
			w->scene.counters[HM_CNT_LOST_RING] = why == LOST;
			w->scene.counters[HM_CNT_LOST_BUSY] = why == KEPT;
			run(w, 3010, 9000);
			only(w, why <= KEPT ? HM_DROPPED_BY_FIREWALL : HM_INCONCLUSIVE);
			world_free(w);
		}
}

/*
 * Where the sender's own host drops its requests it tries again every half second. Seven of eight
 * are more than are kept, and one went on.
 */
static void test_seven_of_eight(void **state)
{
	static const double at[] = {0, 500, 1000, 1500, 2000, 2500, 3500, 4000};

	(void)state;
	for (int round = 0; round < 4; round++) {
		const bool queue = round & 1, all = round & 2;
		struct world *w = world_new(NULL);
		struct conn c = conn_new(CLIENT, SERVER, 100);

		w->answers.on = true;
		push(w, connect_call(w, &c, 0));
		for (int n = 0; n < 8; n++) {
			const bool taken = all || n != 5;

			syn(w, &c, at[n] + 0.1, "socket:out");
			if (queue || !taken)
				syn(w, &c, at[n] + 0.2, "eth0:out");
			if (taken)
				push(w, drop(w, &c, at[n] + 0.3, 'c',
					     queue ? "QDISC_DROP" : "NETFILTER_DROP", SYN));
		}
		run(w, 4010, 9000);
		only(w, !all ? HM_INCONCLUSIVE
			: queue ? HM_DROPPED_BY_QUEUE : HM_DROPPED_BY_FIREWALL);
		world_free(w);
	}
}

static void dropped_at(struct world *w, const struct conn *c, double ms, uint32_t from,
		       uint32_t len)
{
	const bool pushed = len && ms > 100; /* as what is sent again is */
	struct hm_sighting s = drop(w, c, ms, 'c', "NETFILTER_DROP", pushed ? ACK | 8 : ACK);

	s.seq = c->next + from;
	s.len = len;
	push(w, s);
}

/*
 * A rule of a router's that takes all that the client sends after the SYN: the ACK of the
 * handshake, the marker again and again, and between them the ACK of a SYN-ACK that came again.
 * Twin: one marker went on.
 */
static void test_acks_between(void **state)
{
	static const double at[] = {0, 240, 480, 1090, 1600};

	(void)state;
	for (int on = 0; on < 2; on++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);

		shake_router(w, &c, 0);
		packet(w, &c, 0.4, "eth0:in", HM_WHAT_ACK, 'c');
		dropped_at(w, &c, 0.5, 0, 0);
		for (size_t i = 0; i < HM_ARRAY_SIZE(at); i++) {
			data(w, &c, at[i] + 1, "eth0:in", 'c', HM_CLASS_OTHER, 0);
			marker(w, &c, at[i] + 1, "eth0:in", 0);
			if (on && i == 3)
				marker(w, &c, at[i] + 1.1, "eth1:out", 0);
			else
				dropped_at(w, &c, at[i] + 1.1, 0, 12);
			if (at[i] > 1000)
				dropped_at(w, &c, at[i] + 2, 12, 0);
		}
		run(w, 1610, 9000);
		if (on)
			assert_int_not_equal(w->results[0].code, HM_DROPPED_BY_FIREWALL);
		else
			assert_non_null(strstr(only(w, HM_DROPPED_BY_FIREWALL)->evidence[0],
					       "client's packet dropped 5 or more times, first at 1.10 ms"));
		world_free(w);
	}
}

/*
 * On a slow host the last of the markers is still on its way to the rule that takes them when the
 * application has had its time. Twin: it went on.
 */
static void test_just_sent(void **state)
{
	static const double at[] = {0, 240, 480, 1090, 1998};

	(void)state;
	for (int on = 0; on < 2; on++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);

		w->answers.on = true;
		shake_client(w, &c, 0);
		for (size_t i = 0; i < HM_ARRAY_SIZE(at); i++) {
			marker(w, &c, at[i] + 1, "socket:out", 0);
			tick(w, at[i] + 10);
			if (on && i == 4)
				marker(w, &c, at[i] + 20, "eth0:out", 0);
			else
				dropped_at(w, &c, at[i] + 20, 0, 12);
		}
		run(w, 2020, 9000);
		if (on)
			assert_int_not_equal(w->results[0].code, HM_DROPPED_BY_FIREWALL);
		else
			only(w, HM_DROPPED_BY_FIREWALL);
		world_free(w);
	}
}

/*
 * A rule that polices took the same bytes of an upload four times; then they came through, and it
 * took others, each once. Twin: the others are before them.
 */
static void test_upload_policed(void **state)
{
	(void)state;
	for (int behind = 0; behind < 2; behind++) {
		struct world *w = world_new(NULL);
		struct conn c = conn_new(CLIENT, SERVER, 100);
		static const double at[] = {2, 203, 610, 1420};

		shake_server(w, &c, 0);
		data(w, &c, 1, "eth0:in", 'c', HM_CLASS_OTHER, 0);
		for (size_t i = 0; i < HM_ARRAY_SIZE(at); i++)
			dropped_at(w, &c, at[i], 50000, 1448);
		for (uint32_t i = 0; i < 12; i++)
			dropped_at(w, &c, 2300 + 10 * i, behind ? 90000 + 1448 * i : 1448 * i,
				   1448);
		run(w, 2420, 9000);
		finish(w, 9010);
		assert_true(behind == (w->results[0].code != HM_DROPPED_BY_FIREWALL));
		world_free(w);
	}
}

/*
 * A greeting was dropped three times, then it came and was acknowledged; what is asked then is not
 * answered. Twin: it did not come.
 */
static void test_greeting_came(void **state)
{
	(void)state;
	for (int came = 0; came < 2; came++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);
		struct hm_sighting ack = see(w, &c, 700, "eth0:in", HM_WHAT_ACK, 'c');

		shake_server(w, &c, 0);
		for (int i = 0; i < 3; i++) {
			struct hm_sighting s =
				drop(w, &c, 1 + 200 * i, 's', "NETFILTER_DROP", ACK | 8);

			s.seq = c.isn_s + 1;
			s.len = 40;
			push(w, s);
		}
		ack.ack = c.isn_s + (came ? 41 : 1);
		push(w, ack);
		ask_server(w, &c, 800, HM_CLASS_HTTP_REQUEST, 0);
		run(w, 810, 6000);
		finish(w, 6010);
		assert_true(came == (w->results[0].code != HM_DROPPED_BY_FIREWALL));
		world_free(w);
	}
}

/* Reasons of programs at tc, XDP, cgroups and sockets, and of a policer beside them. */
static const char *const of_programs[] = {"TC_EGRESS",	       "TC_INGRESS",	"XDP",
					  "BPF_CGROUP_EGRESS", "SOCKET_FILTER", "NOMEM"};

/*
 * A policer took segments of a connection that only sends, and each came through when it was sent
 * again; or acknowledgements of it. Twin: the same bytes again and again.
 */
static void test_policed_bytes(void **state)
{
	enum { OTHERS, ACKS, SAME, CASES };

	(void)state;
	for (size_t r = 0; r < HM_ARRAY_SIZE(of_programs); r++)
		for (int what = 0; what < CASES; what++) {
			struct world *w = world_new(NULL);
			struct conn c = conn_new(CLIENT, SERVER, 100);

			shake_client(w, &c, 0);
			data(w, &c, 1, "socket:out", 'c', HM_CLASS_OTHER, 0);
			data(w, &c, 1.1, "eth0:out", 'c', HM_CLASS_OTHER, 0);
			for (int n = 0; n < 4; n++) {
				struct hm_sighting s =
					drop(w, &c, 300 + 200 * n, what == ACKS ? 's' : 'c',
					     of_programs[r], ACK);

				s.seq += what == OTHERS ? 14480 * n : 0;
				s.len = what == ACKS ? 0 : 1448;
				push(w, s);
			}
			run(w, 1010, 6000);
			assert_int_equal(w->count, 1);
			assert_int_equal(w->results[0].blame,
					 what == SAME ? HM_BLAME_HOST : HM_BLAME_NONE);
			world_free(w);
		}
}

/* It took one request of three, the others went on in vain. Twin: none did. */
static void test_policed_requests(void **state)
{
	(void)state;
	for (size_t r = 0; r < HM_ARRAY_SIZE(of_programs); r++)
		for (int taken = 0; taken <= 3; taken++) {
			struct world *w = world_new(NULL);
			struct conn c = conn_new(CLIENT, SERVER, 100);

			w->answers.on = true;
			for (int n = 0; n < 3; n++) {
				syn(w, &c, n * 1000, "eth0:in");
				if (n == taken || taken == 3)
					push(w, drop(w, &c, n * 1000 + 0.1, 'c', of_programs[r],
						     SYN));
				else
					syn(w, &c, n * 1000 + 0.1, "eth1:out");
				if (n)
					run(w, n * 1000 + 10, n * 1000 + 990);
			}
			run(w, 3010, 8000);
			assert_int_equal(w->count, 1);
			assert_int_equal(w->results[0].blame,
					 taken == 3 ? HM_BLAME_HOST : HM_BLAME_UNKNOWN);
			world_free(w);
		}
}

/*
 * A server that had accepted resets what it was sent, unread. Twins: it had read; nothing was sent;
 * it had closed its side before; its reads are not watched.
 */
static void test_accepted_and_reset(void **state)
{
	enum { UNREAD, READ, UNSENT, CLOSED, UNWATCHED, CASES };

	(void)state;
	for (int why = 0; why < CASES; why++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);

		if (why == UNWATCHED)
			w->scene.hops[hop(w, "app")].hook = HM_HOOK_PROBE;
		w->answers = (struct answers){
			.on = true, .server_state = 1, .accepted = true, .pid = 9};
		shake_server(w, &c, 0);
		run(w, 10, 2500);
		if (why == CLOSED)
			packet(w, &c, 2600, "eth0:out", HM_WHAT_FIN, 's');
		if (why != UNSENT)
			data(w, &c, 2700, "eth0:in", 'c', HM_CLASS_OTHER, 0);
		if (why == READ) {
			struct hm_sighting s = see(w, &c, 2800, "app", HM_WHAT_READ, 'c');

			s.pid = 9;
			push(w, s);
		}
		reset_by_kernel(w, &c, 3000);
		run(w, 3010, 5000);
		only(w, why == UNREAD ? HM_CLOSED_BY_APPLICATION : HM_CONNECTED);
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pushed_and_reset),
		cmocka_unit_test(test_asked_and_reset),
		cmocka_unit_test(test_pushed_and_shut),
		cmocka_unit_test(test_no_longer_here),
		cmocka_unit_test(test_fourth_request),
		cmocka_unit_test(test_seven_of_eight),
		cmocka_unit_test(test_acks_between),
		cmocka_unit_test(test_just_sent),
		cmocka_unit_test(test_upload_policed),
		cmocka_unit_test(test_greeting_came),
		cmocka_unit_test(test_policed_bytes),
		cmocka_unit_test(test_policed_requests),
		cmocka_unit_test(test_accepted_and_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
