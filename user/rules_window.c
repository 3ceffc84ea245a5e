// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules on a receive window that closed and did not open again: its reader takes nothing, or too
 * little, and the client waits to send more. They come before "acknowledged" and "connected", which
 * are true of what was sent before; what was read or answered is told by the rules on that.
 */
#include <string.h>

#include "rules.h"

/* Its kernel has not been rid of it, or it asked again and again whether there is room. */
static bool client_has_more(const struct hm_case *c)
{
	return c->client_unsent || c->shut_times >= HM_SHUT_TIMES;
}

/*
 * An answer to what was sent: the client may have stopped for it. A banner, or a TLS handshake,
 * comes before; of HTTP only the first answer is known.
 */
static bool was_answered(const struct hm_case *c)
{
	if (c->marked || (c->owes_answer && !c->tls))
		return c->answer_ns;
	return c->answer_ns >= c->shut_ns;
}

static bool taken(const struct hm_case *c)
{
	return c->marked && c->read_ns && !c->owes_answer;
}

/*
 * What asks for room, without a byte, begins before what was sent last: on Linux 6.1 that has no
 * reason of its own. And what comes all the same has no place.
 */
static bool drop_of_full_socket(const struct hm_sighting *drop)
{
	return !strcmp(drop->drop.reason, "TCP_OLD_SEQUENCE") ||
	       (!strcmp(drop->drop.reason, "TCP_INVALID_SEQUENCE") && !drop->len) ||
	       !strcmp(drop->drop.reason, "SOCKET_RCVBUFF");
}

/* A client's FIN comes behind all that it sends: nothing waits then. */
static bool stays_shut(const struct hm_case *c)
{
	return c->established && sides_known(c) && c->window_due && client_has_more(c) &&
	       !was_answered(c) && !taken(c) && !c->fin_client_ns && !c->fin_server_ns &&
	       (!c->drop || drop_of_full_socket(c->drop)) && !(c->rst && c->rst_from_server);
}

/* Its socket is full of what its process has not read. */
static bool shut_here(const struct hm_case *c)
{
	return stays_shut(c) && c->server_here && socket_open(c) && c->socket->socket.accepted &&
	       c->socket->socket.unread && c->socket->mono_ns > c->shut_ns &&
	       (c->read_ns || !holds_marker(c));
}

/* Who is held up by another server is no culprit: what a proxy waits for is not known here. */
static bool shut_by_proxy(const struct hm_case *c)
{
	return shut_here(c) && case_is_proxy(c);
}

static bool shut_afar(const struct hm_case *c)
{
	return stays_shut(c) && c->far;
}

static void tell_shut(const struct hm_case *c, struct hm_verdict *out)
{
	if (c->server_here)
		words_evidence(out, "%u bytes wait unread in its socket at %s",
			       c->socket->socket.unread, AT(c, c->socket->mono_ns));
	words_evidence(out, "window closed at %s, and not opened since",
		       PLACE(c, c->shut_hop, c->shut_ns));
	if (c->shut_times > 1)
		words_evidence(
			out,
			"still closed when the client asked again (seen %u time%s, last at %s)",
			c->shut_times - 1, c->shut_times == 2 ? "" : "s", AT(c, c->window_ns));
	if (c->client_unsent)
		words_evidence(out, "%u bytes wait in the client's socket at %s", c->client_unsent,
			       AT(c, c->probe_ns));
	tell_marker(c, out);
}

static double shut_for(const struct hm_case *c)
{
	uint64_t until = c->rst ? c->rst->mono_ns : c->path->judged_ns;

	return (double)(until - c->shut_ns) / 1e9;
}

/* Whoever asks others may wait for them to take what it has read already. */
static bool shut_in_turn(const struct hm_case *c)
{
	return shut_here(c) && c->reader_hides;
}

static void tell_shut_here(const struct hm_case *c, struct hm_verdict *out)
{
	char a[HM_WHO_LEN];

	at_server(c, out);
	words_say(out,
		  "The network delivered what there was room for; %s has kept its receive window "
		  "closed for %.1f s, as it reads nothing or too slowly, and the client waits to "
		  "send more.",
		  who_server(c, a), shut_for(c));
	tell_shut(c, out);
	if (case_is_proxy(c) || c->reader_hides)
		words_why(out, "it may be held up by %s",
			  case_is_proxy(c) ? "the server behind it" : "one that it asks");
	words_advise(out, "See what %s does instead of reading:  ss -tnp 'sport = :%u'", a,
		     c->last->server.port);
}

static void tell_shut_afar(const struct hm_case *c, struct hm_verdict *out)
{
	char b[HM_ADDR_LEN];

	at_server(c, out);
	words_say(out,
		  "%s, or a device that answers for it, has kept its receive window closed for "
		  "%.1f s: whoever reads there reads nothing or too slowly, and the client waits "
		  "to send more.",
		  where_server(c, b), shut_for(c));
	tell_shut(c, out);
	words_why(out, "the server's host was not watched");
	words_advise(out, "Run this trace on the server's host.");
}

static const struct hm_rule rows[] = {
	{HM_ZERO_WINDOW, HM_BLAME_PROXY, HM_LIKELY, HM_ON_ABSENCE, shut_by_proxy, tell_shut_here},
	{HM_ZERO_WINDOW, HM_BLAME_APPLICATION, HM_LIKELY, HM_ON_ABSENCE, shut_in_turn,
	 tell_shut_here},
	{HM_ZERO_WINDOW, HM_BLAME_APPLICATION, HM_PROVEN, HM_ON_ABSENCE, shut_here, tell_shut_here},
	{HM_ZERO_WINDOW, HM_BLAME_BEYOND, HM_ONE_SIDED, HM_ON_SILENCE, shut_afar, tell_shut_afar},
};
const struct hm_rules rules_window = {rows, HM_ARRAY_SIZE(rows), NULL};
