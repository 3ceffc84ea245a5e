// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules on connection requests that this host turned down: a firewall rule that rejects, or TCP
 * itself, because nobody listens.
 */
#include <stdio.h>

#include "rules.h"

#define JUST_BOOTED_NS (30 * 60 * 1000000000ULL) /* services may still be starting */

static bool rejected(const struct hm_case *c)
{
	return c->rejected && !c->answer_ns;
}

static void tell_rejected(const struct hm_case *c, struct hm_verdict *out)
{
	bool reset = c->rst && c->rst_from_server;
	char b[HM_ADDR_LEN];

	at_here(c, c->firewall, out);
	words_say(
		out,
		"A firewall rule on this host rejected the connection to %s and answered with %s%s.",
		where_server(c, b), reset ? "a reset" : "an ICMP error",
		c->established ? "" : "; the application never saw it");
	words_evidence(out, "drop reason %s at %s in %s", c->firewall->drop.reason,
		       AT(c, c->firewall->mono_ns), c->firewall->drop.where);
	if (reset)
		words_evidence(out, "RST leaves at %s, and is not from this kernel's TCP%s",
			       PLACE(c, c->rst->hop, c->rst->mono_ns),
			       c->rst->family == 6 ? "" : ": not at socket:out");
	else
		words_evidence(
			out,
			"ICMP%s type %u code %u, which quotes that packet, was made here at %s",
			c->icmp->icmp.family == 6 ? "v6" : "", c->icmp->icmp.type,
			c->icmp->icmp.code, AT(c, c->icmp->mono_ns));
	words_advise(out,
		     "Find the rule:  nft list ruleset | grep -n reject   or   iptables-save -c");
}

static bool refused_here(const struct hm_case *c)
{
	return turned_down(c) && c->rst_here && !refused_for_a_listener(c);
}

static bool wrong_address_amid(const struct hm_case *c)
{
	return refused_here(c) && case_listener(c, false) && !case_listener(c, true);
}

static bool wrong_address(const struct hm_case *c)
{
	return wrong_address_amid(c) && case_listeners_whole(c);
}

static void tell_refusal(const struct hm_case *c, struct hm_verdict *out)
{
	tell_syns(c, out);
	words_evidence(out, "RST by this kernel's TCP at %s",
		       PLACE(c, c->rst->hop, c->rst->mono_ns));
}

static void tell_wrong_address(const struct hm_case *c, struct hm_verdict *out)
{
	const struct hm_sighting *l = case_listener(c, false);
	char listener[HM_ADDR_LEN], comm[HM_COMM_LEN * 4 + 1];
	char a[HM_WHO_LEN], b[HM_ADDR_LEN];

	at_server(c, out);
	at_process(out, l->comm, l->pid);
	snprintf(a, sizeof(a), "%s[%u]", safe_text(comm, sizeof(comm), l->comm), l->pid);
	words_say(out, "Nobody listens on %s; %s listens on %s.", where_server(c, b), a,
		  safe_endpoint(listener, &l->src));
	tell_refusal(c, out);
	if (!case_listeners_whole(c))
		words_why(out, "more listeners here than the table holds");
	words_advise(out,
		     "Let it listen on the address asked for, or ask for that one.  ss -ltnp "
		     "'sport = :%u'",
		     c->last->server.port);
}

/* What the look at the listeners, a moment later, found; without one nothing is said. */
static void tell_listeners(const struct hm_case *c, struct hm_verdict *out)
{
	const struct hm_sighting *l = case_listener(c, true);
	char comm[HM_COMM_LEN * 4 + 1], listener[HM_ADDR_LEN];

	if (l)
		words_evidence(
			out,
			"%s[%u] listens on %s at %s: it came up later, or is bound to another "
			"interface",
			safe_text(comm, sizeof(comm), l->comm), l->pid,
			safe_endpoint(listener, &l->src), AT(c, l->mono_ns));
	else if (!case_listeners_whole(c))
		words_evidence(out,
			       "more listeners here than the table holds: one on another address "
			       "may be left out");
	else if (c->probe_ns && !scene_lacks(c->scene, "sockets") && c->drops_watched)
		words_evidence(out, "no listener on port %u here at %s, no firewall drop",
			       c->last->server.port, AT(c, c->probe_ns));
}

/* Who listened last, and whether the host has only just come up: both explain that nobody does. */
static void tell_before(const struct hm_case *c, struct hm_verdict *out)
{
	const struct hm_sighting *l = case_last_listener(c);
	uint64_t up_ns = c->rst->mono_ns; /* CLOCK_BOOTTIME */
	char comm[HM_COMM_LEN * 4 + 1], listener[HM_ADDR_LEN];

	if (l) {
		words_evidence(out,
			       "%s[%u] listened on %s %s before the request, and does not any more",
			       safe_text(comm, sizeof(comm), l->comm), l->pid,
			       safe_endpoint(listener, &l->src), SPAN(c->first_ns - l->mono_ns));
		words_advise(out, "See why %s[%u] ended:  journalctl _PID=%u", comm, l->pid,
			     l->pid);
	}
	if (up_ns < JUST_BOOTED_NS)
		words_evidence(out, "this host booted %u min before",
			       (unsigned int)(up_ns / 60000000000ULL));
}

static void tell_refused(const struct hm_case *c, struct hm_verdict *out)
{
	char b[HM_ADDR_LEN];

	at_server(c, out);
	words_say(out,
		  "The network delivered the connection request; this host refused it, because "
		  "nobody %s on %s%s.",
		  case_listener(c, true) ? "listened" : "listens", where_server(c, b),
		  case_listener(c, true) ? " for it at that moment" : "");
	tell_refusal(c, out);
	tell_listeners(c, out);
	tell_before(c, out);
	words_advise(out,
		     "Start the application, or see what it listens on:  ss -ltnp 'sport = :%u'",
		     c->last->server.port);
}

void tell_for_a_listener(const struct hm_case *c, struct hm_verdict *out)
{
	const struct hm_sighting *l = case_listener(c, true);
	char b[HM_ADDR_LEN], comm[HM_COMM_LEN * 4 + 1];

	words_say(out,
		  "A reset from this host turned the connection to %s down, for which %s[%u] listens: "
		  "that came up later, or a program here made the reset, as intrusion prevention "
		  "does.",
		  where_server(c, b), safe_text(comm, sizeof(comm), l->comm), l->pid);
	tell_syns(c, out);
	words_advise(out, "Try again; see who may make it:  ss -wap");
}

static const struct hm_rule rows[] = {
	{HM_REJECTED_BY_FIREWALL, HM_BLAME_HOST, HM_PROVEN, HM_ON_SIGHT, rejected, tell_rejected},
	{HM_WRONG_ADDRESS, HM_BLAME_APPLICATION, HM_PROVEN, HM_ON_SIGHT, wrong_address,
	 tell_wrong_address},
	{HM_WRONG_ADDRESS, HM_BLAME_APPLICATION, HM_LIKELY, HM_ON_SIGHT, wrong_address_amid,
	 tell_wrong_address},
	{HM_REFUSED, HM_BLAME_APPLICATION, HM_PROVEN, HM_ON_SIGHT, refused_here, tell_refused},
};
const struct hm_rules rules_refused = {rows, HM_ARRAY_SIZE(rows), NULL};
