/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Options: one const table for each command gives parsing, type checks and the text of --help.
 * Pure: errors come back as text.
 */
#ifndef HM_OPTS_H
#define HM_OPTS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define HM_OPTS_WHY 256 /* bytes that hold every error message */
#define HM_OPTS_HELP 1 /* opts_parse(): --help was asked for */

enum hm_opt_type { /* and what .offset leads to */
	HM_OPT_FLAG, /* bool */
	HM_OPT_IGNORED, /* nothing: accepted for habit's sake */
	HM_OPT_STRING, /* const char * */
	HM_OPT_STRINGS, /* const char *[.most], their number in a uint32_t at .count_offset */
	HM_OPT_NUMBER, /* uint32_t, .min to .max */
	HM_OPT_NUMBERS16, /* uint16_t[.most], as HM_OPT_STRINGS; .min to .max */
	HM_OPT_TIME, /* uint64_t nanoseconds, .min to .max: 30, 30s, 2m, 1h, 500ms */
	HM_OPT_SIZE, /* uint32_t bytes, .min to .max: 65536, 64k, 1m */
};

struct hm_opt {
	const char *name; /* long name, without dashes; NULL: none */
	char letter; /* 0: none */
	uint8_t type; /* enum hm_opt_type */
	const char *arg; /* placeholder in help; NULL for flags */
	const char *help;
	size_t offset, count_offset; /* into the command's own struct */
	uint64_t min, max, most;
};

/* What is left of argv. Borrowed from it; argv's order has been changed. */
struct hm_words {
	char **word;
	int count;
	char **command; /* after "--", NULL-terminated; NULL: there was no "--" */
};

/*
 * Parses argv[1] and on into args by the table. Options may follow words; "--" ends both.
 * 0; HM_OPTS_HELP; or -EINVAL and one line in why.
 */
int opts_parse(const struct hm_opt *opts, size_t count, int argc, char **argv, void *args,
	       struct hm_words *words, char *why, size_t why_len);

/* One line for each option, in the table's order, at most 80 columns wide where help allows. */
void opts_help(const struct hm_opt *opts, size_t count, FILE *to);

/* "30", "30s", "2m", "1h", "500ms" in nanoseconds. 0 or -EINVAL. */
int opts_time(const char *text, uint64_t *ns);

/* "65536", "64k", "1m" in bytes. 0 or -EINVAL. */
int opts_size(const char *text, uint64_t *bytes);

/* Decimal digits only. 0 or -EINVAL. */
int opts_number(const char *text, uint64_t *number);

#endif
