/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What this host has or has not, as its own files say. Used by the doctor, cmd_trace.c,
 * live_watch.c, live_kernel.c, live_rights.c and shortage.c. None of it needs rights.
 */
#ifndef HM_HOST_FACTS_H
#define HM_HOST_FACTS_H

#include <stdbool.h>
#include <stddef.h>

#define HM_SECURITY_PATH "/sys/kernel/security" /* where securityfs belongs */
#define HM_LOCKDOWN_PATH HM_SECURITY_PATH "/lockdown"

/*
 * That /proc, or of /sys what libbpf counts the CPUs by, is missing, and what to do. NULL: it is
 * there.
 */
const char *host_lacks_proc(void);
const char *host_lacks_sys(void);

/* Directory where cgroup2 is mounted: proc(5), mountinfo. 0; -ENOENT: nowhere; other -errno. */
int host_cgroup2(char *dir, size_t len);

/* The same for the memory controller of cgroup v1. */
int host_cgroup1_memory(char *dir, size_t len);

/*
 * Started by `ip netns exec NAME`, which mounts another /sys and hides the host's cgroup2: 0, and
 * /run/netns/NAME is in path; -ENOENT: not so, or not known; other -errno.
 */
int host_netns_exec(char *path, size_t len);

/*
 * The lockdown that is in force: "none", "integrity", "confidentiality". 0; -ENOENT: this kernel
 * has none; -ENODATA: securityfs, which would tell, is not mounted; other -errno; -EBADMSG: the
 * file says something else.
 */
int host_lockdown(char *mode, size_t len);

/*
 * True in a pid namespace that is not the first, as in a container. False where it cannot be known.
 */
bool host_is_container(void);

/* True if this process may use a capability now: its number of linux/capability.h. */
bool host_may(unsigned int capability);

#endif
