// SPDX-License-Identifier: GPL-2.0-only
/*
 * Values of a FILTER: addresses, nets, ports and service names, each to one operation.
 * Called by filter.c. The rules are libpcap's (gencode.c: gen_scode, gen_ncode, gen_mcode).
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"
#include "services.h"

#define V4_PREFIX 96 /* bits of ::ffff:0:0 */

struct refusal {
	const char *word, *why;
};

#define NOT_TCP "hopmark follows TCP connections"
#define FLAGS "a filter picks connections, not packets by their flags or payload"
#define NO_LINK "a filter picks connections by address and port, not by link layer"

static const struct refusal refusals[] = {
	{"udp", NOT_TCP},	    {"icmp", NOT_TCP},
	{"icmp6", NOT_TCP},	    {"sctp", NOT_TCP},
	{"igmp", NOT_TCP},	    {"arp", NOT_TCP},
	{"rarp", NOT_TCP},	    {"proto", NOT_TCP},
	{"protochain", NOT_TCP},    {"greater", FLAGS},
	{"less", FLAGS},	    {"len", FLAGS},
	{"[", FLAGS},		    {"ether", NO_LINK},
	{"link", NO_LINK},	    {"wlan", NO_LINK},
	{"vlan", "VLAN tags are taken off first"},
	{"mpls", NO_LINK},	    {"pppoes", NO_LINK},
	{"geneve", NO_LINK},	    {"vxlan", NO_LINK},
	{"broadcast", NOT_TCP},	    {"multicast", NOT_TCP},
	{"gateway", NO_LINK},	    {"inbound", "both directions of a connection are watched"},
	{"outbound", "both directions of a connection are watched"},
	{"ifname", "interfaces are named with -i"},
};

const char *filter_why_not(const char *word)
{
	size_t i;

	for (i = 0; i < HM_ARRAY_SIZE(refusals); i++)
		if (!strcmp(word, refusals[i].word))
			return refusals[i].why;
	return NULL;
}

/* Decimal without a leading zero: pcap-filter reads 010 as octal, and people do not. */
static bool number(const char *text, unsigned long max, unsigned long *out)
{
	size_t len = strspn(text, "0123456789");

	if (!len || text[len] || len > 9 || (text[0] == '0' && len > 1))
		return false;
	*out = strtoul(text, NULL, 10);
	return *out <= max;
}

static int refuse(char *why, size_t why_len, const char *value, const char *reason)
{
	snprintf(why, why_len, "filter: \"%.80s\": %s", value, reason);
	return -EINVAL;
}

/* A port number or a TCP service of services(5). */
static int one_port(const char *text, __u16 *port, char *why, size_t why_len)
{
	unsigned long n;
	int service;

	if (isdigit((unsigned char)text[0])) {
		if (!number(text, 65535, &n))
			return refuse(why, why_len, text, "not a port: 0 to 65535, in decimal");
		*port = n;
		return 0;
	}
	service = services_port(text, "tcp");
	if (service < 0 && services_port(text, "udp") >= 0)
		return refuse(why, why_len, text, "a UDP service; " NOT_TCP);
	if (service < 0)
		return refuse(why, why_len, text, "not a port or a service of /etc/services");
	*port = service;
	return 0;
}

/* "80", "http" or, as a range, "80-90"; names may hold a "-" themselves only outside ranges. */
static int port_value(const struct hm_qual *q, const char *value, struct hm_filter_op *op,
		      char *why, size_t why_len)
{
	const char *dash = q->kind == HM_Q_PORTRANGE ? strchr(value, '-') : NULL;
	char first[64];
	__u16 swap;
	int err;

	if (q->proto == HM_Q_IP || q->proto == HM_Q_IP6)
		return refuse(why, why_len, value,
			      "ip and ip6 do not go with a port: write \"ip6 and port ...\"");
	if (q->kind == HM_Q_PORTRANGE && !dash && !isdigit((unsigned char)value[0]))
		return refuse(why, why_len, value, "no range; write \"port\" for one service");
	snprintf(first, sizeof(first), "%.*s",
		 dash ? (int)(dash - value < 63 ? dash - value : 63) : 63, value);
	op->kind = HM_F_PORT;
	err = one_port(first, &op->lo, why, why_len);
	if (!err)
		err = one_port(dash ? dash + 1 : first, &op->hi, why, why_len);
	if (!err && op->lo > op->hi) {
		swap = op->lo;
		op->lo = op->hi;
		op->hi = swap;
	}
	return err;
}

static void set_mask(struct hm_filter_op *op, unsigned int bits)
{
	unsigned int i, here;

	for (i = 0; i < 4; i++, bits -= here) {
		here = bits < 32 ? bits : 32;
		op->mask[i] = htonl(here ? ~0U << (32 - here) : 0);
	}
}

/* False if the address has bits that the mask leaves out. */
static bool within_mask(const struct hm_filter_op *op)
{
	int i;

	for (i = 0; i < 4; i++)
		if (op->net[i] & ~op->mask[i])
			return false;
	return true;
}

/* An IPv4 address; for a net one to four numbers, as in "net 192.168.1". bits: how many it says. */
static bool parse_v4(const char *value, bool partial, __u32 *addr, unsigned int *bits)
{
	char part[4][4] = {"", "", "", ""};
	unsigned long n;
	int count, i, used = 0;

	count = sscanf(value, "%3[0-9].%3[0-9].%3[0-9].%3[0-9]%n", part[0], part[1], part[2],
		       part[3], &used);
	if (count < 1 || (count < 4 && !partial) || (count == 4 && value[used]))
		return false;
	*addr = 0;
	for (i = 0; i < count; i++, *addr = *addr << 8 | n)
		if (!number(part[i], 255, &n))
			return false;
	for (i = 0, used = -1; i < count; i++)
		used += 1 + (int)strlen(part[i]);
	if (value[used])
		return false;
	*addr = htonl(*addr << (32 - 8 * count));
	*bits = 8 * count;
	return true;
}

static int v4_value(const struct hm_qual *q, const char *value, const char *len, bool dotted,
		    struct hm_filter_op *op, char *why, size_t why_len)
{
	unsigned int bits;
	unsigned long n;
	__u32 mask;

	if (q->proto == HM_Q_IP6)
		return refuse(why, why_len, value, "an IPv4 address after ip6");
	if (!parse_v4(value, q->kind == HM_Q_NET, &op->net[3], &bits))
		return refuse(why, why_len, value,
			      isdigit((unsigned char)value[0]) ?
				      "not an IPv4 address" :
				      "not an address; names are never resolved");
	if (!strchr(value, '.') && (len || !op->net[3]))
		return refuse(why, why_len, value, "write the net out, as in 10.0.0.0/8");
	if (len && !dotted) {
		if (!number(len, 32, &n))
			return refuse(why, why_len, len, "not a prefix length: 0 to 32");
		bits = n;
	}
	op->net[2] = htonl(0xffff);
	set_mask(op, V4_PREFIX + bits);
	if (len && dotted) {
		if (inet_pton(AF_INET, len, &mask) != 1)
			return refuse(why, why_len, len, "not a net mask");
		op->mask[3] = mask;
	}
	return 0;
}

static int v6_value(const struct hm_qual *q, const char *value, const char *len, bool dotted,
		    struct hm_filter_op *op, char *why, size_t why_len)
{
	unsigned long bits = 128;

	if (q->proto == HM_Q_IP)
		return refuse(why, why_len, value, "an IPv6 address after ip");
	if (inet_pton(AF_INET6, value, op->net) != 1)
		return refuse(why, why_len, value, "not an IPv6 address");
	if (IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)(const void *)op->net))
		return refuse(why, why_len, value, "an IPv4-mapped address: write it as IPv4");
	if (len && (dotted || !number(len, 128, &bits)))
		return refuse(why, why_len, len, "not a prefix length: 0 to 128");
	set_mask(op, bits);
	return 0;
}

static int addr_value(const struct hm_qual *q, const char *value, const char *len, bool dotted,
		      struct hm_filter_op *op, char *why, size_t why_len)
{
	int err;

	if (q->proto == HM_Q_TCP)
		return refuse(why, why_len, value,
			      "tcp does not go with an address: write \"tcp and host ...\"");
	if (len && q->kind != HM_Q_NET)
		return refuse(why, why_len, value, "a prefix length goes with net");
	op->kind = HM_F_ADDR;
	err = strchr(value, ':') ? v6_value(q, value, len, dotted, op, why, why_len) :
				   v4_value(q, value, len, dotted, op, why, why_len);
	if (err)
		return err;
	if (!within_mask(op))
		return refuse(why, why_len, value, "bits set beyond the net's mask");
	return 0;
}

int filter_value(const struct hm_qual *q, const char *value, const char *len, int dotted,
		 struct hm_filter_op *op, char *why, size_t why_len)
{
	memset(op, 0, sizeof(*op));
	op->side = q->side;
	if (!q->valid)
		return refuse(why, why_len, value, "host, net, port or portrange is missing");
	if (q->kind != HM_Q_PORT && q->kind != HM_Q_PORTRANGE)
		return addr_value(q, value, len, dotted, op, why, why_len);
	if (len)
		return refuse(why, why_len, value, "a prefix length goes with net");
	return port_value(q, value, op, why, why_len);
}

int filter_value_needs_ip6(const struct hm_filter_op *op)
{
	return op->kind == HM_F_ADDR && !op->mask[3] && !op->net[0] && !op->net[1] &&
	       (htonl(0xffff) & op->mask[2]) == op->net[2] && op->mask[2] != htonl(~0U);
}
