// SPDX-License-Identifier: GPL-2.0-only
/*
 * The accept queue when the last ACK of a handshake comes: discarded, or the SYN-ACK is sent again.
 */
#include "world.h"

/* The last ACK is thrown away by a full queue; with SYN cookies the reason is NO_SOCKET. */
static void test_queue_full_ack(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting s;

	(void)state;
	shake_server(w, &c, 0);
	s = drop(w, &c, 0.6, 'c', "NO_SOCKET", ACK);
	s.drop.has_listener = true;
	s.drop.backlog = 3;
	s.drop.backlog_max = 2;
	push(w, s);
	ask_server(w, &c, 1, HM_CLASS_OTHER, 0);
	w->answers = (struct answers){.on = true};
	run(w, 10, 2500);
	only(w, HM_ACCEPT_QUEUE_FULL);
	world_free(w);
}

/* An ACK thrown away at a listener that is not over its limit accuses nobody. */
static void test_queue_not_full_ack(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting s;

	(void)state;
	shake_server(w, &c, 0);
	s = drop(w, &c, 0.6, 'c', "NO_SOCKET", ACK);
	s.drop.has_listener = true;
	s.drop.backlog = s.drop.backlog_max = 2;
	push(w, s);
	ask_server(w, &c, 1, HM_CLASS_OTHER, 0);
	w->answers.on = true;
	run(w, 10, 2500);
	only(w, HM_INCONCLUSIVE);
	world_free(w);
}

/*
 * Before Linux 6.11 the drop of the last ACK names no listener and no reason: that it came and the
 * SYN-ACK is repeated, the queue over its limit, says the same.
 */
static void synack_repeated(struct world *w, bool ack_came, uint32_t backlog)
{
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting s;

	syn(w, &c, 0, "eth0:in");
	syn(w, &c, 0.1, "socket:in");
	synack(w, &c, 0.2, "socket:out");
	synack(w, &c, 0.3, "eth0:out");
	packet(w, &c, 0.4, "eth0:in", HM_WHAT_ACK, 'c');
	if (ack_came) {
		packet(w, &c, 0.5, "socket:in", HM_WHAT_ACK, 'c');
		push(w, drop(w, &c, 0.6, 'c', "NOT_SPECIFIED", ACK));
	}
	synack(w, &c, 1010, "socket:out");
	synack(w, &c, 1010.1, "eth0:out");
	s = see(w, &c, 1010.2, "drops", HM_WHAT_RETRANS, 's');
	memset(&s.retrans, 0, sizeof(s.retrans));
	s.retrans.synack = true;
	s.retrans.sk_state = HM_STATE_LISTEN;
	s.retrans.backlog = backlog;
	s.retrans.backlog_max = s.retrans.overflows = 2;
	push(w, s);
	w->answers.on = true;
	run(w, 1020, 3500);
}

static void test_queue_full_repeats(void **state)
{
	struct world *w = world_new(NULL);
	const struct result *r;

	(void)state;
	synack_repeated(w, true, 3);
	r = only(w, HM_ACCEPT_QUEUE_FULL);
	assert_int_equal(r->confidence, HM_PROVEN);
	assert_non_null(strstr(r->evidence[0], "3 waiting, limit 2"));
	assert_non_null(strstr(r->evidence[1], "repeated its SYN-ACK at 1.01 s"));
	assert_non_null(strstr(r->evidence[2], "namespace rose by 2 since"));
	world_free(w);
}

/* The next ACK found room: it waits in the queue, and that nobody accepts it is another fault. */
static void test_queue_full_then_room(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting s;

	(void)state;
	shake_server(w, &c, 0);
	s = drop(w, &c, 0.6, 'c', "NOT_SPECIFIED", ACK);
	s.drop.has_listener = true;
	s.drop.backlog = 3;
	s.drop.backlog_max = 2;
	push(w, s);
	ask_server(w, &c, 200, HM_CLASS_OTHER, 0);
	w->answers = (struct answers){.on = true, .server_state = 1, .unread = 12};
	run(w, 210, 4000);
	only(w, HM_NOT_ACCEPTED);
	world_free(w);
}

/* Later the listener is gone, and what the client still sends is answered by a RST. */
static void test_queue_full_then_reset(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting s;

	(void)state;
	shake_server(w, &c, 0);
	s = drop(w, &c, 0.6, 'c', "NOT_SPECIFIED", ACK);
	s.drop.has_listener = true;
	s.drop.backlog = 3;
	s.drop.backlog_max = 2;
	push(w, s);
	packet(w, &c, 1800, "socket:out", HM_WHAT_RST, 's');
	packet(w, &c, 1800.1, "eth0:out", HM_WHAT_RST, 's');
	w->answers.on = true;
	run(w, 1810, 5000);
	finish(w, 5100);
	only(w, HM_ACCEPT_QUEUE_FULL);
	world_free(w);
}

/* Its client closes without a byte: no health check, for the server never had the connection. */
static void test_queue_full_client_closes(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting s;

	(void)state;
	shake_server(w, &c, 0);
	s = drop(w, &c, 0.6, 'c', "TCP_LISTEN_OVERFLOW", ACK);
	s.drop.has_listener = true;
	s.drop.backlog = 3;
	s.drop.backlog_max = 2;
	push(w, s);
	packet(w, &c, 1000, "eth0:in", HM_WHAT_FIN, 'c');
	packet(w, &c, 1000.1, "socket:in", HM_WHAT_FIN, 'c');
	w->answers.on = true;
	run(w, 1010, 4000);
	finish(w, 4100);
	only(w, HM_ACCEPT_QUEUE_FULL);
	world_free(w);
}

/* At its limit is not over it. */
static void test_queue_not_full_repeats(void **state)
{
	struct world *w = world_new(NULL);

	(void)state;
	synack_repeated(w, true, 2);
	assert_int_equal(w->count, 1);
	assert_int_not_equal(w->results[0].code, HM_ACCEPT_QUEUE_FULL);
	world_free(w);
}

/* The ACK did not come as far as the socket: it was lost before, however full the queue is now. */
static void test_queue_full_ack_lost(void **state)
{
	struct world *w = world_new(NULL);

	(void)state;
	synack_repeated(w, false, 3);
	assert_int_equal(w->count, 1);
	assert_int_not_equal(w->results[0].code, HM_ACCEPT_QUEUE_FULL);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_queue_full_ack),
		cmocka_unit_test(test_queue_not_full_ack),
		cmocka_unit_test(test_queue_full_repeats),
		cmocka_unit_test(test_queue_full_then_reset),
		cmocka_unit_test(test_queue_full_then_room),
		cmocka_unit_test(test_queue_full_client_closes),
		cmocka_unit_test(test_queue_not_full_repeats),
		cmocka_unit_test(test_queue_full_ack_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
