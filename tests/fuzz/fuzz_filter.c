// SPDX-License-Identifier: GPL-2.0-only
/*
 * FILTER. Input: the expression, a NUL, and bytes of which packets' addresses and ports are made.
 *
 * Holds: what is accepted libpcap accepts, and both say the same of a connection: of addresses and
 * ports from the input, and of those that the filter itself compares with and their neighbours;
 * what is refused has one line that says why.
 */
#include <errno.h>

#include "../unit/filter_packet.h"
#include "../unit/filter_run.h"
#include "filter.h"
#include "fuzz.h"

static pcap_t *pcap;

static void map(uint32_t addr[4])
{
	addr[0] = addr[1] = 0;
	addr[2] = htonl(0xffff);
}

static void compare(const struct bpf_program *prog, const struct hm_filter *filter,
		    struct hm_tuple t, int family)
{
	if (family == 4) {
		map(t.saddr);
		map(t.daddr);
	}
	FUZZ_CHECK(filter_run(filter, &t, family) == pcap_says_either(prog, &t, family));
}

static struct hm_tuple from_input(struct fuzz_input *in)
{
	struct hm_tuple t;

	for (size_t i = 0; i < sizeof(t); i++)
		((uint8_t *)&t)[i] = fuzz_byte(in);
	return t;
}

/* What one instruction compares with, as a port and in either address, and one beside it. */
static void compare_number(const struct bpf_program *prog, const struct hm_filter *filter,
			   uint32_t number, struct hm_tuple t)
{
	for (int family = 4; family <= 6; family += 2) {
		for (uint32_t beside = 0; beside < 2; beside++) {
			t.dport = htons((uint16_t)(number + beside));
			t.sport = htons((uint16_t)(number - beside));
			t.saddr[3] = t.daddr[0] = htonl(number + beside);
			compare(prog, filter, t, family);
			t.daddr[3] = t.saddr[0] = htonl(number - beside);
			compare(prog, filter, t, family);
		}
	}
}

static void check_accepted(const char *text, const struct hm_filter *filter, struct fuzz_input *in)
{
	struct bpf_program prog;
	struct hm_tuple t;

	FUZZ_CHECK(filter->count <= HM_FILTER_CODE);
	if (!text[strspn(text, " \t\r\n")])
		return;
	/* As hopmark does it: the optimiser takes out divisions that do not matter. */
	FUZZ_CHECK(!pcap_compile(pcap, &prog, text, 1, PCAP_NETMASK_UNKNOWN));
	t = from_input(in);
	compare(&prog, filter, t, 4);
	compare(&prog, filter, t, 6);
	for (uint32_t i = 0; i < prog.bf_len && i < 64; i++)
		compare_number(&prog, filter, prog.bf_insns[i].k, t);
	pcap_freecode(&prog);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct hm_filter filter;
	const uint8_t *end = size ? memchr(data, '\0', size) : NULL;
	size_t len = end ? (size_t)(end - data) : size;
	struct fuzz_input in = {data + len, size - len};
	char *text, why[HM_FILTER_WHY] = "";
	int err;

	len = len < 1023 ? len : 1023; /* as trace_args.c lets pass */
	text = fuzz_text(data, len);
	err = filter_compile(text, &filter, why, sizeof(why));
	if (!pcap)
		pcap = pcap_open_dead(DLT_EN10MB, 65535);
	FUZZ_CHECK(pcap);
	FUZZ_CHECK(memchr(why, '\0', sizeof(why)));
	FUZZ_CHECK(err == 0 || (err == -EINVAL && why[0] && !filter.count));
	fuzz_byte(&in); /* the NUL */
	if (!err)
		check_accepted(text, &filter, &in);
	free(text);
	return 0;
}
