/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random filters and random ends of connections, drawn from the same few addresses and ports, so
 * that about half of what is compared is inside. Used by test_filter.c and
 * tests/packets/test_filter.c.
 */
#ifndef HM_FILTER_WORDS_H
#define HM_FILTER_WORDS_H

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "hm_abi.h"

static uint32_t rnd_state = 20261122;

static inline uint32_t rnd(uint32_t below)
{
	rnd_state = rnd_state * 1664525 + 1013904223;
	return (rnd_state >> 8) % below;
}

static inline const char *pick(const char *const *list, size_t count)
{
	return list[rnd(count)];
}
#define PICK(list) pick(list, HM_ARRAY_SIZE(list))

static const char *const v4[] = {"10.0.0.1", "10.0.0.8", "10.1.2.3", "192.168.1.7", "0.0.0.0",
				 "255.255.255.255", "127.0.0.1", "224.0.0.5"};
static const char *const v6[] = {"fe80::1", "2001:db8::8", "::1", "2001:db8:1::8", "::", "ff02::1"};
static const char *const v4_nets[] = {"10.0.0.0/8",
				      "10.0.0.0/24",
				      "192.168.1.0/24",
				      "10",
				      "10.0.0.8/31",
				      "192.168.1",
				      "0.0.0.0/0",
				      "127.0.0.0/8",
				      "10.0.0.0 mask 255.255.0.0",
				      "0.0.0.1 mask 0.0.0.255",
				      "0.0.0.0/9"};
static const char *const v6_nets[] = {"fe80::/10", "2001:db8::/32", "::/0", "2001:db8::8/127",
				      "::/96", "::/64", "::/33"};
static const uint16_t port_numbers[] = {0, 22, 80, 81, 443, 1024, 8080, 40887, 65535};
static const char *const ports[] = {"0",    "22",   "80",    "443", "8080",
				    "http", "https", "65535", "ssh"};
static const char *const ranges[] = {"80-90",	 "443-80",     "0-65535", "80",
				     "http-443", "1024-65535", "8080-8080"};
static const char *const side_words[] = {"", "src ", "dst ", "src or dst ", "dst or src ",
					 "src and dst ", "dst and src "};
static const char *const ops[] = {" and ", " or ", "&&", " || "};

/* What a connection can be told by without a host, net or port. */
static const char *const alone[] = {
	"ip",		"ip6",		 "tcp",		 "not udp",	     "udp",
	"icmp",		"icmp6",	 "arp",		 "tcp or udp",	     "ip proto \\tcp",
	"ip proto 17",	"ip6 proto 6",	 "proto 6",	 "ether proto \\ip", "ether proto 0x86dd",
	"ip multicast", "ip6 multicast", "sctp port 80", "udp port 80",	     "ip[6:2] & 0x1fff = 0",
};

/* Sums of what the brackets of pcap-filter(7) can look at. */
static const char *const loads[] = {
	"tcp[0:2]", "tcp[2:2]", "tcp[1]", "tcp[0]", "tcp[0:4]", "tcp[3]", "ip[12:4]", "ip[16:4]",
	"ip[12]", "ip[19]", "ip[14:4]", "ip[13:2]", "ip[15:2]", "ip[9]", "ip6[6]", "ip6[8]",
	"ip6[8:4]", "ip6[22:4]", "ip6[37]", "ip6[24:2]", "ip[18:2]", "ip6[39]",
};
static const char *const sums[] = {" + ", " - ", " * ", " / ", " % ", " & ", " | ", " ^ ",
				   " << ", " >> "};
static const char *const relations[] = {" = ", " != ", " > ", " < ", " >= ", " <= "};
static const char *const numbers[] = {"1", "0", "2", "7", "31", "32", "80", "255", "0x0a000001",
				      "1023", "443", "0xffffffff"};

static inline void random_addr(uint32_t *addr, int family)
{
	if (family == 4) {
		addr[2] = htonl(0xffff);
		inet_pton(AF_INET, PICK(v4), &addr[3]);
	} else {
		inet_pton(AF_INET6, PICK(v6), addr);
	}
	if (!rnd(3))
		addr[3] ^= htonl(1U << rnd(32));
}

static inline struct hm_tuple random_tuple(int family)
{
	struct hm_tuple t = {0};

	random_addr(t.saddr, family);
	random_addr(t.daddr, family);
	t.sport = htons(port_numbers[rnd(HM_ARRAY_SIZE(port_numbers))]);
	t.dport = htons(port_numbers[rnd(HM_ARRAY_SIZE(port_numbers))]);
	return t;
}

/* Random expressions: primitives, omitted qualifiers, not, parentheses. */
struct text {
	char s[1000];
	size_t len;
};

static inline void add(struct text *t, const char *word)
{
	t->len += snprintf(t->s + t->len, sizeof(t->s) - t->len, "%s", word);
	if (t->len >= sizeof(t->s))
		t->len = sizeof(t->s) - 1;
}

static inline void add_values(struct text *t, const char *const *list, size_t count)
{
	int more = rnd(3);

	if (!rnd(8))
		add(t, "not ");
	if (!rnd(5)) {
		add(t, "(");
		add(t, pick(list, count));
		add(t, PICK(ops));
		add(t, rnd(2) ? "" : "! ");
		add(t, pick(list, count));
		add(t, ")");
	} else {
		add(t, pick(list, count));
	}
	while (more-- && !rnd(2)) {
		add(t, PICK(ops));
		add(t, rnd(4) ? "" : "not ");
		add(t, pick(list, count));
	}
}
#define ADD_VALUES(t, list) add_values(t, list, HM_ARRAY_SIZE(list))

static inline void add_sum(struct text *t, int depth)
{
	add(t, rnd(3) ? PICK(loads) : PICK(numbers));
	if (!depth || rnd(2))
		return;
	add(t, PICK(sums));
	add(t, "(");
	add_sum(t, depth - 1);
	add(t, ")");
}

static inline void add_primitive(struct text *t)
{
	int kind = rnd(12);

	if (kind == 8) {
		add(t, PICK(alone));
		return;
	}
	if (kind > 8) {
		add_sum(t, 2);
		add(t, PICK(relations));
		add_sum(t, 1);
		return;
	}
	if (kind < 2)
		add(t, rnd(3) ? "" : kind ? "ip6 " : "ip ");
	if (kind >= 4 && !rnd(3))
		add(t, "tcp ");
	add(t, PICK(side_words));
	if (kind == 0) {
		add(t, "host ");
		ADD_VALUES(t, v4);
	} else if (kind == 1) {
		add(t, "host ");
		ADD_VALUES(t, v6);
	} else if (kind == 2) {
		add(t, "net ");
		ADD_VALUES(t, v4_nets);
	} else if (kind == 3) {
		add(t, "net ");
		ADD_VALUES(t, v6_nets);
	} else if (kind < 7) {
		add(t, "port ");
		ADD_VALUES(t, ports);
	} else {
		add(t, "portrange ");
		ADD_VALUES(t, ranges);
	}
}

static inline void add_expr(struct text *t, int depth)
{
	int terms = 1 + rnd(3), i;

	for (i = 0; i < terms; i++) {
		if (i)
			add(t, PICK(ops));
		if (!rnd(4))
			add(t, rnd(2) ? "not " : "!");
		if (depth && !rnd(3)) {
			add(t, "(");
			add_expr(t, depth - 1);
			add(t, ")");
		} else {
			add_primitive(t);
		}
	}
}

#endif
