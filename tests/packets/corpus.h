/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets for tests of the parser, each with what must be found in it. Used by
 * tests/unit/test_packet.c and tests/packets/test_parse.c.
 */
#ifndef CORPUS_H
#define CORPUS_H

#include <stdint.h>
#include <string.h>

#include "hm_packet.h"

#define CORPUS_LEN_MAX 512
#define CORPUS_MAX 64

struct corpus_packet {
	const char *name;
	uint8_t data[CORPUS_LEN_MAX]; /* from the Ethernet header */
	uint32_t len;
	int err; /* what hm_parse() must return, and then what_proto ... */
	uint32_t what;
	uint32_t payload_off, payload_len;
};

static struct corpus_packet corpus[CORPUS_MAX];
static unsigned int corpus_count;

#define CORPUS_SPORT 40887
#define CORPUS_DPORT 80
#define CORPUS_DSCP 46
#define CORPUS_SEQ 0x9abcdef0u
#define CORPUS_ACK 0x01020304u

static void put(struct corpus_packet *c, const void *bytes, uint32_t n)
{
	if (!n)
		return;
	memcpy(c->data + c->len, bytes, n);
	c->len += n;
}

static void put8(struct corpus_packet *c, uint8_t v)
{
	put(c, &v, 1);
}

static void put16(struct corpus_packet *c, uint32_t v)
{
	put8(c, v >> 8);
	put8(c, v);
}

static void put32(struct corpus_packet *c, uint32_t v)
{
	put16(c, v >> 16);
	put16(c, v);
}

static void put_zeros(struct corpus_packet *c, uint32_t n)
{
	while (n--)
		put8(c, 0);
}

static struct corpus_packet *corpus_add(const char *name, uint32_t what)
{
	struct corpus_packet *c = &corpus[corpus_count++];

	*c = (struct corpus_packet){ .name = name, .what = what };
	put(c, "\x02\0\0\0\0\x01\x02\0\0\0\0\x02", 12);
	return c;
}

/* payload: bytes behind this header; options: 0 to 40 bytes, all NOP. frag: as on the wire. */
static void put_ip4(struct corpus_packet *c, uint32_t proto, uint32_t payload, uint32_t options,
		    uint32_t frag)
{
	put8(c, 0x45 + options / 4);
	put8(c, CORPUS_DSCP << 2);
	put16(c, 20 + options + payload);
	put16(c, 4711);
	put16(c, frag);
	put8(c, 63);
	put8(c, proto);
	put16(c, 0);
	put(c, "\x0a\0\0\x04\x0a\0\0\x08", 8);
	while (options--)
		put8(c, 1);
}

static void put_ip6(struct corpus_packet *c, uint32_t next, uint32_t payload)
{
	put32(c, 0x60012345 | CORPUS_DSCP << 22);
	put16(c, payload);
	put8(c, next);
	put8(c, 62);
	put(c, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x04", 16);
	put(c, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x08", 16);
}

static void put_tcp(struct corpus_packet *c, uint32_t flags, uint32_t options)
{
	put16(c, CORPUS_SPORT);
	put16(c, CORPUS_DPORT);
	put32(c, CORPUS_SEQ);
	put32(c, CORPUS_ACK);
	put8(c, (5 + options / 4) << 4);
	put8(c, flags);
	put16(c, 64240);
	put32(c, 0);
	c->payload_off = c->len + options;
}

static void put_syn_options(struct corpus_packet *c)
{
	put(c, "\x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\x01\0\0\0\0\x01\x03\x03\x07", 20);
}

static void put_payload(struct corpus_packet *c, const char *text)
{
	put(c, text, strlen(text));
	c->payload_len = strlen(text);
}

static void corpus_plain(const char *name, const char *text, uint32_t pad)
{
	struct corpus_packet *c = corpus_add(name, HM_PKT_TCP);

	put16(c, HM_ETH_IP4);
	put_ip4(c, 6, 20 + strlen(text), 0, 0x4000);
	put_tcp(c, HM_TCP_ACK | HM_TCP_PSH, 0);
	put_payload(c, text);
	put_zeros(c, pad);
}

static void corpus_syn(const char *name, const char *tags, uint32_t tag_len, uint32_t ip_options)
{
	struct corpus_packet *c = corpus_add(name, HM_PKT_TCP);

	put(c, tags, tag_len);
	put16(c, HM_ETH_IP4);
	put_ip4(c, 6, 40, ip_options, 0x4000);
	put_tcp(c, HM_TCP_SYN, 20);
	put_syn_options(c);
}

static void corpus_fragment4(const char *name, uint32_t what, uint32_t proto, uint32_t frag)
{
	struct corpus_packet *c = corpus_add(name, what);

	put16(c, HM_ETH_IP4);
	put_ip4(c, proto, 32, 0, frag);
	put_tcp(c, HM_TCP_ACK, 0);
	put_payload(c, "twelve bytes");
}

/* ext: extension headers, the first of kind first, the last of which names TCP. */
static void corpus_ip6(const char *name, uint32_t what, uint32_t first, const char *ext,
		       uint32_t ext_len)
{
	struct corpus_packet *c = corpus_add(name, what);

	put16(c, HM_ETH_IP6);
	put_ip6(c, first, ext_len + 20 + 20 + 18);
	put(c, ext, ext_len);
	put_tcp(c, HM_TCP_ACK, 20);
	put_syn_options(c);
	put_payload(c, "GET / HTTP/1.1\r\n\r\n");
}

static void corpus_icmp4(const char *name, uint32_t what, uint32_t type, uint32_t code,
			 uint32_t proto, uint32_t quoted)
{
	struct corpus_packet *c = corpus_add(name, what);

	put16(c, HM_ETH_IP4);
	put_ip4(c, 1, 8 + 20 + quoted, 0, 0);
	put8(c, type);
	put8(c, code);
	put16(c, 0);
	put32(c, 1400);
	put_ip4(c, proto, 1480, 0, 0x4000);
	put_tcp(c, HM_TCP_SYN, 0);
	c->len -= 20 - quoted;
}

static void corpus_icmp6(const char *name, uint32_t what, uint32_t type, uint32_t ext)
{
	struct corpus_packet *c = corpus_add(name, what);

	put16(c, HM_ETH_IP6);
	put_ip6(c, 58, 8 + 40 + (ext ? 8 : 0) + 20);
	put8(c, type);
	put8(c, 0);
	put16(c, 0);
	put32(c, 1280);
	put_ip6(c, ext ? HM_IPPROTO_DSTOPTS : 6, 1400);
	if (ext)
		put(c, "\x06\0\x01\x04\0\0\0\0", 8);
	put_tcp(c, HM_TCP_SYN, 0);
}

/* Changes one byte, counted from the IP header, and says what hm_parse() must return then. */
static void corpus_broken(const char *name, uint32_t at, uint8_t value, int err)
{
	struct corpus_packet *c;

	corpus_plain(name, "payload", 0);
	c = &corpus[corpus_count - 1];
	c->data[HM_ETH_LEN + at] = value;
	c->err = err;
	c->what = err ? HM_PKT_NONE : c->what;
}

static void corpus_build_ip4(void)
{
	corpus_plain("data", "GET /amazinggrace HTTP/1.1\r\nHost: x\r\n\r\n", 0);
	corpus_plain("ack with Ethernet padding", "", 6);
	corpus_plain("status", "HTTP/1.1 404 Not Found\r\n", 0);
	corpus_plain("proxy request", "CONNECT 10.0.0.8:443 HTTP/1.1\r\n", 0);
	corpus_plain("TLS alert", "\x15\x03\x03\x01\x01\x02\x28", 0);
	corpus_syn("syn", "", 0, 0);
	corpus_syn("vlan", "\x81\x00\x00\x05", 4, 0);
	corpus_syn("qinq", "\x88\xa8\x00\x05\x81\x00\x00\x07", 8, 0);
	corpus_syn("ip options", "", 0, 12);
	corpus_syn("qinq, most ip options", "\x88\xa8\x00\x05\x81\x00\x00\x07", 8, 40);
	corpus_fragment4("first fragment", HM_PKT_TCP, 6, 0x2000);
	corpus_fragment4("later fragment", HM_PKT_FRAGMENT, 6, 0x2004);
	corpus_fragment4("last fragment", HM_PKT_FRAGMENT, 6, 0x0004);
	corpus_fragment4("later fragment of UDP", HM_PKT_NONE, 17, 0x0004);
	corpus_fragment4("UDP", HM_PKT_NONE, 17, 0);
	corpus_icmp4("fragmentation needed", HM_PKT_ICMP_QUOTE, 3, 4, 6, 20);
	corpus_icmp4("prohibited, eight bytes", HM_PKT_ICMP_QUOTE, 3, 13, 6, 8);
	corpus_icmp4("time exceeded", HM_PKT_ICMP_QUOTE, 11, 0, 6, 8);
	corpus_icmp4("about UDP", HM_PKT_NONE, 3, 3, 17, 8);
	corpus_icmp4("echo request", HM_PKT_NONE, 8, 0, 6, 20);
	corpus_icmp4("quote cut short", HM_PKT_NONE, 3, 1, 6, 7);
	corpus[corpus_count - 1].err = -EBADMSG;
	corpus_broken("IHL 4", 0, 0x44, -EBADMSG);
	corpus_broken("IP version 5", 0, 0x55, -EBADMSG);
	corpus_broken("IP length beyond the packet", 3, 48, -EBADMSG);
	corpus_broken("IP length within the header", 3, 19, -EBADMSG);
	corpus_broken("data offset 4", 32, 0x40, -EBADMSG);
	corpus_broken("data offset beyond the packet", 32, 0xf0, -EBADMSG);
	corpus_broken("IP length 0, as GSO beyond 64 KB has it", 3, 0, 0);
}

static void corpus_build_ip6(void)
{
	struct corpus_packet *c;

	corpus_ip6("ipv6", HM_PKT_TCP, 6, "", 0);
	corpus_ip6("hop-by-hop", HM_PKT_TCP, 0, "\x06\0\x01\x04\0\0\0\0", 8);
	corpus_ip6("routing and options", HM_PKT_TCP, 43,
		   "\x3c\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x06\0\x01\x04\0\0\0\0", 24);
	corpus_ip6("authentication header", HM_PKT_TCP, 51,
		   "\x06\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24);
	corpus_ip6("atomic fragment", HM_PKT_TCP, 44, "\x06\0\0\0\0\0\0\x01", 8);
	corpus_ip6("ipv6 first fragment", HM_PKT_TCP, 44, "\x06\0\0\x01\0\0\0\x01", 8);
	corpus_ip6("ipv6 later fragment", HM_PKT_FRAGMENT, 44, "\x06\0\0\x09\0\0\0\x01", 8);
	corpus_ip6("ipv6 later fragment of options", HM_PKT_FRAGMENT, 44,
		   "\x3c\0\0\x09\0\0\0\x01", 8);
	corpus_ip6("ipv6 later fragment of UDP", HM_PKT_NONE, 44, "\x11\0\0\x09\0\0\0\x01", 8);
	corpus_ip6("six extension headers", HM_PKT_TCP, 60,
		   "\x3c\0\1\4\0\0\0\0\x3c\0\1\4\0\0\0\0\x3c\0\1\4\0\0\0\0"
		   "\x3c\0\1\4\0\0\0\0\x3c\0\1\4\0\0\0\0\x06\0\1\4\0\0\0\0", 48);
	corpus_ip6("seven extension headers", HM_PKT_NONE, 60,
		   "\x3c\0\1\4\0\0\0\0\x3c\0\1\4\0\0\0\0\x3c\0\1\4\0\0\0\0\x3c\0\1\4\0\0\0\0"
		   "\x3c\0\1\4\0\0\0\0\x3c\0\1\4\0\0\0\0\x06\0\1\4\0\0\0\0", 56);
	corpus[corpus_count - 1].err = -EBADMSG;
	corpus_ip6("extension header beyond the packet", HM_PKT_NONE, 60, "\x06\xff\0\0\0\0\0\0",
		   8);
	corpus[corpus_count - 1].err = -EBADMSG;
	corpus_icmp6("packet too big", HM_PKT_ICMP_QUOTE, 2, 0);
	corpus_icmp6("unreachable, options in the quote", HM_PKT_ICMP_QUOTE, 1, 1);
	corpus_icmp6("neighbour solicitation", HM_PKT_NONE, 135, 0);
	c = corpus_add("ARP", HM_PKT_NONE);
	put16(c, 0x0806);
	put_zeros(c, 46);
}

static inline void corpus_build(void)
{
	corpus_count = 0;
	corpus_build_ip4();
	corpus_build_ip6();
}

#endif
