// SPDX-License-Identifier: GPL-2.0-only
/* What the verifier understands, see verifier.h. */
#include "verifier.h"

#include <linux/bpf.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "hm_types.h"

#define STACK_SLOT (-8)

static bool loads(const struct bpf_insn *insns, size_t count)
{
	int fd = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "hm_verifier", "GPL", insns, count,
			       NULL);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* *(u64 *)(fp - 8) = 0; r0 = 0; r0 = atomic add of r0, with imm the kind; exit */
static bool loads_atomic(int kind)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ST | BPF_MEM | BPF_DW, .dst_reg = BPF_REG_10, .off = STACK_SLOT },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_STX | BPF_ATOMIC | BPF_DW, .dst_reg = BPF_REG_10,
		  .src_reg = BPF_REG_0, .off = STACK_SLOT, .imm = kind },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return loads(insns, HM_ARRAY_SIZE(insns));
}

bool verifier_is_old(void)
{
	return loads_atomic(BPF_ADD) && !loads_atomic(BPF_ADD | BPF_FETCH);
}
