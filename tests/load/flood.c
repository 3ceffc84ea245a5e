// SPDX-License-Identifier: GPL-2.0-only
/*
 * A flood: millions of TCP frames that an interface of this namespace receives, by
 * BPF_PROG_TEST_RUN with live frames (Linux 5.18). Called by tests/load/flood.sh and tests/lab.
 * What was sent is printed as one JSON line at the end, also after SIGINT and SIGTERM.
 *
 *   flood IF DADDR DPORT KIND [frames N] [seconds N] [rate N] [seed N] [source NET/BITS]
 *
 * rate: frames a second, 0: as fast as it goes. Exit: 0; 1: the kernel refused; 2: usage; 77: it
 * has no live frames.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/types.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "flood.h"
#include "load/flood.skel.h"

#define ETH_LEN 14
#define IP_LEN 20
#define TCP_LEN 20
#define BURST 4096 /* frames of one call */
#define BATCH 64 /* frames the kernel passes on at once */
#define ETH_P_IP 0x0800
#define PROTO_TCP 6
#define PROTO_UDP 17
#define SYN 0x02
#define PSH_ACK 0x18
#define LATER_FRAGMENT 0x2010 /* more fragments, offset 128 bytes */
#define MARKER "GET /amazinggrace HTTP/1.1\r\nHost: flood\r\n\r\n"

/* The kinds of frames; a flood sends those of its bits in turn, a burst of each. */
static const struct kind {
	const char *name;
	uint8_t flags, proto;
	uint16_t fragment;
	bool vary_addr, vary_port, random_seq;
	uint32_t seq_step;
	const char *payload;
} kinds[] = {
	{ "syn", SYN, PROTO_TCP, 0, true, true, true, 0, "" },
	{ "same-syn", SYN, PROTO_TCP, 0, false, false, false, 0, "" },
	{ "new-syn", SYN, PROTO_TCP, 0, false, false, true, 0, "" }, /* one tuple, ever new */
	{ "marker", PSH_ACK, PROTO_TCP, 0, false, false, false, sizeof(MARKER) - 1, MARKER },
	{ "same-marker", PSH_ACK, PROTO_TCP, 0, false, false, false, 0, MARKER },
	/* of ever new connections */
	{ "markers", PSH_ACK, PROTO_TCP, 0, true, true, true, 0, MARKER },
	{ "udp", 0, PROTO_UDP, 0, true, false, false, 0, MARKER },
	{ "fragment", 0, PROTO_TCP, LATER_FRAGMENT, true, false, false, 0, MARKER },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

struct flood {
	unsigned int ifindex;
	uint8_t mac[6];
	uint32_t daddr, saddr, mask; /* host order */
	uint16_t dport;
	unsigned int wanted; /* bits of kinds */
	uint64_t frames, seconds, rate, seed;
	uint64_t sent[KINDS];
	struct flood_bpf *skel;
};

struct frame {
	uint8_t data[ETH_LEN + IP_LEN + TCP_LEN + 128];
	uint32_t len;
	struct flood_shape shape;
};

static volatile sig_atomic_t ended;

static void on_signal(int number)
{
	(void)number;
	ended = 1;
}

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

/* Sum of 16-bit words as they lie in memory. */
static uint64_t sum_words(const uint8_t *at, uint32_t len)
{
	uint64_t sum = 0;
	uint16_t word;

	for (uint32_t i = 0; i < len; i += 2) {
		word = 0;
		memcpy(&word, at + i, len - i < 2 ? 1 : 2);
		sum += word;
	}
	return sum;
}

static void build(const struct flood *f, const struct kind *k, struct frame *frame)
{
	uint8_t *ip = frame->data + ETH_LEN, *l4 = ip + IP_LEN;
	uint32_t payload = strlen(k->payload), segment = TCP_LEN + payload;
	struct flood_shape *s = &frame->shape;

	memset(frame, 0, sizeof(*frame));
	memcpy(frame->data, f->mac, 6);
	frame->data[6] = 2; /* locally administered */
	put16(frame->data + 12, ETH_P_IP);
	ip[0] = 0x45;
	put16(ip + 2, IP_LEN + segment);
	put16(ip + 6, k->fragment ? k->fragment : 0x4000);
	ip[8] = 64;
	ip[9] = k->proto;
	put32(ip + 16, f->daddr);
	put16(l4, 40000);
	put16(l4 + 2, f->dport);
	if (k->proto == PROTO_UDP) {
		put16(l4 + 4, segment); /* without a checksum: RFC 768 */
	} else {
		put32(l4 + 8, k->flags & SYN ? 0 : 1);
		l4[12] = TCP_LEN / 4 << 4;
		l4[13] = k->flags;
		put16(l4 + 14, 64240);
	}
	memcpy(l4 + TCP_LEN, k->payload, payload);
	frame->len = ETH_LEN + IP_LEN + segment;

	*s = (struct flood_shape){
		.seed = f->seed, .saddr = f->saddr, .addr_mask = f->mask, .seq = 1000000000,
		.seq_step = k->seq_step, .sport = 16384, .vary_addr = k->vary_addr,
		.vary_port = k->vary_port, .random_seq = k->random_seq,
		.tcp = k->proto == PROTO_TCP && !k->fragment,
	};
	s->ip_sum = sum_words(ip, IP_LEN);
	memset(l4, 0, 2); /* the source port differs */
	s->tcp_sum = sum_words(ip + 16, 4) + htons(PROTO_TCP) + htons(segment) +
		     sum_words(l4, segment);
	put16(l4, 40000);
}

/* One burst of frames of a kind, which goes on where its last one ended. 0 or -errno. */
static int burst(struct flood *f, unsigned int k, uint32_t count)
{
	struct frame frame;
	struct xdp_md ctx = { .ingress_ifindex = f->ifindex };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &ctx, .ctx_size_in = sizeof(ctx),
		    .repeat = count, .batch_size = BATCH < count ? BATCH : count,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES);

	build(f, &kinds[k], &frame);
	ctx.data_end = frame.len;
	opts.data_in = frame.data;
	opts.data_size_in = frame.len;
	f->skel->bss->shape = frame.shape;
	f->skel->bss->made = f->sent[k];
	if (bpf_prog_test_run_opts(bpf_program__fd(f->skel->progs.flood_frame), &opts))
		if (errno != EINTR)
			return -errno;
	f->sent[k] = f->skel->bss->made; /* a signal ends a burst early */
	return 0;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static uint64_t total(const struct flood *f)
{
	uint64_t sum = 0;

	for (unsigned int k = 0; k < KINDS; k++)
		sum += f->sent[k];
	return sum;
}

static void pace(const struct flood *f, double began)
{
	double early = f->rate ? (double)total(f) / f->rate - (now() - began) : 0;

	if (early > 0)
		usleep(early * 1e6);
}

static uint32_t size_of_burst(const struct flood *f)
{
	uint64_t size = f->rate && f->rate / 20 < BURST ? f->rate / 20 + 1 : BURST;

	if (f->frames && f->frames - total(f) < size)
		size = f->frames - total(f);
	return size;
}

static int run(struct flood *f, double began)
{
	unsigned int k = 0;
	int err = 0;

	while (!err && !ended && (!f->frames || total(f) < f->frames) &&
	       (!f->seconds || now() - began < f->seconds)) {
		while (!(f->wanted & (1U << k)))
			k = (k + 1) % KINDS;
		err = burst(f, k, size_of_burst(f));
		k = (k + 1) % KINDS;
		pace(f, began);
	}
	return err;
}

static void report(const struct flood *f, const char *kind, double seconds)
{
	printf("{\"flood\":\"%s\",\"sent\":%llu,\"seconds\":%.3f,\"per_second\":%.0f", kind,
	       (unsigned long long)total(f), seconds, total(f) / seconds);
	for (unsigned int k = 0; k < KINDS; k++)
		printf(",\"%s\":%llu", kinds[k].name, (unsigned long long)f->sent[k]);
	printf("}\n");
}

static int device(struct flood *f, const char *name)
{
	struct ifreq req = {};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	f->ifindex = if_nametoindex(name);
	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", name);
	err = fd < 0 || !f->ifindex || ioctl(fd, SIOCGIFHWADDR, &req) ? -errno : 0;
	memcpy(f->mac, req.ifr_hwaddr.sa_data, sizeof(f->mac));
	if (fd >= 0)
		close(fd);
	return err;
}

static bool parse_kind(struct flood *f, const char *name)
{
	if (!strcmp(name, "mixed"))
		f->wanted = (1U << KINDS) - 1;
	for (unsigned int k = 0; k < KINDS; k++)
		if (!strcmp(name, kinds[k].name))
			f->wanted = 1U << k;
	return f->wanted;
}

static bool parse_source(struct flood *f, const char *text)
{
	char addr[INET_ADDRSTRLEN];
	struct in_addr in;
	unsigned int bits;

	if (sscanf(text, "%15[0-9.]/%u", addr, &bits) != 2 || bits < 8 || bits > 32 ||
	    inet_pton(AF_INET, addr, &in) != 1)
		return false;
	f->mask = bits == 32 ? 0 : UINT32_MAX >> bits;
	f->saddr = ntohl(in.s_addr) & ~f->mask;
	return true;
}

static bool parse(struct flood *f, int argc, char **argv)
{
	struct in_addr in;

	if (argc < 5 || argc % 2 == 0 || inet_pton(AF_INET, argv[2], &in) != 1 ||
	    !parse_source(f, "10.99.0.0/16") || !parse_kind(f, argv[4]))
		return false;
	f->daddr = ntohl(in.s_addr);
	f->dport = atoi(argv[3]);
	for (int i = 5; i < argc; i += 2) {
		uint64_t n = strtoull(argv[i + 1], NULL, 10);

		if (!strcmp(argv[i], "frames"))
			f->frames = n;
		else if (!strcmp(argv[i], "seconds"))
			f->seconds = n;
		else if (!strcmp(argv[i], "rate"))
			f->rate = n;
		else if (!strcmp(argv[i], "seed"))
			f->seed = n << 40;
		else if (strcmp(argv[i], "source") || !parse_source(f, argv[i + 1]))
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	static struct flood f;
	double began;
	int err;

	if (!parse(&f, argc, argv)) {
		fprintf(stderr, "usage: flood IF DADDR DPORT KIND [frames N] [seconds N] [rate N] "
				"[seed N] [source NET/BITS]\n");
		return 2;
	}
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	err = device(&f, argv[1]);
	if (err) {
		fprintf(stderr, "flood: %s: %s\n", argv[1], strerror(-err));
		return 1;
	}
	f.skel = flood_bpf__open_and_load();
	if (!f.skel) {
		fprintf(stderr, "flood: its program cannot be loaded: %s\n", strerror(errno));
		return 1;
	}
	began = now();
	err = run(&f, began);
	if (!err)
		report(&f, argv[4], now() - began);
	flood_bpf__destroy(f.skel);
	if (err == -EINVAL || err == -EOPNOTSUPP) {
		printf("this kernel has no XDP live frames (5.18): %s\n", strerror(-err));
		return 77;
	}
	if (err)
		fprintf(stderr, "flood: %s\n", strerror(-err));
	return err ? 1 : 0;
}
