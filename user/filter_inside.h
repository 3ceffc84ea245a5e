/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the parts of the filter compiler: filter.c, filter_fold.c, filter_bytes.c, filter_emit.c.
 */
#ifndef HM_FILTER_INSIDE_H
#define HM_FILTER_INSIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/bpf.h>
#include <linux/filter.h>

#include "filter.h"
#include "filter_pcap.h"
#include "hm_wire.h"

/*
 * What a filter is asked about: Ethernet, IPv4 without options or IPv6 without extension headers,
 * not a fragment, and TCP; mirror: with source and destination swapped.
 */
struct hm_view {
	int family;
	bool mirror;
};

/* Where an instruction goes on, beside the index of another one. */
#define FILTER_INSIDE UINT32_MAX
#define FILTER_OUTSIDE (UINT32_MAX - 1) /* and all above */

/* The registers of classic BPF: its memory, then A and X. */
enum { FILTER_A = BPF_MEMWORDS, FILTER_X, FILTER_REGS };

/* A classic instruction as it is in one view. */
struct hm_step {
	uint16_t code;
	bool kept; /* it is reached, and does something that matters */
	bool branch; /* both ways are possible */
	bool may_end; /* it ends the program, outside, if it divides by 0 */
	bool constant; /* what it writes is .value */
	uint8_t load; /* bytes it reads from the packet, 0 to 4 */
	int8_t writes; /* register, or -1 */
	uint32_t reads; /* registers, one bit for each */
	uint32_t k, value;
	uint32_t next[2]; /* where it goes on: [1] if its condition holds */
	int16_t byte[4]; /* of the packet: its offset in struct hm_tuple, or ~ its value */
};

#define FILTER_IP_AT HM_ETH_LEN
#define FILTER_OTHER INT16_MIN
/*
 * filter_bytes.c: the byte at that offset, as in .byte. FILTER_OTHER: it differs, *name says what
 * it is.
 */
int16_t filter_byte(const struct hm_view *view, uint32_t at, const char **name);

/*
 * What is left of a program in a view, step by step; steps has room for count. *start is the first
 * one, as in .next. 0, or -EINVAL and in why what no connection can be told by, -ENOMEM.
 */
int filter_fold(const struct hm_classic *prog, uint32_t count, const struct hm_view *view,
		struct hm_step *steps, uint32_t *start, char *why, size_t why_len);

/* The step or end that is next, past steps that do nothing. */
uint32_t filter_next(const struct hm_step *steps, uint32_t at);

/*
 * Instructions under way: jumps to what is inside are not filled in, and what is outside runs off
 * the end.
 */
struct hm_code {
	uint32_t count;
	struct bpf_insn insn[HM_FILTER_CODE];
};

/*
 * Appends the steps of one view. 0; -E2BIG: no room; -ENOSR: more intermediate results than
 * registers.
 */
int filter_emit(const struct hm_step *steps, uint32_t count, uint32_t start, struct hm_code *code);

/*
 * The whole function, of the code for each family. 0; -E2BIG: no room; -ENOENT: nothing can be
 * inside.
 */
int filter_finish(const struct hm_code *ip4, const struct hm_code *ip6, struct hm_filter *out);

#endif
