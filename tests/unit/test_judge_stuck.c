// SPDX-License-Identifier: GPL-2.0-only
/*
 * A segment that is sent again and again while others behind it arrive, and what looks alike.
 */
#include "world.h"

#define LONG 1448

/* What a sender's kernel says when it sends its first segment again. */
struct sent_again {
	char side;
	uint32_t times, len, acked, sacked, beside;
	uint8_t gaps; /* 0: one */
	bool not_first;
};

/* Every 300 ms from ms on; returns when the last was. */
static double sends_again(struct world *w, const struct conn *c, double ms,
			  const struct sent_again *a)
{
	struct hm_sighting s;

	for (uint32_t i = 0; i < a->times; i++) {
		ms += 300;
		s = see(w, c, ms, "drops", HM_WHAT_RETRANS, a->side);
		memset(&s.retrans, 0, sizeof(s.retrans));
		s.len = a->len;
		s.retrans = (struct hm_sight_retrans){.sk_state = HM_STATE_ESTABLISHED,
						      .head = !a->not_first, .acked = a->acked,
						      .sacked = a->sacked, .beside = a->beside,
						      .gaps = a->gaps ? a->gaps : 1};
		push(w, s);
	}
	return ms;
}

/* The socket of one side, with bytes that nobody acknowledged. */
static void socket_holds(struct world *w, const struct conn *c, double ms, const char *where,
			 char side, uint32_t unsent)
{
	struct hm_sighting s = see(w, c, ms, where, HM_WHAT_SOCKET, side);

	memset(&s.socket, 0, sizeof(s.socket));
	s.socket.state = HM_STATE_ESTABLISHED;
	s.socket.accepted = true;
	s.socket.unsent = unsent;
	push(w, s);
}

/* The client's segment with the marker leaves. */
static struct world *uploads(struct conn *c)
{
	struct world *w = world_new("amazinggrace");

	*c = conn_new("10.0.0.155:40000", "10.0.0.9:80", 100);
	shake_client(w, c, 0);
	data(w, c, 1, "eth0:out", 'c', HM_CLASS_HTTP_REQUEST, 0);
	marker(w, c, 1, "eth0:out", 0);
	return w;
}

static void test_black_hole(void **state)
{
	const struct sent_again a = {
		.side = 'c', .times = 5, .len = LONG, .acked = 1, .sacked = 818};
	struct conn c;
	struct world *w = uploads(&c);
	const struct result *r;

	(void)state;
	run(w, sends_again(w, &c, 1, &a), 6000);
	r = only(w, HM_MTU_BLACK_HOLE);
	assert_int_equal(r->blame, HM_BLAME_NETWORK);
	assert_int_equal(r->confidence, HM_LIKELY);
	assert_non_null(strstr(r->evidence[0], "1448 bytes sent again 5 times"));
	world_free(w);
}

enum why {
	ONCE_LESS,
	NONE_ARRIVED,
	AS_LONG_ARRIVED,
	PERHAPS_MORE,
	LONG_BEFORE,
	NOT_THE_FIRST,
	TOO_BIG,
	RESET,
	DROPPED,
	ACKED,
	ANSWERED,
	LOSSES,
	UNSEEN,
	NOT_WATCHED,
	NO_DROPS,
	WITHIN,
	REASONS
};

static void twin(struct world *w, const struct conn *c, enum why why, double ms)
{
	const struct conn got = {.c = c->c, .s = c->s, .isn_s = c->isn_s, .next = c->next + 12};
	struct hm_sighting s = icmp(w, c, ms, "eth0:in", 3, 4);

	s.seq = c->next;
	if (why == TOO_BIG)
		push(w, s);
	if (why == RESET)
		packet(w, c, ms, "eth0:in", HM_WHAT_RST, 's');
	if (why == DROPPED)
		push(w, drop(w, c, ms, 'c', "NETFILTER_DROP", ACK));
	if (why == ANSWERED)
		answer_client(w, &got, ms, 200);
	if (why == ACKED)
		acked(w, &got, ms, "eth0:in");
	if (why == UNSEEN)
		w->scene.hops[hop(w, "eth0:in")].doubt_ns = T0 + 1;
	if (why == NOT_WATCHED)
		w->scene.hops[hop(w, "eth0:in")].hook = w->scene.hops[hop(w, "eth1:in")].hook =
			HM_HOOK_PROBE;
	w->scene.counters[HM_CNT_LOST_RING] = why == LOSSES;
	if (why == NO_DROPS)
		w->scene.hops[hop(w, "drops")].hook = HM_HOOK_COUNT;
	if (why == WITHIN) /* both its ends are in one namespace */
		socket_holds(w, c, ms, "sockets", 's', 0);
}

static void test_black_hole_twins(void **state)
{
	(void)state;
	for (int why = 0; why < REASONS; why++) {
		const struct sent_again a = {.side = 'c',
					     .times = why == ONCE_LESS ? 4 : 5,
					     .len = LONG,
					     .acked = why == LONG_BEFORE ? LONG : 1,
					     .sacked = why == NONE_ARRIVED	? 0
						       : why == AS_LONG_ARRIVED ? LONG
										: 818,
					     .gaps = why == PERHAPS_MORE ? 4 : 1,
					     .not_first = why == NOT_THE_FIRST};
		struct conn c;
		struct world *w = uploads(&c);
		double ms = sends_again(w, &c, 1, &a) + 1;

		twin(w, &c, (enum why)why, ms);
		run(w, ms, 9000);
		finish(w, 9100);
		assert_int_equal(w->count, 1);
		assert_int_not_equal(w->results[0].code, HM_MTU_BLACK_HOLE);
		assert_int_not_equal(w->results[0].blame, HM_BLAME_NETWORK);
		world_free(w);
	}
}

/* It is waited for, and no longer than it takes. */
static void test_is_waited_for(void **state)
{
	struct sent_again a = {.side = 'c', .times = 3, .len = LONG, .acked = 1, .sacked = 818};
	struct conn c;
	struct world *w = uploads(&c);

	(void)state;
	run(w, sends_again(w, &c, 1, &a), 4000);
	assert_int_equal(w->count, 0);
	a.times = 2;
	run(w, sends_again(w, &c, 4000, &a), 6500);
	assert_int_equal(only(w, HM_MTU_BLACK_HOLE)->confidence, HM_LIKELY);
	world_free(w);
}

enum heed {
	NEVER_HEEDS,
	TWICE_TOLD,
	OTHER_SEQ,
	NO_MTU,
	WIDE_ENOUGH,
	TOO_NARROW,
	NO_SENDER,
	MADE_HERE,
	GOT_THROUGH,
	SENT_TWICE,
	UNTOLD,
	HEEDS
};

/* Each time that the segment is sent again, a router says that it is too long. */
static void is_told(struct world *w, const struct conn *c, enum heed heed)
{
	for (int i = 1; i <= 3; i++) { /* of all that was sent at once */
		struct hm_sighting s = icmp(w, c, 1.8, "eth0:in", 3, 4);

		s.seq = c->next + i * LONG;
		s.icmp.mtu = 1300;
		push(w, s);
	}
	for (int i = 0; i < (heed == TWICE_TOLD ? 2 : 4); i++) {
		struct hm_sighting s =
			icmp(w, c, 2 + i * 300, heed == MADE_HERE ? "eth0:out" : "eth0:in", 3, 4);

		s.seq = c->next + (heed == OTHER_SEQ ? 4 * LONG : 0);
		s.icmp.mtu = heed == NO_MTU	   ? 0
			     : heed == WIDE_ENOUGH ? 1500
			     : heed == TOO_NARROW  ? 296
						   : 1300;
		if (heed == NO_SENDER)
			memset(s.icmp.sender, 0, sizeof(s.icmp.sender));
		if (heed == TWICE_TOLD)
			push(w, s); /* by a source that tells all twice */
		push(w, s);
	}
}

/*
 * The host that does not heed it is to blame, once that is sure; else nobody, and no link that
 * nobody told of.
 */
static void test_unheeded(void **state)
{
	(void)state;
	for (enum heed heed = NEVER_HEEDS; heed < HEEDS; heed++) {
		struct sent_again a = {
			.side = 'c', .times = heed == SENT_TWICE ? 2 : 3, .len = LONG, .acked = 1};
		struct conn c, got;
		struct world *w = uploads(&c);
		double ms;

		syn(w, &c, 0.1, "socket:out"); /* the client is here */
		if (heed != UNTOLD)
			is_told(w, &c, heed);
		ms = sends_again(w, &c, 1, &a) + 300;
		got = (struct conn){.c = c.c, .s = c.s, .isn_s = c.isn_s, .next = c.next + 12};
		if (heed == GOT_THROUGH)
			acked(w, &got, ms, "eth0:in");
		run(w, ms, 9000);
		finish(w, 9100);
		assert_int_equal(w->count, 1);
		if (heed == NEVER_HEEDS) {
			assert_int_equal(only(w, HM_MTU_BLACK_HOLE)->blame, HM_BLAME_HOST);
			assert_int_equal(w->results[0].confidence, HM_PROVEN);
			assert_string_equal(w->results[0].evidence[0],
					    "ICMP \"too big\", 1300 at most, from 10.0.9.1 "
					    "came in 4 or more times, first at eth0:in, 2.00 ms");
		} else {
			assert_int_not_equal(w->results[0].code, HM_MTU_BLACK_HOLE);
		}
		world_free(w);
	}
}

enum then { STILL_HELD, SENT, ASKED_BEFORE, NOT_ASKED, ENDED, ENDED_WITH_IT };

/* An answer was made, but its first segment does not get through. */
static void test_answer(void **state)
{
	const struct sent_again a = {.side = 's', .times = 5, .len = LONG, .sacked = 897};

	(void)state;
	for (enum then then = STILL_HELD; then <= ENDED_WITH_IT; then++) {
		struct world *w = world_new("amazinggrace");
		struct conn c = conn_new(CLIENT, SERVER, 100);
		struct hm_sighting fin;
		bool stands = then == STILL_HELD || then == ENDED;
		double ms;

		shake_server(w, &c, 0);
		ask_server(w, &c, 1, HM_CLASS_HTTP_REQUEST, 0);
		reads(w, &c, 2, 812, "nginx");
		answer_server(w, &c, 3, 200);
		ms = sends_again(w, &c, 4, &a);
		fin = see(w, &c, ms + 50, "eth0:in", HM_WHAT_FIN, 'c');
		fin.ack += then == ENDED_WITH_IT ? LONG : 0;
		if (then == STILL_HELD || then == SENT)
			socket_holds(w, &c, ms + 50, "sockets", 's', then == SENT ? 0 : 5241);
		else if (then == ASKED_BEFORE)
			socket_holds(w, &c, ms - 50, "sockets", 's', 5241);
		else if (then != NOT_ASKED)
			push(w, fin);
		run(w, ms + 60, 9000);
		finish(w, 9100);
		only(w, stands ? HM_MTU_BLACK_HOLE : HM_DELIVERED);
		world_free(w);
	}
}

/* Both ends are watched: it left one and never came to the other. */
static void test_between(void **state)
{
	const struct sent_again a = {
		.side = 'c', .times = 5, .len = LONG, .acked = 1, .sacked = 818};
	struct conn c;
	struct world *w = uploads(&c);

	(void)state;
	syn(w, &c, 0.15, "web/eth0:in");
	syn(w, &c, 0.15, "web/socket:in");
	for (int i = 0; i < 3; i++)
		marker(w, &c, 2 + i, "eth0:out", 0);
	run(w, sends_again(w, &c, 1, &a), 6000);
	assert_int_equal(only(w, HM_MTU_BLACK_HOLE)->confidence, HM_PROVEN);
	world_free(w);
}

enum instead {
	THE_MARKER,
	ANOTHER_GAP,
	SHORTER_BESIDE,
	OTHER_SEGMENT,
	HALF_OF_IT,
	FOUR_TIMES,
	IT_CAME,
	THE_SERVERS,
	INSTEADS
};

/* The segment with the marker alone is missing, and its like arrive. */
static void test_blocked(void **state)
{
	(void)state;
	for (int instead = 0; instead < INSTEADS; instead++) {
		struct sent_again a = {.side = 'c',
				       .times = 5,
				       .len = LONG,
				       .acked = 1,
				       .sacked = 3714,
				       .beside = LONG};
		struct conn c;
		struct world *w = uploads(&c);
		double ms;

		if (instead == ANOTHER_GAP)
			a.gaps = 2;
		if (instead == SHORTER_BESIDE)
			a.beside = LONG - 1;
		if (instead == FOUR_TIMES)
			a.times = 4;
		if (instead == THE_SERVERS) { /* whose numbers happen to be the same */
			add_hop(w, "web/sockets", HM_HOOK_PROBE, NS_WEB, 0);
			a.side = 's';
			c.isn_s = c.isn_c;
		}
		c.next += instead == HALF_OF_IT ? 1 : 0;
		c.next -= instead == OTHER_SEGMENT ? LONG : 0;
		ms = sends_again(w, &c, 1, &a) + 1;
		c.next = 101 + 12;
		if (instead == THE_SERVERS)
			socket_holds(w, &c, ms, "web/sockets", 's', LONG);
		if (instead == IT_CAME)
			acked(w, &c, ms, "eth0:in");
		run(w, ms, 9000);
		finish(w, 9100);
		assert_int_equal(w->count, 1);
		if (instead == THE_MARKER) {
			assert_int_equal(only(w, HM_PAYLOAD_BLOCKED)->blame, HM_BLAME_POLICY);
			assert_int_equal(w->results[0].confidence, HM_LIKELY);
		}
		if (instead != THE_MARKER)
			assert_int_equal(w->results[0].blame, HM_BLAME_UNKNOWN);
		world_free(w);
	}
}

/* Both ends are watched. Where nothing tells of others, a loss is all that is known. */
static void test_blocked_between(void **state)
{
	(void)state;
	for (int silent = 0; silent < 2; silent++) {
		const struct sent_again a = {.side = 'c',
					     .times = 5,
					     .len = LONG,
					     .acked = 1,
					     .sacked = silent ? 0 : 3714,
					     .beside = silent ? 0 : LONG};
		struct conn c;
		struct world *w = uploads(&c);

		syn(w, &c, 0.15, "web/eth0:in");
		syn(w, &c, 0.15, "web/socket:in");
		for (int i = 0; i < 3; i++)
			marker(w, &c, 2 + i, "eth0:out", 0);
		run(w, sends_again(w, &c, 1, &a), 6000);
		only(w, silent ? HM_MARKER_LOST : HM_PAYLOAD_BLOCKED);
		assert_int_equal(w->results[0].confidence, HM_PROVEN);
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_black_hole),
		cmocka_unit_test(test_black_hole_twins),
		cmocka_unit_test(test_is_waited_for),
		cmocka_unit_test(test_unheeded),
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_between),
		cmocka_unit_test(test_blocked),
		cmocka_unit_test(test_blocked_between),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
