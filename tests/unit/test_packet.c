// SPDX-License-Identifier: GPL-2.0-only
/* The parser on packets with known content, and on the same packets cut short everywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <arpa/inet.h>
#include <cmocka.h>

#include "../packets/corpus.h"

/* A copy of exactly len bytes, so that a sanitizer sees what reads past it. */
static int parse_copy(const uint8_t *data, uint32_t len, int eth, struct hm_packet *p)
{
	uint8_t *copy = malloc(len ? len : 1);
	struct hm_bytes b = { .data = copy, .len = len };
	int err;

	assert_non_null(copy);
	memcpy(copy, data, len);
	memset(p, 0xa5, sizeof(*p));
	err = hm_parse(&b, eth, p);
	free(copy);
	return err;
}

static const struct corpus_packet *named(const char *name)
{
	for (unsigned int i = 0; i < corpus_count; i++)
		if (!strcmp(corpus[i].name, name))
			return &corpus[i];
	fail_msg("no packet \"%s\" in the corpus", name);
	return NULL;
}

static struct hm_packet parsed(const char *name)
{
	const struct corpus_packet *c = named(name);
	struct hm_packet p;

	assert_int_equal(parse_copy(c->data, c->len, 1, &p), 0);
	return p;
}

static int is_tagged(const struct corpus_packet *c)
{
	return c->data[12] == 0x81 || c->data[12] == 0x88;
}

static void check_content(const struct corpus_packet *c, const struct hm_packet *p, uint32_t l2)
{
	if (p->what_proto != c->what)
		fail_msg("%s: %u instead of %u", c->name, p->what_proto, c->what);
	if (c->what != HM_PKT_TCP && c->what != HM_PKT_ICMP_QUOTE)
		return;
	assert_int_equal(ntohs(p->tuple.sport), CORPUS_SPORT);
	assert_int_equal(ntohs(p->tuple.dport), CORPUS_DPORT);
	assert_int_equal(p->seq, CORPUS_SEQ);
	if (c->what == HM_PKT_ICMP_QUOTE)
		return;
	assert_int_equal(p->ack, CORPUS_ACK);
	assert_int_equal(p->window, 64240);
	if (p->payload_off != c->payload_off - l2 || p->payload_len != c->payload_len)
		fail_msg("%s: payload %u+%u", c->name, p->payload_off, p->payload_len);
	assert_int_equal(p->tcp_off + p->tcp_len, p->payload_off);
}

static void whole(void **state)
{
	struct hm_packet p;

	(void)state;
	for (unsigned int i = 0; i < corpus_count; i++) {
		const struct corpus_packet *c = &corpus[i];
		int err = parse_copy(c->data, c->len, 1, &p);

		if (err != c->err)
			fail_msg("%s: %d instead of %d", c->name, err, c->err);
		check_content(c, &p, 0);
		if (err || is_tagged(c) || !strcmp(c->name, "ARP"))
			continue;
		assert_int_equal(parse_copy(c->data + 14, c->len - 14, 0, &p), 0);
		check_content(c, &p, 14);
	}
}

/* Cut short nothing is guessed: no TCP and no quote, unless what is cut off is padding. */
static void truncated(void **state)
{
	struct hm_packet p;

	(void)state;
	for (unsigned int i = 0; i < corpus_count; i++) {
		const struct corpus_packet *c = &corpus[i];
		uint32_t needed = c->payload_off + c->payload_len;

		for (uint32_t len = 0; len < c->len; len++) {
			int err = parse_copy(c->data, len, 1, &p);

			if (c->what == HM_PKT_TCP && len < needed &&
			    strncmp(c->name, "IP length 0", 11)) {
				assert_int_equal(err, -EBADMSG);
				assert_int_equal(p.what_proto, HM_PKT_NONE);
			}
			if (p.what_proto == HM_PKT_TCP)
				assert_true(p.payload_off + p.payload_len <= len);
			if (c->what == HM_PKT_ICMP_QUOTE || c->what == HM_PKT_NONE)
				assert_int_equal(p.what_proto, HM_PKT_NONE);
		}
	}
}

static void header_fields(void **state)
{
	struct hm_packet p = parsed("syn");

	(void)state;
	assert_int_equal(p.family, 4);
	assert_int_equal(p.ttl, 63);
	assert_int_equal(p.ip_id, 4711);
	assert_int_equal(p.tcp_flags, HM_TCP_SYN);
	assert_int_equal(p.tuple.saddr[2], htonl(0xffff));
	assert_int_equal(p.tuple.saddr[3], htonl(0x0a000004));
	assert_int_equal(p.tuple.daddr[3], htonl(0x0a000008));
	p = parsed("ipv6");
	assert_int_equal(p.family, 6);
	assert_int_equal(p.ttl, 62);
	assert_int_equal(p.ip_id, 0);
	assert_int_equal(p.tuple.daddr[0], htonl(0x20010db8));
	assert_int_equal(p.tuple.daddr[3], htonl(8));
}

static void fragments(void **state)
{
	struct hm_packet p = parsed("first fragment");

	(void)state;
	assert_int_equal(p.more_fragments, 1);
	assert_int_equal(parsed("ipv6 first fragment").more_fragments, 1);
	assert_int_equal(parsed("atomic fragment").more_fragments, 0);
	p = parsed("later fragment");
	assert_int_equal(p.tuple.sport, 0);
	assert_int_equal(p.payload_len, 0);
	assert_int_equal(p.tuple.saddr[3], htonl(0x0a000004));
}

static void icmp(void **state)
{
	struct hm_packet p = parsed("fragmentation needed");

	(void)state;
	assert_int_equal(p.icmp_type, 3);
	assert_int_equal(p.icmp_code, 4);
	assert_int_equal(p.icmp_mtu, 1400);
	assert_int_equal(p.icmp_sender[3], htonl(0x0a000004));
	assert_int_equal(parsed("prohibited, eight bytes").icmp_mtu, 0);
	p = parsed("packet too big");
	assert_int_equal(p.family, 6);
	assert_int_equal(p.icmp_mtu, 1280);
	assert_int_equal(p.icmp_sender[3], htonl(4));
}

static void gso_length_zero(void **state)
{
	const struct corpus_packet *c = named("IP length 0, as GSO beyond 64 KB has it");
	static uint8_t big[70000];
	struct hm_packet p;

	(void)state;
	memcpy(big, c->data, c->len);
	assert_int_equal(parse_copy(big, sizeof(big), 1, &p), 0);
	assert_int_equal(p.payload_len, sizeof(big) - 54);
}

static struct hm_rec_syn options_of(const char *bytes, uint32_t n, int want)
{
	struct hm_packet p = { .tcp_off = 0, .tcp_len = 20 + n };
	uint8_t tcp[60] = {};
	struct hm_bytes b = { .data = tcp, .len = 20 + n };
	struct hm_rec_syn syn;

	memcpy(tcp + 20, bytes, n);
	memset(&syn, 0xa5, sizeof(syn));
	assert_int_equal(hm_parse_syn_options(&b, &p, &syn), want);
	return syn;
}

/* Where a SYN's IP header says its DSCP, and what stands there is no such header. */
static void dscp(void **state)
{
	uint8_t ip4[60] = {0x45, 46 << 2 | 1, 0, 60, 0, 1, 0, 0, 63, HM_IPPROTO_TCP};
	uint8_t ip6[60] = {0x60 | 46 >> 2, 46 << 6 & 0xff, 0, 0, 0, 20, HM_IPPROTO_TCP, 63};
	struct hm_bytes b = { .data = ip4, .len = sizeof(ip4) };

	(void)state;
	assert_int_equal(hm_dscp(&b, 20, 4, 63), 46);
	assert_int_equal(hm_dscp(&b, 20, 4, 62), HM_NO_DSCP);
	assert_int_equal(hm_dscp(&b, 24, 4, 63), HM_NO_DSCP); /* options */
	assert_int_equal(hm_dscp(&b, 19, 4, 63), HM_NO_DSCP);
	assert_int_equal(hm_dscp(&b, 80, 4, 63), HM_NO_DSCP);
	b.data = ip6;
	assert_int_equal(hm_dscp(&b, 40, 6, 63), 46);
	assert_int_equal(hm_dscp(&b, 40, 6, 64), HM_NO_DSCP);
	assert_int_equal(hm_dscp(&b, 48, 6, 63), HM_NO_DSCP); /* an extension header */
	assert_int_equal(hm_dscp(&b, 39, 6, 63), HM_NO_DSCP);
}

static void syn_options(void **state)
{
	struct hm_rec_syn s = options_of("\x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\x01\0\0\0\0"
					 "\x01\x03\x03\x07", 20, 0);

	(void)state;
	assert_int_equal(s.mss, 1460);
	assert_int_equal(s.wscale, 7);
	assert_int_equal(s.sack, 1);
	assert_int_equal(s.timestamps, 1);
	assert_int_equal(s.has_listener + s.backlog + s.backlog_max + s.outside + s.dscp, 0);
	s = options_of("", 0, 0);
	assert_int_equal(s.mss, 0);
	assert_int_equal(s.wscale, 255);
	/* Nothing behind the end counts; a length of 0 or past the end is refused. */
	assert_int_equal(options_of("\x00\x02\x04\x05\xb4\0\0\0", 8, 0).mss, 0);
	assert_int_equal(options_of("\x02\x04\x05\xb4\x08\x00\x01\x01", 8, -EBADMSG).mss, 1460);
	options_of("\x01\x01\x01\x02", 4, -EBADMSG);
	options_of("\x02\x05\x05\xb4", 4, -EBADMSG);
	options_of(
		"\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1",
		40, 0);
}

static const struct {
	const char *text;
	uint32_t len;
	struct hm_rec_data want;
} firsts[] = {
	{ "", 0, { .class = HM_CLASS_NONE } },
	{ "amazinggrace\n", 13, { .class = HM_CLASS_OTHER } },
	{ "GET /amazinggrace HTTP/1.1\r\n", 24, { .class = HM_CLASS_HTTP_REQUEST } },
	{ "GET /", 5, { .class = HM_CLASS_HTTP_REQUEST } },
	{ "GET ", 4, { .class = HM_CLASS_OTHER } },
	{ "GET http", 8, { .class = HM_CLASS_OTHER } },
	{ "GETS /x", 7, { .class = HM_CLASS_OTHER } },
	{ "RETR /file", 10, { .class = HM_CLASS_OTHER } },
	{ "OPTIONS * HTTP/1.1", 18, { .class = HM_CLASS_HTTP_REQUEST } },
	{ "GET * HTTP/1.1", 14, { .class = HM_CLASS_OTHER } },
	{ "DELETE /x", 9, { .class = HM_CLASS_HTTP_REQUEST } },
	{ "GET http://10.0.0.8/amaz", 24, { .class = HM_CLASS_HTTP_PROXY } },
	{ "OPTIONS https://10.0.0.8", 24, { .class = HM_CLASS_HTTP_PROXY } },
	{ "CONNECT 10.0.0.8:443 HTT", 24, { .class = HM_CLASS_HTTP_PROXY } },
	{ "CONNECT {\"verbose\":false", 24, { .class = HM_CLASS_OTHER } },
	{ "CONNECT [fd00::1]:443 HT", 24, { .class = HM_CLASS_HTTP_PROXY } },
	{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24, { .class = HM_CLASS_OTHER } },
	{ "HTTP/1.1 404 Not Found\r\n", 24, { .class = HM_CLASS_HTTP_STATUS, .status = 404 } },
	{ "HTTP/1.0 200", 12, { .class = HM_CLASS_HTTP_STATUS, .status = 200 } },
	{ "HTTP/1.1 40", 11, { .class = HM_CLASS_OTHER } },
	{ "HTTP/1.1 904 x", 14, { .class = HM_CLASS_OTHER } },
	{ "HTTP/2 404 xx", 13, { .class = HM_CLASS_OTHER } },
	{ "\x16\x03\x01\x02\x00\x01", 6, { .class = HM_CLASS_TLS, .tls_type = 22 } },
	{ "\x15\x03\x03\x00\x02\x02\x28", 7,
	  { .class = HM_CLASS_TLS, .tls_type = 21, .alert = 40, .alert_level = 2 } },
	{ "\x15\x03\x03\x00\x1a\x02\x28", 7, { .class = HM_CLASS_TLS, .tls_type = 21 } },
	{ "\x16\x03\x01\xff\xff\x01", 6, { .class = HM_CLASS_OTHER } },
	{ "\x16\x03\x01\x02", 4, { .class = HM_CLASS_OTHER } },
};

static void first_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(firsts); i++) {
		struct hm_first first = { .len = firsts[i].len };
		struct hm_rec_data out;

		memset(&out, 0xa5, sizeof(out));
		memcpy(first.bytes, firsts[i].text, firsts[i].len);
		assert_int_equal(hm_classify_first(&first, &out), firsts[i].want.class);
		assert_memory_equal(&out, &firsts[i].want, sizeof(out));
	}
}

static int build(void **state)
{
	(void)state;
	corpus_build();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole),	 cmocka_unit_test(truncated),
		cmocka_unit_test(header_fields), cmocka_unit_test(fragments),
		cmocka_unit_test(icmp),		 cmocka_unit_test(gso_length_zero),
		cmocka_unit_test(dscp),		 cmocka_unit_test(syn_options),
		cmocka_unit_test(first_bytes),
	};

	return cmocka_run_group_tests(tests, build, NULL);
}
