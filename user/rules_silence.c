// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules on a request that arrived and was not answered: a proxy that did not send it on, the end of
 * the connection instead, a client that did not wait, or nothing.
 */
#include <string.h>

#include "rules.h"

/* The server's side closed it, and the client had not closed before. */
static uint64_t closed_by_server(const struct hm_case *c)
{
	uint64_t ns = c->fin_server_ns;

	if (c->rst && c->rst_from_server && (!ns || c->rst->mono_ns < ns))
		ns = c->rst->mono_ns;
	if (c->fin_client_ns && c->fin_client_ns < ns)
		return 0;
	return c->rst && !c->rst_from_server && c->rst->mono_ns < ns ? 0 : ns;
}

/*
 * Whoever waited less may only have been impatient: a time-out of a second, of which connecting
 * took some.
 */
#define HM_PATIENCE_NS 900000000ULL

static uint64_t waited_until(const struct hm_case *c)
{
	uint64_t ns = c->path->judged_ns;

	if (c->client_closed && c->fin_client_ns < ns)
		ns = c->fin_client_ns;
	return c->rst && !c->rst_from_server && c->rst->mono_ns < ns ? c->rst->mono_ns : ns;
}

static uint64_t waited(const struct hm_case *c)
{
	uint64_t from = asked_ns(c), until = waited_until(c);

	return until > from ? until - from : 0;
}

static uint64_t patience_ns(const struct hm_case *c)
{
	return c->scene->answer_ns ? c->scene->answer_ns : HM_PATIENCE_NS;
}

/* It closed its side so soon that it may not have wanted an answer, or may still wait for one. */
static bool closed_within(const struct hm_case *c, uint64_t ns)
{
	return c->client_closed && waited(c) < ns;
}

/*
 * Whether what was read is all of the request is not seen, nor whether its answer is late by design
 * (long polling): it is due for sure where --answer says so.
 */
static bool surely_due(const struct hm_case *c)
{
	return c->scene->answer_ns != 0;
}

static void tell_unsure(const struct hm_case *c, struct hm_verdict *out)
{
	if (!surely_due(c))
		words_why(out, "whether the request was complete is not known");
}

static bool proxy_silent_perhaps(const struct hm_case *c)
{
	return c->marked && c->read_ns && !c->answer_ns && case_is_proxy(c) && !c->sent_on &&
	       c->alone && !c->tls && !c->unseen && !case_goes_on(c) &&
	       (c->client_gave_up || (c->client_closed && c->fin_server_ns) ||
		c->path->judged_ns >= c->read_ns + HM_DUE_READ_NS) &&
	       !closed_within(c, HM_PATIENCE_NS) && c->follows;
}

static bool proxy_silent(const struct hm_case *c)
{
	return proxy_silent_perhaps(c) && surely_due(c) && !only_asked_as_proxy(c) &&
	       !c->meanwhile.asked && !c->meanwhile.failed && !c->meanwhile.elsewhere;
}

static void tell_proxy_silent(const struct hm_case *c, struct hm_verdict *out)
{
	char a[HM_WHO_LEN];

	at_server(c, out);
	words_say(out, "The proxy %s read the message and did not send it on.", who_server(c, a));
	tell_read(c, out);
	words_evidence(out, "no connection of %s carried the marker within %s of reading", a,
		       SPAN(c->path->judged_ns - c->read_ns));
	if (c->meanwhile.asked || c->meanwhile.failed || c->meanwhile.elsewhere)
		words_why(out, "it may have sent it on without its marker, or by another process");
	tell_proxy_doubt(c, out);
	tell_unsure(c, out);
	words_advise(out, "Look into the log of %s: rules, backends that are down, limits.", a);
}

/*
 * That no answer was made is certain only where one that was dropped here would have been seen, and
 * where it was not another server's to make.
 */
static bool silence_is_its_own(const struct hm_case *c)
{
	return c->drops_watched && c->follows && !c->unseen;
}

static void tell_silence(const struct hm_case *c, struct hm_verdict *out)
{
	if (!c->follows)
		words_why(out, "whom it asks in turn was not watched");
	else if (!c->drops_watched)
		words_why(out, "this host's drops were not watched");
	else if (c->unseen)
		words_why(out, "%s", UNSEEN(c));
}

static bool has_read(const struct hm_case *c)
{
	return c->marked ? c->read_ns != 0 : c->any_read_ns != 0;
}

static bool reset_twin(const struct hm_case *c)
{
	return c->rst && c->rst_from_server && !c->rst_here;
}

/* The client says it again and again: what this host sends does not reach it. */
static bool goes_unheard(const struct hm_case *c)
{
	return c->server_here && c->marker_in >= 3 && !c->acked_ns;
}

/* A firewall took it, or it lies in its socket: the application does not owe it. */
bool answer_held_up(const struct hm_case *c)
{
	return c->drop || c->rejected || c->unsent || goes_unheard(c);
}

/* Nor does a proxy owe one that it may still wait for where nobody looked. */
static bool stopped(const struct hm_case *c)
{
	return answer_held_up(c) || (case_is_proxy(c) && (!c->follows || c->unseen));
}

bool closed_unanswered(const struct hm_case *c)
{
	return unanswered(c) && has_read(c) && closed_by_server(c) && !reset_twin(c) && !stopped(c);
}

static bool closed_unanswered_for_sure(const struct hm_case *c)
{
	return closed_unanswered(c) && silence_is_its_own(c) && surely_due(c);
}

/* "eth0:out, 0.93 ms (RST)": a FIN is what is expected. */
static const char *closing_text(const struct hm_case *c, char buf[HM_LINE])
{
	uint64_t ns = closed_by_server(c);

	if (ns == c->fin_server_ns)
		return seen_text(c, HM_WHAT_FIN, ns, buf);
	place_text(c, c->rst->hop, ns, buf);
	return strncat(buf, " (RST)", HM_LINE - 1 - strlen(buf));
}

void tell_closing(const struct hm_case *c, struct hm_verdict *out)
{
	char text[HM_LINE];

	tell_read(c, out);
	words_evidence(out, "closed by the server's side at %s", closing_text(c, text));
}

void tell_closed_unanswered(const struct hm_case *c, struct hm_verdict *out)
{
	char a[HM_WHO_LEN];

	at_server(c, out);
	words_say(out, "%s read the request and closed the connection without answering it.",
		  who_server(c, a));
	tell_closing(c, out);
	tell_unsure(c, out);
	tell_silence(c, out);
	words_advise(out, "Look into the log of %s at this moment.", a);
}

static bool impatient(const struct hm_case *c)
{
	return unanswered(c) && (has_read(c) || (c->marked && c->acked_ns)) && c->client_gave_up &&
	       waited(c) < patience_ns(c) && !closed_by_server(c) && !stopped(c);
}

static void tell_impatient(const struct hm_case *c, struct hm_verdict *out)
{
	char a[HM_WHO_LEN], b[HM_ADDR_LEN];

	at_client(c, out);
	words_say(out,
		  "The client %s gave up %s after its request to %s, before an answer was due.",
		  who_client(c, a), SPAN(waited(c)), where_server(c, b));
	tell_read(c, out);
	tell_giving_up(c, out);
	words_why(out, "how long it should have waited is not known");
	words_advise(out, "Look at the client's own time-out and log.");
}

bool no_answer(const struct hm_case *c)
{
	return unanswered(c) && has_read(c) && c->answer_due && !case_goes_on(c) &&
	       !closed_within(c, patience_ns(c)) && !closed_by_server(c) && !stopped(c);
}

static bool no_answer_in_time(const struct hm_case *c)
{
	return no_answer(c) && surely_due(c) && waited(c) >= patience_ns(c) &&
	       silence_is_its_own(c);
}

void tell_no_answer(const struct hm_case *c, struct hm_verdict *out)
{
	char a[HM_WHO_LEN];

	at_server(c, out);
	words_say(out,
		  "The network delivered the request and %s read it, but did not answer within "
		  "%.1f s%s.",
		  who_server(c, a), (double)waited(c) / 1e9,
		  waited_until(c) < c->path->judged_ns ? "; then the client gave up" : "");
	tell_read(c, out);
	tell_giving_up(c, out);
	if (!surely_due(c))
		words_why(out, "the request may be incomplete, or answered late by design");
	tell_silence(c, out);
	if (c->server_pid)
		words_advise(out, "See what %s waits for:  cat /proc/%u/stack, or its thread dump",
			     a, c->server_pid);
	else
		words_advise(out, "See what %s waits for: its log, its thread dump", a);
	if (!surely_due(c))
		words_advise(out, "Say how long an answer may take:  --answer 10s");
}

static bool no_answer_afar(const struct hm_case *c)
{
	return unanswered(c) && c->marked && c->acked_ns && c->answer_due && c->far &&
	       !closed_within(c, patience_ns(c)) && !case_goes_on(c) && !closed_by_server(c) &&
	       !stopped(c);
}

static void tell_no_answer_afar(const struct hm_case *c, struct hm_verdict *out)
{
	char b[HM_ADDR_LEN];

	at_server(c, out);
	words_say(out,
		  "%s, or a device that answers for it, acknowledged the request and never "
		  "answered it.",
		  where_server(c, b));
	words_evidence(out, "acknowledged at %s; no answer by %s",
		       SEEN(c, HM_WHAT_ACKED, c->acked_ns), AT(c, c->path->judged_ns));
	tell_home(c, out);
	tell_giving_up(c, out);
	words_why(out, "the server's host was not watched");
	words_advise(out, "Run this trace on the server's host.");
}

static const struct hm_rule rows[] = {
	{HM_PROXY_NOT_FORWARDED, HM_BLAME_PROXY, HM_PROVEN, HM_ON_ABSENCE, proxy_silent,
	 tell_proxy_silent},
	{HM_PROXY_NOT_FORWARDED, HM_BLAME_PROXY, HM_LIKELY, HM_ON_ABSENCE, proxy_silent_perhaps,
	 tell_proxy_silent},
	{HM_CLOSED_BY_APPLICATION, HM_BLAME_APPLICATION, HM_PROVEN, HM_ON_ABSENCE,
	 closed_unanswered_for_sure, tell_closed_unanswered},
	{HM_CLOSED_BY_APPLICATION, HM_BLAME_APPLICATION, HM_LIKELY, HM_ON_ABSENCE,
	 closed_unanswered, tell_closed_unanswered},
	{HM_ABANDONED_BY_CLIENT, HM_BLAME_APPLICATION, HM_LIKELY, HM_ON_ABSENCE, impatient,
	 tell_impatient},
	{HM_NO_ANSWER, HM_BLAME_APPLICATION, HM_PROVEN, HM_ON_ABSENCE, no_answer_in_time,
	 tell_no_answer},
	{HM_NO_ANSWER, HM_BLAME_APPLICATION, HM_LIKELY, HM_ON_ABSENCE, no_answer, tell_no_answer},
	{HM_NO_ANSWER, HM_BLAME_BEYOND, HM_ONE_SIDED, HM_ON_SILENCE, no_answer_afar,
	 tell_no_answer_afar},
};
const struct hm_rules rules_silence = {rows, HM_ARRAY_SIZE(rows), answer_got_through};
