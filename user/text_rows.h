/* SPDX-License-Identifier: GPL-2.0-only */
/* Between text_table.c, which has the table, and text_ends.c, which has the rows of its ends. */
#ifndef HM_TEXT_ROWS_H
#define HM_TEXT_ROWS_H

#include "text_table.h"

#define TEXT_CELL 16
#define TEXT_LABEL 256

struct text_row {
	char label[TEXT_LABEL];
	char cell[HM_STEP_COUNT][TEXT_CELL];
};

struct text_table {
	FILE *to;
	const struct hm_scene *scene;
	const struct hm_verdict *verdict;
	bool column[HM_STEP_COUNT];
};

/* Writes a row; a label that leaves no room for the first cell gets a line of its own. */
void text_print_row(const struct text_table *t, const struct text_row *row);

/* "0.93", "0.00 x3" of a cell that is seen, if it is shorter than width. */
void text_time_cell(char out[TEXT_CELL], const struct hm_cell *cell, uint64_t first_ns, int width);

/* The rows below a leg's places: the fault, then the process or host that was called. */
void text_end_rows(const struct text_table *t, uint32_t number);

#endif
