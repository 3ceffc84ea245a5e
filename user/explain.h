/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The manual's page of each code. Read by cmd_explain.c, and by a test that proves that every code
 * has one. Sentences are wrapped when printed; what two spaces set apart is a command, see
 * text_wrap.h.
 */
#ifndef HM_EXPLAIN_H
#define HM_EXPLAIN_H

#include "verdict.h"

struct hm_page {
	const char *blame; /* whom it may blame */
	const char *means; /* more than hm_code_info.means, which is printed above it */
	const char *proof; /* what it takes to say it */
	const char *check; /* what to do, with commands that only look */
	const char *alike; /* what it may be mistaken for */
};

extern const struct hm_page hm_pages[HM_CODE_COUNT];

#endif
