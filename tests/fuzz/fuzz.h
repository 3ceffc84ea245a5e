/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What fuzz targets share. A target is one file fuzz_NAME.c with LLVMFuzzerTestOneInput(); linked
 * with libFuzzer by `make fuzz`, with replay.c (each corpus file once) by `make check`.
 */
#ifndef HM_FUZZ_H
#define HM_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hm_types.h"

/* One input. Always 0; what must not be ends the process. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold for every input: ends the process, so that the input is kept. */
#define FUZZ_CHECK(holds)                                                                          \
	do {                                                                                       \
		if (!(holds)) {                                                                    \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #holds);        \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* An input that is eaten from its front; beyond its end all bytes are 0. */
struct fuzz_input {
	const uint8_t *at;
	size_t left;
};

static inline uint8_t fuzz_byte(struct fuzz_input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->at++;
}

/* A copy in memory of exactly n bytes, so that a read beyond its end is seen. Never NULL. */
static inline void *fuzz_copy(const void *bytes, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);

	FUZZ_CHECK(copy);
	if (n)
		memcpy(copy, bytes, n);
	return copy;
}

/* The bytes and a NUL behind them; the caller frees it. */
static inline char *fuzz_text(const uint8_t *bytes, size_t n)
{
	char *text = malloc(n + 1);

	FUZZ_CHECK(text);
	if (n)
		memcpy(text, bytes, n);
	text[n] = '\0';
	return text;
}

#endif
