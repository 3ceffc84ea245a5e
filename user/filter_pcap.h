/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libpcap, which reads filters: apart, because its headers and the kernel's both have a struct
 * bpf_insn. Called by filter.c.
 */
#ifndef HM_FILTER_PCAP_H
#define HM_FILTER_PCAP_H

#include <stddef.h>
#include <stdint.h>

struct hm_classic { /* an instruction of classic BPF, as bpf(4) has it */
	uint16_t code;
	uint8_t jt, jf;
	uint32_t k;
};

/*
 * The program that libpcap makes of text for packets with an Ethernet header; *out is malloced, the
 * caller frees it. 0; -ENOENT: no packet can match; -EINVAL: not understood, and what libpcap says
 * of it is in why; -ENOMEM.
 */
int filter_classic(const char *text, struct hm_classic **out, uint32_t *count, char *why,
		   size_t why_len);

#endif
