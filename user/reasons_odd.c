// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why nobody is accused of what does not fit: packets that are not, or not any more, of the
 * connection as both ends know it.
 */
#include "reasons.h"

static void tell_altered(const struct hm_case *c, struct hm_verdict *out)
{
	say_of_server(c, out, "The SYN-ACK of ",
		      " does not answer the connection request that the client sent: a device on "
		      "the way rewrites "
		      "sequence numbers, or it belongs to another connection.");
	words_advise(
		out,
		"Compare the sequence numbers of the SYN on both sides of each device on the way.");
}

static bool given_up_late(const struct hm_case *c)
{
	return c->has_syn && !c->established && c->syn_count >= 3 && c->has_synack && c->rst &&
	       !c->rst_from_server;
}

static void tell_given_up_late(const struct hm_case *c, struct hm_verdict *out)
{
	char b[HM_ADDR_LEN];

	words_say(out,
		  "The client gave the connection to %s up after %u requests; whether a SYN-ACK "
		  "came to it in time "
		  "is not known.",
		  where_server(c, b), c->syn_count);
	tell_syns(c, out);
}

/* A reset of nobody's socket has no ACK flag, and the number that it was asked with. */
static bool is_disowned(const struct hm_case *c)
{
	return reset_disowns(c) && !c->client_here;
}

static void tell_disowned(const struct hm_case *c, struct hm_verdict *out)
{
	char b[HM_ADDR_LEN];

	words_say(out,
		  "The SYN-ACK of %s was answered by a reset as of a host that knows of no such "
		  "connection: its client had given up by then, or never asked, as where somebody "
		  "else used its address, or NAT translates only one way.",
		  where_server(c, b));
	tell_syns(c, out);
	words_advise(out, "Run this trace on the client's host, too.");
}

static void tell_used_late(const struct hm_case *c, struct hm_verdict *out)
{
	char b[HM_ADDR_LEN];

	words_say(out,
		  "The client used a connection that %s had already closed, %s before the marker "
		  "was seen, as "
		  "happens with keep-alive.",
		  where_server(c, b), SPAN(c->marker_ns - c->fin_server_ns));
	words_advise(out,
		     "Let the client try again, or close idle connections before the server does.");
}

/*
 * TCP takes it for another connection's, but its handshake was seen: it is of this one, and its
 * window, as all was read, is open.
 */
static bool misfits(const struct hm_case *c)
{
	return waits(c) && c->drop && c->drop_code == HM_STALE_CONNECTION && c->has_syn &&
	       c->has_synack && !(c->drop->drop.flags & HM_TCP_SYN) &&
	       !drop_comes_back(c, c->drop) && c->socket && !c->socket->socket.unread;
}

static void tell_misfits(const struct hm_case *c, struct hm_verdict *out)
{
	char name[HM_NAME_LEN * 4];

	words_say(out,
		  "TCP on this host dropped what came behind the handshake as not fitting it (%s): "
		  "its "
		  "sequence numbers or timestamps were changed on the way, or by the client.",
		  safe_text(name, sizeof(name), c->drop->drop.reason));
	words_advise(out, "Compare them in captures at the client and here: a firewall, proxy or "
			  "load balancer between them rewrites them.");
}

static void tell_never_known(const struct hm_case *c, struct hm_verdict *out)
{
	char b[HM_ADDR_LEN];

	words_say(out,
		  "When the client's %s came, the TCP of %s had no such connection and reset it; "
		  "nobody was seen to close it before.",
		  asked_ns(c) ? "data" : "packet", where_server(c, b));
	words_advise(out, "Was a SYN-ACK of this host dropped here, that its TCP forgot it?  nft "
			  "list ruleset");
	words_advise(out, "Was what listens there, or the host, started anew in between, or its "
			  "accept queue full?  ss -ltn");
}

static const struct reason rows[] = {
	{handshake_altered, tell_altered},	{given_up_late, tell_given_up_late},
	{is_disowned, tell_disowned},		{refused_for_a_listener, tell_for_a_listener},
	{closed_before_marker, tell_used_late}, {misfits, tell_misfits},
	{never_known, tell_never_known},
};
const struct reasons reasons_odd = {rows, HM_ARRAY_SIZE(rows)};
