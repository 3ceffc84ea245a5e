// SPDX-License-Identifier: GPL-2.0-only
/* The kernel side's maps, see maps.h. */
#include "maps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#define LRU_STORE 128 /* free entries a CPU takes for itself: kernel/bpf/bpf_lru_list.c */
/*
 * Looks at the counters until no program is at work. Each takes a microsecond; the second half
 * waits in between, for a CPU that a hypervisor took away in the middle of a packet: 30 ms in all.
 */
#define LOOKS 200
#define LOOK_PAUSE_NS 200000

int maps_share(struct bpf_object *to, const struct bpf_object *from, bool counters)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, to) {
		const char *name = bpf_map__name(map);
		struct bpf_map *first;
		int err;

		if ((!counters && (!strcmp(name, "hm_devs") || !strcmp(name, "hm_far_devs"))) ||
		    strstr(name, ".rodata"))
			continue; /* the configuration is each one's own */
		first = bpf_object__find_map_by_name(from, name);
		err = bpf_map__reuse_fd(map, bpf_map__fd(first));
		if (err)
			return err;
	}
	return 0;
}

int maps_spare(struct bpf_object *obj, int cpus)
{
	struct bpf_map *map;
	int err = 0;

	bpf_object__for_each_map(map, obj)
		if (bpf_map__type(map) == BPF_MAP_TYPE_LRU_HASH && !err)
			err = bpf_map__set_max_entries(map, bpf_map__max_entries(map) +
								    cpus * LRU_STORE);
	return err;
}

int maps_clear(const struct bpf_map *map)
{
	int fd = bpf_map__fd(map), err;
	char key[64];

	if (bpf_map__key_size(map) > sizeof(key))
		return -E2BIG;
	while (!bpf_map_get_next_key(fd, NULL, key)) {
		err = bpf_map_delete_elem(fd, key);
		if (err)
			return err;
	}
	return 0;
}

/* No program of this CPU was in the middle of a packet when its counters were read. */
static bool balances(const struct hm_counters *c)
{
	return c->n[HM_CNT_SEEN] == c->n[HM_CNT_FILTERED] + c->n[HM_CNT_MATCHED] +
					    c->n[HM_CNT_NOT_INSPECTED] &&
	       c->n[HM_CNT_SIGHTINGS] == c->n[HM_CNT_RECORDS] + c->n[HM_CNT_LIMITED] +
						 c->n[HM_CNT_LOST_RING] + c->n[HM_CNT_LOST_MAP];
}

/* A CPU whose programs are at work is looked at again: under load that is soon another moment. */
int maps_counters(const struct bpf_map *map, int cpus, struct hm_counters *out)
{
	const struct timespec pause = { .tv_nsec = LOOK_PAUSE_NS };
	struct hm_counters *now = calloc(2 * cpus, sizeof(*now)), *kept = now ? now + cpus : NULL;
	int open = cpus, looks = 0, err = now ? 0 : -ENOMEM;
	uint32_t zero = 0;

	for (; !err && open && looks < LOOKS; looks++) {
		if (looks >= LOOKS / 2)
			nanosleep(&pause, NULL);
		err = bpf_map_lookup_elem(bpf_map__fd(map), &zero, now);
		open = 0;
		for (int cpu = 0; !err && cpu < cpus; cpu++) {
			if (looks && balances(&kept[cpu]))
				continue;
			kept[cpu] = now[cpu];
			open += !balances(&kept[cpu]);
		}
	}
	memset(out, 0, sizeof(*out));
	for (int cpu = 0; !err && cpu < cpus; cpu++)
		for (int i = 0; i < HM_CNT_KERNEL; i++)
			out->n[i] += kept[cpu].n[i];
	free(now);
	return err;
}

/* Map and *key of the counter for one hook of an interface. */
static int counter_of(const struct hm_dev_counts *counts, uint32_t ifindex, enum hm_hook hook,
		      uint32_t *key)
{
	*key = ifindex * HM_DEV_HOOKS + hook;
	return bpf_map__fd(*key < bpf_map__max_entries(counts->near) ? counts->near : counts->far);
}

int dev_counts_add(const struct hm_dev_counts *counts, uint32_t ifindex, enum hm_hook hook)
{
	uint64_t *zeros = calloc(counts->cpus, sizeof(*zeros));
	uint32_t key;
	int map = counter_of(counts, ifindex, hook, &key), err;

	if (!zeros)
		return -ENOMEM;
	err = bpf_map_update_elem(map, &key, zeros, BPF_NOEXIST);
	free(zeros);
	if (err == -E2BIG)
		return -ENOSPC;
	return err == -EEXIST ? 0 : err;
}

void dev_counts_forget(const struct hm_dev_counts *counts, uint32_t ifindex)
{
	uint64_t *zeros = calloc(counts->cpus, sizeof(*zeros));

	for (int hook = 0; zeros && hook < HM_DEV_HOOKS; hook++) {
		uint32_t key;
		int map = counter_of(counts, ifindex, hook, &key);

		if (bpf_map_delete_elem(map, &key)) /* an array's cannot be */
			bpf_map_update_elem(map, &key, zeros, BPF_EXIST);
	}
	free(zeros);
}

int dev_counts_sum(const struct hm_dev_counts *counts, uint32_t ifindex, enum hm_hook hook,
		   uint64_t *packets)
{
	uint64_t *per_cpu = calloc(counts->cpus, sizeof(*per_cpu));
	uint32_t key;
	int map = counter_of(counts, ifindex, hook, &key), err;

	if (!per_cpu)
		return -ENOMEM;
	err = bpf_map_lookup_elem(map, &key, per_cpu);
	*packets = 0;
	for (int cpu = 0; !err && cpu < counts->cpus; cpu++)
		*packets += per_cpu[cpu];
	free(per_cpu);
	return err;
}
