// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is attached once for the whole host: cgroup programs and tracepoints. Called by live_watch.c.
 * See live.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "live.h"
#include "log.h"

/* Tracepoints, and the hop that is lame without them. */
static const struct {
	const char *tracepoint, *hop, *without;
} tracepoints[] = {
	{ "tcp_rcv_space_adjust", "app", "this kernel has no tracepoint tcp_rcv_space_adjust" },
	{ "kfree_skb", "drops", "this kernel has no tracepoint kfree_skb" },
	{ "tcp_send_reset", "drops", "resets made here: no tracepoint tcp_send_reset" },
	{ "tcp_retransmit_skb", "drops", "retransmissions: no tracepoint tcp_retransmit_skb" },
	{ "tcp_retransmit_synack", "drops", "retransmissions: no tracepoint tcp_retransmit_synack" },
	{ "icmp_send", "drops", "ICMP errors sent from here: no tracepoint icmp_send" },
	{ "sched_process_fork", "app", "children of COMMAND: no tracepoint sched_process_fork" },
};

/* Directory where cgroup2 is mounted, from mountinfo: proc(5). 0 or -ENOENT. */
static int find_cgroup2(char *dir, size_t len)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char line[4096], where[1024];
	int err = -ENOENT;

	while (f && err && fgets(line, sizeof(line), f)) {
		if (!strstr(line, " - cgroup2 ") ||
		    sscanf(line, "%*s %*s %*s %*s %1023s", where) != 1)
			continue;
		snprintf(dir, len, "%s", where);
		err = 0;
	}
	if (f)
		fclose(f);
	return err;
}

/* Forgets the hops of a hook that could not be attached. */
static void drop_hops(struct hm_scene *scene, enum hm_hook hook)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < scene->hop_count; i++)
		if (scene->hops[i].hook != hook)
			scene->hops[kept++] = scene->hops[i];
	scene->hop_count = kept;
}

int live_watch_sockets(struct hm_live *live)
{
	char dir[1024], why[HM_NAME_LEN * 2] = "no cgroup2 is mounted";
	int err = find_cgroup2(dir, sizeof(dir)), fd;

	if (!err) {
		fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		err = fd < 0 ? -errno : loader_attach_cgroup(live->loader, fd);
		if (fd >= 0)
			close(fd);
		snprintf(why, sizeof(why), "cgroup2 at %.40s: %s", dir, strerror(-err));
	}
	if (!err)
		return 0;
	scene_not_watched(&live->scene, "socket", why);
	log_warn("socket hops are not watched: %s; the other hops work", why);
	drop_hops(&live->scene, HM_HOOK_SOCK_IN);
	drop_hops(&live->scene, HM_HOOK_SOCK_OUT);
	return err;
}

void live_watch_tracepoints(struct hm_live *live)
{
	for (size_t i = 0; i < HM_ARRAY_SIZE(tracepoints); i++) {
		int err = loader_attach_tracepoint(live->loader, tracepoints[i].tracepoint);
		char why[HM_NAME_LEN * 2];

		if (!err)
			continue;
		if (err == -ENOENT)
			snprintf(why, sizeof(why), "%s", tracepoints[i].without);
		else
			snprintf(why, sizeof(why), "%s: %s", tracepoints[i].tracepoint,
				 strerror(-err));
		scene_not_watched(&live->scene, tracepoints[i].hop, why);
		if (!strcmp(tracepoints[i].tracepoint, "kfree_skb"))
			drop_hops(&live->scene, HM_HOOK_DROP);
		if (!strcmp(tracepoints[i].tracepoint, "tcp_rcv_space_adjust"))
			drop_hops(&live->scene, HM_HOOK_APP);
	}
}
