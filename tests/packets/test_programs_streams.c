// SPDX-License-Identifier: GPL-2.0-only
/*
 * Markers in streams whose segments come in any order: what hopmark's programs tell, packet by
 * packet, against a plain search over the stream. An occurrence must be told by the packet that
 * brings the last of its bytes, and by a later one only if that repeats some of them.
 *
 * Where there were more gaps at once than the kernel side remembers, it must have said so
 * (HM_CNT_PARTLY), and may have missed some; nowhere else. How often that was is printed.
 *
 * Half of them are searched with --depth: what is left out then counts as never come, and how much
 * it was as the kernel side counts it.
 *
 * STREAMS says how many; `make check-streams` takes 100,000. STREAMS_SEED begins elsewhere.
 */
#include "old_kernel.h"
#include "programs_tell.h"
#include "streams.h"

#define HOLES 8 /* HM_HOLES of bpf/maps.bpf.h */
#define PER_LOADER 500 /* streams with the same markers */

static struct {
	uint64_t streams, segments, places, over, missed, left;
} sum;

static uint64_t setting(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value ? strtoull(value, NULL, 10) : otherwise;
}

static uint32_t isn;
static bool answers;

static struct segment stream_segment(uint32_t off, uint32_t len, uint8_t flags)
{
	return (struct segment){ .seq = isn + 1 + off, .ack = 1, .flags = HM_TCP_ACK | flags,
				 .payload = len ? st.bytes + off : NULL, .payload_len = len,
				 .answer = answers };
}

/* Both SYNs; the one of the stream's side may hold its first bytes. Returns how many. */
static uint32_t open_stream(void)
{
	uint32_t early = chance(8) ? 0 : 1 + chance(st.len < 40 ? st.len : 40);
	struct segment s = stream_segment(0, early, 0);

	s.seq = isn;
	if (answers) {
		run_segment(&(struct segment){ .seq = 0, .flags = HM_TCP_SYN });
		s.flags = HM_TCP_SYN | HM_TCP_ACK;
		run_segment(&s);
	} else {
		s.flags = HM_TCP_SYN;
		run_segment(&s);
		run_segment(&(struct segment){ .seq = 0, .ack = isn + 1, .answer = true,
					       .flags = HM_TCP_SYN | HM_TCP_ACK });
	}
	return early;
}

static struct place *place_of(const struct hm_rec *r)
{
	for (uint32_t i = 0; i < st.places; i++)
		if (st.place[i].id == r->marker.id && isn + 1 + st.place[i].off == r->marker.seq)
			return &st.place[i];
	return NULL;
}

static void check_told(const struct hm_rec *r, uint32_t off, uint32_t len, uint32_t *now)
{
	struct place *p = place_of(r);

	assert_non_null(p); /* it is in the stream */
	assert_true(has_come(p));
	assert_true(off < p->off + p->len && p->off < off + len);
	assert_int_equal(r->marker.end_seq - r->marker.seq, p->len);
	assert_int_equal(r->marker.offset, p->off);
	assert_false(*now & 1U << (p - st.place)); /* once for each packet */
	*now |= 1U << (p - st.place);
	p->told = true;
}

/* After the packet of len bytes at off. exact: nothing may be missing. */
static void check_packet(uint32_t off, uint32_t len, bool exact)
{
	uint32_t now = 0;

	read_records();
	for (int i = 0; i < t.count; i++)
		if (t.told[i].what == HM_WHAT_MARKER)
			check_told(&t.told[i], off, len, &now);
	for (uint32_t i = 0; exact && i < st.places; i++)
		assert_int_equal(st.place[i].told, has_come(&st.place[i]));
}

/* The other side says a byte, now and then, where that begins a turn. */
static void other_talks(uint32_t *said)
{
	struct segment s = { .ack = 1, .flags = HM_TCP_ACK, .payload = "x", .answer = !answers };

	if (!st.depth || st.other_talked || chance(20))
		return;
	s.seq = 1 + (*said)++;
	run_segment(&s);
	st.other_talked = true;
}

static void run_stream(void)
{
	bool exact = true;
	uint32_t early, said = 0, left = 0;

	begin(chance(2) ? 0 : 4, &shapes[chance(HM_ARRAY_SIZE(shapes))]);
	memset(st.come, 0, sizeof(st.come));
	memset(st.left, 0, sizeof(st.left));
	st.next = st.turned = 0;
	st.other_talked = false;
	early = open_stream();
	left += leave_out(0, early);
	come(0, early);
	if (early)
		check_packet(0, early, true);
	cut_stream(early);
	shuffle_pieces();
	for (uint32_t i = 0; i < st.pieces; i++) {
		const struct piece *p = &st.piece[i];
		struct segment s = stream_segment(p->off, p->len, HM_TCP_PSH);

		other_talks(&said);
		left += leave_out(p->off, p->len);
		exact = come(p->off, p->len) <= HOLES && exact;
		run_segment(&s);
		check_packet(p->off, p->len, exact);
	}
	assert_int_equal(rise(HM_CNT_LIMITED), 0);
	assert_int_equal(rise(HM_CNT_PARTLY) > 0, !exact);
	if (exact)
		assert_int_equal(rise(HM_CNT_UNSEARCHED), left);
	sum.left += left;
	sum.over += !exact;
	for (uint32_t i = 0; i < st.places; i++)
		sum.missed += !st.place[i].told && has_come(&st.place[i]);
	sum.segments += st.pieces;
	sum.places += st.places;
	end();
}

static void one_stream(const struct hm_marker *m, uint32_t count)
{
	do
		random_bytes(m, count);
	while (!find_places(m, count));
	answers = chance(2);
	isn = chance(4) ? chance(~0U) : (chance(2) ? 0x80000000U : 0) - chance(2 * st.len);
	run_stream();
	sum.streams++;
}

static void test_streams(void **state)
{
	const uint64_t streams = setting("STREAMS", 3000);
	struct hm_marker m[HM_MAX_MARKERS];
	uint32_t count;

	(void)state;
	if (old_kernel("one gap is remembered there, without its edges"))
		skip();
	stream_seed ^= setting("STREAMS_SEED", 0) << 20;
	while (sum.streams < streams) {
		count = random_markers(m);
		t.sport = 40000;
		st.depth = chance(2) ? 1 + chance(chance(2) ? 40 : 300) : 0;
		t.loader = open_deep(m, count, st.depth);
		for (int i = 0; i < PER_LOADER && sum.streams < streams; i++)
			one_stream(m, count);
		loader_free(t.loader);
	}
	printf("%llu streams in %llu segments, %llu markers, %llu bytes left out; in %llu more than "
	       "%d gaps at once: %llu markers missed there, 0 elsewhere\n",
	       (unsigned long long)sum.streams, (unsigned long long)sum.segments,
	       (unsigned long long)sum.places, (unsigned long long)sum.left,
	       (unsigned long long)sum.over, HOLES, (unsigned long long)sum.missed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_streams),
	};

	if (geteuid()) {
		printf("SKIP: loading BPF programs takes root\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
