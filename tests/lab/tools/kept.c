/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many softirqs of received packets this kernel has kept from programs of tracepoints since
 * this began: rewritten into FILE ten times a second, until it is ended. On most kernels that stays
 * 0: the kernel counts each of them (/proc/softirqs) next to the tracepoint. One was seen that runs
 * none of these programs while a thread of its first process is on the CPU; what hopmark is not
 * told then, drops and resets, it cannot judge.
 *
 *   kept kept.bpf.o FILE
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* NET_RX of all CPUs. */
static long long happened(void)
{
	FILE *file = fopen("/proc/softirqs", "r");
	char line[16384], *at, *end;
	long long sum = -1;

	while (file && sum < 0 && fgets(line, sizeof(line), file)) {
		at = strstr(line, "NET_RX:");
		if (!at)
			continue;
		for (sum = 0, at += strlen("NET_RX:");; at = end) {
			long long n = strtoll(at, &end, 10);

			if (end == at)
				break;
			sum += n;
		}
	}
	if (file)
		fclose(file);
	return sum;
}

static long long told(int map)
{
	__u32 zero = 0;
	__u64 count = 0;

	return bpf_map_lookup_elem(map, &zero, &count) ? -1 : (long long)count;
}

/*
 * The two are read one after the other, while packets come: told first, so that it never seems that
 * more were told, and the least of some differences is the true one.
 */
static long long difference(int map)
{
	long long least = -1;

	for (int i = 0; i < 20; i++) {
		long long first = told(map), now = happened() - first;

		if (first == told(map))
			return now;
		if (least < 0 || now < least)
			least = now;
	}
	return least;
}

/* Whole, or not at all: who reads it meanwhile must not find 0. */
static int write_file(const char *path, long long count)
{
	char next[4096];
	FILE *file;

	snprintf(next, sizeof(next), "%s.next", path);
	file = fopen(next, "w");
	if (!file || fprintf(file, "%lld\n", count) < 0 || fclose(file) || rename(next, path)) {
		perror(next);
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct bpf_object *obj;
	struct bpf_program *prog;
	long long before;
	int map;

	if (argc != 3) {
		fprintf(stderr, "usage: kept kept.bpf.o FILE\n");
		return 2;
	}
	obj = bpf_object__open(argv[1]);
	if (!obj || bpf_object__load(obj))
		return 1;
	prog = bpf_object__find_program_by_name(obj, "entered");
	map = bpf_object__find_map_fd_by_name(obj, "told");
	if (!prog || map < 0 || !bpf_program__attach(prog)) {
		perror("kept: attach");
		return 1;
	}
	before = difference(map);
	while (!write_file(argv[2], difference(map) - before))
		usleep(100000);
	return 1;
}
