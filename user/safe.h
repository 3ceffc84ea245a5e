/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one sanitiser: everything that came from outside (marker, process name, interface name,
 * remote text) passes through here on its way to a terminal or a file.
 */
#ifndef HM_SAFE_H
#define HM_SAFE_H

#include <stddef.h>
#include <stdint.h>

#include "sighting.h"

#define HM_ADDR_LEN 80 /* "[addr%scope]:port" with the NUL */

/*
 * Printable ASCII as it is, but quote and backslash behind a backslash, so that no sentence around
 * it seems to end within; everything else as \xNN. Always ends with a NUL; what does not fit is cut
 * at a whole escape and ended with "...". Returns out.
 */
char *safe_bytes(char *out, size_t out_len, const void *bytes, size_t len);
char *safe_text(char *out, size_t out_len, const char *text); /* the same for a C string */

/* A message of ours as a whole, into which names came as they are: its quotes are ours. */
char *safe_message(char *out, size_t out_len, const char *text);

/* A sentence of ours whose outside parts have been sanitised already: so are its backslashes. */
char *safe_sentence(char *out, size_t out_len, const char *text);

/* "10.0.0.8:80", "[2001:db8::1]:80" by RFC 5952, "[fe80::1%3]:80"; port 0 as "?". Returns out. */
char *safe_endpoint(char out[HM_ADDR_LEN], const struct hm_endpoint *e);

/* The address alone. Returns out. */
char *safe_addr(char out[HM_ADDR_LEN], const uint8_t addr[16], uint32_t scope);

/* The reverse of safe_endpoint; 0 or -EINVAL. */
int safe_parse_endpoint(const char *text, struct hm_endpoint *e);

/* The reverse of safe_addr without a scope; 0 or -EINVAL. */
int safe_parse_addr(const char *text, uint8_t addr[16]);

#endif
