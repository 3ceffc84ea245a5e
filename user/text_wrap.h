/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lines of plain ASCII that never pass 80 columns. The lowest layer of the text output: nothing
 * of it reaches the terminal by another way.
 */
#ifndef HM_TEXT_WRAP_H
#define HM_TEXT_WRAP_H

#include <stddef.h>
#include <stdio.h>

#define TEXT_COLUMNS 79 /* a line of 80 makes some terminals wrap by themselves */
#define TEXT_HANG 13 /* where the text beside a label begins */
#define TEXT_ROOM 8192 /* any one text, cleaned */

/*
 * Writes text, cleaned, from column col on; breaks it at spaces, or anywhere where a word is
 * longer than a line; further lines begin at column hang. What two spaces set apart (a command) is
 * kept in one line where it can. Returns the column it ends at; no newline.
 */
unsigned int text_wrap(FILE *to, unsigned int col, unsigned int hang, const char *text);

/* A labelled text: "evidence     SYN at eth0 ..."; label "" continues the one above. */
void text_labelled(FILE *to, const char *label, const char *text);

/* A paragraph from column 0. */
void text_paragraph(FILE *to, const char *text);

/* Appends to a NUL-terminated text of size out_len, as snprintf; what does not fit is cut. */
void text_add(char *out, size_t out_len, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
