// SPDX-License-Identifier: GPL-2.0-only
/*
 * The walk through the tables of rules, in their order. First what is no arrival, whatever was
 * answered: a TLS handshake that failed, whoever of several failed it; a segment that never gets
 * through, another who answers.
 * Then what arrived, because a fault that something later overcame is evidence at most; then what
 * the kernel named, before what is missing.
 */
#include "rules.h"

static const struct hm_rules *const tables[] = {
	&rules_relayed, &rules_tls,	&rules_stuck,	  &rules_elsewhere, &rules_answer,
	&rules_silence, &rules_window,	&rules_delivered, &rules_refused,   &rules_dropped,
	&rules_route,	&rules_between, &rules_handshake, &rules_reset,	    &rules_data,
};

static bool holds(const struct hm_rules *table, const struct hm_rule *row, const struct hm_case *c)
{
	return (!table->concerns || table->concerns(c, row)) && (!row->holds || row->holds(c));
}

const struct hm_rule *rules_first(const struct hm_case *c)
{
	for (size_t t = 0; t < HM_ARRAY_SIZE(tables); t++)
		for (uint32_t i = 0; i < tables[t]->count; i++)
			if (holds(tables[t], &tables[t]->rows[i], c))
				return &tables[t]->rows[i];
	return NULL;
}

const struct hm_rule *rules_judge(const struct hm_case *c)
{
	const struct hm_rule *rule = rules_first(c);

	if (!rule || rule->rests == HM_ON_SIGHT ||
	    (rule->rests == HM_ON_NAMING && c->drops >= HM_THRICE))
		return rule;
	return c->path->lost || c->path->unasked || (rule->rests == HM_ON_SILENCE && c->blind)
		       ? NULL
		       : rule;
}
