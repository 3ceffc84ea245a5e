/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes a direction as a CPU does that searches in it (struct hm_way.busy of bpf/maps.bpf.h, found
 * by its name in the programs' BTF). For the tests of tests/packets that need one which does not
 * end.
 */
#ifndef HM_CLAIM_H
#define HM_CLAIM_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>

static const struct btf_member *claim_member(const struct btf *btf, const struct btf_type *t,
					     const char *name)
{
	const struct btf_member *m = btf_members(t);

	for (int i = 0; i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(btf, m[i].name_off), name))
			return &m[i];
	return NULL;
}

/* Byte offsets of both directions' busy within a track; false: the BTF does not say. */
static bool claim_offsets(__u32 btf_id, __u32 track_id, __u32 offset[2])
{
	struct btf *btf = btf__load_from_kernel_by_id(btf_id);
	const struct btf_type *track = btf ? btf__type_by_id(btf, track_id) : NULL;
	const struct btf_member *ways = track ? claim_member(btf, track, "way") : NULL, *busy;
	const struct btf_array *array = ways ? btf_array(btf__type_by_id(btf, ways->type)) : NULL;
	const struct btf_type *way = array ? btf__type_by_id(btf, array->type) : NULL;

	busy = way ? claim_member(btf, way, "busy") : NULL;
	for (__u32 i = 0; busy && i < 2; i++)
		offset[i] = ways->offset / 8 + i * way->size + busy->offset / 8;
	btf__free(btf);
	return busy;
}

/* The map of that name of a program, or -1. */
static int claim_map(int prog, const char *name, struct bpf_map_info *map)
{
	struct bpf_prog_info info = {};
	__u32 ids[64], size = sizeof(info);
	int fd = -1;

	info.nr_map_ids = 64;
	info.map_ids = (__u64)(long)ids;
	if (bpf_obj_get_info_by_fd(prog, &info, &size))
		return -1;
	for (__u32 i = 0; fd < 0 && i < info.nr_map_ids && i < 64; i++) {
		fd = bpf_map_get_fd_by_id(ids[i]);
		size = sizeof(*map);
		*map = (struct bpf_map_info){};
		if (fd >= 0 &&
		    (bpf_obj_get_info_by_fd(fd, map, &size) || strcmp(map->name, name))) {
			close(fd);
			fd = -1;
		}
	}
	return fd;
}

/* In all tracks both directions are taken, or free again. How many tracks, or -1. */
static int claim_all(int prog, bool taken)
{
	struct bpf_map_info map;
	int fd = claim_map(prog, "hm_tracks", &map), count = fd < 0 ? -1 : 0;
	__u32 offset[2], one = taken;
	uint8_t *track = NULL, key[64];

	if (count == 0 && claim_offsets(map.btf_id, map.btf_value_type_id, offset))
		track = malloc(map.value_size);
	for (void *last = NULL; track && !bpf_map_get_next_key(fd, last, key); last = key) {
		if (bpf_map_lookup_elem(fd, key, track))
			continue;
		memcpy(track + offset[0], &one, sizeof(one));
		memcpy(track + offset[1], &one, sizeof(one));
		count += !bpf_map_update_elem(fd, key, track, BPF_EXIST);
	}
	if (fd >= 0)
		close(fd);
	free(track);
	return track ? count : -1;
}

#endif
