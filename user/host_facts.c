// SPDX-License-Identifier: GPL-2.0-only
/* What this host has, see host_facts.h. */
#include "host_facts.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CPUS_PATH "/sys/devices/system/cpu/possible" /* libbpf_num_possible_cpus() reads it */
#define FIRST_PID_NAMESPACE 0xEFFFFFFCU /* PROC_PID_INIT_INO: include/linux/proc_ns.h */

/* A line of mountinfo: dir is set if it mounts this type, with this among its own options. */
static bool is_mount(const char *line, const char *type, const char *option, char *dir, size_t len)
{
	const char *dash = strstr(line, " - ");
	char has_type[32], point[1024], options[256];

	if (!dash || sscanf(dash, " - %31s %*s %255s", has_type, options) != 2 ||
	    strcmp(has_type, type) || (option && !strstr(options, option)) ||
	    sscanf(line, "%*s %*s %*s %*s %1023s", point) != 1)
		return false;
	snprintf(dir, len, "%s", point);
	return true;
}

static int find_mount(const char *type, const char *option, char *dir, size_t len)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	bool found = false;
	size_t room = 0;

	if (!f)
		return -errno;
	while (!found && getline(&line, &room, f) > 0)
		found = is_mount(line, type, option, dir, len);
	free(line);
	fclose(f);
	return found ? 0 : -ENOENT;
}

const char *host_lacks_proc(void)
{
	return !access("/proc/self/ns/net", F_OK) ? NULL :
	       "/proc is not mounted here, and without it nobody knows which packets are of this "
	       "network namespace: mount -t proc proc /proc";
}

const char *host_lacks_sys(void)
{
	return !access(CPUS_PATH, R_OK) ? NULL :
	       "there is no " CPUS_PATH ", which tells how many CPUs there may be: "
	       "mount -t sysfs sysfs /sys, or start the container with -v /sys:/sys:ro";
}

int host_cgroup2(char *dir, size_t len)
{
	return find_mount("cgroup2", NULL, dir, len);
}

int host_cgroup1_memory(char *dir, size_t len)
{
	return find_mount("cgroup", "memory", dir, len);
}

/* The file reads "none [integrity] confidentiality": the brackets tell which is in force. */
int host_lockdown(char *mode, size_t len)
{
	FILE *f = fopen(HM_LOCKDOWN_PATH, "re");
	char line[128] = "", *begin, *end;

	if (!f)
		return -errno;
	begin = fgets(line, sizeof(line), f) ? strchr(line, '[') : NULL;
	end = begin ? strchr(begin, ']') : NULL;
	fclose(f);
	if (!end)
		return -EBADMSG;
	*end = '\0';
	snprintf(mode, len, "%s", begin + 1);
	return 0;
}

bool host_is_container(void)
{
	struct stat st;

	return !stat("/proc/self/ns/pid", &st) && st.st_ino != FIRST_PID_NAMESPACE;
}

bool host_may(unsigned int capability)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3] = {};

	return !syscall(SYS_capget, &head, caps) &&
	       (caps[capability / 32].effective >> capability % 32 & 1);
}
