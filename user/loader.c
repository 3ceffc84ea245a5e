// SPDX-License-Identifier: GPL-2.0-only
/* The loader, see loader.h: opens, attaches and hands out. What is loaded is loader_load.c's. */
#include "loader.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "loader_inside.h"
#include "log.h"
#include "maps.h"
#include "verifier.h"

static int print_libbpf(enum libbpf_print_level level, const char *fmt, va_list args)
{
	char line[1024];

	if (level == LIBBPF_DEBUG)
		return 0;
	vsnprintf(line, sizeof(line), fmt, args);
	line[strcspn(line, "\n")] = '\0';
	log_debug("%s", line);
	return 0;
}

static int seed_tree(struct hm_loader *ld, uint32_t pid)
{
	uint32_t one = 1;

	if (!pid)
		return 0;
	return bpf_map__update_elem(ld->skel[0]->maps.hm_tree, &pid, sizeof(pid), &one, sizeof(one),
				    BPF_ANY);
}

static int open_all(struct hm_loader *ld, const struct hm_loader_opts *opts)
{
	int err = target_btf_find(&ld->btf, opts->btf_file);

	if (!err)
		err = load_first(ld, opts);
	if (err)
		return err;
	ld->instances = 1;
	err = drain_open(&ld->drain, bpf_map__fd(ld->skel[0]->maps.hm_ring));
	if (!err)
		err = seed_tree(ld, opts->command_pid);
	if (!err)
		err = loader_watch_netns(ld, opts->netns);
	if (err)
		return err;
	iterators_make(&ld->iterators, ld->skel[0]->obj, &ld->lacks);
	return 0;
}

int loader_open(const struct hm_loader_opts *opts, struct hm_loader **out)
{
	struct hm_loader *ld = calloc(1, sizeof(*ld));
	int err;

	if (!ld)
		return -ENOMEM;
	libbpf_set_print(print_libbpf);
	ld->btf.empty_fd = -1;
	ld->cpus = libbpf_num_possible_cpus();
	ld->old = verifier_is_old();
	ld->xdp = opts->xdp;
	ld->l3 = opts->l3;
	ld->ring_bytes = opts->ring_bytes;
	ld->tracks = opts->tracks;
	if (opts->filter)
		ld->filter = *opts->filter;
	ld->devices.no_tcx = opts->no_tcx;
	err = ld->cpus < 0 ? -ENXIO : open_all(ld, opts);
	if (err) {
		loader_free(ld);
		return err;
	}
	malloc_trim(0); /* the kernel's BTF and what loading took are not needed any more */
	*out = ld;
	return 0;
}

const struct hm_lacks *loader_lacks(const struct hm_loader *ld)
{
	return &ld->lacks;
}

void loader_seal(struct hm_loader *ld)
{
	ld->sealed = true;
}

int loader_watch_netns(struct hm_loader *ld, uint32_t netns)
{
	uint32_t one = 1;

	return bpf_map__update_elem(ld->skel[0]->maps.hm_netns, &netns, sizeof(netns), &one,
				    sizeof(one), BPF_ANY);
}

/* File descriptor of the program for a hook of a device, or -errno. */
static int device_program(struct hm_loader *ld, int instance, enum hm_hook hook, bool l3)
{
	const struct hopmark_bpf *skel = ld->skel[instance];
	int err = ld->lacks.err[hook == HM_HOOK_XDP ? HM_PART_XDP : HM_PART_TC];

	if (!err && l3)
		err = load_l3(ld, instance);
	if (err)
		return err;
	if (l3 && ld->l3_skel[instance])
		skel = ld->l3_skel[instance];
	if (hook == HM_HOOK_XDP)
		return bpf_program__fd(skel->progs.hm_xdp);
	if (hook == HM_HOOK_TC_IN)
		return bpf_program__fd(l3 ? skel->progs.hm_tc_in_l3 : skel->progs.hm_tc_in);
	return bpf_program__fd(l3 ? skel->progs.hm_tc_out_l3 : skel->progs.hm_tc_out);
}

static struct hm_dev_counts counts_of(const struct hm_loader *ld, int instance)
{
	const struct hopmark_bpf *skel = ld->skel[instance];

	return (struct hm_dev_counts){ skel->maps.hm_devs, skel->maps.hm_far_devs, ld->cpus };
}

int loader_begin_devices(struct hm_loader *ld, int instance)
{
	return attach_begin(&ld->devices, instance,
			    bpf_program__fd(ld->skel[instance]->progs.hm_tc_in));
}

int loader_attach_device(struct hm_loader *ld, int instance, uint32_t ifindex, enum hm_hook hook,
			 bool l3)
{
	int fd = device_program(ld, instance, hook, l3);
	const struct hm_dev_counts counts = counts_of(ld, instance);
	int err = fd < 0 ? fd : dev_counts_add(&counts, ifindex, hook);

	return err ? err : attach_device(&ld->devices, instance, ifindex, hook, fd);
}

void loader_forget_device(struct hm_loader *ld, int instance, uint32_t ifindex)
{
	const struct hm_dev_counts counts = counts_of(ld, instance);

	attach_forget(&ld->devices, instance, ifindex);
	dev_counts_forget(&counts, ifindex);
}

bool loader_has_device(struct hm_loader *ld, int instance, uint32_t ifindex)
{
	return attach_is_there(&ld->devices, instance, ifindex);
}

int loader_detach_devices(struct hm_loader *ld)
{
	return attach_close(&ld->devices);
}

int loader_janitor_fd(const struct hm_loader *ld)
{
	return attach_janitor_fd(&ld->devices);
}

bool loader_lost_janitor(struct hm_loader *ld, int *pid)
{
	return attach_lost_janitor(&ld->devices, pid);
}

int loader_attach(struct hm_loader *ld, enum hm_part part, int cgroup_fd)
{
	int *err = &ld->lacks.err[part], count;

	if (*err)
		return *err;
	count = programs_attach_part(ld->skel[0]->obj, part, cgroup_fd, ld->links + ld->link_count,
				     HM_ARRAY_SIZE(ld->links) - ld->link_count);
	if (count < 0)
		return *err = count;
	ld->link_count += count;
	return 0;
}

int loader_ring_fd(const struct hm_loader *ld)
{
	return drain_fd(&ld->drain);
}

int loader_consume(struct hm_loader *ld, hm_record_fn fn, void *arg, int max)
{
	return drain_consume(&ld->drain, fn, arg, max);
}

int loader_counters(const struct hm_loader *ld, struct hm_counters *out)
{
	return maps_counters(ld->skel[0]->maps.hm_counts, ld->cpus, out);
}

uint64_t loader_missed(const struct hm_loader *ld)
{
	return programs_missed(ld->skel[0]->obj);
}

int loader_device_packets(const struct hm_loader *ld, int instance, uint32_t ifindex,
			  enum hm_hook hook, uint64_t *packets)
{
	const struct hm_dev_counts counts = counts_of(ld, instance);

	return dev_counts_sum(&counts, ifindex, hook, packets);
}

int loader_sockets(struct hm_loader *ld, struct hm_sock_rec **out)
{
	ssize_t bytes = iterators_read(&ld->iterators, HM_PART_OWNERS, (void **)out);

	return bytes < 0 ? (int)bytes : (int)(bytes / sizeof(**out));
}

/* That there is no tcx, and so nobody in it, BTF says or the attempt to attach there. */
static bool lacks_tcx(const struct hm_loader *ld)
{
	return ld->lacks.err[HM_PART_CHAINS] == -ENOENT ||
	       (ld->devices.clsact && !ld->devices.no_tcx);
}

int loader_chains(struct hm_loader *ld, struct hm_chain_rec **out)
{
	ssize_t bytes;

	if (lacks_tcx(ld))
		return 0;
	bytes = iterators_read(&ld->iterators, HM_PART_CHAINS, (void **)out);
	return bytes < 0 ? (int)bytes : (int)(bytes / sizeof(**out));
}

uint32_t loader_device_id(const struct hm_loader *ld, int instance, uint32_t ifindex,
			  enum hm_hook hook, bool *filter)
{
	*filter = ld->devices.clsact;
	return attach_id(&ld->devices, instance, ifindex, hook);
}

int loader_program_fd(const struct hm_loader *ld, const char *name)
{
	const struct bpf_program *prog = bpf_object__find_program_by_name(ld->skel[0]->obj, name);

	return prog ? bpf_program__fd(prog) : -ENOENT;
}

int loader_reset(struct hm_loader *ld)
{
	struct bpf_map *const maps[] = {
		ld->skel[0]->maps.hm_tracks,
		ld->skel[0]->maps.hm_holes,
		ld->skel[0]->maps.hm_once,
	};
	int err = 0;

	memset(ld->skel[0]->bss->hm_isns, 0, sizeof(ld->skel[0]->bss->hm_isns));
	for (size_t i = 0; !err && i < HM_ARRAY_SIZE(maps); i++)
		err = maps_clear(maps[i]);
	return err;
}

void loader_free(struct hm_loader *ld)
{
	if (!ld)
		return;
	loader_detach_devices(ld);
	for (int i = 0; i < ld->link_count; i++)
		bpf_link__destroy(ld->links[i]);
	iterators_destroy(&ld->iterators);
	drain_close(&ld->drain);
	target_btf_close(&ld->btf);
	for (int i = 0; i < ld->instances; i++) {
		hopmark_bpf__destroy(ld->l3_skel[i]);
		hopmark_bpf__destroy(ld->skel[i]);
	}
	free(ld);
}
