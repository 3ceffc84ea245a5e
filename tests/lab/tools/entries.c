/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fills conntrack's table of this network namespace, for tests/lab/conntrack-full.sh: with COUNT
 * connections by ctnetlink, which never were. They count as assured, or the kernel would throw one
 * out for each that comes.
 *
 *   entries COUNT     they stay two minutes
 *   entries flush     empties the table
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define AT_ONCE 64
#define SECONDS 120

struct message {
	char bytes[512];
	struct nlmsghdr *head;
};

static struct nlattr *put(struct message *m, uint16_t type, const void *data, size_t len)
{
	struct nlattr *a = (struct nlattr *)(m->bytes + m->head->nlmsg_len);

	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + len;
	if (len)
		memcpy((char *)a + NLA_HDRLEN, data, len);
	m->head->nlmsg_len += NLA_ALIGN(a->nla_len);
	return a;
}

static struct nlattr *nest(struct message *m, uint16_t type)
{
	return put(m, type | NLA_F_NESTED, NULL, 0);
}

static void end(struct message *m, struct nlattr *nested)
{
	nested->nla_len = m->bytes + m->head->nlmsg_len - (char *)nested;
}

static void put_tuple(struct message *m, uint16_t type, uint32_t src, uint32_t dst, uint16_t sport,
		      uint16_t dport)
{
	struct nlattr *tuple = nest(m, type), *part = nest(m, CTA_TUPLE_IP);
	uint8_t udp = IPPROTO_UDP;

	put(m, CTA_IP_V4_SRC, &src, sizeof(src));
	put(m, CTA_IP_V4_DST, &dst, sizeof(dst));
	end(m, part);
	part = nest(m, CTA_TUPLE_PROTO);
	put(m, CTA_PROTO_NUM, &udp, sizeof(udp));
	put(m, CTA_PROTO_SRC_PORT, &sport, sizeof(sport));
	put(m, CTA_PROTO_DST_PORT, &dport, sizeof(dport));
	end(m, part);
	end(m, tuple);
}

static void begin(struct message *m, uint8_t kind, uint8_t of_family, uint16_t flags)
{
	struct nfgenmsg family = {.nfgen_family = of_family, .version = NFNETLINK_V0};

	memset(m->bytes, 0, sizeof(m->bytes));
	m->head = (struct nlmsghdr *)m->bytes;
	m->head->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | kind;
	m->head->nlmsg_flags = NLM_F_REQUEST | flags;
	m->head->nlmsg_len = NLMSG_LENGTH(sizeof(family));
	memcpy(NLMSG_DATA(m->head), &family, sizeof(family));
}

static void make(struct message *m, uint32_t number)
{
	uint32_t src = htonl(0xc6120000 | number >> 12), dst = htonl(0xc6130001); /* RFC 2544 */
	uint16_t sport = htons(1 + number % 4096), dport = htons(9);
	uint32_t status = htonl(IPS_ASSURED | IPS_SEEN_REPLY | IPS_CONFIRMED),
		 timeout = htonl(SECONDS);

	begin(m, IPCTNL_MSG_CT_NEW, AF_INET, NLM_F_CREATE);
	put_tuple(m, CTA_TUPLE_ORIG, src, dst, sport, dport);
	put_tuple(m, CTA_TUPLE_REPLY, dst, src, dport, sport);
	put(m, CTA_STATUS, &status, sizeof(status));
	put(m, CTA_TIMEOUT, &timeout, sizeof(timeout));
}

static void send_all(int fd, const void *bytes, size_t len)
{
	if (send(fd, bytes, len, 0) < 0) {
		perror("entries: send");
		exit(1);
	}
}

static void fill(int fd, uint32_t count)
{
	static char batch[AT_ONCE * sizeof(struct message)];
	size_t used = 0;
	struct message m;

	for (uint32_t i = 0; i < count; i++) {
		make(&m, i);
		memcpy(batch + used, m.bytes, m.head->nlmsg_len);
		used += NLMSG_ALIGN(m.head->nlmsg_len);
		if ((i + 1) % AT_ONCE && i + 1 < count)
			continue;
		send_all(fd, batch, used);
		used = 0;
	}
}

int main(int argc, char **argv)
{
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
	struct message m;

	if (fd < 0 || argc != 2) {
		fprintf(stderr, "entries: %s\n", fd < 0 ? strerror(errno) : "entries COUNT|flush");
		return 1;
	}
	if (strcmp(argv[1], "flush")) {
		fill(fd, strtoul(argv[1], NULL, 10));
		return 0;
	}
	begin(&m, IPCTNL_MSG_CT_DELETE, AF_UNSPEC, 0);
	send_all(fd, m.bytes, m.head->nlmsg_len);
	return 0;
}
