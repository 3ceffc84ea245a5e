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

struct wanted {
	const char *type;
	const char *option; /* among its own; NULL: any */
	bool source; /* what is mounted is asked for, not where */
};

/* A line of mountinfo: out is set if it is of such a mount. */
static bool is_mount(const char *line, const struct wanted *want, char *out, size_t len)
{
	const char *dash = strstr(line, " - ");
	char type[32], source[1024], point[1024], options[256];

	if (!dash || sscanf(dash, " - %31s %1023s %255s", type, source, options) != 3 ||
	    strcmp(type, want->type) || (want->option && !strstr(options, want->option)) ||
	    sscanf(line, "%*s %*s %*s %*s %1023s", point) != 1)
		return false;
	snprintf(out, len, "%s", want->source ? source : point);
	return true;
}

static int find_mount(const struct wanted *want, char *out, size_t len)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	bool found = false;
	size_t room = 0;

	if (!f)
		return -errno;
	while (!found && getline(&line, &room, f) > 0)
		found = is_mount(line, want, out, len);
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
	return find_mount(&(struct wanted){ .type = "cgroup2" }, dir, len);
}

int host_cgroup1_memory(char *dir, size_t len)
{
	return find_mount(&(struct wanted){ .type = "cgroup", .option = "memory" }, dir, len);
}

/* ip-netns(8): its /sys is a new one, with NAME as what is mounted (iproute2, lib/namespace.c). */
int host_netns_exec(char *path, size_t len)
{
	char name[256];
	struct stat own, named;
	int err = find_mount(&(struct wanted){.type = "sysfs", .source = true}, name, sizeof(name));

	if (err)
		return err;
	snprintf(path, len, "/run/netns/%s", name);
	if (stat("/proc/self/ns/net", &own) || stat(path, &named))
		return -errno;
	return own.st_dev == named.st_dev && own.st_ino == named.st_ino ? 0 : -ENOENT;
}

/* The file reads "none [integrity] confidentiality": the brackets tell which is in force. */
int host_lockdown(char *mode, size_t len)
{
	FILE *f = fopen(HM_LOCKDOWN_PATH, "re");
	char line[128] = "", *begin, *end;

	if (!f && errno == ENOENT && !access(HM_SECURITY_PATH, F_OK) &&
	    access(HM_SECURITY_PATH "/lsm", F_OK)) /* which each kernel with securityfs has */
		return -ENODATA;
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
