/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A middlebox that resets connections, for tests/lab/reset-injected.sh. Run in the router's
 * namespace: it waits for a segment to PORT that holds WORD and sends its sender one RST in the
 * name of the other end, with the right sequence number but a TTL of its own. Then it ends.
 *
 *   rst PORT WORD TTL
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ADDR_MAX 16

struct segment {
	int family;
	uint8_t src[ADDR_MAX], dst[ADDR_MAX];
	size_t addr_len;
	const struct tcphdr *tcp;
	const uint8_t *payload;
	size_t len; /* bytes of payload */
};

static void die(const char *what)
{
	fprintf(stderr, "rst: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Fills *s from an IP packet; 0, or -1 if it is not TCP. Options yes, extension headers no. */
static int parse(const uint8_t *pkt, size_t len, struct segment *s)
{
	const struct iphdr *ip = (const void *)pkt;
	const struct ip6_hdr *ip6 = (const void *)pkt;
	size_t at, end;

	if (len >= sizeof(*ip) && ip->version == 4 && ip->protocol == IPPROTO_TCP) {
		s->family = AF_INET;
		s->addr_len = 4;
		memcpy(s->src, &ip->saddr, 4);
		memcpy(s->dst, &ip->daddr, 4);
		at = ip->ihl * 4;
		end = ntohs(ip->tot_len);
	} else if (len >= sizeof(*ip6) && ip->version == 6 && ip6->ip6_nxt == IPPROTO_TCP) {
		s->family = AF_INET6;
		s->addr_len = 16;
		memcpy(s->src, &ip6->ip6_src, 16);
		memcpy(s->dst, &ip6->ip6_dst, 16);
		at = sizeof(*ip6);
		end = at + ntohs(ip6->ip6_plen);
	} else {
		return -1;
	}
	if (end > len || at + sizeof(struct tcphdr) > end)
		return -1;
	s->tcp = (const void *)(pkt + at);
	at += s->tcp->doff * 4;
	if (at > end)
		return -1;
	s->payload = pkt + at;
	s->len = end - at;
	return 0;
}

static uint32_t sum16(const void *data, size_t len, uint32_t sum)
{
	const uint8_t *p = data;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += p[i] << 8 | p[i + 1];
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum & 0xffff);
}

static size_t ip_header(const struct segment *s, int ttl, uint8_t *out)
{
	struct iphdr *ip = (void *)out;
	struct ip6_hdr *ip6 = (void *)out;

	if (s->family == AF_INET6) {
		ip6->ip6_flow = htonl(6u << 28);
		ip6->ip6_plen = htons(sizeof(struct tcphdr));
		ip6->ip6_nxt = IPPROTO_TCP;
		ip6->ip6_hlim = ttl;
		memcpy(&ip6->ip6_src, s->dst, 16);
		memcpy(&ip6->ip6_dst, s->src, 16);
		return sizeof(*ip6);
	}
	ip->version = 4;
	ip->ihl = 5;
	ip->tot_len = htons(sizeof(*ip) + sizeof(struct tcphdr));
	ip->ttl = ttl;
	ip->protocol = IPPROTO_TCP;
	memcpy(&ip->saddr, s->dst, 4);
	memcpy(&ip->daddr, s->src, 4);
	ip->check = fold(sum16(ip, sizeof(*ip), 0));
	return sizeof(*ip);
}

static void inject(const struct segment *s, int ttl)
{
	uint8_t out[sizeof(struct ip6_hdr) + sizeof(struct tcphdr)] = { 0 };
	size_t at = ip_header(s, ttl, out);
	struct tcphdr *tcp = (void *)(out + at);
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in to4 = { .sin_family = AF_INET };
	uint32_t sum;
	ssize_t n;
	int fd;

	tcp->source = s->tcp->dest;
	tcp->dest = s->tcp->source;
	tcp->seq = s->tcp->ack_seq;
	tcp->ack_seq = htonl(ntohl(s->tcp->seq) + s->len);
	tcp->doff = sizeof(*tcp) / 4;
	tcp->rst = 1;
	tcp->ack = 1;
	sum = sum16(s->src, s->addr_len, sum16(s->dst, s->addr_len, IPPROTO_TCP + sizeof(*tcp)));
	tcp->check = fold(sum16(tcp, sizeof(*tcp), sum));

	fd = socket(s->family, SOCK_RAW, IPPROTO_RAW); /* the header is ours, in both families */
	if (fd < 0)
		die("raw socket");
	memcpy(&to4.sin_addr, s->src, 4);
	memcpy(&to6.sin6_addr, s->src, 16);
	if (s->family == AF_INET)
		n = sendto(fd, out, at + sizeof(*tcp), 0, (void *)&to4, sizeof(to4));
	else
		n = sendto(fd, out, at + sizeof(*tcp), 0, (void *)&to6, sizeof(to6));
	if (n < 0)
		die("send");
	close(fd);
}

int main(int argc, char **argv)
{
	static uint8_t pkt[65536];
	struct segment s;
	ssize_t n;
	int fd;

	if (argc != 4) {
		fprintf(stderr, "usage: rst PORT WORD TTL\n");
		return 2;
	}
	fd = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL));
	if (fd < 0)
		die("packet socket");
	puts("ready");
	fflush(stdout);
	for (;;) {
		n = recv(fd, pkt, sizeof(pkt), 0);
		if (n < 0)
			die("recv");
		if (parse(pkt, n, &s) || s.tcp->dest != htons(atoi(argv[1])))
			continue;
		if (!memmem(s.payload, s.len, argv[2], strlen(argv[2])))
			continue;
		inject(&s, atoi(argv[3]));
		puts("injected");
		return 0;
	}
}
