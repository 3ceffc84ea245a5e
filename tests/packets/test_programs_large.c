// SPDX-License-Identifier: GPL-2.0-only
/*
 * Markers where a packet is more than one piece of memory, or more than it seems: frames of many
 * pages, as XDP programs get them of jumbo frames, a marker at and across every border of them; and
 * the data that a SYN may carry (RFC 7413).
 */
#include "programs_tell.h"

#define FRAME_MAX 60000 /* more does not fit the fragments of one XDP frame */
#define PAGE 4096

static uint8_t frame[FRAME_MAX];

/* hm_xdp's place in programs[]. */
static unsigned int xdp(void)
{
	unsigned int p = 0;

	while (programs[p].hook != HM_HOOK_XDP)
		p++;
	return p;
}

/* A frame of len bytes, all of one connection, the marker at. Returns where its payload begins. */
static uint32_t build_frame(uint32_t len, uint32_t at, uint32_t seq)
{
	struct segment s = data(0, NULL);
	const struct corpus_packet *c;
	uint32_t ip = HM_ETH_LEN + t.shape->tag_len, size;

	s.seq += seq;
	c = build(&s);
	memcpy(frame, c->data, c->len);
	memset(frame + c->len, 'x', len - c->len);
	memcpy(frame + at, MARKER, sizeof(MARKER) - 1);
	size = len - ip - (t.shape->family == 4 ? 0 : 40);
	frame[ip + (t.shape->family == 4 ? 2 : 4)] = size >> 8;
	frame[ip + (t.shape->family == 4 ? 3 : 5)] = size & 255;
	return c->len;
}

/* The marker of one frame, wherever it stands, is told once, at its place. */
static void find_in_frame(uint32_t len, uint32_t at)
{
	uint32_t payload;

	begin(xdp(), t.shape);
	handshake();
	payload = build_frame(len, at, 0);
	assert_true(run_bytes(frame, len));
	read_records();
	assert_int_equal(times_told(HM_WHAT_MARKER), 1);
	assert_int_equal(told(HM_WHAT_MARKER)->marker.seq, CLIENT_ISN + 1 + at - payload);
	assert_int_equal(told(HM_WHAT_MARKER)->marker.split, 0);
	assert_int_equal(rise(HM_CNT_PARTLY), 0);
	assert_int_equal(rise(HM_CNT_NOT_INSPECTED), 0);
	end();
}

/*
 * Where the kernel cuts the frame is not told, somewhere in the first page and then every page: so
 * the marker goes step by step over the first two.
 */
static void everywhere_in(uint32_t len)
{
	for (uint32_t at = 200; at < 2 * PAGE && at + sizeof(MARKER) - 1 <= len; at += 5)
		find_in_frame(len, at);
	find_in_frame(len, len - (sizeof(MARKER) - 1));
}

static void test_jumbo_frames(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < HM_ARRAY_SIZE(shapes); i++) {
		t.shape = &shapes[i];
		everywhere_in(9014);
	}
}

/* All over the largest frame there is. */
static void test_many_pages(void **state)
{
	(void)state;
	t.shape = &shapes[0];
	for (uint32_t at = 200; at + sizeof(MARKER) - 1 <= FRAME_MAX; at += 61)
		find_in_frame(FRAME_MAX, at);
	find_in_frame(FRAME_MAX, FRAME_MAX - (sizeof(MARKER) - 1));
}

/* The marker's first bytes end one frame of many pages, the others begin the next one. */
static void test_over_two_frames(void **state)
{
	const uint32_t len = 9014;

	(void)state;
	t.shape = &shapes[0];
	for (uint32_t cut = 1; cut < sizeof(MARKER) - 1; cut++) {
		uint32_t payload;

		begin(xdp(), t.shape);
		handshake();
		payload = build_frame(len, 300, 0);
		memset(frame + 300, 'x', sizeof(MARKER) - 1);
		memcpy(frame + len - cut, MARKER, cut);
		assert_true(run_bytes(frame, len));
		read_records();
		assert_int_equal(times_told(HM_WHAT_MARKER), 0);
		build_frame(len, 300, len - payload);
		memset(frame + 300, 'x', sizeof(MARKER) - 1);
		memcpy(frame + payload, &MARKER[cut], sizeof(MARKER) - 1 - cut);
		assert_true(run_bytes(frame, len));
		read_records();
		assert_int_equal(times_told(HM_WHAT_MARKER), 1);
		assert_int_equal(told(HM_WHAT_MARKER)->marker.split, 1);
		end();
	}
}

/* A SYN has a sequence number of its own; its data comes behind it. */
static void one_in_syn(void)
{
	struct segment s = syn, rest = data(20, "and behind");

	s.payload = "hello " MARKER;
	run_segment(&s);
	read_records();
	assert_non_null(told(HM_WHAT_SYN));
	assert_non_null(told(HM_WHAT_MARKER));
	assert_int_equal(times_told(HM_WHAT_MARKER), 1);
	assert_int_equal(told(HM_WHAT_MARKER)->marker.seq, CLIENT_ISN + 1 + 6);
	assert_int_equal(told(HM_WHAT_MARKER)->marker.offset, 6);
	run_segment(&synack);
	run_segment(&rest);
	read_records();
	assert_int_equal(times_told(HM_WHAT_MARKER), 0);
}

/* It begins in the SYN and ends in the first segment behind it. */
static void one_from_syn_on(void)
{
	struct segment s = syn, rest = data(13, "grace, and behind");

	s.payload = "hello amazing";
	run_segment(&s);
	read_records();
	assert_int_equal(times_told(HM_WHAT_MARKER), 0);
	run_segment(&synack);
	run_segment(&rest);
	read_records();
	assert_int_equal(times_told(HM_WHAT_MARKER), 1);
	assert_int_equal(told(HM_WHAT_MARKER)->marker.offset, 6);
	assert_int_equal(told(HM_WHAT_MARKER)->marker.split, 1);
}

static void test_data_of_a_syn(void **state)
{
	(void)state;
	everywhere(one_in_syn);
	everywhere(one_from_syn_on);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_jumbo_frames),
		cmocka_unit_test(test_many_pages),
		cmocka_unit_test(test_over_two_frames),
		cmocka_unit_test(test_data_of_a_syn),
	};

	if (geteuid()) {
		printf("SKIP: loading BPF programs takes root\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, open_main, close_main);
}
