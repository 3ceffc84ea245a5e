/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names that only the running kernel knows: drop and reset reasons and tracepoint arguments from
 * its BTF (the numbers move between versions), functions from kallsyms. Used by loader.c and
 * source_live.c. The tables are read once and never change.
 */
#ifndef HM_KERNEL_NAMES_H
#define HM_KERNEL_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads BTF and opens kallsyms; later calls do nothing. 0; -ENODATA: no BTF; -ENOMEM. */
int kernel_names_load(void);

/* True if functions have names: kernel.kptr_restrict and CAP_SYSLOG decide. */
bool kernel_has_functions(void);

/* Arguments of a tracepoint without the context, or -ENOENT. After kernel_names_load(). */
int kernel_tracepoint_args(const char *tracepoint);

/* "NETFILTER_DROP" for a number of enum skb_drop_reason; the number itself where it has no name. */
void kernel_drop_reason(uint32_t reason, char *out, size_t len);

/* The same for enum sk_rst_reason; "" for 0. */
void kernel_reset_reason(uint32_t reason, char *out, size_t len);

/*
 * Function that holds a kernel address, "nf_hook_slow"; the address in hex where kallsyms gives
 * none (never the nearest symbol of something else).
 */
void kernel_function(uint64_t address, char *out, size_t len);

#endif
