/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The connection filter: evaluates a compiled filter (struct hm_filter, made by user/filter.c) on
 * one packet's tuple. Included by the kernel side for every packet, and by user space for tests
 * and recordings.
 *
 * A filter picks connections, not packets: a packet is inside when it or its mirror image (source
 * and destination swapped) matches. Both are evaluated in one pass.
 */
#ifndef HM_FILTER_H
#define HM_FILTER_H

#include "hm_abi.h"

/*
 * 1 if x is 0, else 0, in arithmetic. A comparison would be a branch in BPF, and the verifier
 * would follow both ways at every operation; the barrier keeps clang from making it one.
 */
static __always_inline __u64 hm_filter_is_zero(__u32 x)
{
	__u64 wide = x;

	asm volatile("" : "+r"(wide));
	return (wide - 1) >> 63;
}

/* Third word of an IPv4 address held as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2), and ntohs(). */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define HM_FILTER_MAPPED 0xffff0000U
#define HM_FILTER_NTOHS(port) __builtin_bswap16(port)
#else
#define HM_FILTER_MAPPED 0x0000ffffU
#define HM_FILTER_NTOHS(port) (port)
#endif

static __always_inline __u64 hm_filter_addr(const volatile struct hm_filter_op *op,
					    const __u32 *addr)
{
	return hm_filter_is_zero(((addr[0] & op->mask[0]) ^ op->net[0]) |
				 ((addr[1] & op->mask[1]) ^ op->net[1]) |
				 ((addr[2] & op->mask[2]) ^ op->net[2]) |
				 ((addr[3] & op->mask[3]) ^ op->net[3]));
}

/* 1 if op->lo <= port <= op->hi, else 0, without a branch for the reason given above. */
static __always_inline __u64 hm_filter_port(const volatile struct hm_filter_op *op, __u32 port)
{
	__u64 width = op->hi - op->lo;
	__u64 above = (__u32)(port - op->lo);

	asm volatile("" : "+r"(above));
	return ((width - above) >> 63) ^ 1;
}

/* What a primitive gives on its side, when src and dst say whether each end matches. */
static __always_inline __u64 hm_filter_on(__u8 side, __u64 src, __u64 dst)
{
	if (side == HM_SIDE_SRC)
		return src;
	if (side == HM_SIDE_DST)
		return dst;
	if (side == HM_SIDE_BOTH)
		return src & dst;
	return src | dst;
}

/* A logical operator on a stack of truth values whose top is bit 0. */
static __always_inline __u64 hm_filter_logic(__u8 kind, __u64 stack)
{
	if (kind == HM_F_NOT)
		return stack ^ 1;
	if (kind == HM_F_AND)
		return (stack >> 1) & (stack | ~1ULL);
	return (stack >> 1) | (stack & 1);
}

/*
 * 1 if the packet with this tuple, or its mirror image, is inside the filter, else 0. An empty
 * filter holds everything. Cost grows with the operations in use, not with HM_FILTER_OPS. The
 * filter may be in .rodata (hence volatile).
 */
static __always_inline int hm_filter_match(const volatile struct hm_filter *f,
					   const struct hm_tuple *t)
{
	__u32 count = f->count;
	__u64 packet = 0, mirror = 0; /* stacks of truth values: HM_FILTER_OPS fit in 64 bits */
	__u32 sport, dport, i;

	if (!count)
		return 1;
	sport = HM_FILTER_NTOHS(t->sport);
	dport = HM_FILTER_NTOHS(t->dport);

	for (i = 0; i < HM_FILTER_OPS; i++) {
		const volatile struct hm_filter_op *op = &f->ops[i];
		__u8 kind = op->kind, side = op->side;
		__u64 src, dst;

		if (i >= count)
			break;
		if (kind >= HM_F_AND) {
			packet = hm_filter_logic(kind, packet);
			mirror = hm_filter_logic(kind, mirror);
			continue;
		}
		if (kind == HM_F_PORT) {
			src = hm_filter_port(op, sport);
			dst = hm_filter_port(op, dport);
		} else if (kind == HM_F_ADDR) {
			src = hm_filter_addr(op, t->saddr);
			dst = hm_filter_addr(op, t->daddr);
		} else if (kind == HM_F_FAMILY) {
			src = hm_filter_is_zero(t->saddr[0] | t->saddr[1] |
						(t->saddr[2] ^ HM_FILTER_MAPPED));
			src ^= op->lo == 6;
			dst = src;
		} else {
			src = kind == HM_F_TRUE;
			dst = src;
		}
		packet = packet << 1 | hm_filter_on(side, src, dst);
		mirror = mirror << 1 | hm_filter_on(side, dst, src);
	}
	return (packet | mirror) & 1;
}

#endif
