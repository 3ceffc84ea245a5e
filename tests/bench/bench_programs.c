// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nanoseconds a packet costs in hopmark's programs, by BPF_PROG_TEST_RUN: the median of nineteen
 * runs, beside a program that does nothing and a search that looks at every byte. Called by
 * tests/bench/run. Absolute times are this machine's; the ratios are what counts.
 */
#include <sys/utsname.h>

#include "measure.h"
#include "real.h"

/*
 * Text, or text that holds the first marker near its end; or nothing but all of it but its end, or
 * copies of it that differ in their middle, over and over.
 */
enum payload { TEXT, MARKED, FRAGMENTS, NEAR };

static void fill_payload(uint8_t *to, enum payload what, uint32_t len)
{
	http_text(to, PAYLOAD);
	if (what == MARKED)
		memcpy(to + PAYLOAD - 100, WORDS, len);
	for (uint32_t i = 0; what == FRAGMENTS && i < PAYLOAD; i++)
		to[i] = WORDS[i % (len - 1)];
	for (uint32_t i = 0; what == NEAR && i < PAYLOAD; i++)
		to[i] = i % len == len / 2 ? '?' : WORDS[i % len];
}

/* The search alone, of 1460 bytes, for count markers of len bytes. */
static double measure_search(unsigned int count, uint32_t len, enum payload what)
{
	struct scan_bpf *skel = scan_bpf__open();
	struct frame f = {};
	struct hm_needles *n;
	double ns = -1;

	if (!skel)
		return -1;
	n = (struct hm_needles *)&skel->rodata->hm_cfg.needles;
	if (!build_needles(n, count, len) && !scan_bpf__load(skel)) {
		f.len = HM_ETH_LEN + PAYLOAD;
		fill_payload(f.data + HM_ETH_LEN, what, len);
		ns = measure(skel->progs.scan_tc, &f, REPEAT, NULL);
	}
	scan_bpf__destroy(skel);
	return ns;
}

/* What trace says of short markers: user/trace_args.c. */
static void bench_short(double one12, double empty)
{
	double ns[8] = {};

	for (uint32_t len = 4; len < 8; len++) {
		char name[64];

		ns[len] = measure_search(1, len, TEXT);
		snprintf(name, sizeof(name), "  hopmark, one marker of %u bytes, not there", len);
		row(name, ns[len], empty);
	}
	printf("\n  a marker of 4, 5, 6, 7 bytes takes %.1f, %.1f, %.1f, %.1f times one of 12\n",
	       (ns[4] - empty) / (one12 - empty), (ns[5] - empty) / (one12 - empty),
	       (ns[6] - empty) / (one12 - empty), (ns[7] - empty) / (one12 - empty));
}

static double bench_search(struct yardstick_bpf *yard, double empty)
{
	struct frame f = { .len = HM_ETH_LEN + PAYLOAD };
	double by_byte, one12, one20, eight20;

	http_text(f.data + HM_ETH_LEN, PAYLOAD);
	by_byte = measure(yard->progs.by_byte, &f, REPEAT / 4, NULL);
	one12 = measure_search(1, 12, TEXT);
	one20 = measure_search(1, 20, TEXT);
	eight20 = measure_search(HM_MAX_MARKERS, 20, TEXT);
	row("search of 1460 bytes of text, byte by byte", by_byte, empty);
	row("  hopmark, one marker of 12 bytes, not there", one12, empty);
	row("  hopmark, one marker of 20 bytes, not there", one20, empty);
	row("  hopmark, eight markers of 20 bytes, not there", eight20, empty);
	row("  hopmark, one marker of 12 bytes, there", measure_search(1, 12, MARKED), empty);
	row("  hopmark, 12 bytes, in nothing but fragments of it",
	    measure_search(1, 12, FRAGMENTS), empty);
	row("  hopmark, 20 bytes, in copies with another middle",
	    measure_search(1, 20, NEAR), empty);
	bench_short(one12, empty);
	if (by_byte < 0 || one12 < 0 || one20 < 0 || eight20 < 0)
		return -1;
	printf("\n  against byte by byte: %.1f times faster (12 bytes), %.1f (20 bytes);\n"
	       "  %.1f and %.1f without what the empty program takes;\n"
	       "  eight markers cost %.2f times one\n\n",
	       by_byte / one12, by_byte / one20, (by_byte - empty) / (one12 - empty),
	       (by_byte - empty) / (one20 - empty), eight20 / one20);
	return 0;
}

/* A packet outside the filter; -1: it could not be measured. */
static double bench_miss(const char *text, const struct frame *f, double empty)
{
	struct hopmark_bpf *skel = open_real(text, 1, 12);
	double ns = -1;
	char name[96];

	if (skel && !hopmark_bpf__load(skel))
		ns = measure(skel->progs.hm_tc_in, f, REPEAT, NULL);
	snprintf(name, sizeof(name), "hm_tc_in, outside \"%s\"", text);
	row(name, ns, empty);
	hopmark_bpf__destroy(skel);
	return ns;
}

/* The segment behind this one. */
static void move_on(struct frame *f, uint32_t bytes)
{
	uint8_t *seq = f->data + HM_ETH_LEN + 20 + 4;
	uint32_t n;

	memcpy(&n, seq, sizeof(n));
	n = hm_be32(hm_be32(n) + bytes);
	memcpy(seq, &n, sizeof(n));
}

/* What a hop adds that is not the first: it does not depend on how much payload there is. */
static int bench_known(const struct bpf_program *prog, struct ring_buffer *ring, double empty)
{
	static const uint32_t sizes[] = { 64, PAYLOAD, PAYLOAD_MAX };
	int err = 0;

	for (size_t i = 0; i < HM_ARRAY_SIZE(sizes); i++) {
		struct frame f = build_frame(80, HM_TCP_ACK | HM_TCP_PSH, sizes[i]);
		char name[64];
		double ns;

		measure(prog, &f, 1, ring); /* of a turn the first one is told at every hop */
		move_on(&f, sizes[i]);
		ns = measure(prog, &f, REPEAT, ring);
		snprintf(name, sizeof(name), "hm_tc_in, %u bytes that another hop has searched",
			 sizes[i]);
		row(name, ns, empty);
		if (ns < 0)
			err = -1;
	}
	return err;
}

/* hm_tc_in with the filter "port 80" and one marker, and what other filters cost. */
static int bench_real(double empty)
{
	struct hopmark_bpf *skel = open_real("port 80", 1, 12);
	struct ring_buffer *ring = NULL;
	struct frame miss = build_frame(81, HM_TCP_ACK, 0), syn = build_frame(80, HM_TCP_SYN, 0);
	struct frame ack = build_frame(80, HM_TCP_ACK, 0);
	static const char *const filters[] = {
		"host 10.9.8.7 and port 80",
		"net 10.9.0.0/16 and not port 22",
		"host 10.9.8.7 or 10.9.8.8 or fd00::9 or fd00::10",
		"tcp[2:2] & 0xff0 = 0x50 and ip[16] != 10",
	};
	double ns_miss;
	int err = -1;

	if (!skel)
		return -1;
	if (hopmark_bpf__load(skel))
		goto out;
	ring = ring_buffer__new(bpf_map__fd(skel->maps.hm_ring), ignore, NULL, NULL);
	if (!ring)
		goto out;
	ns_miss = measure(skel->progs.hm_tc_in, &miss, REPEAT, ring);
	row("hm_tc_in, outside the filter", ns_miss, empty);
	row("hm_tc_in, SYN, record sent",
	    measure(skel->progs.hm_tc_in, &syn, REPEAT_RECORDS, ring), empty);
	row("hm_tc_in, ACK of a known leg", measure(skel->progs.hm_tc_in, &ack, REPEAT, ring),
	    empty);
	err = bench_known(skel->progs.hm_tc_in, ring, empty);
	if (ns_miss < 0)
		err = -1;
	for (size_t i = 0; i < HM_ARRAY_SIZE(filters); i++)
		if (bench_miss(filters[i], &miss, empty) < 0)
			err = -1;
out:
	ring_buffer__free(ring);
	hopmark_bpf__destroy(skel);
	return err;
}

static void print_machine(void)
{
	FILE *f = fopen("/proc/cpuinfo", "r");
	char line[256], cpu[128] = "unknown CPU";
	struct utsname u;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "model name : %127[^\n]", cpu) == 1)
			break;
	if (f)
		fclose(f);
	uname(&u);
	printf("%s, Linux %s, BPF_PROG_TEST_RUN, median of %d runs\n\n", cpu, u.release, RUNS);
	printf("  %-52s %8s %8s\n", "program and packet", "ns", "- empty");
}

int main(void)
{
	struct yardstick_bpf *yard = yardstick_bpf__open();
	struct frame f = build_frame(80, HM_TCP_ACK | HM_TCP_PSH, PAYLOAD);
	double empty;
	int err;

	if (!yard || build_needles((struct hm_needles *)&yard->rodata->hm_cfg.needles, 1, 12) ||
	    yardstick_bpf__load(yard)) {
		fprintf(stderr, "bench_programs: cannot load the yardsticks: %s\n",
			strerror(errno));
		return 1;
	}
	print_machine();
	empty = measure(yard->progs.empty, &f, REPEAT, NULL);
	row("empty program", empty, empty);
	row("parser alone", measure(yard->progs.parse_only, &f, REPEAT, NULL), empty);
	err = bench_real(empty);
	if (bench_search(yard, empty))
		err = -1;
	yardstick_bpf__destroy(yard);
	return err ? 1 : 0;
}
