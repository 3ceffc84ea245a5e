// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs a command; while it runs, the kernel counts the time of BPF programs (run_time_ns of bpftool
 * prog show), and no longer, however it ends.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

int main(int argc, char **argv)
{
	int stats;

	if (argc < 2) {
		fprintf(stderr, "usage: timed COMMAND [ARGUMENT]...\n");
		return 2;
	}
	stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	if (stats < 0) {
		fprintf(stderr, "timed: no time of BPF programs: %s\n", strerror(-stats));
		return 1;
	}
	if (fcntl(stats, F_SETFD, 0)) /* the command keeps it */
		perror("timed: fcntl");
	else
		execvp(argv[1], argv + 1);
	perror("timed");
	return 1;
}
