// SPDX-License-Identifier: GPL-2.0-only
/* Iterators, see iterators.h. */
#include "iterators.h"

#include <errno.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "iter_read.h"
#include "kernel_symbols.h"

static struct bpf_link *make(const struct bpf_object *obj, enum hm_part part)
{
	return bpf_program__attach_iter(
		bpf_object__find_program_by_name(obj, hm_parts[part].program), NULL);
}

void iterators_make(struct hm_iterators *it, const struct bpf_object *obj, struct hm_lacks *lacks)
{
	for (int part = HM_PART_OWNERS; part < HM_PART_READ; part++) {
		if (lacks->err[part])
			continue;
		it->link[part] = make(obj, part);
		if (!it->link[part])
			lacks->err[part] = -errno;
	}
	if (it->link[HM_PART_SYMBOLS])
		kernel_symbols_use(bpf_link__fd(it->link[HM_PART_SYMBOLS]),
				   bpf_object__find_map_fd_by_name(obj, "hm_address"));
}

ssize_t iterators_read(const struct hm_iterators *it, enum hm_part part, void **out)
{
	return it->link[part] ? iter_read(bpf_link__fd(it->link[part]), out) : -ENOENT;
}

void iterators_destroy(struct hm_iterators *it)
{
	kernel_symbols_use(-1, -1);
	for (int part = HM_PART_OWNERS; part < HM_PART_READ; part++)
		bpf_link__destroy(it->link[part]);
}
