// SPDX-License-Identifier: GPL-2.0-only
/*
 * What hopmark may do here: capabilities as they are, and one harmless program loaded and attached
 * to loopback for a moment, which proves more than any list. Called by cmd_doctor.c.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"

#define TCX_INGRESS 46 /* BPF_TCX_INGRESS since 6.6 (e420bed02507); Debian 12's headers lack it */
#define TCX_NEXT (-1)

#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#endif
#ifndef CAP_BPF
#define CAP_BPF 39
#endif

struct right {
	const char *name;
	unsigned int number;
	bool by_sys_admin; /* CAP_SYS_ADMIN holds it too */
};

static const struct right rights[] = {
	{"CAP_BPF", CAP_BPF, true},
	{"CAP_NET_ADMIN", CAP_NET_ADMIN, false},
	{"CAP_PERFMON", CAP_PERFMON, true},
};

/* The effective set: proc(5), status, CapEff. */
static bool effective(uint64_t *caps)
{
	FILE *file = fopen("/proc/self/status", "re");
	unsigned long long value;
	bool found = false;
	char line[256];

	while (file && !found && fgets(line, sizeof(line), file))
		found = sscanf(line, "CapEff: %llx", &value) == 1;
	if (file)
		fclose(file);
	*caps = found ? value : 0;
	return found;
}

static void check_capabilities(struct hm_doctor *d)
{
	char missing[100] = "";
	size_t i, used = 0;
	bool sys_admin;
	uint64_t caps;

	if (!effective(&caps)) {
		doctor_say(d, "capabilities", HM_HEALTH_UNKNOWN, "/proc/self/status: no CapEff");
		return;
	}
	sys_admin = caps >> CAP_SYS_ADMIN & 1;
	for (i = 0; i < HM_ARRAY_SIZE(rights); i++)
		if (!(caps >> rights[i].number & 1) && !(rights[i].by_sys_admin && sys_admin))
			used += snprintf(missing + used, sizeof(missing) - used, " %s",
					 rights[i].name);
	if (missing[0])
		doctor_say(d, "capabilities", HM_HEALTH_MISSING, "%s: run it with sudo",
			   missing + 1);
	else
		doctor_say(d, "capabilities", HM_HEALTH_OK, "CAP_BPF CAP_NET_ADMIN CAP_PERFMON");
	if (!sys_admin)
		doctor_say(d, "netns", HM_HEALTH_WARN, "--netns needs CAP_SYS_ADMIN too");
}

static int load(void)
{
	static const struct bpf_insn insns[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = TCX_NEXT},
		{.code = BPF_JMP | BPF_EXIT},
	};

	return bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "hm_doctor", "GPL", insns,
			     HM_ARRAY_SIZE(insns), NULL);
}

static void check_attach(struct hm_doctor *d, int prog_fd)
{
	unsigned int lo = if_nametoindex("lo");
	int fd = lo ? bpf_link_create(prog_fd, (int)lo, (enum bpf_attach_type)TCX_INGRESS, NULL) :
		      -ENODEV;

	if (fd < 0)
		doctor_say(d, "attach", HM_HEALTH_WARN, "tcx on lo: %s", strerror(-fd));
	else
		doctor_say(d, "attach", HM_HEALTH_OK, "a program was attached to lo and taken off");
	if (fd >= 0)
		close(fd);
}

void doctor_rights(struct hm_doctor *d)
{
	int fd;

	check_capabilities(d);
	fd = load();
	if (fd < 0) {
		doctor_say(d, "bpf", HM_HEALTH_MISSING, "no program can be loaded: %s",
			   strerror(-fd));
		return;
	}
	doctor_say(d, "bpf", HM_HEALTH_OK, "a program loads");
	if (d->tcx)
		check_attach(d, fd);
	close(fd);
}
