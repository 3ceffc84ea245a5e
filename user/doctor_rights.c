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
#include "rights.h"

#define TCX_INGRESS 46 /* BPF_TCX_INGRESS since 6.6 (e420bed02507); Debian 12's headers lack it */
#define TCX_NEXT (-1)

static void check_capabilities(struct hm_doctor *d)
{
	const char *obstacle = rights_obstacle(RIGHTS_NONE), *blind = rights_blind_to_netns();
	char names[64], without[64];

	if (rights_are_local())
		doctor_say(d, "capabilities", HM_HEALTH_MISSING, "%s", rights_forbidden_by());
	else if (rights_missing(names, sizeof(names), without, sizeof(without)))
		doctor_say(d, "capabilities", HM_HEALTH_MISSING, "%s: %s; %s", names, without,
			   obstacle ? obstacle : "run it with sudo");
	else
		doctor_say(d, "capabilities", HM_HEALTH_OK, "CAP_BPF CAP_NET_ADMIN CAP_PERFMON");
	if (!rights_have(CAP_SYS_ADMIN))
		doctor_say(d, "netns", HM_HEALTH_WARN, "--netns needs CAP_SYS_ADMIN too");
	if (blind)
		doctor_say(d, "namespaces", HM_HEALTH_WARN,
			   "those of other users are not counted: %s", blind);
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
	bool may = rights_have(CAP_BPF) && rights_have(CAP_NET_ADMIN);
	int fd;

	check_capabilities(d);
	fd = load();
	if (fd < 0) {
		doctor_say(d, "bpf", HM_HEALTH_MISSING, "no program can be loaded: %s%s%s",
			   strerror(-fd), may && fd == -EPERM ? "; " : "",
			   may && fd == -EPERM ? rights_forbidden_by() : "");
		return;
	}
	doctor_say(d, "bpf", HM_HEALTH_OK, "a program loads");
	if (d->tcx)
		check_attach(d, fd);
	close(fd);
}
