/* SPDX-License-Identifier: GPL-2.0-only */
/* Reasons why nobody is accused, for rules_inconclusive.c and its tables only. */
#ifndef HM_REASONS_H
#define HM_REASONS_H

#include "rules.h"

struct reason {
	bool (*holds)(const struct hm_case *c);
	void (*tell)(const struct hm_case *c, struct hm_verdict *out);
};

struct reasons { /* the most telling first */
	const struct reason *rows;
	size_t count;
};

extern const struct reasons reasons_odd;

/* rules_inconclusive.c: a sentence about the address that was asked. */
void say_of_server(const struct hm_case *c, struct hm_verdict *out, const char *before,
		   const char *after);

/* rules_inconclusive.c: a request went, or came, and neither an answer nor a RST followed. */
bool waits(const struct hm_case *c);

#endif
