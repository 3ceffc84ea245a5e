// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules on connections whose handshake was not completed, and on drops and resets the kernel
 * names. Rows in order of precedence: named by the kernel before anything missing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules.h"

#define ICMP_UNREACH 3
#define ICMP_FRAG_NEEDED 4
#define ICMP_TIME_EXCEEDED 11
#define ICMP6_UNREACH 1
#define ICMP6_TIME_EXCEEDED 3

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
		"A firewall rule on this host rejected the connection to %s and answered with %s; "
		"the application never saw it.",
		where_server(c, b), reset ? "a reset" : "an ICMP error");
	words_evidence(out, "drop reason %s at %s in %s", c->firewall->drop.reason,
		       AT(c, c->firewall->mono_ns), c->firewall->drop.where);
	if (reset)
		words_evidence(
			out, "RST leaves at %s at that moment and is not from this kernel's TCP%s",
			hop_name(c, c->rst->hop), c->rst->family == 6 ? "" : ": not at socket:out");
	else
		words_evidence(out,
			       "ICMP%s type %u code %u, which quotes that packet, was made here",
			       c->icmp->icmp.family == 6 ? "v6" : "", c->icmp->icmp.type,
			       c->icmp->icmp.code);
	words_advise(out,
		     "Find the rule:  nft list ruleset | grep -n reject   or   iptables-save -c");
}

static bool refused_here(const struct hm_case *c)
{
	return !c->has_synack && c->rst && c->rst_from_server && c->rst_here;
}

static bool wrong_address(const struct hm_case *c)
{
	return refused_here(c) && case_listener(c, false);
}

static void tell_refusal(const struct hm_case *c, struct hm_verdict *out)
{
	tell_syns(c, out);
	words_evidence(out, "RST by this kernel's TCP at %s, %s", hop_name(c, c->rst->hop),
		       AT(c, c->rst->mono_ns));
}

static void tell_wrong_address(const struct hm_case *c, struct hm_verdict *out)
{
	const struct hm_sighting *l = case_listener(c, false);
	char listener[HM_ADDR_LEN], comm[HM_COMM_LEN * 4 + 1];
	char a[HM_WHO_LEN], b[HM_ADDR_LEN];

	at_server(c, out);
	at_process(out, l->comm, l->pid);
	snprintf(a, sizeof(a), "%s[%u]", safe_text(comm, sizeof(comm), l->comm), l->pid);
	words_say(out, "Nobody listens on %s; %s listens on %s%s.", where_server(c, b), a,
		  safe_endpoint(listener, &l->src),
		  c->server_netns && l->listener.netns != c->server_netns
			  ? ", in another network namespace"
			  : "");
	tell_refusal(c, out);
	words_advise(out,
		     "Let it listen on the address asked for, or ask for that one.  ss -ltnp "
		     "'sport = :%u'",
		     c->last->server.port);
}

static void tell_refused(const struct hm_case *c, struct hm_verdict *out)
{
	char b[HM_ADDR_LEN];

	at_server(c, out);
	words_say(out,
		  "The network delivered the connection request; this host refused it, because "
		  "nobody listens on %s.",
		  where_server(c, b));
	tell_refusal(c, out);
	if (c->probe_ns && c->bench->listeners_lost_ns >= c->probe_ns)
		words_evidence(out,
			       "more listeners here than the table holds: one on another address "
			       "may be left out");
	else if (!scene_lacks(c->scene, "sockets") && c->drops_watched)
		words_evidence(out, "no listener on port %u here, no firewall drop",
			       c->last->server.port);
	words_advise(out,
		     "Start the application, or see what it listens on:  ss -ltnp 'sport = :%u'",
		     c->last->server.port);
}

static bool refused_afar(const struct hm_case *c)
{
	bool from_out = c->rst && hop_hook(c, c->rst->hop) == HM_HOOK_TC_OUT;

	return !c->has_synack && c->rst && c->rst_from_server && !c->rst_here && c->far &&
	       !c->firewall && !from_out;
}

static void tell_refused_afar(const struct hm_case *c, struct hm_verdict *out)
{
	char asked[HM_ADDR_LEN], by[HM_ADDR_LEN], addr[HM_ADDR_LEN];

	at_server(c, out);
	where_server(c, asked);
	safe_endpoint(by, &c->rst->src);
	if (endpoint_equal(&c->rst->src, &c->first->server))
		words_say(out, "The connection was refused by %s or a device that answers for it.",
			  by);
	else
		words_say(out,
			  "The connection to %s, which NAT sends on to %s, was refused by %s or a "
			  "device that answers for it.",
			  asked, by, by);
	tell_syns(c, out);
	words_evidence(out, "RST from %s seen at %s, %s", by, hop_name(c, c->rst->hop),
		       AT(c, c->rst->mono_ns));
	words_why(out, "the server's host was not watched");
	words_advise(out, "Run this trace on %s; there:  ss -ltnp 'sport = :%u'",
		     safe_addr(addr, c->last->server.addr, c->last->server.scope),
		     c->last->server.port);
}

/* Named drops: the row's code must be the drop's. */
static bool dropped_as(const struct hm_case *c, enum hm_code code)
{
	return c->drop && c->drop_code == code && !c->rejected;
}

static bool dropped_firewall(const struct hm_case *c)
{
	return dropped_as(c, HM_DROPPED_BY_FIREWALL);
}

static bool dropped_routing(const struct hm_case *c)
{
	return dropped_as(c, HM_DROPPED_BY_ROUTING);
}

static bool dropped_no_route(const struct hm_case *c)
{
	return dropped_as(c, HM_NO_ROUTE);
}

/* The other reasons of that code are this host's own: its table is full, its entry went away. */
static bool neighbour_silent(const struct hm_case *c)
{
	return dropped_as(c, HM_NEIGHBOUR_FAILED) && drop_tells_silence(c->drop);
}

static bool neighbour_unusable(const struct hm_case *c)
{
	return dropped_as(c, HM_NEIGHBOUR_FAILED);
}

static bool dropped_other(const struct hm_case *c)
{
	return dropped_as(c, HM_DROPPED_OTHER);
}

static bool from_server(const struct hm_case *c, const struct hm_sighting *s)
{
	return endpoint_equal(&s->src, &c->first->server) || endpoint_equal(&s->src, &c->last->server);
}

static const char *packet_of(const struct hm_case *c, const struct hm_sighting *s)
{
	if ((s->drop.flags & (HM_TCP_SYN | HM_TCP_ACK)) == HM_TCP_SYN)
		return "connection request (SYN)";
	if (s->drop.flags & HM_TCP_SYN)
		return "SYN-ACK";
	return c->drop_answer ? "answer" : from_server(c, s) ? "server's packet" : "client's packet";
}

static void tell_drops(const struct hm_case *c, struct hm_verdict *out)
{
	char reason[HM_NAME_LEN * 4], where[HM_NAME_LEN * 4];

	safe_text(reason, sizeof(reason), c->drop->drop.reason);
	safe_text(where, sizeof(where), c->drop->drop.where);
	words_evidence(out, "%s dropped %u%s time%s, first at %s: %s in %s", packet_of(c, c->drop),
		       c->drops, c->more_drops ? " or more" : "", c->drops == 1 ? "" : "s",
		       AT(c, c->drop->mono_ns), reason, where);
}

static void tell_dropped(const struct hm_case *c, struct hm_verdict *out)
{
	static const struct {
		const char *by, *advice;
	} words[HM_CODE_COUNT] = {
		[HM_DROPPED_BY_FIREWALL] = {"a firewall rule on this host",
					    "Find the rule:  nft list ruleset   or   iptables-save "
					    "-c   (watch its counter)"},
		[HM_DROPPED_BY_ROUTING] = {"this host's routing",
					   "See  ip route get <source address>  and  sysctl "
					   "net.ipv4.conf.all.rp_filter"},
		[HM_NO_ROUTE] = {"this host, for want of a route", "See  ip route  and  ip rule"},
		[HM_DROPPED_OTHER] = {"this host's kernel",
				      "See  nstat -az  for the counter that grows"},
	};
	char reason[HM_NAME_LEN * 4];
	char b[HM_ADDR_LEN];

	at_here(c, c->drop, out);
	safe_text(reason, sizeof(reason), c->drop->drop.reason);
	words_say(out, "The %s %s %s was dropped by %s (%s).", packet_of(c, c->drop),
		  from_server(c, c->drop) ? "from" : "for", where_server(c, b),
		  words[c->drop_code].by, reason);
	tell_drops(c, out);
	tell_syns(c, out);
	words_advise(out, "%s", words[c->drop_code].advice);
}

/* The next hop is the host itself or the router towards it: which one hopmark does not know. */
static void tell_neighbour(const struct hm_case *c, struct hm_verdict *out)
{
	const struct hm_sighting *s = c->drop;
	const char *how = s->family == 6 ? "neighbour discovery" : "ARP";
	char to[HM_ADDR_LEN];

	at_here(c, s, out);
	out->at.pid = 0; /* who asked for it has no part in it */
	memset(out->at.comm, 0, sizeof(out->at.comm));
	safe_addr(to, s->dst.addr, s->dst.scope);
	if (neighbour_silent(c))
		words_say(out,
			  "This host asked for the hardware address of %s, or of the router "
			  "towards it (%s), and nobody answered.",
			  to, how);
	else
		words_say(out,
			  "This host could not keep a neighbour entry (%s) for %s, or for the "
			  "router towards it.",
			  how, to);
	tell_drops(c, out);
	tell_syns(c, out);
	words_advise(out, "See  ip neigh show to %s  and, if a router leads there,  ip route get %s",
		     to, to);
}

/* A RST after that is what follows: the client goes on, and the listener is gone one day. */
static bool queue_full(const struct hm_case *c)
{
	return c->full && !c->accepted && !socket_open(c) && (!c->rst_from_server || half_made(c)) &&
	       (c->has_synack || c->synack_due || c->full->what == HM_WHAT_DROP);
}

/* The accept queue as it was then: connections that wait in it, and how many may. */
static void queue_then(const struct hm_sighting *s, uint32_t *waiting, uint32_t *limit)
{
	switch (s->what) {
	case HM_WHAT_SYN:
		*waiting = s->syn.backlog;
		*limit = s->syn.backlog_max;
		break;
	case HM_WHAT_RETRANS:
		*waiting = s->retrans.backlog;
		*limit = s->retrans.backlog_max;
		break;
	default:
		*waiting = s->drop.backlog;
		*limit = s->drop.backlog_max;
	}
}

static void tell_queue_full(const struct hm_case *c, struct hm_verdict *out)
{
	char a[HM_WHO_LEN], b[HM_ADDR_LEN];
	uint32_t waiting, limit;

	queue_then(c->full, &waiting, &limit);

	at_server(c, out);
	words_say(out,
		  "The network delivered the connection request; this host had to discard it, "
		  "because "
		  "%s leaves its waiting connections unaccepted.",
		  who_server(c, a));
	words_evidence(out, "listener %s: %u waiting, limit %u", where_server(c, b), waiting,
		       limit);
	if (c->full->what == HM_WHAT_RETRANS)
		words_evidence(out,
			       "the handshake's last ACK came to it; it repeated its SYN-ACK at %s",
			       AT(c, c->full->mono_ns));
	tell_syns(c, out);
	words_advise(out, "See why %s does not accept: its threads, its limit of open files.", a);
	words_advise(out, "A larger backlog only hides it.  ss -ltn 'sport = :%u'",
		     c->last->server.port);
}

/* This host has no way back: its answer lies in the socket, or its SYN-ACK was never made. */
static bool no_route_back(const struct hm_case *c)
{
	bool silent = c->has_syn && !c->has_synack && !c->established && !c->rst;

	return c->server_here && c->route_back && c->route_back->route.error && !c->answer_ns &&
	       (c->unsent || silent);
}

static void tell_no_route_back(const struct hm_case *c, struct hm_verdict *out)
{
	char client[HM_ADDR_LEN];

	at_server(c, out);
	out->at.pid = 0; /* who answers has no part in it */
	memset(out->at.comm, 0, sizeof(out->at.comm));
	safe_addr(client, c->first->client.addr, c->first->client.scope);
	words_say(out, "This host has no route back to the client %s.", client);
	words_evidence(out, "the kernel's answer for this route: %s",
		       strerror(abs(c->route_back->route.error)));
	if (c->unsent)
		words_evidence(out, "%u bytes lie in the server's socket, not acknowledged",
			       c->unsent);
	if (c->marker_in > 1)
		words_evidence(out, "the client sent the marker %u times", c->marker_in);
	tell_syns(c, out);
	words_why(out, "rules by source address (ip rule) were not looked at");
	words_advise(out, "See  ip route get %s  and  ip rule", client);
}

static bool no_route(const struct hm_case *c)
{
	return c->connect && !c->has_syn && c->route && c->route->route.error;
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

/* An ICMP error counts where it quotes this handshake, and nothing of the server came later. */
static bool icmp_stands(const struct hm_case *c)
{
	const struct hm_sighting *s = c->icmp;
	uint8_t type = s ? s->icmp.type : 0;

	if (!s || c->answer_ns || c->acked_ns || c->read_ns || c->rst_from_server)
		return false;
	if (!c->drops_watched && hop_hook(c, s->hop) == HM_HOOK_TC_OUT)
		return false; /* made here, for a reason that only the drops tell: a firewall? */
	if (!c->established && (c->has_synack || s->seq != c->first->isn_client))
		return false;
	if (s->icmp.family == 6)
		return type == ICMP6_UNREACH || type == ICMP6_TIME_EXCEEDED;
	return (type == ICMP_UNREACH && s->icmp.code != ICMP_FRAG_NEEDED) ||
	       type == ICMP_TIME_EXCEEDED;
}

static bool unreachable_policy(const struct hm_case *c)
{
	const struct hm_sighting *s = c->icmp;

	if (!icmp_stands(c))
		return false;
	if (s->icmp.family == 6)
		return s->icmp.type == ICMP6_UNREACH && (s->icmp.code == 1 || s->icmp.code == 5);
	return s->icmp.type == ICMP_UNREACH &&
	       (s->icmp.code == 9 || s->icmp.code == 10 || s->icmp.code == 13);
}

static void tell_unreachable(const struct hm_case *c, struct hm_verdict *out)
{
	char sender[HM_ADDR_LEN];
	char b[HM_ADDR_LEN];

	at_here(c, c->icmp, out);
	safe_addr(sender, c->icmp->icmp.sender, 0);
	memset(&out->at, 0, sizeof(out->at));
	snprintf(out->at.host, sizeof(out->at.host), "%.63s", sender);
	out->at.role = HM_ROLE_ROUTER;
	words_say(out, "%s sent back that %s cannot be reached%s.", sender, where_server(c, b),
		  unreachable_policy(c) ? ": forbidden by its administrator" : "");
	words_evidence(out, "ICMP%s type %u code %u from %s at %s, %s, quotes this connection",
		       c->icmp->icmp.family == 6 ? "v6" : "", c->icmp->icmp.type,
		       c->icmp->icmp.code, sender, hop_name(c, c->icmp->hop),
		       AT(c, c->icmp->mono_ns));
	tell_syns(c, out);
	words_advise(out, "Ask whoever runs %s.", sender);
}

static bool syn_unanswered(const struct hm_case *c)
{
	return c->has_syn && !c->has_synack && !c->rst && !c->established && c->left_last &&
	       !c->server_here && c->synack_due && !c->firewall;
}

static void tell_syn_unanswered(const struct hm_case *c, struct hm_verdict *out)
{
	const struct hm_hop *last = sight_last_out(c);
	char addr[HM_ADDR_LEN], after[HM_NAME_LEN * 4], dev[HM_NAME_LEN * 4];
	char b[HM_ADDR_LEN];

	out->at.role = HM_ROLE_NONE;
	where_server(c, b);
	if (last && last->after[0]) {
		safe_text(after, sizeof(after), last->after);
		safe_text(dev, sizeof(dev), last->dev);
		words_say(out,
			  "The connection request to %s passed %s and nothing came back: the fault "
			  "is further along, in %s, which runs after that, in the network, a "
			  "firewall or the far host.",
			  b, hop_name(c, (uint16_t)(last - c->scene->hops)), after);
		words_advise(out, "See whether it leaves:  tcpdump -ni %s tcp port %u", dev,
			     c->last->server.port);
	} else {
		words_say(out,
			  "The connection request to %s left this host and nothing came back: the "
			  "fault is further along, in the network, a firewall or the far host.",
			  b);
	}
	tell_syns(c, out);
	words_evidence(out, "no SYN-ACK, RST or ICMP error came back%s",
		       c->drops_watched ? "; no drop on this host" : "");
	words_why(out, c->drops_watched ? "the far side was not watched"
					: "the far side and this host's drops were not watched");
	words_advise(out, "Run this trace on %s or the last box before it, and try again.",
		     safe_addr(addr, c->last->server.addr, c->last->server.scope));
}

static bool abandoned(const struct hm_case *c)
{
	return c->has_syn && !c->established && c->rst && !c->rst_from_server;
}

static void tell_abandoned(const struct hm_case *c, struct hm_verdict *out)
{
	char a[HM_WHO_LEN], b[HM_ADDR_LEN];

	at_client(c, out);
	words_say(out, "The client %s gave the connection to %s up before it was complete.",
		  who_client(c, a), where_server(c, b));
	words_evidence(out, "RST from the client at %s, %s", hop_name(c, c->rst->hop),
		       AT(c, c->rst->mono_ns));
}

const struct hm_rule rules_handshake[] = {
	{HM_REJECTED_BY_FIREWALL, HM_BLAME_HOST, HM_PROVEN, HM_ON_SIGHT, rejected, tell_rejected},
	{HM_WRONG_ADDRESS, HM_BLAME_APPLICATION, HM_PROVEN, HM_ON_SIGHT, wrong_address,
	 tell_wrong_address},
	{HM_REFUSED, HM_BLAME_APPLICATION, HM_PROVEN, HM_ON_SIGHT, refused_here, tell_refused},
	{HM_DROPPED_BY_FIREWALL, HM_BLAME_HOST, HM_PROVEN, HM_ON_SIGHT, dropped_firewall, tell_dropped},
	{HM_DROPPED_BY_ROUTING, HM_BLAME_HOST, HM_PROVEN, HM_ON_SIGHT, dropped_routing, tell_dropped},
	{HM_NO_ROUTE, HM_BLAME_HOST, HM_PROVEN, HM_ON_SIGHT, dropped_no_route, tell_dropped},
	{HM_NO_ROUTE, HM_BLAME_HOST, HM_PROVEN, HM_ON_SIGHT, no_route, tell_no_route},
	{HM_NO_ROUTE, HM_BLAME_HOST, HM_LIKELY, HM_ON_ABSENCE, no_route_back, tell_no_route_back},
	{HM_NEIGHBOUR_FAILED, HM_BLAME_NETWORK, HM_PROVEN, HM_ON_SIGHT, neighbour_silent, tell_neighbour},
	{HM_NEIGHBOUR_FAILED, HM_BLAME_HOST, HM_PROVEN, HM_ON_SIGHT, neighbour_unusable, tell_neighbour},
	{HM_DROPPED_OTHER, HM_BLAME_HOST, HM_PROVEN, HM_ON_SIGHT, dropped_other, tell_dropped},
	{HM_ACCEPT_QUEUE_FULL, HM_BLAME_APPLICATION, HM_PROVEN, HM_ON_ABSENCE, queue_full, tell_queue_full},
	{HM_UNREACHABLE, HM_BLAME_POLICY, HM_PROVEN, HM_ON_SIGHT, unreachable_policy, tell_unreachable},
	{HM_UNREACHABLE, HM_BLAME_NETWORK, HM_PROVEN, HM_ON_SIGHT, icmp_stands, tell_unreachable},
	{HM_REFUSED, HM_BLAME_BEYOND, HM_ONE_SIDED, HM_ON_SIGHT, refused_afar, tell_refused_afar},
	{HM_SYN_UNANSWERED, HM_BLAME_BEYOND, HM_ONE_SIDED, HM_ON_SILENCE, syn_unanswered,
	 tell_syn_unanswered},
	{HM_ABANDONED_BY_CLIENT, HM_BLAME_APPLICATION, HM_PROVEN, HM_ON_SIGHT, abandoned, tell_abandoned},
};
const uint32_t rules_handshake_count = HM_ARRAY_SIZE(rules_handshake);
