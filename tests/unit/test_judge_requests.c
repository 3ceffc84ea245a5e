// SPDX-License-Identifier: GPL-2.0-only
/*
 * syn-queue-full: every SYN came to a listener whose queue of requests was full, and cookies were
 * off; and what looks alike.
 */
#include "world.h"

struct queue { /* of the listener as each of the three SYNs met it */
	uint32_t requests[3], discarded[3];
	uint32_t backlog_max, requests_max;
	bool cookies;
	uint32_t backlog; /* connections that wait to be accepted */
};

static void meets(struct world *w, const struct conn *c, double ms, const struct queue *q, int i)
{
	struct hm_sighting s = see(w, c, ms, "socket:in", HM_WHAT_SYN, 'c');

	s.seq = c->isn_c;
	s.tcp_flags = SYN;
	s.syn = (struct hm_sight_syn){
		.wscale = 255,
		.has_listener = true,
		.backlog = q->backlog,
		.backlog_max = q->backlog_max,
		.requests = q->requests[i],
		.requests_max = q->requests_max,
		.cookies = q->cookies,
		.discarded = q->discarded[i],
	};
	push(w, s);
}

static const struct result *judged(struct world *w, const struct queue *q, enum hm_code code)
{
	struct conn c = conn_new(CLIENT, SERVER, 100);

	w->answers.on = true;
	w->answers.listener = "0.0.0.0:80";
	for (int i = 0; i < 3; i++) {
		syn(w, &c, i * 1000, "eth0:in");
		meets(w, &c, i * 1000 + 0.1, q, i);
	}
	run(w, 2010, 3000);
	return only(w, code);
}

static void test_full(void **state)
{
	static const struct queue t[] = {
		{{4, 4, 4}, {0, 1, 2}, 3, 256, false, 0}, /* over the backlog: newer kernels */
		{{3, 3, 3}, {0, 1, 2}, 3, 256, false, 0}, /* as many as that: older ones */
		{{3, 3, 3}, {7, 30, 80}, 3, 256, false, 0}, /* the same, and others' too */
		{{4, 4, 4}, {0, 0, 0}, 100, 4, false, 0}, /* three quarters of the other limit */
	};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(t); i++) {
		struct world *w = world_new("amazinggrace");
		const struct result *r = judged(w, &t[i], HM_SYN_QUEUE_FULL);

		assert_int_equal(r->blame, HM_BLAME_HOST);
		assert_int_equal(r->confidence, HM_PROVEN);
		assert_int_equal(r->role, HM_ROLE_SERVER);
		assert_int_equal(r->pid, 77);
		assert_non_null(strstr(r->evidence[0], "limit 3 ("));
		assert_int_equal(w->exit_status, 1);
		world_free(w);
	}
}

static void test_not_full(void **state)
{
	static const struct {
		struct queue q;
		enum hm_code code;
	} t[] = {
		/* the kernel counted none */
		{{{3, 3, 3}, {0, 0, 0}, 3, 256, false, 0}, HM_INCONCLUSIVE},
		{{{3, 3, 3}, {0, 0, 1}, 3, 256, false, 0}, HM_INCONCLUSIVE}, /* nor both of these */
		{{{2, 2, 2}, {0, 1, 2}, 3, 256, false, 0}, HM_INCONCLUSIVE}, /* room */
		{{{4, 4, 2}, {0, 1, 2}, 3, 256, false, 0}, HM_INCONCLUSIVE}, /* for the last one */
		{{{2, 4, 4}, {0, 1, 2}, 3, 256, false, 0}, HM_INCONCLUSIVE}, /* for the first one */
		{{{4, 4, 4}, {0, 1, 2}, 3, 256, true, 0}, HM_INCONCLUSIVE}, /* cookies */
		{{{4, 4, 4}, {0, 1, 2}, 3, 0, false, 0}, HM_INCONCLUSIVE}, /* nobody could ask */
		{{{3, 3, 3}, {0, 0, 0}, 100, 4, false, 0}, HM_INCONCLUSIVE},
		/* the cause of it */
		{{{4, 4, 4}, {0, 1, 2}, 3, 256, false, 4}, HM_ACCEPT_QUEUE_FULL},
	};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(t); i++) {
		struct world *w = world_new("amazinggrace");

		judged(w, &t[i].q, t[i].code);
		world_free(w);
	}
}

/* The repeated SYN got in. */
static void test_overcome(void **state)
{
	const struct queue q = {{4, 0, 0}, {0, 1, 1}, 3, 256, false, 0};
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	w->answers.on = true;
	syn(w, &c, 0, "eth0:in");
	meets(w, &c, 0.1, &q, 0);
	shake_server(w, &c, 1000);
	ask_server(w, &c, 1001, HM_CLASS_HTTP_REQUEST, 0);
	reads(w, &c, 1002, 812, "nginx");
	answer_server(w, &c, 1003, 200);
	run(w, 1010, 4000);
	only(w, HM_DELIVERED);
	world_free(w);
}

/* A security module has it: what the kernel names stands above what is missing. */
static void test_dropped(void **state)
{
	const struct queue q = {{4, 4, 4}, {0, 1, 2}, 3, 256, false, 0};
	struct world *w = world_new("amazinggrace");
	struct conn c = conn_new(CLIENT, SERVER, 100);

	(void)state;
	for (int i = 0; i < 3; i++)
		push(w, drop(w, &c, i * 1000 + 0.2, 'c', "SECURITY_HOOK", SYN));
	judged(w, &q, HM_DROPPED_OTHER);
	world_free(w);
}

/* A SYN-ACK may be among what was lost. */
static void test_loss(void **state)
{
	const struct queue q = {{4, 4, 4}, {0, 1, 2}, 3, 256, false, 0};
	struct world *w = world_new("amazinggrace");

	(void)state;
	w->scene.counters[HM_CNT_LOST_RING] = 1;
	judged(w, &q, HM_INCONCLUSIVE);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full),	cmocka_unit_test(test_not_full),
		cmocka_unit_test(test_overcome), cmocka_unit_test(test_dropped),
		cmocka_unit_test(test_loss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
