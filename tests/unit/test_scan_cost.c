// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the search of a payload costs in instructions, which depend on nothing but the payload: a
 * child searches, its parent counts the steps. A payload that was made to be dear must not cost
 * many times what text does. In the kernel the same source runs; tests/bench prints its times.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "hm_scan.h"
#include "needles.h"

#define MOST 6000 /* three chunks; each instruction costs 0.1 ms on a virtual machine */
/* Times what text costs, at most, of a marker of up to 28 bytes; and of one of 64 */
struct dear {
	long fragments;
	long copies; /* nine are found, then the search is over; each is compared whole */
	long near; /* only the ends are compared at once: each copy is compared whole */
};
static const struct dear dear = { 3, 7, 13 }, dear_longest = { 4, 11, 14 };
/* a packet of several chunks, of which the last makes the search begin again, by copying */
static const struct dear dear_large = { 5, 3, 16 }, dear_largest = { 6, 6, 20 };
#define DEAR_ZEROS 14 /* copies of 64 equal bytes */
#define DEAR_WINDOWS 12 /* of eight markers that are alike */
#define DEAR_EIGHT 36 /* copies of one of these: compared with each */
#ifdef __SANITIZE_ADDRESS__
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

static const char words[] = "amazinggracehowsweetthesoundthatsavedawretchlikemeioncewaslostbut";
static struct hm_needles needles;
static struct hm_scratch scratch;
static uint8_t payload[MOST];
static uint32_t size = 1460;

/* Searches it between two signals to itself. */
static void child(void)
{
	struct hm_tail tail = {};

	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		_exit(77);
	raise(SIGSTOP);
	hm_scan_stream(&needles, &scratch, &tail, payload, size);
	raise(SIGSTOP);
	_exit(0);
}

/* Instructions from one SIGSTOP of pid to the next; 0: it may not be traced here. */
static long count_steps(pid_t pid)
{
	int status, stops = 0;
	long steps = 0;

	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		stops += WSTOPSIG(status) == SIGSTOP;
		if (stops == 2) {
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return steps;
		}
		steps++;
		if (ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL))
			break;
	}
	return 0;
}

static long search_steps(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid)
		child();
	return count_steps(pid);
}

/* Pieces of from bytes of the marker on, of len bytes, one after the other. */
static void fill_pieces(uint32_t from, uint32_t len)
{
	for (uint32_t i = 0; i < size; i++)
		payload[i] = words[from + i % len];
}

/* Its windows but the first, four bytes each, in any order: the marker is not among them. */
static void fill_windows(uint32_t len)
{
	uint32_t seed = 1, at = 0;

	for (uint32_t i = 0; i < size; i++) {
		if (i % 4 == 0) {
			seed = seed * 1664525u + 1013904223u;
			at = 1 + (uint32_t)(((uint64_t)seed * (len - 4)) >> 32);
		}
		payload[i] = words[at + i % 4];
	}
}

static void fill_text(void)
{
	static const char text[] = "GET /catalogue/products?category=garden HTTP/1.1\r\n"
				   "Host: www.example.com\r\nAccept-Language: en-GB,en;q=0.5\r\n";

	for (uint32_t i = 0; i < size; i++)
		payload[i] = text[i % (sizeof(text) - 1)];
}

/* The marker, but for its middle, over and over. */
static void fill_near(uint32_t len)
{
	for (uint32_t i = 0; i < size; i++)
		payload[i] = i % len == len / 2 ? '?' : words[i % len];
}

/*
 * The marker with another first half and another second one, which make up for each other where the
 * two are added.
 */
static void fill_sums(uint32_t len)
{
	fill_pieces(0, len);
	for (uint32_t i = 0; len >= 16 && i + len <= size; i += len) {
		payload[i]++;
		payload[i + len - 8]--;
	}
}

/* In each chunk as many blocks of fragments as are looked at closer; the last is nothing else. */
static void fill_late(uint32_t len)
{
	const uint32_t block = 8 * (len - 3), chunk = (2048 + block - 1) / block * block;
	const uint32_t some = 2048 / (4 * block);

	fill_text();
	for (uint32_t i = 0; i < size; i++)
		if (i / chunk == (size - 1) / chunk || i % chunk < block * some)
			payload[i] = words[i % (len - 1)];
}

/* The payload as it is costs less than so many times usual. */
static void costs(const char *what, uint32_t len, long usual, long times)
{
	long steps = search_steps();

	printf("%u bytes in %u, %s: %ld instructions, %.1f times text\n", len, size, what, steps,
	       (double)steps / usual);
	assert_true(steps < times * usual);
}

/* What text costs with these markers. */
static long usual_of(const struct hm_marker *m, unsigned int count)
{
	long usual;

	assert_int_equal(needles_build(&needles, m, count), 0);
	fill_text();
	usual = search_steps();
	if (!usual || SANITIZED) {
		printf("SKIP: %s\n", usual ? "the sanitizers' instructions would be counted, too" :
					     "no process may trace its child here");
		skip();
	}
	return usual;
}

static long usual_of_one(uint32_t len)
{
	struct hm_marker m = { .len = len };

	memcpy(m.bytes, words, len);
	return usual_of(&m, 1);
}

static void one_marker(uint32_t len, const struct dear *most)
{
	long usual = usual_of_one(len);

	memset(payload, 0, size);
	costs("zeros", len, usual, most->fragments);
	fill_pieces(0, len - 1);
	costs("without its end", len, usual, most->fragments);
	fill_pieces(1, len - 1);
	costs("without its beginning", len, usual, most->fragments);
	fill_pieces(1, len - 2);
	costs("without both", len, usual, most->fragments);
	fill_windows(len);
	costs("its windows", len, usual, most->fragments);
	fill_late(len);
	costs("fragments, but for what would be too many at once", len, usual, most->fragments);
	fill_pieces(0, len);
	costs("copies", len, usual, most->copies);
	fill_near(len);
	costs("near copies", len, usual, len > 16 ? most->near : most->fragments);
	fill_sums(len);
	costs("near copies whose ends have the same sum", len, usual, most->near);
}

/* What costs more a byte in a large packet than in a small one, or as much. */
static void one_marker_large(uint32_t len, const struct dear *most)
{
	long usual;

	size = MOST;
	usual = usual_of_one(len);
	fill_late(len);
	costs("fragments, but for what would be too many at once", len, usual, most->fragments);
	fill_pieces(0, len);
	costs("copies", len, usual, most->copies);
	fill_near(len);
	costs("near copies", len, usual, most->near);
	fill_sums(len);
	costs("near copies whose ends have the same sum", len, usual, most->near);
	size = 1460;
}

/* Every window is every window of the marker. */
static void zeros_in_zeros(void **state)
{
	static const uint32_t lens[] = { 4, 8, 20, 64 };

	(void)state;
	for (unsigned int i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		struct hm_marker m = { .len = lens[i] };
		long usual = usual_of(&m, 1);

		memset(payload, 0, size);
		costs("zeros in zeros", m.len, usual, m.len < 64 ? dear.copies : DEAR_ZEROS);
	}
}

/* Eight that have most of their windows in common. */
static void eight_alike(void **state)
{
	struct hm_marker m[8] = {};
	long usual;

	(void)state;
	for (unsigned int i = 0; i < 8; i++) {
		m[i].len = 20;
		memcpy(m[i].bytes, words, 20);
		m[i].bytes[10] += i;
		m[i].bytes[19] += i;
	}
	usual = usual_of(m, 8);
	fill_windows(20);
	costs("windows of eight", 20, usual, DEAR_WINDOWS);
	fill_pieces(0, 20);
	costs("copies of one of eight", 20, usual, dear.copies);
	fill_near(20);
	costs("near copies of eight", 20, usual, DEAR_EIGHT);
}

static void eight(void **state)
{
	(void)state;
	one_marker(8, &dear);
}

static void twelve(void **state)
{
	(void)state;
	one_marker(12, &dear);
}

static void twenty(void **state)
{
	(void)state;
	one_marker(20, &dear);
}

static void twenty_eight(void **state)
{
	(void)state;
	one_marker(28, &dear);
	one_marker_large(28, &dear_large);
}

static void longest(void **state)
{
	(void)state;
	one_marker(64, &dear_longest);
	one_marker_large(64, &dear_largest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(eight),
		cmocka_unit_test(twelve),
		cmocka_unit_test(twenty),
		cmocka_unit_test(twenty_eight),
		cmocka_unit_test(longest),
		cmocka_unit_test(zeros_in_zeros),
		cmocka_unit_test(eight_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
