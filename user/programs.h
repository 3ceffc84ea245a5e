/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which program belongs to which tracepoint, and which programs are loaded. Used by loader.c, on
 * objects that it has opened and not yet loaded.
 */
#ifndef HM_PROGRAMS_H
#define HM_PROGRAMS_H

#include <stdbool.h>
#include <stdint.h>

struct bpf_object;
struct bpf_program;

struct hm_programs { /* what is wanted beyond what is always loaded */
	bool only_devices; /* interfaces of another namespace: tc and XDP, nothing else */
	bool only_l3; /* the two tc programs for devices without an Ethernet header, nothing else */
	bool xdp, l3;
};

/* Marks what is to be loaded. After kernel_names_load(): a tracepoint that is missing is left out. */
void programs_choose(struct bpf_object *obj, const struct hm_programs *want);

/*
 * How often the kernel did not run a tracepoint program, because on that CPU it was running already:
 * events that nobody saw.
 */
uint64_t programs_missed(const struct bpf_object *obj);

/* The program of a tracepoint, as "kfree_skb"; NULL: none is meant for it. */
struct bpf_program *programs_of_tracepoint(const struct bpf_object *obj, const char *tracepoint);

#endif
