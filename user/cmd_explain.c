// SPDX-License-Identifier: GPL-2.0-only
/*
 * hopmark explain: the manual's page of a code, and without one the list of all. The pages are in
 * explain_pages.c.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cmd.h"
#include "explain.h"
#include "hm_types.h"
#include "log.h"
#include "screen.h"
#include "text_wrap.h"

#define NAME_COLUMNS 24
#define NEAR_ENOUGH 2 /* letters that differ */

static int end(void)
{
	if (!fflush(stdout))
		return 0;
	log_error("stdout: %m");
	return HM_EXIT_USAGE;
}

static int list(void)
{
	for (int i = 0; i < HM_CODE_COUNT; i++) {
		printf("%-*s", NAME_COLUMNS, hm_codes[i].name);
		text_wrap(stdout, NAME_COLUMNS, NAME_COLUMNS, hm_codes[i].means);
		putchar('\n');
	}
	return end();
}

static int page(enum hm_code code)
{
	const struct hm_page *p = &hm_pages[code];

	for (const char *name = hm_codes[code].name; *name; name++)
		putchar(toupper((unsigned char)*name));
	printf("    blame: %s\n", p->blame);
	text_paragraph(stdout, hm_codes[code].means);
	putchar('\n');
	text_labelled(stdout, "it means", p->means);
	text_labelled(stdout, "proven by", p->proof);
	text_labelled(stdout, "check", p->check);
	text_labelled(stdout, "looks alike", p->alike);
	return end();
}

/* How many letters have to be put in, taken out or changed (Levenshtein). b: at most 31 */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[32], above, left, cost;
	size_t len = strlen(b);

	for (unsigned int j = 0; j <= len; j++)
		row[j] = j;
	for (unsigned int i = 1; *a; a++, i++) {
		above = row[0];
		row[0] = i;
		for (size_t j = 1; j <= len; j++) {
			cost = above + (*a != b[j - 1]);
			above = row[j];
			left = row[j - 1] + 1;
			row[j] = above + 1 < left ? above + 1 : left;
			row[j] = cost < row[j] ? cost : row[j];
		}
	}
	return row[len];
}

/* The word is a part of the name, or nearly the name. */
static bool is_near(const char *word, const char *name)
{
	return (strlen(word) >= 3 && strcasestr(name, word)) || distance(word, name) <= NEAR_ENOUGH;
}

static int unknown(const char *word)
{
	char near[160] = "";

	for (int i = 0; i < HM_CODE_COUNT && strlen(word) < 32; i++)
		if (is_near(word, hm_codes[i].name))
			text_add(near, sizeof(near), "%s%s", near[0] ? ", " : "", hm_codes[i].name);
	log_error("%.40s: no such code (%s%s)", word,
		  near[0] ? "near: " : "hopmark explain lists them", near);
	return HM_EXIT_USAGE;
}

static int run(int argc, char **argv)
{
	struct hm_words words;
	int status = cmd_begin(&cmd_explain, argc, argv, NULL, &words);

	if (status >= 0)
		return status;
	if (words.count > 1 || words.command) {
		log_error("explain takes one code, or none for the list of all");
		return HM_EXIT_USAGE;
	}
	if (!words.count)
		return list();
	for (int i = 0; i < HM_CODE_COUNT; i++)
		if (!strcasecmp(words.word[0], hm_codes[i].name))
			return page((enum hm_code)i);
	return unknown(words.word[0]);
}

const struct hm_cmd cmd_explain = {
	.name = "explain",
	.summary = "what a verdict means, what proves it, what to check",
	.usage = "[CODE]",
	.intro = "hopmark explain tells what a verdict means, what proves it, what to check then,\n"
		 "and what looks like it. Without CODE it lists all codes.\n"
		 "\n"
		 "    hopmark explain accept-queue-full\n",
	.run = run,
};
