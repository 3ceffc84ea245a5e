// SPDX-License-Identifier: GPL-2.0-only
/*
 * Markers and messages of a path: repeated, late, many, several markers, one within another, an
 * echo.
 */
#include "world.h"

/* A marker that is sent again after its path was judged is a repetition. */
static void test_marker_repeated_later(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100), again;

	(void)state;
	shake_server(w, &c, 0);
	again = c;
	ask_server(w, &c, 1, HM_CLASS_OTHER, 0);
	run(w, 10, 4000);
	assert_int_equal(w->count, 1);
	marker(w, &again, 5000, "eth0:in", 0);
	finish(w, 20000);
	assert_int_equal(w->count, 1);
	world_free(w);
}

/* Another marker on a connection already judged is another path. */
static void test_marker_later(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	for (int i = 0; i < 2; i++) {
		double t = i * 10000;

		if (!i)
			shake_server(w, &c, 0);
		ask_server(w, &c, t + 1, HM_CLASS_HTTP_REQUEST, 0);
		reads(w, &c, t + 2, 812, "nginx");
		answer_server(w, &c, t + 3, i ? 500 : 200);
		run(w, t + 10, t + 3000);
	}
	assert_int_equal(w->count, 2);
	assert_int_equal(w->results[0].code, HM_DELIVERED);
	assert_int_equal(w->results[1].code, HM_HTTP_ERROR);
	assert_int_equal(w->results[1].status, 500);
	world_free(w);
}

/* A long-lived connection: 2.5 GB after the judged marker another one is no repetition of it. */
static void test_marker_gigabytes_later(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	for (int i = 0; i < 2; i++) {
		ask_server(w, &c, i * 5000 + 1, HM_CLASS_OTHER, 0);
		reads(w, &c, i * 5000 + 2, 812, "nc");
		run(w, i * 5000 + 10, i * 5000 + 4000);
		assert_int_equal(w->count, i + 1);
		c.next += 2500000000U;
	}
	world_free(w);
}

/* Sent twice on one connection: one path with a count, and the unread one speaks. */
static void test_count(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_OTHER, 0);
	reads(w, &c, 2, 812, "nc");
	w->answers = (struct answers){.on = true,
				      .server_state = 1,
				      .accepted = true,
				      .has_seq = true,
				      .copied_seq = c.next,
				      .unread = 12,
				      .pid = 812};
	ask_server(w, &c, 100, HM_CLASS_OTHER, 0);
	run(w, 110, 4000);
	assert_int_equal(only(w, HM_NOT_READ)->count, 2);
	world_free(w);
}

/* More unanswered messages on one connection than are kept: bounded, and one path. */
static void test_many_messages(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	for (int i = 0; i < 500; i++)
		ask_server(w, &c, 1 + i, HM_CLASS_HTTP_REQUEST, 0);
	finish(w, 600);
	assert_int_equal(only(w, HM_INCONCLUSIVE)->count, 500);
	world_free(w);
}

static void other_marker(struct world *w, struct conn *c, double ms, uint8_t id, uint32_t seq,
			 uint32_t len)
{
	struct hm_sighting s = see(w, c, ms, "eth0:in", HM_WHAT_MARKER, 'c');

	s.marker.id = id;
	s.marker.seq = seq;
	s.marker.end_seq = seq + len;
	push(w, s);
}

/* Two messages that were repeated so often that their counts do not fit: as many as can be told. */
static void test_counts_saturate(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	for (int m = 0; m < 2; m++) {
		for (int i = 0; i < 32767; i++)
			marker(w, &c, 1 + m + i * 1e-5, "eth0:in", 0);
		ask_server(w, &c, 2 + m, HM_CLASS_OTHER, 0);
	}
	other_marker(w, &c, 5, 1, c.next, 8);
	finish(w, 6000);
	assert_int_equal(w->count, 2);
	for (uint32_t r = 0; r < w->results[0].first.row_count; r++)
		if (w->results[0].first.rows[r].hop == hop(w, "eth0:in"))
			assert_int_equal(w->results[0].first.rows[r].cell[HM_STEP_MARKER].count,
					 UINT16_MAX);
	world_free(w);
}

/* Two markers on one connection are judged each alone. */
static void test_two_markers(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_OTHER, 0);
	reads(w, &c, 2, 812, "nc");
	other_marker(w, &c, 3, 1, c.next, 8);
	c.next += 8;
	w->answers = (struct answers){.on = true,
				      .server_state = 1,
				      .accepted = true,
				      .has_seq = true,
				      .copied_seq = c.next - 8,
				      .unread = 8,
				      .pid = 812};
	run(w, 10, 4000);
	assert_int_equal(w->count, 2);
	assert_int_equal(w->results[0].code, HM_DELIVERED);
	assert_int_equal(w->results[1].code, HM_NOT_READ);
	assert_int_equal(w->results[0].count, 1);
	world_free(w);
}

/* Where one contains another the longest wins, whichever comes first. */
static void test_marker_within(void **state)
{
	(void)state;
	for (int longer_first = 0; longer_first < 2; longer_first++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);

		shake_server(w, &c, 0);
		other_marker(w, &c, 1, longer_first ? 0 : 1, c.next, longer_first ? 12 : 7);
		other_marker(w, &c, 1, longer_first ? 1 : 0, c.next, longer_first ? 7 : 12);
		c.next += 12;
		reads(w, &c, 2, 812, "nc");
		close_both(w, &c, 3);
		run(w, 10, 400);
		assert_int_equal(only(w, HM_DELIVERED)->count, 1);
		world_free(w);
	}
}

/* A marker from server to client is an echo: it delivers nothing. */
static void test_echo(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting s;

	(void)state;
	shake_server(w, &c, 0);
	s = see(w, &c, 1, "socket:out", HM_WHAT_MARKER, 's');
	s.marker.end_seq = s.marker.seq + 12;
	assert_int_equal(paths_push(w->paths, &s), 0);
	assert_int_equal(s.what, HM_WHAT_ECHO);
	assert_int_equal(s.leg, 1);
	close_both(w, &c, 2);
	run(w, 10, 400);
	assert_false(only(w, HM_CONNECTED)->judged);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_marker_repeated_later),
		cmocka_unit_test(test_marker_later),
		cmocka_unit_test(test_marker_gigabytes_later),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_many_messages),
		cmocka_unit_test(test_counts_saturate),
		cmocka_unit_test(test_two_markers),
		cmocka_unit_test(test_marker_within),
		cmocka_unit_test(test_echo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
