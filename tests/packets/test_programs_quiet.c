// SPDX-License-Identifier: GPL-2.0-only
/*
 * Quiet packets (bpf/quiet.bpf.h): a later hop does not look up what the first one had nothing to
 * tell about, and tells all that is its own to tell. That a leg was not looked up shows by its
 * absence: it is taken away before, and a packet that looks makes a new one. A note holds for
 * milliseconds, so that what depends on one is tried until no interruption came between.
 */
#include "programs_tell.h"

#define TRIES 100
#define OLD_US 100000 /* no note is as old */

/* of programs[]: first, later */
static const unsigned int hops[][2] = { { 0, 1 }, { 2, 3 }, { 4, 0 } };

static void forget_legs(void)
{
	assert_int_equal(loader_reset(t.loader), 0);
}

/* Runs s at another hop. Returns how many legs it made. */
static uint64_t legs_made(unsigned int hop, const struct segment *s)
{
	uint64_t before = rise(HM_CNT_LEGS);

	t.program = hop;
	tell(s);
	return rise(HM_CNT_LEGS) - before;
}

/* A connection with some bytes that were quiet at the first hop. */
static struct segment quiet_segment(unsigned int hop)
{
	struct segment s = data(0, "hello");

	t.program = hop;
	handshake();
	assert_int_equal(tell(&s), 1);
	s = data(5, "nothing to tell");
	assert_int_equal(tell(&s), 0);
	return s;
}

static void is_quiet(const unsigned int *hop, const struct shape *shape)
{
	for (int i = 0; i < TRIES; i++) {
		struct segment s;
		uint64_t made;

		begin(hop[0], shape);
		s = quiet_segment(hop[0]);
		forget_legs();
		made = legs_made(hop[1], &s);
		t.program = hop[0];
		end();
		if (!made)
			return;
	}
	fail_msg("%s looked up a quiet packet %d times", programs[hop[1]].name, TRIES);
}

static void becomes_old(const unsigned int *hop, const struct shape *shape)
{
	struct segment s;

	begin(hop[0], shape);
	s = quiet_segment(hop[0]);
	forget_legs();
	usleep(OLD_US);
	assert_int_equal(legs_made(hop[1], &s), 1);
	end();
}

/* Bytes, acknowledgements and flags beyond the note, each by itself. */
static void is_another(const unsigned int *hop, const struct shape *shape)
{
	for (int i = 0; i < 4; i++) {
		struct segment s;

		begin(hop[0], shape);
		s = quiet_segment(hop[0]);
		s.seq += i == 0;
		s.seq -= i == 1 ? 6 : 0;
		s.ack += i == 2;
		s.flags |= i == 3 ? HM_TCP_FIN : 0;
		forget_legs();
		assert_int_equal(legs_made(hop[1], &s), 1);
		end();
	}
}

static void marker_at_both(const unsigned int *hop, const struct shape *shape)
{
	struct segment s;

	begin(hop[0], shape);
	quiet_segment(hop[0]);
	s = data(20, "GET /" MARKER " HTTP/1.1");
	tell_one(&s, HM_WHAT_MARKER);
	t.program = hop[1];
	tell_one(&s, HM_WHAT_MARKER);
	end();
}

/* Two pieces of a marker: the first one is quiet, and both hops tell the second. */
static void marker_over_two(const unsigned int *hop, const struct shape *shape)
{
	struct segment s[2] = { data(20, "GET /amazing"), data(32, "grace") };

	begin(hop[0], shape);
	quiet_segment(hop[0]);
	assert_int_equal(tell(&s[0]), 0);
	tell_one(&s[1], HM_WHAT_MARKER);
	t.program = hop[1];
	assert_int_equal(tell(&s[0]), 0);
	tell_one(&s[1], HM_WHAT_MARKER);
	end();
}

/* The first ACK of a marker is lost between the hops: the later one tells the second. */
static void acked_at_both(const unsigned int *hop, const struct shape *shape)
{
	const struct segment acked = {.seq = SERVER_ISN + 1,
				      .ack = CLIENT_ISN + 1 + 40,
				      .answer = true,
				      .flags = HM_TCP_ACK};
	struct segment s;

	begin(hop[0], shape);
	quiet_segment(hop[0]);
	s = data(20, "GET /" MARKER);
	tell_one(&s, HM_WHAT_MARKER);
	tell_one(&acked, HM_WHAT_ACKED);
	assert_int_equal(tell(&acked), 0); /* it has been told here */
	t.program = hop[1];
	tell_one(&acked, HM_WHAT_ACKED);
	end();
}

/* The same ports again, with numbers among those that were quiet. */
static void another_connection(const unsigned int *hop, const struct shape *shape)
{
	struct segment again = syn, s;

	begin(hop[0], shape);
	quiet_segment(hop[0]);
	s = data(20, "a longer one that has nothing to tell either");
	assert_int_equal(tell(&s), 0);
	again.seq = CLIENT_ISN + 25;
	tell_one(&again, HM_WHAT_SYN);
	s = data(25, MARKER);
	tell(&s);
	assert_int_equal(times_told(HM_WHAT_MARKER), 1);
	end();
}

typedef void (*pair_fn)(const unsigned int *hop, const struct shape *shape);

static void pairwise(pair_fn fn)
{
	for (unsigned int i = 0; i < HM_ARRAY_SIZE(hops); i++)
		for (unsigned int s = 0; s < HM_ARRAY_SIZE(shapes); s++)
			fn(hops[i], &shapes[s]);
}

static void test_looked_up(void **state)
{
	(void)state;
	pairwise(is_quiet);
	pairwise(becomes_old);
	pairwise(is_another);
}

static void test_told(void **state)
{
	(void)state;
	pairwise(marker_at_both);
	pairwise(marker_over_two);
	pairwise(acked_at_both);
	pairwise(another_connection);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_looked_up),
		cmocka_unit_test(test_told),
	};

	if (geteuid()) {
		printf("SKIP: loading BPF programs takes root\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, open_main, close_main);
}
