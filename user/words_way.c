// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happened to a handshake's packets on their way, out of what its hops saw of them: options
 * that were rewritten, and routers between two network namespaces. Evidence at most. Called by
 * judge.c.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "words.h"

/* A hop that saw that step of the connection. */
struct stop {
	const struct hm_row *row;
	const struct hm_hop *hop;
	uint64_t ns;
};

/* The hop that saw it next after that time, or none. */
static bool next_stop(const struct hm_case *c, enum hm_step step, uint64_t after_ns,
		      struct stop *next)
{
	next->row = NULL;
	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->row_count; i++) {
			const struct hm_row *row = &c->legs[l]->rows[i];
			uint64_t ns = row->cell[step].first_ns;

			if (!row->options[step].seen || ns <= after_ns ||
			    (next->row && ns >= next->ns))
				continue;
			*next = (struct stop){row, &c->scene->hops[row->hop], ns};
		}
	return next->row;
}

__attribute__((format(printf, 2, 3))) static void add(char line[HM_LINE], const char *fmt, ...)
{
	size_t len = strlen(line);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line + len, HM_LINE - len, fmt, ap);
	va_end(ap);
}

static void add_number(char line[HM_LINE], const char *what, int was, int is, int none)
{
	char from[12] = "none", to[12] = "none";

	if (was == is)
		return;
	if (was != none)
		snprintf(from, sizeof(from), "%d", was);
	if (is != none)
		snprintf(to, sizeof(to), "%d", is);
	add(line, "%s%s %s became %s", *line ? ", " : "", what, from, to);
}

static void add_presence(char line[HM_LINE], const char *what, bool was, bool is)
{
	if (was != is)
		add(line, "%s%s %s", *line ? ", " : "", what, is ? "added" : "taken out");
}

static void tell_options(enum hm_step step, const struct stop *a, const struct stop *b,
			 struct hm_verdict *out)
{
	const struct hm_options *was = &a->row->options[step], *is = &b->row->options[step];
	char what[HM_LINE] = "", from[HM_NAME_LEN * 4], to[HM_NAME_LEN * 4];

	add_number(what, "MSS", was->mss, is->mss, 0);
	add_number(what, "window scale", was->wscale, is->wscale, HM_NO_WSCALE);
	add_presence(what, "SACK", was->sack, is->sack);
	add_presence(what, "timestamps", was->timestamps, is->timestamps);
	if (was->dscp != HM_NO_DSCP && is->dscp != HM_NO_DSCP)
		add_number(what, "DSCP", was->dscp, is->dscp, HM_NO_DSCP);
	if (*what)
		words_evidence(out, "%s rewritten between %s and %s: %s", step ? "SYN-ACK" : "SYN",
			       safe_text(from, sizeof(from), a->hop->name),
			       safe_text(to, sizeof(to), b->hop->name), what);
}

/* A SYN that came by the earlier hop with this number too is another packet than the one there. */
static bool came_by(const struct hm_leg *leg, uint16_t hop)
{
	for (uint32_t i = 0; i < leg->row_count; i++)
		if (leg->rows[i].hop == hop && leg->rows[i].options[HM_STEP_SYN].seen)
			return true;
	return false;
}

static void tell_renumbered(const struct hm_case *c, const struct stop *to, struct hm_verdict *out)
{
	const struct hm_leg *leg = c->first;
	char before[HM_NAME_LEN * 4], after[HM_NAME_LEN * 4];

	if (!leg->renumbered.seen || c->path->lost || came_by(leg, leg->renumbered.hop))
		return;
	words_evidence(out, "SYN rewritten between %s and %s: sequence number %u became %u",
		       safe_text(before, sizeof(before), c->scene->hops[leg->renumbered.hop].name),
		       safe_text(after, sizeof(after), to->hop->name), leg->renumbered.isn,
		       leg->isn_client);
}

/* Each router takes one from the TTL; one that is watched is no riddle. */
static void tell_routers(const struct stop *a, const struct stop *b, struct hm_verdict *out)
{
	char from[HM_NAME_LEN * 4], to[HM_NAME_LEN * 4];
	uint8_t was = a->row->ttl_min[0], is = b->row->ttl_min[0];

	if (a->hop->netns == b->hop->netns || is >= was || was != a->row->ttl_max[0] ||
	    is != b->row->ttl_max[0])
		return;
	words_evidence(out, "%u router%s between %s and %s (TTL %u, then %u)", was - is,
		       was - is == 1 ? "" : "s", safe_text(from, sizeof(from), a->hop->name),
		       safe_text(to, sizeof(to), b->hop->name), was, is);
}

void tell_way(const struct hm_case *c, struct hm_verdict *out)
{
	for (int step = HM_STEP_SYN; step <= HM_STEP_SYNACK; step++) {
		struct stop a, b;

		if (!next_stop(c, (enum hm_step)step, 0, &a))
			continue;
		if (step == HM_STEP_SYN)
			tell_renumbered(c, &a, out);
		for (; next_stop(c, (enum hm_step)step, a.ns, &b); a = b) {
			tell_options((enum hm_step)step, &a, &b, out);
			if (step == HM_STEP_SYN)
				tell_routers(&a, &b, out);
		}
	}
}
