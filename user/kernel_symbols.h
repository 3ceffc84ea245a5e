/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions of the running kernel by addresses in them: the kernel is asked each time, by the
 * iterator of bpf/symbols.bpf.h, so that modules may come and go. Opened by loader.c with the
 * rights of the start; asked by live_record.c when those are gone.
 */
#ifndef HM_KERNEL_SYMBOLS_H
#define HM_KERNEL_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Who is asked: the iterator's link and the map with the address, which stay the caller's; -1: no
 * longer anybody, nothing has a name. One loader at a time.
 */
void kernel_symbols_use(int link_fd, int map_fd);

/*
 * Function that an address is in, "nf_hook_slow": a return address, as those of drops are, so that
 * the byte before it counts. In words that there is no name, where the kernel tells none; never an
 * address, which the kernel may hide.
 */
void kernel_function(uint64_t address, char *out, size_t len);

#endif
