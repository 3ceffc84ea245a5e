/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The keyed hash of the word behind a marker: SipHash-2-4 (Aumasson and Bernstein, 2012). Whoever
 * has not the key can tell equal words from others and learn nothing more, however many he sees;
 * a plain salted hash would give its salt away to whoever knows one word.
 */
#ifndef HM_WORD_H
#define HM_WORD_H

#include "hm_types.h"

#define HM_WORD_MAX 16 /* bytes behind a marker that may tell one message from another */

struct hm_sip {
	__u64 v0, v1, v2, v3;
};

static __always_inline __u64 hm_rotl(__u64 x, __u32 by)
{
	return x << by | x >> (64 - by);
}

static __always_inline void hm_sip_round(struct hm_sip *s)
{
	s->v0 += s->v1;
	s->v1 = hm_rotl(s->v1, 13) ^ s->v0;
	s->v0 = hm_rotl(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = hm_rotl(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = hm_rotl(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = hm_rotl(s->v1, 17) ^ s->v2;
	s->v2 = hm_rotl(s->v2, 32);
}

static __always_inline void hm_sip_take(struct hm_sip *s, __u64 block)
{
	s->v3 ^= block;
	hm_sip_round(s);
	hm_sip_round(s);
	s->v0 ^= block;
}

/* Of len bytes, at most 15, that stand in two little-endian numbers with zeros behind them. */
static __always_inline __u64 hm_sip_short(const __u64 key[2], __u64 first, __u64 second, __u32 len)
{
	struct hm_sip s = {
		.v0 = key[0] ^ 0x736f6d6570736575ULL,
		.v1 = key[1] ^ 0x646f72616e646f6dULL,
		.v2 = key[0] ^ 0x6c7967656e657261ULL,
		.v3 = key[1] ^ 0x7465646279746573ULL,
	};

	if (len >= 8)
		hm_sip_take(&s, first);
	hm_sip_take(&s, (len >= 8 ? second : first) | (__u64)len << 56);
	s.v2 ^= 0xff;
	hm_sip_round(&s);
	hm_sip_round(&s);
	hm_sip_round(&s);
	hm_sip_round(&s);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

#endif
