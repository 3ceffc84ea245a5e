/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Connections of a world: their packets, calls and drops, pushed as sightings at given
 * milliseconds. Included by world.h.
 */
#ifndef HM_TEST_WORLD_PACKETS_H
#define HM_TEST_WORLD_PACKETS_H

#include "world_scene.h"

static inline struct hm_endpoint ep(const char *text)
{
	struct hm_endpoint e;

	assert_int_equal(safe_parse_endpoint(text, &e), 0);
	return e;
}

static inline struct conn conn_new(const char *client, const char *server, uint32_t isn)
{
	struct conn c = {.c = ep(client),
			 .s = ep(server),
			 .isn_c = isn,
			 .isn_s = isn + 5000,
			 .next = isn + 1,
			 .ttl = 64};
	return c;
}

/* A sighting from the client (dir 'c') or from the server (dir 's'). */
static inline struct hm_sighting see(const struct world *w, const struct conn *c, double ms,
				     const char *where, enum hm_what what, char dir)
{
	struct hm_sighting s;

	memset(&s, 0, sizeof(s));
	s.mono_ns = T0 + (uint64_t)(ms * 1e6);
	s.hop = (uint16_t)hop(w, where);
	s.what = (uint8_t)what;
	s.family = 4;
	s.ttl = c->ttl;
	s.src = dir == 'c' ? c->c : c->s;
	s.dst = dir == 'c' ? c->s : c->c;
	s.seq = dir == 'c' ? c->next : c->isn_s + 1;
	s.ack = dir == 'c' ? c->isn_s + 1 : c->next;
	s.marker.id = 0;
	if (what == HM_WHAT_READ)
		s.marker.id = HM_NO_MARKER;
	if (dir == 'c' && w->scene.hops[s.hop].hook == HM_HOOK_SOCK_OUT) {
		s.pid = c->pid;
		s.in_tree = c->in_tree;
		snprintf(s.comm, sizeof(s.comm), "%s", c->pid ? "client" : "");
	}
	return s;
}

static inline uint32_t push(struct world *w, struct hm_sighting s)
{
	assert_int_equal(paths_push(w->paths, &s), 0);
	return s.leg;
}

static inline uint32_t packet(struct world *w, const struct conn *c, double ms, const char *where,
			      enum hm_what what, char dir)
{
	return push(w, see(w, c, ms, where, what, dir));
}

static inline uint32_t syn(struct world *w, const struct conn *c, double ms, const char *where)
{
	struct hm_sighting s = see(w, c, ms, where, HM_WHAT_SYN, 'c');

	s.seq = c->isn_c;
	s.tcp_flags = SYN;
	return push(w, s);
}

static inline uint32_t synack(struct world *w, const struct conn *c, double ms, const char *where)
{
	struct hm_sighting s = see(w, c, ms, where, HM_WHAT_SYNACK, 's');

	s.seq = c->isn_s;
	s.ack = c->isn_c + 1;
	return push(w, s);
}

/* The whole handshake as the server's host sees it, in half a millisecond. */
static inline void shake_server(struct world *w, const struct conn *c, double ms)
{
	syn(w, c, ms, "eth0:in");
	syn(w, c, ms + 0.1, "socket:in");
	synack(w, c, ms + 0.2, "socket:out");
	synack(w, c, ms + 0.3, "eth0:out");
	packet(w, c, ms + 0.4, "eth0:in", HM_WHAT_ACK, 'c');
	packet(w, c, ms + 0.5, "socket:in", HM_WHAT_ACK, 'c');
}

/* The same as the client's host sees it. */
static inline void shake_client(struct world *w, const struct conn *c, double ms)
{
	syn(w, c, ms, "socket:out");
	syn(w, c, ms + 0.1, "eth0:out");
	synack(w, c, ms + 0.2, "eth0:in");
	synack(w, c, ms + 0.3, "socket:in");
	packet(w, c, ms + 0.4, "socket:out", HM_WHAT_ACK, 'c');
	packet(w, c, ms + 0.5, "eth0:out", HM_WHAT_ACK, 'c');
}

/* The same as a router sees it, without its last ACK. */
static inline void shake_router(struct world *w, const struct conn *c, double ms)
{
	syn(w, c, ms, "eth0:in");
	syn(w, c, ms + 0.1, "eth1:out");
	synack(w, c, ms + 0.2, "eth1:in");
	synack(w, c, ms + 0.3, "eth0:out");
}

static inline void data(struct world *w, const struct conn *c, double ms, const char *where,
			char dir, enum hm_class class, uint16_t status)
{
	struct hm_sighting s = see(w, c, ms, where, HM_WHAT_DATA, dir);

	s.len = 50;
	s.data.class = (uint8_t) class;
	s.data.status = status;
	push(w, s);
}

/* A 12-byte marker at the client's next byte; the caller moves c->next. */
static inline uint32_t marker(struct world *w, const struct conn *c, double ms, const char *where,
			      uint32_t word)
{
	struct hm_sighting s = see(w, c, ms, where, HM_WHAT_MARKER, 'c');

	s.marker.seq = c->next;
	s.marker.end_seq = c->next + 12;
	s.marker.word = word;
	return push(w, s);
}

/* Request with the marker as the server's host sees it. */
static inline void ask_server(struct world *w, struct conn *c, double ms, enum hm_class class,
			      uint32_t word)
{
	data(w, c, ms, "eth0:in", 'c', class, 0);
	marker(w, c, ms, "eth0:in", word);
	data(w, c, ms + 0.1, "socket:in", 'c', class, 0);
	marker(w, c, ms + 0.1, "socket:in", word);
	c->next += 12;
}

static inline void ask_client(struct world *w, struct conn *c, double ms, enum hm_class class,
			      uint32_t word)
{
	data(w, c, ms, "socket:out", 'c', class, 0);
	marker(w, c, ms, "socket:out", word);
	data(w, c, ms + 0.1, "eth0:out", 'c', class, 0);
	marker(w, c, ms + 0.1, "eth0:out", word);
	c->next += 12;
}

/* pid read up to the client's next byte. */
static inline void reads(struct world *w, const struct conn *c, double ms, uint32_t pid,
			 const char *comm)
{
	struct hm_sighting s = see(w, c, ms, "app", HM_WHAT_READ, 'c');

	s.pid = pid;
	snprintf(s.comm, sizeof(s.comm), "%s", comm);
	push(w, s);
	s.marker.id = 0;
	s.marker.seq = c->next - 12;
	s.marker.end_seq = c->next;
	push(w, s);
}

static inline void answer_server(struct world *w, const struct conn *c, double ms, uint16_t status)
{
	data(w, c, ms, "socket:out", 's', status ? HM_CLASS_HTTP_STATUS : HM_CLASS_OTHER, status);
	data(w, c, ms + 0.1, "eth0:out", 's', status ? HM_CLASS_HTTP_STATUS : HM_CLASS_OTHER,
	     status);
}

static inline void answer_client(struct world *w, const struct conn *c, double ms, uint16_t status)
{
	data(w, c, ms, "eth0:in", 's', status ? HM_CLASS_HTTP_STATUS : HM_CLASS_OTHER, status);
	data(w, c, ms + 0.1, "socket:in", 's', status ? HM_CLASS_HTTP_STATUS : HM_CLASS_OTHER,
	     status);
}

static inline void acked(struct world *w, const struct conn *c, double ms, const char *where)
{
	struct hm_sighting s = see(w, c, ms, where, HM_WHAT_ACKED, 's');

	s.marker.seq = c->next - 12;
	s.marker.end_seq = c->next;
	push(w, s);
}

static inline void close_both(struct world *w, const struct conn *c, double ms)
{
	packet(w, c, ms, "eth0:in", HM_WHAT_FIN, 'c');
	packet(w, c, ms + 1, "eth0:out", HM_WHAT_FIN, 's');
}

static inline struct hm_sighting drop(const struct world *w, const struct conn *c, double ms,
				      char dir, const char *reason, uint8_t flags)
{
	struct hm_sighting s = see(w, c, ms, "drops", HM_WHAT_DROP, dir);

	if (flags & SYN)
		s.seq = dir == 'c' ? c->isn_c : c->isn_s;
	memset(&s.drop, 0, sizeof(s.drop));
	snprintf(s.drop.reason, sizeof(s.drop.reason), "%s", reason);
	snprintf(s.drop.where, sizeof(s.drop.where), "nft_do_chain");
	s.drop.flags = flags;
	return s;
}

static inline struct hm_sighting icmp(const struct world *w, const struct conn *c, double ms,
				      const char *where, uint8_t type, uint8_t code)
{
	struct hm_sighting s = see(w, c, ms, where, HM_WHAT_ICMP, 'c');
	struct hm_endpoint sender = ep("10.0.9.1:1");

	s.seq = c->isn_c;
	memset(&s.icmp, 0, sizeof(s.icmp));
	memcpy(s.icmp.sender, sender.addr, 16);
	s.icmp.type = type;
	s.icmp.code = code;
	s.icmp.family = 4;
	return s;
}

static inline struct hm_sighting connect_call(const struct world *w, const struct conn *c,
					      double ms)
{
	struct hm_sighting s = see(w, c, ms, "app", HM_WHAT_CONNECT, 'c');

	s.src.port = 0;
	s.pid = c->pid;
	s.in_tree = c->in_tree;
	snprintf(s.comm, sizeof(s.comm), "client");
	return s;
}

/* A RST made by the TCP of the server's kernel. */
static inline void reset_by_kernel(struct world *w, struct conn *c, double ms)
{
	packet(w, c, ms, "socket:out", HM_WHAT_RST, 's');
	packet(w, c, ms + 0.1, "eth0:out", HM_WHAT_RST, 's');
}

#endif
