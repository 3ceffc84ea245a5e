/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of judge: the rules. Each rules_*.c is a table on one subject; judge.c walks them in their
 * order of precedence. A rule's predicate looks at the case only; its words fill the verdict.
 */
#ifndef HM_RULES_H
#define HM_RULES_H

#include "case.h"
#include "words.h"

/*
 * Times that are no accident: TCP repeats what is lost each time later than before, a second or
 * more where it knows no round trip (RFC 6298), and heeds the first error; what a loss hides can
 * have brought none through.
 */
#define HM_THRICE 3

/* What a rule rests on. */
enum hm_rests {
	HM_ON_SIGHT, /* on what was seen */
	HM_ON_ABSENCE, /* on something missing: worth nothing after a loss */
	/* that a drop or error was named: after a loss worth something if it was so thrice */
	HM_ON_NAMING,
	HM_ON_SILENCE, /* that nothing came in at an interface: nor where its hop may be blind */
};

struct hm_rule {
	uint8_t code, blame, confidence;
	uint8_t rests; /* enum hm_rests */
	bool (*holds)(const struct hm_case *c); /* NULL: wherever its table concerns the case */
	void (*tell)(const struct hm_case *c, struct hm_verdict *out);
};

/* Rows in order of precedence: the first that holds is the verdict. */
struct hm_rules {
	const struct hm_rule *rows;
	uint32_t count;
	bool (*concerns)(const struct hm_case *c, const struct hm_rule *row); /* NULL: every case */
};

/*
 * rules_answer.c: .concerns of what arrived: not where the answer was dropped on its way, which is
 * a drop's to tell.
 */
bool answer_got_through(const struct hm_case *c, const struct hm_rule *row);

/*
 * The same: lines of evidence of a request, its reader and its answer; and why a proxy may not be
 * to blame for what it did not ask.
 */
void tell_read(const struct hm_case *c, struct hm_verdict *out);
void tell_proxy_doubt(const struct hm_case *c, struct hm_verdict *out);

/* rules_silence.c: what was sent to the client may not have reached it. */
bool answer_held_up(const struct hm_case *c);

/*
 * The same: it read a request, owed an answer and closed, or is silent. And a line of when it
 * closed.
 */
bool closed_unanswered(const struct hm_case *c);
bool no_answer(const struct hm_case *c);
void tell_closed_unanswered(const struct hm_case *c, struct hm_verdict *out);
void tell_no_answer(const struct hm_case *c, struct hm_verdict *out);
void tell_closing(const struct hm_case *c, struct hm_verdict *out);

/* rules_tls.c: the client began TLS, and the first answer is an HTTP status. */
bool tls_on_plain(const struct hm_case *c);

/* The same: it began with something else, and the first answer is a TLS alert. */
bool plain_on_tls(const struct hm_case *c);

/* The same: the alert's name; lines of evidence: where it was seen, both sides of a mismatch. */
const char *alert_name(uint8_t alert);
void tell_alert_seen(const struct hm_case *c, struct hm_verdict *out);
void tell_both_seen(const struct hm_case *c, struct hm_verdict *out);
void tell_alert_met(const struct hm_case *c, struct hm_verdict *out);

extern const struct hm_rules rules_relayed, rules_tls, rules_answer, rules_silence, rules_delivered,
	rules_refused, rules_dropped, rules_route, rules_between, rules_handshake, rules_reset,
	rules_data, rules_window, rules_stuck, rules_elsewhere;

/* One connection of a path with its rule; NULL where inconclusive. */
struct hm_link {
	struct hm_case c;
	const struct hm_rule *rule;
};

/* The first rule that would hold if nothing had been lost and no hop were blind, or NULL. */
const struct hm_rule *rules_first(const struct hm_case *c);

/* The first rule that holds, or NULL where the evidence does not suffice. */
const struct hm_rule *rules_judge(const struct hm_case *c);

/* rules_data.c: the server's socket has the marker's last byte, which nobody has read. */
bool holds_marker(const struct hm_case *c);

/*
 * rules_data.c: a process of this host closed the connection, and nobody had read what was sent, if
 * anything was; how that is said; what was seen of it.
 */
bool closed_here(const struct hm_case *c);
const char *closed_how(const struct hm_case *c);
void tell_close(const struct hm_case *c, struct hm_verdict *out);
void tell_closed(const struct hm_case *c, struct hm_verdict *out); /* that, and all else */

/*
 * rules_data.c: the server's TCP, which is watched, knew nothing of a connection that nobody had
 * closed. It forgot the handshake, as it does where a SYN-ACK that it repeats is dropped on this
 * host, its listener was started anew before it had accepted, or the connection is from before its
 * host was started.
 */
bool never_known(const struct hm_case *c);

/* rules_handshake.c: a RST of nobody's socket answered the SYN-ACK. */
bool reset_disowns(const struct hm_case *c);

/* The same: the listener had no room for the request, which explains that nothing came. */
bool listener_is_full(const struct hm_case *c);

/* rules_reset.c: one line of evidence where the RST has a TTL unlike its sender's other packets. */
void tell_strange_ttl(const struct hm_case *c, struct hm_verdict *out);

/* rules_dropped.c: one line of evidence, how often and why the kernel dropped it. */
void tell_drops(const struct hm_case *c, struct hm_verdict *out);

/* The same of a SYN that ended here for a reason that carries no blame, if one did. */
void tell_odd_drop(const struct hm_case *c, struct hm_verdict *out);

/* rules_path.c: judges what the connections of a path make together: proxies, attempts. */
void path_judge(const struct hm_path *path, struct hm_link *links, uint32_t count,
		struct hm_verdict *out);

/*
 * rules_stalled.c: the proxy that kept the message longer than --stall, *kept_ns how long, or NULL.
 */
const struct hm_link *stalled_proxy(const struct hm_link *links, uint32_t count, uint64_t *kept_ns);
void tell_stalled(const struct hm_link *proxy, uint64_t kept_ns, struct hm_verdict *out);

/*
 * rules_between.c: where that step left a namespace last, again and again, and then never came to
 * that one, which is watched; or NULL.
 */
const struct hm_row *left_and_never_came(const struct hm_case *c, enum hm_step step,
					 uint32_t netns);

/* The same: where that step left a namespace last, through an interface; NULL: nowhere. */
const struct hm_row *left_last(const struct hm_case *c, enum hm_step step);

/*
 * The same: the one watched namespace that has the server's address, and somebody who listens; 0:
 * none.
 */
uint32_t home_netns(const struct hm_case *c);

/* The same: nothing that comes into that namespace is missed. */
bool sees_all_of(const struct hm_case *c, uint32_t netns);

/*
 * rules_elsewhere.c: somebody out there made the handshake, and the namespace that has the server's
 * address, and alone can be meant, saw no packet of the connection.
 */
bool answered_elsewhere(const struct hm_case *c);

/* The same: one line of evidence where it saw none, whether it can be meant or not. */
void tell_home(const struct hm_case *c, struct hm_verdict *out);

/* rules_refused.c: what refused_for_a_listener() leaves open. */
void tell_for_a_listener(const struct hm_case *c, struct hm_verdict *out);

/* rules_inconclusive.c: why the evidence does not suffice. */
void tell_inconclusive(const struct hm_case *c, struct hm_verdict *out);

#endif
