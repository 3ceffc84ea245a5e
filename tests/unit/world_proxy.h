/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A client, a proxy and the server behind it, for world.h. Included by test_path_proxy.c and
 * test_judge_proxy.c.
 */
#ifndef HM_TEST_WORLD_PROXY_H
#define HM_TEST_WORLD_PROXY_H

#include "world.h"

#define PROXY "10.0.0.155:3128"
#define WEB "10.0.0.156:80"
#define PID 812

static inline struct conn upstream_conn(uint32_t n)
{
	char text[32];
	struct conn b;

	snprintf(text, sizeof(text), "10.0.0.155:%u", 50000 + n);
	b = conn_new(text, WEB, 500000 + n * 1000);
	b.pid = PID;
	return b;
}

static inline struct conn client_conn(uint32_t n)
{
	char text[32];

	snprintf(text, sizeof(text), "10.0.0.4:%u", 20000 + n);
	return conn_new(text, PROXY, 1000 + n * 1000);
}

/* A process begins a connection, and its peer refuses it. */
static inline void begins(struct world *w, const struct conn *c, double ms, uint32_t pid)
{
	struct hm_sighting connect = see(w, c, ms, "app", HM_WHAT_CONNECT, 'c');

	connect.pid = pid;
	push(w, connect);
	syn(w, c, ms, "socket:out");
}

static inline void refuses(struct world *w, const struct conn *c, double ms)
{
	struct hm_sighting s = see(w, c, ms, "eth0:in", HM_WHAT_RST, 's');

	s.seq = 0;
	s.ack = c->isn_c + 1;
	s.tcp_flags = RST | ACK;
	push(w, s);
}

/* Client connected, asked, and the proxy read it by ms + 1. */
static inline void client_asks(struct world *w, struct conn *a, double ms, enum hm_class class,
			       uint32_t word)
{
	shake_server(w, a, ms);
	ask_server(w, a, ms + 0.6, class, word);
	reads(w, a, ms + 0.9, PID, "squid");
}

static inline void client_gets(struct world *w, struct conn *a, double ms, uint16_t status)
{
	answer_server(w, a, ms, status);
	close_both(w, a, ms + 0.5);
}

#endif
