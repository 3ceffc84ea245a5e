// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes a filter into an object file, see filter.h. Called by loader_load.c.
 *
 * libbpf gives each program its own copy of the functions it calls when it loads them, and lets
 * nobody change those; so they are changed before. Symbols, line and function information stay
 * right, because the function keeps its place and length. The verifier wants every instruction
 * within reach, so what is left over stands first, behind a jump that it knows to be taken, and
 * takes out.
 */
#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <linux/bpf.h>

#include "filter.h"

#define FUNCTION "hm_filter_run"
#define NEAR "hm_filter_near_" /* and a number */
#define HEAD 2 /* instructions before what is left over */
#define NEAR_REG BPF_REG_5 /* the last register that is free in the place of a call */

struct image {
	uint8_t *bytes;
	size_t size;
};

/* The part of the image at off, or NULL if it is not all there. */
static void *part(const struct image *im, uint64_t off, uint64_t len)
{
	return off <= im->size && len <= im->size - off ? im->bytes + off : NULL;
}

static const Elf64_Shdr *section(const struct image *im, uint32_t index)
{
	const Elf64_Ehdr *ehdr = part(im, 0, sizeof(*ehdr));

	if (!ehdr || index >= ehdr->e_shnum)
		return NULL;
	return part(im, ehdr->e_shoff + (uint64_t)index * sizeof(Elf64_Shdr), sizeof(Elf64_Shdr));
}

/* The instructions that a symbol stands before, if all of count are there. */
static struct bpf_insn *insns_at(const struct image *im, const Elf64_Sym *symbol, uint64_t count)
{
	const Elf64_Shdr *s = section(im, symbol->st_shndx);

	if (!s || symbol->st_value > s->sh_size)
		return NULL;
	return part(im, s->sh_offset + symbol->st_value, count * sizeof(struct bpf_insn));
}

/*
 * The filter without its first instruction (whether the tuple is there) has its ends as jumps to
 * the end.
 */
static void write_near(struct bpf_insn *to, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (to[i].code == (BPF_JMP | BPF_EXIT))
			to[i] = (struct bpf_insn){.code = BPF_JMP | BPF_JA,
						  .off = (int16_t)(count - i - 1)};
}

/*
 * Fills room with count instructions of the filter, from the first one on; what is left over comes
 * before.
 */
static void write_filter(struct bpf_insn *to, uint32_t room, const uint64_t *first, uint32_t count)
{
	const struct bpf_insn set = {.code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 1};
	const uint32_t rest = room - HEAD - count;

	to[0] = set;
	to[1] = (struct bpf_insn){.code = BPF_JMP | BPF_JNE | BPF_K, .off = (int16_t)rest};
	for (uint32_t i = 0; i < rest; i++)
		to[HEAD + i] = set;
	memcpy(to + HEAD + rest, first, count * sizeof(*first));
}

/* True if the filter can stand in the place of a call. */
static bool is_near(const struct hm_filter *filter)
{
	struct bpf_insn in;

	if (!filter->count || filter->count - 1 > HM_FILTER_NEAR - HEAD)
		return false;
	for (uint32_t i = 0; i < filter->count; i++) {
		memcpy(&in, &filter->insn[i], sizeof(in));
		if (in.dst_reg > NEAR_REG || in.src_reg > NEAR_REG)
			return false;
	}
	return true;
}

/* What one symbol stands for. 1: the function; 0: not; -EINVAL: there is no room. */
static int link_symbol(const struct image *im, const Elf64_Sym *symbol, const char *name,
		       const struct hm_filter *filter)
{
	const bool near = !strncmp(name, NEAR, strlen(NEAR));
	const uint64_t room = near ? HM_FILTER_NEAR : symbol->st_size / sizeof(struct bpf_insn);
	struct bpf_insn *to;

	if (!near && strcmp(name, FUNCTION))
		return 0;
	to = insns_at(im, symbol, room);
	if (!to || (!near && room < HEAD + filter->count))
		return -EINVAL;
	if (!near && filter->count) {
		write_filter(to, (uint32_t)room, filter->insn, filter->count);
	} else if (near && is_near(filter)) {
		write_filter(to, HM_FILTER_NEAR, filter->insn + 1, filter->count - 1);
		write_near(to + HM_FILTER_NEAR - (filter->count - 1), filter->count - 1);
	} else if (near && !filter->count) {
		to->imm = 1; /* in the place of HM_FILTER_ASK */
	}
	return !near;
}

/* How many functions there were, or -EINVAL. */
static int link_symbols(const struct image *im, const Elf64_Shdr *symbols,
			const struct hm_filter *filter)
{
	const Elf64_Shdr *strings = section(im, symbols->sh_link);
	int found = 0, is;

	for (uint64_t at = 0; at < symbols->sh_size; at += sizeof(Elf64_Sym)) {
		const Elf64_Sym *symbol = part(im, symbols->sh_offset + at, sizeof(*symbol));
		const char *name = symbol && strings && symbol->st_name < strings->sh_size ?
				   part(im, strings->sh_offset, strings->sh_size) : NULL;

		is = name ? link_symbol(im, symbol, name + symbol->st_name, filter) : -EINVAL;
		if (is < 0)
			return is;
		found += is;
	}
	return found;
}

void *filter_link(const void *elf, size_t size, const struct hm_filter *filter)
{
	struct image im = {malloc(size), size};
	const Elf64_Shdr *s;
	int found = 0;

	if (!im.bytes)
		return NULL;
	memcpy(im.bytes, elf, size);
	for (uint32_t i = 0; found >= 0 && (s = section(&im, i)); i++)
		if (s->sh_type == SHT_SYMTAB)
			found = link_symbols(&im, s, filter);
	if (found == 1)
		return im.bytes;
	free(im.bytes);
	errno = EINVAL;
	return NULL;
}
