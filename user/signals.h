/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SIGINT, SIGTERM and SIGHUP: told to the loop, which ends the trace in good order. Where it
 * cannot, because nobody takes what it writes, a second one ends the process at once. Called by
 * loop.c.
 */
#ifndef HM_SIGNALS_H
#define HM_SIGNALS_H

/*
 * Holds them back from here on, so that none is missed; those that were ignored when hopmark was
 * started stay ignored (nohup). A descriptor that is readable when one has come, or -errno. Once in
 * a process.
 */
int signals_open(void);

/*
 * From here on they are taken: system calls that wait with a limit may end with EINTR. 0 or -errno.
 */
int signals_accept(void);

/* The first that came since it was asked last; 0: none. fd: of signals_open(). */
int signals_take(int fd);

/* Nobody asks any more, the trace ends: the next one, if it is no double click, is a second one. */
void signals_end(void);

#endif
