// SPDX-License-Identifier: GPL-2.0-only
/* Every code has its page in the manual, with all sections, in lines that fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "explain.h"
#include "text_wrap.h"

/* Whole sentences in plain ASCII, none of whose words or commands is wider than a line. */
static void is_section(const char *code, const char *text)
{
	char *shown, *line;
	size_t len;
	FILE *to = open_memstream(&shown, &len);

	if (!text || strlen(text) < 20)
		fail_msg("%s lacks a section", code);
	for (const char *c = text; *c; c++)
		assert_in_range(*c, ' ', '~');
	assert_non_null(to);
	text_labelled(to, "looks alike", text);
	fclose(to);
	for (line = strtok(shown, "\n"); line; line = strtok(NULL, "\n"))
		assert_true(strlen(line) <= 80);
	free(shown);
}

static void has_page(void **state)
{
	(void)state;
	for (int i = 0; i < HM_CODE_COUNT; i++) {
		const struct hm_page *p = &hm_pages[i];

		is_section(hm_codes[i].name, p->means);
		is_section(hm_codes[i].name, p->proof);
		is_section(hm_codes[i].name, p->check);
		is_section(hm_codes[i].name, p->alike);
	}
}

/* Its blame begins with a name that verdicts use, or with that of another leg. */
static void blames(void **state)
{
	(void)state;
	for (int i = 0; i < HM_CODE_COUNT; i++) {
		bool known = !strncmp(hm_pages[i].blame, "as ", 3);

		for (int b = 0; b < HM_BLAME_COUNT; b++)
			known |= !strncmp(hm_pages[i].blame, hm_blame_names[b],
					  strlen(hm_blame_names[b]));
		assert_true(known);
		assert_int_equal(hm_codes[i].health == 0, !strcmp(hm_pages[i].blame, "none"));
		assert_int_equal(hm_codes[i].health == 4, !strcmp(hm_pages[i].blame, "unknown"));
	}
}

/* A page that names a code by its name names one that there is. */
static void names_codes(void **state)
{
	(void)state;
	for (int i = 0; i < HM_CODE_COUNT; i++) {
		const char *name = hm_pages[i].alike;
		size_t len = strcspn(name, " :.");
		bool known = !memchr(name, '-', len);

		for (int k = 0; k < HM_CODE_COUNT; k++)
			known |= len == strlen(hm_codes[k].name) &&
				 !strncmp(name, hm_codes[k].name, len);
		assert_true(known);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_page),
		cmocka_unit_test(blames),
		cmocka_unit_test(names_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
