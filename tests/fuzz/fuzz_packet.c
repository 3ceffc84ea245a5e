// SPDX-License-Identifier: GPL-2.0-only
/*
 * The packet parser, compiled for user space. Input: the frame from its Ethernet header, as a
 * capture holds it; it is parsed as such, and what is behind that header as an IP packet.
 *
 * Holds: nothing is read outside the packet, what is found lies inside it, and the short way
 * through the parser finds what the long way finds.
 */
#include "fuzz.h"
#include "hm_hello.h"
#include "hm_packet.h"

static void check_hello(const struct hm_bytes *b, const struct hm_packet *p)
{
	__u64 found = hm_find_name(b, p->payload_off, p->payload_len);
	__u32 len = HM_HELLO_LEN(found), off = HM_HELLO_OFF(found);

	FUZZ_CHECK(HM_HELLO_STATE(found) <= HM_HELLO_UNSEEN);
	FUZZ_CHECK((HM_HELLO_STATE(found) == HM_HELLO_NAMED) == (len > 0));
	FUZZ_CHECK(!len || (off > p->payload_off && len <= p->payload_off + p->payload_len - off));
}

static void check_tcp(const struct hm_bytes *b, const struct hm_packet *p)
{
	struct hm_rec_syn syn;
	struct hm_rec_data data;

	FUZZ_CHECK(p->family == 4 || p->family == 6);
	FUZZ_CHECK(p->tcp_len >= 20 && p->tcp_len <= 60 && !(p->tcp_len & 3));
	FUZZ_CHECK(p->tcp_off >= 20 && p->payload_off == p->tcp_off + p->tcp_len);
	FUZZ_CHECK(p->payload_off <= b->len && p->payload_len <= b->len - p->payload_off);
	hm_parse_syn_options(b, p, &syn);
	hm_dscp(b, p->tcp_off, p->family, p->ttl);
	FUZZ_CHECK(syn.sack <= 1 && syn.timestamps <= 1 && !syn.has_listener);
	FUZZ_CHECK(!hm_classify_payload(b, p, &data));
	check_hello(b, p);
	FUZZ_CHECK((data.class == HM_CLASS_NONE) == !p->payload_len);
	FUZZ_CHECK(data.class <= HM_CLASS_TLS && data.status < 600);
}

/* hm_parse() without its short cut. */
static int parse_slow(const struct hm_bytes *b, int eth, struct hm_packet *p)
{
	struct hm_walk w;

	memset(p, 0, sizeof(*p));
	return hm_first_proto(b, eth, &w) ? -EBADMSG : hm_parse_slow(b, p, &w);
}

static void parse(const uint8_t *data, size_t size, int eth)
{
	uint8_t *copy = fuzz_copy(data, size);
	struct hm_bytes b = {.data = copy, .len = (uint32_t)size};
	struct hm_packet p, slow;
	int err = hm_parse(&b, eth, &p), slow_err = parse_slow(&b, eth, &slow);

	FUZZ_CHECK(err == 0 || err == -EBADMSG);
	FUZZ_CHECK(err == slow_err);
	FUZZ_CHECK(!err || p.what_proto == HM_PKT_NONE);
	FUZZ_CHECK(err || !memcmp(&p, &slow, sizeof(p)));
	if (!err && p.what_proto == HM_PKT_TCP)
		check_tcp(&b, &p);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	parse(data, size, 1);
	if (size >= HM_ETH_LEN)
		parse(data + HM_ETH_LEN, size - HM_ETH_LEN, 0);
	return 0;
}
