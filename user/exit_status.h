/* SPDX-License-Identifier: GPL-2.0-only */
/* Exit status of the program; 0, 1 and 4 come from judge_exit(). */
#ifndef HM_EXIT_STATUS_H
#define HM_EXIT_STATUS_H

#define HM_EXIT_USAGE 2 /* anything wrong with the command line */
#define HM_EXIT_CANNOT 3 /* nothing could be attached, or watched on */

#endif
