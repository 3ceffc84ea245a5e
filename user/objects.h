/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel side as it was built, which the program carries compressed. Used by the loader. */
#ifndef HM_OBJECTS_H
#define HM_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One of the two: for kernels before 5.12, or for all others. Compressed, borrowed: enough to tell
 * builds apart.
 */
const uint8_t *object_packed(bool old, size_t *size);

/* The same as an ELF object, malloced; NULL with errno ENOMEM, or EILSEQ: it was damaged. */
uint8_t *object_unpack(bool old, size_t *size);

#endif
