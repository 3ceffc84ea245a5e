// SPDX-License-Identifier: GPL-2.0-only
/*
 * FILTER. Input: the expression, a NUL, and bytes of which packets' addresses and ports are made.
 *
 * Holds: what is accepted libpcap accepts, and both say the same of a connection: of addresses and
 * ports from the input, and of those that the filter itself names and their neighbours.
 */
#include <errno.h>

#include "../unit/filter_packet.h"
#include "filter.h"
#include "fuzz.h"

static pcap_t *pcap;

static int family_of(const struct hm_tuple *t)
{
	return !t->saddr[0] && !t->saddr[1] && t->saddr[2] == HM_FILTER_MAPPED ? 4 : 6;
}

static void map(uint32_t addr[4])
{
	addr[0] = addr[1] = 0;
	addr[2] = HM_FILTER_MAPPED;
}

/* Both ends of one family, as every packet has them. */
static void compare(const struct bpf_program *prog, const struct hm_filter *filter,
		    struct hm_tuple t, int family)
{
	if (family == 4) {
		map(t.saddr);
		map(t.daddr);
	} else {
		struct hm_tuple m = mirror_of(&t);

		if (family_of(&t) == 4 || family_of(&m) == 4)
			return; /* IPv4-mapped addresses are on no wire */
	}
	FUZZ_CHECK(hm_filter_match(filter, &t) == pcap_says_either(prog, &t, family));
}

static struct hm_tuple from_input(struct fuzz_input *in)
{
	struct hm_tuple t;

	for (size_t i = 0; i < sizeof(t); i++)
		((uint8_t *)&t)[i] = fuzz_byte(in);
	return t;
}

/* What one operation names, on either end, and one beside it. */
static void compare_op(const struct bpf_program *prog, const struct hm_filter *filter,
		       const struct hm_filter_op *op, struct hm_tuple t)
{
	for (int family = 4; family <= 6; family += 2) {
		for (uint32_t beside = 0; beside < 2; beside++) {
			if (op->kind == HM_F_PORT) {
				t.dport = htons(beside ? op->hi + 1 : op->lo);
				t.sport = htons(beside ? op->lo - 1 : op->hi);
			} else if (op->kind == HM_F_ADDR) {
				memcpy(t.daddr, op->net, sizeof(t.daddr));
				t.daddr[3] ^= htonl(beside);
			}
			compare(prog, filter, t, family);
		}
	}
}

static void check_accepted(const char *text, const struct hm_filter *filter, struct fuzz_input *in)
{
	struct bpf_program prog;
	struct hm_tuple t;

	FUZZ_CHECK(filter->count <= HM_FILTER_OPS);
	FUZZ_CHECK(!pcap_compile(pcap, &prog, text, 0, PCAP_NETMASK_UNKNOWN));
	t = from_input(in);
	compare(&prog, filter, t, 4);
	compare(&prog, filter, t, 6);
	for (uint32_t i = 0; i < filter->count; i++)
		compare_op(&prog, filter, &filter->ops[i], t);
	pcap_freecode(&prog);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, '\0', size) : NULL;
	size_t len = end ? (size_t)(end - data) : size;
	struct fuzz_input in = {data + len, size - len};
	char *text = fuzz_text(data, len), why[HM_FILTER_WHY] = "";
	struct hm_filter filter;
	int err = filter_parse(text, &filter, why, sizeof(why));

	if (!pcap)
		pcap = pcap_open_dead(DLT_RAW, 65535);
	FUZZ_CHECK(pcap);
	FUZZ_CHECK(memchr(why, '\0', sizeof(why)));
	FUZZ_CHECK(err == 0 || (err == -EINVAL && why[0]));
	fuzz_byte(&in); /* the NUL */
	if (!err)
		check_accepted(text, &filter, &in);
	free(text);
	return 0;
}
