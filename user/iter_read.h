/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads a BPF iterator to its end. Used by loader.c. */
#ifndef HM_ITER_READ_H
#define HM_ITER_READ_H

#include <sys/types.h>

/*
 * One run of the iterator of that link, which takes no rights. *out is malloced, the caller frees
 * it. Returns how many bytes, or -errno.
 */
ssize_t iter_read(int link_fd, void **out);

#endif
