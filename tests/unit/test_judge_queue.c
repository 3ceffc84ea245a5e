// SPDX-License-Identifier: GPL-2.0-only
/*
 * The accept queue at a SYN: over its limit, at it, overcome, and a connection that nobody accepts.
 * At the last ACK of a handshake: test_judge_queue_ack.c.
 */
#include "world.h"

static void syn_counted(struct world *w, struct conn *c, double ms, uint32_t backlog,
			uint32_t overflows)
{
	struct hm_sighting s = see(w, c, ms, "socket:in", HM_WHAT_SYN, 'c');

	syn(w, c, ms, "eth0:in");
	s.seq = c->isn_c;
	memset(&s.syn, 0, sizeof(s.syn));
	s.syn.has_listener = true;
	s.syn.backlog = backlog;
	s.syn.backlog_max = 128;
	s.syn.overflows = overflows;
	push(w, s);
}

static void syn_at_listener(struct world *w, struct conn *c, double ms, uint32_t backlog)
{
	syn_counted(w, c, ms, backlog, 0);
}

static void test_accept_queue_full(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	syn_at_listener(w, &c, 0, 129);
	syn_at_listener(w, &c, 1012, 129);
	w->answers = (struct answers){.on = true};
	run(w, 1020, 3050);
	assert_int_equal(w->count, 0);
	syn_counted(w, &c, 3052, 129, 4);
	run(w, 3060, 3500);
	r = only(w, HM_ACCEPT_QUEUE_FULL);
	assert_int_equal(r->blame, HM_BLAME_APPLICATION);
	assert_int_equal(r->confidence, HM_PROVEN);
	assert_non_null(strstr(r->evidence[0], "129 waiting, limit 128, at 3.05 s"));
	assert_string_equal(
		r->evidence[1],
		"ListenOverflows of its whole network namespace rose by 4 since the trace "
		"began, by about 3.05 s");
	assert_non_null(strstr(r->evidence[2], "3 times (0.00 ms, 1.01 s, 3.05 s)"));
	assert_int_equal(r->first.rows[0].cell[HM_STEP_SYN].state, HM_CELL_SEEN);
	for (uint32_t i = 0; i < r->first.row_count; i++)
		if (r->first.rows[i].hop == hop(w, "eth0:out"))
			assert_int_equal(r->first.rows[i].cell[HM_STEP_SYNACK].state,
					 HM_CELL_MISSING);
	assert_int_equal(r->first.row_count, 4);
	world_free(w);
}

static void full_queue(struct world *w, struct conn *c)
{
	syn_at_listener(w, c, 0, 129);
	syn_at_listener(w, c, 1012, 129);
	syn_at_listener(w, c, 3052, 129);
}

/*
 * On a slow host the sockets are looked at when the verdict was due: it still names the listener.
 */
static void test_queue_full_asked_late(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100),
		    other = conn_new("10.0.0.4:5001", SERVER, 200);
	const struct result *r;

	(void)state;
	full_queue(w, &c);
	syn_at_listener(w, &other, 3400, 129); /* a sighting after the time comes before any tick */
	w->answers = (struct answers){.on = true, .listener = SERVER};
	run(w, 3450, 3470);
	r = only(w, HM_ACCEPT_QUEUE_FULL);
	assert_int_equal(r->pid, 77);
	assert_string_equal(r->comm, "nginx");
	world_free(w);
}

/* Nor is the first of several answers taken for all of them, however much later they come. */
static void test_queue_full_answered_late(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	full_queue(w, &c);
	w->answers = (struct answers){.on = true, .listener = SERVER};
	run(w, 9000, 9010);
	assert_int_equal(only(w, HM_ACCEPT_QUEUE_FULL)->pid, 77);
	world_free(w);
}

/* Without any answer it is judged all the same, and nobody is waited for while there is one. */
static void test_queue_full_not_answered(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	full_queue(w, &c);
	run(w, 3060, 4740);
	assert_int_equal(w->count, 0);
	assert_int_equal(w->answers.asked, 1);
	run(w, 4750, 4770);
	assert_int_equal(only(w, HM_ACCEPT_QUEUE_FULL)->pid, 0);
	world_free(w);
}

static void test_queue_full_answered(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	full_queue(w, &c);
	w->answers = (struct answers){.on = true, .listener = SERVER};
	run(w, 3060, 3270);
	assert_in_range(only(w, HM_ACCEPT_QUEUE_FULL)->at_ms, 3252, 3260);
	world_free(w);
}

/* A queue at its limit is not over it. */
static void test_queue_at_limit(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	syn_at_listener(w, &c, 0, 128);
	syn_at_listener(w, &c, 1012, 128);
	syn_at_listener(w, &c, 3052, 128);
	w->answers = (struct answers){.on = true};
	run(w, 3060, 3500);
	only(w, HM_INCONCLUSIVE);
	world_free(w);
}

/* A slow accept: full once, and delivered in the end. */
static void test_queue_overcome(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	syn_at_listener(w, &c, 0, 129);
	shake_server(w, &c, 1012);
	ask_server(w, &c, 1013, HM_CLASS_OTHER, 0);
	reads(w, &c, 1014, 5, "java");
	close_both(w, &c, 1015);
	run(w, 1020, 2000);
	only(w, HM_DELIVERED);
	world_free(w);
}

/* One SYN met a full queue, the next found room: what became of its SYN-ACK is another matter. */
static void test_queue_full_once(void **state)
{
	(void)state;
	for (int answered = 0; answered < 2; answered++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);

		w->answers.on = true;
		for (int n = 0; n < 4; n++) {
			syn_at_listener(w, &c, n * 1000, n ? 3 : 129);
			if (!n || !answered)
				continue;
			synack(w, &c, n * 1000 + 0.2, "socket:out");
			synack(w, &c, n * 1000 + 0.3, "eth0:out");
		}
		run(w, 3010, 8000);
		only(w, HM_INCONCLUSIVE);
		world_free(w);
	}
}

/* And so where the connection was made in the end, and its client left. */
static void test_queue_full_client_left(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	syn_at_listener(w, &c, 0, 129);
	shake_server(w, &c, 1000);
	ask_server(w, &c, 1010, HM_CLASS_HTTP_REQUEST, 0);
	acked(w, &c, 1010.3, "socket:out");
	packet(w, &c, 1100, "eth0:in", HM_WHAT_RST, 'c');
	run(w, 1110, 3000);
	only(w, HM_ABANDONED_BY_CLIENT);
	world_free(w);
}

static void test_not_accepted(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_OTHER, 0);
	w->answers = (struct answers){.on = true, .server_state = 1, .unread = 12};
	run(w, 10, 1990);
	assert_int_equal(w->count, 0);
	run(w, 2000, 2100);
	assert_int_equal(only(w, HM_NOT_ACCEPTED)->confidence, HM_PROVEN);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accept_queue_full),
		cmocka_unit_test(test_queue_full_asked_late),
		cmocka_unit_test(test_queue_full_answered_late),
		cmocka_unit_test(test_queue_full_not_answered),
		cmocka_unit_test(test_queue_full_answered),
		cmocka_unit_test(test_queue_at_limit),
		cmocka_unit_test(test_queue_overcome),
		cmocka_unit_test(test_queue_full_once),
		cmocka_unit_test(test_queue_full_client_left),
		cmocka_unit_test(test_not_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
