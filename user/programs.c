// SPDX-License-Identifier: GPL-2.0-only
/* Which programs are loaded, see programs.h. */
#include "programs.h"

#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "hm_types.h"
#include "kernel_names.h"

static const struct {
	const char *tracepoint, *program;
} tracepoints[] = {
	{ "tcp_rcv_space_adjust", "hm_read" },
	{ "kfree_skb", "hm_kfree_skb" },
	{ "tcp_send_reset", "hm_send_reset" },
	{ "tcp_retransmit_skb", "hm_retrans" },
	{ "tcp_retransmit_synack", "hm_retrans_sa" },
	{ "icmp_send", "hm_icmp_send" },
	{ "sched_process_fork", "hm_fork" },
};

/* The name of a tracepoint program's tracepoint; NULL: it is another kind of program. */
static const char *tracepoint_of(const char *program)
{
	for (size_t i = 0; i < HM_ARRAY_SIZE(tracepoints); i++)
		if (!strcmp(tracepoints[i].program, program))
			return tracepoints[i].tracepoint;
	return NULL;
}

static bool is_l3(const char *program)
{
	return !strcmp(program, "hm_tc_in_l3") || !strcmp(program, "hm_tc_out_l3");
}

static bool is_wanted(const struct bpf_program *prog, const struct hm_programs *want)
{
	enum bpf_prog_type type = bpf_program__type(prog);
	const char *name = bpf_program__name(prog), *tracepoint = tracepoint_of(name);

	if (want->only_l3)
		return is_l3(name);
	if (type == BPF_PROG_TYPE_XDP)
		return want->xdp;
	if (type == BPF_PROG_TYPE_SCHED_CLS)
		return want->l3 || !is_l3(name);
	if (want->only_devices)
		return false;
	if (!strcmp(name, "hm_chains"))
		return kernel_has_tcx();
	return !tracepoint || kernel_tracepoint_args(tracepoint) >= 0;
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

	for (size_t i = 0; i < HM_ARRAY_SIZE(tracepoints); i++) {
		const struct bpf_program *prog =
			bpf_object__find_program_by_name(obj, tracepoints[i].program);
		struct bpf_prog_info info = {};
		uint32_t len = sizeof(info);

		if (bpf_program__fd(prog) >= 0 &&
		    !bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len))
			sum += info.recursion_misses; /* Linux 5.12; before, none is told */
	}
	return sum;
}

struct bpf_program *programs_of_tracepoint(const struct bpf_object *obj, const char *tracepoint)
{
	for (size_t i = 0; i < HM_ARRAY_SIZE(tracepoints); i++)
		if (!strcmp(tracepoints[i].tracepoint, tracepoint))
			return bpf_object__find_program_by_name(obj, tracepoints[i].program);
	return NULL;
}
