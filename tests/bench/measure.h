/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the benches of programs take time: BPF_PROG_TEST_RUN on a frame, the median of nineteen runs.
 * Included by tests/bench/bench_*.c.
 */
#ifndef HM_BENCH_MEASURE_H
#define HM_BENCH_MEASURE_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../packets/corpus.h"
#include "needles.h"
#include "packets/scan.skel.h"
#include "packets/yardstick.skel.h"

#define RUNS 19
#define REPEAT 200000
#define REPEAT_RECORDS 10000 /* what the ring buffer holds without being read */
#define PAYLOAD 1460
#define PAYLOAD_MAX 3000 /* a linear test packet has to fit a page */
#define WORDS "amazinggracehowsweetthesound" /* markers begin with these */

struct frame {
	uint8_t data[HM_ETH_LEN + 20 + 20 + PAYLOAD_MAX];
	uint32_t len;
};

static int by_value(const void *a, const void *b)
{
	__u32 x = *(const __u32 *)a, y = *(const __u32 *)b;

	return x < y ? -1 : x > y;
}

/* Median ns of one run of prog on f; ring, may be NULL, is emptied between. -1: it did not run. */
static double measure(const struct bpf_program *prog, const struct frame *f, int repeat,
		      struct ring_buffer *ring)
{
	__u32 ns[RUNS];

	for (int i = 0; i < RUNS; i++) {
		LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = f->data, .data_size_in = f->len,
			    .repeat = repeat);

		if (bpf_prog_test_run_opts(bpf_program__fd(prog), &opts))
			return -1;
		ns[i] = opts.duration;
		if (ring)
			ring_buffer__consume(ring);
	}
	qsort(ns, RUNS, sizeof(ns[0]), by_value);
	return ns[RUNS / 2];
}

/* Head and rows of a request, over and over: English words and header names. */
static void http_text(uint8_t *to, uint32_t len)
{
	static const char text[] =
		"GET /catalogue/products?category=garden&page=12&sort=price HTTP/1.1\r\n"
		"Host: www.example.com\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0)\r\n"
		"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
		"Accept-Language: en-GB,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"
		"Referer: https://www.example.com/summer/discount/offers\r\n"
		"Cookie: session=7f3a9c1e5b2d4860; theme=light; consent=yes\r\n";

	for (uint32_t i = 0; i < len; i++)
		to[i] = text[i % (sizeof(text) - 1)];
}

/* count markers of len bytes, none of which the text holds. */
static int build_needles(struct hm_needles *n, unsigned int count, uint32_t len)
{
	struct hm_marker m[HM_MAX_MARKERS] = {};

	for (unsigned int i = 0; i < count; i++) {
		m[i].len = len;
		memcpy(m[i].bytes, WORDS, len);
		m[i].bytes[len - 1] += i;
		m[i].bytes[len / 2] += i;
	}
	return needles_build(n, m, count);
}

/* A row for people, and one for tests/bench/run where it asks with BENCH_RAW. */
static inline void row(const char *name, double ns, double empty)
{
	const char *raw = getenv("BENCH_RAW");
	FILE *f = raw ? fopen(raw, "a") : NULL;

	if (ns < 0)
		printf("  %-52s %8s\n", name, "failed");
	else
		printf("  %-52s %8.0f %8.0f\n", name, ns, ns - empty);
	if (!f)
		return;
	fprintf(f, "{\"what\":\"program\",\"name\":\"");
	for (const char *c = name; *c; c++)
		fprintf(f, *c == '"' ? "\\%c" : "%c", *c);
	fprintf(f, "\",\"ns\":%.0f,\"added\":%.0f}\n", ns, ns - empty);
	fclose(f);
}

#endif
