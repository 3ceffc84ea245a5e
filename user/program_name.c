// SPDX-License-Identifier: GPL-2.0-only
/* Other people's BPF programs by their number, see program_name.h. */
#include "program_name.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

int program_name(uint32_t id, char name[HM_PROGRAM_NAME])
{
	struct bpf_prog_info info = {};
	uint32_t size = sizeof(info);
	int fd = id ? bpf_prog_get_fd_by_id(id) : -ENOENT, err;

	name[0] = '\0';
	if (fd < 0)
		return fd;
	err = bpf_obj_get_info_by_fd(fd, &info, &size);
	if (!err)
		snprintf(name, HM_PROGRAM_NAME, "%s", info.name);
	close(fd);
	return err;
}

char *program_words(char out[HM_PROGRAM_WORDS], uint32_t id)
{
	char name[HM_PROGRAM_NAME];
	int err = program_name(id, name);

	snprintf(out, HM_PROGRAM_WORDS, "%s%s", name[0] ? " " : "",
		 err == -EPERM ? " (its name is told to CAP_SYS_ADMIN)" : name);
	return out;
}

uint32_t program_at_xdp(uint32_t ifindex)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);

	if (bpf_xdp_query((int)ifindex, 0, &query))
		return 0;
	if (query.prog_id)
		return query.prog_id;
	return query.drv_prog_id ? query.drv_prog_id : query.skb_prog_id;
}
