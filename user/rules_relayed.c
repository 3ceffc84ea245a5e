// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules on what a process only passed on, as proxies that leave TLS to the server behind them do:
 * on another of its connections it had been told the same, in between. Called by rules.c, before
 * the rules that take it for the process's own. Likely at most: time alone joins the two.
 */
#include <stdio.h>

#include "rules.h"

static bool passed_on(const struct hm_case *c, enum hm_relayed_what what)
{
	return c->relayed && c->relayed->what == what;
}

/* "HTTP status 400 of 10.77.2.2:443 came to haproxy[812] at eth1:in, 1.70 ms". */
static void tell_source(const struct hm_case *c, const char *what, const char *passer,
			struct hm_verdict *out)
{
	char peer[HM_ADDR_LEN];

	words_evidence(out, "%s of %s came to %s at %s", what,
		       safe_endpoint(peer, &c->relayed->peer), passer,
		       PLACE(c, c->relayed->hop, c->relayed->ns));
	words_why(out, "that %s passed it on rests on what was said when", passer);
}

static void advise_both(const char *peer, struct hm_verdict *out)
{
	words_advise(out, "Run this trace on %s, and look at its log.", peer);
}

static bool alert_passed_on(const struct hm_case *c)
{
	return passed_on(c, HM_RELAYED_ALERT) && c->hello;
}

static void tell_alert_passed_on(const struct hm_case *c, struct hm_verdict *out)
{
	bool server = c->alert->tls.alert_from_server;
	const char *name = alert_name(c->alert->tls.alert);
	char a[HM_WHO_LEN], b[HM_WHO_LEN], peer[HM_ADDR_LEN];

	who_server(c, server ? a : b);
	who_client(c, server ? b : a);
	safe_endpoint(peer, &c->relayed->peer);
	at_peer(c, &c->relayed->peer, server ? HM_ROLE_SERVER : HM_ROLE_CLIENT, out);
	words_say(out,
		  "The network carried the TLS handshake; %s ended it with the fatal alert %s, "
		  "which %s passed on to %s.",
		  peer, name, a, b);
	tell_alert_seen(c, out);
	tell_source(c, "the same alert", a, out);
	advise_both(peer, out);
}

/* The server that was asked is at it; a: who asked it, peer: where it is. */
static void at_teller(const struct hm_case *c, char a[HM_WHO_LEN], char peer[HM_ADDR_LEN],
		      struct hm_verdict *out)
{
	who_server(c, a);
	safe_endpoint(peer, &c->relayed->peer);
	at_peer(c, &c->relayed->peer, HM_ROLE_SERVER, out);
}

static bool plain_passed_on(const struct hm_case *c)
{
	return passed_on(c, HM_RELAYED_STATUS) && tls_on_plain(c);
}

static void tell_plain_passed_on(const struct hm_case *c, struct hm_verdict *out)
{
	char a[HM_WHO_LEN], peer[HM_ADDR_LEN];

	at_teller(c, a, peer, out);
	words_say(out,
		  "The network carried both: the client began a TLS handshake, which %s passed on, "
		  "and %s answered it in plain HTTP.",
		  a, peer);
	tell_both_seen(c, out);
	tell_source(c, "the same HTTP status", a, out);
	words_advise(out, "Let %s speak TLS, or let %s end TLS before it asks it.", peer, a);
}

static bool refusal_passed_on(const struct hm_case *c)
{
	return passed_on(c, HM_RELAYED_ALERT) && plain_on_tls(c);
}

static void tell_refusal_passed_on(const struct hm_case *c, struct hm_verdict *out)
{
	char a[HM_WHO_LEN], peer[HM_ADDR_LEN];

	at_teller(c, a, peer, out);
	words_say(out,
		  "The network carried both: the client began with no TLS record, %s passed that "
		  "on, and %s answered with a TLS alert.",
		  a, peer);
	tell_alert_met(c, out);
	tell_source(c, "the same alert", a, out);
	words_advise(out, "Use TLS (https://) for this port of %s, or let %s speak it to %s.", a, a,
		     peer);
}

static bool closed_for_another(const struct hm_case *c)
{
	return passed_on(c, HM_RELAYED_REFUSAL) && c->relayed->pid == c->server_pid && c->hello &&
	       closed_unanswered(c) && !c->drop_answer;
}

/*
 * The server's process may wait for another that it had asked for this client. Where the message
 * joins the two rules_path.c judges both.
 */
static bool waits_perhaps(const struct hm_case *c)
{
	return c->relayed && c->relayed->what >= HM_RELAYED_REFUSAL &&
	       c->leg_count == c->path->leg_count && !c->drop_answer;
}

static bool waits(const struct hm_case *c)
{
	return waits_perhaps(c) && c->relayed->what >= HM_RELAYED_NO_SYNACK &&
	       !c->relayed->unsure && c->relayed->pid == c->server_pid;
}

static bool closed_waiting(const struct hm_case *c)
{
	return waits(c) && closed_unanswered(c);
}

static bool closed_waiting_perhaps(const struct hm_case *c)
{
	return waits_perhaps(c) && closed_unanswered(c) && !case_is_proxy(c);
}

static bool silent_waiting(const struct hm_case *c)
{
	return waits(c) && no_answer(c);
}

static bool silent_waiting_perhaps(const struct hm_case *c)
{
	return waits_perhaps(c) && no_answer(c) && !case_is_proxy(c);
}

/* Nor read from it: it asked as soon as it had accepted. */
static bool closed_unread_perhaps(const struct hm_case *c)
{
	return waits_perhaps(c) && closed_here(c);
}

static bool closed_unread_for_another(const struct hm_case *c)
{
	return closed_unread_perhaps(c) && !c->relayed->unsure && case_listens(c, c->relayed->pid);
}

static const struct {
	const char *did, *seen, *upon;
} askings[] = {
	[HM_RELAYED_REFUSAL] = {"refused its connection", "RST", "the SYN"},
	[HM_RELAYED_NO_SYNACK] = {"did not answer its connection request", "no SYN-ACK", "the SYN"},
	[HM_RELAYED_NO_ANSWER] = {"took the connection and did not answer", "no answer",
				  "the data"},
	[HM_RELAYED_CLOSED] = {"took the connection and closed it without an answer", "no answer",
			       "the data"},
};

/* a: who asked, peer: whom. */
static void tell_asking(const struct hm_case *c, const char *a, const char *peer,
			struct hm_verdict *out)
{
	words_evidence(out, "%s of %s to %s of %s at %s", askings[c->relayed->what].seen, peer,
		       askings[c->relayed->what].upon, a,
		       PLACE(c, c->relayed->hop, c->relayed->ns));
}

/* how: what the process did to its client. */
static void say_for_another(const struct hm_case *c, const char *how, struct hm_verdict *out)
{
	char a[HM_WHO_LEN], peer[HM_ADDR_LEN];

	at_teller(c, a, peer, out);
	words_say(out, "%s %s; in between it had asked %s, which %s.", a, how, peer,
		  askings[c->relayed->what].did);
}

static void tell_for_another(const struct hm_case *c, struct hm_verdict *out)
{
	char a[HM_WHO_LEN], peer[HM_ADDR_LEN];

	who_server(c, a);
	safe_endpoint(peer, &c->relayed->peer);
	tell_asking(c, a, peer, out);
	words_why(out, "that %s asked it for this client rests on what was done when", a);
	words_advise(out, "See why %s does not serve %s: whether it listens, and its log.", peer,
		     a);
}

static void tell_closed_for_another(const struct hm_case *c, struct hm_verdict *out)
{
	say_for_another(c, "read the TLS handshake and closed the connection", out);
	tell_closing(c, out);
	tell_for_another(c, out);
}

static void tell_silent_for_another(const struct hm_case *c, struct hm_verdict *out)
{
	say_for_another(c, "read the TLS handshake and did not answer it", out);
	tell_read(c, out);
	tell_giving_up(c, out);
	tell_for_another(c, out);
}

static void tell_unread_for_another(const struct hm_case *c, struct hm_verdict *out)
{
	say_for_another(c, closed_how(c), out);
	tell_close(c, out);
	tell_for_another(c, out);
}

/* Whether what it waits for has to do with this client, or who took it, is not known. */
static void tell_perhaps(const struct hm_case *c, struct hm_verdict *out)
{
	char a[HM_WHO_LEN], peer[HM_ADDR_LEN];

	if (c->relayed->pid == c->server_pid)
		who_server(c, a);
	else
		snprintf(a, sizeof(a), "process %u", c->relayed->pid);
	tell_asking(c, a, safe_endpoint(peer, &c->relayed->peer), out);
	words_why(out, "that may be because of %s, which %s", peer, askings[c->relayed->what].did);
}

static void tell_closed_perhaps(const struct hm_case *c, struct hm_verdict *out)
{
	tell_closed_unanswered(c, out);
	tell_perhaps(c, out);
}

static void tell_silent_perhaps(const struct hm_case *c, struct hm_verdict *out)
{
	tell_no_answer(c, out);
	tell_perhaps(c, out);
}

static void tell_unread_perhaps(const struct hm_case *c, struct hm_verdict *out)
{
	tell_closed(c, out);
	tell_perhaps(c, out);
}

static const struct hm_rule rows[] = {
	{HM_TLS_MISMATCH, HM_BLAME_APPLICATION, HM_LIKELY, HM_ON_SIGHT, plain_passed_on,
	 tell_plain_passed_on},
	{HM_TLS_MISMATCH, HM_BLAME_APPLICATION, HM_LIKELY, HM_ON_ABSENCE, refusal_passed_on,
	 tell_refusal_passed_on},
	{HM_TLS_ALERT, HM_BLAME_APPLICATION, HM_LIKELY, HM_ON_SIGHT, alert_passed_on,
	 tell_alert_passed_on},
	{HM_CLOSED_BY_APPLICATION, HM_BLAME_BEYOND, HM_LIKELY, HM_ON_ABSENCE, closed_for_another,
	 tell_closed_for_another},
	{HM_CLOSED_BY_APPLICATION, HM_BLAME_BEYOND, HM_LIKELY, HM_ON_ABSENCE, closed_waiting,
	 tell_closed_for_another},
	{HM_CLOSED_BY_APPLICATION, HM_BLAME_APPLICATION, HM_LIKELY, HM_ON_ABSENCE,
	 closed_waiting_perhaps, tell_closed_perhaps},
	{HM_CLOSED_BY_APPLICATION, HM_BLAME_BEYOND, HM_LIKELY, HM_ON_ABSENCE,
	 closed_unread_for_another, tell_unread_for_another},
	{HM_CLOSED_BY_APPLICATION, HM_BLAME_APPLICATION, HM_LIKELY, HM_ON_ABSENCE,
	 closed_unread_perhaps, tell_unread_perhaps},
	{HM_NO_ANSWER, HM_BLAME_BEYOND, HM_LIKELY, HM_ON_ABSENCE, silent_waiting,
	 tell_silent_for_another},
	{HM_NO_ANSWER, HM_BLAME_APPLICATION, HM_LIKELY, HM_ON_ABSENCE, silent_waiting_perhaps,
	 tell_silent_perhaps},
};
const struct hm_rules rules_relayed = {rows, HM_ARRAY_SIZE(rows), NULL};
