/* SPDX-License-Identifier: GPL-2.0-only */
/*
<<<<<<< HEAD
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
=======
 * Who is at the tcx hooks of an interface, for the lab: tc and bpftool of Debian 12 do not know tcx.
 * Prints the ids of the programs in the order in which they run:
 *
 *   chain INTERFACE     "tcx ingress 12 34" and "tcx egress"; nothing where there is no tcx
 */
#include <errno.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
>>>>>>> 1947d91 (command: a number given again is no child of COMMAND)
#include <unistd.h>

/* Newer than Debian 12's headers: include/uapi/linux/bpf.h of Linux 6.6. */
#define TCX_INGRESS 46
#define TCX_EGRESS 47
<<<<<<< HEAD
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
=======

#define MOST 64 /* the kernel holds no more at one hook */

/* 0; -EINVAL: no tcx; other -errno. */
static int print_chain(const char *name, uint32_t ifindex, uint32_t type)
{
	uint32_t ids[MOST] = {0};
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.query.target_fd = ifindex; /* target_ifindex, in the same place */
	attr.query.attach_type = type;
	attr.query.prog_ids = (uintptr_t)ids;
	attr.query.prog_cnt = MOST;
	if (syscall(SYS_bpf, BPF_PROG_QUERY, &attr, sizeof(attr))) {
		if (errno != ENOENT) /* nobody was there yet */
			return -errno;
		attr.query.prog_cnt = 0;
	}
	printf("tcx %s", name);
	for (uint32_t i = 0; i < attr.query.prog_cnt; i++)
		printf(" %u", ids[i]);
	printf("\n");
	return 0;
>>>>>>> 1947d91 (command: a number given again is no child of COMMAND)
}

int main(int argc, char **argv)
{
<<<<<<< HEAD
	__u32 ids[PROGS];
	LIBBPF_OPTS(bpf_prog_query_opts, query, .prog_ids = ids, .prog_cnt = PROGS);
	int err = argc == 3 ? (int)if_nametoindex(argv[1]) : 0;

	if (err)
		err = bpf_prog_query_opts(err, (enum bpf_attach_type)(strcmp(argv[2], "in") ? TCX_EGRESS :
											 TCX_INGRESS),
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
=======
	uint32_t ifindex = argc == 2 ? if_nametoindex(argv[1]) : 0;
	int err;

	if (!ifindex) {
		fprintf(stderr, "usage: chain INTERFACE\n");
		return 2;
	}
	err = print_chain("ingress", ifindex, TCX_INGRESS);
	if (!err)
		err = print_chain("egress", ifindex, TCX_EGRESS);
	if (!err || err == -EINVAL)
		return 0;
	fprintf(stderr, "chain: %s: %s\n", argv[1], strerror(-err));
	return 1;
>>>>>>> 1947d91 (command: a number given again is no child of COMMAND)
}
