// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process that waits for another that it asked as soon as it had accepted, as HAProxy does in
 * `mode tcp`: what it then owes its client it is not to blame for. Each with twins that look alike.
 */
#include "world_proxy.h"

#define NONE HM_CLASS_NONE

enum end { CLOSES, CLOSES_UNREAD, GIVES_UP };

struct round {
	double asked; /* when the process begins its own connection; 0: it does not */
	uint32_t pid; /* who does */
	double again; /* when its SYN is seen again; 0: never */
	double connected; /* when a SYN-ACK comes; 0: never */
	enum hm_class passes; /* what is sent on then; HM_CLASS_NONE: nothing */
	double answered, shut; /* when it is answered, or closed by its server; 0: never */
	enum end end; /* at 2 s */
	bool beyond;
};

static void hello(struct world *w, const struct conn *c, double ms, const char *where,
		  enum hm_class class)
{
	struct hm_sighting s = see(w, c, ms, where, HM_WHAT_DATA, 'c');

	s.len = 300;
	s.data = (struct hm_sight_data){.class = (uint8_t) class,
					.tls_type = class == HM_CLASS_TLS ? 22 : 0};
	push(w, s);
}

/* What becomes of the connection that the process began. */
static void goes_on(struct world *w, const struct conn *b, const struct round *r)
{
	if (r->again)
		syn(w, b, r->again, "socket:out");
	if (r->connected)
		packet(w, b, r->connected, "eth0:in", HM_WHAT_SYNACK, 's');
	if (r->passes != HM_CLASS_NONE)
		hello(w, b, r->connected + 0.1, "socket:out", r->passes);
	if (r->answered)
		data(w, b, r->answered, "eth0:in", 's', HM_CLASS_TLS, 0);
	if (r->shut)
		packet(w, b, r->shut, "eth0:in", HM_WHAT_FIN, 's');
}

/* Leg 1: a client's connection; leg 2 in between. */
static struct world *happens(const struct round *r, uint64_t answer_ns)
{
	struct conn a = client_conn(1), b = upstream_conn(1);
	struct world *w = world_new(NULL);

	w->scene.answer_ns = answer_ns;
	b.pid = r->pid;
	shake_server(w, &a, 0);
	if (r->asked && r->asked < 1)
		begins(w, &b, r->asked, r->pid);
	hello(w, &a, 1, "eth0:in", HM_CLASS_TLS);
	if (r->end != CLOSES_UNREAD)
		reads(w, &a, 1.2, PID, "haproxy");
	if (r->asked >= 1)
		begins(w, &b, r->asked, r->pid);
	goes_on(w, &b, r);
	if (r->end == CLOSES_UNREAD) {
		packet(w, &a, 2000, "socket:out", HM_WHAT_RST, 's');
	} else if (r->end == GIVES_UP) {
		packet(w, &a, 2000, "eth0:in", HM_WHAT_FIN, 'c');
		packet(w, &a, 2500, "socket:out", HM_WHAT_FIN, 's');
	} else {
		packet(w, &a, 2000, "socket:out", HM_WHAT_FIN, 's');
		packet(w, &a, 2001, "eth0:in", HM_WHAT_FIN, 'c');
	}
	if (r->end == CLOSES_UNREAD)
		answer_listener(w, T0 + 2070000000ULL, PROXY, PID);
	run(w, 2600, 14000);
	return w;
}

static const struct result *of_client(const struct world *w)
{
	const struct result *r = NULL;

	for (uint32_t i = 0; i < w->count; i++)
		if (w->results[i].leg_ids[0] == 1)
			r = &w->results[i];
	assert_non_null(r);
	return r;
}

/*
 * It waits, but perhaps for something else: another one was connected; nothing is in TLS; the same,
 * and it was refused.
 */
static void test_ambiguous(void **state)
{
	enum { CONNECTED, PLAIN, REFUSED, ROUNDS };
	static const char *const why[ROUNDS] = {
		[CONNECTED] = "that may be because of 10.0.0.156:80",
		[PLAIN] = "that may be because of 10.0.0.156:80",
		[REFUSED] = "it began a connection meanwhile that carried nothing",
	};

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct conn a = client_conn(1), b = upstream_conn(1), c = upstream_conn(2);
		struct world *w = world_new(NULL);
		const struct result *r;

		w->scene.answer_ns = 10000000000;
		shake_server(w, &a, 0);
		begins(w, &b, 0.5, PID);
		hello(w, &a, 1, "eth0:in", round ? HM_CLASS_HTTP_REQUEST : HM_CLASS_TLS);
		reads(w, &a, 1.2, PID, "haproxy");
		if (round == CONNECTED) {
			begins(w, &c, 1.5, PID);
			packet(w, &c, 2, "eth0:in", HM_WHAT_SYNACK, 's');
		}
		syn(w, &b, 1000, "socket:out");
		if (round == REFUSED)
			refuses(w, &b, 1999);
		packet(w, &a, 2000, "socket:out", HM_WHAT_FIN, 's');
		packet(w, &a, 2001, "eth0:in", HM_WHAT_FIN, 'c');
		run(w, 2600, 14000);
		r = of_client(w);
		assert_int_equal(r->code, HM_CLOSED_BY_APPLICATION);
		assert_int_equal(r->blame, HM_BLAME_APPLICATION);
		assert_int_equal(r->confidence, HM_LIKELY);
		assert_non_null(strstr(r->why, why[round]));
		world_free(w);
	}
}

static void test_silence(void **state)
{
	static const struct round rounds[] = {
		{0.5, PID, 1000, 0, NONE, 0, 0, CLOSES, true},
		{1.5, PID, 1000, 0, NONE, 0, 0, CLOSES, true},
		{0.5, PID, 1000, 0, NONE, 0, 0, CLOSES_UNREAD, true},
		{0.5, PID, 1000, 0, NONE, 0, 0, GIVES_UP, true},
		{1.5, PID, 1000, 0, NONE, 0, 0, GIVES_UP, true},
		/* connected, and asked what the client had asked */
		{0.5, PID, 0, 2, HM_CLASS_TLS, 0, 0, CLOSES, true},
		{1.5, PID, 0, 2, HM_CLASS_TLS, 0, 0, GIVES_UP, true},
		{0.5, PID, 0, 2, HM_CLASS_TLS, 0, 1999, CLOSES, true},
		/* by another process; for something else */
		{0.5, PID + 1, 1000, 0, NONE, 0, 0, CLOSES, false},
		{0.5, PID + 1, 1000, 0, NONE, 0, 0, CLOSES_UNREAD, false},
		{300, PID, 1300, 0, NONE, 0, 0, CLOSES, false},
		{300, PID, 1300, 0, NONE, 0, 0, GIVES_UP, false},
		{0.5, PID, 0, 2, HM_CLASS_OTHER, 0, 0, CLOSES, false},
		/* connected after all, and asked nothing; answered */
		{0.5, PID, 1000, 1500, NONE, 0, 0, CLOSES, false},
		{0.5, PID, 1000, 1500, NONE, 0, 0, GIVES_UP, false},
		{0.5, PID, 0, 2, HM_CLASS_TLS, 1000, 0, CLOSES, false},
		{0.5, PID, 0, 2, HM_CLASS_TLS, 1000, 0, GIVES_UP, false},
		{0, 0, 0, 0, NONE, 0, 0, CLOSES, false},
	};
	static const enum hm_code codes[] = {
		[CLOSES] = HM_CLOSED_BY_APPLICATION,
		[CLOSES_UNREAD] = HM_CLOSED_BY_APPLICATION,
		[GIVES_UP] = HM_NO_ANSWER,
	};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(rounds); i++) {
		struct world *w = happens(&rounds[i], 0);
		const struct result *r = of_client(w);

		assert_int_equal(r->code, codes[rounds[i].end]);
		assert_int_equal(r->blame,
				 rounds[i].beyond ? HM_BLAME_BEYOND : HM_BLAME_APPLICATION);
		assert_int_equal(
			strstr(r->summary, "in between it had asked 10.0.0.156:80, which") != NULL,
			rounds[i].beyond);
		if (rounds[i].beyond)
			assert_int_equal(r->confidence, HM_LIKELY);
		world_free(w);
	}
}

/* What it began before it had read may be why it is silent, though nothing tells of that yet. */
static void test_perhaps(void **state)
{
	static const struct round alone = {0, 0, 0, 0, NONE, 0, 0, GIVES_UP, false},
				  asks = {0.5, PID, 0, 2, NONE, 0, 0, GIVES_UP, false};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct world *w = happens(i ? &asks : &alone, 1000000000);
		const struct result *r = of_client(w);

		assert_int_equal(r->code, HM_NO_ANSWER);
		assert_int_equal(r->blame, HM_BLAME_APPLICATION);
		assert_int_equal(r->confidence, i ? HM_LIKELY : HM_PROVEN);
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_ambiguous),
		cmocka_unit_test(test_perhaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
