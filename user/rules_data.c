// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules on connections whose handshake was completed and whose marker, or first byte, went no
 * further.
 */
#include "rules.h"

static bool nothing_read(const struct hm_case *c)
{
	if (!c->marked)
		return c->established && (!c->accepted || reset_unread(c));
	return c->established && !c->read_ns && !c->answer_ns;
}

/* Reads are told of the leg that has the marker: where it was searched for. */
static bool left_unread(const struct hm_case *c)
{
	return sides_known(c) && nothing_read(c) && !(c->marked && c->twin_unsearched);
}

/*
 * It answers a packet of which the server's side knows no connection: RFC 9293, 3.10.7.1. Who
 * closes a connection, or aborts it, sends a RST with ACK.
 */
static bool is_stateless(const struct hm_sighting *rst)
{
	return (rst->tcp_flags & (HM_TCP_RST | HM_TCP_ACK)) == HM_TCP_RST;
}

/*
 * Where the server had acknowledged the marker and the client closed before such a RST came, it
 * does not tell who closed first: an answer, or the server's own FIN, may have been lost.
 */
static bool no_longer_known(const struct hm_case *c)
{
	return is_stateless(c->rst) && c->acked_ns && c->fin_client_ns > c->acked_ns &&
	       c->fin_client_ns < c->rst->mono_ns;
}

bool never_known(const struct hm_case *c)
{
	return c->rst && c->rst_from_server && c->rst_here && c->server_here && c->established &&
	       !c->path->lost && is_stateless(c->rst) && !c->fin_server_ns && !c->acked_ns &&
	       !c->accepted && !c->full;
}

static bool closed_early(const struct hm_case *c)
{
	uint64_t ns = c->fin_server_ns;

	if (closed_before_marker(c))
		return false;
	if (c->rst && c->rst_from_server && !no_longer_known(c))
		ns = ns && ns < c->rst->mono_ns ? ns : c->rst->mono_ns;
	if (!ns || !left_unread(c) || (c->fin_client_ns && c->fin_client_ns < ns && !c->marked))
		return false;
	return !c->rst || c->rst_from_server || ns < c->rst->mono_ns;
}

bool closed_here(const struct hm_case *c)
{
	return closed_early(c) && c->server_here && (!c->rst || c->rst_here || c->fin_server_ns) &&
	       !never_known(c) && scene_watches(c->scene, HM_HOOK_APP, 0);
}

/* A RST that a kernel watched here made, of a connection it does not know, is not one from afar. */
static bool closed_afar(const struct hm_case *c)
{
	return closed_early(c) && c->far && !(c->rst && c->rst_from_server && c->rst_here);
}

const char *closed_how(const struct hm_case *c)
{
	return asked_ns(c) ? "closed the connection without reading what was sent"
			   : "closed the connection, nothing had been sent";
}

void tell_close(const struct hm_case *c, struct hm_verdict *out)
{
	tell_marker(c, out);
	if (c->rst) {
		words_evidence(out, "RST from the server's side at %s",
			       PLACE(c, c->rst->hop, c->rst->mono_ns));
		tell_strange_ttl(c, out);
	}
	if (c->fin_server_ns)
		words_evidence(out, "FIN from the server's side at %s",
			       SEEN(c, HM_WHAT_FIN, c->fin_server_ns));
}

void tell_closed(const struct hm_case *c, struct hm_verdict *out)
{
	char a[HM_WHO_LEN], b[HM_ADDR_LEN];

	at_server(c, out);
	if (c->server_here)
		words_say(out, "%s %s.", who_server(c, a), closed_how(c));
	else
		words_say(
			out,
			"The connection was closed by %s, or a device that answers for it, before "
			"anything was answered.",
			where_server(c, b));
	tell_close(c, out);
	if (!c->server_here)
		words_why(out, "the server's host was not watched");
	words_advise(out, "Look into the server's log at this moment.");
}

/* A marker that never came to the socket was stopped before. */
static bool not_accepted(const struct hm_case *c)
{
	return nothing_read(c) && c->read_due && socket_open(c) && !c->socket->socket.accepted &&
	       (!c->marked || c->socket->socket.unread);
}

static void tell_not_accepted(const struct hm_case *c, struct hm_verdict *out)
{
	char a[HM_WHO_LEN];

	at_server(c, out);
	words_say(out,
		  "The network delivered the connection and this host completed its handshake; "
		  "%s%s has not accepted it for %.1f s.",
		  c->server_pid ? "" : "the application on ", who_server(c, a),
		  since(c, c->path->judged_ns));
	words_evidence(
		out,
		"at %s the connection is established and no process holds it; %u bytes wait unread",
		AT(c, c->socket->mono_ns), c->socket->socket.unread);
	words_advise(out, "See what %s does instead:  ss -ltnp 'sport = :%u'",
		     c->server_pid ? a : "the process that listens", c->last->server.port);
}

/* The socket has the marker's last byte: what a neighbour took on the way nobody can read. */
bool holds_marker(const struct hm_case *c)
{
	const struct hm_leg *leg = c->last->marker_ns ? c->last : c->first;
	uint32_t end = c->socket->socket.copied_seq + c->socket->socket.unread;

	return c->marked && c->socket->socket.has_seq && (int32_t)(end - leg->marker_end_seq) >= 0;
}

static bool not_read(const struct hm_case *c)
{
	return c->marked && nothing_read(c) && c->read_due && socket_open(c) &&
	       c->socket->socket.accepted && holds_marker(c);
}

static void tell_not_read(const struct hm_case *c, struct hm_verdict *out)
{
	char a[HM_WHO_LEN];

	at_server(c, out);
	words_say(
		out,
		"The network delivered the marker to this host; %s has the connection and has not "
		"read it for %.1f s.",
		who_server(c, a), (double)(c->path->judged_ns - c->marker_ns) / 1e9);
	words_evidence(out, "%u bytes wait unread in its socket at %s, the marker among them",
		       c->socket->socket.unread, AT(c, c->socket->mono_ns));
	tell_marker(c, out);
	words_advise(out, "See what %s does instead of reading:  ss -tnp 'sport = :%u'", a,
		     c->last->server.port);
}

static bool abandoned(const struct hm_case *c)
{
	return left_unread(c) && !c->read_due && !closed_before_marker(c) &&
	       (c->far || scene_watches(c->scene, HM_HOOK_APP, 0)) &&
	       (c->fin_client_ns || (c->rst && !c->rst_from_server && !author_sent_none(c)));
}

static void tell_abandoned(const struct hm_case *c, struct hm_verdict *out)
{
	char a[HM_WHO_LEN], b[HM_ADDR_LEN];

	at_client(c, out);
	words_say(out, "The client %s closed the connection to %s before anything was due.",
		  who_client(c, a), where_server(c, b));
	words_evidence(out, "closed by the client at %s",
		       c->fin_client_ns ? SEEN(c, HM_WHAT_FIN, c->fin_client_ns)
					: PLACE(c, c->rst->hop, c->rst->mono_ns));
	words_advise(out, "Look at the client's own time-out and log.");
}

static const struct hm_rule rows[] = {
	{HM_CLOSED_BY_APPLICATION, HM_BLAME_APPLICATION, HM_PROVEN, HM_ON_ABSENCE, closed_here,
	 tell_closed},
	{HM_CLOSED_BY_APPLICATION, HM_BLAME_BEYOND, HM_ONE_SIDED, HM_ON_SILENCE, closed_afar,
	 tell_closed},
	{HM_NOT_ACCEPTED, HM_BLAME_APPLICATION, HM_PROVEN, HM_ON_SIGHT, not_accepted,
	 tell_not_accepted},
	{HM_NOT_READ, HM_BLAME_APPLICATION, HM_PROVEN, HM_ON_SIGHT, not_read, tell_not_read},
	{HM_ABANDONED_BY_CLIENT, HM_BLAME_APPLICATION, HM_PROVEN, HM_ON_ABSENCE, abandoned,
	 tell_abandoned},
};
const struct hm_rules rules_data = {rows, HM_ARRAY_SIZE(rows), NULL};
