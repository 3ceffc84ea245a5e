// SPDX-License-Identifier: GPL-2.0-only
/* The loader, see loader.h. The only file that includes the skeletons. */
#include "loader.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "attach.h"
#include "drain.h"
#include "hopmark-old.skel.h"
#include "hopmark.skel.h"
#include "hm_types.h"
#include "iter_read.h"
#include "kernel_names.h"
#include "kernel_symbols.h"
#include "log.h"
#include "maps.h"
#include "programs.h"
#include "shortage.h"
#include "target_btf.h"
#include "verifier.h"

#define HM_MAX_INSTANCES 65
#define LOG_SIZE (16 << 20) /* of the verifier: as much as it writes at most; only what it uses is touched */

struct hm_loader {
	struct hopmark_bpf *skel[HM_MAX_INSTANCES]; /* [0] has everything, the others tc and XDP */
	struct hopmark_bpf *l3_skel[HM_MAX_INSTANCES]; /* for devices without an Ethernet header */
	int instances;
	struct hm_attachments devices;
	struct bpf_link *links[16]; /* cgroup, tracepoints, iterator */
	int link_count;
	struct bpf_link *iter;
	struct bpf_link *chains; /* NULL: this kernel has no tcx */
	struct hm_drain drain;
	struct hm_lacks lacks;
	int cpus;
	struct hm_target_btf btf;
	uint32_t ring_bytes; /* 0: as it is in the object */
	bool xdp, l3, sealed;
	bool old; /* the object for kernels before 5.12: the same maps and programs */
};

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

/* Configuration that differs between instances is in conf; the rest is the same for all. */
static void configure(struct hopmark_bpf *skel, const struct hm_config *conf)
{
	memcpy((void *)&skel->rodata->hm_cfg, conf, sizeof(*conf));
}

static int start_config(struct hm_config *conf, const struct hm_loader_opts *opts)
{
	int args;

	conf->netns = opts->netns;
	conf->self_pid = getpid();
	conf->rate_per_ms = opts->rate_per_ms;
	args = kernel_tracepoint_args("kfree_skb");
	conf->kfree_skb_args = args < 0 ? 0 : args;
	args = kernel_tracepoint_args("tcp_send_reset");
	conf->send_reset_args = args < 0 ? 0 : args;
	conf->filter = opts->filter;
	conf->needles = opts->needles;
	if (getrandom(conf->key, sizeof(conf->key), 0) != sizeof(conf->key))
		return -errno;
	return 0;
}

/* Made early: iterators can be opened without any right from a link, the link cannot be made. */
static void open_iterators(struct hm_loader *ld)
{
	int *err = &ld->lacks.err[HM_PART_OWNERS];

	if (*err)
		return;
	ld->iter = bpf_program__attach_iter(ld->skel[0]->progs.hm_sockets, NULL);
	*err = ld->iter ? 0 : -errno;
	err = &ld->lacks.err[HM_PART_CHAINS];
	if (*err)
		return;
	ld->chains = bpf_program__attach_iter(ld->skel[0]->progs.hm_chains, NULL);
	*err = ld->chains ? 0 : -errno;
}

static int seed_tree(struct hm_loader *ld, uint32_t pid)
{
	uint32_t one = 1;

	if (!pid)
		return 0;
	return bpf_map__update_elem(ld->skel[0]->maps.hm_tree, &pid, sizeof(pid), &one, sizeof(one),
				    BPF_ANY);
}

/* log: room for the verifier's words, or NULL. */
static struct hopmark_bpf *open_skeleton(const struct hm_loader *ld, char *log)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = ld->btf.path[0] ? ld->btf.path : NULL,
		    .kernel_log_buf = log, .kernel_log_size = log ? LOG_SIZE : 0);

	struct hopmark_bpf *skel = ld->old ? calloc(1, sizeof(*skel)) : hopmark_bpf__open_opts(&opts);
	int err;

	if (!ld->old || !skel)
		return skel;
	err = hopmark_bpf__create_skeleton(skel);
	if (!err) {
		skel->skeleton->data = hopmark_old__elf_bytes(&skel->skeleton->data_sz);
		err = bpf_object__open_skeleton(skel->skeleton, &opts);
	}
	if (!err)
		return skel;
	hopmark_bpf__destroy(skel);
	errno = -err;
	return NULL;
}

/* Opens and loads what is not lacking, or of it only one part (HM_PART_COUNT: all). */
static int load(struct hm_loader *ld, const struct hm_config *conf, enum hm_part only, char *log,
		struct hopmark_bpf **out)
{
	const struct hm_programs want = { .xdp = ld->xdp, .l3 = ld->l3, .lacks = &ld->lacks };
	struct hopmark_bpf *skel = open_skeleton(ld, log);
	int err;

	if (!skel)
		return -errno;
	configure(skel, conf);
	programs_choose(skel->obj, &want);
	if (only != HM_PART_COUNT)
		programs_choose_part(skel->obj, only);
	if (ld->ring_bytes)
		bpf_map__set_max_entries(skel->maps.hm_ring, ld->ring_bytes);
	err = maps_spare(skel->obj, ld->cpus);
	if (!err)
		err = hopmark_bpf__load(skel);
	if (err)
		hopmark_bpf__destroy(skel);
	else
		*out = skel;
	return err;
}

/* Tries each part alone. 0: some of them can be loaded; else why none can. */
static int find_lacks(struct hm_loader *ld, const struct hm_config *conf)
{
	char *log = malloc(LOG_SIZE);
	int loaded = 0, err = 0;

	if (!log)
		return -ENOMEM;
	for (int part = 0; part < HM_PART_COUNT; part++) {
		struct hopmark_bpf *skel = NULL;
		int *lack = &ld->lacks.err[part];

		if (*lack || (part == HM_PART_XDP && !ld->xdp))
			continue;
		log[0] = '\0';
		*lack = load(ld, conf, part, log, &skel);
		hopmark_bpf__destroy(skel);
		loaded += !*lack;
		err = err ? err : *lack;
		programs_last_words(log, ld->lacks.words[part], sizeof(ld->lacks.words[part]));
	}
	free(log);
	return loaded ? 0 : err;
}

/* Everything at once, which is the quick and common way; else what is left without the parts refused. */
static int load_what_can_be(struct hm_loader *ld, const struct hm_config *conf)
{
	int err;

	programs_rule_out(&ld->lacks, ld->btf.path[0] && ld->btf.empty_fd < 0);
	err = load(ld, conf, HM_PART_COUNT, NULL, &ld->skel[0]);
	if (!err || is_shortage(err))
		return err;
	err = find_lacks(ld, conf);
	return err ? err : load(ld, conf, HM_PART_COUNT, NULL, &ld->skel[0]);
}

static int open_all(struct hm_loader *ld, struct hm_config *conf, const struct hm_loader_opts *opts)
{
	int err = target_btf_find(&ld->btf, opts->btf_file);

	if (!err)
		err = start_config(conf, opts);
	kernel_symbols_load("/proc/kallsyms", "/proc/modules");
	if (!err)
		err = load_what_can_be(ld, conf);
	if (err)
		return err;
	ld->instances = 1;
	err = drain_open(&ld->drain, bpf_map__fd(ld->skel[0]->maps.hm_ring));
	if (!err)
		err = seed_tree(ld, opts->command_pid);
	if (!err)
		err = loader_watch_netns(ld, opts->netns);
	if (!err)
		open_iterators(ld);
	return err;
}

int loader_open(const struct hm_loader_opts *opts, struct hm_loader **out)
{
	struct hm_loader *ld = calloc(1, sizeof(*ld));
	struct hm_config *conf = calloc(1, sizeof(*conf));
	int err = -ENOMEM;

	if (ld)
		ld->btf.empty_fd = -1;
	if (ld && conf) {
		libbpf_set_print(print_libbpf);
		ld->cpus = libbpf_num_possible_cpus();
		ld->old = verifier_is_old();
		ld->xdp = opts->xdp;
		ld->l3 = opts->l3;
		ld->ring_bytes = opts->ring_bytes;
		ld->devices.no_tcx = opts->no_tcx;
		err = open_all(ld, conf, opts);
	}
	free(conf);
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

int loader_add_netns(struct hm_loader *ld, uint32_t netns)
{
	const struct hm_programs want = { .only_devices = true, .xdp = ld->xdp, .l3 = ld->l3,
					 .lacks = &ld->lacks };
	struct hm_config *conf;
	struct hopmark_bpf *skel;
	int err;

	if (ld->instances == HM_MAX_INSTANCES)
		return -ENOSPC;
	skel = open_skeleton(ld, NULL);
	if (!skel)
		return -errno;
	ld->skel[ld->instances] = skel;
	conf = (struct hm_config *)&skel->rodata->hm_cfg;
	*conf = *(const struct hm_config *)&ld->skel[0]->rodata->hm_cfg;
	conf->netns = netns;
	programs_choose(skel->obj, &want);
	err = maps_share(skel->obj, ld->skel[0]->obj, false);
	if (!err)
		err = hopmark_bpf__load(skel);
	if (!err)
		err = loader_watch_netns(ld, netns);
	if (err) {
		hopmark_bpf__destroy(skel);
		ld->skel[ld->instances] = NULL;
		return err;
	}
	return ld->instances++;
}

/* The tc programs of an instance for devices without an Ethernet header: most hosts have none. */
static int load_l3(struct hm_loader *ld, int instance)
{
	const struct hm_programs want = { .only_l3 = true, .lacks = &ld->lacks };
	const struct hopmark_bpf *first = ld->skel[instance];
	struct hopmark_bpf *skel;
	int err;

	if (ld->l3 || ld->l3_skel[instance])
		return 0;
	if (ld->sealed)
		return -ETIME;
	skel = open_skeleton(ld, NULL);
	if (!skel)
		return -errno;
	configure(skel, (const struct hm_config *)&first->rodata->hm_cfg);
	programs_choose(skel->obj, &want);
	err = maps_share(skel->obj, first->obj, true);
	if (!err)
		err = hopmark_bpf__load(skel);
	if (err)
		hopmark_bpf__destroy(skel);
	else
		ld->l3_skel[instance] = skel;
	return err;
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

uint64_t loader_device_packets(const struct hm_loader *ld, int instance, uint32_t ifindex,
			       enum hm_hook hook)
{
	const struct hm_dev_counts counts = counts_of(ld, instance);

	return dev_counts_sum(&counts, ifindex, hook);
}

int loader_sockets(struct hm_loader *ld, struct hm_sock_rec **out)
{
	ssize_t bytes = ld->iter ? iter_read(bpf_link__fd(ld->iter), (void **)out) :
				   ld->lacks.err[HM_PART_OWNERS];

	return bytes < 0 ? (int)bytes : (int)(bytes / sizeof(**out));
}

int loader_chains(struct hm_loader *ld, struct hm_chain_rec **out)
{
	ssize_t bytes = ld->chains ? iter_read(bpf_link__fd(ld->chains), (void **)out) : -ENOENT;

	return bytes < 0 ? (int)bytes : (int)(bytes / sizeof(**out));
}

uint32_t loader_device_id(const struct hm_loader *ld, int instance, uint32_t ifindex,
			  enum hm_hook hook)
{
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
		ld->skel[0]->maps.hm_tracks, ld->skel[0]->maps.hm_isns,
		ld->skel[0]->maps.hm_once,
	};
	int err = 0;

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
	bpf_link__destroy(ld->iter);
	bpf_link__destroy(ld->chains);
	drain_close(&ld->drain);
	target_btf_close(&ld->btf);
	for (int i = 0; i < ld->instances; i++) {
		hopmark_bpf__destroy(ld->l3_skel[i]);
		hopmark_bpf__destroy(ld->skel[i]);
	}
	free(ld);
}
