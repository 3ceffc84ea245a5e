// SPDX-License-Identifier: GPL-2.0-only
/*
 * No byte of payload leaves the kernel: a secret goes before, behind and around markers through
 * hopmark's own programs, and then every byte of the ring buffer's memory is searched for it, and
 * for every four bytes of it. Every byte of a record is written: none keeps what an older one left.
 */
#include <sys/mman.h>

#include "programs_tell.h"

/* Letters, so that it is also a word behind a marker; no four of them stand in anything else. */
#define SECRET "QzXjVkWqZxJvKqX"
#define GRAM 4
#define RING 65536
#define PAGE 4096

static const uint8_t *ring; /* mapped as the reader maps it: every record stands in it twice */

/* The descriptor of this process's ring buffer that is max bytes large. */
static int ring_map_fd(uint32_t max)
{
	for (int fd = 3; fd < 1024; fd++) {
		struct bpf_map_info info = {};
		uint32_t len = sizeof(info);

		if (!bpf_obj_get_info_by_fd(fd, &info, &len) && info.type == BPF_MAP_TYPE_RINGBUF &&
		    info.max_entries == max)
			return fd;
	}
	return -1;
}

static const uint8_t *map_ring(uint32_t max)
{
	int fd = ring_map_fd(max);
	uint8_t *at;

	assert_true(fd >= 0);
	at = mmap(NULL, PAGE + 2 * max, PROT_READ, MAP_SHARED, fd, PAGE);
	assert_ptr_not_equal(at, MAP_FAILED);
	return at + PAGE; /* behind the producer's position */
}

static bool holds(const uint8_t *bytes, uint32_t len, const char *text, uint32_t n)
{
	return memmem(bytes, len, text, n) != NULL;
}

/* Not in the ring, not in what was read from it. */
static void check_private(void)
{
	for (uint32_t i = 0; i + GRAM <= sizeof(SECRET) - 1; i++) {
		assert_false(holds(ring, RING + GRAM, SECRET + i, GRAM));
		assert_false(holds((const uint8_t *)t.told, sizeof(t.told), SECRET + i, GRAM));
	}
}

/* Runs it and looks; something must have been told of it. */
static void look(const struct segment *s)
{
	assert_true(tell(s) > 0);
	assert_true(holds(ring, RING, (const char *)&t.told[0].tuple, sizeof(t.told[0].tuple)));
	check_private();
}

static struct segment answer(const char *payload)
{
	return (struct segment){ .seq = SERVER_ISN + 1, .ack = CLIENT_ISN + 1, .answer = true,
				 .flags = HM_TCP_ACK | HM_TCP_PSH, .payload = payload };
}

static void one_around(void)
{
	static const char *const texts[] = {
		SECRET MARKER SECRET,
		SECRET " " MARKER " " SECRET,
		"GET /" SECRET "/" MARKER SECRET " HTTP/1.1\r\nCookie: " SECRET "\r\n\r\n" SECRET,
		"CONNECT " SECRET ":443 HTTP/1.1\r\n\r\n" MARKER SECRET,
		"HTTP/1.1 404 " SECRET "\r\n\r\n" MARKER SECRET,
		"HTTP/1.1 5" SECRET MARKER,
		"\x16\x03\x01\x02\x01" SECRET MARKER SECRET,
		"\x15\x03\x03" SECRET MARKER,
		MARKER "QzXj " SECRET, /* a word that is hashed */
		MARKER MARKER SECRET MARKER "." SECRET,
	};

	for (unsigned int i = 0; i < HM_ARRAY_SIZE(texts); i++) {
		struct segment s = data(0, texts[i]);

		begin(t.program, t.shape);
		handshake();
		look(&s);
		assert_non_null(told(HM_WHAT_MARKER));
		s = answer(texts[i]);
		look(&s);
	}
}

static void test_around_marker(void **state)
{
	(void)state;
	everywhere(one_around);
}

static void one_split(void)
{
	struct segment s = data(0, SECRET "amazing");

	handshake();
	look(&s);
	s = data(sizeof(SECRET) - 1 + 7, "grace" SECRET);
	look(&s);
	assert_non_null(told(HM_WHAT_MARKER));
}

static void test_split(void **state)
{
	(void)state;
	everywhere(one_split);
}

/* TCP Fast Open: data in the SYN. RFC 7413. */
static void one_fast_open(void)
{
	struct segment s = { .seq = CLIENT_ISN, .flags = HM_TCP_SYN, .options = true,
			     .payload = SECRET MARKER SECRET };

	look(&s);
	assert_non_null(told(HM_WHAT_MARKER));
	s.flags |= HM_TCP_RST;
	look(&s);
	s.flags = HM_TCP_FIN | HM_TCP_ACK;
	look(&s);
}

static void test_fast_open(void **state)
{
	(void)state;
	everywhere(one_fast_open);
}

/* A word behind a marker leaves as a keyed hash, which tells equal words from others. */
static uint32_t word_of(uint32_t off, const char *payload)
{
	struct segment s = data(off, payload);

	look(&s);
	assert_non_null(told(HM_WHAT_MARKER));
	return told(HM_WHAT_MARKER)->marker.word;
}

static void one_word(void)
{
	uint32_t first, other;

	handshake();
	first = word_of(0, MARKER "QzXj ");
	other = word_of(100, MARKER "QzXk ");
	assert_true(first && other && first != other);
	assert_int_equal(word_of(200, MARKER "QzXj\r\n" SECRET), first);
	assert_int_equal(word_of(300, MARKER "QzXj"), 0); /* it may go on in the next packet */
	assert_int_equal(word_of(400, MARKER " QzXj "), 0);
	assert_int_equal(word_of(500, MARKER SECRET SECRET " "), 0); /* too long for a word */
}

static void test_word(void **state)
{
	(void)state;
	everywhere(one_word);
}

/* Another trace has another key. */
static void test_word_of_another_trace(void **state)
{
	struct hm_loader *rest = t.loader;
	const uint8_t *here = ring;
	uint32_t first;

	(void)state;
	begin(0, &shapes[0]);
	handshake();
	first = word_of(0, MARKER "QzXj ");
	t.loader = open_loader(2 * RING, 0);
	ring = map_ring(2 * RING);
	begin(0, &shapes[0]);
	handshake();
	assert_int_not_equal(word_of(0, MARKER "QzXj "), first);
	munmap((void *)(ring - PAGE), PAGE + 4 * RING);
	loader_free(t.loader);
	t.loader = rest;
	ring = here;
}

/* Behind the member that a kind uses all is 0, whatever older records left in the ring. */
static void check_written(const struct hm_rec *r)
{
	static const uint32_t used[HM_WHAT_COUNT] = {
		[HM_WHAT_SYN] = sizeof(struct hm_rec_syn),
		[HM_WHAT_SYNACK] = sizeof(struct hm_rec_syn),
		[HM_WHAT_DATA] = sizeof(struct hm_rec_data),
		[HM_WHAT_MARKER] = sizeof(struct hm_rec_marker),
		[HM_WHAT_ACKED] = sizeof(struct hm_rec_marker),
	};
	const uint8_t *room = (const uint8_t *)r->room;

	assert_int_equal(r->pad, 0);
	for (uint32_t i = used[r->what]; i < sizeof(r->room); i++)
		assert_int_equal(room[i], 0);
}

/* Kinds of every size follow each other until the ring has been filled many times over. */
static void test_every_byte_written(void **state)
{
	const uint32_t laps = 4 * RING / sizeof(struct hm_rec) / 6;

	(void)state;
	begin(0, &shapes[0]);
	for (uint32_t i = 0; i < laps; i++) {
		struct segment s = data(0, SECRET MARKER "QzXj " SECRET);

		t.sport++;
		run_segment(&syn);
		run_segment(&synack);
		run_segment(&s);
		run_segment(&ack);
		s.flags |= HM_TCP_FIN;
		run_segment(&s);
		read_records();
		assert_true(t.count >= 6);
		for (int k = 0; k < t.count; k++)
			check_written(&t.told[k]);
	}
	check_private();
}

static int open_ring(void **state)
{
	(void)state;
	t.sport = 20000;
	t.loader = open_loader(RING, 0);
	ring = map_ring(RING);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_around_marker),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_fast_open),
		cmocka_unit_test(test_word),
		cmocka_unit_test(test_word_of_another_trace),
		cmocka_unit_test(test_every_byte_written),
	};

	if (geteuid()) {
		printf("SKIP: loading BPF programs takes root\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, open_ring, close_main);
}
