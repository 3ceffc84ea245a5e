// SPDX-License-Identifier: GPL-2.0-only
/* Programs at the hooks of interfaces, see attach.h. */
#include "attach.h"

#include <errno.h>
#include <linux/if_link.h>
#include <stdlib.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

/* bpf_attach_type and flag of tcx, newer than Debian 12's headers (Linux 6.6, e420bed02507). */
#define HM_TCX_INGRESS 46
#define HM_TCX_EGRESS 47
#define HM_F_BEFORE (1U << 3)

/* clsact, before tcx: handle "HM", first in the chain. */
#define HM_TC_HANDLE 0x484d
#define HM_TC_PRIORITY 1

struct hm_attached { /* one hook of one interface */
	int instance;
	uint32_t ifindex;
	enum hm_hook hook;
	int link_fd; /* -1: a clsact filter */
	uint32_t prog_id; /* of a clsact filter, to remove only what is ours */
};

static int add(struct hm_attachments *list, const struct hm_attached *a)
{
	struct hm_attached *more = reallocarray(list->at, list->count + 1, sizeof(*a));

	if (!more)
		return -ENOMEM;
	list->at = more;
	more[list->count++] = *a;
	return 0;
}

/* clsact, where tcx is missing. The qdisc is left: others may have put filters there meanwhile. */
static int attach_clsact(struct hm_attached *a, int prog_fd)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = a->ifindex,
		    .attach_point = a->hook == HM_HOOK_TC_IN ? BPF_TC_INGRESS : BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = HM_TC_HANDLE, .priority = HM_TC_PRIORITY,
		    .prog_fd = prog_fd);
	int err = bpf_tc_hook_create(&hook);

	if (err && err != -EEXIST)
		return err;
	err = bpf_tc_attach(&hook, &opts);
	if (err)
		return err;
	a->prog_id = opts.prog_id;
	return 0;
}

static bool has_clsact(const struct hm_attached *a)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = a->ifindex,
		    .attach_point = a->hook == HM_HOOK_TC_IN ? BPF_TC_INGRESS : BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = HM_TC_HANDLE, .priority = HM_TC_PRIORITY);

	return !bpf_tc_query(&hook, &opts) && opts.prog_id == a->prog_id;
}

static void detach_clsact(const struct hm_attached *a)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = a->ifindex,
		    .attach_point = a->hook == HM_HOOK_TC_IN ? BPF_TC_INGRESS : BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = HM_TC_HANDLE, .priority = HM_TC_PRIORITY);

	if (!has_clsact(a))
		return;
	bpf_tc_detach(&hook, &opts);
}

static void detach(struct hm_attached *a)
{
	if (a->link_fd >= 0)
		close(a->link_fd);
	else
		detach_clsact(a);
}

int attach_device(struct hm_attachments *list, int instance, uint32_t ifindex, enum hm_hook hook,
		  int prog_fd)
{
	LIBBPF_OPTS(bpf_link_create_opts, xdp, .flags = XDP_FLAGS_DRV_MODE);
	LIBBPF_OPTS(bpf_link_create_opts, tcx, .flags = HM_F_BEFORE);
	struct hm_attached a = { .instance = instance, .ifindex = ifindex, .hook = hook };
	int err;

	if (hook == HM_HOOK_XDP)
		a.link_fd = bpf_link_create(prog_fd, ifindex, BPF_XDP, &xdp);
	else
		a.link_fd = bpf_link_create(prog_fd, ifindex,
					    hook == HM_HOOK_TC_IN ? HM_TCX_INGRESS : HM_TCX_EGRESS,
					    &tcx);
	err = a.link_fd < 0 ? a.link_fd : 0;
	if (err == -EINVAL && hook != HM_HOOK_XDP) {
		a.link_fd = -1;
		err = attach_clsact(&a, prog_fd);
	}
	if (!err)
		err = add(list, &a);
	if (err == -ENOMEM)
		detach(&a);
	return err;
}

/* Takes those of an instance, and of one interface if ifindex is not 0, off the list. */
static void take_off(struct hm_attachments *list, int instance, uint32_t ifindex)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < list->count; i++) {
		struct hm_attached *a = &list->at[i];

		if (a->instance != instance || (ifindex && a->ifindex != ifindex))
			list->at[kept++] = *a;
		else
			detach(a);
	}
	list->count = kept;
	if (kept)
		return;
	free(list->at);
	list->at = NULL;
}

void attach_remove(struct hm_attachments *list, int instance)
{
	take_off(list, instance, 0);
}

void attach_forget(struct hm_attachments *list, int instance, uint32_t ifindex)
{
	take_off(list, instance, ifindex);
}

/* A link outlives its interface, with the index 0. bpf_link_info has it first for tcx as for XDP. */
static bool has_link(const struct hm_attached *a)
{
	struct bpf_link_info info = {};
	uint32_t len = sizeof(info);

	return !bpf_obj_get_info_by_fd(a->link_fd, &info, &len) && info.xdp.ifindex == a->ifindex;
}

bool attach_is_there(const struct hm_attachments *list, int instance, uint32_t ifindex)
{
	for (uint32_t i = 0; i < list->count; i++) {
		const struct hm_attached *a = &list->at[i];

		if (a->instance == instance && a->ifindex == ifindex && a->hook != HM_HOOK_XDP)
			return a->link_fd < 0 ? has_clsact(a) : has_link(a);
	}
	return false;
}

bool attach_has_filters(const struct hm_attachments *list)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (list->at[i].link_fd < 0)
			return true;
	return false;
}
