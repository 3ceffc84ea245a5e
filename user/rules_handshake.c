// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules on connections whose handshake was not completed, beside those that this host turned down
 * or dropped.
 */
#include <stdio.h>
#include <string.h>

#include "rules.h"

#define SYNS_DUE 3
#define ICMP_UNREACH 3
#define ICMP_PORT 3
#define ICMP_FRAG_NEEDED 4
#define ICMP_TIME_EXCEEDED 11
#define ICMP6_UNREACH 1
#define ICMP6_PORT 4
#define ICMP6_TIME_EXCEEDED 3
#define IN_TRANSIT 0 /* of both; else a fragment came there, and others of its packet did not */

/* A SYN that met a full queue, where a later one found room: whatever that one met is the fault. */
static bool found_room(const struct hm_case *c)
{
	if (c->full->what != HM_WHAT_SYN)
		return false;
	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->row_count; i++) {
			const struct hm_row *row = &c->legs[l]->rows[i];

			if (row->hop == c->full->hop &&
			    row->cell[HM_STEP_SYN].last_ns > c->full->mono_ns)
				return true;
		}
	return c->has_synack;
}

/* A RST after that is what follows: the client goes on, and the listener is gone one day. */
static bool queue_full(const struct hm_case *c)
{
	return c->full && !found_room(c) && !c->accepted && !socket_open(c) &&
	       (!c->rst_from_server || half_made(c)) &&
	       (c->has_synack || c->synack_due || c->full->what == HM_WHAT_DROP);
}

/*
 * The accept queue as it was then: connections that wait in it, and how many may; see overflows
 * there.
 */
static void queue_then(const struct hm_sighting *s, uint32_t *waiting, uint32_t *limit,
		       uint32_t *overflows)
{
	switch (s->what) {
	case HM_WHAT_SYN:
		*waiting = s->syn.backlog;
		*limit = s->syn.backlog_max;
		*overflows = s->syn.overflows;
		break;
	case HM_WHAT_RETRANS:
		*waiting = s->retrans.backlog;
		*limit = s->retrans.backlog_max;
		*overflows = s->retrans.overflows;
		break;
	default:
		*waiting = s->drop.backlog;
		*limit = s->drop.backlog_max;
		*overflows = s->drop.overflows;
	}
}

static void tell_queue_full(const struct hm_case *c, struct hm_verdict *out)
{
	char a[HM_WHO_LEN], b[HM_ADDR_LEN];
	uint32_t waiting, limit, overflows;

	queue_then(c->full, &waiting, &limit, &overflows);

	at_server(c, out);
	words_say(out,
		  "The network delivered the connection request; this host had to discard it, "
		  "because "
		  "%s leaves its waiting connections unaccepted.",
		  who_server(c, a));
	words_evidence(out, "listener %s: %u waiting, limit %u, at %s", where_server(c, b), waiting,
		       limit, AT(c, c->full->mono_ns));
	if (c->full->what == HM_WHAT_RETRANS)
		words_evidence(out,
			       "the handshake's last ACK came to it; it repeated its SYN-ACK at %s",
			       AT(c, c->full->mono_ns));
	/* no listener has a counter of its own; it was read a moment before or after */
	if (overflows)
		words_evidence(
			out,
			"ListenOverflows of its whole network namespace rose by %u since the trace began, "
			"by about %s",
			overflows, AT(c, c->full->mono_ns));
	tell_syns(c, out);
	words_advise(out, "See why %s does not accept: its threads, its limit of open files.", a);
	words_advise(out, "A larger backlog only hides it.  ss -ltn 'sport = :%u'",
		     c->last->server.port);
}

/* SYNs that came to the hop of those two; 0: others came before the first or after the last. */
static uint32_t syns_between(const struct hm_case *c, const struct hm_sighting *first,
			     const struct hm_sighting *last)
{
	uint32_t count = 0;

	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->row_count; i++) {
			const struct hm_cell *syn = &c->legs[l]->rows[i].cell[HM_STEP_SYN];

			if (c->legs[l]->rows[i].hop != first->hop || !syn->count)
				continue;
			if (syn->first_ns < first->mono_ns || syn->last_ns > last->mono_ns)
				return 0;
			count += syn->count;
		}
	return count;
}

/*
 * The first SYN and the last met a full queue. Kernels differ in whether it is full when as many
 * wait as the backlog says; where just so many did, the kernel must have counted each that it
 * discarded.
 */
static bool requests_full(const struct hm_case *c)
{
	const struct hm_sighting *first = c->no_room[0], *last = c->no_room[1];
	uint32_t syns = first ? syns_between(c, first, last) : 0;

	if (!c->synack_due || c->has_synack || c->established || c->rst_from_server ||
	    socket_open(c) || !syns)
		return false;
	return last->syn.requests > last->syn.backlog_max ||
	       last->syn.requests > last->syn.requests_max - last->syn.requests_max / 4 ||
	       (syns > 1 && last->syn.discarded - first->syn.discarded >= syns - 1);
}

bool listener_is_full(const struct hm_case *c)
{
	return queue_full(c) || requests_full(c);
}

static void tell_requests_full(const struct hm_case *c, struct hm_verdict *out)
{
	const struct hm_sight_syn *q = &c->no_room[1]->syn;
	char a[HM_WHO_LEN], b[HM_ADDR_LEN];
	bool by_backlog = q->requests >= q->backlog_max;

	at_server(c, out);
	words_say(out,
		  "The network delivered the connection request; this host had to discard it, "
		  "because %s waits for the end of too many other handshakes and SYN cookies are "
		  "off.",
		  who_server(c, a));
	words_evidence(
		out,
		"listener %s: %u unfinished handshakes, limit %u (%s), at %s; tcp_syncookies is 0",
		where_server(c, b), q->requests,
		by_backlog ? q->backlog_max : q->requests_max - q->requests_max / 4,
		by_backlog ? "its backlog" : "three quarters of tcp_max_syn_backlog",
		AT(c, c->no_room[1]->mono_ns));
	if (q->discarded)
		words_evidence(
			out,
			"this host's listeners discarded %u packets since the trace began, by its "
			"last SYN",
			q->discarded);
	tell_syns(c, out);
	words_advise(out, "sysctl net.ipv4.tcp_syncookies=1 lets clients in all the same.");
	words_advise(out, "See who does not end them:  ss -tn state syn-recv 'sport = :%u'",
		     c->last->server.port);
}

/* An ICMP error counts where nothing of the server came later. */
static bool icmp_stands(const struct hm_case *c)
{
	const struct hm_sighting *s = c->icmp;
	uint8_t type = s ? s->icmp.type : 0;

	if (!s || c->answer_ns || c->acked_ns || c->read_ns || c->rst_from_server)
		return false;
	if (!c->drops_watched && hop_hook(c, s->hop) == HM_HOOK_TC_OUT)
		return false; /* made here, for a reason that only the drops tell: a firewall? */
	if (s->icmp.family == 6)
		return type == ICMP6_UNREACH ||
		       (type == ICMP6_TIME_EXCEEDED && s->icmp.code == IN_TRANSIT);
	return (type == ICMP_UNREACH && s->icmp.code != ICMP_FRAG_NEEDED) ||
	       (type == ICMP_TIME_EXCEEDED && s->icmp.code == IN_TRANSIT);
}

/*
 * TCP resets where nobody listens and never says this (RFC 1122, 3.2.2.1); iptables' REJECT does.
 */
static bool says_port(const struct hm_sighting *s)
{
	return s->icmp.family == 6 ? s->icmp.type == ICMP6_UNREACH && s->icmp.code == ICMP6_PORT
				   : s->icmp.type == ICMP_UNREACH && s->icmp.code == ICMP_PORT;
}

static bool unreachable_policy(const struct hm_case *c)
{
	const struct hm_sighting *s = c->icmp;

	if (!icmp_stands(c))
		return false;
	if (says_port(s))
		return true;
	if (s->icmp.family == 6)
		return s->icmp.type == ICMP6_UNREACH && (s->icmp.code == 1 || s->icmp.code == 5);
	return s->icmp.type == ICMP_UNREACH &&
	       (s->icmp.code == 9 || s->icmp.code == 10 || s->icmp.code == 13);
}

static void tell_unreachable(const struct hm_case *c, struct hm_verdict *out)
{
	bool named = icmp_has_sender(c->icmp);
	char sender[HM_ADDR_LEN] = "this host";
	char b[HM_ADDR_LEN];

	memset(&out->at, 0, sizeof(out->at));
	if (named) {
		safe_addr(sender, c->icmp->icmp.sender, 0);
		snprintf(out->at.host, sizeof(out->at.host), "%.63s", sender);
	} else {
		at_here(c, c->icmp, out);
	}
	out->at.role = HM_ROLE_ROUTER;
	words_say(out, "%s sent back that %s cannot be reached%s.", named ? sender : "This host",
		  where_server(c, b),
		  says_port(c->icmp) ? ": a firewall's answer, as TCP resets where nobody listens"
		  : unreachable_policy(c) ? ": forbidden by its administrator"
					  : "");
	words_evidence(out, "ICMP%s type %u code %u from %s at %s, quotes this connection",
		       c->icmp->icmp.family == 6 ? "v6" : "", c->icmp->icmp.type,
		       c->icmp->icmp.code, sender, PLACE(c, c->icmp->hop, c->icmp->mono_ns));
	tell_syns(c, out);
	if (named)
		words_advise(out, "Ask whoever runs %s.", sender);
	else
		words_advise(out, "See  ip route  and  nstat -az | grep -i icmp");
}

static bool refused_afar(const struct hm_case *c)
{
	bool from_out = c->rst && hop_hook(c, c->rst->hop) == HM_HOOK_TC_OUT;

	return turned_down(c) && !c->rst_here && c->far && !c->firewall && !from_out;
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
	words_evidence(out, "RST from %s seen at %s", by, PLACE(c, c->rst->hop, c->rst->mono_ns));
	words_why(out, "the server's host was not watched");
	words_advise(out, "Run this trace on %s; there:  ss -ltnp 'sport = :%u'",
		     safe_addr(addr, c->last->server.addr, c->last->server.scope),
		     c->last->server.port);
}

/* As many as are due, beside those that this host dropped itself: where their number is known. */
static bool enough_left(const struct hm_case *c)
{
	return !drop_is_odd(c) &&
	       (!c->syn_drops || (!c->more_drops && c->syn_count >= c->syn_drops + SYNS_DUE));
}

static bool syn_unanswered(const struct hm_case *c)
{
	return enough_left(c) && c->has_syn && !c->has_synack && !c->rst && !c->established &&
	       c->left_last && !c->server_here && c->synack_due && !c->firewall && !c->stray &&
	       !asked_itself(c);
}

static void tell_syn_unanswered(const struct hm_case *c, struct hm_verdict *out)
{
	const struct hm_hop *last = sight_last_out(c);
	char addr[HM_ADDR_LEN], after[HM_NAME_LEN * 4], dev[HM_NAME_LEN * 4];
	char b[HM_ADDR_LEN];

	out->at.role = HM_ROLE_NONE;
	where_server(c, b);
	if (last && last->tunnel[0]) {
		safe_text(dev, sizeof(dev), last->dev);
		words_say(
			out,
			"The connection request to %s went into the tunnel %s (%s) and nothing came back: the "
			"fault is further along, in what carries the tunnel, in a firewall or the far host.",
			b, dev, safe_text(after, sizeof(after), last->tunnel));
		words_advise(
			out,
			"Watch the packets that carry it on both hosts:  ip -d link show dev %s",
			dev);
	} else if (last && last->after[0]) {
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
		       c->drops_watched && !c->odd_drop && !c->syn_drops ? "; no drop on this host"
									 : "");
	if (c->drop)
		tell_drops(c, out);
	tell_odd_drop(c, out);
	if (last && last->tunnel[0] && c->drops_watched)
		words_why(out, "the packets that carry the tunnel were not watched");
	else
		words_why(out, c->drops_watched ? "the far side was not watched"
					: "the far side and this host's drops were not watched");
	words_advise(out, "Run this trace on %s or the last box before it, and try again.",
		     safe_addr(addr, c->last->server.addr, c->last->server.scope));
}

/*
 * The kernel of a client that did not send this SYN resets its SYN-ACK, whatever the client wants;
 * after three requests that SYN-ACK was long due.
 */
static bool abandoned(const struct hm_case *c)
{
	return c->has_syn && !c->established && c->syn_count < SYNS_DUE && c->rst &&
	       !c->rst_from_server && !handshake_altered(c) && !author_sent_none(c);
}

/*
 * The SYN-ACK met a kernel that has no such connection (RFC 9293, 3.10.7.1): so it is where the
 * client closed its socket before that came, but also where another one used its address.
 */
bool reset_disowns(const struct hm_case *c)
{
	return c->has_synack && !c->established && c->rst && !c->rst_from_server &&
	       !(c->rst->tcp_flags & HM_TCP_ACK) && c->rst->seq == c->first->isn_client + 1;
}

static bool abandoned_afar(const struct hm_case *c)
{
	return abandoned(c) && !reset_disowns(c);
}

/* What the client's host sent is known; elsewhere a device may have altered it. */
static bool abandoned_here(const struct hm_case *c)
{
	return c->client_here && abandoned(c);
}

static void tell_abandoned(const struct hm_case *c, struct hm_verdict *out)
{
	char a[HM_WHO_LEN], b[HM_ADDR_LEN];

	at_client(c, out);
	words_say(out, "The client %s gave the connection to %s up before it was complete.",
		  who_client(c, a), where_server(c, b));
	words_evidence(out, "RST from the client at %s", PLACE(c, c->rst->hop, c->rst->mono_ns));
	if (!c->client_here)
		words_why(out, "the client's host was not watched");
	words_advise(out, "Look at the client's own time-out and log.");
}

static const struct hm_rule rows[] = {
	{HM_ACCEPT_QUEUE_FULL, HM_BLAME_APPLICATION, HM_PROVEN, HM_ON_ABSENCE, queue_full,
	 tell_queue_full},
	{HM_SYN_QUEUE_FULL, HM_BLAME_HOST, HM_PROVEN, HM_ON_ABSENCE, requests_full,
	 tell_requests_full},
	{HM_UNREACHABLE, HM_BLAME_POLICY, HM_PROVEN, HM_ON_NAMING, unreachable_policy,
	 tell_unreachable},
	{HM_UNREACHABLE, HM_BLAME_NETWORK, HM_PROVEN, HM_ON_NAMING, icmp_stands, tell_unreachable},
	{HM_REFUSED, HM_BLAME_BEYOND, HM_ONE_SIDED, HM_ON_SIGHT, refused_afar, tell_refused_afar},
	{HM_SYN_UNANSWERED, HM_BLAME_BEYOND, HM_ONE_SIDED, HM_ON_SILENCE, syn_unanswered,
	 tell_syn_unanswered},
	{HM_ABANDONED_BY_CLIENT, HM_BLAME_APPLICATION, HM_PROVEN, HM_ON_ABSENCE, abandoned_here,
	 tell_abandoned},
	{HM_ABANDONED_BY_CLIENT, HM_BLAME_APPLICATION, HM_LIKELY, HM_ON_ABSENCE, abandoned_afar,
	 tell_abandoned},
};
const struct hm_rules rules_handshake = {rows, HM_ARRAY_SIZE(rows), NULL};
