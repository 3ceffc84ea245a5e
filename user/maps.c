// SPDX-License-Identifier: GPL-2.0-only
/* The kernel side's maps, see maps.h. */
#include "maps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

int maps_share(struct bpf_object *to, const struct bpf_object *from, bool counters)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, to) {
		const char *name = bpf_map__name(map);
		struct bpf_map *first;
		int err;

		if ((!counters && (!strcmp(name, "hm_devs") || !strcmp(name, "hm_far_devs"))) ||
		    strchr(name, '.'))
			continue; /* .rodata and .bss are each one's own */
		first = bpf_object__find_map_by_name(from, name);
		err = bpf_map__reuse_fd(map, bpf_map__fd(first));
		if (err)
			return err;
	}
	return 0;
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

int maps_counters(const struct bpf_map *map, int cpus, struct hm_counters *out)
{
	struct hm_counters *per_cpu = calloc(cpus, sizeof(*per_cpu));
	uint32_t zero = 0;
	int err;

	if (!per_cpu)
		return -ENOMEM;
	err = bpf_map_lookup_elem(bpf_map__fd(map), &zero, per_cpu);
	memset(out, 0, sizeof(*out));
	for (int cpu = 0; !err && cpu < cpus; cpu++)
		for (int i = 0; i < HM_CNT_COUNT; i++)
			out->n[i] += per_cpu[cpu].n[i];
	free(per_cpu);
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

uint64_t dev_counts_sum(const struct hm_dev_counts *counts, uint32_t ifindex, enum hm_hook hook)
{
	uint64_t *per_cpu = calloc(counts->cpus, sizeof(*per_cpu)), sum = 0;
	uint32_t key;
	int map = counter_of(counts, ifindex, hook, &key);

	if (per_cpu && !bpf_map_lookup_elem(map, &key, per_cpu))
		for (int cpu = 0; cpu < counts->cpus; cpu++)
			sum += per_cpu[cpu];
	free(per_cpu);
	return sum;
}
