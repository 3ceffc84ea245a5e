/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel side's programs in parts, each loaded whole or not at all, and what is lost without
 * it. Used by loader.c on objects that it has opened and not yet loaded, and by live_kernel.c.
 */
#ifndef HM_PROGRAMS_H
#define HM_PROGRAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hm_abi.h"

struct bpf_object;
struct bpf_link;

enum hm_part {
	HM_PART_TC,
	HM_PART_XDP,
	HM_PART_SOCKET, /* socket:in, socket:out and connect(2), which says whose they are */
	HM_PART_OWNERS, /* the iterator over sockets */
	HM_PART_CHAINS, /* the iterator over links: who else is at an interface; none without tcx */
	HM_PART_SYMBOLS, /* the iterator that names functions of the kernel */
	HM_PART_READ, /* from here on: one tracepoint each */
	HM_PART_DROP,
	HM_PART_RESET,
	HM_PART_RETRANS,
	HM_PART_RETRANS_SYNACK,
	HM_PART_ICMP,
	HM_PART_NO_PORT,
	HM_PART_FORK,
	HM_PART_EXIT,
	HM_PART_COUNT
};

struct hm_part_info {
	const char *hop; /* the hop that is lame without it, as it stands under "not watched" */
	const char *detail; /* what of the hop is lost; NULL: all of it */
	const char *tracepoint; /* of a tracepoint part, else NULL */
	const char *program; /* its only one, where that goes by its name; else NULL */
	enum hm_hook hook; /* the hops that are gone without it; HM_HOOK_COUNT: none as a whole */
	bool types; /* it is fitted to the kernel's types: the loader must have BTF of it */
	bool own_btf; /* and attached by them: a file will not do */
};

/* One row for each part. */
extern const struct hm_part_info hm_parts[HM_PART_COUNT];

/* Parts that are left out, and why. */
struct hm_lacks {
	int err[HM_PART_COUNT]; /* 0: not left out; -ENOENT: no such tracepoint; -ENODATA: no BTF */
	char words[HM_PART_COUNT][120]; /* the kernel's own, "" none; raw */
};

struct hm_programs { /* what is wanted */
	bool only_devices; /* interfaces of another namespace: tc and XDP, nothing else */
	bool only_l3; /* the two tc programs for devices without an Ethernet header, nothing else */
	bool xdp, l3;
	const struct hm_lacks *lacks; /* these not */
};

/*
 * Leaves out what this kernel has no tracepoint or no BTF for; has_types: there is BTF of it in a
 * file. After kernel_names_load().
 */
void programs_rule_out(struct hm_lacks *lacks, bool has_types);

/* Marks what is to be loaded. */
void programs_choose(struct bpf_object *obj, const struct hm_programs *want);

/*
 * How often the kernel did not run a tracepoint program, because on that CPU it was running
 * already: events that nobody saw.
 */
uint64_t programs_missed(const struct bpf_object *obj);

/* Marks only the programs of one part, of those that are marked. */
void programs_choose_part(struct bpf_object *obj, enum hm_part part);

/*
 * Attaches every loaded program of a part that is not at interfaces: at its tracepoint, or at the
 * cgroup2 directory (cgroup_fd; -errno: why there is none). Returns how many links it put into
 * links, which the caller owns; or -errno, and nothing is attached.
 */
int programs_attach_part(const struct bpf_object *obj, enum hm_part part, int cgroup_fd,
			 struct bpf_link **links, int room);

/*
 * What the kernel's verifier said last in its log, in one line: "unknown func ...". "" where it
 * said nothing. out holds raw text.
 */
void programs_last_words(const char *log, char *out, size_t len);

#endif
