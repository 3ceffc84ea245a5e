/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tcx programs at an interface, in the order in which the kernel runs them, one a line: the id
 * and the name. For the lab, and not with hopmark's own means: bpf(BPF_PROG_QUERY), which takes
 * rights. bpftool of Debian 12 is older than tcx.
 *
 *   chain INTERFACE in|out
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Newer than Debian 12's headers: include/uapi/linux/bpf.h of Linux 6.6. */
#define TCX_INGRESS 46
#define TCX_EGRESS 47
#define PROGS 64 /* BPF_MPROG_MAX: kernel/bpf/mprog.c */

static int print(__u32 id)
{
	struct bpf_prog_info info = {0};
	__u32 size = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(id), err;

	if (fd < 0)
		return fd;
	err = bpf_obj_get_info_by_fd(fd, &info, &size);
	close(fd);
	if (!err)
		printf("%u %s\n", id, info.name);
	return err;
}

int main(int argc, char **argv)
{
	__u32 ids[PROGS];
	LIBBPF_OPTS(bpf_prog_query_opts, query, .prog_ids = ids, .prog_cnt = PROGS);
	int err = argc == 3 ? (int)if_nametoindex(argv[1]) : 0;

	if (err)
		err = bpf_prog_query_opts(
			err,
			(enum bpf_attach_type)(strcmp(argv[2], "in") ? TCX_EGRESS : TCX_INGRESS),
			&query);
	else
		err = -EINVAL;
	if (err == -ENOENT)
		return 0; /* nobody was ever there */
	for (__u32 i = 0; !err && i < query.prog_cnt; i++)
		err = print(ids[i]);
	if (err)
		fprintf(stderr, "chain INTERFACE in|out: %s\n", strerror(-err));
	return err ? 1 : 0;
}
