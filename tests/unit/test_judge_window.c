// SPDX-License-Identifier: GPL-2.0-only
/*
 * zero-window, and what looks like it: a window that opens again, a client that has nothing more to
 * send, one that leaves its answer unread, a marker that lies in the socket itself.
 */
#include "world.h"

#define SOCKET_OPEN 1

static void window(struct world *w, const struct conn *c, double ms, const char *where, char dir,
		   uint16_t size)
{
	struct hm_sighting s = see(w, c, ms, where, HM_WHAT_WINDOW, dir);

	s.window = size;
	push(w, s);
}

/* It closes, and the client asks twice. */
static void shut(struct world *w, const struct conn *c, double ms, const char *where)
{
	window(w, c, ms, where, 's', 0);
	window(w, c, ms + 200, where, 's', 0);
	window(w, c, ms + 600, where, 's', 0);
}

static void finds_full_socket(struct world *w, const struct conn *c)
{
	w->answers = (struct answers){.on = true, .server_state = SOCKET_OPEN, .accepted = true,
				      .has_seq = true, .copied_seq = c->next, .unread = 65000,
				      .pid = 812};
}

static void at_server(void (*act)(struct world *w, struct conn *c), enum hm_code code,
		      uint8_t blame)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	shake_server(w, &c, 0);
	data(w, &c, 1, "socket:in", 'c', HM_CLASS_OTHER, 0);
	finds_full_socket(w, &c);
	act(w, &c);
	run(w, 1000, 6000);
	finish(w, 6001);
	r = only(w, code);
	assert_int_equal(r->blame, blame);
	world_free(w);
}

/* The kernel drops the client's questions by a name that other times means a stale connection. */
static void drops_questions(struct world *w, struct conn *c)
{
	shut(w, c, 10, "socket:out");
	push(w, drop(w, c, 210, 'c', "TCP_OLD_SEQUENCE", ACK));
	push(w, drop(w, c, 610, 'c', "TCP_OLD_SEQUENCE", ACK));
}

static void firewall_drops(struct world *w, struct conn *c)
{
	shut(w, c, 10, "socket:out");
	for (int i = 0; i < 5; i++)
		push(w, drop(w, c, 700 + 100 * i, 's', "NETFILTER_DROP", ACK));
}

static void just_shut(struct world *w, struct conn *c)
{
	shut(w, c, 10, "socket:out");
}

static void test_full_socket(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	shake_server(w, &c, 0);
	data(w, &c, 1, "socket:in", 'c', HM_CLASS_OTHER, 0);
	finds_full_socket(w, &c);
	shut(w, &c, 10, "socket:out");
	run(w, 700, 3000);
	r = only(w, HM_ZERO_WINDOW);
	assert_int_equal(r->blame, HM_BLAME_APPLICATION);
	assert_int_equal(r->confidence, HM_PROVEN);
	assert_int_equal(r->pid, 812);
	assert_true(r->judged);
	assert_true(r->at_ms >= 2010 && r->at_ms <= 2030);
	assert_string_equal(r->evidence[0], "65000 bytes wait unread in its socket at 2.01 s");
	assert_int_equal(w->exit_status, 1);
	world_free(w);
}

static void opens(struct world *w, struct conn *c)
{
	shut(w, c, 10, "socket:out");
	window(w, c, 1010, "socket:out", 's', 500);
}

static void not_asked(struct world *w, struct conn *c)
{
	window(w, c, 10, "socket:out", 's', 0);
	window(w, c, 210, "socket:out", 's', 0);
}

static void clients_own(struct world *w, struct conn *c)
{
	window(w, c, 10, "socket:in", 'c', 0);
	window(w, c, 210, "socket:in", 'c', 0);
	window(w, c, 610, "socket:in", 'c', 0);
}

static void answers_then(struct world *w, struct conn *c)
{
	shut(w, c, 10, "socket:out");
	answer_server(w, c, 700, 0);
}

static void all_was_sent(struct world *w, struct conn *c)
{
	shut(w, c, 10, "socket:out");
	packet(w, c, 1300, "socket:in", HM_WHAT_FIN, 'c');
}

/* It gave up before a reader had its two seconds. */
static void gives_up_soon(struct world *w, struct conn *c)
{
	shut(w, c, 10, "socket:out");
	packet(w, c, 1300, "socket:in", HM_WHAT_RST, 'c');
}

/* The kernel's own count says that it has all been read: the window opened, and nobody saw it. */
static void all_was_read(struct world *w, struct conn *c)
{
	shut(w, c, 10, "socket:out");
	w->answers.unread = 0;
}

static void was_lost(struct world *w, struct conn *c)
{
	shut(w, c, 10, "socket:out");
	w->scene.counters[HM_CNT_LOST_RING] = 1;
	w->scene.counted_ns = T0 + 900 * MS;
}

static void test_window(void **state)
{
	(void)state;
	at_server(just_shut, HM_ZERO_WINDOW, HM_BLAME_APPLICATION);
	at_server(drops_questions, HM_ZERO_WINDOW, HM_BLAME_APPLICATION);
	at_server(firewall_drops, HM_CONNECTED, HM_BLAME_NONE);
	at_server(opens, HM_CONNECTED, HM_BLAME_NONE);
	at_server(not_asked, HM_CONNECTED, HM_BLAME_NONE);
	at_server(clients_own, HM_CONNECTED, HM_BLAME_NONE);
	at_server(answers_then, HM_CONNECTED, HM_BLAME_NONE);
	at_server(all_was_sent, HM_CONNECTED, HM_BLAME_NONE);
	at_server(gives_up_soon, HM_ABANDONED_BY_CLIENT, HM_BLAME_APPLICATION);
	at_server(all_was_read, HM_CONNECTED, HM_BLAME_NONE);
	at_server(was_lost, HM_INCONCLUSIVE, HM_BLAME_UNKNOWN);
}

/* The marker came before the window closed, and lies in the socket: that is the better word. */
static void marker_inside(struct world *w, struct conn *c)
{
	marker(w, c, 1, "socket:in", 0);
	c->next += 12;
	w->answers.copied_seq = c->isn_c + 1;
	shut(w, c, 10, "socket:out");
}

static void test_not_read(void **state)
{
	(void)state;
	at_server(marker_inside, HM_NOT_READ, HM_BLAME_APPLICATION);
}

/* On the client: the marker is acknowledged, and what follows it cannot leave. */
static void from_client(bool opens_again, enum hm_code code, uint8_t blame)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	shake_client(w, &c, 0);
	ask_client(w, &c, 1, HM_CLASS_OTHER, 0);
	acked(w, &c, 2, "eth0:in");
	shut(w, &c, 10, "eth0:in");
	if (opens_again)
		window(w, &c, 1500, "eth0:in", 's', 9);
	run(w, 1500, 6000);
	assert_int_equal(only(w, code)->blame, blame);
	world_free(w);
}

static void test_from_client(void **state)
{
	(void)state;
	from_client(false, HM_ZERO_WINDOW, HM_BLAME_BEYOND);
	from_client(true, HM_ACKNOWLEDGED, HM_BLAME_NONE);
}

/* A known proxy may be held up by what is behind it. */
static void test_proxy(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	w->scene.proxy_ports[0] = 80;
	shake_server(w, &c, 0);
	data(w, &c, 1, "socket:in", 'c', HM_CLASS_OTHER, 0);
	finds_full_socket(w, &c);
	shut(w, &c, 10, "socket:out");
	run(w, 700, 3000);
	r = only(w, HM_ZERO_WINDOW);
	assert_int_equal(r->blame, HM_BLAME_PROXY);
	assert_int_equal(r->confidence, HM_LIKELY);
	world_free(w);
}

/* Who asks another server may be held up by it, though nobody knows it for a proxy. */
static void test_asks_in_turn(void **state)
{
	(void)state;
	for (uint32_t pid = 812; pid < 814; pid++) {
		struct world *w = world_new(NULL);
		struct conn c = conn_new(CLIENT, SERVER, 100);
		struct conn b = conn_new("10.0.0.2:50000", "10.0.0.9:81", 700);

		b.pid = pid;
		shake_client(w, &b, 0);
		data(w, &b, 1, "socket:out", 'c', HM_CLASS_HTTP_REQUEST, 0);
		shake_server(w, &c, 2);
		data(w, &c, 3, "socket:in", 'c', HM_CLASS_OTHER, 0);
		reads(w, &c, 4, 812, "java");
		finds_full_socket(w, &c);
		shut(w, &c, 10, "socket:out");
		run(w, 700, 3000);
		for (uint32_t i = 0; i < w->count; i++)
			if (w->results[i].code == HM_ZERO_WINDOW)
				assert_int_equal(w->results[i].confidence,
						 pid == 812 ? HM_LIKELY : HM_PROVEN);
		assert_int_equal(w->count, 1); /* b is still open, and fine */
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_asks_in_turn), cmocka_unit_test(test_full_socket),
		cmocka_unit_test(test_window),	     cmocka_unit_test(test_not_read),
		cmocka_unit_test(test_from_client),  cmocka_unit_test(test_proxy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
