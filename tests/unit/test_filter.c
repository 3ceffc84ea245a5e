// SPDX-License-Identifier: GPL-2.0-only
/*
 * FILTER against libpcap: what filter_compile() makes says of a connection what libpcap says of one
 * of its packets or of that one's mirror image; and what it refuses it refuses by name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"
#include "filter_packet.h"
#include "filter_run.h"
#include "filter_words.h"

#define EXPRESSIONS 600
#define PACKETS 2000

/*
 * Without its optimiser, which refuses what can match nothing; but with it where something is
 * divided: it takes out calculations that do not matter, and then they do not end the program by a
 * 0 either.
 */
static int libpcap_compile(pcap_t *pcap, struct bpf_program *prog, const char *text)
{
	if (strpbrk(text, "/%") && !pcap_compile(pcap, prog, text, 1, PCAP_NETMASK_UNKNOWN))
		return 0;
	return pcap_compile(pcap, prog, text, 0, PCAP_NETMASK_UNKNOWN);
}

/* Compares both on random packets; returns how many were inside. */
static int compare(pcap_t *pcap, const char *text, const struct hm_filter *filter, int packets)
{
	struct bpf_program prog;
	int i, inside = 0;

	if (libpcap_compile(pcap, &prog, text))
		fail_msg("libpcap refuses \"%s\": %s", text, pcap_geterr(pcap));
	for (i = 0; i < packets; i++) {
		int family = rnd(2) ? 4 : 6, want, got;
		struct hm_tuple tuple = random_tuple(family);

		want = pcap_says_either(&prog, &tuple, family);
		got = filter_run(filter, &tuple, family);
		if (want != got)
			fail_msg("\"%s\": libpcap %d, hopmark %d, IPv%d sport %u dport %u", text,
				 want, got, family, ntohs(tuple.sport), ntohs(tuple.dport));
		inside += got;
	}
	pcap_freecode(&prog);
	return inside;
}

/*
 * libpcap takes it and hopmark does not. 0: rightly so, as libpcap says of no random packet or of
 * its mirror image that it matches; 1: a sum, in which libpcap can lose which packets its parts are
 * about, and reads those of IPv6 as if they were IPv4.
 */
static int is_refused(pcap_t *pcap, const char *text, const char *why)
{
	const struct hm_filter none = {.count = 2, .insn = {0xb7, 0x95}}; /* return 0 */

	if (strstr(why, "it looks at") && strchr(text, '['))
		return 1;
	if (!strstr(why, "match"))
		fail_msg("\"%s\" is refused: %s", text, why);
	compare(pcap, text, &none, PACKETS);
	return 0;
}

static void test_random(void **state)
{
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, 65535);
	char why[HM_FILTER_WHY];
	int i, accepted = 0, both = 0, broken = 0, lost = 0;

	(void)state;
	assert_non_null(pcap);
	for (i = 0; i < EXPRESSIONS; i++) {
		struct hm_filter filter;
		struct bpf_program prog;
		struct text t = {0};
		int inside;

		add_expr(&t, 2);
		if (!pcap_compile(pcap, &prog, t.s, 1, PCAP_NETMASK_UNKNOWN)) {
			pcap_freecode(&prog);
		} else if (!strstr(pcap_geterr(pcap), "rejects all packets")) {
			if (!filter_compile(t.s, &filter, why, sizeof(why)))
				fail_msg("libpcap refuses \"%s\": %s", t.s, pcap_geterr(pcap));
			broken++;
			continue;
		}
		if (filter_compile(t.s, &filter, why, sizeof(why))) {
			lost += is_refused(pcap, t.s, why);
			continue;
		}
		accepted++;
		inside = compare(pcap, t.s, &filter, PACKETS);
		both += inside > 0 && inside < PACKETS;
	}
	print_message("%d filters: %d compiled, %d of them told packets apart; %d libpcap refuses, "
		      "%d look further\n", EXPRESSIONS, accepted, both, broken, lost);
	assert_true(accepted > EXPRESSIONS / 2);
	assert_true(both > accepted / 2);
	assert_true(lost < EXPRESSIONS / 6);
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
	{"portrange http-https or portrange 22-ssh", 1, NULL},
	{"net ::/0", 1, NULL},
	{"net 0.0.0.0/0", 1, NULL},
	{"ip or net ::/33", 1, NULL}, /* ends with a test that has no inverse */
	{"not not port 80", 1, NULL},
	{"tcp[2:2] & 1 = 0 and ip[12:4] & 0xff > 7", 1, NULL},
	{"ip6[8:2] = 0xfe80 and not ip6 multicast", 1, NULL},
	{"tcp[0:2] + tcp[2:2] > 1000 and tcp[0:2] % 3 = 1", 1, NULL},
	{"tcp[0:2] << (tcp[2:2] & 31) = 0x80000000", 1, NULL}, /* 31 is the most that can be */
	{"tcp[0:2] >> tcp[2:2] = 0", 1, NULL},
	{"ip6[40:2] = 80", 1, NULL}, /* nothing stands before TCP */
	{"host 10.0.0", 1, NULL}, /* the net, as for tcpdump */
	{"port 010", 1, NULL}, /* octal, as for tcpdump */
	{"ip proto \\tcp and not ip6 proto 17", 1, NULL},
	{"not udp and not icmp and not arp and port 80", 1, NULL},
	{"tcp or udp port 53", 1, NULL},
	{"ip or udp[4:2] > 100", 1, NULL}, /* what looks at UDP is never reached */
	{"10.0.0.1", 0, "10.0.0.1"},
	{"port", 0, "\"port\""},
	{"port 65536", 0, "65536"},
	{"port -1", 0, "\"port -1\""},
	{"port tftp", 0, "match"},
	{"port nosuch", 0, "nosuch"},
	{"portrange http", 0, "http"},
	{"udp port 53", 0, "\"udp\""},
	{"tcp[13] & 2 != 0", 0, "\"tcp[13]\": it looks at TCP flags"},
	{"port 80 and tcp[tcpflags] & tcp-syn != 0", 0, "\"tcp[tcpflags]\": it looks at TCP flags"},
	{"tcp[2:2] = 80 and tcp[20:4] = 0x47455420", 0,
	 "\"tcp[20:4]\": it looks at TCP options or payload"},
	{"tcp[((tcp[12] & 0xf0) >> 2):4] = 1", 0, "the TCP header's length"},
	{"tcp[tcp[0]] = 1", 0, "names"},
	{"ip[8] < 5", 0, "\"ip[8]\": it looks at the TTL"},
	{"ip[0] & 15 > 5", 0, "the IP header's length"},
	{"ip[2:2] > 100", 0, "the packet's length"},
	{"ip[6] & 32 != 0", 0, "the fragment bits"},
	{"ip6[7] < 5", 0, "the hop limit"},
	{"ip6[44] = 1", 0, "sequence numbers"},
	{"ether[0] & 1 = 1", 0, "\"ether[0]\": it looks at Ethernet addresses"},
	{"vlan 7 and port 80", 0, "\"vlan\": tags"},
	{"ip6 protochain 6", 0, "\"protochain\""},
	{"greater 100", 0, "\"greater\""},
	{"len > 100", 0, "\"len\""},
	{"inbound", 0, "both directions"},
	{"broadcast", 0, "\"broadcast\": it looks at Ethernet addresses"},
	{"ip broadcast", 0, "netmask"},
	{"ether host aa:bb:cc:dd:ee:ff", 0, "\"ether\": it looks at"},
	{"host localhost", 0, "names are never resolved"},
	{"host www.example.com", 0, "names are never resolved"},
	{"host 256.0.0.1", 0, "256"},
	{"net 10.0.0.1/8", 0, "10.0.0.1/8"},
	{"net 10.0.0.0/33", 0, "32"},
	{"net 10/8", 0, "\"/8\""},
	{"host 10.0.0.0/8", 0, "networks only"},
	{"tcp host 10.0.0.1", 0, "tcp"},
	{"ip6 host 10.0.0.1", 0, "ip6"},
	{"tcp and 80", 0, "80"},
	{"port 80 and ip6 and ip", 0, "match"},
	{"port 80 port 81", 0, "\"port 81\""},
	{"(port 80", 0, "\"(port 80\""},
	{"port 80)", 0, "\")\""},
	{"port 80 and", 0, "\"and\""},
	{"src or port 80", 0, "src or port"},
	{"port 80 \033[2J", 0, "\033"},
	{"host aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	 0, "never"},
};

static void test_known(void **state)
{
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, 65535);
	size_t i;

	(void)state;
	for (i = 0; i < HM_ARRAY_SIZE(known); i++) {
		char why[HM_FILTER_WHY] = "";
		struct hm_filter filter;
		int err = filter_compile(known[i].text, &filter, why, sizeof(why));

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

static void fail_if_refused(const char *text)
{
	char why[HM_FILTER_WHY] = "";
	struct hm_filter filter;

	if (filter_compile(text, &filter, why, sizeof(why)))
		fail_msg("%.60s...: %s", text, why);
	print_message("%.40s...: %u instructions\n", text, filter.count);
}

/* What holds every TCP connection is no filter at all. */
static void test_empty(void **state)
{
	static const char *const every[] = {"",		 "  ",	    "tcp",
					    "ip or ip6", "not udp", "ip6 or not arp"};
	char why[HM_FILTER_WHY];

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_SIZE(every); i++) {
		struct hm_filter filter = {.count = 1};

		assert_int_equal(filter_compile(every[i], &filter, why, sizeof(why)), 0);
		assert_int_equal(filter.count, 0);
	}
}

static void test_limits(void **state)
{
	char text[8000] = "port 1", why[HM_FILTER_WHY];
	struct hm_filter filter;
	int i;

	(void)state;
	for (i = 0; i < 100; i++)
		snprintf(text + strlen(text), 16, " or %d", i * 2);
	fail_if_refused(text);
	strcpy(text, "host 10.0.0.1");
	for (i = 0; i < 240; i++)
		snprintf(text + strlen(text), 32, " or 10.0.%d.%d", i >> 8, i & 255);
	fail_if_refused(text);
	for (; i < 270; i++)
		snprintf(text + strlen(text), 32, " or 10.0.%d.%d", i >> 8, i & 255);
	assert_int_equal(filter_compile(text, &filter, why, sizeof(why)), -EINVAL);
	assert_non_null(strstr(why, "too long"));

	strcpy(text, "tcp[0:2] = 1");
	for (i = 0; i < 18; i++) /* all are under way at once */
		snprintf(text + strlen(text), 64, " + (tcp[%d:2] * %d", i % 3, i + 3);
	for (i = 0; i < 18; i++)
		strcat(text, ")");
	assert_int_equal(filter_compile(text, &filter, why, sizeof(why)), -EINVAL);

	memset(text, '(', 900);
	text[900] = '\0';
	assert_int_not_equal(filter_compile(text, &filter, why, sizeof(why)), 0);
	assert_non_null(strstr(why, "not understood"));
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
