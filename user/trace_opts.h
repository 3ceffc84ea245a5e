/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was asked of one trace: the command line of `hopmark trace`, parsed and checked.
 * Filled by cmd_trace.c, read by the live source. Strings are borrowed from argv.
 */
#ifndef HM_TRACE_OPTS_H
#define HM_TRACE_OPTS_H

#include <stdbool.h>
#include <stdint.h>

#include "filter.h"
#include "hm_abi.h"

#define HM_MAX_IFACES 64
#define HM_MAX_NETNS 64

struct hm_trace_opts {
	const char *ifaces[HM_MAX_IFACES]; /* -i; none: every interface that is up, and new ones */
	uint32_t iface_count;
	const char *netns[HM_MAX_NETNS]; /* --netns: a pid, a name of ip-netns(8), or "all" */
	uint32_t netns_count;
	struct hm_marker markers[HM_MAX_MARKERS];
	uint32_t marker_count;
	char filter_text[1024]; /* as typed, words joined by one space; "" none */
	struct hm_filter filter; /* compiled from it */
	bool xdp; /* --xdp; needs -i */
	bool xdp_force; /* --xdp-force: also on what carries the SSH session */
	bool no_tcx; /* --no-tcx: clsact, as before Linux 6.6 */
	bool all, json;
	uint64_t for_ns; /* --for; 0: until a signal */
	uint64_t settle_ns; /* --settle; default 2 s */
	uint64_t stall_ns; /* --stall; 0: a proxy may take its time */
	uint64_t answer_ns; /* --answer; 0: only where an answer is owed */
	uint32_t count; /* -c; 0: no limit */
	const char *write_path; /* -w, or NULL */
	uint16_t proxy_ports[8]; /* --proxy, host order */
	uint32_t proxy_port_count;
	const char *btf_file; /* --btf; NULL: the kernel's own */
	uint32_t max_legs; /* --legs; default HM_LEGS */
	uint32_t ring_bytes; /* --ring, a power of two times the page size; default 4 MiB */
	bool sni; /* --sni */
	uint32_t depth; /* --depth; 0: all payload is searched */
	char *const *command; /* after --, NULL-terminated; or NULL */
};

#endif
