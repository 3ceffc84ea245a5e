// SPDX-License-Identifier: GPL-2.0-only
/* The programs in parts, see programs.h. */
#include "programs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "hm_types.h"
#include "kernel_names.h"

const struct hm_part_info hm_parts[HM_PART_COUNT] = {
	[HM_PART_TC] = {"interfaces", NULL, NULL, NULL, HM_HOOK_TC_IN, false, false},
	[HM_PART_XDP] = {"XDP", NULL, NULL, NULL, HM_HOOK_XDP, false, false},
	[HM_PART_SOCKET] = {"socket", NULL, NULL, NULL, HM_HOOK_SOCK_IN, true, false},
	[HM_PART_OWNERS] = {"sockets", "listeners, owners", NULL, "hm_sockets", HM_HOOK_COUNT, true,
			    true},
	[HM_PART_CHAINS] = {"interfaces", "programs beside ours", NULL, "hm_chains", HM_HOOK_COUNT,
			    true, true},
	[HM_PART_SYMBOLS] = {"drops", "names of kernel functions", NULL, "hm_symbol", HM_HOOK_COUNT,
			     true, true},
	[HM_PART_READ] = {"app", NULL, "tcp_rcv_space_adjust", "hm_read", HM_HOOK_APP, true, true},
	[HM_PART_DROP] = {"drops", NULL, "kfree_skb", "hm_kfree_skb", HM_HOOK_DROP, true, true},
	[HM_PART_RESET] = {"drops", "resets made here", "tcp_send_reset", "hm_send_reset",
			   HM_HOOK_COUNT, true, true},
	[HM_PART_RETRANS] = {"drops", "retransmissions", "tcp_retransmit_skb", "hm_retrans",
			     HM_HOOK_COUNT, true, true},
	[HM_PART_RETRANS_SYNACK] = {"drops", "repeated SYN-ACKs", "tcp_retransmit_synack",
				    "hm_retrans_sa", HM_HOOK_COUNT, true, true},
	[HM_PART_ICMP] = {"drops", "ICMP errors sent from here", "icmp_send", "hm_icmp_send",
			  HM_HOOK_COUNT, true, true},
	[HM_PART_NO_PORT] = {"app", "local ports", "inet_sock_set_state", "hm_no_port",
			     HM_HOOK_COUNT, true, true},
	[HM_PART_FORK] = {"app", "children of COMMAND", "sched_process_fork", "hm_fork",
			  HM_HOOK_COUNT, true, true},
	[HM_PART_EXIT] = {"app", "ends of processes", "sched_process_exit", "hm_exit",
			  HM_HOOK_COUNT, true, true},
};

/* The part that is this one program, or HM_PART_COUNT. */
static enum hm_part part_named(const char *program)
{
	int part = HM_PART_OWNERS;

	while (part < HM_PART_COUNT && strcmp(hm_parts[part].program, program))
		part++;
	return part;
}

static enum hm_part part_of(const struct bpf_program *prog)
{
	switch (bpf_program__type(prog)) {
	case BPF_PROG_TYPE_SCHED_CLS:
		return HM_PART_TC;
	case BPF_PROG_TYPE_XDP:
		return HM_PART_XDP;
	case BPF_PROG_TYPE_CGROUP_SKB:
	case BPF_PROG_TYPE_CGROUP_SOCK_ADDR:
		return HM_PART_SOCKET;
	default:
		return part_named(bpf_program__name(prog));
	}
}

static bool is_l3(const struct bpf_program *prog)
{
	const char *name = bpf_program__name(prog);

	return !strcmp(name, "hm_tc_in_l3") || !strcmp(name, "hm_tc_out_l3");
}

static bool is_wanted(const struct bpf_program *prog, const struct hm_programs *want)
{
	enum hm_part part = part_of(prog);

	if (part == HM_PART_COUNT || (want->lacks && want->lacks->err[part]))
		return false;
	if (want->only_l3)
		return is_l3(prog);
	if (part == HM_PART_XDP)
		return want->xdp;
	if (part == HM_PART_TC)
		return want->l3 || !is_l3(prog);
	return !want->only_devices;
}

void programs_rule_out(struct hm_lacks *lacks, bool has_types)
{
	for (int part = 0; part < HM_PART_COUNT; part++) {
		const char *tracepoint = hm_parts[part].tracepoint;

		if ((hm_parts[part].types && !kernel_has_btf() && !has_types) ||
		    (hm_parts[part].own_btf && !kernel_has_btf()))
			lacks->err[part] = -ENODATA;
		else if ((part == HM_PART_CHAINS && !kernel_has_tcx()) ||
			 (part == HM_PART_OWNERS && !kernel_has_file_sockets()))
			lacks->err[part] = -ENOENT;
		else if (tracepoint && kernel_tracepoint_args(tracepoint) < 0)
			lacks->err[part] = -ENOENT;
	}
}

void programs_choose(struct bpf_object *obj, const struct hm_programs *want)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, obj)
		bpf_program__set_autoload(prog, is_wanted(prog, want));
}

uint64_t programs_missed(const struct bpf_object *obj)
{
	uint64_t sum = 0;

	for (int part = HM_PART_READ; part < HM_PART_COUNT; part++) {
		const struct bpf_program *prog =
			bpf_object__find_program_by_name(obj, hm_parts[part].program);
		struct bpf_prog_info info = {};
		uint32_t len = sizeof(info);

		if (bpf_program__fd(prog) >= 0 &&
		    !bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len))
			sum += info.recursion_misses; /* Linux 5.12; before, none is told */
	}
	return sum;
}

void programs_choose_part(struct bpf_object *obj, enum hm_part part)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, obj)
		if (part_of(prog) != part)
			bpf_program__set_autoload(prog, false);
}

static struct bpf_link *attach(const struct bpf_program *prog, int cgroup_fd)
{
	if (part_of(prog) != HM_PART_SOCKET)
		return bpf_program__attach_trace(prog);
	if (cgroup_fd >= 0)
		return bpf_program__attach_cgroup(prog, cgroup_fd);
	errno = -cgroup_fd;
	return NULL;
}

int programs_attach_part(const struct bpf_object *obj, enum hm_part part, int cgroup_fd,
			 struct bpf_link **links, int room)
{
	struct bpf_program *prog;
	int count = 0, err = 0;

	bpf_object__for_each_program(prog, obj) {
		if (err || part_of(prog) != part || !bpf_program__autoload(prog))
			continue;
		if (count == room)
			err = -ENOSPC;
		else if (!(links[count] = attach(prog, cgroup_fd)))
			err = -errno;
		else
			count++;
	}
	while (err && count)
		bpf_link__destroy(links[--count]);
	return err ? err : count;
}

/* A line that is no instruction, no state and no statistics. */
static bool says_something(const char *line, size_t len)
{
	return len && strncmp(line, "processed ", 10) && strncmp(line, "verification time", 17) &&
	       strncmp(line, "stack depth", 11) && line[0] != ';';
}

void programs_last_words(const char *log, char *out, size_t len)
{
	const char *last = "";
	size_t last_len = 0;

	while (*log) {
		size_t n = strcspn(log, "\n");

		if (says_something(log, n)) {
			last = log;
			last_len = n;
		}
		log += n + (log[n] == '\n');
	}
	snprintf(out, len, "%.*s", (int)last_len, last);
}
