/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What hopmark may do: which rights it has, which are missing and what that costs, and giving them
 * up. Called by live_rights.c and doctor_rights.c before anything is attached, by source_live.c and
 * the janitor after.
 */
#ifndef HM_RIGHTS_H
#define HM_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>

#define RIGHTS_NONE (-1)

/* Capabilities newer than some C libraries' headers (Linux 5.8). */
#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#endif
#ifndef CAP_BPF
#define CAP_BPF 39
#endif

/*
 * True if this capability, CAP_*, is effective on this host, or CAP_SYS_ADMIN is where the kernel
 * takes that too.
 */
bool rights_have(int cap);

/*
 * Why namespaces of other users' processes cannot be counted, as the first process's is; NULL: they
 * can.
 */
const char *rights_blind_to_netns(void);

/*
 * The names of those a trace needs and lacks, as "CAP_BPF and CAP_PERFMON"; and in without what
 * cannot be watched for that. How many. 0: none, both are "".
 */
int rights_missing(char *names, size_t names_len, char *without, size_t without_len);

/*
 * Why neither sudo nor setcap can give the capability cap, or with RIGHTS_NONE those that
 * rights_missing() names, and what to do then; NULL: they can.
 */
const char *rights_obstacle(int cap);

/*
 * True in a user namespace of one's own, whose capabilities do not count for BPF:
 * user_namespaces(7).
 */
bool rights_are_local(void);

/* What may forbid bpf(2) to somebody who has the rights for it. */
const char *rights_forbidden_by(void);

/*
 * Lays all capabilities down so that they can be taken up again by rights_drop_but(): to try what
 * works without. 0 or -errno.
 */
int rights_rest(void);

/*
 * Drops every capability of this process for good, and whatever a program it runs could gain. What
 * it holds, descriptors of BPF programs and addresses, is closed to core files and to other
 * processes of its user (ptrace, pidfd_getfd). COMMAND has been forked before and keeps its own
 * rights. 0 or -errno.
 */
int rights_drop(void);

/* The same, but one capability is kept, CAP_*, or RIGHTS_NONE. */
int rights_drop_but(int cap);

#endif
