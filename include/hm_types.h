/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fixed-width types for code that is compiled for BPF and for user space.
 * The only place where the two sides differ in what they include.
 */
#ifndef HM_TYPES_H
#define HM_TYPES_H

#ifdef __bpf__
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#else
#include <linux/types.h>
#include <string.h>
#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#endif

#define HM_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
