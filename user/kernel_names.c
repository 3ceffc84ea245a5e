// SPDX-License-Identifier: GPL-2.0-only
/* Names from BTF, see kernel_names.h. */
#include "kernel_names.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "hm_types.h"

#define REASON_MAX 512 /* reasons of the core, or of one subsystem */
#define SUBSYS_SHIFT 16 /* SKB_DROP_REASON_SUBSYS_SHIFT: above it stands whose reason it is */

struct reason_table {
	const char *btf_enum, *prefix;
	char *name[REASON_MAX];
	bool known; /* this kernel has that enumeration */
};

static const char *const wanted[] = {
	"tcp_rcv_space_adjust", "kfree_skb", "tcp_send_reset", "tcp_retransmit_skb",
	"tcp_retransmit_synack", "icmp_send", "sched_process_fork",
	"sched_process_exit", "inet_sock_set_state",
};

/* What was read of the running kernel. */
static struct {
	int loaded;
	bool tcx, file_sockets;
	bool has_btf; /* its own */
	int args[HM_ARRAY_SIZE(wanted)]; /* -1: no such tracepoint */
	struct reason_table drop, subsystem, reset;
} kernel = {
	.drop = { "skb_drop_reason", "SKB_DROP_REASON_", {}, false },
	.subsystem = { "skb_drop_reason_subsys", "SKB_DROP_REASON_SUBSYS_", {}, false },
	.reset = { "sk_rst_reason", "SK_RST_REASON_", {}, false },
};

static int read_reasons(const struct btf *btf, struct reason_table *table)
{
	int id = btf__find_by_name_kind(btf, table->btf_enum, BTF_KIND_ENUM);
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, id) : NULL;
	size_t skip = strlen(table->prefix);

	if (!t)
		return 0; /* older kernel: numbers stay numbers */
	table->known = true;
	for (int i = 0; i < btf_vlen(t); i++) {
		const struct btf_enum *e = &btf_enum(t)[i];
		const char *name = btf__name_by_offset(btf, e->name_off);

		if (e->val < 0 || e->val >= REASON_MAX || table->name[e->val])
			continue;
		table->name[e->val] =
			strdup(strncmp(name, table->prefix, skip) ? name : name + skip);
		if (!table->name[e->val])
			return -ENOMEM;
	}
	return 0;
}

/* typedef btf_trace_X → pointer → function prototype, whose first argument is the context. */
static int tracepoint_args(const struct btf *btf, const char *tracepoint)
{
	const struct btf_type *t;
	char name[64];
	int id;

	snprintf(name, sizeof(name), "btf_trace_%s", tracepoint);
	id = btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF);
	if (id < 0)
		return -1;
	t = btf__type_by_id(btf, id);
	t = btf__type_by_id(btf, t->type);
	t = btf__type_by_id(btf, t->type);
	return btf_is_func_proto(t) ? btf_vlen(t) - 1 : -1;
}

int kernel_tracepoint_args(const char *tracepoint)
{
	for (size_t i = 0; kernel.loaded && i < HM_ARRAY_SIZE(wanted); i++)
		if (!strcmp(wanted[i], tracepoint) && kernel.args[i] >= 0)
			return kernel.args[i];
	return -ENOENT;
}

static void reason_name(const struct reason_table *table, uint32_t reason, char *out, size_t len)
{
	if (reason < REASON_MAX && table->name[reason])
		snprintf(out, len, "%s", table->name[reason]);
	else
		snprintf(out, len, "%u", reason);
}

/* Of a subsystem's reasons only its module knows the names: its own name, and the number. */
void kernel_drop_reason(uint32_t reason, char *out, size_t len)
{
	uint32_t whose = reason >> SUBSYS_SHIFT, number = reason & ((1U << SUBSYS_SHIFT) - 1);

	if (!kernel.drop.known)
		snprintf(out, len, "NOT_SPECIFIED");
	else if (whose && whose < REASON_MAX && kernel.subsystem.name[whose])
		snprintf(out, len, "%s_%u", kernel.subsystem.name[whose], number);
	else
		reason_name(&kernel.drop, reason, out, len);
}

bool kernel_has_drop_reasons(void)
{
	return kernel.drop.known;
}

void kernel_reset_reason(uint32_t reason, char *out, size_t len)
{
	if (reason)
		reason_name(&kernel.reset, reason, out, len);
	else
		out[0] = '\0';
}

bool kernel_btf_has_file_sockets(const struct btf *btf)
{
	int id = btf__find_by_name_kind(btf, "bpf_func_id", BTF_KIND_ENUM);
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, id) : NULL;

	for (int i = 0; t && i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_enum(t)[i].name_off),
			    "BPF_FUNC_sock_from_file"))
			return true;
	return !t;
}

bool kernel_has_file_sockets(void)
{
	return kernel.file_sockets;
}

/* The kernel's own BTF where there is one and no file is named; NULL: neither can be had. */
static struct btf *load_btf(const char *file)
{
	struct btf *own = btf__load_vmlinux_btf();

	kernel.has_btf = own;
	if (!file)
		return own;
	btf__free(own);
	return btf__parse(file, NULL);
}

static int read_btf(const char *file)
{
	struct btf *btf = load_btf(file);
	int err = btf ? read_reasons(btf, &kernel.drop) : file || errno == ENOMEM ? -errno : 0;

	if (!err && btf)
		err = read_reasons(btf, &kernel.subsystem);
	if (!err && btf)
		err = read_reasons(btf, &kernel.reset);
	kernel.file_sockets = btf && kernel_btf_has_file_sockets(btf);
	kernel.tcx = btf && btf__find_by_name_kind(btf, "tcx_link", BTF_KIND_STRUCT) >= 0;
	for (size_t i = 0; i < HM_ARRAY_SIZE(wanted); i++)
		kernel.args[i] = btf ? tracepoint_args(btf, wanted[i]) : -1;
	btf__free(btf);
	return err;
}

int kernel_names_load(const char *btf_file)
{
	int err;

	if (kernel.loaded)
		return 0;
	err = read_btf(btf_file);
	if (err)
		return err;
	kernel.loaded = 1;
	return 0;
}

bool kernel_has_tcx(void)
{
	return kernel.tcx;
}

bool kernel_has_btf(void)
{
	return kernel.has_btf;
}
