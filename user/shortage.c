// SPDX-License-Identifier: GPL-2.0-only
/*
 * Limits of memory and of files, see shortage.h. BPF maps and programs count for the cgroup of who
 * makes them (Linux 5.11), before for RLIMIT_MEMLOCK, which libbpf lifts if it may.
 */
#include "shortage.h"

#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <bpf/libbpf.h>

#include "host_facts.h"
#include "verifier.h"

#define OWN_MB 12 /* at the start, the kernel's BTF among it; tests/lab/shortage.sh */
#define KERNEL_MB 22 /* of maps and programs beside the ring, while they are checked too */
#define CPUS_WITHIN 2 /* CPUs whose share is in KERNEL_MB */
#define CPU_BYTES (UINT64_C(256) << 10) /* share of each more: per-CPU maps, places of LRU ones */
#define NEEDED_FILES 256 /* for one namespace, with room */
#define NAMESPACE_FILES 50 /* for each further one, with room */
#define MB (UINT64_C(1) << 20)
#define NO_LIMIT (UINT64_C(1) << 60) /* what cgroup v1 says for "none" is a little more */

struct limit {
	uint64_t bytes;
	bool shared; /* by all that runs in the same cgroup */
	char whose[320];
};

bool is_shortage(int err)
{
	return err == -ENOMEM || err == -EMFILE || err == -ENFILE;
}

/* A file of one number; "max", as every other word, is no limit. */
static uint64_t read_limit(const char *path)
{
	FILE *file = fopen(path, "re");
	uint64_t bytes;

	if (!file)
		return NO_LIMIT;
	if (fscanf(file, "%" SCNu64, &bytes) != 1)
		bytes = NO_LIMIT;
	fclose(file);
	return bytes;
}

/* A group's limit counts for all below it. path is cut up to the root. */
static void look_at_groups(struct limit *lowest, const char *mount, char *path, const char *file)
{
	char name[1300];
	char *end;

	do {
		uint64_t bytes;

		snprintf(name, sizeof(name), "%s%s/%s", mount, path, file);
		bytes = read_limit(name);
		if (bytes < lowest->bytes) {
			lowest->bytes = bytes;
			lowest->shared = true;
			snprintf(lowest->whose, sizeof(lowest->whose), "cgroup %.200s (%s)",
				 path[0] ? path : "/", file);
		}
		end = strrchr(path, '/');
		if (end)
			*end = '\0';
	} while (end);
}

/* The line of /proc/self/cgroup that begins with a hierarchy's number: cgroups(7). */
static void look_at_line(struct limit *lowest, char *line)
{
	char *kind = strchr(line, ':'), *path = kind ? strchr(kind + 1, ':') : NULL;
	char mount[1024];

	if (!path)
		return;
	*path++ = '\0';
	path[strcspn(path, "\n")] = '\0';
	if (!kind[1] && !host_cgroup2(mount, sizeof(mount)))
		look_at_groups(lowest, mount, path, "memory.max");
	if (!strcmp(kind + 1, "memory") && !host_cgroup1_memory(mount, sizeof(mount)))
		look_at_groups(lowest, mount, path, "memory.limit_in_bytes");
}

static void look_at_cgroups(struct limit *lowest)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char *line = NULL;
	size_t room = 0;

	while (file && getline(&line, &room, file) > 0)
		look_at_line(lowest, line);
	free(line);
	if (file)
		fclose(file);
}

static void look_at_process(struct limit *lowest, int resource, const char *whose)
{
	struct rlimit own;

	if (getrlimit(resource, &own) || own.rlim_cur >= lowest->bytes)
		return;
	lowest->bytes = own.rlim_cur;
	lowest->shared = false;
	snprintf(lowest->whose, sizeof(lowest->whose), "%s", whose);
}

/*
 * False: what BPF takes counts for no cgroup, which a boot option can have (kernel-parameters.txt).
 */
static bool kernel_memory_counts(void)
{
	FILE *file = fopen("/proc/cmdline", "re");
	char line[4096] = "", *option;

	if (file && !fgets(line, sizeof(line), file))
		line[0] = '\0';
	if (file)
		fclose(file);
	option = strstr(line, "cgroup.memory=");
	if (option)
		option[strcspn(option, " ")] = '\0';
	return !verifier_is_old() &&
	       !(option && (strstr(option, "nokmem") || strstr(option, "nobpf")));
}

/* For all that BPF takes: the kernel makes maps for each CPU that there may ever be. */
static uint64_t kernel_bytes(uint64_t ring_bytes)
{
	/* which would say so itself */
	int cpus = host_lacks_sys() ? 0 : libbpf_num_possible_cpus();

	return KERNEL_MB * MB + ring_bytes +
	       (cpus > CPUS_WITHIN ? (cpus - CPUS_WITHIN) * CPU_BYTES : 0);
}

bool shortage_is_sure(uint64_t ring_bytes)
{
	uint64_t need = OWN_MB * MB + (kernel_memory_counts() ? kernel_bytes(ring_bytes) : 0);
	struct limit lowest = { .bytes = NO_LIMIT };

	look_at_cgroups(&lowest);
	return lowest.bytes < need;
}

static void memory_text(uint64_t ring_bytes, char *text, size_t len)
{
	uint64_t need_mb = OWN_MB + (kernel_bytes(ring_bytes) + MB - 1) / MB;
	struct limit lowest = { .bytes = NO_LIMIT };

	look_at_cgroups(&lowest);
	look_at_process(&lowest, RLIMIT_AS, "ulimit -v");
	look_at_process(&lowest, RLIMIT_DATA, "ulimit -d");
	if (lowest.bytes == NO_LIMIT)
		snprintf(text, len,
			 "out of memory: %" PRIu64 " MB are needed; give this host more, "
			 "or end something",
			 need_mb);
	else
		snprintf(text, len,
			 "out of memory: %s allows %" PRIu64 " MB%s; raise that: hopmark "
			 "takes %" PRIu64 " MB",
			 lowest.whose, lowest.bytes / MB,
			 lowest.shared ? " for all that runs in it" : "", need_mb);
}

void shortage_lift_files(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files))
		return;
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
}

static void files_text(char *text, size_t len)
{
	struct rlimit files = {};

	getrlimit(RLIMIT_NOFILE, &files);
	snprintf(text, len,
		 "too many open files: ulimit -n allows %llu; raise it to %d, and by %d for "
		 "each namespace of --netns",
		 (unsigned long long)files.rlim_max, NEEDED_FILES, NAMESPACE_FILES);
}

const char *shortage_text(int err, uint64_t ring_bytes, char *text, size_t len)
{
	if (err == -ENOMEM)
		memory_text(ring_bytes, text, len);
	else if (err == -EMFILE)
		files_text(text, len);
	else if (err == -ENFILE)
		snprintf(text, len, "too many open files on this host: raise fs.file-max");
	else
		snprintf(text, len, "%s", strerror(-err));
	return text;
}
