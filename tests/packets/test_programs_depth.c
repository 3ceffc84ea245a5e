// SPDX-License-Identifier: GPL-2.0-only
/*
 * --depth: what hopmark's own programs find at the beginning of each turn, and what they leave out
 * behind it. Each test with every program and shape of packet.
 */
#include "claim.h"
#include "old_kernel.h"
#include "programs_tell.h"

#define DEPTH 600
#define PIECE 300

static char text[PIECE + 40];

static int open_depth(void **state)
{
	const struct hm_marker m = { 12, MARKER };

	(void)state;
	t.sport = 40000;
	t.loader = open_deep(&m, 1, DEPTH);
	return 0;
}

/* len bytes at off with the words of what at their place, all else x. */
static struct segment filled(uint32_t off, uint32_t len, uint32_t place, const char *what)
{
	struct segment s = data(off, text);

	memset(text, 'x', sizeof(text));
	memcpy(text + place, what, strlen(what));
	s.payload_len = len;
	return s;
}

static struct segment plain(uint32_t off, uint32_t len)
{
	return filled(off, len, 0, "");
}

/* The other side talks. */
static void server_says(uint32_t off, const char *what)
{
	struct segment s = { .seq = SERVER_ISN + 1 + off, .ack = CLIENT_ISN + 1, .answer = true,
			     .flags = HM_TCP_ACK | HM_TCP_PSH, .payload = what };

	tell(&s);
	assert_null(told(HM_WHAT_UNSEARCHED));
}

static void client_fills(uint32_t from, uint32_t to)
{
	for (uint32_t off = from; off < to; off += PIECE) {
		struct segment s = plain(off, to - off < PIECE ? to - off : PIECE);

		tell(&s);
		assert_null(told(HM_WHAT_UNSEARCHED));
	}
}

/*
 * Runs s, of which the last left bytes are new and left out; first: for the first time within a
 * second.
 */
static void leaves_out(const struct segment *s, uint32_t left, bool first)
{
	uint64_t before = rise(HM_CNT_UNSEARCHED), scanned = rise(HM_CNT_SCANNED);

	assert_int_equal(tell(s), first);
	if (first)
		check_common(told(HM_WHAT_UNSEARCHED), s);
	assert_int_equal(rise(HM_CNT_UNSEARCHED) - before, left);
	assert_int_equal(rise(HM_CNT_SCANNED), scanned);
}

static void finds(const struct segment *s, uint32_t off)
{
	tell(s);
	assert_int_equal(times_told(HM_WHAT_MARKER), 1);
	assert_int_equal(told(HM_WHAT_MARKER)->marker.seq, CLIENT_ISN + 1 + off);
}

static void one_beyond(void)
{
	struct segment s;

	handshake();
	client_fills(0, DEPTH);
	s = filled(600, 100, 20, MARKER);
	leaves_out(&s, 100, true);
	leaves_out(&s, 0, false); /* repeated: it is new no more */
	s = filled(700, 100, 20, MARKER);
	leaves_out(&s, 100, false);
	server_says(0, "HTTP/1.1 200 OK");
	s = filled(800, 300, 250, MARKER);
	finds(&s, 1050);
	assert_int_equal(rise(HM_CNT_PARTLY), 0);
}

static void test_beyond(void **state)
{
	(void)state;
	everywhere(one_beyond);
}

/* A packet that begins within the depth is searched whole. */
static void one_over_edge(void)
{
	struct segment s;

	handshake();
	client_fills(0, DEPTH - 1);
	s = filled(599, 300, 288, MARKER);
	finds(&s, 887);
	s = filled(899, 12, 0, MARKER);
	leaves_out(&s, 12, true);
}

/*
 * A marker of which a part is left out is not found, nor is one made of what stands on both sides.
 */
static void one_split_over(void)
{
	struct segment s;

	handshake();
	client_fills(0, 300);
	s = filled(300, 300, 293, "amazing");
	assert_int_equal(tell(&s), 0);
	s = filled(600, 100, 0, "grace");
	leaves_out(&s, 100, true);
	s = filled(700, 100, 93, "amazing");
	leaves_out(&s, 100, false);
	server_says(0, "and");
	s = filled(800, 100, 0, "grace " MARKER);
	finds(&s, 806);
}

static void test_edge(void **state)
{
	(void)state;
	everywhere(one_over_edge);
	everywhere(one_split_over);
}

/* Requests on a connection that is used again and again, and long answers between them. */
static void one_pooled(void)
{
	uint32_t off = 0, back = 0, left = 0;

	handshake();
	for (int i = 0; i < 40; i++) {
		struct segment s = filled(off, 200, 100, i % 8 == 7 ? MARKER : "");

		tell(&s);
		assert_int_equal(times_told(HM_WHAT_MARKER), i % 8 == 7);
		off += 200;
		for (int n = 0; n < 4; n++) {
			s = filled(0, 300, 5, n > 1 ? MARKER : "");
			s.answer = true;
			s.seq = SERVER_ISN + 1 + back;
			tell(&s);
			assert_int_equal(times_told(HM_WHAT_MARKER), 0);
			back += 300;
			left += n > 1 ? 300 : 0;
		}
	}
	assert_int_equal(rise(HM_CNT_UNSEARCHED), left);
}

static void test_pooled(void **state)
{
	(void)state;
	everywhere(one_pooled);
}

/* A turn of more than 4 GB: its first numbers come again and are as far beyond as all others. */
static void one_numbers_again(void)
{
	static const uint32_t GB = 1U << 30;
	struct segment s;

	handshake();
	client_fills(0, DEPTH);
	for (uint32_t i = 1; i <= 8; i++) {
		s = filled(i * (GB - 1000), 100, 20, MARKER);
		tell(&s);
		assert_int_equal(times_told(HM_WHAT_MARKER), 0);
	}
	s = filled(1, 100, 20, MARKER);
	leaves_out(&s, 8001, false);
	server_says(0, "and");
	s = filled(101, 100, 20, MARKER);
	finds(&s, 121);
}

static void test_numbers_again(void **state)
{
	(void)state;
	everywhere(one_numbers_again);
}

/* Whatever else is in a packet, the marker that was found before is told by it too. */
static void one_repeated(void)
{
	struct segment s;

	handshake();
	client_fills(0, PIECE);
	s = filled(300, 300, 280, MARKER);
	finds(&s, 580);
	s = filled(570, 40, 10, MARKER);
	finds(&s, 580);
	assert_int_equal(rise(HM_CNT_UNSEARCHED), 10);
}

static void test_repeated(void **state)
{
	(void)state;
	everywhere(one_repeated);
}

/* A gap belongs to where it begins. */
static void one_gap_within(void)
{
	struct segment s;

	handshake();
	client_fills(0, 300);
	s = plain(330, 300);
	tell(&s);
	s = plain(630, 100);
	leaves_out(&s, 100, true);
	s = filled(300, 30, 5, MARKER);
	finds(&s, 305);
	assert_int_equal(rise(HM_CNT_PARTLY), 0);
}

static void one_gap_beyond(void)
{
	struct segment s;

	handshake();
	client_fills(0, DEPTH);
	s = plain(700, 100);
	leaves_out(&s, 200, true);
	s = filled(600, 100, 5, MARKER);
	leaves_out(&s, 0, false);
	assert_int_equal(rise(HM_CNT_PARTLY), 0);
}

/* A repetition that fills a gap and goes on beyond the depth is searched whole. */
static void one_gap_and_more(void)
{
	struct segment s;

	handshake();
	client_fills(0, 300);
	s = plain(330, 300);
	tell(&s);
	s = filled(300, 340, 5, MARKER);
	finds(&s, 305);
	assert_int_equal(rise(HM_CNT_UNSEARCHED), 0);
	s = plain(640, 100);
	leaves_out(&s, 100, true);
}

static void test_gaps(void **state)
{
	(void)state;
	everywhere(one_gap_within);
	everywhere(one_gap_beyond);
	everywhere(one_gap_and_more);
}

/* Left to the next hop, and then beyond the depth: that is told, and it is no loss. */
static void test_left(void **state)
{
	struct segment s;
	int prog;

	(void)state;
	if (old_kernel("there are no atomics to let one CPU wait with"))
		skip();
	begin(0, &shapes[0]);
	handshake();
	client_fills(0, DEPTH);
	prog = loader_program_fd(t.loader, programs[0].name);
	assert_int_equal(claim_all(prog, true), 1);
	s = plain(DEPTH, PIECE);
	tell(&s);
	assert_int_equal(rise(HM_CNT_LEFT), 1);
	assert_int_equal(claim_all(prog, false), 1);
	s = plain(DEPTH + PIECE, PIECE);
	leaves_out(&s, 2 * PIECE, true);
	assert_int_equal(rise(HM_CNT_LEFT_SEARCHED), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_beyond),
		cmocka_unit_test(test_edge),
		cmocka_unit_test(test_pooled),
		cmocka_unit_test(test_numbers_again),
		cmocka_unit_test(test_repeated),
		cmocka_unit_test(test_gaps),
		cmocka_unit_test(test_left),
	};

	if (geteuid()) {
		printf("SKIP: loading BPF programs takes root\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, open_depth, close_main);
}
