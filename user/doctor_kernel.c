// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the running kernel offers. Called by cmd_doctor.c. Works without rights.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "doctor.h"
#include "host_facts.h"
#include "kernel_names.h"

#define BTF_PATH "/sys/kernel/btf/vmlinux"
#define OLDEST_MAJOR 6 /* the oldest kernel hopmark is tried on is 6.1 */
#define OLDEST_MINOR 1

struct feature {
	const char *name; /* in BTF */
	const char *without; /* what is lost */
};

static const struct feature tracepoints[] = {
	{"kfree_skb", "drops by this kernel are not watched"},
	{"tcp_send_reset", "resets made by this kernel are told by where they pass"},
	{"tcp_retransmit_skb", "repetitions are told by the packets alone"},
	{"tcp_retransmit_synack", "repeated SYN-ACKs are told by the packets alone"},
	{"tcp_rcv_space_adjust", "reads are not watched: delivered is never proven"},
	{"icmp_send", "ICMP errors made here are told by where they pass"},
};

/* What a trace reads before anything is loaded. */
static void check_files(struct hm_doctor *d)
{
	const char *proc = host_lacks_proc(), *sys = host_lacks_sys();

	if (proc)
		doctor_say(d, "/proc", HM_HEALTH_MISSING, "%s", proc);
	if (sys)
		doctor_say(d, "/sys", HM_HEALTH_MISSING, "%s", sys);
}

static void check_release(struct hm_doctor *d)
{
	unsigned int major = 0, minor = 0;
	struct utsname uts;
	bool old;

	if (uname(&uts)) {
		doctor_say(d, "kernel", HM_HEALTH_UNKNOWN, "uname: %m");
		return;
	}
	if (sscanf(uts.release, "%u.%u", &major, &minor) != 2) {
		doctor_say(d, "kernel", HM_HEALTH_UNKNOWN, "Linux %s", uts.release);
		return;
	}
	old = major < OLDEST_MAJOR || (major == OLDEST_MAJOR && minor < OLDEST_MINOR);
	doctor_say(d, "kernel", old ? HM_HEALTH_WARN : HM_HEALTH_OK, "Linux %s%s", uts.release,
		   old ? ": older than 6.1; tells less (5.10 is tried)" : "");
}

static bool has_enum_value(const struct btf *btf, const char *type_name, const char *value)
{
	int id = btf__find_by_name_kind(btf, type_name, BTF_KIND_ENUM), i;
	const struct btf_type *type = id > 0 ? btf__type_by_id(btf, id) : NULL;

	for (i = 0; type && i < btf_vlen(type); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_enum(type)[i].name_off), value))
			return true;
	return false;
}

static void check_tracepoints(struct hm_doctor *d, const struct btf *btf)
{
	unsigned int missing = 0;
	char name[64];
	size_t i;

	for (i = 0; i < HM_ARRAY_SIZE(tracepoints); i++) {
		snprintf(name, sizeof(name), "btf_trace_%s", tracepoints[i].name);
		if (btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF) > 0)
			continue;
		missing++;
		doctor_say(d, tracepoints[i].name, HM_HEALTH_WARN, "no such tracepoint: %s",
			   tracepoints[i].without);
	}
	if (!missing)
		doctor_say(d, "tracepoints", HM_HEALTH_OK, "all %zu: drops, resets, reads",
			   HM_ARRAY_SIZE(tracepoints));
}

/* Without BTF to look into, the release tells. */
static bool has_tcx(const struct btf *btf)
{
	unsigned int major = 0, minor = 0;
	struct utsname uts;

	if (btf)
		return has_enum_value(btf, "bpf_attach_type", "BPF_TCX_INGRESS");
	return !uname(&uts) && sscanf(uts.release, "%u.%u", &major, &minor) == 2 &&
	       (major > 6 || (major == 6 && minor >= 6));
}

static void check_tcx(struct hm_doctor *d, const struct btf *btf)
{
	d->tcx = has_tcx(btf);
	doctor_say(d, "tcx", HM_HEALTH_OK, "%s",
		   d->tcx ? "yes"
			  : "no (from 6.6 on); clsact serves, and hm-janitor removes its filters");
}

static void check_btf(struct hm_doctor *d)
{
	struct btf *btf = btf__load_vmlinux_btf();

	if (btf)
		doctor_say(d, "BTF", HM_HEALTH_OK, "%s", BTF_PATH);
	else
		doctor_say(d, "BTF", HM_HEALTH_WARN,
			   "none (no %s): only interfaces are watched; the kernel needs "
			   "CONFIG_DEBUG_INFO_BTF for the rest. Where it has that and only hides "
			   "the file, a copy of it (trace --btf FILE) brings sockets back",
			   BTF_PATH);
	check_tcx(d, btf);
	if (!btf)
		return;
	check_tracepoints(d, btf);
	if (!kernel_btf_has_file_sockets(btf))
		doctor_say(
			d, "sockets", HM_HEALTH_WARN,
			"no listeners and owners: this kernel tells no socket of a file (Linux 5.11)");
	else if (btf__find_by_name_kind(btf, "bpf_iter_task_file", BTF_KIND_FUNC) > 0)
		doctor_say(d, "sockets", HM_HEALTH_OK, "listeners, queues and owners by iterator");
	else
		doctor_say(d, "sockets", HM_HEALTH_WARN, "no task_file iterator: no owners' names");
	btf__free(btf);
}

static void check_lockdown(struct hm_doctor *d)
{
	char mode[32];
	int err = host_lockdown(mode, sizeof(mode));

	if (err == -ENOENT)
		doctor_say(d, "lockdown", HM_HEALTH_OK, "none (no %s)", HM_LOCKDOWN_PATH);
	else if (err == -ENODATA)
		doctor_say(d, "lockdown", HM_HEALTH_UNKNOWN,
			   "securityfs is not mounted at " HM_SECURITY_PATH);
	else if (err)
		doctor_say(d, "lockdown", HM_HEALTH_UNKNOWN, "%s: %s", HM_LOCKDOWN_PATH,
			   strerror(-err));
	else if (!strcmp(mode, "confidentiality"))
		doctor_say(d, "lockdown", HM_HEALTH_WARN,
			   "confidentiality: reads, drops, listeners and owners are refused; "
			   "interfaces and sockets are watched");
	else
		doctor_say(d, "lockdown", HM_HEALTH_OK, "%s", mode);
}

static void check_cgroup(struct hm_doctor *d)
{
	char path[256];

	if (!host_cgroup2(path, sizeof(path)))
		doctor_say(d, "cgroup2", HM_HEALTH_OK, "%.180s", path);
	else if (!host_netns_exec(path, sizeof(path)))
		doctor_say(d, "cgroup2", HM_HEALTH_WARN,
			   "not mounted: socket hops are not watched; ip netns exec hides it:  "
			   "nsenter --net=%.96s hopmark ...", path);
	else
		doctor_say(
			d, "cgroup2", HM_HEALTH_WARN,
			"not mounted: socket hops are not watched; mkdir -p "
			"/sys/fs/cgroup/unified && mount -t cgroup2 none /sys/fs/cgroup/unified");
}

void doctor_kernel(struct hm_doctor *d)
{
	check_release(d);
	check_files(d);
	check_btf(d);
	check_lockdown(d);
	check_cgroup(d);
}
