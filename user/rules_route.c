// SPDX-License-Identifier: GPL-2.0-only
/* Rules on what this host has not: a route to the server or back to the client, a local port. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rules.h"

static bool no_route(const struct hm_case *c)
{
	return c->connect && !c->has_syn && c->route && c->route->route.error &&
	       c->scene->hops[c->connect->hop].netns == c->scene->netns;
}

static void tell_no_route(const struct hm_case *c, struct hm_verdict *out)
{
	static const struct {
		int error;
		const char *words;
	} kinds[] = {
		{ENETUNREACH, "it has no route there"},
		{EHOSTUNREACH, "its route there is of type unreachable"},
		{EACCES, "its route there is of type prohibit"},
		{EINVAL, "its route there is of type blackhole"},
	};
	const char *why = "the route lookup fails";
	int error = c->route->route.error < 0 ? -c->route->route.error : c->route->route.error;
	char addr[HM_ADDR_LEN];
	char a[HM_WHO_LEN], b[HM_ADDR_LEN];

	for (size_t i = 0; i < HM_ARRAY_SIZE(kinds); i++)
		if (kinds[i].error == error)
			why = kinds[i].words;
	at_client(c, out);
	out->at.role = HM_ROLE_CLIENT;
	words_say(out, "This host could not send the request of %s to %s: %s.", who_client(c, a),
		  where_server(c, b), why);
	words_evidence(out,
		       "connect(2) by %s at %s, no SYN; the kernel's answer for this route: %s", a,
		       AT(c, c->connect->mono_ns), strerror(error));
	words_advise(out, "See  ip route get %s",
		     safe_addr(addr, c->last->server.addr, c->last->server.scope));
}

/* Nothing can be said of a socket that had a port, nor where a later attempt of it sent its SYN. */
static bool no_port(const struct hm_case *c)
{
	return c->connect && c->no_port && !c->has_syn && !c->drop;
}

static void tell_no_port(const struct hm_case *c, struct hm_verdict *out)
{
	const struct hm_sight_ports *p = c->ports ? &c->ports->ports : NULL;
	char a[HM_WHO_LEN], b[HM_ADDR_LEN], addr[HM_ADDR_LEN];

	at_client(c, out);
	out->at.role = HM_ROLE_CLIENT;
	words_say(out,
		  "This host could not send the request of %s to %s: it has no free local port "
		  "for it.",
		  who_client(c, a), where_server(c, b));
	words_evidence(out,
		       "connect(2) by %s at %s, no SYN; at %s the kernel closed its socket, which "
		       "had got no port",
		       a, AT(c, c->connect->mono_ns), AT(c, c->no_port->mono_ns));
	if (p)
		words_evidence(
			out,
			"%u sockets lead to %s at %s, %u of them in TIME-WAIT; local ports: %u to "
			"%u, %u",
			p->used, b, AT(c, c->ports->mono_ns), p->waiting, p->low, p->high,
			p->high - p->low + 1U);
	words_advise(out, "See who holds them:  ss -tanp dst %s",
		     safe_addr(addr, c->last->server.addr, c->last->server.scope));
	words_advise(out, "Keep connections and use them again; or widen  sysctl "
			  "net.ipv4.ip_local_port_range");
}

/* No SYN-ACK was made, and nothing else that is known explains it. */
static bool never_answered(const struct hm_case *c)
{
	return c->has_syn && !c->has_synack && !c->established && !c->rst && !listener_is_full(c) &&
	       !drop_is_odd(c);
}

/* This host has no way back: its answer lies in the socket, or its SYN-ACK was never made. */
static bool no_route_back(const struct hm_case *c)
{
	return c->server_here && c->route_back && c->route_back->route.error && !c->answer_ns &&
	       (!c->server_netns || c->server_netns == c->scene->netns) &&
	       (c->unsent || never_answered(c));
}

static void tell_no_route_back(const struct hm_case *c, struct hm_verdict *out)
{
	char client[HM_ADDR_LEN];

	at_server(c, out);
	at_no_process(out);
	safe_addr(client, c->first->client.addr, c->first->client.scope);
	words_say(out, "This host has no route back to the client %s.", client);
	words_evidence(out, "the kernel's answer for this route at %s: %s",
		       AT(c, c->route_back->mono_ns), strerror(abs(c->route_back->route.error)));
	tell_unheard(c, out);
	tell_syns(c, out);
	words_why(out, "rules by source address (ip rule) were not looked at");
	words_advise(out, "See  ip route get %s  and  ip rule", client);
}

static const struct hm_rule rows[] = {
	{HM_NO_ROUTE, HM_BLAME_HOST, HM_PROVEN, HM_ON_NAMING, no_route, tell_no_route},
	{HM_PORT_EXHAUSTED, HM_BLAME_HOST, HM_PROVEN, HM_ON_ABSENCE, no_port, tell_no_port},
	{HM_NO_ROUTE, HM_BLAME_HOST, HM_LIKELY, HM_ON_ABSENCE, no_route_back, tell_no_route_back},
};
const struct hm_rules rules_route = {rows, HM_ARRAY_SIZE(rows), NULL};
