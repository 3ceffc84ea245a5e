/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which of the two objects the running kernel understands: bpf/verifier.bpf.h. Asked by loader.c
 * and cmd_doctor.c, while there are rights to load programs.
 */
#ifndef HM_VERIFIER_H
#define HM_VERIFIER_H

#include <stdbool.h>

/*
 * True if the kernel loads programs, but none with an atomic that gives back what it found, which
 * came with Linux 5.12. False without the rights to find out.
 */
bool verifier_is_old(void);

#endif
