/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The function that holds the address in hm_address, as the kernel itself prints it in a backtrace,
 * written by an iterator when user space asks. /proc/kallsyms says the same, but takes CAP_SYSLOG,
 * 5 MB, and reading all of it again whenever a module is loaded.
 *
 * It is an iterator over all maps, of which there is one at least, and tells at the first. One over
 * the entry of hm_address would do as well, but there are hosts that let nobody load such.
 */
#ifndef SYMBOLS_BPF_H
#define SYMBOLS_BPF_H

#include "maps.bpf.h"

/* "nft_do_chain+0x1f0/0x3c0 [nf_tables]", or the address where no function is. */
static __always_inline int hm_tell_symbol(struct bpf_iter__bpf_map *ctx)
{
	const char format[] = "%pB";
	__u64 *address;
	__u32 zero = 0;

	if (ctx->meta->seq_num)
		return 0;
	address = bpf_map_lookup_elem(&hm_address, &zero);
	if (!address || !*address)
		return 0;
	return bpf_seq_printf(ctx->meta->seq, format, sizeof(format), address, sizeof(*address)) !=
	       0;
}

#endif
