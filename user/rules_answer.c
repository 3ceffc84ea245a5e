// SPDX-License-Identifier: GPL-2.0-only
/* Rules on what the server answered a request that arrived: an error, its own or a proxy's. */
#include "rules.h"

static bool arrived(const struct hm_case *c)
{
	return c->marked ? c->read_ns || c->answer_ns : c->answer_ns != 0;
}

void tell_read(const struct hm_case *c, struct hm_verdict *out)
{
	tell_marker(c, out);
	tell_reading(c, out);
	if (c->answer_ns)
		words_evidence(out,
			       c->status ? "first answer at %s, HTTP status %u"
					 : "first answer at %s",
			       SEEN(c, HM_WHAT_DATA, c->answer_ns), c->status);
	tell_trouble(c, out);
}

/* Whom else it asked would have been seen, and nothing of that was lost. */
static bool asked_nobody(const struct hm_case *c)
{
	return c->server_here && c->follows && !c->unseen && !c->path->lost;
}

static bool http_error(const struct hm_case *c)
{
	return arrived(c) && c->status >= 500 && !case_is_proxy(c) && c->alone && asked_nobody(c);
}

static bool http_error_afar(const struct hm_case *c)
{
	return arrived(c) && c->status >= 500 && !case_is_proxy(c) && c->alone;
}

/*
 * It says so of a server behind it, or of itself: from here nobody can tell; nor here, where one
 * that it asked failed meanwhile.
 */
static bool gateway_error_afar(const struct hm_case *c)
{
	return http_error_afar(c) && speaks_as_gateway(c) &&
	       (!c->server_here || c->unseen == HM_UNSEEN_FAILED);
}

static void tell_http_error(const struct hm_case *c, struct hm_verdict *out)
{
	char a[HM_WHO_LEN], b[HM_ADDR_LEN];

	at_server(c, out);
	words_say(out,
		  "The network carried the request; %s answered it with HTTP status %u%s.",
		  who_server(c, a), c->status,
		  asked_nobody(c) ? " and asked no other server over TCP for it" : "");
	tell_read(c, out);
	if (c->server_here && c->follows && c->path->lost)
		words_why(out, "events were lost: it may have asked another");
	else if (c->server_here && c->follows)
		words_why(out, "%s", UNSEEN(c));
	else if (!asked_nobody(c))
		words_why(out, "what is behind %s was not watched", where_server(c, b));
	words_advise(out, "Look into the log of %s at this moment.", a);
	if (gateway_error_afar(c) && !c->server_here)
		words_advise(out, "To see whether it asked another, run this trace on its host.");
}

/*
 * That a page is not there is what whoever serves pages says, and a proxy may serve some itself;
 * that the client is to say who it is (401, 407) is no fault: RFC 9110, 11.6 and 11.7.
 */
static bool answers_as_origin(const struct hm_case *c)
{
	return c->status == 404 || c->status == 410 || c->status == 401 || c->status == 407;
}

/* Without a marker it is an upstream's as well as its own, where it asked any: no fault as yet. */
static bool perhaps_passed_on(const struct hm_case *c)
{
	return c->unseen == HM_UNSEEN_WHICH && c->status < 500;
}

static bool proxy_answered_perhaps(const struct hm_case *c)
{
	return arrived(c) && c->status >= 400 && case_is_proxy(c) && !c->sent_on && c->alone &&
	       c->follows && (c->read_ns || c->any_read_ns || !c->marked) && c->server_here &&
	       c->unseen != HM_UNSEEN_DEPTH && !answers_as_origin(c) && !perhaps_passed_on(c);
}

static bool proxy_answered(const struct hm_case *c)
{
	return proxy_answered_perhaps(c) && !c->unseen && !only_asked_as_proxy(c);
}

void tell_proxy_doubt(const struct hm_case *c, struct hm_verdict *out)
{
	if (c->unseen)
		words_why(out, "%s", UNSEEN(c));
	else if (only_asked_as_proxy(c))
		words_why(out, "it was asked as a proxy, and not seen to be one");
}

/* Its connections for others may have been opened then too. */
static void tell_sent_nothing(const struct hm_case *c, struct hm_verdict *out)
{
	char a[HM_WHO_LEN];

	if (c->marked)
		words_evidence(out,
			       c->meanwhile.opened || c->unseen
				       ? "%s sent the marker on no connection"
				       : "%s opened no connection and sent the marker on none",
			       who_server(c, a));
}

static void tell_proxy_answered(const struct hm_case *c, struct hm_verdict *out)
{
	char a[HM_WHO_LEN];

	at_server(c, out);
	words_say(out,
		  "The request reached the proxy %s, which answered it%s with HTTP status %u; %s.",
		  who_server(c, a), c->unseen ? "" : " itself", c->status,
		  c->unseen ? "whether it asked another server for it is not known"
			    : "it asked no other server over TCP for it");
	tell_proxy_doubt(c, out);
	tell_read(c, out);
	tell_sent_nothing(c, out);
	words_advise(out, "Look into the access rules and the log of %s.", a);
}

bool answer_got_through(const struct hm_case *c, const struct hm_rule *row)
{
	(void)row;
	return !c->drop_answer;
}

static const struct hm_rule rows[] = {
	{HM_HTTP_ERROR, HM_BLAME_APPLICATION, HM_PROVEN, HM_ON_SIGHT, http_error, tell_http_error},
	{HM_HTTP_ERROR, HM_BLAME_BEYOND, HM_ONE_SIDED, HM_ON_SIGHT, gateway_error_afar,
	 tell_http_error},
	{HM_HTTP_ERROR, HM_BLAME_APPLICATION, HM_LIKELY, HM_ON_SIGHT, http_error_afar,
	 tell_http_error},
	{HM_PROXY_ANSWERED, HM_BLAME_PROXY, HM_PROVEN, HM_ON_ABSENCE, proxy_answered,
	 tell_proxy_answered},
	{HM_PROXY_ANSWERED, HM_BLAME_PROXY, HM_LIKELY, HM_ON_ABSENCE, proxy_answered_perhaps,
	 tell_proxy_answered},
};
const struct hm_rules rules_answer = {rows, HM_ARRAY_SIZE(rows), answer_got_through};
