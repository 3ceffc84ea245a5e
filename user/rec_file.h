/* SPDX-License-Identifier: GPL-2.0-only */
/* The file of -w. Called by cmd_trace.c. */
#ifndef HM_REC_FILE_H
#define HM_REC_FILE_H

#include <stdio.h>

/*
 * Opens it for appending; what it holds stays. A new one can be read by its owner alone, for it
 * says who talked to whom: the caller's, and under sudo the user's who called sudo. NULL: errno
 * says why.
 */
FILE *rec_file_open(const char *path);

#endif
