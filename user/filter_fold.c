// SPDX-License-Identifier: GPL-2.0-only
/*
 * Classic BPF, specialised to what all packets of a connection have in common. Called by filter.c.
 *
 * In a view (struct hm_view) every byte of the packet is a constant, or one of the tuple, or
 * differs from packet to packet. What follows from the constants is worked out here, so that only
 * what looks at the tuple is left; a program that can get to look at another byte is refused, by
 * the name of the byte. Programs of libpcap only jump forwards, so that one pass sees each
 * instruction after those before it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter_inside.h"

#define ANCILLARY ((uint32_t)SKF_AD_OFF) /* from here on offsets mean something else */
#define BIT(reg) (1U << (reg))

/* What an instruction finds in the registers: constants, as far as known. */
struct state {
	bool reached;
	uint32_t known; /* a bit for each */
	uint32_t value[FILTER_REGS];
};

static int refuse(const char *name, char *why, size_t why_len)
{
	snprintf(why, why_len,
		 "it looks at %s; a filter picks connections, not packets: leave it out", name);
	return -EINVAL;
}

/*
 * This kernel's tests for a later fragment, as libpcap writes them before ports: there is none
 * here.
 */
static bool is_fragment_test(const struct hm_classic *in, const struct hm_view *view, uint32_t at)
{
	return view->family == 4 && at == FILTER_IP_AT + 6 && BPF_SIZE(in[0].code) == BPF_H &&
	       in[1].code == (BPF_JMP | BPF_JSET | BPF_K) && in[1].k == 0x1fff;
}

static int load(const struct hm_classic *in, const struct hm_view *view, uint32_t at,
		struct hm_step *s, char *why, size_t why_len)
{
	static const uint8_t sizes[] = {[BPF_W >> 3] = 4, [BPF_H >> 3] = 2, [BPF_B >> 3] = 1};
	const char *name = NULL;
	uint32_t value = 0;
	bool constant = true;

	if (at >= ANCILLARY)
		return refuse("what the kernel knows of a packet", why, why_len);
	s->load = sizes[BPF_SIZE(in->code) >> 3];
	if (is_fragment_test(in, view, at)) {
		s->constant = true;
		s->value = 0;
		return 0;
	}
	for (int i = 0; i < s->load; i++) {
		s->byte[i] = filter_byte(view, at + (uint32_t)i, &name);
		if (s->byte[i] == FILTER_OTHER)
			return refuse(name, why, why_len);
		constant &= s->byte[i] < 0;
		value = value << 8 | (uint8_t)~s->byte[i];
	}
	s->constant = constant;
	s->value = value;
	return 0;
}

static int not_known(const struct hm_classic *in, char *why, size_t why_len)
{
	snprintf(why, why_len,
		 "libpcap makes an instruction of it (0x%x) that hopmark does not know", in->code);
	return -EINVAL;
}

static void copy(const struct state *st, int from, struct hm_step *s)
{
	s->reads = BIT(from);
	s->constant = st->known & BIT(from);
	s->value = st->value[from];
}

/* BPF_LD and BPF_LDX. */
static int fold_load(const struct hm_classic *in, const struct hm_view *view,
		     const struct state *st, struct hm_step *s, char *why, size_t why_len)
{
	s->writes = BPF_CLASS(in->code) == BPF_LD ? FILTER_A : FILTER_X;
	switch (BPF_MODE(in->code)) {
	case BPF_IMM:
		s->constant = true;
		s->value = in->k;
		return 0;
	case BPF_MEM:
		copy(st, in->k % BPF_MEMWORDS, s);
		return 0;
	case BPF_LEN:
		return refuse("the packet's length", why, why_len);
	case BPF_ABS:
		return load(in, view, in->k, s, why, why_len);
	case BPF_IND:
		if (!(st->known & BIT(FILTER_X)))
			return refuse("a place that another byte names", why, why_len);
		return load(in, view, st->value[FILTER_X] + in->k, s, why, why_len);
	case BPF_MSH:
		if (view->family != 4 || in->k != FILTER_IP_AT)
			return refuse("IPv6 packets as if they were IPv4", why, why_len);
		s->constant = true;
		s->value = 20; /* options are taken off */
		return 0;
	}
	return not_known(in, why, why_len);
}

/* A op b as libpcap's bpf_filter() has it; b is not 0 where it divides. */
static uint32_t calculate(uint16_t op, uint32_t a, uint32_t b)
{
	switch (op) {
	case BPF_ADD:
		return a + b;
	case BPF_SUB:
		return a - b;
	case BPF_MUL:
		return a * b;
	case BPF_DIV:
		return a / b;
	case BPF_MOD:
		return a % b;
	case BPF_OR:
		return a | b;
	case BPF_AND:
		return a & b;
	case BPF_XOR:
		return a ^ b;
	case BPF_LSH:
		return b < 32 ? a << b : 0;
	case BPF_RSH:
		return b < 32 ? a >> b : 0;
	default: /* BPF_NEG */
		return -a;
	}
}

static bool holds(uint16_t op, uint32_t a, uint32_t b)
{
	switch (op) {
	case BPF_JEQ:
		return a == b;
	case BPF_JGT:
		return a > b;
	case BPF_JGE:
		return a >= b;
	default: /* BPF_JSET */
		return a & b;
	}
}

/* What is read: A, and X where the operand is that and not known. True: s->k is the operand. */
static bool operands(const struct state *st, struct hm_step *s)
{
	s->reads = BIT(FILTER_A);
	if (BPF_SRC(s->code) == BPF_K)
		return true;
	if (!(st->known & BIT(FILTER_X))) {
		s->reads |= BIT(FILTER_X);
		return false;
	}
	s->code = (s->code & ~BPF_X) | BPF_K;
	s->k = st->value[FILTER_X];
	return true;
}

static void fold_alu(const struct state *st, struct hm_step *s)
{
	const uint16_t op = BPF_OP(s->code);
	const bool divides = op == BPF_DIV || op == BPF_MOD,
		   shifts = op == BPF_LSH || op == BPF_RSH;
	uint32_t a = st->value[FILTER_A];

	s->writes = FILTER_A;
	if (!operands(st, s)) {
		s->may_end = divides;
	} else if (divides && !s->k) {
		s->writes = -1;
		s->next[0] = s->next[1] = FILTER_OUTSIDE;
	} else {
		s->constant = st->known & BIT(FILTER_A) || (shifts && s->k >= 32);
		s->value = calculate(op, a, s->k);
	}
}

/* 0, or -EINVAL: it jumps back, as the loops for "protochain" do. */
static int fold_jump(const struct hm_classic *in, const struct state *st, uint32_t i,
		     uint32_t count, struct hm_step *s)
{
	if (BPF_OP(in->code) == BPF_JA) {
		s->next[0] = s->next[1] = i + 1 + in->k;
		return in->k < count - i - 1 ? 0 : -EINVAL;
	}
	s->next[0] = i + 1 + in->jf;
	s->next[1] = i + 1 + in->jt;
	if (operands(st, s) && st->known & BIT(FILTER_A))
		s->next[0] = s->next[1] =
			s->next[holds(BPF_OP(in->code), st->value[FILTER_A], s->k)];
	s->branch = s->next[0] != s->next[1];
	return s->next[0] < count && s->next[1] < count ? 0 : -EINVAL;
}

static int fold_one(const struct hm_classic *in, uint32_t i, uint32_t count,
		    const struct hm_view *view, const struct state *st, struct hm_step *s,
		    char *why, size_t why_len)
{
	*s = (struct hm_step){.code = in->code, .k = in->k, .writes = -1, .next = {i + 1, i + 1}};
	switch (BPF_CLASS(in->code)) {
	case BPF_LD:
	case BPF_LDX:
		return fold_load(in, view, st, s, why, why_len);
	case BPF_ST:
	case BPF_STX:
		s->writes = (int8_t)(in->k % BPF_MEMWORDS);
		copy(st, BPF_CLASS(in->code) == BPF_ST ? FILTER_A : FILTER_X, s);
		return 0;
	case BPF_ALU:
		fold_alu(st, s);
		return 0;
	case BPF_JMP:
		return fold_jump(in, st, i, count, s) ? not_known(in, why, why_len) : 0;
	case BPF_RET:
		if (BPF_RVAL(in->code) != BPF_K)
			return not_known(in, why, why_len);
		s->next[0] = s->next[1] = in->k ? FILTER_INSIDE : FILTER_OUTSIDE;
		return 0;
	default: /* BPF_MISC */
		s->writes = BPF_MISCOP(in->code) == BPF_TAX ? FILTER_X : FILTER_A;
		copy(st, s->writes == FILTER_X ? FILTER_A : FILTER_X, s);
		return 0;
	}
}

/* The state behind a step becomes, or is joined with, that before another one. */
static void flow(struct state *to, const struct state *from)
{
	if (!to->reached) {
		*to = *from;
		return;
	}
	for (int r = 0; r < FILTER_REGS; r++)
		if (to->value[r] != from->value[r])
			to->known &= ~BIT(r);
	to->known &= from->known;
}

static int fold_all(const struct hm_classic *prog, uint32_t count, const struct hm_view *view,
		    struct hm_step *steps, struct state *states, char *why, size_t why_len)
{
	int err = 0;

	states[0].reached = true;
	states[0].known = ~0U; /* registers begin as 0 */
	for (uint32_t i = 0; !err && i < count; i++) {
		struct hm_step *s = &steps[i];
		struct state *st = &states[i];

		if (!st->reached)
			continue;
		err = fold_one(&prog[i], i, count, view, st, s, why, why_len);
		if (!err && s->next[0] == count)
			err = not_known(&prog[i], why, why_len); /* it runs off the end */
		if (s->writes >= 0) {
			st->known &= ~BIT(s->writes);
			st->known |= s->constant ? BIT(s->writes) : 0;
			st->value[s->writes] = s->value;
		}
		for (int way = 0; !err && way < 2; way++)
			if (s->next[way] < count)
				flow(&states[s->next[way]], st);
	}
	return err;
}

uint32_t filter_next(const struct hm_step *steps, uint32_t at)
{
	while (at < FILTER_OUTSIDE && !steps[at].kept)
		at = steps[at].next[0];
	return at;
}

/*
 * Backwards: a step is kept if it branches, may end the program, or what it writes is read later.
 */
static void keep_what_matters(uint32_t count, struct hm_step *steps, struct state *states)
{
	for (uint32_t i = count; i-- > 0;) {
		struct hm_step *s = &steps[i];
		uint32_t live = 0;

		if (!states[i].reached)
			continue;
		for (int way = 0; way < 2; way++) {
			s->next[way] = filter_next(steps, s->next[way]);
			if (s->next[way] < count) /* reused: what is live before it */
				live |= states[s->next[way]].known;
		}
		s->branch &= s->next[0] != s->next[1];
		s->kept = s->branch || s->may_end || (s->writes >= 0 && live & BIT(s->writes));
		if (s->kept && s->writes >= 0)
			live &= ~BIT(s->writes);
		if (s->kept && !s->constant)
			live |= s->reads;
		states[i].known = live;
	}
}

int filter_fold(const struct hm_classic *prog, uint32_t count, const struct hm_view *view,
		struct hm_step *steps, uint32_t *start, char *why, size_t why_len)
{
	struct state *states = calloc(count, sizeof(*states));
	int err;

	if (!states)
		return -ENOMEM;
	memset(steps, 0, count * sizeof(*steps));
	err = fold_all(prog, count, view, steps, states, why, why_len);
	if (!err) {
		keep_what_matters(count, steps, states);
		*start = filter_next(steps, 0);
		if (states[0].known) /* what nobody wrote is read */
			err = not_known(prog, why, why_len);
	}
	free(states);
	return err;
}
