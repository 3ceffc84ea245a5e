// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loads the programs, whole or in parts, from the object that this kernel understands. See
 * loader.h.
 */
#include "loader_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "kernel_names.h"
#include "maps.h"
#include "objects.h"
#include "shortage.h"
#include "verifier.h"

/* of the verifier: as much as it writes at most; only what it uses is touched */
#define LOG_SIZE (16 << 20)

/* Configuration that differs between instances is in conf; the rest is the same for all. */
static void configure(struct hopmark_bpf *skel, const struct hm_config *conf)
{
	memcpy((void *)&skel->rodata->hm_cfg, conf, sizeof(*conf));
}

/* FNV-1a: tells builds apart, and strangers who do not try to look like one */
void loader_build(uint8_t build[HM_BUILD_LEN])
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	size_t size;
	const uint8_t *object = object_packed(verifier_is_old(), &size);

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ object[i]) * UINT64_C(0x100000001b3);
	memcpy(build, &hash, HM_BUILD_LEN);
}

int loader_ask_build(int map_fd, uint8_t build[HM_BUILD_LEN])
{
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info), zero = 0;
	struct hopmark_bpf__rodata *value;
	int err = bpf_obj_get_info_by_fd(map_fd, &info, &len);

	if (err)
		return err;
	if (!strstr(info.name, ".rodata") || info.value_size != sizeof(*value))
		return -ENOENT;
	value = malloc(sizeof(*value));
	if (!value)
		return -ENOMEM;
	err = bpf_map_lookup_elem(map_fd, &zero, value);
	if (!err)
		memcpy(build, (const void *)value->hm_cfg.build, HM_BUILD_LEN);
	free(value);
	return err;
}

static int start_config(struct hm_config *conf, const struct hm_loader_opts *opts)
{
	int args;

	loader_build(conf->build);
	conf->netns = opts->netns;
	conf->self_pid = getpid();
	conf->rate_per_ms = opts->rate_per_ms;
	conf->all_chains = opts->no_tcx;
	conf->depth = opts->depth;
	conf->sni = opts->sni;
	conf->sure_tracks = HM_SURE_TRACKS(opts->tracks ? opts->tracks : HM_MAX_TRACKS);
	args = kernel_tracepoint_args("kfree_skb");
	conf->kfree_skb_args = args < 0 ? 0 : args;
	args = kernel_tracepoint_args("tcp_send_reset");
	conf->send_reset_args = args < 0 ? 0 : args;
	conf->needles = opts->needles;
	if (getrandom(conf->key, sizeof(conf->key), 0) != sizeof(conf->key))
		return -errno;
	return 0;
}

/* The skeleton with the object that has the filter. log: room for the verifier's words, or NULL. */
static int open_linked(const struct hm_loader *ld, struct hopmark_bpf *skel, char *log)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts,
		    .btf_custom_path = ld->btf.path[0] ? ld->btf.path : NULL, .kernel_log_buf = log,
		    .kernel_log_size = log ? LOG_SIZE : 0);
	size_t size;
	uint8_t *elf = object_unpack(verifier_is_old(), &size);
	void *linked = elf ? filter_link(elf, size, &ld->filter) : NULL;
	int err = linked ? hopmark_bpf__create_skeleton(skel) : -errno;

	free(elf);
	if (!err) {
		skel->skeleton->data = linked;
		skel->skeleton->data_sz = size;
		err = bpf_object__open_skeleton(skel->skeleton, &opts);
		skel->skeleton->data = NULL;
	}
	free(linked);
	return err;
}

static struct hopmark_bpf *open_skeleton(const struct hm_loader *ld, char *log)
{
	struct hopmark_bpf *skel = calloc(1, sizeof(*skel));
	int err = skel ? open_linked(ld, skel, log) : -ENOMEM;

	if (!err)
		return skel;
	hopmark_bpf__destroy(skel);
	errno = -err;
	return NULL;
}

/* Loads what was opened and prepared with err, and hands it out; or destroys it. */
static int finish(struct hopmark_bpf *skel, int err, struct hopmark_bpf **out)
{
	if (!err)
		err = hopmark_bpf__load(skel);
	if (err)
		hopmark_bpf__destroy(skel);
	else
		*out = skel;
	return err;
}

/* What is remembered of each connection, and of the sockets and hops beside it. */
static void size_tracks(struct hopmark_bpf *skel, uint32_t tracks)
{
	struct bpf_map *const maps[] = {skel->maps.hm_tracks, skel->maps.hm_once,
					skel->maps.hm_owners};

	for (size_t i = 0; i < HM_ARRAY_SIZE(maps); i++)
		bpf_map__set_max_entries(maps[i], tracks);
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
	if (ld->tracks)
		size_tracks(skel, ld->tracks);
	err = maps_spare(skel->obj, ld->cpus);
	return finish(skel, err, out);
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

/*
 * Everything at once, which is the quick and common way; else what is left without the parts
 * refused.
 */
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

int load_first(struct hm_loader *ld, const struct hm_loader_opts *opts)
{
	struct hm_config *conf = calloc(1, sizeof(*conf)); /* too large for the stack */
	int err = conf ? start_config(conf, opts) : -ENOMEM;

	if (!err)
		err = load_what_can_be(ld, conf);
	free(conf);
	return err;
}

/*
 * Opens and loads programs beside those of first, whose maps they share; counters: those of packets
 * too.
 */
static int load_beside(const struct hm_loader *ld, const struct hopmark_bpf *first, uint32_t netns,
		       const struct hm_programs *want, bool counters, struct hopmark_bpf **out)
{
	struct hopmark_bpf *skel = open_skeleton(ld, NULL);
	int err;

	if (!skel)
		return -errno;
	configure(skel, (const struct hm_config *)&first->rodata->hm_cfg);
	((struct hm_config *)&skel->rodata->hm_cfg)->netns = netns;
	programs_choose(skel->obj, want);
	err = maps_share(skel->obj, first->obj, counters);
	return finish(skel, err, out);
}

int loader_add_netns(struct hm_loader *ld, uint32_t netns)
{
	const struct hm_programs want = { .only_devices = true, .xdp = ld->xdp, .l3 = ld->l3,
					 .lacks = &ld->lacks };
	struct hopmark_bpf **skel = &ld->skel[ld->instances];
	int err;

	if (ld->instances == HM_MAX_INSTANCES)
		return -ENOSPC;
	err = load_beside(ld, ld->skel[0], netns, &want, false, skel);
	if (err)
		return err;
	err = loader_watch_netns(ld, netns);
	if (!err)
		return ld->instances++;
	hopmark_bpf__destroy(*skel);
	*skel = NULL;
	return err;
}

int load_l3(struct hm_loader *ld, int instance)
{
	const struct hm_programs want = { .only_l3 = true, .lacks = &ld->lacks };
	const struct hopmark_bpf *first = ld->skel[instance];

	if (ld->l3 || ld->l3_skel[instance])
		return 0;
	return ld->sealed ? -ETIME
			  : load_beside(ld, first, first->rodata->hm_cfg.netns, &want, true,
					&ld->l3_skel[instance]);
}
