/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TCP segments of one connection, built behind each shape of headers, run, and what was told of
 * them. Included by test_programs_*.c.
 */
#ifndef HM_TEST_PROGRAMS_TELL_H
#define HM_TEST_PROGRAMS_TELL_H

#include <arpa/inet.h>

#include "programs.h"

#define CLIENT_ISN 0x9abcdef0u
#define SERVER_ISN 0x10203040u

/* One TCP segment of the connection; the rest is the same for all. */
struct segment {
	const char *payload; /* NULL none */
	uint32_t payload_len; /* 0: strlen */
	uint32_t seq, ack;
	uint8_t flags;
	bool answer; /* from server to client */
	bool options; /* those of a SYN */
	bool shut; /* its window is 0 */
};

static inline void swap(uint8_t *a, uint8_t *b, uint32_t n)
{
	while (n--) {
		uint8_t byte = *a;

		*a++ = *b;
		*b++ = byte;
	}
}

/* Turns client to server into server to client; the ports are at tcp. */
static inline void turn_round(uint8_t *ip, uint8_t *tcp, int family)
{
	if (family == 4)
		swap(ip + 12, ip + 16, 4);
	else
		swap(ip + 8, ip + 24, 16);
	swap(tcp, tcp + 2, 2);
}

static inline uint32_t put_ip(struct corpus_packet *c, uint32_t proto, uint32_t payload)
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

static inline struct corpus_packet *build(const struct segment *s)
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
	put16(c, s->shut ? 0 : 64240);
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

static inline void run_segment(const struct segment *s)
{
	const struct corpus_packet *c = build(s);

	assert_true(run_bytes(c->data, c->len));
}

static inline const struct hm_rec *told(enum hm_what what)
{
	for (int i = 0; i < t.count; i++)
		if (t.told[i].what == what)
			return &t.told[i];
	return NULL;
}

static inline int times_told(enum hm_what what)
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
static inline int tell(const struct segment *s)
{
	run_segment(s);
	read_records();
	return t.count - times_told(HM_WHAT_ACK);
}

/* Runs one segment, which must give one record of this kind and no other. */
static inline const struct hm_rec *tell_one(const struct segment *s, enum hm_what what)
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

static inline struct segment data(uint32_t off, const char *payload)
{
	return (struct segment){ .seq = CLIENT_ISN + 1 + off, .ack = SERVER_ISN + 1,
				 .flags = HM_TCP_ACK | HM_TCP_PSH, .payload = payload };
}

static inline void handshake(void)
{
	run_segment(&syn);
	run_segment(&synack);
	assert_int_equal(tell(&ack), 2);
	assert_non_null(told(HM_WHAT_ACK));
}

/* What every record of the segment s must say. */
static inline void check_common(const struct hm_rec *r, const struct segment *s)
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
	assert_int_equal(r->window, s->shut ? 0 : 64240);
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
static inline void everywhere(scenario_fn fn)
{
	for (unsigned int p = 0; p < HM_ARRAY_SIZE(programs); p++)
		for (unsigned int s = 0; s < HM_ARRAY_SIZE(shapes); s++) {
			begin(p, &shapes[s]);
			fn();
			end();
		}
}

#endif
