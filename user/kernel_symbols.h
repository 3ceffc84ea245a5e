/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions of the running kernel by their addresses, from /proc/kallsyms. Opened by loader.c with
 * the rights of the start; asked by live_record.c when those are gone.
 */
#ifndef HM_KERNEL_SYMBOLS_H
#define HM_KERNEL_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Opens and reads both files, which are in the format of /proc/kallsyms and /proc/modules (proc(5)).
 * They stay open: what kallsyms shows depends on the rights with which it was opened. Where one
 * cannot be read addresses stay numbers, which is no error. Calling it again begins anew.
 */
void kernel_symbols_load(const char *kallsyms, const char *modules);

/* True if functions have names: kernel.kptr_restrict and CAP_SYSLOG decide. */
bool kernel_has_functions(void);

/*
 * Function that holds a kernel address, "nf_hook_slow"; the address in hex where there is none, and
 * no address where the kernel hides them all: what it hides is not told by us either.
 * Never the nearest symbol of something else: an address outside the kernel's own text is looked up
 * in symbols that were read after its module was loaded.
 */
void kernel_function(uint64_t address, char *out, size_t len);

#endif
