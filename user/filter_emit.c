// SPDX-License-Identifier: GPL-2.0-only
/*
 * Steps of a folded filter to BPF instructions. Called by filter.c.
 *
 * The function has the tuple in r1 and the family in r2. Registers of classic BPF are held in r0
 * (A), r2 (X) and, for its memory, r4 to r9; arithmetic is on 32 bits, as it is there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "filter_inside.h"
#include "hm_types.h"

#define ROOM BPF_REG_3 /* of a byte that is being loaded */
#define FIRST_CELL BPF_REG_4
#define CELLS (BPF_REG_9 - BPF_REG_4 + 1)
#define TO_INSIDE INT16_MIN /* offset of a jump, until filter_finish() */
#define NO_JUMP (FILTER_OUTSIDE - 1)

struct emitter {
	struct hm_code *code;
	const struct hm_step *steps;
	uint32_t count;
	uint32_t *at; /* where each step's instructions begin, then where each jump goes */
	/* step that the instruction jumps to; NO_JUMP: none, or its offset is right */
	uint32_t *jump;
	uint8_t cell[BPF_MEMWORDS]; /* register, 0: none yet */
	int cells;
	int err;
};

static struct bpf_insn insn(int code, int dst, int src, int off, uint32_t imm)
{
	return (struct bpf_insn){.code = code, .dst_reg = dst, .src_reg = src, .off = off,
				 .imm = (int32_t)imm};
}

static void put(struct hm_code *code, struct bpf_insn in, int *err)
{
	if (code->count == HM_FILTER_CODE)
		*err = -E2BIG;
	else
		code->insn[code->count++] = in;
}

static void emit(struct emitter *e, int code, int dst, int src, int off, uint32_t imm)
{
	put(e->code, insn(code, dst, src, off, imm), &e->err);
}

/* A jump to a step, or to an end. */
static void emit_jump(struct emitter *e, int code, int dst, int src, uint32_t imm, uint32_t to)
{
	if (e->code->count < HM_FILTER_CODE)
		e->jump[e->code->count] = to;
	emit(e, code, dst, src, 0, imm);
}

static int reg(struct emitter *e, int classic)
{
	if (classic == FILTER_A)
		return BPF_REG_0;
	if (classic == FILTER_X)
		return BPF_REG_2;
	if (!e->cell[classic]) {
		if (e->cells == CELLS) {
			e->err = -ENOSR;
			return FIRST_CELL;
		}
		e->cell[classic] = (uint8_t)(FIRST_CELL + e->cells++);
	}
	return e->cell[classic];
}

/* Bytes of the tuple one after the other, where a load of this size may be. */
static bool in_one_piece(const struct hm_step *s)
{
	if (s->byte[0] < 0 || s->byte[0] % s->load)
		return false;
	for (int i = 1; i < s->load; i++)
		if (s->byte[i] != s->byte[0] + i)
			return false;
	return true;
}

static void emit_load(struct emitter *e, const struct hm_step *s, int to)
{
	static const int sizes[] = {[1] = BPF_B, [2] = BPF_H, [4] = BPF_W};

	if (in_one_piece(s)) {
		emit(e, BPF_LDX | BPF_MEM | sizes[s->load], to, BPF_REG_1, s->byte[0], 0);
		if (s->load > 1)
			emit(e, BPF_ALU | BPF_END | BPF_TO_BE, to, 0, 0, s->load * 8);
		return;
	}
	emit(e, BPF_ALU | BPF_MOV | BPF_K, to, 0, 0, 0);
	for (int i = 0; i < s->load; i++) {
		emit(e, BPF_ALU | BPF_LSH | BPF_K, to, 0, 0, 8);
		if (s->byte[i] < 0) {
			emit(e, BPF_ALU | BPF_OR | BPF_K, to, 0, 0, (uint8_t)~s->byte[i]);
			continue;
		}
		emit(e, BPF_LDX | BPF_MEM | BPF_B, ROOM, BPF_REG_1, s->byte[i], 0);
		emit(e, BPF_ALU | BPF_OR | BPF_X, to, ROOM, 0, 0);
	}
}

/* Classic codes of BPF_ALU are those of BPF, but for shifts beyond 31 bits and divisions by 0. */
static void emit_alu(struct emitter *e, const struct hm_step *s)
{
	const int op = BPF_OP(s->code);

	if (BPF_SRC(s->code) == BPF_K) {
		emit(e, BPF_ALU | op | BPF_K, BPF_REG_0, 0, 0, op == BPF_NEG ? 0 : s->k);
		return;
	}
	if (s->may_end)
		emit_jump(e, BPF_JMP32 | BPF_JEQ | BPF_K, BPF_REG_2, 0, 0, FILTER_OUTSIDE);
	if (op == BPF_LSH || op == BPF_RSH) {
		emit(e, BPF_JMP32 | BPF_JLT | BPF_K, BPF_REG_2, 0, 2, 32);
		emit(e, BPF_ALU | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0);
		emit(e, BPF_JMP | BPF_JA, 0, 0, 1, 0);
	}
	emit(e, BPF_ALU | op | BPF_X, BPF_REG_0, BPF_REG_2, 0, 0);
}

static int inverse(int op)
{
	switch (op) {
	case BPF_JEQ:
		return BPF_JNE;
	case BPF_JGT:
		return BPF_JLE;
	case BPF_JGE:
		return BPF_JLT;
	default:
		return 0; /* BPF_JSET has none */
	}
}

/* follows: the step whose instructions come next. */
static void emit_branch(struct emitter *e, const struct hm_step *s, uint32_t follows)
{
	const int op = BPF_OP(s->code), src = BPF_SRC(s->code), x = src == BPF_X ? BPF_REG_2 : 0;
	const uint32_t k = src == BPF_X ? 0 : s->k;

	if (s->next[1] == follows && inverse(op)) {
		emit_jump(e, BPF_JMP32 | inverse(op) | src, BPF_REG_0, x, k, s->next[0]);
		return;
	}
	emit_jump(e, BPF_JMP32 | op | src, BPF_REG_0, x, k, s->next[1]);
	if (s->next[0] != follows)
		emit_jump(e, BPF_JMP | BPF_JA, 0, 0, 0, s->next[0]);
}

static void emit_step(struct emitter *e, const struct hm_step *s, uint32_t follows)
{
	if (s->branch) {
		emit_branch(e, s, follows);
		return;
	}
	if (s->constant)
		emit(e, BPF_ALU | BPF_MOV | BPF_K, reg(e, s->writes), 0, 0, s->value);
	else if (s->load)
		emit_load(e, s, reg(e, s->writes));
	else if (BPF_CLASS(s->code) == BPF_ALU)
		emit_alu(e, s);
	else /* from one register to another one */
		emit(e, BPF_ALU | BPF_MOV | BPF_X, reg(e, s->writes),
		     reg(e, __builtin_ctz(s->reads)), 0, 0);
	if (s->next[0] != follows)
		emit_jump(e, BPF_JMP | BPF_JA, 0, 0, 0, s->next[0]);
}

/* The first step from here on that is kept; behind the last one the view ends, outside. */
static uint32_t kept_from(const struct emitter *e, uint32_t i)
{
	while (i < e->count && !e->steps[i].kept)
		i++;
	return i < e->count ? i : FILTER_OUTSIDE;
}

static void emit_all(struct emitter *e, uint32_t start)
{
	const uint32_t begin = e->code->count;
	uint32_t i = kept_from(e, 0);

	if (start != i)
		emit_jump(e, BPF_JMP | BPF_JA, 0, 0, 0, start);
	for (; i != FILTER_OUTSIDE; i = kept_from(e, i + 1)) {
		e->at[i] = e->code->count;
		emit_step(e, &e->steps[i], kept_from(e, i + 1));
	}
	for (uint32_t j = begin; j < e->code->count; j++) {
		const uint32_t to = e->jump[j];
		struct bpf_insn *in = &e->code->insn[j];

		if (to == FILTER_INSIDE)
			in->off = TO_INSIDE;
		else if (to != NO_JUMP)
			in->off = (to == FILTER_OUTSIDE ? e->code->count : e->at[to]) - j - 1;
	}
}

int filter_emit(const struct hm_step *steps, uint32_t count, uint32_t start, struct hm_code *code)
{
	struct emitter e = {.code = code, .steps = steps, .count = count};

	e.at = calloc(count + HM_FILTER_CODE, sizeof(*e.at));
	if (!e.at)
		return -ENOMEM;
	e.jump = e.at + count;
	for (uint32_t i = 0; i < HM_FILTER_CODE; i++)
		e.jump[i] = NO_JUMP;
	emit_all(&e, start);
	free(e.at);
	return e.err;
}

static bool is_same(const struct hm_code *a, const struct hm_code *b)
{
	return a->count == b->count && !memcmp(a->insn, b->insn, a->count * sizeof(a->insn[0]));
}

static void append(struct hm_code *to, const struct hm_code *from, int *err)
{
	for (uint32_t i = 0; i < from->count; i++)
		put(to, from->insn[i], err);
}

/* "return 0", and behind it "return 1". */
static void put_ends(struct hm_code *code, int *err)
{
	for (int inside = 0; inside < 2; inside++) {
		put(code, insn(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, inside), err);
		put(code, insn(BPF_JMP | BPF_EXIT, 0, 0, 0, 0), err);
	}
}

/* True if some connection runs off the end, where what is outside goes. */
static bool has_outside(const struct hm_code *code)
{
	const struct bpf_insn *last = code->count ? &code->insn[code->count - 1] : NULL;

	if (!last || last->code != (BPF_JMP | BPF_JA))
		return true;
	for (uint32_t i = 0; i < code->count; i++) {
		const uint8_t class = BPF_CLASS(code->insn[i].code);

		if ((class == BPF_JMP || class == BPF_JMP32) &&
		    i + 1 + (uint32_t)code->insn[i].off == code->count)
			return true;
	}
	return false;
}

/* The code of each family behind a jump over the other's, where they differ. */
static void put_families(struct hm_code *code, const struct hm_code *ip4, const struct hm_code *ip6,
			 int *err)
{
	const int over = has_outside(ip6); /* a jump past ip4, if it is ever reached */

	put(code, insn(BPF_JMP32 | BPF_JNE | BPF_K, BPF_REG_2, 0, (int)ip6->count + over, 6), err);
	append(code, ip6, err);
	if (over)
		put(code, insn(BPF_JMP | BPF_JA, 0, 0, (int)ip4->count, 0), err);
	append(code, ip4, err);
}

static void put_body(struct hm_code *code, const struct hm_code *ip4, const struct hm_code *ip6,
		     int *err)
{
	const uint32_t at = code->count;

	/* As a global function it may be given NULL, for all that the verifier knows. */
	put(code, insn(BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_1, 0, 0, 0), err);
	if (is_same(ip4, ip6)) /* ports alone */
		append(code, ip4, err);
	else
		put_families(code, ip4, ip6, err);
	code->insn[at].off = (int16_t)(code->count - at - 1);
	put_ends(code, err);
}

int filter_finish(const struct hm_code *ip4, const struct hm_code *ip6, struct hm_filter *out)
{
	struct hm_code *code = calloc(1, sizeof(*code));
	int err = code ? 0 : -ENOMEM;
	bool any = false;

	if (!err)
		put_body(code, ip4, ip6, &err);
	for (uint32_t i = 0; !err && i < code->count; i++) {
		if (code->insn[i].off != TO_INSIDE)
			continue;
		code->insn[i].off = (int16_t)(code->count - 2 - i - 1);
		any = true;
	}
	if (!err && !any)
		err = -ENOENT;
	if (!err) {
		out->count = code->count;
		memcpy(out->insn, code->insn, code->count * sizeof(code->insn[0]));
	}
	free(code);
	return err;
}
