// SPDX-License-Identifier: GPL-2.0-only
/*
 * Words of evidence that name a place and a time. Called by the rules.
 */
#include <stdio.h>

#include "words.h"

static const enum hm_step no_step = HM_STEP_COUNT;

/* The column that keeps the places of that kind. */
static enum hm_step step_of(enum hm_what what)
{
	switch (what) {
	case HM_WHAT_SYN:
		return HM_STEP_SYN;
	case HM_WHAT_MARKER:
	case HM_WHAT_READ:
		return HM_STEP_MARKER;
	case HM_WHAT_DATA:
		return HM_STEP_ANSWER;
	default:
		return no_step;
	}
}

/* Where that was seen at that moment, as the leg noted it or as its first passage; -1: not kept. */
static int hop_of(const struct hm_leg *leg, enum hm_what what, uint64_t ns)
{
	enum hm_step step = step_of(what);

	for (uint32_t i = 0; i < leg->note_count; i++)
		if (leg->notes[i].what == what && leg->notes[i].mono_ns == ns)
			return leg->notes[i].hop;
	for (uint32_t i = 0; step != no_step && i < leg->row_count; i++)
		if (leg->rows[i].cell[step].count && leg->rows[i].cell[step].first_ns == ns)
			return leg->rows[i].hop;
	return -1;
}

static int hop_seen(const struct hm_case *c, enum hm_what what, uint64_t ns)
{
	int hop = -1;

	for (uint32_t l = 0; l < c->leg_count && hop < 0; l++)
		hop = hop_of(c->legs[l], what, ns);
	return hop;
}

const char *seen_text(const struct hm_case *c, enum hm_what what, uint64_t ns, char buf[HM_LINE])
{
	int hop = hop_seen(c, what, ns);

	if (hop < 0)
		snprintf(buf, HM_LINE, "%s", AT(c, ns));
	else
		place_text(c, (uint16_t)hop, ns, buf);
	return buf;
}

const char *place_text(const struct hm_case *c, uint16_t hop, uint64_t ns, char buf[HM_LINE])
{
	char name[HM_NAME_LEN * 4];

	snprintf(buf, HM_LINE, "%s, %s", safe_text(name, sizeof(name), hop_name(c, hop)),
		 AT(c, ns));
	return buf;
}

void tell_marker(const struct hm_case *c, struct hm_verdict *out)
{
	if (c->marked)
		words_evidence(out, "marker first seen at %s",
			       SEEN(c, HM_WHAT_MARKER, c->marker_ns));
}

/* A look at its socket tells that, and not when. */
void tell_reading(const struct hm_case *c, struct hm_verdict *out)
{
	char a[HM_WHO_LEN];

	if (!c->read_ns)
		return;
	if (hop_seen(c, HM_WHAT_READ, c->read_ns) >= 0)
		words_evidence(out, "%s read past the marker's end at %s", who_server(c, a),
			       SEEN(c, HM_WHAT_READ, c->read_ns));
	else
		words_evidence(out, "%s had read past the marker's end by %s, as its socket tells",
			       who_server(c, a), AT(c, c->read_ns));
}

/* By what it is known: its RST, its socket, or that COMMAND ended. */
void tell_giving_up(const struct hm_case *c, struct hm_verdict *out)
{
	char name[HM_NAME_LEN * 4];

	if (c->client_closed && c->fin_client_ns > asked_ns(c))
		words_evidence(out, "the client closed its side at %s",
			       SEEN(c, HM_WHAT_FIN, c->fin_client_ns));
	if (c->client_reset)
		words_evidence(out, "the client gave up: RST at %s",
			       PLACE(c, c->rst->hop, c->rst->mono_ns));
	else if (c->gone)
		words_evidence(out, "the client gave up: its socket was %s at %s",
			       c->gone->socket.state ? "held by nobody" : "gone",
			       AT(c, c->gone->mono_ns));
	else if (c->client_gave_up)
		words_evidence(out, "the client gave up: %s exited %d by %s",
			       safe_text(name, sizeof(name), c->scene->command),
			       c->scene->command_exit, AT(c, c->path->judged_ns));
	else if (c->fin_server_ns)
		words_evidence(out, "then the server closed its side too, at %s",
			       SEEN(c, HM_WHAT_FIN, c->fin_server_ns));
}
