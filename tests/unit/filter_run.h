/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs a compiled filter without a kernel: the few BPF instructions that filters are made of. Used
 * by test_filter.c and tests/fuzz/fuzz_filter.c; tests/packets/test_filter.c has the kernel do it.
 */
#ifndef HM_FILTER_RUN_H
#define HM_FILTER_RUN_H

#include <stdint.h>
#include <string.h>

#include "filter.h"
#include "hm_abi.h"

#define RUN_BROKEN (-1) /* it reads outside the tuple, runs away or is not known */

/* Codes of linux/bpf.h, whose struct bpf_insn libpcap's headers have too. */
static inline int run_alu(uint8_t code, uint64_t *dst, uint32_t src)
{
	uint32_t a = (uint32_t)*dst;

	switch (code & 0xf0) {
	case 0x00: a += src; break;
	case 0x10: a -= src; break;
	case 0x20: a *= src; break;
	case 0x30: a = src ? a / src : 0; break;
	case 0x40: a |= src; break;
	case 0x50: a &= src; break;
	case 0x60: a <<= src & 31; break;
	case 0x70: a >>= src & 31; break;
	case 0x80: a = -a; break;
	case 0x90: a = src ? a % src : a; break;
	case 0xa0: a ^= src; break;
	case 0xb0: a = src; break;
	case 0xd0: a = src == 16 ? htons((uint16_t)a) : htonl(a); break; /* htobe */
	default: return RUN_BROKEN;
	}
	*dst = a;
	return 0;
}

static inline int run_jumps(uint8_t code, uint32_t a, uint32_t b)
{
	switch (code & 0xf0) {
	case 0x00: return 1;
	case 0x10: return a == b;
	case 0x20: return a > b;
	case 0x30: return a >= b;
	case 0x40: return (a & b) != 0;
	case 0x50: return a != b;
	case 0xa0: return a < b;
	case 0xb0: return a <= b;
	default: return RUN_BROKEN;
	}
}

static inline int run_load(uint8_t code, uint64_t *dst, const struct hm_tuple *t, int off)
{
	const int size = (code & 0x18) == 0 ? 4 : (code & 0x18) == 8 ? 2 : 1;
	const uint8_t *at = (const uint8_t *)t + off;
	uint32_t word = 0;
	uint16_t half = 0;

	if (off < 0 || off + size > (int)sizeof(*t) || off % size)
		return RUN_BROKEN;
	memcpy(&word, at, (size_t)(size == 4 ? 4 : 0));
	memcpy(&half, at, (size_t)(size == 2 ? 2 : 0));
	*dst = size == 4 ? word : size == 2 ? half : *at;
	return 0;
}

/* 1 inside, 0 outside, RUN_BROKEN. */
static inline int filter_run(const struct hm_filter *f, const struct hm_tuple *t, int family)
{
	uint64_t r[11] = {0, 1, (uint64_t)family};
	uint32_t at = 0;

	if (!f->count)
		return 1;
	while (at < f->count) {
		const uint64_t in = f->insn[at++];
		const uint8_t code = in & 0xff, dst = (in >> 8) & 15, src = (in >> 12) & 15;
		const int16_t off = (int16_t)(in >> 16);
		const uint32_t imm = in >> 32, b = code & 8 ? (uint32_t)r[src % 11] : imm;
		int err = 0, jumps;

		if (dst > 9 || src > 9)
			return RUN_BROKEN;
		if (code == 0x95)
			return (int)r[0];
		switch (code & 7) {
		case 1: err = src == 1 ? run_load(code, &r[dst], t, off) : RUN_BROKEN; break;
		case 4: err = run_alu(code, &r[dst], (code & 0xf0) == 0xd0 ? imm : b); break;
		case 7: err = run_alu(code, &r[dst], b); break;
		default:
			jumps = run_jumps(code, (uint32_t)r[dst], b);
			err = jumps < 0 || off < 0 ? RUN_BROKEN : 0;
			at += jumps > 0 ? (uint32_t)off : 0;
			break;
		}
		if (err)
			return err;
	}
	return RUN_BROKEN;
}

#endif
