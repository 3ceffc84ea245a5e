// SPDX-License-Identifier: GPL-2.0-only
/*
 * --depth in bulk (bpf/depth.bpf.h): what is far beyond it is noted as quiet before it comes, on each CPU.
 * Then everything that ends the bulk must still be told, on whatever CPU it comes, and every byte that was
 * left out be counted in the end. As in test_programs_quiet.c, a packet that looks up its leg shows by
 * making a new one.
 */
#include <sched.h>

#include "old_kernel.h"
#include "programs_tell.h"
#include "streams.h"

#define DEPTH 600
#define BULK (1U << 20)
#define TRIES 100
#define NOT_THERE "there are no notes"

static char text[SEGMENT_MAX];

/* How far each side has come, of its own bytes. */
static uint32_t sent[2];

static int open_bulk(void **state)
{
	const struct hm_marker m = { 12, MARKER };

	(void)state;
	t.sport = 20000;
	t.loader = open_deep(&m, 1, DEPTH);
	return 0;
}

static void on_cpu(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu % (unsigned int)sysconf(_SC_NPROCESSORS_ONLN), &set);
	assert_int_equal(sched_setaffinity(0, sizeof(set), &set), 0);
}

/* The next len bytes of a side, with words in front, which acknowledge all that it got. 0: an ACK. */
static struct segment next(int side, uint32_t len, const char *words)
{
	struct segment s = { .seq = (side ? SERVER_ISN : CLIENT_ISN) + 1 + sent[side], .answer = side,
			     .flags = HM_TCP_ACK, .payload = len ? text : NULL, .payload_len = len,
			     .ack = (side ? CLIENT_ISN : SERVER_ISN) + 1 + sent[!side] };

	memset(text, 'x', sizeof(text));
	memcpy(text, words, strlen(words));
	sent[side] += len;
	return s;
}

static int says(int side, uint32_t len, const char *words)
{
	struct segment s = next(side, len, words);

	return tell(&s);
}

static void says_one(int side, uint32_t len, const char *words, enum hm_what what)
{
	struct segment s = next(side, len, words);

	tell_one(&s, what);
}

/* A connection whose client begins with words, and is far beyond the depth. What is lost there is left out. */
static void begin_bulk(const char *words)
{
	handshake();
	sent[0] = sent[1] = 0;
	says(0, SEGMENT_MAX, words);
	says(0, SEGMENT_MAX, "");
	sent[0] += BULK;
	says_one(0, 100, "", HM_WHAT_UNSEARCHED);
	assert_int_equal(says(0, 100, ""), 0); /* this one leaves a note */
}

static uint64_t left_out(void)
{
	return sent[0] - 2 * SEGMENT_MAX;
}

/* A packet is not looked up, in one of many tries: the note may be too old. */
static void one_unseen(void)
{
	for (int i = 0; i < TRIES; i++, t.sport++) {
		uint64_t before = rise(HM_CNT_LEGS);

		begin_bulk("");
		assert_int_equal(says(1, 0, ""), 0);
		sent[0] += BULK / 2;
		assert_int_equal(loader_reset(t.loader), 0);
		says(0, 100, "");
		if (rise(HM_CNT_LEGS) == before + 1)
			return;
	}
	fail_msg("%s looked up each of %d packets", programs[t.program].name, TRIES);
}

/* Nor is an ACK, even of a marker where none can be but with the legs forgotten. */
static void one_unseen_ack(void)
{
	for (int i = 0; i < TRIES; i++, t.sport++) {
		begin_bulk("");
		assert_int_equal(says(1, 0, ""), 0);
		assert_int_equal(loader_reset(t.loader), 0);
		sent[0] += BULK / 4;
		sent[1] = 1;
		says(0, 100, MARKER);
		assert_int_equal(times_told(HM_WHAT_MARKER), 1);
		sent[1] = 0;
		if (!says(1, 0, ""))
			return;
	}
	fail_msg("%s looked up each of %d ACKs", programs[t.program].name, TRIES);
}

/* Every byte is counted when this side ends. */
static void one_fin(void)
{
	struct segment s;

	begin_bulk("");
	for (int i = 0; i < 8; i++)
		assert_int_equal(says(0, 300, MARKER), 0);
	s = next(0, 0, "");
	s.flags |= HM_TCP_FIN;
	tell_one(&s, HM_WHAT_FIN);
	assert_int_equal(rise(HM_CNT_UNSEARCHED), left_out());
	tell(&s);
	assert_int_equal(rise(HM_CNT_UNSEARCHED), left_out());
}

/* Or when the other talks; what comes then is a new turn, and so are its acknowledgements. */
static void one_turn(void)
{
	begin_bulk("");
	assert_int_equal(says(1, 0, ""), 0);
	for (int i = 0; i < 8; i++)
		assert_int_equal(says(0, 300, MARKER), 0);
	assert_int_equal(says(1, 0, ""), 0);
	says_one(1, 20, "HTTP/1.1 200 OK", HM_WHAT_DATA);
	assert_int_equal(rise(HM_CNT_UNSEARCHED), left_out());
	assert_int_equal(says(1, 0, ""), 0); /* before that turn begins */
	says(0, 100, "GET /" MARKER);
	assert_int_equal(times_told(HM_WHAT_MARKER), 1);
	says_one(1, 0, "", HM_WHAT_ACKED);
}

/* Nobody can have got what has not been sent: such an answer moves nothing. */
static void one_forged(void)
{
	struct segment s;

	begin_bulk("");
	s = next(1, 20, "HTTP/1.1 200 OK");
	s.ack += 3 * BULK;
	tell_one(&s, HM_WHAT_DATA);
	says(0, 100, "GET /" MARKER);
	assert_int_equal(times_told(HM_WHAT_MARKER), 1);
}

/* An answer that comes before the end: what follows is counted later, and nothing missed. */
static void one_early_answer(void)
{
	uint64_t left;

	begin_bulk("");
	sent[1] = 0;
	assert_int_equal(says(0, 300, ""), 0);
	says_one(1, 20, "HTTP/1.1 413 ", HM_WHAT_DATA);
	left = left_out();
	assert_int_equal(rise(HM_CNT_UNSEARCHED), left);
	sent[1] = 0; /* it has not come there yet */
	says(0, 300, "");
	sent[1] = 20;
	says(0, 100, "GET /" MARKER);
	assert_int_equal(times_told(HM_WHAT_MARKER), 1);
}

/* A marker before the bulk, not acknowledged until now: no ACK may be passed over. */
static void one_late_ack(void)
{
	struct segment s;

	begin_bulk(MARKER);
	s = next(1, 0, "");
	s.ack = CLIENT_ISN + 1 + 5;
	assert_int_equal(tell(&s), 0);
	s.ack += SEGMENT_MAX;
	tell_one(&s, HM_WHAT_ACKED);
}

/* Nor where a gap is open, in which one may lie. */
static void one_gap(void)
{
	struct segment late, s;

	handshake();
	sent[0] = sent[1] = 0;
	says(0, 100, "");
	late = next(0, 100, MARKER);
	says(0, SEGMENT_MAX, "");
	says(0, SEGMENT_MAX, "");
	sent[0] += BULK;
	says_one(0, 100, "", HM_WHAT_UNSEARCHED);
	assert_int_equal(says(0, 100, ""), 0);
	s = next(1, 0, "");
	s.ack = late.seq;
	assert_int_equal(tell(&s), 0);
	memcpy(text, MARKER, strlen(MARKER));
	tell_one(&late, HM_WHAT_MARKER);
	s.ack += SEGMENT_MAX;
	tell_one(&s, HM_WHAT_ACKED);
}

/* The same ports at once again, with numbers that were noted, and each packet on another CPU. */
static void one_again(void)
{
	struct segment again = syn, s;

	on_cpu(0);
	begin_bulk("");
	on_cpu(1);
	again.seq += sent[0] + 1000;
	tell_one(&again, HM_WHAT_SYN);
	on_cpu(0);
	sent[0] += 1000;
	s = next(0, 100, MARKER);
	tell(&s);
	assert_int_equal(times_told(HM_WHAT_MARKER), 1);
}

/* A window that closes and opens, each seen by another CPU. */
static void one_window(void)
{
	struct segment s;

	on_cpu(0);
	begin_bulk("");
	assert_int_equal(says(1, 0, ""), 0);
	on_cpu(1);
	sent[0] += 1000;
	s = next(1, 0, "");
	s.shut = true;
	tell_one(&s, HM_WHAT_WINDOW);
	on_cpu(0);
	s.shut = false;
	tell_one(&s, HM_WHAT_WINDOW);
}

static void test_unseen(void **state)
{
	(void)state;
	everywhere(one_unseen);
	everywhere(one_unseen_ack);
}

static void test_ends(void **state)
{
	(void)state;
	everywhere(one_fin);
	everywhere(one_turn);
	everywhere(one_early_answer);
	everywhere(one_forged);
}

static void test_told(void **state)
{
	(void)state;
	everywhere(one_late_ack);
	everywhere(one_gap);
	everywhere(one_window);
	everywhere(one_again);
}

/*
 * Requests and answers of all sizes, each packet on any CPU: the markers of every turn's beginning are told,
 * no other, each is acknowledged, and in the end every byte is counted.
 */
static void one_random(void)
{
	uint64_t left = 0;
	int markers = 0, found = 0;

	handshake();
	sent[0] = sent[1] = 0;
	for (int turn = 0; turn < 60; turn++) {
		uint32_t turned = 0, packets = 1 + chance(12);

		for (uint32_t i = 0; i < packets; i++) {
			uint32_t len = 40 + chance(SEGMENT_MAX - 40);
			bool marked = !chance(3), beyond = turned >= DEPTH;

			if (beyond && chance(2)) {
				uint32_t lost = chance(BULK);

				sent[turn & 1] += lost;
				turned += lost;
				left += lost;
			}
			on_cpu(chance(2));
			says(turn & 1, len, marked ? MARKER : "");
			markers += marked && !beyond;
			found += times_told(HM_WHAT_MARKER);
			left += beyond ? len : 0;
			turned += len;
			on_cpu(chance(2));
			if (!chance(4))
				assert_int_equal(says(turn & 1, 0, ""), 0);
			if (chance(2)) {
				says(!(turn & 1), 0, "");
				assert_int_equal(times_told(HM_WHAT_MARKER), 0);
				if (marked && !beyond)
					assert_int_equal(times_told(HM_WHAT_ACKED), 1);
			}
		}
	}
	assert_int_equal(found, markers);
	says(0, 40, "");
	says(1, 40, "");
	assert_int_equal(rise(HM_CNT_UNSEARCHED), left);
}

static void test_random(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++)
		everywhere(one_random);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unseen),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_told),
		cmocka_unit_test(test_random),
	};

	if (geteuid()) {
		printf("SKIP: loading BPF programs takes root\n");
		return 77;
	}
	if (old_kernel(NOT_THERE))
		return 77;
	return cmocka_run_group_tests(tests, open_bulk, close_main);
}
