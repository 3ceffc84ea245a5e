/* SPDX-License-Identifier: GPL-2.0-only */
/* Gives up what only attaching needs. Called by source_live.c once everything is attached. */
#ifndef HM_RIGHTS_H
#define HM_RIGHTS_H

/*
 * Drops every capability of this process for good, and whatever a program it runs could gain. What
 * it holds, descriptors of BPF programs and addresses, is closed to core files and to other
 * processes of its user (ptrace, pidfd_getfd). COMMAND has been forked before and keeps its own
 * rights. 0 or -errno.
 */
int rights_drop(void);

#define RIGHTS_NONE (-1)

/* The same, but one capability is kept, CAP_*: for the janitor, which removes filters with it. */
int rights_drop_but(int cap);

#endif
