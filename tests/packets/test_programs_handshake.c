// SPDX-License-Identifier: GPL-2.0-only
/*
 * What hopmark's own programs tell of a connection's packets: its handshake, its end, errors about
 * it and whose turn it is. Each test with every program and shape of packet.
 */
#include "programs_tell.h"

static void one_handshake(void)
{
	static const struct segment *const packets[] = { &syn, &synack, &ack };
	static const enum hm_what what[] = { HM_WHAT_SYN, HM_WHAT_SYNACK, HM_WHAT_ACK };

	for (int i = 0; i < 3; i++)
		run_segment(packets[i]);
	read_records();
	assert_int_equal(t.count, 3);
	for (int i = 0; i < 3; i++) {
		const struct hm_rec_syn *o = &t.told[i].syn;

		assert_int_equal(t.told[i].what, what[i]);
		check_common(&t.told[i], packets[i]);
		assert_int_equal(t.told[i].len, 0);
		if (i == 2)
			continue;
		assert_int_equal(o->mss, 1460);
		assert_int_equal(o->wscale, 7);
		assert_int_equal(o->sack, 1);
		assert_int_equal(o->timestamps, 1);
		assert_int_equal(o->has_listener, 0);
		assert_int_equal(o->outside, 0);
		assert_int_equal(o->dscp, t.shape->ip_options || t.shape->extension ? HM_NO_DSCP :
										     CORPUS_DSCP);
	}
	run_segment(&ack);
	read_records();
	assert_int_equal(t.count, 1); /* a repetition is told again: user space knows it by seq */
	assert_int_equal(rise(HM_CNT_MATCHED), 4);
	assert_int_equal(rise(HM_CNT_LEGS), 1);
}

static void test_handshake(void **state)
{
	(void)state;
	everywhere(one_handshake);
}

static void one_plain_syn(void)
{
	struct segment plain = syn;
	const struct hm_rec *r;

	plain.options = false;
	r = tell_one(&plain, HM_WHAT_SYN);
	assert_int_equal(r->syn.mss, 0);
	assert_int_equal(r->syn.wscale, 255);
	assert_int_equal(r->syn.sack, 0);
	assert_int_equal(r->syn.timestamps, 0);
}

static void test_syn_without_options(void **state)
{
	(void)state;
	everywhere(one_plain_syn);
}

static void one_ending(void)
{
	struct segment fin = { .seq = CLIENT_ISN + 1, .ack = SERVER_ISN + 1,
			       .flags = HM_TCP_FIN | HM_TCP_ACK };
	struct segment rst = { .seq = SERVER_ISN + 1, .ack = CLIENT_ISN + 2, .answer = true,
			       .flags = HM_TCP_RST | HM_TCP_ACK };

	handshake();
	check_common(tell_one(&fin, HM_WHAT_FIN), &fin);
	check_common(tell_one(&rst, HM_WHAT_RST), &rst);
}

static void test_fin_and_rst(void **state)
{
	(void)state;
	everywhere(one_ending);
}

/* An error about the client's SYN. sport: of the quoted packet. */
static void run_icmp(uint16_t sport)
{
	const struct shape *s = t.shape;
	int v4 = s->family == 4;
	struct corpus_packet *c;
	uint32_t ip;

	corpus_count = 0;
	c = corpus_add("ICMP", HM_PKT_ICMP_QUOTE);
	ip = put_ip(c, v4 ? HM_IPPROTO_ICMP : HM_IPPROTO_ICMP6, 8 + (v4 ? 20 : 40) + 8);
	c->data[ip + (v4 ? 15 : 23)] = 0xfe; /* who sent the error */
	put8(c, v4 ? 3 : 2);
	put8(c, v4 ? 4 : 0);
	put16(c, 0);
	put32(c, 1400);
	if (v4)
		put_ip4(c, HM_IPPROTO_TCP, 40, 0, 0x4000);
	else
		put_ip6(c, HM_IPPROTO_TCP, 40);
	put16(c, sport);
	put16(c, CORPUS_DPORT);
	put32(c, CLIENT_ISN);
	assert_true(run_bytes(c->data, c->len));
	read_records();
}

static void one_icmp(void)
{
	const int v4 = t.shape->family == 4;
	const struct hm_rec *r = t.told;

	handshake();
	run_icmp(t.sport);
	assert_int_equal(t.count, 1);
	assert_int_equal(r->what, HM_WHAT_ICMP);
	assert_int_equal(r->seq, CLIENT_ISN);
	assert_int_equal(ntohs(r->tuple.sport), t.sport);
	assert_int_equal(ntohs(r->tuple.dport), CORPUS_DPORT);
	assert_int_equal(r->icmp.family, t.shape->family);
	assert_int_equal(r->icmp.type, v4 ? 3 : 2);
	assert_int_equal(r->icmp.code, v4 ? 4 : 0);
	assert_int_equal(r->icmp.mtu, 1400);
	assert_int_equal(ntohl(r->icmp.sender[3]) & 255, 0xfe);
	run_icmp(t.sport + 1000); /* of a connection that nobody has seen */
	assert_int_equal(t.count, 0);
	assert_int_equal(rise(HM_CNT_FILTERED), 1);
}

static void test_icmp(void **state)
{
	(void)state;
	everywhere(one_icmp);
}

static void one_turn(void)
{
	struct segment request = data(0, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	struct segment more = data(27, "more of the request");
	struct segment status = { .seq = SERVER_ISN + 1, .ack = CLIENT_ISN + 28, .answer = true,
				  .flags = HM_TCP_ACK, .payload = "HTTP/1.1 404 Not Found\r\n" };
	const struct hm_rec *r;

	handshake();
	r = tell_one(&request, HM_WHAT_DATA);
	check_common(r, &request);
	assert_int_equal(r->len, 27);
	assert_int_equal(r->data.class, HM_CLASS_HTTP_REQUEST);
	assert_int_equal(tell(&more), 0); /* its turn goes on */
	r = tell_one(&status, HM_WHAT_DATA);
	check_common(r, &status);
	assert_int_equal(r->data.class, HM_CLASS_HTTP_STATUS);
	assert_int_equal(r->data.status, 404);
}

static void test_turns(void **state)
{
	(void)state;
	everywhere(one_turn);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_handshake),
		cmocka_unit_test(test_syn_without_options),
		cmocka_unit_test(test_fin_and_rst),
		cmocka_unit_test(test_icmp),
		cmocka_unit_test(test_turns),
	};

	if (geteuid()) {
		printf("SKIP: loading BPF programs takes root\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, open_main, close_main);
}
