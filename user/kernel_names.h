/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names that only the running kernel knows: drop and reset reasons and tracepoint arguments from
 * its BTF (the numbers move between versions). Used by loader.c, programs.c and live_record.c. The
 * tables are read once and never change. Functions: kernel_symbols.h.
 */
#ifndef HM_KERNEL_NAMES_H
#define HM_KERNEL_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct btf;

/*
 * Reads BTF, from a file where one is named (--btf) and else the kernel's own; later
 * calls do nothing. A kernel without BTF has no names. 0; -errno: the file is no BTF; -ENOMEM.
 */
int kernel_names_load(const char *btf_file);

/* True if the kernel has BTF of its own, whatever file was named. After kernel_names_load(). */
bool kernel_has_btf(void);

/* True if programs are attached by tcx here (Linux 6.6). After kernel_names_load(). */
bool kernel_has_tcx(void);

/*
 * False if this BTF says that a tracing program cannot ask for a file's socket (before Linux 5.11).
 */
bool kernel_btf_has_file_sockets(const struct btf *btf);

/* The same of the kernel. After kernel_names_load(). */
bool kernel_has_file_sockets(void);

/* Arguments of a tracepoint without the context, or -ENOENT. After kernel_names_load(). */
int kernel_tracepoint_args(const char *tracepoint);

/*
 * "NETFILTER_DROP" for a number of enum skb_drop_reason; "OPENVSWITCH_3" for one of a subsystem
 * (since Linux 6.4); the number itself where it has no name. "NOT_SPECIFIED", as newer kernels say,
 * where there are no reasons.
 */
void kernel_drop_reason(uint32_t reason, char *out, size_t len);

/* True if drops have a reason here (Linux 5.17). After kernel_names_load(). */
bool kernel_has_drop_reasons(void);

/* The same for enum sk_rst_reason; "" for 0. */
void kernel_reset_reason(uint32_t reason, char *out, size_t len);

#endif
