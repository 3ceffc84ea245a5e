// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sends the middle of TCP connections, with markers in it: frames of one size on an interface of
 * this namespace, HTTP-like or random, in turn on several connections whose sequence numbers go on.
 * Called by tests/bench/run and tests/lab/bench-smoke.sh. Which bytes are sent, and where the
 * markers are, depends on the arguments only. At the end one JSON line says what was sent.
 *
 *   stream IF MAC SADDR DADDR [frames N] [size N] [payload http|random] [rate N] [every N]
 *          [connections N] [port N] [seed N] [list FILE] [stats 1]
 *
 * size: of a frame without its checksum, over 1514 as one that the card is to cut into segments.
 * port: of the first connection's client, the others' are those that follow.
 * rate: frames a second, 0: as fast as it goes. every: one marker in so many frames, a quarter of
 * them over two frames. list: a line "PORT SEQUENCE whole|split" for each. stats: the kernel counts
 * the time of BPF programs meanwhile. Exit: 0; 1: the kernel refused; 2: usage.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>

#include <bpf/bpf.h>

#include "stream_corpus.h"

#define ETH_LEN 14
#define IP_LEN 20
#define TCP_LEN 20
#define HEADERS (ETH_LEN + IP_LEN + TCP_LEN)
#define SEGMENT 1460 /* payload, where the card is to cut */
#define BATCH 64 /* frames of one call */
#define MAX_CONNECTIONS 64
#define MAX_SIZE 65535
#define WHOLE_ROOM 64 /* payload of a frame with a whole marker, at least */
#define DPORT 80
#define MARKER "amazinggrace"
#define MARKER_LEN (sizeof(MARKER) - 1)

struct options {
	unsigned int ifindex;
	uint8_t mac[6], own_mac[6];
	uint32_t saddr, daddr; /* as on the wire */
	uint64_t frames, size, rate, every, connections, port, seed, stats;
	bool random;
	FILE *list;
};

/* Where the next marker goes: frame number, bytes before it, and how much of it fits there. */
struct place {
	uint64_t frame;
	uint32_t before, fits;
	bool split;
};

struct frame {
	struct virtio_net_hdr vnet;
	uint8_t headers[HEADERS];
} __attribute__((packed));

struct stream {
	struct options o;
	struct corpus corpus;
	uint32_t seq[MAX_CONNECTIONS];
	uint32_t rest[MAX_CONNECTIONS]; /* bytes of a marker that its next frame begins with */
	struct place next;
	uint64_t made, sent, bytes, markers, split, in_calls;
	uint64_t random; /* of the places, the corpus has its own */
	struct frame frames[BATCH];
	struct iovec pieces[BATCH][5];
	struct mmsghdr messages[BATCH];
};

static void put16(uint8_t *at, uint16_t n)
{
	at[0] = n >> 8;
	at[1] = n & 255;
}

static void put32(uint8_t *at, uint32_t n)
{
	put16(at, n >> 16);
	put16(at + 2, n & 0xffff);
}

/* One's complement sum, not yet inverted: RFC 1071. len is even. */
static uint16_t sum(const uint8_t *at, uint32_t len, uint32_t n)
{
	for (uint32_t i = 0; i < len; i += 2)
		n += at[i] << 8 | at[i + 1];
	n = (n & 0xffff) + (n >> 16);
	return (n & 0xffff) + (n >> 16);
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* --- where markers are --- */

static uint32_t below(struct stream *s, uint32_t n)
{
	return corpus_random(&s->random) % n;
}

static uint32_t usual_payload(const struct stream *s)
{
	return s->o.size - HEADERS;
}

/*
 * The marker numbered s->markers: in one of its frames, but the last ones, where half of it would
 * stay.
 */
static void choose_place(struct stream *s)
{
	uint32_t room = usual_payload(s);
	uint64_t first = s->markers * s->o.every;

	s->next.frame = first + below(s, s->o.every - s->o.connections);
	s->next.split = s->markers % 4 == 3;
	if (s->next.split) {
		uint32_t most = room < MARKER_LEN ? room : MARKER_LEN - 1;
		uint32_t least = MARKER_LEN - most;

		s->next.fits = least + below(s, most - least + 1);
		s->next.before = room - s->next.fits;
	} else {
		s->next.fits = MARKER_LEN;
		s->next.before = below(s, (room < WHOLE_ROOM ? WHOLE_ROOM : room) - MARKER_LEN + 1);
	}
}

static void note_marker(struct stream *s, unsigned int connection)
{
	if (s->o.list)
		fprintf(s->o.list, "%u %u %s\n", (unsigned int)s->o.port + connection,
			s->seq[connection] + s->next.before, s->next.split ? "split" : "whole");
	s->markers++;
	s->split += s->next.split;
}

/* --- frames --- */

static void fill_headers(const struct stream *s, struct frame *f, unsigned int connection,
			 uint32_t payload)
{
	uint8_t *eth = f->headers, *ip = eth + ETH_LEN, *tcp = ip + IP_LEN;
	uint32_t segment = TCP_LEN + payload;

	memset(f, 0, sizeof(*f));
	memcpy(eth, s->o.mac, 6);
	memcpy(eth + 6, s->o.own_mac, 6);
	put16(eth + 12, ETH_P_IP);
	ip[0] = 0x45;
	put16(ip + 2, IP_LEN + segment);
	put16(ip + 6, 0x4000); /* not to be fragmented */
	ip[8] = 64;
	ip[9] = IPPROTO_TCP;
	memcpy(ip + 12, &s->o.saddr, 4);
	memcpy(ip + 16, &s->o.daddr, 4);
	put16(ip + 10, ~sum(ip, IP_LEN, 0));
	put16(tcp, s->o.port + connection);
	put16(tcp + 2, DPORT);
	put32(tcp + 4, s->seq[connection]);
	put32(tcp + 8, 1);
	tcp[12] = TCP_LEN / 4 << 4;
	tcp[13] = 0x18; /* PSH, ACK */
	put16(tcp + 14, 64240);
	/* As a host's own packets: the card is to do the rest of the checksum. */
	put16(tcp + 16, sum(ip + 12, 8, IPPROTO_TCP + segment));
	f->vnet.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	f->vnet.csum_start = ETH_LEN + IP_LEN;
	f->vnet.csum_offset = 16;
	f->vnet.hdr_len = HEADERS;
	if (payload > SEGMENT) {
		f->vnet.gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
		f->vnet.gso_size = SEGMENT;
	}
}

static void piece(struct msghdr *m, const void *from, uint32_t len)
{
	if (len)
		m->msg_iov[m->msg_iovlen++] = (struct iovec){ (void *)from, len };
}

/* Frame number s->made, in that slot of the batch: nothing of its payload is copied here. */
static void make_frame(struct stream *s, unsigned int slot)
{
	unsigned int connection = s->made % s->o.connections;
	struct msghdr *m = &s->messages[slot].msg_hdr;
	bool marked = s->o.every && s->made == s->next.frame;
	uint32_t payload = usual_payload(s), rest = s->rest[connection], left;
	const uint8_t *text;

	if (marked && !s->next.split && payload < WHOLE_ROOM)
		payload = WHOLE_ROOM;
	text = corpus_at(&s->corpus, s->made);
	m->msg_iov = s->pieces[slot];
	m->msg_iovlen = 0;
	fill_headers(s, &s->frames[slot], connection, payload);
	piece(m, &s->frames[slot], sizeof(s->frames[slot]));
	piece(m, MARKER + MARKER_LEN - rest, rest);
	left = payload - rest;
	s->rest[connection] = 0;
	if (marked) {
		piece(m, text, s->next.before);
		piece(m, MARKER, s->next.fits);
		left -= s->next.before + s->next.fits;
		s->rest[connection] = MARKER_LEN - s->next.fits;
		note_marker(s, connection);
		choose_place(s);
	}
	piece(m, text + payload - left, left);
	s->seq[connection] += payload;
	s->bytes += HEADERS + payload;
	s->made++;
}

/* All of a batch, however often the kernel has to be asked; what it took is gone in order. */
static int send_batch(struct stream *s, int fd, unsigned int count)
{
	uint64_t began = now();
	unsigned int done = 0;

	while (done < count) {
		int n = sendmmsg(fd, s->messages + done, count - done, 0);

		if (n < 0 && errno != ENOBUFS && errno != EAGAIN && errno != EINTR)
			return -errno;
		done += n > 0 ? n : 0;
	}
	s->in_calls += now() - began;
	s->sent += done;
	return 0;
}

static void pace(const struct stream *s, uint64_t began)
{
	uint64_t due = began + (s->o.rate ? s->sent * 1000000000ULL / s->o.rate : 0);
	struct timespec until = { due / 1000000000, due % 1000000000 };

	if (s->o.rate)
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static int run(struct stream *s, int fd)
{
	uint64_t began = now();
	unsigned int size = s->o.rate && s->o.rate < 50000 ? BATCH / 4 : BATCH, count;
	int err = 0;

	while (!err && s->made < s->o.frames) {
		count = s->o.frames - s->made < size ? s->o.frames - s->made : size;
		for (unsigned int i = 0; i < count; i++)
			make_frame(s, i);
		err = send_batch(s, fd, count);
		pace(s, began);
	}
	if (!err)
		printf("{\"sent\":%llu,\"bytes\":%llu,\"ns\":%llu,\"in_calls_ns\":%llu,"
		       "\"markers\":%llu,\"split\":%llu}\n",
		       (unsigned long long)s->sent, (unsigned long long)s->bytes,
		       (unsigned long long)(now() - began), (unsigned long long)s->in_calls,
		       (unsigned long long)s->markers, (unsigned long long)s->split);
	return err;
}

static int open_device(struct stream *s)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), on = 1, room = 8 << 20;
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = s->o.ifindex };

	if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) ||
	    bind(fd, (struct sockaddr *)&to, sizeof(to)))
		return -errno;
	return fd;
}

/* --- the command line --- */

static bool parse_mac(uint8_t mac[6], const char *text)
{
	return sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0], &mac[1], &mac[2], &mac[3],
		      &mac[4], &mac[5]) == 6;
}

static bool parse_word(struct options *o, const char *key, const char *value)
{
	const struct {
		const char *name;
		uint64_t *to;
	} numbers[] = {
		{ "frames", &o->frames }, { "size", &o->size }, { "rate", &o->rate },
		{ "every", &o->every }, { "connections", &o->connections }, { "port", &o->port },
		{ "seed", &o->seed }, { "stats", &o->stats },
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (!strcmp(key, numbers[i].name))
			return sscanf(value, "%lu", numbers[i].to) == 1;
	if (!strcmp(key, "payload")) {
		o->random = !strcmp(value, "random");
		return o->random || !strcmp(value, "http");
	}
	return !strcmp(key, "list") && (o->list = fopen(value, "w"));
}

static bool parse(struct options *o, int argc, char **argv)
{
	*o = (struct options){ .frames = 1000, .size = 1514, .connections = 4, .port = 40000,
			       .own_mac = { 2 } };
	if (argc < 5 || argc % 2 == 0 || !(o->ifindex = if_nametoindex(argv[1])) ||
	    !parse_mac(o->mac, argv[2]) || inet_pton(AF_INET, argv[3], &o->saddr) != 1 ||
	    inet_pton(AF_INET, argv[4], &o->daddr) != 1)
		return false;
	for (int i = 5; i < argc; i += 2)
		if (!parse_word(o, argv[i], argv[i + 1]))
			return false;
	return o->connections && o->connections <= MAX_CONNECTIONS && o->size <= MAX_SIZE &&
	       o->port + o->connections <= 65536 && o->size >= HEADERS + MARKER_LEN / 2 &&
	       (!o->every || o->every > 2 * o->connections);
}

int main(int argc, char **argv)
{
	static struct stream s;
	int fd, stats = -1, err;

	if (!parse(&s.o, argc, argv)) {
		fprintf(stderr, "usage: stream IF MAC SADDR DADDR [KEY VALUE]...\n");
		return 2;
	}
	s.random = s.o.seed + 1;
	err = corpus_build(&s.corpus, s.o.random, s.o.seed);
	for (unsigned int i = 0; i < MAX_CONNECTIONS; i++)
		s.seq[i] = corpus_random(&s.random);
	if (s.o.every)
		choose_place(&s);
	if (s.o.stats)
		stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	fd = err ? err : open_device(&s);
	err = fd < 0 ? fd : run(&s, fd);
	if (err || (s.o.stats && stats < 0))
		fprintf(stderr, "stream: %s\n", err ? strerror(-err) : "no time of BPF programs");
	if (s.o.list && fclose(s.o.list))
		err = -EIO;
	return err ? 1 : 0;
}
