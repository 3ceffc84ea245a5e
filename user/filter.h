/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * FILTER: an expression of pcap-filter(7) to the instructions that tell whether a connection is
 * inside. libpcap reads it and makes classic BPF of it (filter.c); that is specialised to what all
 * packets of a connection have in common (filter_fold.c), made BPF instructions (filter_emit.c) and
 * put into the object that is to be loaded (filter_link.c). Called by trace_args.c and the loader.
 */
#ifndef HM_USER_FILTER_H
#define HM_USER_FILTER_H

#include <stddef.h>
#include <stdint.h>

#include "hm_filter.h"

#define HM_FILTER_WHY 200 /* bytes that hold every error message */
#define HM_FILTER_CODE (HM_FILTER_INSNS - 8) /* instructions; the rest is filter_link()'s */

struct hm_filter {
	uint32_t count; /* instructions; 0: every connection is inside */
	/* struct bpf_insn; arguments and result of hm_filter_run() */
	uint64_t insn[HM_FILTER_CODE];
};

/*
 * Compiles text; what holds every connection gives count 0, as "" does. 0, or -EINVAL and in why
 * what cannot be, why, and what to do; -ENOMEM.
 */
int filter_compile(const char *text, struct hm_filter *out, char *why, size_t why_len);

/*
 * A copy of the object file elf of size bytes with the filter in the place of hm_filter_run(), for
 * bpf_object__open_mem(). NULL and errno: EINVAL, it has no such function or no room in it; ENOMEM.
 * The caller frees it, once it is open.
 */
void *filter_link(const void *elf, size_t size, const struct hm_filter *filter);

#endif
