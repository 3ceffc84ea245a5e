// SPDX-License-Identifier: GPL-2.0-only
/*
 * The marker arrived and the application did not read it or did not answer: each code with the
 * twin that still waits, or of which too little is known.
 */
#include "world.h"

static void test_not_read(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_OTHER, 0);
	w->answers = (struct answers){.on = true,
				      .server_state = 1,
				      .accepted = true,
				      .has_seq = true,
				      .copied_seq = c.next - 12,
				      .unread = 12,
				      .pid = 2210};
	run(w, 10, 2100);
	r = only(w, HM_NOT_READ);
	assert_int_equal(r->pid, 2210);
	assert_int_equal(r->blame, HM_BLAME_APPLICATION);
	world_free(w);
}

/* Nobody answered the probe: no read event alone accuses nobody. */
static void test_not_read_unproven(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_OTHER, 0);
	run(w, 10, 3600);
	assert_true(only(w, HM_INCONCLUSIVE)->at_ms >= 3500);
	assert_int_equal(w->exit_status, 4);
	world_free(w);
}

static void test_no_answer(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	reads(w, &c, 2, 812, "java");
	run(w, 10, 9000);
	assert_int_equal(w->count, 0);
	packet(w, &c, 9100, "eth0:in", HM_WHAT_FIN, 'c');
	packet(w, &c, 9200, "eth0:out", HM_WHAT_FIN, 's');
	run(w, 9210, 12000);
	assert_int_equal(only(w, HM_NO_ANSWER)->pid, 812);
	world_free(w);
}

/* Long polling: both ends wait, nobody is accused. */
static void test_long_poll(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	reads(w, &c, 2, 812, "java");
	run(w, 10, 290);
	finish(w, 301);
	assert_non_null(
		strstr(only(w, HM_INCONCLUSIVE)->summary, "still open, 0.3 s after the request"));
	world_free(w);
}

/* --answer makes an answer due although the client still waits. */
static void test_no_answer_asked(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	w->scene.answer_ns = 3000 * MS;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_OTHER, 0);
	reads(w, &c, 2, 812, "java");
	run(w, 10, 4600); /* nobody answers the probe */
	only(w, HM_NO_ANSWER);
	world_free(w);
}

/* A splice(2) reader: that it has read is known from a look at its socket, when it did is not. */
static void test_no_answer_spliced(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	w->scene.answer_ns = 1000 * MS;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	w->answers = (struct answers){.on = true,
				      .server_state = 1,
				      .accepted = true,
				      .has_seq = true,
				      .copied_seq = c.next,
				      .pid = 812};
	run(w, 10, 5000);
	assert_non_null(
		strstr(only(w, HM_NO_ANSWER)->evidence[1], "had read past the marker's end by "));
	assert_non_null(strstr(w->results[0].evidence[1], ", as its socket tells"));
	world_free(w);
}

static void test_no_answer_afar(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting s;

	(void)state;
	w->answers.on = true;
	shake_client(w, &c, 0);
	ask_client(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	acked(w, &c, 2, "eth0:in");
	packet(w, &c, 5000, "eth0:out", HM_WHAT_FIN, 'c');
	s = see(w, &c, 6900, "sockets", HM_WHAT_SOCKET, 'c');
	memset(&s.socket, 0, sizeof(s.socket)); /* nobody holds it */
	s.socket.state = 5;
	push(w, s);
	run(w, 6910, 8000);
	assert_int_equal(only(w, HM_NO_ANSWER)->blame, HM_BLAME_BEYOND);
	world_free(w);
}

/* A slow server seen from the client: no verdict while both ends wait. */
static void test_slow_afar(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	w->answers.on = true;
	shake_client(w, &c, 0);
	ask_client(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	acked(w, &c, 2, "eth0:in");
	run(w, 10, 6000);
	assert_int_equal(w->count, 0);
	answer_client(w, &c, 6010, 200);
	close_both(w, &c, 6011);
	run(w, 6020, 6400);
	only(w, HM_DELIVERED);
	world_free(w);
}

/* A request that was read, then how its client or its server ends it: how sure is the blame? */
static const struct result *ended(struct world *w, struct conn *c, enum hm_class class, double ms,
				  char by, enum hm_what what, enum hm_code code)
{
	shake_server(w, c, 0);
	ask_server(w, c, 1, class, 0);
	reads(w, c, 2, 812, "java");
	packet(w, c, ms, by == 'c' ? "eth0:in" : "eth0:out", what, by);
	if (what == HM_WHAT_FIN)
		packet(w, c, ms + 10, by == 'c' ? "eth0:out" : "eth0:in", what,
		       by == 'c' ? 's' : 'c');
	run(w, ms + 20, ms + 4000);
	return only(w, code);
}

/*
 * The request may be half of one, and the answer late by design: only --answer makes it sure. Who
 * gives up within a second was impatient.
 */
static void test_how_sure(void **state)
{
	static const struct {
		double ms;
		char by;
		enum hm_what what;
		enum hm_class class;
		uint64_t answer_ms;
		enum hm_code code;
		uint8_t confidence;
		uint16_t proxy_port;
	} rounds[] = {
		{25000, 'c', HM_WHAT_RST, HM_CLASS_HTTP_REQUEST, 0, HM_NO_ANSWER, HM_LIKELY, 0},
		{1500, 'c', HM_WHAT_RST, HM_CLASS_HTTP_REQUEST, 1000, HM_NO_ANSWER, HM_PROVEN, 0},
		{1500, 'c', HM_WHAT_RST, HM_CLASS_HTTP_REQUEST, 2000, HM_ABANDONED_BY_CLIENT,
		 HM_LIKELY, 0},
		{6, 'c', HM_WHAT_RST, HM_CLASS_HTTP_REQUEST, 0, HM_ABANDONED_BY_CLIENT, HM_LIKELY,
		 0},
		{1500, 's', HM_WHAT_FIN, HM_CLASS_HTTP_REQUEST, 0, HM_CLOSED_BY_APPLICATION,
		 HM_LIKELY, 0},
		{1500, 's', HM_WHAT_FIN, HM_CLASS_HTTP_REQUEST, 9000, HM_CLOSED_BY_APPLICATION,
		 HM_PROVEN, 0},
		{1500, 'c', HM_WHAT_FIN, HM_CLASS_HTTP_PROXY, 0, HM_PROXY_NOT_FORWARDED, HM_LIKELY,
		 0},
		/* perhaps an origin */
		{1500, 'c', HM_WHAT_FIN, HM_CLASS_HTTP_PROXY, 9000, HM_PROXY_NOT_FORWARDED,
		 HM_LIKELY, 0},
		{1500, 'c', HM_WHAT_FIN, HM_CLASS_HTTP_PROXY, 9000, HM_PROXY_NOT_FORWARDED,
		 HM_PROVEN, 80},
	};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(rounds); i++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);

		w->scene.answer_ns = rounds[i].answer_ms * MS;
		w->scene.proxy_ports[0] = rounds[i].proxy_port;
		assert_int_equal(ended(w, &c, rounds[i].class, rounds[i].ms, rounds[i].by,
				       rounds[i].what, rounds[i].code)
					 ->confidence,
				 rounds[i].confidence);
		world_free(w);
	}
}

/* "100 Continue" leaves it to the client to go on; after that, an answer is owed again. */
static void test_continue(void **state)
{
	(void)state;
	for (int goes_on = 0; goes_on < 2; goes_on++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);

		shake_server(w, &c, 0);
		ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
		reads(w, &c, 2, 812, "java");
		answer_server(w, &c, 3, 100);
		if (goes_on)
			data(w, &c, 4, "eth0:in", 'c', HM_CLASS_OTHER, 0);
		packet(w, &c, 1500, "eth0:in", HM_WHAT_RST, 'c');
		run(w, 1510, 5000);
		only(w, goes_on ? HM_NO_ANSWER : HM_DELIVERED);
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_not_read),
		cmocka_unit_test(test_not_read_unproven),
		cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_long_poll),
		cmocka_unit_test(test_no_answer_asked),
		cmocka_unit_test(test_no_answer_spliced),
		cmocka_unit_test(test_no_answer_afar),
		cmocka_unit_test(test_slow_afar),
		cmocka_unit_test(test_how_sure),
		cmocka_unit_test(test_continue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
