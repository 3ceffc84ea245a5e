/* SPDX-License-Identifier: GPL-2.0-only */
/* The file of --btf: is it BTF, and of the kernel that runs? Used by cmd_trace.c. */
#ifndef HM_BTF_FILE_H
#define HM_BTF_FILE_H

/*
 * path: as --btf names it, or NULL, which is fine. kallsyms: in the format of /proc/kallsyms
 * (proc(5)); addresses are not looked at, so it takes no rights. 0; -EINVAL, the error having been
 * logged: path cannot be read, holds no BTF, or over a tenth of the functions in it are not in
 * kallsyms. A kernel of the same source with another configuration may pass.
 */
int btf_file_check(const char *path, const char *kallsyms);

#endif
