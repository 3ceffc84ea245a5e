// SPDX-License-Identifier: GPL-2.0-only
/* dropped-by-queue: what a queue or a buffer of this host did not take, and what looks like it. */
#include "world.h"

static void test_queues(void **state)
{
	static const char *const reasons[] = {"QDISC_DROP", "QDISC_OVERLIMIT", "QDISC_CONGESTED",
					      "CAKE_FLOOD", "FQ_BAND_LIMIT",   "FQ_HORIZON_LIMIT",
					      "FQ_FLOW_LIMIT", "CPU_BACKLOG",  "FULL_RING"};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(reasons); i++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);
		const struct result *r;

		w->answers.on = true;
		for (int n = 0; n < 3; n++) {
			syn(w, &c, n * 1000, "socket:out");
			syn(w, &c, n * 1000 + 0.1, "eth0:out"); /* before the queue */
			push(w, drop(w, &c, n * 1000 + 0.2, 'c', reasons[i], SYN));
		}
		run(w, 10, 5000);
		r = only(w, HM_DROPPED_BY_QUEUE);
		assert_int_equal(r->blame, HM_BLAME_HOST);
		assert_int_equal(r->confidence, HM_PROVEN);
		world_free(w);
	}
}

/*
 * One request was dropped, those that left later were not answered: not the queue's fault, if they
 * are enough.
 */
static void test_left_later(void **state)
{
	(void)state;
	for (int syns = 3; syns <= 4; syns++) {
		struct world *w = world_new(NULL);
		struct conn c = conn_new(CLIENT, SERVER, 100);

		w->answers.on = true;
		for (int n = 0; n < syns; n++) {
			syn(w, &c, n * 1000, "socket:out");
			syn(w, &c, n * 1000 + 0.1, "eth0:out");
			if (!n)
				push(w, drop(w, &c, 0.2, 'c', "QDISC_DROP", SYN));
		}
		run(w, syns * 1000 - 990, 7000);
		only(w, syns == 3 ? HM_INCONCLUSIVE : HM_SYN_UNANSWERED);
		world_free(w);
	}
}

/* And it may be let through yet: two are too few. */
static void test_not_due(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	w->answers.on = true;
	for (int n = 0; n < 2; n++) {
		syn(w, &c, n * 1000, "socket:out");
		push(w, drop(w, &c, n * 1000 + 0.2, 'c', "QDISC_DROP", SYN));
	}
	run(w, 1010, 2800);
	assert_int_equal(w->count, 0);
	shake_client(w, &c, 3000);
	run(w, 3010, 6000);
	only(w, HM_CONNECTED);
	world_free(w);
}

/* What passed later may be among what was lost. */
static void test_losses(void **state)
{
	(void)state;
	for (int lost = 0; lost < 2; lost++) {
		struct world *w = world_new(NULL);
		struct conn c = conn_new(CLIENT, SERVER, 100);

		w->answers.on = true;
		for (int n = 0; n < 4; n++) {
			syn(w, &c, n * 1000, "socket:out");
			syn(w, &c, n * 1000 + 0.1, "eth0:out");
			push(w, drop(w, &c, n * 1000 + 0.2, 'c', "QDISC_DROP", SYN));
		}
		w->scene.counters[HM_CNT_LOST_RING] = (uint64_t)lost;
		run(w, 3010, 8000);
		only(w, lost ? HM_INCONCLUSIVE : HM_DROPPED_BY_QUEUE);
		world_free(w);
	}
}

/* Three are soon sent where TCP learns of the drop, and repeats each after half a second. */
static void test_soon_three(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	w->answers.on = true;
	for (int n = 0; n < 3; n++) {
		syn(w, &c, n * 500, "socket:out");
		syn(w, &c, n * 500 + 0.1, "eth0:out");
		push(w, drop(w, &c, n * 500 + 0.2, 'c', "QDISC_DROP", SYN));
	}
	run(w, 1010, 2000);
	assert_int_equal(w->count, 0);
	shake_client(w, &c, 2100);
	run(w, 2110, 6000);
	only(w, HM_CONNECTED);
	world_free(w);
}

/* Of seven six are known to be dropped, more than are kept: nobody knows of three that left. */
static void test_one_untold(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	w->answers.on = true;
	for (int n = 0; n < 7; n++) {
		syn(w, &c, n * 500, "socket:out");
		syn(w, &c, n * 500 + 0.1, "eth0:out");
		if (n < 6)
			push(w, drop(w, &c, n * 500 + 0.2, 'c', "QDISC_DROP", SYN));
	}
	run(w, 3010, 6000);
	assert_int_not_equal(only(w, w->results[0].code)->blame, HM_BLAME_BEYOND);
	world_free(w);
}

/* A rule that drops what a queue let through in the end is the fault. */
static void test_rule_behind(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	w->answers.on = true;
	for (int n = 0; n < 3; n++) {
		syn(w, &c, n * 1000, "eth0:in");
		push(w, drop(w, &c, n * 1000 + 0.2, 'c', n ? "NETFILTER_DROP" : "QDISC_DROP", SYN));
	}
	run(w, 2010, 6000);
	only(w, HM_DROPPED_BY_FIREWALL);
	world_free(w);
}

/* The marker is dropped again and again, of which unread bytes lie in the socket. */
static const struct result *buffer_full(struct world *w, const char *reason, uint32_t unread)
{
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting s;

	shake_server(w, &c, 0);
	w->answers = (struct answers){.on = true,
				      .server_state = 1,
				      .accepted = true,
				      .pid = 812,
				      .has_seq = true,
				      .copied_seq = c.next - unread,
				      .unread = unread};
	data(w, &c, 1, "eth0:in", 'c', HM_CLASS_OTHER, 0);
	for (int i = 0; i < 6; i++) { /* more than are kept as notes */
		marker(w, &c, 2 + i * 300, "eth0:in", 0);
		s = drop(w, &c, 2.1 + i * 300, 'c', reason, ACK);
		s.len = 12;
		push(w, s);
	}
	run(w, 1610, 6000);
	assert_int_equal(w->count, 1);
	return &w->results[0];
}

static void test_buffers(void **state)
{
	static const char *const reasons[] = {"PROTO_MEM", "SOCKET_RCVBUFF", "SOCKET_BACKLOG"};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(reasons); i++) {
		struct world *w = world_new("amazinggrace");

		buffer_full(w, reasons[i], 0);
		only(w, HM_DROPPED_BY_QUEUE);
		world_free(w);
		/* its application does not read: not the host's fault */
		w = world_new("amazinggrace");
		assert_int_not_equal(buffer_full(w, reasons[i], 5000)->blame, HM_BLAME_HOST);
		world_free(w);
	}
}

/* Whether those bytes were overcome no hop tells: only a marker is known again. */
static void test_no_marker(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_client(w, &c, 0);
	data(w, &c, 1, "socket:out", 'c', HM_CLASS_OTHER, 0);
	for (int i = 0; i < 4; i++)
		push(w, drop(w, &c, 2 + i * 300, 'c', "QDISC_DROP", ACK));
	run(w, 1000, 6000);
	assert_int_equal(w->count, 1);
	assert_int_not_equal(w->results[0].blame, HM_BLAME_HOST);
	world_free(w);
}

/* Nobody looked into the socket: who filled it is not known. */
static void test_buffer_unknown(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	data(w, &c, 1, "eth0:in", 'c', HM_CLASS_OTHER, 0);
	marker(w, &c, 2, "eth0:in", 0);
	push(w, drop(w, &c, 2.1, 'c', "SOCKET_RCVBUFF", ACK));
	run(w, 10, 6000);
	only(w, HM_INCONCLUSIVE);
	world_free(w);
}

/* Nor where the answer met the client's full socket, and the server's has none of it unread. */
static void test_client_full(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	w->answers = (struct answers){.on = true, .server_state = 1, .accepted = true, .pid = 812};
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	push(w, drop(w, &c, 3, 's', "SOCKET_RCVBUFF", ACK));
	packet(w, &c, 5000, "eth0:in", HM_WHAT_FIN, 'c');
	run(w, 5010, 8000);
	assert_int_equal(w->count, 1);
	assert_int_not_equal(w->results[0].code, HM_DROPPED_BY_QUEUE);
	world_free(w);
}

/* Congestion: dropped once, repeated, and it arrived. */
static void test_overcome(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	syn(w, &c, 0, "socket:out");
	push(w, drop(w, &c, 0.1, 'c', "QDISC_DROP", SYN));
	shake_client(w, &c, 1000);
	push(w, drop(w, &c, 1010, 'c', "QDISC_DROP", ACK));
	acked(w, &c, 1300, "eth0:in");
	run(w, 1310, 5000);
	only(w, HM_CONNECTED);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_queues),	       cmocka_unit_test(test_buffers),
		cmocka_unit_test(test_buffer_unknown), cmocka_unit_test(test_client_full),
		cmocka_unit_test(test_overcome),       cmocka_unit_test(test_left_later),
		cmocka_unit_test(test_not_due),	       cmocka_unit_test(test_rule_behind),
		cmocka_unit_test(test_no_marker),      cmocka_unit_test(test_losses),
		cmocka_unit_test(test_soon_three),     cmocka_unit_test(test_one_untold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
