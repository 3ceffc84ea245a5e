/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a command asks of its surroundings: the terminal. Called by cmd_trace.c, cmd_report.c.
 */
#ifndef HM_SCREEN_H
#define HM_SCREEN_H

#include <stdbool.h>

/* stdout takes colour: a terminal that is not "dumb", and NO_COLOR (no-color.org) is not set. */
bool screen_has_color(void);

#endif
