/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The system calls hopmark may still make once it watches: a seccomp allow-list. Called by
 * source_live.c, once everything is attached; COMMAND and the recording are older than that.
 */
#ifndef HM_CONFINE_H
#define HM_CONFINE_H

/*
 * Puts the list in force in this process, for good; rights_drop() comes before it. Any other call
 * is not made: it is named on stderr and the process ends with HM_EXIT_CANNOT. Not in builds with a
 * sanitiser, which makes calls of its own. 0 or -errno.
 */
int confine(void);

/*
 * The same for the janitor, which asks the kernel about its filters and no more. Its end by this is
 * seen at hopmark's end of their socket.
 */
int confine_janitor(void);

#endif
