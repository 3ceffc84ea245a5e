// SPDX-License-Identifier: GPL-2.0-only
/* stale-connection: what TCP takes for a part of another connection, and what it drops by right. */
#include "world.h"

static const struct result *syns_dropped(struct world *w, const char *reason)
{
	struct conn c = conn_new(CLIENT, SERVER, 100);

	w->answers.on = true;
	for (int n = 0; n < 3; n++) {
		syn(w, &c, n * 1000, "eth0:in");
		syn(w, &c, n * 1000 + 0.1, "socket:in");
		push(w, drop(w, &c, n * 1000 + 0.2, 'c', reason, SYN));
	}
	run(w, 2010, 6000);
	return only(w, HM_STALE_CONNECTION);
}

static void test_request(void **state)
{
	static const char *const reasons[] = {"TCP_INVALID_SYN", "TCP_RFC7323_TW_PAWS"};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(reasons); i++) {
		struct world *w = world_new(NULL);
		const struct result *r = syns_dropped(w, reasons[i]);

		assert_int_equal(r->blame, HM_BLAME_HOST);
		assert_int_equal(r->confidence, HM_PROVEN);
		world_free(w);
	}
}

/* The client resets what it does not know, and its next request is answered. */
static void test_reset(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	w->answers = (struct answers){.on = true, .server_state = 1, .accepted = true, .pid = 812};
	syn(w, &c, 0, "eth0:in");
	push(w, drop(w, &c, 0.2, 'c', "TCP_INVALID_SYN", SYN));
	shake_server(w, &c, 1000);
	run(w, 1010, 6000);
	only(w, HM_CONNECTED);
	world_free(w);
}

/* A repeated SYN-ACK is dropped like that by a client that has the connection. */
static void test_repeated_synack(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	w->answers.on = true;
	for (int n = 0; n < 3; n++) {
		syn(w, &c, n * 1000, "socket:out");
		synack(w, &c, n * 1000 + 0.1, "eth0:in");
		push(w, drop(w, &c, n * 1000 + 0.2, 's', "TCP_INVALID_SYN", SYN | ACK));
	}
	run(w, 2010, 6000);
	assert_int_equal(w->count, 1);
	assert_int_not_equal(w->results[0].code, HM_STALE_CONNECTION);
	for (uint32_t i = 0; i < w->results[0].evidence_count; i++)
		assert_null(strstr(w->results[0].evidence[i], "dropped"));
	world_free(w);
}

static const struct result *marker_dropped(struct world *w, const char *reason, uint32_t unread,
					   bool shaken)
{
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting s;

	if (shaken)
		shake_server(w, &c, 0);
	w->answers = (struct answers){.on = true,
				      .server_state = 1,
				      .accepted = true,
				      .pid = 812,
				      .has_seq = true,
				      .copied_seq = c.next - unread,
				      .unread = unread};
	data(w, &c, 1, "eth0:in", 'c', HM_CLASS_OTHER, 0);
	for (int i = 0; i < 4; i++) {
		marker(w, &c, 2 + i * 300, "eth0:in", 0);
		s = drop(w, &c, 2.1 + i * 300, 'c', reason, ACK);
		s.len = 12;
		push(w, s);
	}
	run(w, 1010, 6000);
	assert_int_equal(w->count, 1);
	return &w->results[0];
}

static void test_marker(void **state)
{
	static const char *const reasons[] = {
		"TCP_RFC7323_PAWS",	    "TCP_RFC7323_TSECR",	"TCP_OLD_SEQUENCE",
		"TCP_INVALID_SEQUENCE",	    "TCP_INVALID_END_SEQUENCE", "TCP_TOO_OLD_ACK",
		"TCP_INVALID_ACK_SEQUENCE", "TCP_ACK_UNSENT_DATA"};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(reasons); i++) {
		struct world *w = world_new("amazinggrace");

		assert_int_equal(marker_dropped(w, reasons[i], 0, false)->code,
				 HM_STALE_CONNECTION);
		world_free(w);
		w = world_new("amazinggrace"); /* of the connection that the host has */
		assert_non_null(strstr(marker_dropped(w, reasons[i], 0, true)->summary,
				       "changed on the way, or by the client"));
		assert_int_equal(w->results[0].code, HM_INCONCLUSIVE);
		world_free(w);
		w = world_new("amazinggrace"); /* beyond the window of who does not read */
		assert_int_not_equal(marker_dropped(w, reasons[i], 5000, true)->blame,
				     HM_BLAME_HOST);
		world_free(w);
	}
}

/* What was received already is dropped by right. */
static void test_old_data(void **state)
{
	struct world *w = world_new("amazinggrace");

	(void)state;
	assert_int_not_equal(marker_dropped(w, "TCP_OLD_DATA", 0, true)->blame, HM_BLAME_HOST);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request), cmocka_unit_test(test_reset),
		cmocka_unit_test(test_repeated_synack), cmocka_unit_test(test_marker),
		cmocka_unit_test(test_old_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
