// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose programs and filters stand at an interface already, in the order in which they run. Called
 * by doctor_ifaces.c. tcx programs are told only to CAP_NET_ADMIN, names of programs only to root.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "doctor.h"
#include "hm_abi.h"
#include "neighbours.h"
#include "program_name.h"
#include "tc.h"

/* Newer than Debian 12's headers: enum bpf_attach_type of Linux 6.6. */
#define TCX_INGRESS 46
#define TCX_EGRESS 47
#define TCX_MAX 64 /* BPF_MPROG_MAX: kernel/bpf/mprog.c */
#define MORE_LEN 24 /* ", 4294967295 more" */

struct line { /* of one direction */
	char *to;
	size_t room;
	unsigned int more; /* that did not fit */
};

static void add(struct line *line, const struct hm_neighbour *n)
{
	char text[HM_NAME_LEN];
	size_t used = strlen(line->to);

	if (neighbour_is_hopmark(n))
		return;
	neighbour_text(text, n);
	if (line->more || used + strlen(", ") + strlen(text) + MORE_LEN > line->room) {
		line->more++;
		return;
	}
	snprintf(line->to + used, line->room - used, "%s%s", used ? ", " : "", text);
}

static int add_tcx(struct line *line, uint32_t ifindex, bool out)
{
	uint32_t ids[TCX_MAX];
	LIBBPF_OPTS(bpf_prog_query_opts, query, .prog_ids = ids, .prog_cnt = TCX_MAX);
	int err = bpf_prog_query_opts(
		(int)ifindex, (enum bpf_attach_type)(out ? TCX_EGRESS : TCX_INGRESS), &query);

	for (uint32_t i = 0; !err && i < query.prog_cnt; i++) {
		struct hm_neighbour n = { .kind = HM_NEIGHBOUR_TC, .id = ids[i] };
		char name[HM_PROGRAM_NAME];

		program_name(ids[i], name);
		snprintf(n.name, sizeof(n.name), "%s", name);
		add(line, &n);
	}
	return err == -ENOENT ? 0 : err; /* nobody was ever there */
}

static void on_filter(void *arg, const struct hm_tc_filter *filter)
{
	struct hm_neighbour n = { .kind = HM_NEIGHBOUR_FILTER, .id = filter->prog_id };

	if (!filter->handle)
		return; /* the classifier; its filters follow */
	snprintf(n.name, sizeof(n.name), "%s", filter->name[0] ? filter->name : filter->kind);
	add(arg, &n);
}

int doctor_around(struct hm_doctor_iface *iface, uint32_t ifindex, int tc_fd, bool tcx)
{
	char *const to[] = { iface->others_in, iface->others_out };
	int err = 0;

	for (int out = 0; out < 2; out++) {
		struct line line = { .to = to[out], .room = sizeof(iface->others_in) };
		struct hm_tc_chain chain = { .ifindex = ifindex, .out = out };
		int no_tcx = tcx ? add_tcx(&line, ifindex, out) : 0;
		int no_filters = tc_filters(tc_fd, &chain, on_filter, &line);

		if (line.more)
			snprintf(line.to + strlen(line.to), MORE_LEN, ", %u more", line.more);
		if (no_tcx || no_filters)
			err = no_tcx ? no_tcx : no_filters;
	}
	return err;
}
