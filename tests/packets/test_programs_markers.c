// SPDX-License-Identifier: GPL-2.0-only
/*
 * What hopmark's own programs tell of markers: where they stand, split over packets, repeated,
 * many. Each test with every program and shape of packet.
 */
#include "old_kernel.h"
#include "programs_tell.h"

static void check_marker(const struct hm_rec *r, uint8_t id, uint32_t off, uint32_t len, int split)
{
	assert_non_null(r);
	assert_int_equal(r->marker.id, id);
	assert_int_equal(r->marker.offset, off);
	assert_int_equal(r->marker.seq, CLIENT_ISN + 1 + off);
	assert_int_equal(r->marker.end_seq, CLIENT_ISN + 1 + off + len);
	assert_int_equal(r->marker.split, split);
}

static void one_marker(void)
{
	static const uint32_t offsets[] = { 0, 1, 7, 150, 287, 288 };
	char text[300];

	for (unsigned int i = 0; i < HM_ARRAY_SIZE(offsets); i++) {
		uint32_t at = offsets[i];
		struct segment s = data(0, text);

		memset(text, 'x', sizeof(text));
		memcpy(text + at, MARKER, sizeof(MARKER) - 1);
		s.payload_len = sizeof(text);
		begin(t.program, t.shape);
		handshake();
		assert_int_equal(tell(&s), 2);
		assert_non_null(told(HM_WHAT_DATA));
		check_marker(told(HM_WHAT_MARKER), 0, at, 12, 0);
		check_common(told(HM_WHAT_MARKER), &s);
		assert_int_equal(rise(HM_CNT_SCANNED), 1);
	}
}

static void test_marker(void **state)
{
	(void)state;
	everywhere(one_marker);
}

static void one_split(void)
{
	for (uint32_t cut = 1; cut < sizeof(MARKER) - 1; cut++) {
		char first[40], second[40];
		struct segment s;

		snprintf(first, sizeof(first), "some words before %.*s", (int)cut, MARKER);
		snprintf(second, sizeof(second), "%s and behind", &MARKER[cut]);
		begin(t.program, t.shape);
		handshake();
		s = data(0, first);
		tell_one(&s, HM_WHAT_DATA);
		s = data(strlen(first), second);
		check_marker(tell_one(&s, HM_WHAT_MARKER), 0, 18, 12, 1);
	}
}

/* The second segment comes first; what it left open is searched when it comes. */
static void one_swapped(void)
{
	static const char *const first = "the " MARKER " in front", *const second = " and behind";
	struct segment s;

	begin(t.program, t.shape);
	handshake();
	s = data(strlen(first), second);
	tell_one(&s, HM_WHAT_DATA);
	s = data(0, first);
	check_marker(tell_one(&s, HM_WHAT_MARKER), 0, 4, 12, 0);
}

/* As one_split(), the second segment first: the first one brings the marker's last byte to come. */
static void one_across_gap(void)
{
	for (uint32_t cut = 1; cut < sizeof(MARKER) - 1; cut++) {
		char first[40], second[40];
		struct segment s, late;

		snprintf(first, sizeof(first), "some words before %.*s", (int)cut, MARKER);
		snprintf(second, sizeof(second), "%s and behind", &MARKER[cut]);
		begin(t.program, t.shape);
		handshake();
		s = data(strlen(first), second);
		tell_one(&s, HM_WHAT_DATA);
		late = data(0, first);
		check_marker(tell_one(&late, HM_WHAT_MARKER), 0, 18, 12, 1);
		tell_one(&late, HM_WHAT_MARKER); /* as the same mark */
		assert_int_equal(rise(HM_CNT_SCANNED), 2);
		assert_int_equal(rise(HM_CNT_PARTLY), 0);
	}
}

static void test_swapped_segments(void **state)
{
	(void)state;
	everywhere(one_swapped);
	everywhere(one_across_gap);
}

static void test_split_marker(void **state)
{
	(void)state;
	everywhere(one_split);
}

static void one_repeated(void)
{
	struct segment s = data(0, "hello " MARKER " world");

	handshake();
	assert_int_equal(tell(&s), 2);
	assert_int_equal(tell(&s), 2); /* told again, as the same mark */
	check_marker(told(HM_WHAT_MARKER), 0, 6, 12, 0);
	assert_int_equal(rise(HM_CNT_SCANNED), 1);
	s = data(24, "ack me");
	assert_int_equal(tell(&s), 0);
}

static void test_retransmitted_marker(void **state)
{
	(void)state;
	everywhere(one_repeated);
}

/* The second of two markers has 4 bytes; all eight are in one packet, each is found. */
static void one_eight(void)
{
	struct segment s =
		data(0, MARKER " tiny, marker-2 marker-3 marker-4 marker-5 marker-6 marker-7");

	handshake();
	tell(&s);
	assert_int_equal(times_told(HM_WHAT_MARKER), HM_MAX_MARKERS);
	for (int i = 0, seen = 0; i < t.count; i++) {
		const struct hm_rec *r = &t.told[i];
		uint8_t id = r->marker.id;

		if (r->what != HM_WHAT_MARKER)
			continue;
		assert_false(seen & 1 << id);
		seen |= 1 << id;
		check_marker(r, id, id == 0 ? 0 : id == 1 ? 13 : 19 + (id - 2) * 9,
			     id == 0 ? 12 : id == 1 ? 4 : 8, 0);
	}
}

static void test_eight_markers(void **state)
{
	(void)state;
	everywhere(one_eight);
}

/* 4 GB later the numbers of a marker are other bytes': it is not told for them. */
static void one_numbers_again(void)
{
	static const uint32_t GB = 1U << 30;
	char text[64];
	struct segment s = data(0, MARKER);

	handshake();
	assert_int_equal(tell(&s), 2);
	check_marker(told(HM_WHAT_MARKER), 0, 0, 12, 0);
	memset(text, 'x', sizeof(text));
	for (uint32_t i = 1; i <= 8; i++) { /* as far as a window reaches each time */
		s = data(i * (GB - 1000), text);
		s.payload_len = sizeof(text);
		tell(&s);
		assert_int_equal(times_told(HM_WHAT_MARKER), 0);
	}
	s = data(0, text);
	s.payload_len = sizeof(text);
	tell(&s);
	assert_int_equal(times_told(HM_WHAT_MARKER), 0);
	s = data(sizeof(text), MARKER);
	tell(&s);
	assert_int_equal(times_told(HM_WHAT_MARKER), 1);
	assert_int_equal(told(HM_WHAT_MARKER)->marker.seq, s.seq);
	assert_int_equal(told(HM_WHAT_MARKER)->marker.offset, ~0U); /* which cannot be known now */
}

/* Up to there it is the same marker, whichever hop sees it again, and its place is known. */
static void one_within_a_window(void)
{
	static const uint32_t GB = 1U << 30;
	struct segment s = data(0, MARKER), far = data(GB - 1000, "xxxx"), again = s;

	handshake();
	tell(&s);
	tell(&far);
	tell(&again);
	check_marker(told(HM_WHAT_MARKER), 0, 0, 12, 0);
}

static void test_numbers_again(void **state)
{
	(void)state;
	everywhere(one_numbers_again);
	everywhere(one_within_a_window);
}

/*
 * The same segment at a second hop: known by its numbers, not searched again, and told there as
 * well.
 */
static void seen_again(unsigned int second, const struct segment *s, uint64_t searched)
{
	t.program = second;
	assert_true(tell(s) >= 1);
	assert_int_equal(times_told(HM_WHAT_MARKER), 1);
	check_marker(told(HM_WHAT_MARKER), 0, 6, 12, 0);
	assert_int_equal(told(HM_WHAT_MARKER)->hook, programs[second].hook);
	assert_int_equal(rise(HM_CNT_SCANNED), searched);
}

/*
 * Whatever hop comes first, the others do not search: neither the packet that it saw, nor one that
 * was made of its packets, as the hops behind GRO get it.
 */
static void one_at_every_hop(unsigned int first)
{
	struct segment s = data(0, "hello " MARKER), rest = data(18, ", and behind it more");
	struct segment both = data(0, "hello " MARKER ", and behind it more");

	begin(first, &shapes[0]);
	handshake();
	tell(&s);
	assert_int_equal(times_told(HM_WHAT_MARKER), 1);
	tell(&rest);
	assert_int_equal(rise(HM_CNT_SCANNED), 2);
	for (unsigned int p = 0; p < HM_ARRAY_SIZE(programs); p++) {
		if (p == first)
			continue;
		seen_again(p, &s, 2);
		seen_again(p, &both, 2);
	}
	end();
}

static void test_searched_once(void **state)
{
	(void)state;
	for (unsigned int p = 0; p < HM_ARRAY_SIZE(programs); p++)
		one_at_every_hop(p);
}

#define MARKS 8 /* HM_MARKS of bpf/maps.bpf.h */
#define STEP 18 /* bytes of a packet with a marker */

/* Packets from..to, each with a marker, at one hop. Returns how many it told. */
static int mark_each(unsigned int hop, uint32_t from, uint32_t to)
{
	int told = 0;

	t.program = hop;
	for (uint32_t i = from; i < to; i++) {
		struct segment s = data(i * STEP, "hello " MARKER);

		tell(&s);
		told += times_told(HM_WHAT_MARKER);
	}
	return told;
}

/* The server acknowledges so many of them. */
static void acknowledge(uint32_t packets)
{
	run_segment(&(struct segment){ .seq = SERVER_ISN + 1, .flags = HM_TCP_ACK, .answer = true,
				       .ack = CLIENT_ISN + 1 + packets * STEP });
}

/* More are on their way to the next hop than are remembered: it does not know the first ones. */
static void test_in_flight(void **state)
{
	const uint32_t many = MARKS + 4;

	(void)state;
	if (old_kernel("there it is not counted"))
		skip();
	begin(0, &shapes[0]);
	handshake();
	assert_int_equal(mark_each(4, 0, MARKS), MARKS);
	assert_int_equal(rise(HM_CNT_LOST_NOTE), 0);
	assert_int_equal(mark_each(4, MARKS, many), many - MARKS);
	assert_int_equal(mark_each(0, 0, many), MARKS);
	assert_int_equal(rise(HM_CNT_LOST_NOTE), many - MARKS);
}

/* Nor where no acknowledgement passed for so long that numbers are in their other half. */
static void test_in_flight_unacknowledged(void **state)
{
	const uint32_t jump = 0x3f000000 / STEP, many = MARKS + 4;

	(void)state;
	if (old_kernel("there it is not counted"))
		skip();
	begin(0, &shapes[0]);
	handshake();
	for (uint32_t i = 0; i < 4; i++)
		mark_each(4, i * jump, i * jump + 1);
	assert_int_equal(rise(HM_CNT_LOST_NOTE), 0);
	mark_each(4, 3 * jump + 1, 3 * jump + 1 + many);
	/* the first two lie further back than any window */
	assert_int_equal(rise(HM_CNT_LOST_NOTE), 2 + many - MARKS);
}

/* Nor where gigabytes without a marker came before. */
static void test_in_flight_late(void **state)
{
	const uint32_t many = MARKS + 4, jump = 0x10000000 / STEP;

	(void)state;
	if (old_kernel("there it is not counted"))
		skip();
	for (uint32_t jumps = 1; jumps < 40; jumps++) {
		begin(0, &shapes[0]);
		handshake();
		for (uint32_t i = 0; i < jumps; i++) {
			struct segment s = data(i * jump * STEP, "nothing");

			tell(&s);
		}
		mark_each(4, jumps * jump, jumps * jump + many);
		assert_int_equal(rise(HM_CNT_LOST_NOTE), many - MARKS);
	}
}

/* A connection with many of them, one after the other, loses none: they have been acknowledged. */
static void test_not_in_flight(void **state)
{
	(void)state;
	begin(0, &shapes[0]);
	handshake();
	for (uint32_t i = 0; i < 5; i++) {
		assert_int_equal(mark_each(0, i * MARKS, (i + 1) * MARKS), MARKS);
		acknowledge((i + 1) * MARKS);
	}
	end();
}

/* Some are always on their way, so that no ACK covers the newest: those that make room are not. */
static void test_some_in_flight(void **state)
{
	(void)state;
	begin(0, &shapes[0]);
	handshake();
	for (uint32_t i = 0; i < 5 * MARKS; i++) {
		mark_each(0, i, i + 1);
		if (i >= MARKS / 2)
			acknowledge(i + 1 - MARKS / 2);
	}
	end();
}

/* Where acknowledgements do not pass, those of a second ago have arrived all the same. */
static void test_in_flight_before(void **state)
{
	(void)state;
	begin(0, &shapes[0]);
	handshake();
	mark_each(0, 0, MARKS);
	usleep(1100000);
	mark_each(0, MARKS, 2 * MARKS);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_marker),
		cmocka_unit_test(test_split_marker),
		cmocka_unit_test(test_swapped_segments),
		cmocka_unit_test(test_retransmitted_marker),
		cmocka_unit_test(test_eight_markers),
		cmocka_unit_test(test_numbers_again),
		cmocka_unit_test(test_searched_once),
		cmocka_unit_test(test_in_flight),
		cmocka_unit_test(test_in_flight_unacknowledged),
		cmocka_unit_test(test_in_flight_late),
		cmocka_unit_test(test_not_in_flight),
		cmocka_unit_test(test_some_in_flight),
		cmocka_unit_test(test_in_flight_before),
	};

	if (geteuid()) {
		printf("SKIP: loading BPF programs takes root\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, open_main, close_main);
}
