// SPDX-License-Identifier: GPL-2.0-only
/*
 * The terminal. Called by cmd_trace.c and cmd_report.c.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "screen.h"

bool screen_has_color(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no_color && no_color[0]) && term && strcmp(term, "dumb");
}
