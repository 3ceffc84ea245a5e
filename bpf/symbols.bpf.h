/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The function that holds an address, as the kernel itself prints it in a backtrace, written by an
 * iterator over the one entry of hm_address when user space asks. /proc/kallsyms says the same, but
 * takes CAP_SYSLOG, 5 MB, and reading all of it again whenever a module is loaded.
 */
#ifndef SYMBOLS_BPF_H
#define SYMBOLS_BPF_H

#include "maps.bpf.h"

/* "nft_do_chain+0x1f0/0x3c0 [nf_tables]", or the address where no function is. */
static __always_inline int hm_tell_symbol(struct bpf_iter__bpf_map_elem *ctx)
{
	const char format[] = "%pB";
	__u64 *address = ctx->value;

	if (!address || !*address)
		return 0;
	return bpf_seq_printf(ctx->meta->seq, format, sizeof(format), address, sizeof(*address)) !=
	       0;
}

#endif
