// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose listener a connection is about: in which network namespace, found when, and by a table that
 * is whole or not. Each accusation with the twin that must not get it.
 */
#include "world.h"

#define SERVER6 "[fd77:1::2]:80"

static struct hm_sighting six(struct hm_sighting s)
{
	s.family = 6;
	return s;
}

/* The server's kernel, in the host's namespace, resets the request. */
static void refuse(struct world *w)
{
	struct conn c = conn_new(CLIENT, SERVER, 100);

	syn(w, &c, 0, "eth0:in");
	packet(w, &c, 0.1, "drops", HM_WHAT_RESET, 's');
	reset_by_kernel(w, &c, 0.1);
}

/* Over IPv6 it is not at socket:out; an event tells, or the drop for want of a socket. */
static void refuse6(struct world *w, bool event)
{
	struct conn c = conn_new("[fd77:1::1]:46422", SERVER6, 100);
	struct hm_sighting s = six(see(w, &c, 0, "eth0:in", HM_WHAT_SYN, 'c'));

	s.seq = c.isn_c;
	s.tcp_flags = SYN;
	push(w, s);
	push(w, event ? six(see(w, &c, 0.1, "drops", HM_WHAT_RESET, 's'))
		      : six(drop(w, &c, 0.1, 'c', "NO_SOCKET", SYN)));
	push(w, six(see(w, &c, 0.2, "eth0:out", HM_WHAT_RST, 's')));
}

static void expect(struct world *w, const char *listener, uint32_t netns, enum hm_code code)
{
	w->answers = (struct answers){.on = true, .listener = listener, .listener_netns = netns};
	run(w, 10, 300);
	only(w, code);
	world_free(w);
}

static void test_wrong_address(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		const char *loopback = i ? "[::1]:80" : "127.0.0.1:80";
		const char *all = i ? "[::]:80" : "0.0.0.0:80";
		const char *on[] = {loopback, loopback, all};
		const uint32_t netns[] = {NS_HOST, NS_WEB, NS_WEB};

		for (int k = 0; k < 3; k++) {
			struct world *w = world_new(NULL);

			if (i)
				refuse6(w, i == 1);
			else
				refuse(w);
			expect(w, on[k], netns[k], k ? HM_REFUSED : HM_WRONG_ADDRESS);
		}
	}
}

/* The handshake as the interfaces alone show it: that the server is here, the probe tells. */
static void shake_afar(struct world *w, const struct conn *c)
{
	syn(w, c, 0, "eth0:in");
	synack(w, c, 0.3, "eth0:out");
	packet(w, c, 0.4, "eth0:in", HM_WHAT_ACK, 'c');
}

/*
 * Established, and nobody accepts it: the process that listens elsewhere on that port is not named.
 */
static void not_accepted(bool sockets, uint32_t netns, uint32_t pid)
{
	struct world *w = world_new(NULL);
	struct conn c = conn_new(CLIENT, SERVER, 100);

	if (sockets)
		shake_server(w, &c, 0);
	else
		shake_afar(w, &c);
	w->answers = (struct answers){.on = true, .server_state = 1, .listener = "0.0.0.0:80",
				      .listener_netns = netns};
	run(w, 10, 4000);
	assert_int_equal(only(w, HM_NOT_ACCEPTED)->pid, pid);
	world_free(w);
}

static void test_owner(void **state)
{
	(void)state;
	for (int sockets = 0; sockets < 2; sockets++) {
		not_accepted(sockets, NS_HOST, 77);
		not_accepted(sockets, NS_WEB, 0);
	}
}

static bool has_evidence(const struct result *r, const char *text)
{
	for (uint32_t i = 0; i < r->evidence_count && i < 4; i++)
		if (strstr(r->evidence[i], text))
			return true;
	return false;
}

/*
 * As the service starts again: by the time of the look somebody listens, and another on loopback.
 */
static void test_came_up(void **state)
{
	struct world *w = world_new(NULL);
	const struct result *r;

	(void)state;
	refuse(w);
	w->answers =
		(struct answers){.on = true, .listener = "127.0.0.1:80", .another = "0.0.0.0:80"};
	run(w, 10, 300);
	r = only(w, HM_REFUSED);
	assert_non_null(strstr(r->summary, "nobody listened on 10.0.0.8:80 for it at that moment"));
	assert_true(has_evidence(r, "nginx[78] listens on 0.0.0.0:80 at"));
	assert_false(has_evidence(r, "no listener on port"));
	world_free(w);
}

/* That nobody has the port is told only by who has looked. */
static void test_nobody_looked(void **state)
{
	(void)state;
	for (int looked = 0; looked < 2; looked++) {
		struct world *w = world_new(NULL);

		refuse(w);
		w->answers.on = looked;
		run(w, 10, 3000);
		assert_int_equal(has_evidence(only(w, HM_REFUSED), "no listener on port 80"),
				 looked);
		world_free(w);
	}
}

/*
 * More listeners than the table holds: the owner, or one that came up, may be among those left out.
 */
static void test_overflow(void **state)
{
	(void)state;
	for (int lost = 0; lost < 2; lost++) {
		struct world *w = world_new(NULL);
		const struct result *r;

		refuse(w);
		w->answers = (struct answers){.on = true, .others = 1023 + lost,
					      .listener = "127.0.0.1:80"};
		run(w, 10, 300);
		r = only(w, HM_WRONG_ADDRESS);
		assert_int_equal(r->confidence, lost ? HM_LIKELY : HM_PROVEN);
		world_free(w);
	}
	for (int lost = 0; lost < 2; lost++) {
		struct world *w = world_new(NULL);
		struct conn c = conn_new(CLIENT, SERVER, 100);

		shake_server(w, &c, 0);
		w->answers = (struct answers){.on = true, .others = 1023 + lost, .server_state = 1,
					      .listener = SERVER};
		run(w, 10, 4000);
		assert_int_equal(only(w, HM_NOT_ACCEPTED)->pid, lost ? 0 : 77);
		world_free(w);
	}
}

/*
 * Who listened before is named, as one that does not any more; beside another that listens it is
 * not.
 */
static void test_last_listener(void **state)
{
	(void)state;
	for (int back = 0; back < 2; back++) {
		struct world *w = world_new(NULL);
		struct conn c = conn_new(CLIENT, SERVER, 100);
		const struct result *r;
		bool told = false;

		answer_listener(w, T0, "0.0.0.0:80", 77);
		syn(w, &c, 3200, "eth0:in");
		packet(w, &c, 3200.1, "drops", HM_WHAT_RESET, 's');
		packet(w, &c, 3200.1, "socket:out", HM_WHAT_RST, 's');
		packet(w, &c, 3200.2, "eth0:out", HM_WHAT_RST, 's');
		w->answers = (struct answers){.on = true, .another = back ? "0.0.0.0:80" : NULL};
		run(w, 3210, 6000);
		r = only(w, HM_REFUSED);
		for (uint32_t i = 0; i < r->evidence_count && i < 4; i++)
			told |= !strcmp(r->evidence[i],
					"nginx[77] listened on 0.0.0.0:80 3.20 s before the "
					"request, and does not any more");
		assert_int_equal(told, !back);
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_last_listener),
		cmocka_unit_test(test_wrong_address),
		cmocka_unit_test(test_owner),
		cmocka_unit_test(test_came_up),
		cmocka_unit_test(test_nobody_looked),
		cmocka_unit_test(test_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
