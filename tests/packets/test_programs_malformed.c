// SPDX-License-Identifier: GPL-2.0-only
/*
 * What hopmark's own programs must tell nothing of: packets that the filter does not want, cut
 * ones, malformed headers, other protocols.
 */
#include "programs_tell.h"

/* The filter is "port 80": the same packets of another port give nothing, either way round. */
static void one_miss(void)
{
	struct segment s = data(0, "hello " MARKER);
	const struct segment *const all[] = { &syn, &synack, &ack, &s };

	for (int i = 0; i < 4; i++) {
		struct corpus_packet *c = build(all[i]);
		uint32_t tcp = c->payload_off - 20 - (all[i]->options ? 20 : 0);

		c->data[tcp + (all[i]->answer ? 1 : 3)] = 81;
		assert_true(run_bytes(c->data, c->len));
	}
	read_records();
	assert_int_equal(t.count, 0);
	assert_int_equal(rise(HM_CNT_FILTERED), 4);
	assert_int_equal(rise(HM_CNT_LEGS), 0);
}

static void test_filter_miss(void **state)
{
	(void)state;
	everywhere(one_miss);
}

/* A packet cut at any length: no record, or one that the whole packet would have given too. */
static void one_truncated(void)
{
	struct segment s = data(0, "hello " MARKER);
	struct corpus_packet whole = *build(&s);
	uint32_t ran = 0;

	handshake();
	for (uint32_t len = HM_ETH_LEN; len < whole.len; len++)
		ran += run_bytes(whole.data, len);
	read_records();
	assert_true(ran > 0);
	assert_int_equal(t.count, 0); /* IP says that there was more: nothing of it is believed */
}

static void test_truncated(void **state)
{
	(void)state;
	everywhere(one_truncated);
}

/*
 * Cut at any length, or with a TCP header of a wrong length: not inspected, inside the filter or
 * not.
 */
static void one_broken(void)
{
	const uint8_t lengths[] = { 0x00, 0x40, 0xf0 };
	struct segment s = data(0, "hello " MARKER);
	uint64_t before, told[2];

	for (int outside = 0; outside < 2; outside++) {
		struct corpus_packet whole = *build(&s);
		const uint32_t tcp = whole.payload_off - 20;

		before = rise(HM_CNT_NOT_INSPECTED);
		whole.data[tcp + 3] = outside ? 81 : 80;
		for (uint32_t len = HM_ETH_LEN; len < whole.len; len++)
			run_bytes(whole.data, len);
		for (unsigned int i = 0; i < sizeof(lengths); i++) {
			whole.data[tcp + 12] = lengths[i];
			assert_true(run_bytes(whole.data, whole.len));
		}
		told[outside] = rise(HM_CNT_NOT_INSPECTED) - before;
	}
	assert_true(told[0] > sizeof(lengths));
	assert_int_equal(told[1], told[0]);
}

static void test_broken(void **state)
{
	(void)state;
	everywhere(one_broken);
}

/* The corpus: malformed headers, later fragments and other protocols give no record. */
static void test_malformed(void **state)
{
	(void)state;
	for (unsigned int p = 0; p < HM_ARRAY_SIZE(programs); p++) {
		uint64_t broken = 0, none = 0;

		begin(p, &shapes[0]);
		corpus_build();
		for (unsigned int i = 0; i < corpus_count; i++) {
			if (corpus[i].what == HM_PKT_TCP || corpus[i].what == HM_PKT_ICMP_QUOTE)
				continue;
			if (!programs[p].eth && corpus[i].data[12] != 0x08 &&
			    corpus[i].data[12] != 0x86)
				continue;
			assert_true(run_bytes(corpus[i].data, corpus[i].len));
			broken += corpus[i].err || corpus[i].what == HM_PKT_FRAGMENT;
			none += !corpus[i].err && corpus[i].what == HM_PKT_NONE;
		}
		read_records();
		assert_int_equal(t.count, 0);
		assert_true(broken > 8 && none > 4);
		if (programs[p].eth) {
			assert_int_equal(rise(HM_CNT_NOT_INSPECTED), broken);
			assert_int_equal(rise(HM_CNT_FILTERED), none);
		}
		end();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_filter_miss),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_malformed),
	};

	if (geteuid()) {
		printf("SKIP: loading BPF programs takes root\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, open_main, close_main);
}
