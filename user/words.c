// SPDX-License-Identifier: GPL-2.0-only
/*
 * The words of a verdict: who, where, when. Called by the rules. Everything that came from outside
 * goes through safe.h.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "words.h"

static const char *const unseen_words[HM_UNSEEN_COUNT] = {
	[HM_UNSEEN_NONE] = "",
	[HM_UNSEEN_FILTER] = "connections that it had before are not watched outside of the filter",
	[HM_UNSEEN_TLS] = "it has connections of its own that are encrypted",
	[HM_UNSEEN_OTHER] = "it has connections of its own that carry something else than HTTP/1",
	[HM_UNSEEN_DEPTH] = "what it sent since was not all searched, because of --depth",
	[HM_UNSEEN_WHICH] =
		"it asked others meanwhile; whether for this request only a marker (-m) would tell",
	[HM_UNSEEN_BARE] = "it asked others meanwhile, perhaps for this request, without its marker",
	[HM_UNSEEN_LONG] =
		"it has connections of its own on which not every request is told any more",
	[HM_UNSEEN_FAILED] = "it began a connection meanwhile that carried nothing",
	[HM_UNSEEN_ELSEWHERE] = "another process of this host sent the marker on meanwhile",
	[HM_UNSEEN_PIPED] =
		"requests came before an answer: which of them got this one is not known",
	[HM_UNSEEN_UNIX] = "whom it asks over unix sockets is not watched",
};

const char *unseen_text(const struct hm_case *c, char buf[HM_LINE])
{
	char filter[HM_LINE / 2] = "";

	if (c->unseen == HM_UNSEEN_FILTER)
		safe_text(filter, sizeof(filter), c->scene->filter);
	snprintf(buf, HM_LINE, *filter ? "%s \"%s\"" : "%s", unseen_words[c->unseen], filter);
	return buf;
}

void words_say(struct hm_verdict *out, const char *fmt, ...)
{
	size_t len = strlen(out->summary);
	va_list ap;

	if (len && len + 1 < sizeof(out->summary)) {
		out->summary[len++] = ' ';
		out->summary[len] = 0;
	}
	va_start(ap, fmt);
	vsnprintf(out->summary + len, sizeof(out->summary) - len, fmt, ap);
	va_end(ap);
}

void words_evidence(struct hm_verdict *out, const char *fmt, ...)
{
	va_list ap;

	if (out->evidence_count == HM_MAX_EVIDENCE) { /* the strongest come first */
		out->evidence_more += out->evidence_more ? 1 : 2; /* and the one that stood there */
		snprintf(out->evidence[HM_MAX_EVIDENCE - 1], HM_LINE, "and %u more",
			 out->evidence_more);
		return;
	}
	va_start(ap, fmt);
	vsnprintf(out->evidence[out->evidence_count++], HM_LINE, fmt, ap);
	va_end(ap);
}

void words_advise(struct hm_verdict *out, const char *fmt, ...)
{
	va_list ap;

	if (out->advice_count == HM_MAX_ADVICE)
		return;
	va_start(ap, fmt);
	vsnprintf(out->advice[out->advice_count++], HM_LINE, fmt, ap);
	va_end(ap);
}

void words_why(struct hm_verdict *out, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(out->confidence_why, sizeof(out->confidence_why), fmt, ap);
	va_end(ap);
}

const char *words_events(char buf[HM_EVENTS_LEN], uint64_t count)
{
	snprintf(buf, HM_EVENTS_LEN, "%llu event%s", (unsigned long long)count,
		 count == 1 ? " was" : "s were");
	return buf;
}

static const char *who(const char *comm, uint32_t pid, const struct hm_endpoint *e,
		       char buf[HM_WHO_LEN])
{
	char text[HM_COMM_LEN * 4 + 1], raw[HM_COMM_LEN + 1] = "";

	if (!pid)
		return safe_endpoint(buf, e);
	memcpy(raw, comm, strnlen(comm, HM_COMM_LEN));
	snprintf(buf, HM_WHO_LEN, "%s[%u]", safe_text(text, sizeof(text), raw), pid);
	return buf;
}

const char *who_server(const struct hm_case *c, char buf[HM_WHO_LEN])
{
	return who(c->server_comm, c->server_pid, &c->last->server, buf);
}

const char *who_client(const struct hm_case *c, char buf[HM_WHO_LEN])
{
	return who(c->client_comm, c->client_pid, &c->first->client, buf);
}

const char *where_server(const struct hm_case *c, char buf[HM_ADDR_LEN])
{
	return safe_endpoint(buf, &c->first->server);
}

static void at_host(const struct hm_case *c, struct hm_verdict *out)
{
	memset(&out->at, 0, sizeof(out->at));
	memcpy(out->at.host, c->scene->host, sizeof(out->at.host));
	out->at.host[sizeof(out->at.host) - 1] = 0;
}

/* A host that is not ours is named by its address. */
static void far_host(struct hm_verdict *out, const struct hm_endpoint *e)
{
	char addr[HM_ADDR_LEN];

	safe_addr(addr, e->addr, e->scope);
	snprintf(out->at.host, sizeof(out->at.host), "%.63s", addr);
}

void at_process(struct hm_verdict *out, const char *comm, uint32_t pid)
{
	out->at.pid = pid;
	memcpy(out->at.comm, comm, strnlen(comm, HM_COMM_LEN));
	if (pid)
		snprintf(out->at.hop, sizeof(out->at.hop), "app");
}

void at_no_process(struct hm_verdict *out)
{
	out->at.pid = 0;
	memset(out->at.comm, 0, sizeof(out->at.comm));
}

void at_server(const struct hm_case *c, struct hm_verdict *out)
{
	at_host(c, out);
	if (!c->server_here && !c->server_pid && !c->rst_here)
		far_host(out, &c->last->server);
	at_process(out, c->server_comm, c->server_pid);
	out->at.role =
		c->sent_on || c->asked_as_proxy || c->known_proxy ? HM_ROLE_PROXY : HM_ROLE_SERVER;
}

void at_client(const struct hm_case *c, struct hm_verdict *out)
{
	at_host(c, out);
	if (!c->client_here)
		far_host(out, &c->first->client);
	at_process(out, c->client_comm, c->client_pid);
	out->at.role = HM_ROLE_CLIENT;
}

void at_peer(const struct hm_case *c, const struct hm_endpoint *peer, enum hm_role role,
	     struct hm_verdict *out)
{
	at_host(c, out);
	far_host(out, peer);
	out->at.role = role;
}

/* Both ends and what is between may be watched, each in a network namespace of its own. */
static enum hm_role role_at(const struct hm_case *c, uint32_t netns)
{
	if (c->server_here && (!c->server_netns || c->server_netns == netns))
		return HM_ROLE_SERVER;
	if (c->client_here && (!c->client_netns || c->client_netns == netns))
		return HM_ROLE_CLIENT;
	return HM_ROLE_ROUTER;
}

void at_here(const struct hm_case *c, const struct hm_sighting *s, struct hm_verdict *out)
{
	at_host(c, out);
	memcpy(out->at.hop, hop_name(c, s->hop), HM_NAME_LEN);
	out->at.role = (uint8_t)role_at(c, c->scene->hops[s->hop].netns);
	if (out->at.role != HM_ROLE_CLIENT)
		return;
	out->at.pid = c->client_pid;
	memcpy(out->at.comm, c->client_comm, strnlen(c->client_comm, HM_COMM_LEN));
}

double since(const struct hm_case *c, uint64_t ns)
{
	return ns > c->path->first_ns ? (double)(ns - c->path->first_ns) / 1e9 : 0.0;
}

const char *time_text(uint64_t ns, char buf[HM_TIME_LEN])
{
	bool ms = ns < 1000000000;

	snprintf(buf, HM_TIME_LEN, ms ? "%.2f ms" : "%.2f s", (double)ns / (ms ? 1e6 : 1e9));
	return buf;
}

void tell_syns(const struct hm_case *c, struct hm_verdict *out)
{
	const struct hm_leg *leg = c->first;
	char times[HM_LINE / 2] = "";
	const char *at = NULL;
	size_t len = 0;

	for (uint32_t i = 0; i < leg->row_count && !at; i++)
		if (leg->rows[i].cell[HM_STEP_SYN].count)
			at = hop_name(c, leg->rows[i].hop);
	for (uint32_t i = 0; i < leg->syn_count && i < HM_ARRAY_SIZE(leg->syn_ns) &&
			     len < sizeof(times); i++)
		len += (size_t)snprintf(times + len, sizeof(times) - len, "%s%s", i ? ", " : "",
					AT(c, leg->syn_ns[i]));
	if (at && leg->syn_count)
		words_evidence(out, "SYN seen at %s %u time%s (%s)", at, leg->syn_count,
			       leg->syn_count == 1 ? "" : "s", times);
}

/* One more part of a line. */
__attribute__((format(printf, 2, 3))) static void add(char line[HM_LINE], const char *fmt, ...)
{
	size_t len = strlen(line);
	va_list ap;

	if (len && len + 2 < HM_LINE)
		len = (size_t)(stpcpy(line + len, "; ") - line);
	va_start(ap, fmt);
	vsnprintf(line + len, HM_LINE - len, fmt, ap);
	va_end(ap);
}

/* Segments sent again after the handshake; 4 are as many as a leg notes. */
static void add_repeated(const struct hm_case *c, char line[HM_LINE])
{
	uint64_t last_ns = 0;
	uint32_t count = 0;

	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->note_count; i++) {
			const struct hm_sighting *s = &c->legs[l]->notes[i];

			if (s->what != HM_WHAT_RETRANS || s->retrans.synack ||
			    s->retrans.sk_state == HM_STATE_SYN_SENT)
				continue;
			count++;
			last_ns = s->mono_ns;
		}
	if (count)
		add(line, "%u%s segment%s sent again, at %s", count, count >= 4 ? " or more" : "",
		    count == 1 ? "" : "s", AT(c, last_ns));
}

static bool is_split(const struct hm_case *c)
{
	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->note_count; i++)
			if (c->legs[l]->notes[i].what == HM_WHAT_MARKER &&
			    c->legs[l]->notes[i].marker.split)
				return true;
	return false;
}

void tell_trouble(const struct hm_case *c, struct hm_verdict *out)
{
	char line[HM_LINE] = "";

	if (c->syn_count > 1)
		add(line, "%u SYN%s lost or discarded before one was answered, %s",
		    c->syn_count - 1, c->syn_count == 2 ? "" : "s",
		    AT(c, c->first->syn_ns[c->syn_count < 8 ? c->syn_count - 1 : 7]));
	if (c->full)
		add(line, "the listener's accept queue was full at %s, later it was not",
		    AT(c, c->full->mono_ns));
	add_repeated(c, line);
	if (is_split(c))
		add(line, "the marker straddles two segments");
	if (line[0])
		words_evidence(out, "%s", line);
}

void tell_unheard(const struct hm_case *c, struct hm_verdict *out)
{
	if (c->unsent)
		words_evidence(out, "%u bytes lie in the server's socket at %s, not acknowledged",
			       c->unsent, AT(c, c->socket->mono_ns));
	if (c->marker_in > 1)
		words_evidence(out, "the client sent the marker %u times, first seen at %s",
			       c->marker_in, SEEN(c, HM_WHAT_MARKER, c->marker_ns));
}

void tell_blind(const struct hm_hop *hop, struct hm_verdict *out)
{
	char name[HM_NAME_LEN * 4], who[HM_NAME_LEN * 4];

	safe_text(name, sizeof(name), hop->name);
	safe_text(who, sizeof(who), hop->before);
	if (hop->blind && hop->before[0])
		words_evidence(out, "%s is blind: %s runs first", name, who);
	else if (hop->blind)
		words_evidence(out,
			       "%s is blind: its interface counts packets that it does not see",
			       name);
	else if (hop->before[0])
		words_evidence(out, "%s may be blind: %s runs first", name, who);
	else if (hop->before_unknown)
		words_evidence(out, "%s may be blind: who runs first there is not known", name);
	else
		words_evidence(out, "%s may have been blind for a time", name);
}
