/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads the iterator that lists every TCP socket of every process. Used by loader.c. */
#ifndef HM_SOCK_LIST_H
#define HM_SOCK_LIST_H

#include "hm_abi.h"

/* One run of the iterator; *out is malloced. Returns how many records, or -errno. */
int sock_list_read(int link_fd, struct hm_sock_rec **out);

#endif
