// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections whose marker arrived: each code of health, and what must not be taken for a fault.
 * Those that had none to bring are in test_judge_connected.c.
 */
#include "world.h"

static void test_delivered(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	reads(w, &c, 2, 812, "nginx");
	answer_server(w, &c, 3, 404);
	close_both(w, &c, 4);
	run(w, 10, 400);
	r = only(w, HM_DELIVERED);
	assert_int_equal(r->confidence, HM_PROVEN);
	assert_int_equal(r->blame, HM_BLAME_NONE);
	assert_int_equal(r->status, 404);
	assert_int_equal(r->pid, 812);
	assert_int_equal(r->role, HM_ROLE_SERVER);
	assert_int_equal(r->count, 1);
	assert_true(r->judged);
	assert_true(r->at_ms < 300);
	assert_non_null(strstr(r->summary, "nginx[812]"));
	assert_int_equal(w->exit_status, 0);
	world_free(w);
}

/* Without an owed answer, an open connection is settled once the quiet time has passed. */
static void test_delivered_open(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_OTHER, 0);
	reads(w, &c, 2, 812, "nc");
	run(w, 10, 1990);
	assert_int_equal(w->count, 0);
	run(w, 2000, 2100);
	only(w, HM_DELIVERED);
	world_free(w);
}

/*
 * A connection that is kept: what the client does next, with the answer in its hands, is decisive.
 * A request sent ahead of the answer is not, and one with the marker belongs to the same path.
 */
static void test_delivered_kept(void **state)
{
	enum { WENT_ON, AHEAD, AGAIN, NEXTS };
	static const double judged_ms[NEXTS] = {500 + 200, 2500, 500 + 2000};

	(void)state;
	for (int next = 0; next < NEXTS; next++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);
		struct hm_sighting ahead;

		shake_server(w, &c, 0);
		ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
		reads(w, &c, 2, 812, "nginx");
		answer_server(w, &c, 3, 200);
		ahead = see(w, &c, 500, "eth0:in", HM_WHAT_DATA, 'c');
		ahead.len = 80;
		ahead.ack = c.isn_s + (next == AHEAD ? 1 : 151);
		ahead.data.class = HM_CLASS_HTTP_REQUEST;
		push(w, ahead);
		if (next == AGAIN) {
			ask_server(w, &c, 500, HM_CLASS_HTTP_REQUEST, 0);
			reads(w, &c, 500.2, 812, "nginx");
			answer_server(w, &c, 500.3, 200);
		}
		run(w, 510, judged_ms[next] - 10);
		assert_int_equal(w->count, 0);
		run(w, judged_ms[next], judged_ms[next] + 20);
		assert_int_equal(only(w, HM_DELIVERED)->confidence, HM_PROVEN);
		assert_int_equal(w->results[0].count, next == AGAIN ? 2 : 1);
		world_free(w);
	}
}

/* A splice(2) relay makes no read event; copied_seq tells. */
static void test_delivered_splice(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_OTHER, 0);
	w->answers = (struct answers){.on = true,
				      .server_state = 1,
				      .accepted = true,
				      .has_seq = true,
				      .copied_seq = c.next,
				      .pid = 9};
	run(w, 10, 5000);
	only(w, HM_DELIVERED);
	assert_int_equal(w->answers.asked, 1);
	world_free(w);
}

static void test_delivered_afar(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	shake_client(w, &c, 0);
	ask_client(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	answer_client(w, &c, 3, 200);
	close_both(w, &c, 4);
	run(w, 10, 400);
	r = only(w, HM_DELIVERED);
	assert_int_equal(r->confidence, HM_LIKELY);
	world_free(w);
}

/* What rests on things seen stands, whatever was lost. */
static void test_losses_seen(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_OTHER, 0);
	w->scene.counters[HM_CNT_LIMITED] = 7;
	reads(w, &c, 2, 812, "nc");
	close_both(w, &c, 4);
	run(w, 10, 400);
	assert_int_equal(only(w, HM_DELIVERED)->lost, 7);
	world_free(w);
}

/* A MSG_PEEK reader that answers has what it needs: its copied_seq does not matter. */
static void test_peek_reader(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_OTHER, 0);
	answer_server(w, &c, 5, 0);
	w->answers = (struct answers){.on = true,
				      .server_state = 1,
				      .accepted = true,
				      .has_seq = true,
				      .copied_seq = c.next - 12,
				      .unread = 12,
				      .pid = 2210};
	run(w, 10, 3000);
	only(w, HM_DELIVERED);
	world_free(w);
}

static void test_acknowledged(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_client(w, &c, 0);
	ask_client(w, &c, 1, HM_CLASS_OTHER, 0);
	acked(w, &c, 2, "eth0:in");
	w->answers = (struct answers){.on = true};
	run(w, 10, 5000);
	only(w, HM_ACKNOWLEDGED);
	world_free(w);
}

static void test_passed(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	syn(w, &c, 0, "eth0:in");
	syn(w, &c, 0.1, "eth1:out");
	synack(w, &c, 0.2, "eth1:in");
	synack(w, &c, 0.3, "eth0:out");
	packet(w, &c, 0.4, "eth0:in", HM_WHAT_ACK, 'c');
	marker(w, &c, 1, "eth0:in", 0);
	marker(w, &c, 1.1, "eth1:out", 0);
	c.next += 12;
	w->answers = (struct answers){.on = true};
	run(w, 10, 5000);
	assert_int_equal(only(w, HM_PASSED)->role, HM_ROLE_ROUTER);
	world_free(w);
}

/* The connection passed, and its marker came in again and again and did not. */
static void test_marker_kept(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	syn(w, &c, 0, "eth0:in");
	syn(w, &c, 0.1, "eth1:out");
	synack(w, &c, 0.2, "eth1:in");
	synack(w, &c, 0.3, "eth0:out");
	packet(w, &c, 0.4, "eth0:in", HM_WHAT_ACK, 'c');
	packet(w, &c, 0.5, "eth1:out", HM_WHAT_ACK, 'c');
	for (int i = 0; i < 3; i++)
		marker(w, &c, 1 + i * 300, "eth0:in", 0);
	run(w, 700, 6000);
	finish(w, 9000);
	assert_non_null(strstr(only(w, HM_INCONCLUSIVE)->summary, "came in at eth0:in"));
	world_free(w);
}

static void test_encrypted(void **state)
{
	(void)state;
	for (int marker = 0; marker <= 1; marker++) {
		struct world *w = world_new(marker ? "amazinggrace" : NULL);
		struct conn c = conn_new(CLIENT, SERVER, 100);
		const struct result *r;

		shake_server(w, &c, 0);
		data(w, &c, 1, "eth0:in", 'c', HM_CLASS_TLS, 0);
		c.next += 100;
		answer_server(w, &c, 2, 0);
		close_both(w, &c, 4);
		run(w, 10, 400);
		r = only(w, HM_CONNECTED);
		assert_non_null(strstr(r->summary, "It is encrypted"));
		assert_int_equal(strstr(r->summary, "the marker cannot be seen") != NULL, marker);
		if (marker)
			assert_false(r->judged);
		world_free(w);
	}
}

/* That it asked nobody else is worth something only where nothing was lost. */
static void test_http_error(void **state)
{
	(void)state;
	for (int lost = 0; lost < 2; lost++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);
		const struct result *r;

		shake_server(w, &c, 0);
		ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
		reads(w, &c, 2, 812, "java");
		w->scene.counters[HM_CNT_LOST_NOTE] = lost;
		answer_server(w, &c, 3, 500);
		close_both(w, &c, 4);
		run(w, 10, 400);
		r = only(w, HM_HTTP_ERROR);
		assert_int_equal(r->status, 500);
		assert_int_equal(r->confidence, lost ? HM_LIKELY : HM_PROVEN);
		assert_int_equal(!strstr(r->summary, "asked no other server"), lost);
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_delivered),
		cmocka_unit_test(test_delivered_open),
		cmocka_unit_test(test_delivered_kept),
		cmocka_unit_test(test_delivered_splice),
		cmocka_unit_test(test_delivered_afar),
		cmocka_unit_test(test_losses_seen),
		cmocka_unit_test(test_peek_reader),
		cmocka_unit_test(test_acknowledged),
		cmocka_unit_test(test_passed),
		cmocka_unit_test(test_encrypted),
		cmocka_unit_test(test_http_error),
		cmocka_unit_test(test_marker_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
