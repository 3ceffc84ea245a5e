// SPDX-License-Identifier: GPL-2.0-only
/*
 * In which order the bytes of a direction come to hopmark's own programs: on two CPUs at once, from
 * before the first packet that was seen, with numbers that a stray SYN has shifted. No marker is
 * told that is not there, and one that may have been missed is counted.
 */
#include <pthread.h>
#include <sched.h>

#include "claim.h"
#include "old_kernel.h"
#include "programs_tell.h"

#define XDP 4 /* its place in programs[] */
#define ROUNDS 200
#define FIRST 9000 /* bytes: what takes long to search */
#define SECOND 1000
#define THIRD 200

static struct packet {
	uint8_t bytes[FIRST + 100];
	uint32_t len, payload;
} packets[3];

static cpu_set_t cpus[2];
static volatile int ready; /* of both, one after the other has taken its CPU */
static int pause_of_second;

/* Where the first two of these are; false: there is one only. */
static bool two_cpus(void)
{
	cpu_set_t all;
	int n = 0;

	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	for (int cpu = 0; cpu < CPU_SETSIZE && n < 2; cpu++) {
		if (!CPU_ISSET(cpu, &all))
			continue;
		CPU_ZERO(&cpus[n]);
		CPU_SET(cpu, &cpus[n++]);
	}
	return n == 2;
}

/* One of len bytes of payload at off of the stream, IPv4. */
static void build_packet(struct packet *p, uint32_t off, uint32_t len)
{
	struct segment s = data(off, NULL);
	const struct corpus_packet *c = build(&s);
	uint32_t size = c->len - HM_ETH_LEN + len;

	memcpy(p->bytes, c->data, c->len);
	memset(p->bytes + c->len, 'x', len);
	p->bytes[HM_ETH_LEN + 2] = size >> 8;
	p->bytes[HM_ETH_LEN + 3] = size & 255;
	p->payload = c->len;
	p->len = c->len + len;
}

static void put_last(struct packet *p, const char *text)
{
	memcpy(p->bytes + p->len - strlen(text), text, strlen(text));
}

static void run_packet(const struct packet *p)
{
	assert_true(run_bytes(p->bytes, p->len));
}

/* Without run_bytes(): two of them at once. */
static void *run_on_cpu(void *arg)
{
	const struct packet *p = arg;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = p->bytes, .data_size_in = p->len);
	int fd = loader_program_fd(t.loader, programs[XDP].name);

	pthread_setaffinity_np(pthread_self(), sizeof(cpus[0]), &cpus[p - packets]);
	__sync_fetch_and_add(&ready, 1);
	while (ready < 2)
		sched_yield();
	for (volatile int i = 0; p != packets && i < pause_of_second; i++)
		;
	return (void *)(long)bpf_prog_test_run_opts(fd, &opts);
}

static void run_both(void)
{
	pthread_t thread[2];
	void *err;

	ready = 0;
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, run_on_cpu, &packets[i]), 0);
	for (int i = 0; i < 2; i++) {
		pthread_join(thread[i], &err);
		assert_null(err);
	}
	t.ran += 2;
}

static int markers(void)
{
	read_records();
	return times_told(HM_WHAT_MARKER);
}

/* Half a marker ends packet first, the other half begins the third one. */
static void begin_round(int round, int first)
{
	begin(XDP, &shapes[0]);
	handshake();
	build_packet(&packets[0], 0, FIRST);
	build_packet(&packets[1], FIRST, SECOND);
	build_packet(&packets[2], FIRST + SECOND, THIRD);
	put_last(&packets[first], "amazing");
	memcpy(packets[2].bytes + packets[2].payload, "grace", 5);
	pause_of_second = round * 37 % 4000;
}

/* It is told behind these, or what was left is counted; and by the next hop. True: it was left. */
static bool round_with_marker(int round)
{
	uint64_t left;

	begin_round(round, 1);
	run_both();
	run_packet(&packets[2]);
	left = rise(HM_CNT_LEFT) - rise(HM_CNT_LEFT_SEARCHED);
	assert_true(markers() || left);
	for (int i = 0; i < 3; i++)
		run_packet(&packets[i]);
	assert_int_equal(markers(), 1);
	assert_int_equal(rise(HM_CNT_LEFT), rise(HM_CNT_LEFT_SEARCHED));
	assert_int_equal(rise(HM_CNT_LOST_NOTE), 0);
	assert_int_equal(rise(HM_CNT_SEEN), t.ran);
	return left;
}

/* The halves do not stand beside each other. */
static void round_without_marker(int round)
{
	begin_round(round, 0);
	run_both();
	for (int hop = 0; hop < 2; hop++) {
		run_packet(&packets[2]);
		assert_int_equal(markers(), 0);
		run_packet(&packets[0]);
		run_packet(&packets[1]);
	}
	assert_int_equal(markers(), 0);
	assert_int_equal(rise(HM_CNT_LEFT), rise(HM_CNT_LEFT_SEARCHED));
}

static void test_two_cpus(void **state)
{
	int left = 0;

	(void)state;
	if (old_kernel("there are no atomics to let one CPU wait with"))
		skip();
	if (!two_cpus()) {
		printf("SKIP: one CPU\n");
		skip();
	}
	for (int round = 0; round < ROUNDS; round++) {
		left += round_with_marker(round);
		round_without_marker(round);
	}
	printf("%d rounds on two CPUs: in %d a packet was left to the second hop, where the marker was "
	       "told; 0 that were not there\n", ROUNDS, left);
}

/* One that does not end: the packet is left to the next hop, which searches it in other pieces. */
static void test_left(void **state)
{
	struct segment whole = data(0, "here is " MARKER), first = data(0, "here "),
		       second = data(5, "is " MARKER);

	(void)state;
	if (old_kernel("there are no atomics to let one CPU wait with"))
		skip();
	begin(0, &shapes[0]);
	handshake();
	assert_int_equal(claim_all(loader_program_fd(t.loader, programs[0].name), true), 1);
	tell(&whole);
	assert_int_equal(times_told(HM_WHAT_MARKER), 0);
	assert_int_equal(rise(HM_CNT_LEFT), 1);
	assert_int_equal(claim_all(loader_program_fd(t.loader, programs[0].name), false), 1);
	t.program = 1;
	tell(&first);
	assert_int_equal(rise(HM_CNT_LEFT_SEARCHED), 0);
	tell(&second);
	assert_int_equal(times_told(HM_WHAT_MARKER), 1);
	assert_int_equal(rise(HM_CNT_LEFT_SEARCHED), 1);
	assert_int_equal(rise(HM_CNT_LEFT), 1);
	end();
}

/* Of a connection older than the trace: what was sent before the first packet seen comes second. */
static void test_before_the_first(void **state)
{
	static const char *const first = "the " MARKER " in front";
	struct segment late = data(0, first), early = data(strlen(first), " and behind");

	(void)state;
	begin(0, &shapes[0]);
	tell(&early);
	assert_int_equal(rise(HM_CNT_PARTLY), 0);
	tell(&late);
	assert_int_equal(times_told(HM_WHAT_MARKER), 1);
	assert_int_equal(told(HM_WHAT_MARKER)->marker.offset, ~0U);
	assert_int_equal(rise(HM_CNT_PARTLY), 1);
	assert_int_equal(rise(HM_CNT_LOST_NOTE), 1);
}

/* Without markers nothing can be missed. */
static void test_no_markers(void **state)
{
	struct hm_loader *with = t.loader;
	struct segment late = data(0, "in front"), early = data(8, " and behind"), stray = synack;

	(void)state;
	t.loader = open_markers(NULL, 0, 0, 0);
	begin(0, &shapes[0]);
	tell(&early);
	tell(&late);
	tell(&(struct segment){ .seq = 7, .answer = true, .payload = "answer" });
	run_segment(&stray);
	assert_int_equal(rise(HM_CNT_PARTLY), 0);
	end();
	loader_free(t.loader);
	t.loader = with;
}

/* One that reaches from the one into the other is told by the next hop. */
static void test_across_the_first(void **state)
{
	struct segment late = data(0, "how amazing"), early = data(11, "grace is");

	(void)state;
	begin(0, &shapes[0]);
	tell(&early);
	tell(&late);
	assert_int_equal(times_told(HM_WHAT_MARKER), 0);
	assert_int_equal(rise(HM_CNT_PARTLY), 1);
	t.program = 1;
	tell(&late);
	tell(&early);
	assert_int_equal(times_told(HM_WHAT_MARKER), 1);
	assert_int_equal(rise(HM_CNT_PARTLY), 1);
}

/* How far the numbers of a stray SYN are from those of the connection. */
static const uint32_t shifts[] = { 0, 100, 0x20000000, 0x40000000, 0x7fffffff, 0x80000000,
				   0xa0000000, 0xc0000000, 0xe0000000, 0xffffff00 };

/* The connection goes on all the same. */
static void after_stray_syn(uint32_t shift)
{
	struct segment stray = syn, s = data(0, "nothing yet");

	begin(0, &shapes[0]);
	handshake();
	tell(&s);
	stray.seq += shift;
	run_segment(&stray);
	s = data(11, "here is " MARKER);
	tell(&s);
	assert_int_equal(times_told(HM_WHAT_MARKER), 1);
	assert_int_equal(rise(HM_CNT_PARTLY), shift && shift < 0xc0000100);
}

/* And so does its answer, which is told as one, and counted at the first hop alone. */
static void after_stray_synack(uint32_t shift)
{
	struct segment stray = synack, s = data(0, "nothing yet");
	struct segment answer = { .seq = SERVER_ISN + 1, .ack = CLIENT_ISN + 12, .answer = true,
				  .flags = HM_TCP_ACK | HM_TCP_PSH, .payload = "it is " MARKER };

	begin(0, &shapes[0]);
	handshake();
	tell(&s);
	stray.seq += shift;
	run_segment(&stray);
	t.program = 1;
	run_segment(&stray);
	assert_int_equal(rise(HM_CNT_PARTLY), shift != 0);
	t.program = 0;
	tell(&answer);
	assert_int_equal(times_told(HM_WHAT_MARKER), 1);
	assert_int_equal(times_told(HM_WHAT_DATA), 1);
	assert_int_equal(rise(HM_CNT_PARTLY), (shift != 0) + (shift && shift < 0xc0000000));
}

static void test_stray_syn(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < HM_ARRAY_SIZE(shifts); i++) {
		after_stray_syn(shifts[i]);
		after_stray_synack(shifts[i]);
	}
}

/* A byte that asks whether the other side is there has the SYN's number: RFC 9293, 3.8.4. */
static void test_keep_alive(void **state)
{
	struct segment probe = data(0, "x"), s = data(0, "hello " MARKER);

	(void)state;
	begin(0, &shapes[0]);
	handshake();
	probe.seq--;
	tell(&probe);
	tell(&s);
	assert_int_equal(told(HM_WHAT_MARKER)->marker.offset, 6);
	assert_int_equal(rise(HM_CNT_PARTLY), 0);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_cpus),
		cmocka_unit_test(test_left),
		cmocka_unit_test(test_before_the_first),
		cmocka_unit_test(test_no_markers),
		cmocka_unit_test(test_across_the_first),
		cmocka_unit_test(test_stray_syn),
		cmocka_unit_test(test_keep_alive),
	};

	if (geteuid()) {
		printf("SKIP: loading BPF programs takes root\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, open_main, close_main);
}
