/* SPDX-License-Identifier: GPL-2.0-only */
/* Which BTF the kernel side's programs are fitted to. Used by loader.c. */
#ifndef HM_TARGET_BTF_H
#define HM_TARGET_BTF_H

struct hm_target_btf {
	char path[4096]; /* for libbpf; "": the kernel's own */
	int empty_fd; /* what stands in for it where there is none, or -1 */
};

/*
 * file: as --btf names it, or NULL. Reads the kernel's names too (kernel_names.h). 0; -EBADF: file
 * cannot be read or is no BTF of a kernel; -ENOMEM; other -errno.
 */
int target_btf_find(struct hm_target_btf *btf, const char *file);

void target_btf_close(struct hm_target_btf *btf);

#endif
