// SPDX-License-Identifier: GPL-2.0-only
/* Wrapping at 80 columns. Called by out_text.c, text_table.c, text_facts.c, out_doctor.c. */
#include "text_wrap.h"

#include <stdarg.h>
#include <string.h>
#include <sys/types.h>

#include "safe.h"

/*
 * Two spaces set a command or a remark apart: where what follows them fits into a line of its own
 * it is not broken. The last such place in the first columns of text, or -1.
 */
static ssize_t apart(const char *text, size_t columns, size_t whole_line)
{
	for (ssize_t i = (ssize_t)columns; i >= 0; i--) {
		const char *rest = text + i + strspn(text + i, " ");

		if (text[i] == ' ' && text[i + 1] == ' ' && (!i || text[i - 1] != ' ') &&
		    strlen(rest) <= whole_line)
			return i;
	}
	return -1;
}

/* How much of text a line of so many columns takes. *skip: spaces behind it that a break eats. */
static size_t take(const char *text, size_t columns, size_t whole_line, size_t *skip)
{
	size_t fits = columns;
	ssize_t remark;

	*skip = 0;
	if (strlen(text) <= columns)
		return strlen(text);
	remark = apart(text, columns, whole_line);
	if (remark > 0 || (!remark && columns < whole_line))
		fits = (size_t)remark;
	while (fits && text[fits] != ' ')
		fits--;
	while (text[fits + *skip] == ' ')
		(*skip)++;
	while (fits && text[fits - 1] == ' ') {
		fits--;
		(*skip)++;
	}
	return fits;
}

unsigned int text_wrap(FILE *to, unsigned int col, unsigned int hang, const char *text)
{
	char clean[TEXT_ROOM];
	const char *at = safe_sentence(clean, sizeof(clean), text);
	size_t skip = 0;

	for (;;) {
		size_t room = col < TEXT_COLUMNS ? TEXT_COLUMNS - col : 0;
		size_t n = take(at, room, TEXT_COLUMNS - hang, &skip);

		if (!n && *at && col <= hang) {
			n = room; /* one word longer than a line */
			skip = 0;
		}
		fwrite(at, 1, n, to);
		at += n + skip;
		col += (unsigned int)n;
		if (!*at)
			return col;
		fprintf(to, "\n%*s", (int)hang, "");
		col = hang;
	}
}

void text_labelled(FILE *to, const char *label, const char *text)
{
	fprintf(to, "%-*s", TEXT_HANG, label);
	text_wrap(to, TEXT_HANG, TEXT_HANG, text);
	putc('\n', to);
}

void text_paragraph(FILE *to, const char *text)
{
	text_wrap(to, 0, 0, text);
	putc('\n', to);
}

void text_add(char *out, size_t out_len, const char *fmt, ...)
{
	size_t at = strlen(out);
	va_list args;

	va_start(args, fmt);
	vsnprintf(out + at, out_len - at, fmt, args);
	va_end(args);
}
