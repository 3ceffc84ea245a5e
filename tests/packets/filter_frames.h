/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames to filter: random ones of every shape that the parser takes apart, and real ones that this
 * kernel sends over the loopback of a namespace of its own. Included by test_filter.c.
 */
#ifndef HM_FILTER_FRAMES_H
#define HM_FILTER_FRAMES_H

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "../unit/filter_packet.h"
#include "../unit/filter_words.h"

struct sample {
	uint8_t frame[160]; /* from the Ethernet header; real ones are cut behind the TCP header */
	uint32_t len;
	struct hm_tuple tuple;
	int family;
	/* it is TCP or an ICMP error about it, and so the filter's to judge by .tuple */
	bool asked;
	bool plain; /* nothing is taken off: libpcap may be asked about the frame as it is */
};

static inline void put_bytes(struct sample *s, const void *bytes, uint32_t n)
{
	memcpy(s->frame + s->len, bytes, n);
	s->len += n;
}

static inline void put_be16(struct sample *s, uint16_t v)
{
	v = htons(v);
	put_bytes(s, &v, sizeof(v));
}

static inline void put_random(struct sample *s, uint32_t n)
{
	while (n--)
		s->frame[s->len++] = (uint8_t)rnd(256);
}

/* words: of IPv4 options; frag as on the wire; payload: bytes behind the header. */
static inline void put_v4(struct sample *s, const struct hm_tuple *t, int proto, uint32_t words,
			  uint16_t frag, uint32_t payload)
{
	const uint8_t head = 0x45 + (uint8_t)words, nop[12] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

	put_bytes(s, &head, 1);
	put_random(s, 1);
	put_be16(s, (uint16_t)(20 + words * 4 + payload));
	put_random(s, 2);
	put_be16(s, frag);
	put_random(s, 1);
	s->frame[s->len++] = (uint8_t)proto;
	put_random(s, 2);
	put_bytes(s, &t->saddr[3], 4);
	put_bytes(s, &t->daddr[3], 4);
	put_bytes(s, nop, words * 4);
}

static inline void put_v6(struct sample *s, const struct hm_tuple *t, int next, uint32_t payload)
{
	s->frame[s->len++] = 0x60;
	put_random(s, 3);
	put_be16(s, (uint16_t)payload);
	s->frame[s->len++] = (uint8_t)next;
	put_random(s, 1);
	put_bytes(s, t->saddr, 16);
	put_bytes(s, t->daddr, 16);
}

static inline void put_tcp_of(struct sample *s, const struct hm_tuple *t)
{
	put_bytes(s, &t->sport, 2);
	put_bytes(s, &t->dport, 2);
	put_random(s, 8);
	s->frame[s->len++] = 0x50;
	put_random(s, 7);
}

static inline void put_tags(struct sample *s, uint32_t tags)
{
	static const uint16_t types[] = {0x8100, 0x88a8};

	put_random(s, 12);
	while (tags--) {
		put_be16(s, types[tags]);
		put_random(s, 2);
	}
	put_be16(s, s->family == 4 ? 0x0800 : 0x86dd);
}

/* An ICMP error from anybody that quotes a packet with this tuple. */
static inline void put_icmp_quote(struct sample *s, const struct hm_tuple *t)
{
	const struct hm_tuple outer = random_tuple(s->family);
	const uint8_t head[8] = {s->family == 4 ? 3 : 1, 1};

	if (s->family == 4) {
		put_v4(s, &outer, IPPROTO_ICMP, 0, 0, 8 + 20 + 8);
		put_bytes(s, head, 8);
		put_v4(s, t, IPPROTO_TCP, 0, 0, 40);
	} else {
		put_v6(s, &outer, IPPROTO_ICMPV6, 8 + 40 + 8);
		put_bytes(s, head, 8);
		put_v6(s, t, IPPROTO_TCP, 40);
	}
	put_bytes(s, &t->sport, 2);
	put_bytes(s, &t->dport, 2);
	put_random(s, 4);
}

static inline struct sample random_frame(void)
{
	enum { TAGGED = 4, OPTIONS, QUOTE, UDP, FRAGMENT, SHAPES };
	const uint32_t shape = rnd(SHAPES), words = shape == OPTIONS ? 1 + rnd(3) : 0;
	struct sample s = {.family = rnd(2) ? 4 : 6};
	const int proto = shape == UDP ? IPPROTO_UDP : IPPROTO_TCP;

	s.tuple = random_tuple(s.family);
	s.asked = shape < UDP;
	s.plain = shape < TAGGED;
	put_tags(&s, shape == TAGGED ? 1 + rnd(2) : 0);
	if (shape == QUOTE) {
		put_icmp_quote(&s, &s.tuple);
		return s;
	}
	if (s.family == 4) {
		put_v4(&s, &s.tuple, proto, words, shape == FRAGMENT ? 7 : 0, 20);
	} else if (shape == OPTIONS || shape == FRAGMENT) {
		/* a destination options header (8 bytes), or a later fragment's */
		const uint8_t ext[8] = {IPPROTO_TCP, 0, 1, shape == FRAGMENT ? 8 : 4};

		put_v6(&s, &s.tuple, shape == FRAGMENT ? IPPROTO_FRAGMENT : IPPROTO_DSTOPTS, 28);
		put_bytes(&s, ext, sizeof(ext));
	} else {
		put_v6(&s, &s.tuple, proto, 20);
	}
	put_tcp_of(&s, &s.tuple);
	return s;
}

/* The frame with source and destination swapped; only for .plain ones. */
static inline struct sample mirrored(const struct sample *s)
{
	struct sample m = *s;
	const uint32_t len = s->family == 4 ? 4 : 16;
	const uint32_t at = s->family == 4 ? 26 : 22, ports = at + 2 * len;

	memcpy(m.frame + at, s->frame + at + len, len);
	memcpy(m.frame + at + len, s->frame + at, len);
	memcpy(m.frame + ports, s->frame + ports + 2, 2);
	memcpy(m.frame + ports + 2, s->frame + ports, 2);
	return m;
}

/* What a real frame of the loopback is: without options of IP, as this kernel sends it. */
static inline bool recognise(struct sample *s)
{
	const bool v4 = s->frame[12] == 0x08 && s->frame[13] == 0x00 && s->frame[14] == 0x45;
	const bool v6 = s->frame[12] == 0x86 && s->frame[13] == 0xdd;

	if (s->len < 14 + 40 || !(v4 || v6))
		return false;
	s->family = v4 ? 4 : 6;
	s->asked = s->plain = s->frame[v4 ? 23 : 20] == IPPROTO_TCP;
	if (v4) {
		s->tuple.saddr[2] = s->tuple.daddr[2] = htonl(0xffff);
		memcpy(&s->tuple.saddr[3], s->frame + 26, 4);
		memcpy(&s->tuple.daddr[3], s->frame + 30, 4);
		memcpy(&s->tuple.sport, s->frame + 34, 4);
	} else {
		memcpy(s->tuple.saddr, s->frame + 22, 32);
		memcpy(&s->tuple.sport, s->frame + 54, 4);
	}
	return true;
}

static inline int loopback(void)
{
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	int any, fd;

	if (unshare(CLONE_NEWNET))
		return -1;
	any = socket(AF_INET, SOCK_DGRAM, 0);
	if (any < 0 || ioctl(any, SIOCSIFFLAGS, &lo))
		return -1;
	close(any);
	at.sll_ifindex = (int)if_nametoindex("lo");
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(ETH_P_ALL));
	return fd >= 0 && !bind(fd, (struct sockaddr *)&at, sizeof(at)) ? fd : -1;
}

/* One exchange between ports of the list: refused, answered, or a datagram that ICMP answers. */
static inline void talk(int family, uint16_t from, uint16_t to, bool listens, int type)
{
	struct sockaddr_in6 a6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct sockaddr_in a4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr *a = family == 4 ? (struct sockaddr *)&a4 : (struct sockaddr *)&a6;
	const socklen_t len = family == 4 ? sizeof(a4) : sizeof(a6);
	const int domain = family == 4 ? AF_INET : AF_INET6, one = 1;
	int server = socket(domain, SOCK_STREAM, 0), client = socket(domain, type, 0);

	setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(client, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	a4.sin_port = a6.sin6_port = to;
	if (listens && !bind(server, a, len))
		listen(server, 4);
	a4.sin_port = a6.sin6_port = from;
	bind(client, a, len);
	a4.sin_port = a6.sin6_port = to;
	if (!connect(client, a, len))
		send(client, "GET / HTTP/1.0\r\n\r\n", 18, MSG_NOSIGNAL);
	close(client);
	close(server);
}

/* Fills samples with frames of real traffic, at most count; how many, or -1: not permitted here. */
static inline int real_frames(struct sample *samples, int count)
{
	const int back = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	const int fd = loopback();
	int got = 0;

	for (int i = 0; fd >= 0 && i < 400 && got < count; i++) {
		struct sample s = {0};
		ssize_t n;

		talk(rnd(2) ? 4 : 6, htons(port_numbers[rnd(HM_ARRAY_SIZE(port_numbers))]),
		     htons(port_numbers[rnd(HM_ARRAY_SIZE(port_numbers))]), rnd(3),
		     rnd(5) ? SOCK_STREAM : SOCK_DGRAM);
		while (got < count && (n = recv(fd, s.frame, sizeof(s.frame), 0)) > 0) {
			s.len = (uint32_t)n;
			if (s.len < sizeof(s.frame) && recognise(&s))
				samples[got++] = s;
			s = (struct sample){0};
		}
	}
	if (fd >= 0)
		close(fd);
	if (back < 0 || setns(back, CLONE_NEWNET))
		got = -1;
	close(back);
	return fd < 0 ? -1 : got;
}

#endif
