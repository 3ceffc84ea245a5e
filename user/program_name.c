// SPDX-License-Identifier: GPL-2.0-only
/* Other people's BPF programs by their number, see program_name.h. */
#include "program_name.h"

#include <stdio.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

void program_name(uint32_t id, char name[HM_PROGRAM_NAME])
{
	struct bpf_prog_info info = {};
	uint32_t size = sizeof(info);
	int fd = id ? bpf_prog_get_fd_by_id(id) : -1;

	name[0] = '\0';
	if (fd < 0)
		return;
	if (!bpf_obj_get_info_by_fd(fd, &info, &size))
		snprintf(name, HM_PROGRAM_NAME, "%s", info.name);
	close(fd);
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
