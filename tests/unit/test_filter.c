// SPDX-License-Identifier: GPL-2.0-only
/*
 * FILTER against libpcap: whatever filter_parse() accepts libpcap accepts, and hm_filter_match()
 * says of a packet what libpcap says of it or of its mirror image.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"
#include "filter_packet.h"

#define EXPRESSIONS 400
#define PACKETS 2000

static uint32_t rnd_state = 20261122;

static uint32_t rnd(uint32_t below)
{
	rnd_state = rnd_state * 1664525 + 1013904223;
	return (rnd_state >> 8) % below;
}

static const char *pick(const char *const *list, size_t count)
{
	return list[rnd(count)];
}
#define PICK(list) pick(list, HM_ARRAY_SIZE(list))

/* The packets' addresses and ports are drawn from those that the expressions name. */
static const char *const v4[] = {"10.0.0.1", "10.0.0.8", "10.1.2.3", "192.168.1.7", "0.0.0.0",
				 "255.255.255.255"};
static const char *const v6[] = {"fe80::1", "2001:db8::8", "::1", "2001:db8:1::8", "::", "ff02::1"};
static const char *const v4_nets[] = {"10.0.0.0/8",  "10.0.0.0/24", "192.168.1.0/24", "10",
				      "10.0.0.8/31", "192.168.1",   "0.0.0.0/0",      "10.0/16",
				      "10.0.0.0 mask 255.255.0.0",  "0.0.0.1 mask 0.0.0.255"};
static const char *const v6_nets[] = {"fe80::/10", "2001:db8::/32", "::/0", "2001:db8::8/127", "::/96",
				      "::/64"};
static const uint16_t port_numbers[] = {0, 22, 80, 81, 443, 1024, 8080, 40887, 65535};
static const char *const ports[] = {"0",    "22",   "80",    "443", "8080",
				    "http", "https", "65535", "ssh"};
static const char *const ranges[] = {"80-90",	  "443-80", "0-65535",	   "80",
				     "http-443", "1024-65535", "8080-8080"};
static const char *const side_words[] = {"", "src ", "dst ", "src or dst ", "dst or src ",
					 "src and dst ", "dst and src "};
static const char *const ops[] = {" and ", " or ", "&&", " || "};

static void random_addr(uint32_t *addr, int family)
{
	if (family == 4) {
		addr[2] = htonl(0xffff);
		assert_int_equal(inet_pton(AF_INET, PICK(v4), &addr[3]), 1);
	} else {
		assert_int_equal(inet_pton(AF_INET6, PICK(v6), addr), 1);
	}
	if (!rnd(3))
		addr[3] ^= htonl(1U << rnd(32));
}

static struct hm_tuple random_tuple(int family)
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

static void add(struct text *t, const char *word)
{
	t->len += snprintf(t->s + t->len, sizeof(t->s) - t->len, "%s", word);
}

static void add_values(struct text *t, const char *const *list, size_t count)
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

static void add_primitive(struct text *t)
{
	int kind = rnd(9);

	if (kind == 8) {
		add(t, rnd(2) ? "ip" : rnd(2) ? "ip6" : "tcp");
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

static void add_expr(struct text *t, int depth)
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

/* Compares both on random packets; returns how many were inside. */
static int compare(pcap_t *pcap, const char *text, const struct hm_filter *filter, int packets)
{
	struct bpf_program prog;
	int i, inside = 0;

	/* Without its optimiser: that one refuses what can match nothing. */
	if (pcap_compile(pcap, &prog, text, 0, PCAP_NETMASK_UNKNOWN))
		fail_msg("libpcap refuses \"%s\": %s", text, pcap_geterr(pcap));
	for (i = 0; i < packets; i++) {
		int family = rnd(2) ? 4 : 6, want, got;
		struct hm_tuple tuple = random_tuple(family);

		want = pcap_says_either(&prog, &tuple, family);
		got = hm_filter_match(filter, &tuple);
		if (want != got)
			fail_msg("\"%s\": libpcap %d, hopmark %d, IPv%d sport %u dport %u", text,
				 want, got, family, ntohs(tuple.sport), ntohs(tuple.dport));
		inside += got;
	}
	pcap_freecode(&prog);
	return inside;
}

static void test_random(void **state)
{
	pcap_t *pcap = pcap_open_dead(DLT_RAW, 65535);
	char why[HM_FILTER_WHY];
	int i, accepted = 0, both = 0;

	(void)state;
	assert_non_null(pcap);
	for (i = 0; i < EXPRESSIONS; i++) {
		struct text t = {0};
		struct hm_filter filter;
		int inside;

		add_expr(&t, 2);
		if (filter_parse(t.s, &filter, why, sizeof(why))) {
			struct bpf_program prog;

			/* Made of what is supported: only libpcap's own refusals and length count. */
			if (strstr(why, "too long"))
				continue;
			if (!pcap_compile(pcap, &prog, t.s, 0, PCAP_NETMASK_UNKNOWN))
				fail_msg("only libpcap accepts \"%s\": %s", t.s, why);
			continue;
		}
		accepted++;
		inside = compare(pcap, t.s, &filter, PACKETS);
		both += inside > 0 && inside < PACKETS;
	}
	assert_true(accepted > EXPRESSIONS / 2);
	assert_true(both > accepted / 3);
	pcap_close(pcap);
}

struct known {
	const char *text;
	int accepted; /* 1, or 0 with a word of the message */
	const char *says;
};

static const struct known known[] = {
	{"port 80", 1, NULL},
	{"port 80 or 443", 1, NULL},
	{"host 10.0.0.1 and port 80", 1, NULL},
	{"src host 10.0.0.1", 1, NULL},
	{"src 10.0.0.1 and dst port http", 1, NULL},
	{"port 80 and (443 or not 22)", 1, NULL},
	{"port 80 or (host 10.0.0.1) or 443", 1, NULL},
	{"port ((80) or 22)", 1, NULL},
	{"!(port 80||port 22)&&ip6", 1, NULL},
	{"tcp src portrange 80-90", 1, NULL},
	{"portrange 443-80", 1, NULL},
	{"net ::/0", 1, NULL},
	{"net 0.0.0.0/0", 1, NULL},
	{"not not port 80", 1, NULL},
	{"10.0.0.1", 0, "10.0.0.1"},
	{"port", 0, "end"},
	{"port 65536", 0, "65536"},
	{"port -1", 0, "\"-1\""},
	{"port 010", 0, "010"},
	{"port tftp", 0, "UDP"},
	{"port nosuch", 0, "nosuch"},
	{"portrange http", 0, "no range"},
	{"udp port 53", 0, "udp"},
	{"tcp[13] & 2 != 0", 0, "payload"},
	{"tcp[tcpflags] & tcp-syn != 0", 0, "flags"},
	{"vlan 7 and port 80", 0, "VLAN"},
	{"greater 100", 0, "greater"},
	{"host www.example.com", 0, "names are never resolved"},
	{"host 10.0.0", 0, "10.0.0"},
	{"host 256.0.0.1", 0, "256"},
	{"net 10.0.0.1/8", 0, "mask"},
	{"net 10.0.0.0/33", 0, "33"},
	{"net 10/8", 0, "10.0.0.0/8"},
	{"host 10.0.0.0/8", 0, "net"},
	{"host ::ffff:10.0.0.1", 0, "IPv4"},
	{"tcp host 10.0.0.1", 0, "tcp and host"},
	{"ip6 port 80", 0, "ip6 and port"},
	{"ip6 host 10.0.0.1", 0, "ip6"},
	{"ip host ::1", 0, "IPv6"},
	{"tcp and 80", 0, "80"},
	{"(port 80) or 443", 0, "443"},
	{"port ((80 or 443) or 22)", 0, "or"},
	{"port 80 and (443 or host 10.0.0.1)", 0, "host"},
	{"port 80 port 81", 0, "port"},
	{"(port 80", 0, "end"},
	{"port 80)", 0, ")"},
	{"port 80 and", 0, "end"},
	{"src or port 80", 0, "or"},
	{"ether host aa:bb:cc:dd:ee:ff", 0, "ether"},
	{"port 80 \033[2J", 0, "and, or"},
	{"host aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 0, "long"},
};

static void test_known(void **state)
{
	pcap_t *pcap = pcap_open_dead(DLT_RAW, 65535);
	size_t i;

	(void)state;
	for (i = 0; i < HM_ARRAY_SIZE(known); i++) {
		char why[HM_FILTER_WHY] = "";
		struct hm_filter filter;
		int err = filter_parse(known[i].text, &filter, why, sizeof(why));

		if (known[i].accepted && err)
			fail_msg("\"%s\": %s", known[i].text, why);
		if (!known[i].accepted && !err)
			fail_msg("\"%s\" was accepted", known[i].text);
		if (known[i].accepted)
			compare(pcap, known[i].text, &filter, PACKETS);
		else if (!strstr(why, known[i].says) || strchr(why, '\n'))
			fail_msg("\"%s\": %s", known[i].text, why);
	}
	pcap_close(pcap);
}

static void test_empty(void **state)
{
	struct hm_tuple t = random_tuple(4);
	struct hm_filter filter;
	char why[HM_FILTER_WHY];

	(void)state;
	assert_int_equal(filter_parse("  ", &filter, why, sizeof(why)), 0);
	assert_int_equal(filter.count, 0);
	assert_int_equal(hm_filter_match(&filter, &t), 1);
}

static void test_limits(void **state)
{
	char text[2000] = "port 1", why[HM_FILTER_WHY];
	struct hm_filter filter;
	int i;

	(void)state;
	for (i = 0; i < 31; i++)
		strcat(text, " or 2");
	assert_int_equal(filter_parse(text, &filter, why, sizeof(why)), 0);
	strcat(text, " or 3");
	assert_int_not_equal(filter_parse(text, &filter, why, sizeof(why)), 0);
	assert_non_null(strstr(why, "too long"));

	memset(text, '(', 1500);
	text[1500] = '\0';
	assert_int_not_equal(filter_parse(text, &filter, why, sizeof(why)), 0);
	assert_non_null(strstr(why, "parentheses"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
