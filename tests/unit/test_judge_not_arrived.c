// SPDX-License-Identifier: GPL-2.0-only
/*
 * not-arrived: another makes the handshake in the name of web, a watched namespace, and then
 * nothing. Each twin differs in one thing from the fault: whose the address is, who came there
 * before, what was seen.
 */
#include "world.h"

#define NS_GW 3
#define EARLIER_MS 0
#define NOW_MS 1000

enum how {
	/* what follows are the twins */
	IGNORED,
	ACKNOWLEDGED,
	STRANGER_BEFORE,
	ANOTHER_OF_OURS,
	STRANGER_PASSES,
	FILTERED_SERVER,
	FAULTS,
	NOT_OWED = FAULTS,
	NOTHING_ASKED,
	ACKED_LATE,
	TOO_SOON,
	TWICE,
	WITHOUT_SYN,
	WITHOUT_SYNACK,
	NOT_SEEN_LEAVING,
	SYNACK_NOT_FROM_OUTSIDE,
	ALTERED,
	TRANSLATED,
	INTO_A_TUNNEL,
	AT_ITS_SOCKET,
	AT_ITS_INTERFACE,
	ON_A_ROUTER,
	SERVED_HERE,
	MISSED_PERHAPS,
	ROWS_LOST,
	A_LOSS,
	NOBODY_HAS_IT,
	TWO_HAVE_IT,
	NOBODY_LISTENS,
	LISTENS_ELSEWHERE,
	ON_ANOTHER_PORT,
	ON_LOOPBACK,
	LISTENED_BEFORE,
	NOT_LOOKED,
	SHARED,
	NOT_ON_A_WATCHED_ONE,
	DEVICE_GONE,
	FIRST_OF_ALL,
	OTHER_CLIENT,
	OTHER_PORT,
	UNWATCHED_CLIENT,
	BOTH_UNWATCHED,
	NEVER_AT_A_SOCKET,
	ONLY_AFTER,
	CAME_ELSEWHERE,
	A_STRANGER,
	A_POOLED_STRANGER,
	FILTERED_CLIENT,
	FILTERED_NET,
	FILTERED_SIDE,
	IT_ANSWERED,
	IT_RESET,
	IT_CLOSED,
	IT_CLOSED_FIRST,
	DROPPED,
	AN_ICMP_ERROR,
	HOWS
};

/* A connection of that client that comes to web and ends well. */
static void comes(struct world *w, double ms, const char *client, const char *server, enum how how)
{
	struct conn c = conn_new(client, server, 7000 + (uint32_t)ms);

	if (how != UNWATCHED_CLIENT && how != BOTH_UNWATCHED)
		syn(w, &c, ms, "socket:out");
	syn(w, &c, ms + 0.1, "eth0:out");
	syn(w, &c, ms + 0.2, how == CAME_ELSEWHERE ? "gw/eth0:in" : "web/eth0:in");
	if (how != NEVER_AT_A_SOCKET)
		syn(w, &c, ms + 0.3, how == CAME_ELSEWHERE ? "gw/socket:in" : "web/socket:in");
	else
		packet(w, &c, ms + 0.65, "web/socket:in", HM_WHAT_ACK, 'c');
	synack(w, &c, ms + 0.4, "web/socket:out");
	synack(w, &c, ms + 0.5, "eth0:in");
	packet(w, &c, ms + 0.6, "socket:out", HM_WHAT_ACK, 'c');
	packet(w, &c, ms + 0.7, "eth0:out", HM_WHAT_FIN, 'c');
	packet(w, &c, ms + 0.8, "eth0:in", HM_WHAT_FIN, 's');
}

/*
 * What another host, which nobody watches, sends to web; on a connection that it had before it
 * stays open.
 */
static void stranger(struct world *w, double ms, const char *where, bool pooled)
{
	struct conn c = conn_new("10.0.0.77:5000", "10.0.0.9:80", 9000);

	if (!pooled)
		syn(w, &c, ms, where);
	data(w, &c, ms + 1, where, 'c', HM_CLASS_HTTP_REQUEST, 0);
	if (pooled)
		return;
	packet(w, &c, ms + 2, where, HM_WHAT_FIN, 'c');
	packet(w, &c, ms + 2.1, where, HM_WHAT_FIN, 's');
}

static void before(struct world *w, enum how how)
{
	const char *client = how == OTHER_CLIENT ? "10.0.0.156:39000" : "10.0.0.155:39000";

	if (how != FIRST_OF_ALL && how != ONLY_AFTER)
		comes(w, EARLIER_MS, client, how == OTHER_PORT ? "10.0.0.9:81" : "10.0.0.9:80",
		      how);
	if (how == STRANGER_BEFORE)
		stranger(w, EARLIER_MS + 5, "web/eth0:in", false);
}

static void shake(struct world *w, const struct conn *c, enum how how)
{
	if (how != WITHOUT_SYN && how != BOTH_UNWATCHED)
		syn(w, c, NOW_MS, "socket:out");
	if (how != WITHOUT_SYN && how != NOT_SEEN_LEAVING)
		syn(w, c, NOW_MS + 0.1, "eth0:out");
	if (how == ON_A_ROUTER)
		syn(w, c, NOW_MS + 0.15, "gw/eth0:in");
	if (how == TRANSLATED) {
		struct conn other = conn_new("10.0.0.155:40000", "10.0.0.20:80", c->isn_c);

		syn(w, &other, NOW_MS + 0.15, "gw/eth0:out");
	}
	if (how == ALTERED) { /* it acknowledges another SYN than that of the client */
		struct hm_sighting s = see(w, c, NOW_MS + 0.2, "eth0:in", HM_WHAT_SYNACK, 's');

		s.seq = c->isn_s;
		s.ack = c->isn_c + 777;
		push(w, s);
	}
	if (how != WITHOUT_SYNACK && how != SYNACK_NOT_FROM_OUTSIDE)
		synack(w, c, NOW_MS + 0.2, "eth0:in");
	if (how != WITHOUT_SYNACK)
		synack(w, c, NOW_MS + 0.3, "socket:in");
	packet(w, c, NOW_MS + 0.4, "socket:out", HM_WHAT_ACK, 'c');
	packet(w, c, NOW_MS + 0.5, "eth0:out", HM_WHAT_ACK, 'c');
}

/* Acknowledged, and then the client waits in vain. */
static bool waits(enum how how)
{
	return how == ACKNOWLEDGED || how == IT_RESET || how == IT_CLOSED_FIRST;
}

/* The marker, again and again, or once where it is acknowledged. */
static void ask(struct world *w, struct conn *c, enum how how)
{
	int times = how == NOTHING_ASKED	    ? 0
		    : waits(how) || how == NOT_OWED ? 1
		    : how == TWICE		    ? 2
						    : 3;

	for (int i = 0; i < times; i++) {
		double ms = NOW_MS + 1 + i * (how == TOO_SOON ? 10 : 300);

		if (how != NOT_OWED && how != ACKED_LATE)
			data(w, c, ms, "socket:out", 'c', HM_CLASS_HTTP_REQUEST, 0);
		marker(w, c, ms, "socket:out", 0);
		marker(w, c, ms + 0.1, "eth0:out", 0);
	}
	c->next += 12;
	if (waits(how) || how == NOT_OWED)
		acked(w, c, NOW_MS + 3, "eth0:in");
	if (how == ACKED_LATE)
		acked(w, c, NOW_MS + 650, "eth0:in");
}

/* What is seen of it beside. */
static void beside(struct world *w, struct conn *c, enum how how)
{
	double ms = NOW_MS + 800;

	if (how == AT_ITS_SOCKET)
		packet(w, c, ms, "web/socket:in", HM_WHAT_ACK, 'c');
	if (how == AT_ITS_INTERFACE)
		packet(w, c, ms, "web/eth0:in", HM_WHAT_ACK, 'c');
	if (how == SERVED_HERE)
		syn(w, c, NOW_MS + 0.05, "gw/socket:in");
	if (how == ROWS_LOST)
		for (int i = 0; i < HM_LEG_ROWS; i++) {
			char name[HM_NAME_LEN];

			snprintf(name, sizeof(name), "gw/e%d:out", i);
			add_hop(w, name, HM_HOOK_TC_OUT, NS_GW, 10 + (uint32_t)i);
			packet(w, c, ms, name, HM_WHAT_ACK, 'c');
		}
	if (how == A_STRANGER || how == STRANGER_PASSES)
		stranger(w, NOW_MS + 750, how == A_STRANGER ? "web/eth0:in" : "gw/eth0:in", false);
	if (how == A_POOLED_STRANGER)
		stranger(w, NOW_MS + 750, "web/eth0:in", true);
	if (how == ANOTHER_OF_OURS)
		comes(w, NOW_MS + 750, "10.0.0.156:39500", "10.0.0.9:80", how);
	if (how == ONLY_AFTER)
		comes(w, NOW_MS + 50, "10.0.0.155:39000", "10.0.0.9:80", how);
	if (how == IT_ANSWERED)
		answer_client(w, c, ms, 200);
	if (how == IT_RESET)
		packet(w, c, ms, "eth0:in", HM_WHAT_RST, 's');
	if (how == IT_CLOSED || how == IT_CLOSED_FIRST)
		packet(w, c, ms, "eth0:in", HM_WHAT_FIN, 's');
	if (how == DROPPED)
		push(w, drop(w, c, ms, 'c', "NETFILTER_DROP", ACK));
	if (how == AN_ICMP_ERROR) {
		struct hm_sighting s = icmp(w, c, ms, "eth0:in", 3, 1);

		s.seq = c->isn_c + 1; /* of the marker */
		push(w, s);
	}
}

/* What the watched namespaces say of the server's address. */
static void whose(struct world *w, const struct conn *c, enum how how)
{
	struct hm_sighting s = see(w, c, NOW_MS + 700, "sockets", HM_WHAT_ROUTE, 'c');

	push(w, s);
	s.hop = (uint16_t)hop(w, "web/sockets");
	s.route.local = true;
	s.route.device = how == SHARED ? 0 : how == NOT_ON_A_WATCHED_ONE ? 9 : 2;
	if (how != NOBODY_HAS_IT)
		push(w, s);
	if (how == NOT_LOOKED) /* at this one's sockets: that was another's */
		tell_listener(w, c, NOW_MS + 700, "0.0.0.0:80", NS_WEB);
	else if (how != NOBODY_LISTENS)
		found_listening(w, c, NOW_MS + 700,
				how == ON_ANOTHER_PORT ? "0.0.0.0:81"
				: how == ON_LOOPBACK   ? "127.0.0.1:80"
						       : "0.0.0.0:80",
				how == LISTENS_ELSEWHERE ? NS_GW : NS_WEB);
	/* nobody is in it any more: it was deleted, but for who watches it */
	if (how == LISTENED_BEFORE)
		found_listening(w, c, NOW_MS + 710, "0.0.0.0:80", NS_GW);
	s.hop = (uint16_t)hop(w, "gw/sockets");
	if (how == TWO_HAVE_IT)
		push(w, s);
}

static struct world *world_of(enum how how)
{
	struct world *w = world_new("amazinggrace");

	add_hop(w, "web/sockets", HM_HOOK_PROBE, NS_WEB, 0);
	add_hop(w, "gw/eth0:in", HM_HOOK_TC_IN, NS_GW, 2);
	add_hop(w, "gw/eth0:out", HM_HOOK_TC_OUT, NS_GW, 2);
	add_hop(w, "gw/socket:in", HM_HOOK_SOCK_IN, NS_GW, 0);
	add_hop(w, "gw/sockets", HM_HOOK_PROBE, NS_GW, 0);
	if (how >= FILTERED_CLIENT && how <= FILTERED_SIDE)
		snprintf(w->scene.filter, sizeof(w->scene.filter), "%s",
			 how == FILTERED_CLIENT ? "host 10.0.0.155"
			 : how == FILTERED_NET	? "net 10.0.0.0/8"
						: "src or dst port 80");
	if (how == FILTERED_SERVER)
		snprintf(w->scene.filter, sizeof(w->scene.filter), "host 10.0.0.9 and port 80");
	if (how == MISSED_PERHAPS)
		w->scene.hops[hop(w, "web/eth0:in")].doubt_ns = T0 + 1;
	if (how == INTO_A_TUNNEL)
		snprintf(w->scene.hops[hop(w, "eth0:out")].tunnel, sizeof(w->scene.hops[0].tunnel),
			 "vxlan");
	if (how == DEVICE_GONE)
		w->scene.hops[hop(w, "web/eth0:in")].gone_ns = T0 + 1;
	return w;
}

/* The verdict on the one with the marker. */
static const struct result *judged(enum how how, struct world **out)
{
	struct world *w = *out = world_of(how);
	struct conn c = conn_new("10.0.0.155:40000", "10.0.0.9:80", 100);

	c.in_tree = waits(how) || how == NOTHING_ASKED;
	c.pid = 900;
	before(w, how);
	run(w, 10, NOW_MS - 10);
	shake(w, &c, how);
	ask(w, &c, how);
	whose(w, &c, how);
	beside(w, &c, how);
	w->scene.counters[HM_CNT_LOST_RING] = how == A_LOSS;
	if (waits(how) || how == NOTHING_ASKED) { /* the client gives up */
		packet(w, &c, NOW_MS + 910, "eth0:out", HM_WHAT_FIN, 'c');
		packet(w, &c, NOW_MS + 911, "eth0:in", HM_WHAT_FIN, 's');
		w->scene.answer_ns = how == NOTHING_ASKED ? 100 * MS : 0;
		w->scene.has_command = true;
		w->scene.command_exit = 28;
	}
	if (how == TOO_SOON)
		finish(w, NOW_MS + 950);
	run(w, NOW_MS + 910, 9000);
	finish(w, 12000);
	for (uint32_t i = 0; i < w->count; i++)
		if (w->results[i].count || (how == NOTHING_ASKED && i + 1 == w->count))
			return &w->results[i];
	fail_msg("no verdict on the marker, %d", (int)how);
	return NULL;
}

static void test_not_arrived(void **state)
{
	(void)state;
	for (int how = 0; how < FAULTS; how++) {
		struct world *w;
		const struct result *r = judged(how, &w);

		if (r->code != HM_NOT_ARRIVED)
			print_error("fault %d: %s\n", how, r->summary);
		assert_string_equal(hm_codes[r->code].name, "not-arrived");
		assert_int_equal(r->blame, HM_BLAME_NETWORK);
		assert_int_equal(r->confidence, HM_LIKELY);
		assert_non_null(
			strstr(r->evidence[0], "one of the same client came there 1.00 s before"));
		world_free(w);
	}
}

static void test_twins(void **state)
{
	(void)state;
	for (int how = FAULTS; how < HOWS; how++) {
		struct world *w;
		const struct result *r = judged(how, &w);

		if (r->code == HM_NOT_ARRIVED)
			print_error("twin %d: %s: %s\n", how - FAULTS, hm_codes[r->code].name,
				    r->summary);
		for (uint32_t i = 0; how == AT_ITS_SOCKET && i < r->evidence_count && i < 4; i++)
			assert_null(strstr(r->evidence[i], "no packet of it"));
		assert_int_not_equal(r->code, HM_NOT_ARRIVED);
		if (how != AN_ICMP_ERROR && how != SERVED_HERE) /* of which more is known */
			assert_int_not_equal(r->blame, HM_BLAME_NETWORK);
		world_free(w);
	}
}

/*
 * What is acknowledged in web's name is not said to have been; where nobody knows whose name it is,
 * it is.
 */
static void test_acknowledged(void **state)
{
	struct world *w;
	const struct result *r = judged(NOT_OWED, &w);

	(void)state;
	assert_string_equal(hm_codes[r->code].name, "inconclusive");
	assert_non_null(strstr(r->summary, "Somebody answers in the name of 10.0.0.9:80"));
	assert_non_null(strstr(r->evidence[0], "no packet of it was seen in web"));
	world_free(w);
}

/* A connection of that client that comes to web, and stays open for a while. */
static struct conn stays(struct world *w)
{
	struct conn c = conn_new("10.0.0.155:39000", "10.0.0.9:80", 7000);

	syn(w, &c, EARLIER_MS, "socket:out");
	syn(w, &c, EARLIER_MS + 0.3, "web/socket:in");
	synack(w, &c, EARLIER_MS + 0.5, "eth0:in");
	return c;
}

/* A stranger's came meanwhile, and is among those that are not remembered any more. */
static void test_forgotten(void **state)
{
	struct world *w = world_of(IGNORED);
	struct conn first = stays(w), c = conn_new("10.0.0.155:40000", "10.0.0.9:80", 100);
	char client[32];

	(void)state;
	shake(w, &c, IGNORED);
	stranger(w, NOW_MS + 2, "web/eth0:in", false);
	for (int i = 0; i < 1040; i++) {
		snprintf(client, sizeof(client), "10.0.1.%d:%d", i % 250, 2000 + i);
		comes(w, NOW_MS + 5, client, "10.0.0.10:80", IGNORED);
	}
	run(w, NOW_MS + 10, NOW_MS + 290);
	packet(w, &first, NOW_MS + 291, "eth0:out", HM_WHAT_FIN, 'c');
	packet(w, &first, NOW_MS + 292, "eth0:in", HM_WHAT_FIN, 's');
	ask(w, &c, IGNORED);
	whose(w, &c, IGNORED);
	run(w, NOW_MS + 910, 9000);
	finish(w, 12000);
	assert_int_equal(w->count, 1043);
	for (uint32_t i = 0; i < w->count; i++)
		assert_int_not_equal(w->results[i].code, HM_NOT_ARRIVED);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_not_arrived),
		cmocka_unit_test(test_twins),
		cmocka_unit_test(test_acknowledged),
		cmocka_unit_test(test_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
