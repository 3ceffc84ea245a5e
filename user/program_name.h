/* SPDX-License-Identifier: GPL-2.0-only */
/* Other people's BPF programs by their number. Used by live_xdp.c and doctor_ifaces.c. */
#ifndef HM_PROGRAM_NAME_H
#define HM_PROGRAM_NAME_H

#include <stdint.h>

#define HM_PROGRAM_NAME 20

/* Its name, raw; "" without CAP_SYS_ADMIN, which asking by number takes, or if it is gone. */
void program_name(uint32_t id, char name[HM_PROGRAM_NAME]);

/* The program at the XDP hook of an interface of the caller's namespace; 0: none. Takes no rights. */
uint32_t program_at_xdp(uint32_t ifindex);

#endif
