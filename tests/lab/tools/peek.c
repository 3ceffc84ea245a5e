/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What another process holds, as raw bytes on stdout, for tests that search it. As root.
 *
 *   peek ring PID     the memory of its BPF ring buffers, read records included
 *   peek memory PID   everything that it can read itself
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static void die(const char *what)
{
	fprintf(stderr, "peek: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int map_fd_by_id(unsigned int id)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_id = id;
	return syscall(SYS_bpf, BPF_MAP_GET_FD_BY_ID, &attr, sizeof(attr));
}

/* The data of a ring buffer lies behind the positions of consumer and producer, one page each. */
static void write_ring(unsigned int id, size_t size)
{
	size_t page = sysconf(_SC_PAGESIZE);
	int fd = map_fd_by_id(id);
	char *at;

	if (fd < 0)
		die("BPF_MAP_GET_FD_BY_ID");
	at = mmap(NULL, page + 2 * size, PROT_READ, MAP_SHARED, fd, page);
	if (at == MAP_FAILED)
		die("mmap");
	if (fwrite(at + page, 1, size, stdout) != size)
		die("stdout");
	munmap(at, page + 2 * size);
	close(fd);
}

/* Looks at one descriptor; 1: it is a ring buffer. */
static int take_fd(const char *path)
{
	unsigned int type = 0, id = 0;
	size_t size = 0;
	char line[256];
	FILE *from = fopen(path, "re");

	while (from && fgets(line, sizeof(line), from)) {
		sscanf(line, "map_type: %u", &type);
		sscanf(line, "max_entries: %zu", &size);
		sscanf(line, "map_id: %u", &id);
	}
	if (from)
		fclose(from);
	if (type != BPF_MAP_TYPE_RINGBUF)
		return 0;
	write_ring(id, size);
	return 1;
}

static int peek_ring(const char *pid)
{
	struct dirent *entry;
	char path[512];
	int rings = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%s/fdinfo", pid);
	dir = opendir(path);
	if (!dir)
		die(path);
	while ((entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/%s/fdinfo/%s", pid, entry->d_name);
		rings += take_fd(path);
	}
	closedir(dir);
	return rings;
}

static void write_range(int mem, unsigned long from, unsigned long to)
{
	static char page[4096];

	for (; from < to; from += sizeof(page)) {
		ssize_t n = pread(mem, page, sizeof(page), from);

		if (n > 0 && fwrite(page, 1, n, stdout) != (size_t)n)
			die("stdout");
	}
}

static int peek_memory(const char *pid)
{
	char path[64], line[512];
	int mem, ranges = 0;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%s/mem", pid);
	mem = open(path, O_RDONLY | O_CLOEXEC);
	if (mem < 0)
		die(path);
	snprintf(path, sizeof(path), "/proc/%s/maps", pid);
	maps = fopen(path, "re");
	if (!maps)
		die(path);
	while (fgets(line, sizeof(line), maps)) {
		unsigned long from, to;

		if (sscanf(line, "%lx-%lx r", &from, &to) != 2 || strstr(line, "[v"))
			continue;
		write_range(mem, from, to);
		ranges++;
	}
	fclose(maps);
	close(mem);
	return ranges;
}

int main(int argc, char **argv)
{
	int found = 0;

	if (argc == 3 && !strcmp(argv[1], "ring"))
		found = peek_ring(argv[2]);
	else if (argc == 3 && !strcmp(argv[1], "memory"))
		found = peek_memory(argv[2]);
	else
		fprintf(stderr, "usage: peek ring|memory PID\n");
	if (fflush(stdout))
		die("stdout");
	return found ? 0 : 1;
}
