// SPDX-License-Identifier: GPL-2.0-only
/*
 * hopmark's own programs, loaded as hopmark loads them, on packets of a connection: what they tell
 * of each, and that every packet is counted. By BPF_PROG_TEST_RUN, each test with every program
 * that stands at an interface. It gives packets no socket, so the socket hops are tests/lab's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <bpf/bpf.h>

#include "corpus.h"
#include "loader.h"
#include "needles.h"
#include "netns.h"

#define MARKER "amazinggrace"
#define MAX_RECORDS 64
#define CLIENT_ISN 0x9abcdef0u
#define SERVER_ISN 0x10203040u
#define SMALL_RING 4096 /* 28 records of 136 bytes, each with a header of 8 */
#define LOW_RATE 3

static const struct {
	const char *name;
	enum hm_hook hook;
	int eth;
} programs[] = {
	{ "hm_tc_in", HM_HOOK_TC_IN, 1 },	 { "hm_tc_out", HM_HOOK_TC_OUT, 1 },
	{ "hm_tc_in_l3", HM_HOOK_TC_IN, 0 }, { "hm_tc_out_l3", HM_HOOK_TC_OUT, 0 },
	{ "hm_xdp", HM_HOOK_XDP, 1 },
};

/* One TCP segment of the connection; the rest is the same for all. */
struct segment {
	const char *payload; /* NULL none */
	uint32_t payload_len; /* 0: strlen */
	uint32_t seq, ack;
	uint8_t flags;
	bool answer; /* from server to client */
	bool options; /* those of a SYN */
};

/* What stands in front of the TCP header. */
static const struct shape {
	const char *name, *tags;
	uint32_t tag_len;
	int family;
	uint32_t ip_options;
	bool extension;
} shapes[] = {
	{ "IPv4", "", 0, 4, 0, false },
	{ "IPv6", "", 0, 6, 0, false },
	{ "IPv4 options", "", 0, 4, 12, false },
	{ "IPv6 extension header", "", 0, 6, 0, true },
	{ "VLAN", "\x81\x00\x00\x05", 4, 4, 0, false },
	{ "QinQ, IPv6", "\x88\xa8\x00\x05\x81\x00\x00\x07", 8, 6, 0, false },
};

/* The loader under test, what was run on it, and what it told. */
static struct {
	struct hm_loader *loader;
	unsigned int program; /* index of programs */
	uint16_t sport;
	const struct shape *shape;
	uint64_t ran;
	struct hm_counters before;
	struct hm_rec told[MAX_RECORDS];
	int count;
} t;

static int take(void *arg, const struct hm_rec *rec)
{
	(void)arg;
	assert_true(t.count < MAX_RECORDS);
	t.told[t.count++] = *rec;
	return 0;
}

/* Fills t.told with what was told since the last call. */
static void read_records(void)
{
	t.count = 0;
	assert_true(loader_consume(t.loader, take, NULL, MAX_RECORDS) >= 0);
}

/* Rise of one counter since begin(). */
static uint64_t rise(enum hm_counter which)
{
	struct hm_counters now;

	assert_int_equal(loader_counters(t.loader, &now), 0);
	return now.n[which] - t.before.n[which];
}

static void begin(unsigned int program, const struct shape *shape)
{
	t.program = program;
	t.shape = shape;
	t.ran = 0;
	t.sport++;
	assert_int_equal(loader_reset(t.loader), 0);
	read_records();
	assert_int_equal(loader_counters(t.loader, &t.before), 0);
}

/* Every packet was counted, and as one of three things. */
static void end(void)
{
	assert_int_equal(rise(HM_CNT_SEEN), t.ran);
	assert_int_equal(rise(HM_CNT_FILTERED) + rise(HM_CNT_MATCHED) + rise(HM_CNT_NOT_INSPECTED),
			 t.ran);
}

/* Runs the program at hand on bytes that begin at an Ethernet header. True: the kernel ran it. */
static bool run_bytes(const uint8_t *data, uint32_t len)
{
	const uint32_t skip = programs[t.program].eth ? 0 : HM_ETH_LEN;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = data + skip,
		    .data_size_in = len < skip ? 0 : len - skip);
	int fd = loader_program_fd(t.loader, programs[t.program].name);

	assert_true(fd >= 0);
	if (bpf_prog_test_run_opts(fd, &opts))
		return false;
	/* XDP_PASS, TC_ACT_UNSPEC */
	assert_int_equal((int)opts.retval, programs[t.program].hook == HM_HOOK_XDP ? 2 : -1);
	t.ran++;
	return true;
}

static void swap(uint8_t *a, uint8_t *b, uint32_t n)
{
	while (n--) {
		uint8_t byte = *a;

		*a++ = *b;
		*b++ = byte;
	}
}

/* Turns client to server into server to client; the ports are at tcp. */
static void turn_round(uint8_t *ip, uint8_t *tcp, int family)
{
	if (family == 4)
		swap(ip + 12, ip + 16, 4);
	else
		swap(ip + 8, ip + 24, 16);
	swap(tcp, tcp + 2, 2);
}

static uint32_t put_ip(struct corpus_packet *c, uint32_t proto, uint32_t payload)
{
	const struct shape *s = t.shape;
	uint32_t at;

	if (programs[t.program].eth)
		put(c, s->tags, s->tag_len);
	put16(c, s->family == 4 ? HM_ETH_IP4 : HM_ETH_IP6);
	at = c->len;
	if (s->family == 4) {
		put_ip4(c, proto, payload, s->ip_options, 0x4000);
		return at;
	}
	put_ip6(c, s->extension ? HM_IPPROTO_DSTOPTS : proto, payload + (s->extension ? 8 : 0));
	if (s->extension) {
		put8(c, proto);
		put(c, "\0\x01\x04\0\0\0\0", 7);
	}
	return at;
}

static struct corpus_packet *build(const struct segment *s)
{
	uint32_t len = s->payload_len || !s->payload ? s->payload_len : strlen(s->payload);
	uint32_t options = s->options ? 20 : 0, ip, tcp;
	struct corpus_packet *c;

	corpus_count = 0;
	c = corpus_add("segment", HM_PKT_TCP);
	ip = put_ip(c, HM_IPPROTO_TCP, 20 + options + len);
	tcp = c->len;
	put16(c, t.sport);
	put16(c, CORPUS_DPORT);
	put32(c, s->seq);
	put32(c, s->ack);
	put8(c, (5 + options / 4) << 4);
	put8(c, s->flags);
	put16(c, 64240);
	put32(c, 0);
	if (s->options)
		put_syn_options(c);
	c->payload_off = c->len;
	c->payload_len = len;
	put(c, s->payload, len);
	if (s->answer)
		turn_round(c->data + ip, c->data + tcp, t.shape->family);
	return c;
}

static void run_segment(const struct segment *s)
{
	const struct corpus_packet *c = build(s);

	assert_true(run_bytes(c->data, c->len));
}

static const struct hm_rec *told(enum hm_what what)
{
	for (int i = 0; i < t.count; i++)
		if (t.told[i].what == what)
			return &t.told[i];
	return NULL;
}

static int times_told(enum hm_what what)
{
	int n = 0;

	for (int i = 0; i < t.count; i++)
		n += t.told[i].what == what;
	return n;
}

/*
 * Runs one segment and returns how many records it gave, but for that of the handshake's last ACK,
 * which the first data repeats (and user space knows by its sequence number).
 */
static int tell(const struct segment *s)
{
	run_segment(s);
	read_records();
	return t.count - times_told(HM_WHAT_ACK);
}

/* Runs one segment, which must give one record of this kind and no other. */
static const struct hm_rec *tell_one(const struct segment *s, enum hm_what what)
{
	assert_int_equal(tell(s), 1);
	assert_non_null(told(what));
	return told(what);
}

static const struct segment syn = { .seq = CLIENT_ISN, .flags = HM_TCP_SYN, .options = true };
static const struct segment synack = { .seq = SERVER_ISN, .ack = CLIENT_ISN + 1, .answer = true,
				       .flags = HM_TCP_SYN | HM_TCP_ACK, .options = true };
static const struct segment ack = { .seq = CLIENT_ISN + 1, .ack = SERVER_ISN + 1,
				    .flags = HM_TCP_ACK };

static struct segment data(uint32_t off, const char *payload)
{
	return (struct segment){ .seq = CLIENT_ISN + 1 + off, .ack = SERVER_ISN + 1,
				 .flags = HM_TCP_ACK | HM_TCP_PSH, .payload = payload };
}

static void handshake(void)
{
	run_segment(&syn);
	run_segment(&synack);
	assert_int_equal(tell(&ack), 2);
	assert_non_null(told(HM_WHAT_ACK));
}

/* What every record of the segment s must say. */
static void check_common(const struct hm_rec *r, const struct segment *s)
{
	const struct hm_tuple *tu = &r->tuple;
	int v4 = t.shape->family == 4;

	assert_int_equal(r->size, sizeof(*r));
	assert_int_equal(r->hook, programs[t.program].hook);
	assert_int_equal(r->family, t.shape->family);
	assert_int_equal(r->ttl, v4 ? 63 : 62);
	assert_int_equal(r->tcp_flags, s->flags);
	assert_int_equal(r->netns, netns_own());
	assert_int_equal(r->ifindex, 1); /* the kernel runs tests at loopback */
	assert_int_not_equal(r->mono_ns, 0);
	assert_int_equal(r->seq, s->seq);
	assert_int_equal(r->ack, s->ack);
	assert_int_equal(r->window, 64240);
	assert_int_equal(r->ip_id, v4 ? 4711 : 0);
	assert_int_equal(r->owner.pid, 0);
	assert_int_equal(ntohs(s->answer ? tu->dport : tu->sport), t.sport);
	assert_int_equal(ntohs(s->answer ? tu->sport : tu->dport), CORPUS_DPORT);
	assert_int_equal(ntohl(s->answer ? tu->daddr[3] : tu->saddr[3]), v4 ? 0x0a000004 : 4);
	assert_int_equal(ntohl(s->answer ? tu->saddr[3] : tu->daddr[3]), v4 ? 0x0a000008 : 8);
	assert_int_equal(ntohl(tu->saddr[0]), v4 ? 0 : 0x20010db8);
	assert_int_equal(ntohl(tu->daddr[2]), v4 ? 0xffff : 0);
}

typedef void (*scenario_fn)(void);

/* One scenario with each program and shape. Devices without an Ethernet header have no tags. */
static void everywhere(scenario_fn fn)
{
	for (unsigned int p = 0; p < HM_ARRAY_SIZE(programs); p++)
		for (unsigned int s = 0; s < HM_ARRAY_SIZE(shapes); s++) {
			begin(p, &shapes[s]);
			fn();
			end();
		}
}

static void one_handshake(void)
{
	static const struct segment *const packets[] = { &syn, &synack, &ack };
	static const enum hm_what what[] = { HM_WHAT_SYN, HM_WHAT_SYNACK, HM_WHAT_ACK };

	for (int i = 0; i < 3; i++)
		run_segment(packets[i]);
	read_records();
	assert_int_equal(t.count, 3);
	for (int i = 0; i < 3; i++) {
		const struct hm_rec_syn *o = &t.told[i].syn;

		assert_int_equal(t.told[i].what, what[i]);
		check_common(&t.told[i], packets[i]);
		assert_int_equal(t.told[i].len, 0);
		if (i == 2)
			continue;
		assert_int_equal(o->mss, 1460);
		assert_int_equal(o->wscale, 7);
		assert_int_equal(o->sack, 1);
		assert_int_equal(o->timestamps, 1);
		assert_int_equal(o->has_listener, 0);
	}
	run_segment(&ack);
	read_records();
	assert_int_equal(t.count, 1); /* a repetition is told again: user space knows it by seq */
	assert_int_equal(rise(HM_CNT_MATCHED), 4);
	assert_int_equal(rise(HM_CNT_LEGS), 1);
}

static void test_handshake(void **state)
{
	(void)state;
	everywhere(one_handshake);
}

static void one_plain_syn(void)
{
	struct segment plain = syn;
	const struct hm_rec *r;

	plain.options = false;
	r = tell_one(&plain, HM_WHAT_SYN);
	assert_int_equal(r->syn.mss, 0);
	assert_int_equal(r->syn.wscale, 255);
	assert_int_equal(r->syn.sack, 0);
	assert_int_equal(r->syn.timestamps, 0);
}

static void test_syn_without_options(void **state)
{
	(void)state;
	everywhere(one_plain_syn);
}

static void one_ending(void)
{
	struct segment fin = { .seq = CLIENT_ISN + 1, .ack = SERVER_ISN + 1,
			       .flags = HM_TCP_FIN | HM_TCP_ACK };
	struct segment rst = { .seq = SERVER_ISN + 1, .ack = CLIENT_ISN + 2, .answer = true,
			       .flags = HM_TCP_RST | HM_TCP_ACK };

	handshake();
	check_common(tell_one(&fin, HM_WHAT_FIN), &fin);
	check_common(tell_one(&rst, HM_WHAT_RST), &rst);
}

static void test_fin_and_rst(void **state)
{
	(void)state;
	everywhere(one_ending);
}

/* An error about the client's SYN. sport: of the quoted packet. */
static void run_icmp(uint16_t sport)
{
	const struct shape *s = t.shape;
	int v4 = s->family == 4;
	struct corpus_packet *c;
	uint32_t ip;

	corpus_count = 0;
	c = corpus_add("ICMP", HM_PKT_ICMP_QUOTE);
	ip = put_ip(c, v4 ? HM_IPPROTO_ICMP : HM_IPPROTO_ICMP6, 8 + (v4 ? 20 : 40) + 8);
	c->data[ip + (v4 ? 15 : 23)] = 0xfe; /* who sent the error */
	put8(c, v4 ? 3 : 2);
	put8(c, v4 ? 4 : 0);
	put16(c, 0);
	put32(c, 1400);
	if (v4)
		put_ip4(c, HM_IPPROTO_TCP, 40, 0, 0x4000);
	else
		put_ip6(c, HM_IPPROTO_TCP, 40);
	put16(c, sport);
	put16(c, CORPUS_DPORT);
	put32(c, CLIENT_ISN);
	assert_true(run_bytes(c->data, c->len));
	read_records();
}

static void one_icmp(void)
{
	const int v4 = t.shape->family == 4;
	const struct hm_rec *r = t.told;

	handshake();
	run_icmp(t.sport);
	assert_int_equal(t.count, 1);
	assert_int_equal(r->what, HM_WHAT_ICMP);
	assert_int_equal(r->seq, CLIENT_ISN);
	assert_int_equal(ntohs(r->tuple.sport), t.sport);
	assert_int_equal(ntohs(r->tuple.dport), CORPUS_DPORT);
	assert_int_equal(r->icmp.family, t.shape->family);
	assert_int_equal(r->icmp.type, v4 ? 3 : 2);
	assert_int_equal(r->icmp.code, v4 ? 4 : 0);
	assert_int_equal(r->icmp.mtu, 1400);
	assert_int_equal(ntohl(r->icmp.sender[3]) & 255, 0xfe);
	run_icmp(t.sport + 1000); /* of a connection that nobody has seen */
	assert_int_equal(t.count, 0);
	assert_int_equal(rise(HM_CNT_FILTERED), 1);
}

static void test_icmp(void **state)
{
	(void)state;
	everywhere(one_icmp);
}

static void one_turn(void)
{
	struct segment request = data(0, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	struct segment more = data(27, "more of the request");
	struct segment status = { .seq = SERVER_ISN + 1, .ack = CLIENT_ISN + 28, .answer = true,
				  .flags = HM_TCP_ACK, .payload = "HTTP/1.1 404 Not Found\r\n" };
	const struct hm_rec *r;

	handshake();
	r = tell_one(&request, HM_WHAT_DATA);
	check_common(r, &request);
	assert_int_equal(r->len, 27);
	assert_int_equal(r->data.class, HM_CLASS_HTTP_REQUEST);
	assert_int_equal(tell(&more), 0); /* its turn goes on */
	r = tell_one(&status, HM_WHAT_DATA);
	check_common(r, &status);
	assert_int_equal(r->data.class, HM_CLASS_HTTP_STATUS);
	assert_int_equal(r->data.status, 404);
}

static void test_turns(void **state)
{
	(void)state;
	everywhere(one_turn);
}

static void check_marker(const struct hm_rec *r, uint8_t id, uint32_t off, uint32_t len, int split)
{
	assert_non_null(r);
	assert_int_equal(r->marker.id, id);
	assert_int_equal(r->marker.offset, off);
	assert_int_equal(r->marker.seq, CLIENT_ISN + 1 + off);
	assert_int_equal(r->marker.end_seq, CLIENT_ISN + 1 + off + len);
	assert_int_equal(r->marker.split, split);
}

static void one_marker(void)
{
	static const uint32_t offsets[] = { 0, 1, 7, 150, 287, 288 };
	char text[300];

	for (unsigned int i = 0; i < HM_ARRAY_SIZE(offsets); i++) {
		uint32_t at = offsets[i];
		struct segment s = data(0, text);

		memset(text, 'x', sizeof(text));
		memcpy(text + at, MARKER, sizeof(MARKER) - 1);
		s.payload_len = sizeof(text);
		begin(t.program, t.shape);
		handshake();
		assert_int_equal(tell(&s), 2);
		assert_non_null(told(HM_WHAT_DATA));
		check_marker(told(HM_WHAT_MARKER), 0, at, 12, 0);
		check_common(told(HM_WHAT_MARKER), &s);
		assert_int_equal(rise(HM_CNT_SCANNED), 1);
	}
}

static void test_marker(void **state)
{
	(void)state;
	everywhere(one_marker);
}

static void one_split(void)
{
	for (uint32_t cut = 1; cut < sizeof(MARKER) - 1; cut++) {
		char first[40], second[40];
		struct segment s;

		snprintf(first, sizeof(first), "some words before %.*s", (int)cut, MARKER);
		snprintf(second, sizeof(second), "%s and behind", MARKER + cut);
		begin(t.program, t.shape);
		handshake();
		s = data(0, first);
		tell_one(&s, HM_WHAT_DATA);
		s = data(strlen(first), second);
		check_marker(tell_one(&s, HM_WHAT_MARKER), 0, 18, 12, 1);
	}
}

/* The second segment comes first; what it left open is searched when it comes. */
static void one_swapped(void)
{
	static const char *const first = "the " MARKER " in front", *const second = " and behind";
	struct segment s;

	begin(t.program, t.shape);
	handshake();
	s = data(strlen(first), second);
	tell_one(&s, HM_WHAT_DATA);
	s = data(0, first);
	check_marker(tell_one(&s, HM_WHAT_MARKER), 0, 4, 12, 0);
}

static void test_swapped_segments(void **state)
{
	(void)state;
	everywhere(one_swapped);
}

static void test_split_marker(void **state)
{
	(void)state;
	everywhere(one_split);
}

static void one_repeated(void)
{
	struct segment s = data(0, "hello " MARKER " world");

	handshake();
	assert_int_equal(tell(&s), 2);
	assert_int_equal(tell(&s), 2); /* told again, as the same mark */
	check_marker(told(HM_WHAT_MARKER), 0, 6, 12, 0);
	assert_int_equal(rise(HM_CNT_SCANNED), 1);
	s = data(24, "ack me");
	assert_int_equal(tell(&s), 0);
}

static void test_retransmitted_marker(void **state)
{
	(void)state;
	everywhere(one_repeated);
}

/* The second of two markers has 4 bytes; all eight are in one packet, each is found. */
static void one_eight(void)
{
	struct segment s = data(0, MARKER " tiny, marker-2 marker-3 marker-4 marker-5 marker-6 marker-7");

	handshake();
	tell(&s);
	assert_int_equal(times_told(HM_WHAT_MARKER), HM_MAX_MARKERS);
	for (int i = 0, seen = 0; i < t.count; i++) {
		const struct hm_rec *r = &t.told[i];
		uint8_t id = r->marker.id;

		if (r->what != HM_WHAT_MARKER)
			continue;
		assert_false(seen & 1 << id);
		seen |= 1 << id;
		check_marker(r, id, id == 0 ? 0 : id == 1 ? 13 : 19 + (id - 2) * 9,
			     id == 0 ? 12 : id == 1 ? 4 : 8, 0);
	}
}

static void test_eight_markers(void **state)
{
	(void)state;
	everywhere(one_eight);
}

/* The filter is "port 80": the same packets of another port give nothing, either way round. */
static void one_miss(void)
{
	struct segment s = data(0, "hello " MARKER);
	const struct segment *const all[] = { &syn, &synack, &ack, &s };

	for (int i = 0; i < 4; i++) {
		struct corpus_packet *c = build(all[i]);
		uint32_t tcp = c->payload_off - 20 - (all[i]->options ? 20 : 0);

		c->data[tcp + (all[i]->answer ? 1 : 3)] = 81;
		assert_true(run_bytes(c->data, c->len));
	}
	read_records();
	assert_int_equal(t.count, 0);
	assert_int_equal(rise(HM_CNT_FILTERED), 4);
	assert_int_equal(rise(HM_CNT_LEGS), 0);
}

static void test_filter_miss(void **state)
{
	(void)state;
	everywhere(one_miss);
}

/* A packet cut at any length: no record, or one that the whole packet would have given too. */
static void one_truncated(void)
{
	struct segment s = data(0, "hello " MARKER);
	struct corpus_packet whole = *build(&s);
	uint32_t ran = 0;

	handshake();
	for (uint32_t len = HM_ETH_LEN; len < whole.len; len++)
		ran += run_bytes(whole.data, len);
	read_records();
	assert_true(ran > 0);
	assert_int_equal(t.count, 0); /* IP says that there was more: nothing of it is believed */
}

static void test_truncated(void **state)
{
	(void)state;
	everywhere(one_truncated);
}

/* The corpus: malformed headers, later fragments and other protocols give no record. */
static void test_malformed(void **state)
{
	(void)state;
	for (unsigned int p = 0; p < HM_ARRAY_SIZE(programs); p++) {
		uint64_t broken = 0, none = 0;

		begin(p, &shapes[0]);
		corpus_build();
		for (unsigned int i = 0; i < corpus_count; i++) {
			if (corpus[i].what == HM_PKT_TCP || corpus[i].what == HM_PKT_ICMP_QUOTE)
				continue;
			if (!programs[p].eth && corpus[i].data[12] != 0x08 &&
			    corpus[i].data[12] != 0x86)
				continue;
			assert_true(run_bytes(corpus[i].data, corpus[i].len));
			broken += corpus[i].err || corpus[i].what == HM_PKT_FRAGMENT;
			none += !corpus[i].err && corpus[i].what == HM_PKT_NONE;
		}
		read_records();
		assert_int_equal(t.count, 0);
		assert_true(broken > 8 && none > 4);
		if (programs[p].eth) {
			assert_int_equal(rise(HM_CNT_NOT_INSPECTED), broken);
			assert_int_equal(rise(HM_CNT_FILTERED), none);
		}
		end();
	}
}

static struct hm_loader *open_loader(uint32_t ring_bytes, uint32_t rate)
{
	struct hm_loader_opts *o = calloc(1, sizeof(*o));
	struct hm_marker m[HM_MAX_MARKERS] = { { 12, MARKER }, { 4, "tiny" } };
	struct hm_loader *ld = NULL;

	assert_non_null(o);
	for (int i = 2; i < HM_MAX_MARKERS; i++) {
		m[i].len = 8;
		memcpy(m[i].bytes, "marker-", 7);
		m[i].bytes[7] = '0' + i;
	}
	assert_int_equal(needles_build(&o->needles, m, HM_MAX_MARKERS), 0);
	o->filter.count = 1;
	o->filter.ops[0] = (struct hm_filter_op){
		.kind = HM_F_PORT, .side = HM_SIDE_DST, .lo = 80, .hi = 80,
	};
	o->netns = netns_own();
	o->ring_bytes = ring_bytes;
	o->rate_per_ms = rate;
	o->xdp = true;
	o->l3 = true;
	assert_int_equal(loader_open(o, &ld), 0);
	free(o);
	return ld;
}

static int open_main(void **state)
{
	(void)state;
	t.sport = 40000;
	t.loader = open_loader(0, 0);
	return 0;
}

static int close_main(void **state)
{
	(void)state;
	loader_free(t.loader);
	return 0;
}

/* Runs the last ACK n times without reading. */
static void flood(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		run_segment(&ack);
}

static void test_ring_full(void **state)
{
	struct hm_loader *rest = t.loader;
	const uint32_t room = SMALL_RING / (sizeof(struct hm_rec) + 8);

	(void)state;
	t.loader = open_loader(SMALL_RING, 0);
	begin(0, &shapes[0]);
	run_segment(&syn);
	run_segment(&synack);
	flood(room + 10);
	assert_int_equal(rise(HM_CNT_RECORDS) + rise(HM_CNT_LOST_RING), room + 12);
	assert_true(rise(HM_CNT_LOST_RING) >= 12);
	read_records();
	assert_int_equal(t.count, rise(HM_CNT_RECORDS));
	run_segment(&ack);
	read_records();
	assert_int_equal(t.count, 1); /* there is room again */
	end();
	loader_free(t.loader);
	t.loader = rest;
}

static void test_rate_limit(void **state)
{
	struct hm_loader *rest = t.loader;

	(void)state;
	t.loader = open_loader(0, LOW_RATE);
	begin(0, &shapes[0]);
	run_segment(&syn);
	run_segment(&synack);
	read_records();
	flood(2000); /* each takes a few microseconds */
	assert_int_equal(rise(HM_CNT_RECORDS) + rise(HM_CNT_LIMITED), 2002);
	assert_true(rise(HM_CNT_LIMITED) > 0);
	assert_int_equal(rise(HM_CNT_LOST_RING), 0);
	end();
	loader_free(t.loader);
	t.loader = rest;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_handshake),
		cmocka_unit_test(test_syn_without_options),
		cmocka_unit_test(test_fin_and_rst),
		cmocka_unit_test(test_icmp),
		cmocka_unit_test(test_turns),
		cmocka_unit_test(test_marker),
		cmocka_unit_test(test_split_marker),
		cmocka_unit_test(test_swapped_segments),
		cmocka_unit_test(test_retransmitted_marker),
		cmocka_unit_test(test_eight_markers),
		cmocka_unit_test(test_filter_miss),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_ring_full),
		cmocka_unit_test(test_rate_limit),
	};

	if (geteuid()) {
		printf("SKIP: loading BPF programs takes root\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, open_main, close_main);
}
