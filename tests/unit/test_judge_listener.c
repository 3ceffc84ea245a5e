// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose listener a connection is about, where several network namespaces are watched: one in another
 * namespace than that to which it came has nothing to do with it.
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

/* Established, and nobody accepts it: the process that listens elsewhere on that port is not named. */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrong_address),
		cmocka_unit_test(test_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
