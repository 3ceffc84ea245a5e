// SPDX-License-Identifier: GPL-2.0-only
/*
 * What real traffic showed the rules to get wrong: each fault with the twin that must not get it.
 */
#include "world.h"

static void listens(struct world *w, double ms, const char *where, uint32_t netns, uint32_t pid)
{
	struct hm_sighting l = {.mono_ns = T0 + (uint64_t)(ms * 1e6),
				.hop = (uint16_t)hop(w, "sockets"),
				.what = HM_WHAT_LISTENER,
				.pid = pid};

	l.src = ep(where);
	l.listener.netns = netns;
	snprintf(l.comm, sizeof(l.comm), "java");
	push(w, l);
}

static void syn_at_full(struct world *w, const struct conn *c, double ms)
{
	struct hm_sighting s = see(w, c, ms, "socket:in", HM_WHAT_SYN, 'c');

	syn(w, c, ms, "eth0:in");
	s.seq = c->isn_c;
	memset(&s.syn, 0, sizeof(s.syn));
	s.syn.has_listener = true;
	s.syn.backlog = 129;
	s.syn.backlog_max = 128;
	push(w, s);
}

/* Who leaves the queue full is who listens: of a server and its workers the lowest pid. */
static void test_full_queue_has_owner(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	syn_at_full(w, &c, 0);
	syn_at_full(w, &c, 1000);
	syn_at_full(w, &c, 3000);
	w->answers = (struct answers){.on = true};
	run(w, 3010, 3190);
	assert_int_equal(w->answers.asked, 1);
	listens(w, 3191, "0.0.0.0:80", NS_HOST, 7);
	listens(w, 3191, "10.0.0.8:80", NS_HOST, 2211);
	listens(w, 3191, "10.0.0.8:80", NS_HOST, 2210);
	listens(w, 3191, "10.0.0.8:80", NS_WEB, 2);
	listens(w, 3191, "10.0.0.8:81", NS_HOST, 3);
	listens(w, 3191, "127.0.0.1:80", NS_HOST, 4);
	run(w, 3200, 3500);
	r = only(w, HM_ACCEPT_QUEUE_FULL);
	assert_int_equal(r->pid, 2210);
	assert_string_equal(r->comm, "java");
	assert_int_equal(r->first.at.pid, 2210);
	assert_non_null(strstr(r->summary, "java[2210] leaves"));
	world_free(w);
}

static void test_not_accepted_has_owner(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_OTHER, 0);
	w->answers = (struct answers){
		.on = true, .server_state = 1, .unread = 12, .listener = "0.0.0.0:80"};
	run(w, 10, 2100);
	r = only(w, HM_NOT_ACCEPTED);
	assert_int_equal(r->pid, 77);
	assert_string_equal(r->comm, "nginx");
	assert_non_null(strstr(r->summary, "nginx[77] has not accepted"));
	world_free(w);
}

/* The same port of this host is no business of a connection to another one. */
static void test_far_server_has_no_owner(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_client(w, &c, 0);
	ask_client(w, &c, 1, HM_CLASS_OTHER, 0);
	acked(w, &c, 2, "eth0:in");
	w->answers = (struct answers){.on = true, .listener = "0.0.0.0:80"};
	run(w, 10, 5000);
	assert_int_equal(only(w, HM_ACKNOWLEDGED)->pid, 0);
	world_free(w);
}

/* Refused, and somebody listens by the time of the probe: that one is not who refused. */
static void test_refused_has_no_owner(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting s = see(w, &c, 0.1, "socket:out", HM_WHAT_RST, 's');

	(void)state;
	syn(w, &c, 0, "eth0:in");
	push(w, s);
	packet(w, &c, 0.1, "drops", HM_WHAT_RESET, 's');
	w->answers = (struct answers){.on = true, .listener = "10.0.0.8:80"};
	run(w, 10, 300);
	assert_int_equal(only(w, HM_REFUSED)->pid, 0);
	world_free(w);
}

static void test_wrong_address_has_owner(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting s = see(w, &c, 0.1, "socket:out", HM_WHAT_RST, 's');

	(void)state;
	syn(w, &c, 0, "eth0:in");
	push(w, s);
	w->answers = (struct answers){.on = true, .listener = "127.0.0.1:80"};
	run(w, 10, 300);
	assert_int_equal(only(w, HM_WRONG_ADDRESS)->pid, 77);
	world_free(w);
}

/* Rejected once, let through when it was repeated: no fault. */
static void test_rejected_overcome(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	syn(w, &c, 0, "eth0:in");
	push(w, icmp(w, &c, 0.1, "drops", 3, 13));
	push(w, drop(w, &c, 0.2, 'c', "NETFILTER_DROP", SYN));
	shake_server(w, &c, 1000);
	w->answers = (struct answers){.on = true, .server_state = 1, .accepted = true, .pid = 5};
	run(w, 1010, 9000);
	only(w, HM_CONNECTED);
	world_free(w);
}

/* Neither its packets nor its socket tell it: COMMAND is over. */
static void test_command_ended(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	w->scene.has_command = c.in_tree = true;
	snprintf(w->scene.command, sizeof(w->scene.command), "curl");
	w->scene.command_exit = 28;
	c.pid = 55;
	push(w, connect_call(w, &c, 0));
	shake_client(w, &c, 0);
	ask_client(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	reads(w, &c, 2, 812, "java");
	finish(w, 1200);
	only(w, HM_NO_ANSWER);
	assert_string_equal(w->results[0].evidence[2],
			    "the client gave up: curl exited 28 by 1.20 s");
	world_free(w);
}

/* The table shows a healthy path; evidence is only what it does not show, in one line. */
static void test_delivered_says_no_more(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	reads(w, &c, 2, 812, "nginx");
	answer_server(w, &c, 3, 404);
	close_both(w, &c, 4);
	run(w, 10, 400);
	assert_int_equal(only(w, HM_DELIVERED)->evidence_count, 0);
	world_free(w);
}

static void test_delivered_after_trouble(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting s = see(w, &c, 1230, "drops", HM_WHAT_RETRANS, 's');
	const struct result *r;

	(void)state;
	syn_at_full(w, &c, 0);
	shake_server(w, &c, 1012);
	ask_server(w, &c, 1013, HM_CLASS_HTTP_REQUEST, 0);
	reads(w, &c, 1014, 812, "nginx");
	memset(&s.retrans, 0, sizeof(s.retrans));
	s.retrans.sk_state = HM_STATE_ESTABLISHED;
	push(w, s);
	answer_server(w, &c, 1231, 404);
	close_both(w, &c, 1240);
	run(w, 1250, 1900);
	r = only(w, HM_DELIVERED);
	assert_int_equal(r->evidence_count, 1);
	assert_string_equal(r->evidence[0],
			    "1 SYN lost or discarded before one was answered, 1.01 s; the "
			    "listener's accept queue was full at 0.00 ms, later it was not; 1 "
			    "segment sent again, at 1.23 s");
	world_free(w);
}

/*
 * Five events lost by counted_ms, known before the first of a leg is read that begins at first_ms.
 */
static void lost_by(struct world *w, double counted_ms, double first_ms)
{
	struct conn c = conn_new(CLIENT, SERVER, 100);

	tick(w, 10);
	w->scene.counters[HM_CNT_LOST_RING] = 5;
	w->scene.counted_ns = T0 + (uint64_t)(counted_ms * MS);
	tick(w, 500);
	shake_server(w, &c, first_ms);
	ask_server(w, &c, first_ms + 1, HM_CLASS_HTTP_REQUEST, 0);
	reads(w, &c, first_ms + 2, 812, "nginx");
	close_both(w, &c, first_ms + 1001);
	run(w, first_ms + 1900, first_ms + 3000);
}

/* What is read late may be of before the counters were read, however long that is ago. */
static void test_loss_read_late(void **state)
{
	static const struct {
		double counted_ms, first_ms;
		bool lost;
	} rounds[] = {
		{500, 100, true}, {500, 3900, true}, {500, 4100, false},
		{60000, 50000, true}, {60000, 63600, false},
	};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(rounds); i++) {
		struct world *w = world_new("amazinggrace");

		lost_by(w, rounds[i].counted_ms, rounds[i].first_ms);
		if (rounds[i].lost)
			assert_int_equal(only(w, HM_INCONCLUSIVE)->lost, 5);
		else
			assert_int_equal(only(w, HM_NO_ANSWER)->lost, 0);
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full_queue_has_owner),
		cmocka_unit_test(test_not_accepted_has_owner),
		cmocka_unit_test(test_far_server_has_no_owner),
		cmocka_unit_test(test_refused_has_no_owner),
		cmocka_unit_test(test_wrong_address_has_owner),
		cmocka_unit_test(test_rejected_overcome),
		cmocka_unit_test(test_command_ended),
		cmocka_unit_test(test_delivered_says_no_more),
		cmocka_unit_test(test_delivered_after_trouble),
		cmocka_unit_test(test_loss_read_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
