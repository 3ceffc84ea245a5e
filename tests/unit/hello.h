/* SPDX-License-Identifier: GPL-2.0-only */
/* ClientHellos made by hand, for the tests of who reads them. */
#ifndef HM_TEST_HELLO_H
#define HM_TEST_HELLO_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct hello {
	uint32_t len;
	uint8_t bytes[4096];
};

static inline void hello_put(struct hello *h, const void *bytes, uint32_t n)
{
	if (n > sizeof(h->bytes) - h->len)
		abort();
	memcpy(h->bytes + h->len, bytes, n);
	h->len += n;
}

static inline void hello_put16(struct hello *h, uint32_t number)
{
	const uint8_t two[] = {(uint8_t)(number >> 8), (uint8_t)number};

	hello_put(h, two, 2);
}

static inline void hello_set16(struct hello *h, uint32_t at, uint32_t number)
{
	h->bytes[at] = (uint8_t)(number >> 8);
	h->bytes[at + 1] = (uint8_t)number;
}

/* Record, handshake, version, random, a session of 32 bytes, two ciphers, no compression. */
static inline void hello_begin(struct hello *h)
{
	uint8_t fill[32];

	memset(fill, 0xa5, sizeof(fill));
	h->len = 0;
	hello_put(h, "\x16\x03\x01\0\0\x01\0\0\0\x03\x03", 11);
	hello_put(h, fill, 32);
	hello_put(h, "\x20", 1);
	hello_put(h, fill, 32);
	/* GREASE, then TLS_AES_128_GCM_SHA256 */
	hello_put(h, "\0\x04\x0a\x0a\x13\x01\x01\0\0\0", 10);
}

#define HELLO_EXTENSIONS 86 /* where they begin, behind their length */

static inline void hello_extension(struct hello *h, uint32_t type, const void *bytes, uint32_t n)
{
	hello_put16(h, type);
	hello_put16(h, n);
	hello_put(h, bytes, n);
}

/* Returns where the extension's length is. */
static inline uint32_t hello_name(struct hello *h, const char *name, uint32_t n)
{
	const uint32_t at = h->len + 2;

	hello_put16(h, 0);
	hello_put16(h, n + 5);
	hello_put16(h, n + 3);
	hello_put(h, "\0", 1);
	hello_put16(h, n);
	hello_put(h, name, n);
	return at;
}

/* The lengths around it all, as they are. */
static inline void hello_end(struct hello *h)
{
	hello_set16(h, 3, h->len - 5);
	hello_set16(h, 7, h->len - 9);
	hello_set16(h, HELLO_EXTENSIONS - 2, h->len - HELLO_EXTENSIONS);
}

/* As browsers and curl send it; big: bytes of a key share that stands before the name. */
static inline void hello_make(struct hello *h, const char *name, uint32_t big)
{
	static const uint8_t fill[2048];

	hello_begin(h);
	hello_extension(h, 0x2a2a, "", 0); /* GREASE: RFC 8701 */
	hello_extension(h, 51, fill, big);
	if (name)
		hello_name(h, name, (uint32_t)strlen(name));
	hello_extension(h, 0xfafa, "\0", 1);
	hello_end(h);
}

#endif
