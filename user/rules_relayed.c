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
 * Nobody answered the SYNs of the server's process, which it sent for this client. What is known of
 * that connection by the message tells more.
 */
static bool waits_for_another(const struct hm_case *c)
{
	return passed_on(c, HM_RELAYED_SILENCE) && c->leg_count == c->path->leg_count;
}

static bool closed_in_silence(const struct hm_case *c)
{
	return waits_for_another(c) && closed_unanswered(c) && !c->drop_answer;
}

static bool silent_for_another(const struct hm_case *c)
{
	return waits_for_another(c) && no_answer(c) && !c->drop_answer;
}

/* Nor read from it: it asked as soon as it had accepted. */
static bool closed_unread_beside(const struct hm_case *c)
{
	return (passed_on(c, HM_RELAYED_REFUSAL) || waits_for_another(c)) && closed_here(c);
}

static bool closed_unread_for_another(const struct hm_case *c)
{
	return closed_unread_beside(c) && case_listens(c, c->relayed->pid);
}

/* a: who asked, peer: whom. */
static void tell_asking(const struct hm_case *c, const char *a, const char *peer,
			struct hm_verdict *out)
{
	bool refused = passed_on(c, HM_RELAYED_REFUSAL);

	words_evidence(out,
		       refused ? "RST of %s to the SYN of %s at %s"
			       : "no SYN-ACK of %s to the SYN of %s, seen again at %s",
		       peer, a, PLACE(c, c->relayed->hop, c->relayed->ns));
}

static void tell_for_another(const struct hm_case *c, struct hm_verdict *out)
{
	bool refused = passed_on(c, HM_RELAYED_REFUSAL), unread = closed_here(c);
	const char *how = unread	 ? closed_how(c)
			  : no_answer(c) ? "read what was sent and did not answer"
			  : c->hello	 ? "read the TLS handshake and closed the connection"
					 : "read the request and closed the connection";
	char a[HM_WHO_LEN], peer[HM_ADDR_LEN];

	at_teller(c, a, peer, out);
	words_say(out, "%s %s; in between it had asked %s, which %s.", a, how, peer,
		  refused ? "refused its connection" : "did not answer its connection request");
	if (unread)
		tell_close(c, out);
	else if (no_answer(c))
		tell_read(c, out);
	else
		tell_closing(c, out);
	tell_asking(c, a, peer, out);
	words_why(out, "that %s asked it for this client rests on what was done when", a);
	if (refused)
		words_advise(out, "See whether %s listens, and what the log of %s says.", peer, a);
	else
		words_advise(out, "See why %s does not answer %s: that connection is told of too.",
			     peer, a);
}

/* Whether that one listens is not known, or it does so elsewhere. */
static void tell_closed_beside(const struct hm_case *c, struct hm_verdict *out)
{
	char a[HM_WHO_LEN], peer[HM_ADDR_LEN];

	tell_closed(c, out);
	snprintf(a, sizeof(a), "process %u", c->relayed->pid);
	tell_asking(c, a, safe_endpoint(peer, &c->relayed->peer), out);
	words_why(out,
		  "who took this connection is not known; if it was %s, it may have closed it for "
		  "that",
		  a);
}

static const struct hm_rule rows[] = {
	{HM_TLS_MISMATCH, HM_BLAME_APPLICATION, HM_LIKELY, HM_ON_SIGHT, plain_passed_on,
	 tell_plain_passed_on},
	{HM_TLS_MISMATCH, HM_BLAME_APPLICATION, HM_LIKELY, HM_ON_ABSENCE, refusal_passed_on,
	 tell_refusal_passed_on},
	{HM_TLS_ALERT, HM_BLAME_APPLICATION, HM_LIKELY, HM_ON_SIGHT, alert_passed_on,
	 tell_alert_passed_on},
	{HM_CLOSED_BY_APPLICATION, HM_BLAME_BEYOND, HM_LIKELY, HM_ON_ABSENCE, closed_for_another,
	 tell_for_another},
	{HM_CLOSED_BY_APPLICATION, HM_BLAME_BEYOND, HM_LIKELY, HM_ON_ABSENCE, closed_in_silence,
	 tell_for_another},
	{HM_CLOSED_BY_APPLICATION, HM_BLAME_BEYOND, HM_LIKELY, HM_ON_ABSENCE,
	 closed_unread_for_another, tell_for_another},
	{HM_CLOSED_BY_APPLICATION, HM_BLAME_APPLICATION, HM_LIKELY, HM_ON_ABSENCE,
	 closed_unread_beside, tell_closed_beside},
	{HM_NO_ANSWER, HM_BLAME_BEYOND, HM_LIKELY, HM_ON_ABSENCE, silent_for_another,
	 tell_for_another},
};
const struct hm_rules rules_relayed = {rows, HM_ARRAY_SIZE(rows), NULL};
