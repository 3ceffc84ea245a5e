// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules on what was seen to arrive, all is well. A fault that something later overcame is evidence
 * at most.
 */
#include <stdio.h>

#include "rules.h"

/* Both ends still wait: that is neither delivered nor a fault (long polling). */
static bool still_waits(const struct hm_case *c)
{
	return unanswered(c) && !c->tls;
}

/* A ClientHello that is reset instead of answered: somebody took offence at it. */
static bool hello_reset(const struct hm_case *c)
{
	return c->tls && unanswered(c) && c->rst && c->rst_from_server;
}

static bool delivered_read(const struct hm_case *c)
{
	return c->marked && c->read_ns && !still_waits(c) && !hello_reset(c);
}

static bool delivered_answer(const struct hm_case *c)
{
	return c->marked && c->answer_ns;
}

/* Its reads were watched, and none of them reached the marker: refused by what came before it. */
static bool answered_unread(const struct hm_case *c)
{
	return !c->read_ns && c->any_read_ns && c->server_here && !c->twin_unsearched &&
	       scene_watches(c->scene, HM_HOOK_APP, 0);
}

static void tell_delivered(const struct hm_case *c, struct hm_verdict *out)
{
	char a[HM_WHO_LEN], b[HM_ADDR_LEN];

	at_server(c, out);
	if (c->read_ns)
		words_say(out, "The network carried the connection and the marker; %s read it.",
			  who_server(c, a));
	else if (answered_unread(c))
		words_say(out,
			  "The network carried the connection and the marker; %s answered without "
			  "reading the marker.",
			  who_server(c, a));
	else
		words_say(out, "The network carried the connection and the marker; %s answered it.",
			  where_server(c, b));
	if (c->status >= 400 && (!c->server_here || (c->follows && !c->unseen)))
		words_say(out, "The %u is %s's own answer.", c->status, who_server(c, a));
	if (answered_unread(c))
		words_why(out, "its reads ended before the marker");
	else if (!c->read_ns)
		words_why(out, "the process that read it was not watched");
	tell_trouble(c, out);
}

static bool acknowledged(const struct hm_case *c)
{
	bool reads_known =
		scene_watches(c->scene, HM_HOOK_APP, 0) ||
		(c->socket && (c->socket->socket.has_seq || !c->socket->socket.accepted));

	return c->marked && c->acked_ns && !(c->server_here && reads_known) && !c->rst &&
	       !still_waits(c) && !answered_elsewhere(c);
}

static void tell_acknowledged(const struct hm_case *c, struct hm_verdict *out)
{
	char b[HM_ADDR_LEN];

	at_server(c, out);
	words_say(
		out,
		"The network carried the marker: %s acknowledged it. Whether the application read "
		"it was not watched.",
		where_server(c, b));
	if (c->far)
		words_advise(out, "To see who reads it, run this trace on the server's host.");
	tell_trouble(c, out);
}

static bool marker_left(const struct hm_case *c)
{
	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->row_count; i++)
			if (hop_hook(c, c->legs[l]->rows[i].hop) == HM_HOOK_TC_OUT &&
			    c->legs[l]->rows[i].cell[HM_STEP_MARKER].count)
				return true;
	return false;
}

static bool passed(const struct hm_case *c)
{
	return c->marked && c->forwarded && marker_left(c) && !c->rst && !c->icmp &&
	       !drop_counts(c) && !still_waits(c);
}

static void tell_passed(const struct hm_case *c, struct hm_verdict *out)
{
	out->at.role = HM_ROLE_ROUTER;
	snprintf(out->at.host, sizeof(out->at.host), "%s", c->scene->host);
	words_say(out, "The marker came in at one interface of this host and left at another.");
	tell_trouble(c, out);
	words_advise(out, "Run this trace on the next host towards the server.");
}

static bool server_broke(const struct hm_case *c)
{
	return c->rst && c->rst_from_server && !c->answer_ns && !c->any_read_ns;
}

static bool client_reset(const struct hm_case *c)
{
	return c->rst && !c->rst_from_server && !reset_is_strange(c);
}

static bool connected_accepted(const struct hm_case *c)
{
	return c->established && !c->marked && c->accepted && c->server_here && !still_waits(c) &&
	       !reset_unread(c);
}

/* A health check, or a browser's connection in reserve: its client ended it without a byte. */
static bool client_only_looked(const struct hm_case *c)
{
	return !c->request_ns && (c->fin_client_ns || client_reset(c));
}

/* Far listeners, and those that only looked. */
static bool connected_afar(const struct hm_case *c)
{
	if (!c->established || c->marked || server_broke(c) || still_waits(c) || half_made(c))
		return false;
	if (client_only_looked(c))
		return true;
	return c->answer_ns || c->fin_server_ns ||
	       (c->has_synack && !c->server_here && !drop_counts(c));
}

static void tell_connected(const struct hm_case *c, struct hm_verdict *out)
{
	char a[HM_WHO_LEN], b[HM_ADDR_LEN];

	at_server(c, out);
	if (sides_known(c) && c->accepted && c->server_here)
		words_say(out, "The connection to %s stands and %s accepted it.",
			  where_server(c, b), who_server(c, a));
	else if (!sides_known(c) || (!c->has_syn && !c->has_synack))
		words_say(out, "The connection with %s stood when it was first seen.",
			  where_server(c, b));
	else
		words_say(out, "The handshake with %s is complete.", where_server(c, b));
	if (c->tls)
		words_say(out, c->wants_marker
				       ? "It is encrypted: the marker cannot be seen inside."
				       : "It is encrypted.");
	if (!c->server_here)
		words_why(out, "whether the application accepted it was not watched");
	if (!c->request_ns && client_reset(c))
		words_evidence(out, "reset by the client at %s, without a byte sent",
			       PLACE(c, c->rst->hop, c->rst->mono_ns));
	tell_trouble(c, out);
}

static const struct hm_rule rows[] = {
	{HM_DELIVERED, HM_BLAME_NONE, HM_PROVEN, HM_ON_SIGHT, delivered_read, tell_delivered},
	{HM_DELIVERED, HM_BLAME_NONE, HM_LIKELY, HM_ON_SIGHT, delivered_answer, tell_delivered},
	{HM_ACKNOWLEDGED, HM_BLAME_NONE, HM_PROVEN, HM_ON_SIGHT, acknowledged, tell_acknowledged},
	{HM_PASSED, HM_BLAME_NONE, HM_PROVEN, HM_ON_SIGHT, passed, tell_passed},
	{HM_CONNECTED, HM_BLAME_NONE, HM_PROVEN, HM_ON_SIGHT, connected_accepted, tell_connected},
	{HM_CONNECTED, HM_BLAME_NONE, HM_LIKELY, HM_ON_SIGHT, connected_afar, tell_connected},
};
const struct hm_rules rules_delivered = {rows, HM_ARRAY_SIZE(rows), answer_got_through};
