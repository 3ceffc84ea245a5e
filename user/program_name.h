/* SPDX-License-Identifier: GPL-2.0-only */
/* Other people's BPF programs by their number. Used by live_xdp.c, live_around.c and the doctor. */
#ifndef HM_PROGRAM_NAME_H
#define HM_PROGRAM_NAME_H

#include <stdint.h>

#define HM_PROGRAM_NAME 20

/*
 * Its name, raw. 0; -EPERM without CAP_SYS_ADMIN, which asking by number takes, and other -errno,
 * as if it is gone: name is "" then.
 */
int program_name(uint32_t id, char name[HM_PROGRAM_NAME]);

/* As words, " lb" of its name, or why there is none. */
#define HM_PROGRAM_WORDS 48
char *program_words(char out[HM_PROGRAM_WORDS], uint32_t id);

/*
 * The program at the XDP hook of an interface of the caller's namespace; 0: none. Takes no rights.
 */
uint32_t program_at_xdp(uint32_t ifindex);

#endif
