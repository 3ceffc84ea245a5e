// SPDX-License-Identifier: GPL-2.0-only
/*
 * proxy-stalled: a message that a proxy kept longer than --stall, and what else may take as long.
 */
#include "world_proxy.h"

struct trip { /* of a request through squid, in ms */
	double syn, synack, turn, sent, answer; /* syn 0: over a connection that it had before */
	uint32_t rest; /* bytes of the request that came after the marker was read */
	uint16_t status;
};

static const struct trip kept = {1500, 1501, 1502, 1502, 1503, 0, 200};

static void opens(struct world *w, const struct conn *b, double syn_ms, double synack_ms)
{
	syn(w, b, syn_ms, "socket:out");
	syn(w, b, syn_ms + 0.1, "eth0:out");
	synack(w, b, synack_ms, "eth0:in");
	synack(w, b, synack_ms + 0.1, "socket:in");
	packet(w, b, synack_ms + 0.2, "socket:out", HM_WHAT_ACK, 'c');
}

static void go_through(struct world *w, const struct trip *t)
{
	struct conn a = client_conn(1), b = upstream_conn(1);

	if (!t->syn)
		opens(w, &b, -100, -99);
	client_asks(w, &a, 0, HM_CLASS_HTTP_PROXY, 0);
	if (t->syn)
		opens(w, &b, t->syn, t->synack);
	data(w, &b, t->turn, "socket:out", 'c', HM_CLASS_HTTP_REQUEST, 0);
	b.next += t->sent > t->turn ? 5000 : 0;
	marker(w, &b, t->sent, "socket:out", 0);
	b.next += 12;
	a.next += t->rest;
	answer_client(w, &b, t->answer, t->status);
	client_gets(w, &a, t->answer + 1, t->status);
	run(w, t->answer + 10, t->answer + 3000);
}

static struct world *world_stall(uint64_t ms)
{
	struct world *w = world_new("amazinggrace");

	w->scene.stall_ns = ms * MS;
	return w;
}

static void told(const struct trip *t, uint64_t stall_ms, enum hm_code code)
{
	struct world *w = world_stall(stall_ms);

	go_through(w, t);
	only(w, code);
	world_free(w);
}

static void test_kept(void **state)
{
	struct world *w = world_stall(1000);
	const struct result *r;

	(void)state;
	go_through(w, &kept);
	r = only(w, HM_PROXY_STALLED);
	assert_int_equal(r->blame, HM_BLAME_PROXY);
	assert_int_equal(r->confidence, HM_LIKELY);
	assert_int_equal(r->role, HM_ROLE_PROXY);
	assert_int_equal(r->pid, PID);
	assert_int_equal(r->legs, 2);
	assert_true(r->judged);
	assert_non_null(strstr(r->summary, "kept it for 1.50 s"));
	world_free(w);
	told(&kept, 0, HM_DELIVERED);
	told(&kept, 1600, HM_DELIVERED);
}

static void test_not_its_time(void **state)
{
	struct trip slow_connection = {2, 1500, 1501, 1501, 1502, 0, 200};
	struct trip slow_answer = {2, 3, 4, 4, 1500, 0, 200};
	struct trip slow_client = {1500, 1501, 1502, 1502, 1503, 70000, 200};
	struct trip failed = {1500, 1501, 1502, 1502, 1503, 0, 500};

	(void)state;
	told(&slow_connection, 1000, HM_DELIVERED);
	told(&slow_answer, 1000, HM_DELIVERED);
	told(&slow_client, 1000, HM_DELIVERED);
	told(&failed, 1000, HM_HTTP_ERROR);
}

/* Connected at once, and then nothing for a while. */
static void test_kept_behind_connection(void **state)
{
	struct trip t = {2, 3, 1500, 1500, 1501, 0, 200};

	(void)state;
	told(&t, 1000, HM_PROXY_STALLED);
}

/*
 * Over a connection that it had; and where it had begun to send, which may have been held up there.
 */
static void test_pooled(void **state)
{
	struct trip pooled = {0, 0, 1500, 1500, 1501, 0, 200};
	struct trip streamed = {0, 0, 2, 1500, 1501, 0, 200},
		    unread = {0, 0, 0.7, 1500, 1501, 0, 200};

	(void)state;
	told(&pooled, 1000, HM_PROXY_STALLED);
	told(&streamed, 1000, HM_DELIVERED);
	told(&unread, 1000, HM_DELIVERED);
}

/* It asked another server at once, which refused late: that was not its own time. */
static void test_second_server(void **state)
{
	struct world *w = world_stall(1000);
	struct conn a = client_conn(1), b = upstream_conn(1), c = upstream_conn(2);

	(void)state;
	w->answers.on = true;
	client_asks(w, &a, 0, HM_CLASS_HTTP_PROXY, 0);
	syn(w, &b, 2, "socket:out");
	syn(w, &b, 2.1, "eth0:out");
	packet(w, &b, 1500, "eth0:in", HM_WHAT_RST, 's');
	opens(w, &c, 1501, 1502);
	ask_client(w, &c, 1503, HM_CLASS_HTTP_REQUEST, 0);
	answer_client(w, &c, 1504, 200);
	client_gets(w, &a, 1505, 200);
	run(w, 1510, 5000);
	only(w, HM_DELIVERED);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_not_its_time),
		cmocka_unit_test(test_kept_behind_connection),
		cmocka_unit_test(test_pooled),
		cmocka_unit_test(test_second_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
