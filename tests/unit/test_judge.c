// SPDX-License-Identifier: GPL-2.0-only
/*
 * One test for each code that one connection can get, each with the twin that must not get it.
 */
#include <errno.h>

#include "world.h"

#define CLIENT "10.0.0.4:40887"
#define SERVER "10.0.0.8:80"

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

static void test_connected(void **state)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	shake_server(w, &c, 0);
	w->answers = (struct answers){.on = true, .server_state = 1, .accepted = true};
	run(w, 10, 5000);
	r = only(w, HM_CONNECTED);
	assert_int_equal(r->confidence, HM_PROVEN);
	assert_true(r->judged);
	world_free(w);
}

/* A health check: its client closed without payload. */
static void test_health_check(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	shake_server(w, &c, 0);
	close_both(w, &c, 1);
	run(w, 10, 400);
	r = only(w, HM_CONNECTED);
	assert_false(r->judged);
	assert_int_equal(w->exit_status, 0);
	world_free(w);
}

static void reset_by_kernel(struct world *w, struct conn *c, double ms)
{
	packet(w, c, ms, "socket:out", HM_WHAT_RST, 's');
	packet(w, c, ms + 0.1, "eth0:out", HM_WHAT_RST, 's');
}

static void test_refused(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	syn(w, &c, 0, "eth0:in");
	reset_by_kernel(w, &c, 0.1);
	w->answers = (struct answers){.on = true};
	tick(w, 40);
	assert_int_equal(w->count, 0);
	run(w, 50, 300);
	r = only(w, HM_REFUSED);
	assert_int_equal(r->blame, HM_BLAME_APPLICATION);
	assert_int_equal(r->confidence, HM_PROVEN);
	assert_true(r->judged);
	assert_int_equal(w->exit_status, 1);
	world_free(w);
}

static void test_refused_afar(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	syn(w, &c, 0, "socket:out");
	syn(w, &c, 0.1, "eth0:out");
	packet(w, &c, 1, "eth0:in", HM_WHAT_RST, 's');
	run(w, 10, 3000);
	r = only(w, HM_REFUSED);
	assert_int_equal(r->blame, HM_BLAME_BEYOND);
	assert_int_equal(r->confidence, HM_ONE_SIDED);
	assert_true(r->at_ms >= 1500); /* nobody answered the probe */
	world_free(w);
}

/* The twin of refused: the same RST on the wire, made by a rule. */
static void test_rejected(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	syn(w, &c, 0, "eth0:in");
	packet(w, &c, 0.1, "eth0:out", HM_WHAT_RST, 's');
	push(w, drop(w, &c, 0.2, 'c', "NETFILTER_DROP", SYN));
	w->answers = (struct answers){.on = true};
	run(w, 10, 300);
	r = only(w, HM_REJECTED_BY_FIREWALL);
	assert_int_equal(r->blame, HM_BLAME_HOST);
	assert_int_equal(r->confidence, HM_PROVEN);
	world_free(w);
}

static void test_rejected_icmp(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	syn(w, &c, 0, "eth0:in");
	push(w, icmp(w, &c, 0.1, "drops", 3, 13));
	push(w, drop(w, &c, 0.2, 'c', "NETFILTER_DROP", SYN));
	run(w, 10, 2000);
	only(w, HM_REJECTED_BY_FIREWALL);
	world_free(w);
}

static void test_wrong_address(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	syn(w, &c, 0, "eth0:in");
	reset_by_kernel(w, &c, 0.1);
	w->answers = (struct answers){.on = true, .listener = "127.0.0.1:80"};
	run(w, 10, 300);
	r = only(w, HM_WRONG_ADDRESS);
	assert_non_null(strstr(r->summary, "nginx[77] listens on 127.0.0.1:80"));
	world_free(w);
}

/* A listener on another port is no wrong address. */
static void test_wrong_address_twin(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	syn(w, &c, 0, "eth0:in");
	reset_by_kernel(w, &c, 0.1);
	w->answers = (struct answers){.on = true, .listener = "127.0.0.1:8080"};
	run(w, 10, 300);
	only(w, HM_REFUSED);
	world_free(w);
}

static void syn_at_listener(struct world *w, struct conn *c, double ms, uint32_t backlog)
{
	struct hm_sighting s = see(w, c, ms, "socket:in", HM_WHAT_SYN, 'c');

	syn(w, c, ms, "eth0:in");
	s.seq = c->isn_c;
	memset(&s.syn, 0, sizeof(s.syn));
	s.syn.has_listener = true;
	s.syn.backlog = backlog;
	s.syn.backlog_max = 128;
	push(w, s);
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
	syn_at_listener(w, &c, 3052, 129);
	run(w, 3060, 3500);
	r = only(w, HM_ACCEPT_QUEUE_FULL);
	assert_int_equal(r->blame, HM_BLAME_APPLICATION);
	assert_int_equal(r->confidence, HM_PROVEN);
	assert_non_null(strstr(r->evidence[0], "129 waiting, limit 128"));
	assert_non_null(strstr(r->evidence[1], "3 times (0.00 ms, 1.01 s, 3.05 s)"));
	assert_int_equal(r->first.rows[0].cell[HM_STEP_SYN].state, HM_CELL_SEEN);
	for (uint32_t i = 0; i < r->first.row_count; i++)
		if (r->first.rows[i].hop == hop(w, "eth0:out"))
			assert_int_equal(r->first.rows[i].cell[HM_STEP_SYNACK].state,
					 HM_CELL_MISSING);
	assert_int_equal(r->first.row_count, 4);
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
	run(w, 10, 3100);
	only(w, HM_NO_ANSWER);
	world_free(w);
}

static void test_closed_by_application(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_OTHER, 0);
	reset_by_kernel(w, &c, 2);
	run(w, 10, 300);
	assert_int_equal(only(w, HM_CLOSED_BY_APPLICATION)->blame, HM_BLAME_APPLICATION);
	world_free(w);
}

/* SO_LINGER 0 after the answer is a way to close, no fault. */
static void test_linger_after_answer(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	reads(w, &c, 2, 812, "java");
	answer_server(w, &c, 3, 200);
	reset_by_kernel(w, &c, 4);
	run(w, 10, 300);
	only(w, HM_DELIVERED);
	world_free(w);
}

static void test_http_error(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	reads(w, &c, 2, 812, "java");
	answer_server(w, &c, 3, 500);
	close_both(w, &c, 4);
	run(w, 10, 400);
	r = only(w, HM_HTTP_ERROR);
	assert_int_equal(r->status, 500);
	assert_int_equal(r->confidence, HM_PROVEN);
	world_free(w);
}

static void test_dropped_by_firewall(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	syn(w, &c, 0, "eth0:in");
	push(w, drop(w, &c, 0.1, 'c', "NETFILTER_DROP", SYN));
	run(w, 10, 1000);
	assert_int_equal(w->count, 0);
	syn(w, &c, 1010, "eth0:in");
	push(w, drop(w, &c, 1010.1, 'c', "NETFILTER_DROP", SYN));
	run(w, 1020, 1500);
	r = only(w, HM_DROPPED_BY_FIREWALL);
	assert_int_equal(r->confidence, HM_PROVEN);
	assert_non_null(strstr(r->evidence[0], "2 times"));
	world_free(w);
}

/* Dropped once, let through when repeated: overcome. */
static void test_drop_overcome(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	syn(w, &c, 0, "eth0:in");
	push(w, drop(w, &c, 0.1, 'c', "NETFILTER_DROP", SYN));
	shake_server(w, &c, 1010);
	ask_server(w, &c, 1011, HM_CLASS_OTHER, 0);
	w->answers = (struct answers){.on = true,
				      .server_state = 1,
				      .accepted = true,
				      .has_seq = true,
				      .copied_seq = c.next - 12,
				      .pid = 1};
	run(w, 1020, 3300);
	only(w, HM_NOT_READ);
	world_free(w);
}

/* Dropped in OUTPUT: no hop ever sees the SYN. */
static void test_dropped_in_output(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	c.pid = 55;
	push(w, connect_call(w, &c, 0));
	push(w, drop(w, &c, 0.1, 'c', "NETFILTER_DROP", SYN));
	run(w, 10, 1500);
	assert_int_equal(only(w, HM_DROPPED_BY_FIREWALL)->pid, 55);
	world_free(w);
}

static void test_dropped_by_routing(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	syn(w, &c, 0, "eth0:in");
	push(w, drop(w, &c, 0.1, 'c', "IP_RPFILTER", SYN));
	run(w, 10, 1500);
	only(w, HM_DROPPED_BY_ROUTING);
	world_free(w);
}

static void test_dropped_other(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	syn(w, &c, 0, "eth0:in");
	push(w, drop(w, &c, 0.1, 'c', "TC_INGRESS", SYN));
	run(w, 10, 1500);
	only(w, HM_DROPPED_OTHER);
	world_free(w);
}

/* Most frees are harmless: these reasons accuse nobody. */
static void test_harmless_drops(void **state)
{
	static const char *const reasons[] = {"NOT_SPECIFIED", "NO_SOCKET", "TCP_INVALID_SYN",
					      "QUEUE_PURGE"};
	(void)state;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);

		syn(w, &c, 0, "eth0:in");
		push(w, drop(w, &c, 0.1, 'c', reasons[i], SYN));
		syn(w, &c, 1000, "eth0:in");
		syn(w, &c, 3000, "eth0:in");
		run(w, 3010, 5000);
		only(w, HM_INCONCLUSIVE);
		world_free(w);
	}
}

static void test_no_route(void **state)
{
	static const struct {
		int error;
		const char *words;
	} kinds[] = {{ENETUNREACH, "no route"},
		     {EHOSTUNREACH, "unreachable"},
		     {EACCES, "prohibit"},
		     {EINVAL, "blackhole"}};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);
		const struct result *r;

		c.pid = 55;
		push(w, connect_call(w, &c, 0));
		w->answers = (struct answers){.on = true, .route_error = kinds[i].error};
		run(w, 10, 600);
		r = only(w, HM_NO_ROUTE);
		assert_int_equal(r->blame, HM_BLAME_HOST);
		assert_int_equal(r->pid, 55);
		assert_non_null(strstr(r->summary, kinds[i].words));
		world_free(w);
	}
}

static void test_connect_with_route(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	c.pid = 55;
	push(w, connect_call(w, &c, 0));
	w->answers = (struct answers){.on = true};
	run(w, 10, 600);
	only(w, HM_INCONCLUSIVE);
	world_free(w);
}

static void test_syn_unanswered(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	for (int i = 0; i < 3; i++) {
		syn(w, &c, i * 1000, "socket:out");
		syn(w, &c, i * 1000 + 0.1, "eth0:out");
	}
	w->answers = (struct answers){.on = true};
	run(w, 2010, 3000);
	r = only(w, HM_SYN_UNANSWERED);
	assert_int_equal(r->blame, HM_BLAME_BEYOND);
	assert_int_equal(r->confidence, HM_ONE_SIDED);
	world_free(w);
}

/* One SYN, and the trace ends: not due. */
static void test_syn_not_due(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	syn(w, &c, 0, "socket:out");
	syn(w, &c, 0.1, "eth0:out");
	finish(w, 500);
	assert_non_null(strstr(only(w, HM_INCONCLUSIVE)->summary, "too short to tell"));
	world_free(w);
}

/* It went out and was seen to come in: what is beyond is not to blame. */
static void test_syn_vanished_here(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	for (int i = 0; i < 3; i++) {
		syn(w, &c, i * 1000, "eth0:out");
		syn(w, &c, i * 1000 + 0.1, "web/eth0:in");
	}
	run(w, 2010, 5000);
	only(w, HM_INCONCLUSIVE);
	world_free(w);
}

static void test_losses(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	for (int i = 0; i < 3; i++)
		syn(w, &c, i * 1000, "eth0:out");
	w->scene.counters[HM_CNT_LOST_RING] = 7;
	run(w, 2010, 5000);
	r = only(w, HM_INCONCLUSIVE);
	assert_int_equal(r->lost, 7);
	assert_non_null(strstr(r->summary, "7 events were lost"));
	for (uint32_t i = 0; i < r->first.row_count; i++)
		for (int s = 0; s < HM_STEP_COUNT; s++)
			assert_int_not_equal(r->first.rows[i].cell[s].state, HM_CELL_MISSING);
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

static void test_unreachable(void **state)
{
	static const struct {
		uint8_t code;
		enum hm_blame blame;
	} kinds[] = {{1, HM_BLAME_NETWORK}, {13, HM_BLAME_POLICY}, {9, HM_BLAME_POLICY}};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);
		const struct result *r;

		syn(w, &c, 0, "eth0:out");
		push(w, icmp(w, &c, 5, "eth0:in", 3, kinds[i].code));
		run(w, 10, 2000);
		r = only(w, HM_UNREACHABLE);
		assert_int_equal(r->blame, kinds[i].blame);
		assert_string_equal(r->host, "10.0.9.1");
		world_free(w);
	}
}

/* An ICMP error that quotes a sequence number this handshake never used is forged. */
static void test_unreachable_forged(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting s;

	(void)state;
	syn(w, &c, 0, "eth0:out");
	s = icmp(w, &c, 5, "eth0:in", 3, 1);
	s.seq = 99;
	push(w, s);
	run(w, 10, 2000);
	only(w, HM_INCONCLUSIVE);
	world_free(w);
}

static void test_reset_injected_ttl(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting s;
	const struct result *r;

	(void)state;
	shake_client(w, &c, 0);
	ask_client(w, &c, 1, HM_CLASS_OTHER, 0);
	s = see(w, &c, 2, "eth0:in", HM_WHAT_RST, 's');
	s.ttl = 58;
	push(w, s);
	run(w, 10, 300);
	r = only(w, HM_RESET_INJECTED);
	assert_int_equal(r->confidence, HM_LIKELY);
	assert_int_equal(r->blame, HM_BLAME_POLICY);
	world_free(w);
}

/* SO_LINGER 0 far away: the same RST with the server's own TTL. */
static void test_reset_genuine_afar(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	shake_client(w, &c, 0);
	ask_client(w, &c, 1, HM_CLASS_OTHER, 0);
	packet(w, &c, 2, "eth0:in", HM_WHAT_RST, 's');
	run(w, 10, 300);
	r = only(w, HM_CLOSED_BY_APPLICATION);
	assert_int_equal(r->blame, HM_BLAME_BEYOND);
	assert_int_equal(r->confidence, HM_ONE_SIDED);
	world_free(w);
}

static void two_sides(struct world *w, struct conn *c, bool sent)
{
	syn(w, c, 0, "eth0:out");
	syn(w, c, 0.1, "web/eth0:in");
	syn(w, c, 0.2, "web/socket:in");
	synack(w, c, 0.3, "web/socket:out");
	synack(w, c, 0.4, "eth0:in");
	packet(w, c, 0.5, "eth0:out", HM_WHAT_ACK, 'c');
	marker(w, c, 1, "eth0:out", 0);
	c->next += 12;
	if (sent)
		packet(w, c, 2, "web/socket:out", HM_WHAT_RST, 's');
	packet(w, c, 2.1, "eth0:in", HM_WHAT_RST, 's');
	run(w, 10, 300);
}

static void test_reset_injected_two_sides(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	two_sides(w, &c, false);
	assert_int_equal(only(w, HM_RESET_INJECTED)->confidence, HM_PROVEN);
	world_free(w);
}

static void test_reset_sent_two_sides(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	two_sides(w, &c, true);
	only(w, HM_CLOSED_BY_APPLICATION);
	world_free(w);
}

static void test_abandoned(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_OTHER, 0);
	packet(w, &c, 50, "eth0:in", HM_WHAT_RST, 'c');
	run(w, 60, 300);
	assert_int_equal(only(w, HM_ABANDONED_BY_CLIENT)->role, HM_ROLE_CLIENT);
	world_free(w);
}

static void test_encrypted(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	const struct result *r;

	(void)state;
	shake_server(w, &c, 0);
	data(w, &c, 1, "eth0:in", 'c', HM_CLASS_TLS, 0);
	c.next += 100;
	answer_server(w, &c, 2, 0);
	close_both(w, &c, 4);
	run(w, 10, 400);
	r = only(w, HM_CONNECTED);
	assert_non_null(strstr(r->summary, "encrypted"));
	assert_false(r->judged);
	world_free(w);
}

static void test_trace(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct hm_bench bench = {.scene = &w->scene};
	struct hm_verdict *v = calloc(1, sizeof(*v));

	(void)state;
	assert_non_null(v);
	judge_trace(&bench, 0, v);
	assert_int_equal(v->code, HM_NOTHING_SEEN);
	assert_null(v->path);
	assert_int_equal(judge_exit(0, v), 4);
	judge_trace(&bench, 3, v);
	assert_int_equal(v->code, HM_MARKER_NOT_SEEN);
	assert_int_equal(judge_exit(0, v), 4);
	assert_int_equal(judge_exit(1, v), 1);
	v->code = HM_REFUSED;
	assert_int_equal(judge_exit(4, v), 1);
	v->judged = false;
	assert_int_equal(judge_exit(4, v), 4);
	assert_int_equal(judge_exit(0, v), 0);
	free(v);
	world_free(w);
}

/* The answer was made and a firewall took it: not the application's silence. */
static void test_answer_dropped(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	reads(w, &c, 2, 812, "nginx");
	acked(w, &c, 2, "socket:out");
	push(w, drop(w, &c, 3, 's', "NETFILTER_DROP", ACK));
	packet(w, &c, 5000, "eth0:in", HM_WHAT_FIN, 'c');
	run(w, 5010, 8000);
	only(w, HM_DROPPED_BY_FIREWALL);
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

static void test_no_answer_afar(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	w->answers.on = true;
	shake_client(w, &c, 0);
	ask_client(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
	acked(w, &c, 2, "eth0:in");
	packet(w, &c, 5000, "eth0:out", HM_WHAT_FIN, 'c');
	run(w, 10, 8000);
	assert_int_equal(only(w, HM_NO_ANSWER)->blame, HM_BLAME_BEYOND);
	world_free(w);
}

/* Listeners known from another connection's earlier probe prove nothing about this one. */
static void test_stale_listener(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);
	struct hm_sighting l = {.mono_ns = T0,
				.hop = (uint16_t)hop(w, "sockets"),
				.what = HM_WHAT_LISTENER,
				.pid = 77};

	(void)state;
	l.src = ep("127.0.0.1:80");
	push(w, l);
	syn(w, &c, 1000, "eth0:in");
	reset_by_kernel(w, &c, 1000.1);
	w->answers.on = true;
	run(w, 1010, 1300);
	only(w, HM_REFUSED);
	world_free(w);
}

/* One that listens on every address by now would have taken it. */
static void test_listener_came_up(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	syn(w, &c, 0, "eth0:in");
	reset_by_kernel(w, &c, 0.1);
	w->answers = (struct answers){.on = true, .listener = "0.0.0.0:80"};
	run(w, 10, 300);
	only(w, HM_REFUSED);
	world_free(w);
}

/* The marker was dropped once and came through when repeated: not the firewall's doing. */
static void test_marker_drop_overcome(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	push(w, drop(w, &c, 1, 'c', "NETFILTER_DROP", ACK));
	ask_server(w, &c, 200, HM_CLASS_OTHER, 0);
	acked(w, &c, 201, "eth0:out");
	w->answers = (struct answers){.on = true,
				      .server_state = 1,
				      .accepted = true,
				      .has_seq = true,
				      .copied_seq = c.next - 12,
				      .pid = 1};
	run(w, 210, 3000);
	only(w, HM_NOT_READ);
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

/* A RST that leaves here, made neither by this kernel's TCP nor by a rule: nobody is accused. */
static void test_reset_of_nobody(void **state)
{
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	shake_server(w, &c, 0);
	ask_server(w, &c, 1, HM_CLASS_OTHER, 0);
	packet(w, &c, 2, "eth0:out", HM_WHAT_RST, 's');
	run(w, 10, 300);
	only(w, HM_INCONCLUSIVE);
	world_free(w);
}

/* Every code has a name, a meaning and a health; names are unique. */
static void test_codes(void **state)
{
	(void)state;
	for (int i = 0; i < HM_CODE_COUNT; i++) {
		assert_non_null(hm_codes[i].name);
		assert_true(strlen(hm_codes[i].means) > 10);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(hm_codes[i].name, hm_codes[j].name);
	}
	for (int i = 1; i < HM_WHAT_COUNT; i++)
		assert_int_equal(sighting_what_by_name(sighting_what_name(i)), i);
	assert_int_equal(sighting_what_by_name("nonsense"), HM_WHAT_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_delivered),
		cmocka_unit_test(test_delivered_open),
		cmocka_unit_test(test_delivered_splice),
		cmocka_unit_test(test_delivered_afar),
		cmocka_unit_test(test_acknowledged),
		cmocka_unit_test(test_passed),
		cmocka_unit_test(test_connected),
		cmocka_unit_test(test_health_check),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_refused_afar),
		cmocka_unit_test(test_rejected),
		cmocka_unit_test(test_rejected_icmp),
		cmocka_unit_test(test_wrong_address),
		cmocka_unit_test(test_wrong_address_twin),
		cmocka_unit_test(test_accept_queue_full),
		cmocka_unit_test(test_queue_at_limit),
		cmocka_unit_test(test_queue_overcome),
		cmocka_unit_test(test_queue_full_ack),
		cmocka_unit_test(test_not_accepted),
		cmocka_unit_test(test_not_read),
		cmocka_unit_test(test_peek_reader),
		cmocka_unit_test(test_not_read_unproven),
		cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_long_poll),
		cmocka_unit_test(test_no_answer_asked),
		cmocka_unit_test(test_closed_by_application),
		cmocka_unit_test(test_linger_after_answer),
		cmocka_unit_test(test_http_error),
		cmocka_unit_test(test_dropped_by_firewall),
		cmocka_unit_test(test_drop_overcome),
		cmocka_unit_test(test_dropped_in_output),
		cmocka_unit_test(test_dropped_by_routing),
		cmocka_unit_test(test_dropped_other),
		cmocka_unit_test(test_harmless_drops),
		cmocka_unit_test(test_no_route),
		cmocka_unit_test(test_connect_with_route),
		cmocka_unit_test(test_syn_unanswered),
		cmocka_unit_test(test_syn_not_due),
		cmocka_unit_test(test_syn_vanished_here),
		cmocka_unit_test(test_losses),
		cmocka_unit_test(test_losses_seen),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_unreachable_forged),
		cmocka_unit_test(test_reset_injected_ttl),
		cmocka_unit_test(test_reset_genuine_afar),
		cmocka_unit_test(test_reset_injected_two_sides),
		cmocka_unit_test(test_reset_sent_two_sides),
		cmocka_unit_test(test_abandoned),
		cmocka_unit_test(test_encrypted),
		cmocka_unit_test(test_trace),
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_marker_drop_overcome),
		cmocka_unit_test(test_queue_not_full_ack),
		cmocka_unit_test(test_reset_of_nobody),
		cmocka_unit_test(test_answer_dropped),
		cmocka_unit_test(test_slow_afar),
		cmocka_unit_test(test_no_answer_afar),
		cmocka_unit_test(test_stale_listener),
		cmocka_unit_test(test_listener_came_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
