// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's BTF, a file in its place, or an empty one, see target_btf.h. */
#include "target_btf.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/btf.h>

#include "kernel_names.h"

/*
 * libbpf loads no object that has relocations where there is no BTF at all, not even those of its
 * programs that need none. An empty one contents it.
 */
static int make_empty(struct hm_target_btf *to)
{
	struct btf *btf = btf__new_empty();
	const void *raw;
	int err = -ENOMEM;
	__u32 size;

	raw = btf ? btf__raw_data(btf, &size) : NULL;
	to->empty_fd = raw ? memfd_create("hopmark-no-btf", MFD_CLOEXEC) : -1;
	if (raw)
		err = write(to->empty_fd, raw, size) == (ssize_t)size ? 0 : -errno;
	btf__free(btf);
	snprintf(to->path, sizeof(to->path), "/proc/self/fd/%d", to->empty_fd);
	return err;
}

int target_btf_find(struct hm_target_btf *btf, const char *file)
{
	int err = kernel_names_load(file);

	btf->path[0] = '\0';
	btf->empty_fd = -1;
	if (err)
		return file && err != -ENOMEM ? -EBADF : err;
	if (file)
		snprintf(btf->path, sizeof(btf->path), "%s", file);
	else if (!kernel_has_btf())
		return make_empty(btf);
	return 0;
}

void target_btf_close(struct hm_target_btf *btf)
{
	if (btf->empty_fd >= 0)
		close(btf->empty_fd);
	btf->empty_fd = -1;
}
