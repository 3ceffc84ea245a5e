// SPDX-License-Identifier: GPL-2.0-only
/* objects.h: gzip files that make has put beside the objects. A quarter of the size. */
#include "objects.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

/* name[] with the bytes of file and name_end, in .rodata; the assembler finds file by -I. */
#define CARRY(name, file)                                                                          \
	__asm__(".pushsection .rodata." #name ",\"a\"\n" #name ":\n.incbin \"" file "\"\n" #name   \
		"_end:\n.popsection\n");                                                           \
	extern const uint8_t name[] __attribute__((visibility("hidden")));                         \
	extern const uint8_t name##_end[] __attribute__((visibility("hidden")))

CARRY(hm_object, "hopmark.bpf.o.gz");
CARRY(hm_object_old, "hopmark-old.bpf.o.gz");

const uint8_t *object_packed(bool old, size_t *size)
{
	*size = (size_t)(old ? hm_object_old_end - hm_object_old : hm_object_end - hm_object);
	return old ? hm_object_old : hm_object;
}

/* RFC 1952, 2.3.1: the last four bytes of a gzip file are the length of what is in it. */
static size_t length_of(const uint8_t *packed, size_t size)
{
	const uint8_t *p = packed + size - 4;

	return p[0] | (size_t)p[1] << 8 | (size_t)p[2] << 16 | (size_t)p[3] << 24;
}

static int inflate_all(z_stream *z)
{
	int err = inflateInit2(z, 16 + MAX_WBITS); /* gzip */

	if (err != Z_OK)
		return ENOMEM;
	err = inflate(z, Z_FINISH);
	inflateEnd(z);
	return err == Z_STREAM_END && !z->avail_out ? 0 : err == Z_MEM_ERROR ? ENOMEM : EILSEQ;
}

uint8_t *object_unpack(bool old, size_t *size)
{
	const uint8_t *packed = object_packed(old, size);
	z_stream z = { .next_in = (Bytef *)packed, .avail_in = (uInt)*size };
	uint8_t *object;
	int err;

	*size = length_of(packed, *size);
	object = malloc(*size);
	if (!object)
		return NULL;
	z.next_out = object;
	z.avail_out = (uInt)*size;
	err = inflate_all(&z);
	if (!err)
		return object;
	free(object);
	errno = err;
	return NULL;
}
