/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The server name in a TLS ClientHello (RFC 8446, 4.1.2; RFC 6066, 3), as far as the segment that
 * it begins in holds it: where it is, nothing is copied. Used where --sni asks for it.
 *
 * Lengths are what a client says: a name counts only where each of them lies within the one around
 * it.
 */
#ifndef HM_HELLO_H
#define HM_HELLO_H

#include "hm_wire.h"

#define HM_HELLO_EXTENSIONS 64 /* looked at; clients send some 20 */
/* bytes of record, handshake, version and random before the session's number */
#define HM_HELLO_FIRST 43

/* hm_find_name() in one number: state, length and offset. */
#define HM_HELLO(state, len, off) ((__u64)(state) << 56 | (__u64)(len) << 32 | (off))
#define HM_HELLO_STATE(found) ((__u32)((found) >> 56))
#define HM_HELLO_LEN(found) ((__u32)((found) >> 32) & 0xffff)
#define HM_HELLO_OFF(found) ((__u32)(found))

/* The number of n bytes, 1 or 2, at off; -1: they are not all before end. */
static __always_inline int hm_value(const struct hm_bytes *b, __u32 off, __u32 n, __u32 end)
{
	__u8 byte[2];

	if (off > end || end - off < n || hm_get(b, off, byte, n))
		return -1;
	return n == 1 ? byte[0] : byte[0] << 8 | byte[1];
}

/* Steps over a field with a length of n bytes before it; 0: it does not end before end. */
static __always_inline __u32 hm_past(const struct hm_bytes *b, __u32 off, __u32 n, __u32 end)
{
	int len = hm_value(b, off, n, end);

	return len < 0 || end - off - n < (__u32)len ? 0 : off + n + len;
}

/*
 * The extension server_name of len bytes at off: a list, of which the first is the only one there
 * is.
 */
static __always_inline __u64 hm_name_in(const struct hm_bytes *b, __u32 off, __u32 len, __u32 end)
{
	int list = hm_value(b, off, 2, end), type = hm_value(b, off + 2, 1, end),
	    name = hm_value(b, off + 3, 2, end);

	if (list < 3 || type != 0 || name < 1 || (__u32)list + 2 != len || name + 3 > list)
		return HM_HELLO(HM_HELLO_UNSEEN, 0, 0);
	if (end - off < len)
		return HM_HELLO(HM_HELLO_UNSEEN, 0, 0);
	return HM_HELLO(HM_HELLO_NAMED, name, off + 5);
}

/* Its extensions, from off to stop; what of them is here ends at end. */
static __always_inline __u64 hm_name_among(const struct hm_bytes *b, __u32 off, __u32 stop,
					   __u32 end)
{
	for (int k = 0; k < HM_HELLO_EXTENSIONS; k++) {
		int type, len;

		if (off == stop)
			return HM_HELLO(HM_HELLO_NAMELESS, 0, 0);
		type = hm_value(b, off, 2, end);
		len = hm_value(b, off + 2, 2, end);
		if (type < 0 || len < 0 || off + 4 + len > stop)
			break;
		if (!type)
			return hm_name_in(b, off + 4, len, end);
		off += 4 + len;
	}
	return HM_HELLO(HM_HELLO_UNSEEN, 0, 0);
}

/* In len bytes of payload at off. enum hm_hello_state; the others are set where there is a name. */
static __always_inline __u64 hm_find_name(const struct hm_bytes *b, __u32 off, __u32 len)
{
	__u32 end = off + len, at = off + HM_HELLO_FIRST, record, hello;
	int high, low, extensions;

	if (hm_value(b, off, 1, end) != 22 || hm_value(b, off + 5, 1, end) != 1)
		return HM_HELLO(HM_HELLO_NONE, 0, 0);
	record = off + 5 + hm_value(b, off + 3, 2, end);
	high = hm_value(b, off + 6, 1, end);
	low = hm_value(b, off + 7, 2, end);
	hello = off + 9 + low;
	if (high || low < 0) /* 64 KB and more, or not even that */
		return HM_HELLO(HM_HELLO_UNSEEN, 0, 0);
	if (record < end)
		end = record; /* what follows is another record's */
	at = hm_past(b, at, 1, end);
	at = at ? hm_past(b, at, 2, end) : 0;
	at = at ? hm_past(b, at, 1, end) : 0;
	if (!at)
		return HM_HELLO(HM_HELLO_UNSEEN, 0, 0);
	if (at == hello)
		return HM_HELLO(HM_HELLO_NAMELESS, 0, 0); /* as before there were extensions */
	extensions = hm_value(b, at, 2, end);
	if (extensions < 0 || at + 2 + extensions != hello)
		return HM_HELLO(HM_HELLO_UNSEEN, 0, 0);
	return hm_name_among(b, at + 2, hello, end);
}

#endif
