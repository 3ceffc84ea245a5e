/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The words of a verdict: who, where, when. Used by the rules. What comes from outside goes through
 * safe.h.
 */
#ifndef HM_WORDS_H
#define HM_WORDS_H

#include "case.h"
#include "safe.h"

/*
 * Each adds one sentence or line; what does not fit is cut at its end, or counted in the last line.
 */
void words_say(struct hm_verdict *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void words_evidence(struct hm_verdict *out, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void words_advise(struct hm_verdict *out, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void words_why(struct hm_verdict *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define HM_EVENTS_LEN 32
/* "1 event was", "5 events were". Returns buf. */
const char *words_events(char buf[HM_EVENTS_LEN], uint64_t count);

#define HM_WHO_LEN 128
/* "nginx[812]" where the process is known, else its endpoint. Return buf. */
const char *who_server(const struct hm_case *c, char buf[HM_WHO_LEN]);
const char *who_client(const struct hm_case *c, char buf[HM_WHO_LEN]);
const char *where_server(const struct hm_case *c, char buf[HM_ADDR_LEN]); /* the address asked */

/* Puts a process into at; pid 0: not known. */
void at_process(struct hm_verdict *out, const char *comm, uint32_t pid);
void at_server(const struct hm_case *c, struct hm_verdict *out);
void at_client(const struct hm_case *c, struct hm_verdict *out);
/* That end of a connection, of which no more is known than its address. */
void at_peer(const struct hm_case *c, const struct hm_endpoint *peer, enum hm_role role,
	     struct hm_verdict *out);
void at_here(const struct hm_case *c, const struct hm_sighting *s, struct hm_verdict *out);

/* The host alone: which process it was has no part in it. */
void at_no_process(struct hm_verdict *out);

/* "SYN seen at eth0:in 3 times (0.00 ms, 1.01 s, 3.05 s)". */
void tell_syns(const struct hm_case *c, struct hm_verdict *out);

/* One line of what the table does not show: how overcome trouble looked. Never the code. */
void tell_trouble(const struct hm_case *c, struct hm_verdict *out);

/* words_way.c: what was rewritten on the way, and routers between two watched namespaces. */
void tell_way(const struct hm_case *c, struct hm_verdict *out);

/* words_hello.c: the server name that its ClientHello asks for, with --sni. */
void tell_hello(const struct hm_case *c, struct hm_verdict *out);

/*
 * Why what its reader sent on may not have been seen: c->unseen, with the filter where that is it.
 */
const char *unseen_text(const struct hm_case *c, char buf[HM_LINE]);
#define UNSEEN(c) unseen_text((c), (char[HM_LINE]){0})

/* Seconds since the path's first packet. */
double since(const struct hm_case *c, uint64_t ns);

/* A time for evidence: "0.93 ms", and from one second on "3.05 s". Returns buf. */
#define HM_TIME_LEN 32
const char *time_text(uint64_t ns, char buf[HM_TIME_LEN]);

/* The same in the statement it stands in: a time since the path's first packet, and a span. */
#define SPAN(ns) time_text((ns), (char[HM_TIME_LEN]){0})
#define AT(c, ns) SPAN((ns) > (c)->path->first_ns ? (ns) - (c)->path->first_ns : 0)

/*
 * That what the server sends back does not reach the client: what lies in its socket, what is
 * repeated.
 */
void tell_unheard(const struct hm_case *c, struct hm_verdict *out);

/* "eth0:in, 0.93 ms". Return buf; PLACE is the same in the statement it stands in. */
const char *place_text(const struct hm_case *c, uint16_t hop, uint64_t ns, char buf[HM_LINE]);
#define PLACE(c, hop, ns) place_text((c), (hop), (ns), (char[HM_LINE]){0})

/*
 * The same of what was seen at that moment: a note, the marker or the answer (HM_WHAT_DATA); the
 * time alone where its place was not kept.
 */
const char *seen_text(const struct hm_case *c, enum hm_what what, uint64_t ns, char buf[HM_LINE]);
#define SEEN(c, what, ns) seen_text((c), (what), (ns), (char[HM_LINE]){0})

/* One line of evidence where the marker was first seen, if there is one. */
void tell_marker(const struct hm_case *c, struct hm_verdict *out);

/* One line where and when the server read the marker, if it did. */
void tell_reading(const struct hm_case *c, struct hm_verdict *out);

/*
 * What the client did while an answer was owed: a client that only closes its side may still wait.
 */
void tell_giving_up(const struct hm_case *c, struct hm_verdict *out);

/* One line of evidence: which hop may be blind, and why. */
void tell_blind(const struct hm_hop *hop, struct hm_verdict *out);

#endif
