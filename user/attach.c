// SPDX-License-Identifier: GPL-2.0-only
/* Programs at the hooks of interfaces, see attach.h. */
#include "attach.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "tc.h"

/* bpf_attach_type and flag of tcx, newer than Debian 12's headers (Linux 6.6, e420bed02507). */
#define HM_TCX_INGRESS 46
#define HM_TCX_EGRESS 47
#define HM_F_BEFORE (1U << 3)

#define OWNER_ENTRIES 512 /* programs of one trace at clsact: 4 for each namespace */

#define NO_INTERFACE 0x7fffffff /* an index that is never given */

const char attach_owner_map[] = "hm_owner";

struct hm_attached { /* one hook of one interface */
	int instance;
	uint32_t ifindex;
	enum hm_hook hook;
	int link_fd; /* -1: a clsact filter, which is the janitor's */
	uint32_t prog_id; /* of a clsact filter */
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

/*
 * Where there is tcx the interface is looked for; where there is none the type is refused before.
 */
bool attach_has_tcx(int prog_fd)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = HM_F_BEFORE);

	return bpf_link_create(prog_fd, NO_INTERFACE, HM_TCX_INGRESS, &opts) != -EINVAL;
}

static int begin(struct hm_attachments *list, int prog_fd)
{
	list->clsact = list->no_tcx || !attach_has_tcx(prog_fd);
	list->owner_fd = list->janitor.fd = -1;
	list->begun = true;
	if (!list->clsact)
		return 0;
	list->owner_fd = bpf_map_create(BPF_MAP_TYPE_HASH, attach_owner_map, sizeof(uint32_t),
					sizeof(uint32_t), OWNER_ENTRIES, NULL);
	return list->owner_fd < 0 ? list->owner_fd : janitor_start(&list->janitor);
}

/* Gives the janitor what it reaches the caller's namespace by. */
static int open_namespace(struct hm_attachments *list, int instance)
{
	const struct hm_janitor_ask ask = { .what = HM_JANITOR_OPEN, .instance = instance };
	int fds[2] = { tc_open(), open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC) };
	int err = fds[0] < 0 ? fds[0] : fds[1] < 0 ? -errno : 0;

	if (!err)
		err = janitor_ask(&list->janitor, &ask, fds, 2);
	if (err == -EPIPE && !list->count)
		list->lost = true; /* before it had anything to remove */
	for (int i = 0; i < 2; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	return err;
}

int attach_begin(struct hm_attachments *list, int instance, int prog_fd)
{
	uint64_t bit = 1ULL << instance % 64, *opened = &list->opened[instance / 64];
	int err = list->begun ? 0 : begin(list, prog_fd);

	if (err || !list->clsact || (*opened & bit))
		return err;
	err = open_namespace(list, instance);
	if (!err)
		*opened |= bit;
	return err;
}

/* The program is ours as long as we live: said before it is attached. */
static int attach_clsact(struct hm_attachments *list, struct hm_attached *a, int prog_fd)
{
	struct hm_janitor_ask ask = { .what = HM_JANITOR_ATTACH, .instance = a->instance,
				      .ifindex = a->ifindex, .out = a->hook == HM_HOOK_TC_OUT };
	struct bpf_prog_info info = {};
	uint32_t len = sizeof(info), owner = getpid();
	int err = bpf_obj_get_info_by_fd(prog_fd, &info, &len);

	if (err)
		return err;
	ask.prog_id = a->prog_id = info.id;
	memcpy(ask.name, info.name, sizeof(ask.name));
	err = bpf_map_update_elem(list->owner_fd, &info.id, &owner, BPF_ANY);
	return err ? err : janitor_ask(&list->janitor, &ask, &prog_fd, 1);
}

static int attach_link(struct hm_attached *a, int prog_fd)
{
	LIBBPF_OPTS(bpf_link_create_opts, xdp, .flags = XDP_FLAGS_DRV_MODE);
	LIBBPF_OPTS(bpf_link_create_opts, tcx, .flags = HM_F_BEFORE);

	if (a->hook == HM_HOOK_XDP)
		a->link_fd = bpf_link_create(prog_fd, a->ifindex, BPF_XDP, &xdp);
	else
		a->link_fd = bpf_link_create(prog_fd, a->ifindex,
					     a->hook == HM_HOOK_TC_IN ? HM_TCX_INGRESS :
									HM_TCX_EGRESS, &tcx);
	return a->link_fd < 0 ? a->link_fd : 0;
}

/* The janitor takes what it removes off its own list, and the rest at its end. */
static void detach_clsact(struct hm_attachments *list, int instance, uint32_t ifindex)
{
	const struct hm_janitor_ask ask = { .what = HM_JANITOR_DETACH, .instance = instance,
					    .ifindex = ifindex };

	if (list->clsact)
		janitor_ask(&list->janitor, &ask, NULL, 0);
}

int attach_device(struct hm_attachments *list, int instance, uint32_t ifindex, enum hm_hook hook,
		  int prog_fd)
{
	struct hm_attached a = { .instance = instance, .ifindex = ifindex, .hook = hook,
				 .link_fd = -1 };
	bool filter = list->clsact && hook != HM_HOOK_XDP;
	int err = filter ? attach_clsact(list, &a, prog_fd) : attach_link(&a, prog_fd);

	if (err)
		return err;
	err = add(list, &a);
	if (err && !filter)
		close(a.link_fd);
	if (err && filter)
		detach_clsact(list, instance, ifindex);
	return err;
}

void attach_forget(struct hm_attachments *list, int instance, uint32_t ifindex)
{
	uint32_t kept = 0;

	detach_clsact(list, instance, ifindex);
	for (uint32_t i = 0; i < list->count; i++) {
		struct hm_attached *a = &list->at[i];

		if (a->instance != instance || a->ifindex != ifindex)
			list->at[kept++] = *a;
		else if (a->link_fd >= 0)
			close(a->link_fd);
	}
	list->count = kept;
}

/*
 * A link outlives its interface, with the index 0. bpf_link_info has it first for tcx as for XDP.
 */
static bool has_link(const struct hm_attached *a)
{
	struct bpf_link_info info = {};
	uint32_t len = sizeof(info);

	return !bpf_obj_get_info_by_fd(a->link_fd, &info, &len) && info.xdp.ifindex == a->ifindex;
}

static bool has_filter(struct hm_attachments *list, const struct hm_attached *a)
{
	const struct hm_janitor_ask ask = { .what = HM_JANITOR_HAS, .instance = a->instance,
					    .ifindex = a->ifindex,
					    .out = a->hook == HM_HOOK_TC_OUT };

	/* Where nobody can tell, as with the janitor lost, it is not taken for gone. */
	return janitor_ask(&list->janitor, &ask, NULL, 0) != -ENOENT;
}

bool attach_is_there(struct hm_attachments *list, int instance, uint32_t ifindex)
{
	for (uint32_t i = 0; i < list->count; i++) {
		const struct hm_attached *a = &list->at[i];

		if (a->instance == instance && a->ifindex == ifindex && a->hook != HM_HOOK_XDP)
			return a->link_fd < 0 ? has_filter(list, a) : has_link(a);
	}
	return false;
}

int attach_janitor_fd(const struct hm_attachments *list)
{
	return list->clsact && !list->lost ? list->janitor.fd : -1;
}

bool attach_lost_janitor(struct hm_attachments *list, int *pid)
{
	if (!list->clsact || list->lost || !janitor_is_lost(&list->janitor))
		return false;
	list->lost = true;
	*pid = list->janitor.pid;
	waitpid(*pid, NULL, 0); /* it ends: its socket is closed */
	return true;
}

int attach_close(struct hm_attachments *list)
{
	int left = 0;

	if (!list->begun)
		return 0;
	for (uint32_t i = 0; i < list->count; i++)
		if (list->at[i].link_fd >= 0)
			close(list->at[i].link_fd);
	free(list->at);
	if (list->clsact) {
		left = list->lost ? 0 : janitor_stop(&list->janitor);
		if (list->owner_fd >= 0)
			close(list->owner_fd);
	}
	*list = (struct hm_attachments){ .no_tcx = list->no_tcx };
	return left;
}

uint32_t attach_id(const struct hm_attachments *list, int instance, uint32_t ifindex,
		   enum hm_hook hook)
{
	for (uint32_t i = 0; i < list->count; i++) {
		const struct hm_attached *a = &list->at[i];
		struct bpf_link_info info = {};
		uint32_t len = sizeof(info);

		if (a->instance != instance || a->ifindex != ifindex || a->hook != hook)
			continue;
		if (a->link_fd < 0)
			return a->prog_id;
		return bpf_obj_get_info_by_fd(a->link_fd, &info, &len) ? 0 : info.id;
	}
	return 0;
}
