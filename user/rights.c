// SPDX-License-Identifier: GPL-2.0-only
/* Capabilities, looked at and given up, see rights.h. capabilities(7), prctl(2). */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "hm_types.h"
#include "rights.h"

#define FIRST_USER_NAMESPACE 0xEFFFFFFDU /* PROC_USER_INIT_INO: include/linux/proc_ns.h */

typedef struct __user_cap_data_struct cap_sets[_LINUX_CAPABILITY_U32S_3];

/*
 * What a trace needs, measured by tests/lab/capabilities.sh. CAP_PERFMON is not only for tracing:
 * without it the verifier takes no pointer arithmetic that differs between paths, and no helper
 * that leads to kernel structures, which programs at interfaces and sockets need too.
 */
static const struct {
	const char *name;
	int cap;
	const char *without;
} needed[] = {
	{ "CAP_BPF", CAP_BPF, "no hop can be watched" },
	{ "CAP_PERFMON", CAP_PERFMON, "no hop can be watched" },
	{ "CAP_NET_ADMIN", CAP_NET_ADMIN, "interfaces and sockets cannot be watched" },
};

static bool is_effective(const cap_sets sets, int cap)
{
	return sets[CAP_TO_INDEX(cap)].effective & CAP_TO_MASK(cap);
}

static int get(cap_sets sets)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };

	return syscall(SYS_capget, &head, sets) ? -errno : 0;
}

static int set(const cap_sets sets)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };

	return syscall(SYS_capset, &head, sets) ? -errno : 0;
}

bool rights_are_local(void)
{
	struct stat st;

	return !stat("/proc/self/ns/user", &st) && st.st_ino != FIRST_USER_NAMESPACE;
}

bool rights_have(int cap)
{
	cap_sets sets = {};

	if (rights_are_local() || get(sets))
		return false;
	return is_effective(sets, cap) ||
	       ((cap == CAP_BPF || cap == CAP_PERFMON) && is_effective(sets, CAP_SYS_ADMIN));
}

/* Opened, not asked of access(2): that judges by the real user, who may have less. */
const char *rights_blind_to_netns(void)
{
	int fd = open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC), err = errno;

	if (fd >= 0) {
		close(fd);
		return NULL;
	}
	return rights_have(CAP_SYS_PTRACE) ? strerror(err) : "no CAP_SYS_PTRACE";
}

int rights_missing(char *names, size_t names_len, char *without, size_t without_len)
{
	int count = 0, told = 0;
	size_t used = 0;

	names[0] = without[0] = '\0';
	for (size_t i = 0; i < HM_ARRAY_SIZE(needed); i++)
		count += !rights_have(needed[i].cap);
	for (size_t i = 0; i < HM_ARRAY_SIZE(needed) && used < names_len; i++) {
		if (rights_have(needed[i].cap))
			continue;
		used += snprintf(names + used, names_len - used, "%s%s",
				 !told ? "" : told == count - 1 ? " and " : ", ", needed[i].name);
		if (!told++)
			snprintf(without, without_len, "%s", needed[i].without);
	}
	return count;
}

/* True if this process can never gain cap, nor CAP_SYS_ADMIN where the kernel takes that too. */
static bool is_out_of_reach(int cap)
{
	if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) != 0)
		return false;
	return (cap != CAP_BPF && cap != CAP_PERFMON) ||
	       prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN, 0, 0, 0) == 0;
}

static bool some_are_out_of_reach(void)
{
	for (size_t i = 0; i < HM_ARRAY_SIZE(needed); i++)
		if (!rights_have(needed[i].cap) && is_out_of_reach(needed[i].cap))
			return true;
	return false;
}

/* Its own file was given capabilities, which the kernel did not take: execve(2). */
static bool file_has_some(void)
{
	return getxattr("/proc/self/exe", "security.capability", NULL, 0) > 0;
}

static bool is_nosuid(void)
{
	struct statvfs fs;

	return !statvfs("/proc/self/exe", &fs) && (fs.f_flag & ST_NOSUID);
}

const char *rights_obstacle(int cap)
{
	if (cap == RIGHTS_NONE ? some_are_out_of_reach() : is_out_of_reach(cap))
		return "nobody can have that here, as in a container: start that with --cap-add for "
		       "each, or run hopmark on the host";
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		return "no_new_privs is set here, so neither sudo nor setcap helps: start it from "
		       "elsewhere";
	if (file_has_some() && is_nosuid())
		return "the file has capabilities, but its file system is mounted nosuid: move it";
	return NULL;
}

const char *rights_forbidden_by(void)
{
	if (rights_are_local())
		return "capabilities of a user namespace do not count for BPF: run it outside, on the "
		       "host";
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == SECCOMP_MODE_FILTER)
		return "a seccomp filter is in force here, as in most containers, and may forbid "
		       "bpf(2): let it be allowed, or run it on the host";
	return "a security module may forbid bpf(2): the kernel's log says which";
}

int rights_rest(void)
{
	cap_sets sets = {};
	int err = get(sets);

	for (size_t i = 0; i < HM_ARRAY_SIZE(sets); i++)
		sets[i].effective = sets[i].inheritable = 0;
	return err ? err : set(sets);
}

int rights_drop(void)
{
	return rights_drop_but(RIGHTS_NONE);
}

int rights_drop_but(int cap)
{
	cap_sets keep = {};

	if (cap != RIGHTS_NONE)
		keep[CAP_TO_INDEX(cap)].effective = keep[CAP_TO_INDEX(cap)].permitted =
			CAP_TO_MASK(cap);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return -errno;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0))
		return -errno;
	return set(keep);
}
