// SPDX-License-Identifier: GPL-2.0-only
/*
 * The filter as the kernel runs it, against libpcap: random expressions, as many random and real
 * frames, with and without an Ethernet header. On the frame as it is libpcap must say the same of
 * it or of its mirror image; but for the differences that README states, VLAN tags, IP options and
 * extension headers, ICMP errors and what is not TCP: there it is asked about what these are about.
 *
 * FILTER_EXPRESSIONS and FILTER_FRAMES say how many; `make check-filter` takes 300 and 100,000.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

/* libbpf has other structs of these names. */
#define bpf_insn pcap_insn
#define bpf_program pcap_program
#include "../unit/filter_packet.h"
#undef bpf_insn
#undef bpf_program
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "filter.h"
#include "filter_frames.h"
#include "old_kernel.h"
#include "packets/filter.skel.h"

#define FRAMES_REAL 1000
#define NOT_BEFORE "what runs the filter here has functions that take pointers"

static struct {
	struct sample *frames;
	int count;
	pcap_t *pcap;
	uint64_t inside, outside;
} t;

static int setting(const char *name, int otherwise)
{
	const char *text = getenv(name);

	return text ? atoi(text) : otherwise;
}

static int open_all(void **state)
{
	const int random = setting("FILTER_FRAMES", 2000);
	int real;

	(void)state;
	t.pcap = pcap_open_dead(DLT_EN10MB, 65535);
	t.frames = calloc((size_t)random + FRAMES_REAL, sizeof(*t.frames));
	if (!t.pcap || !t.frames)
		return -1;
	real = real_frames(t.frames, FRAMES_REAL);
	assert_true(real > 100);
	for (t.count = real; t.count < random; t.count++)
		t.frames[t.count] = random_frame();
	print_message("%d frames, %d of them real\n", t.count, real);
	return 0;
}

static int close_all(void **state)
{
	(void)state;
	pcap_close(t.pcap);
	free(t.frames);
	return 0;
}

static struct filter_bpf *load_filter(const char *text, const struct hm_filter *filter)
{
	struct filter_bpf *skel = calloc(1, sizeof(*skel));
	size_t size;
	const void *elf = filter_bpf__elf_bytes(&size);
	void *linked = filter_link(elf, size, filter);

	assert_non_null(skel);
	assert_non_null(linked);
	assert_int_equal(filter_bpf__create_skeleton(skel), 0);
	skel->skeleton->data = linked;
	skel->skeleton->data_sz = size;
	assert_int_equal(bpf_object__open_skeleton(skel->skeleton, NULL), 0);
	free(linked);
	if (filter_bpf__load(skel))
		fail_msg("the verifier refuses \"%s\"", text);
	return skel;
}

static int kernel_says(const struct bpf_program *prog, const struct sample *s, uint32_t skip)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = s->frame + skip,
		    .data_size_in = s->len - skip);

	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(prog), &opts), 0);
	return (int)opts.retval;
}

static int frame_matches(const struct pcap_program *prog, const struct sample *s)
{
	const struct pcap_pkthdr header = {.caplen = s->len, .len = s->len};

	return pcap_offline_filter(prog, &header, s->frame) != 0;
}

/* Its Ethernet header says what it is: without that a tag, or what nobody asks of, is nothing. */
static bool is_ip(const struct sample *s)
{
	const uint16_t type = (uint16_t)(s->frame[12] << 8 | s->frame[13]);

	return type == 0x0800 || type == 0x86dd;
}

/* What libpcap says: of the frame as it is, where nothing is taken off, and of what it is about. */
static int libpcap_says(const struct pcap_program *prog, const struct sample *s, const char *text)
{
	const int about = s->asked && pcap_says_either(prog, &s->tuple, s->family);
	const struct sample mirror = s->plain ? mirrored(s) : *s;

	if (s->plain && about != (frame_matches(prog, s) || frame_matches(prog, &mirror)))
		fail_msg("\"%s\": the frame as it is says %d", text, !about);
	return about;
}

static void compare(const char *text, const struct pcap_program *prog,
		    const struct hm_filter *filter)
{
	struct filter_bpf *skel = load_filter(text, filter);

	for (int i = 0; i < t.count; i++) {
		const struct sample *s = &t.frames[i];
		const int want = libpcap_says(prog, s, text);

		if (kernel_says(skel->progs.filter_frame, s, 0) != want ||
		    (is_ip(s) && kernel_says(skel->progs.filter_l3, s, ETH_HLEN) != want))
			fail_msg("\"%s\": frame %d: libpcap says %d", text, i, want);
		t.inside += want;
		t.outside += !want;
	}
	filter_bpf__destroy(skel);
}

/* Random expressions, but those that nothing can match or that libpcap refuses. */
static void test_random(void **state)
{
	const int count = setting("FILTER_EXPRESSIONS", 30);
	static struct hm_filter filter;
	char why[HM_FILTER_WHY];

	(void)state;
	if (old_kernel(NOT_BEFORE))
		skip();
	for (int i = 0; i < count;) {
		struct pcap_program prog;
		struct text text = {0};

		add_expr(&text, 2);
		if (filter_compile(text.s, &filter, why, sizeof(why)))
			continue;
		if (pcap_compile(t.pcap, &prog, text.s, 1, PCAP_NETMASK_UNKNOWN))
			fail_msg("libpcap refuses \"%s\": %s", text.s, pcap_geterr(t.pcap));
		compare(text.s, &prog, &filter);
		pcap_freecode(&prog);
		i++;
	}
	print_message("%d filters: %llu times inside, %llu outside\n", count,
		      (unsigned long long)t.inside, (unsigned long long)t.outside);
	assert_true(t.inside > t.outside / 10 && t.outside > t.inside / 10);
}

/* All the room that there is, and a function without a filter. */
static void test_longest(void **state)
{
	static struct hm_filter filter;
	char text[8000] = "host 10.0.0.1", why[HM_FILTER_WHY];
	struct pcap_program prog;

	(void)state;
	if (old_kernel(NOT_BEFORE))
		skip();
	for (int i = 0; i < 240; i++)
		snprintf(text + strlen(text), 16, " or 10.0.%d.%d", i >> 8, i & 255);
	assert_int_equal(filter_compile(text, &filter, why, sizeof(why)), 0);
	assert_int_equal(pcap_compile(t.pcap, &prog, text, 1, PCAP_NETMASK_UNKNOWN), 0);
	assert_true(filter.count > HM_FILTER_CODE * 9 / 10);
	compare("240 hosts", &prog, &filter);
	pcap_freecode(&prog);

	filter.count = 0;
	assert_int_equal(pcap_compile(t.pcap, &prog, "tcp", 1, PCAP_NETMASK_UNKNOWN), 0);
	compare("tcp", &prog, &filter);
	pcap_freecode(&prog);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
