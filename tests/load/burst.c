// SPDX-License-Identifier: GPL-2.0-only
/*
 * A burst: millions of SYNs a second, each of a new connection, through the program at an interface
 * of a hopmark that runs (BPF_PROG_TEST_RUN of what it has loaded, on one CPU). No interface here
 * receives as many. Called by tests/lab/burst.sh, which starts one for each CPU.
 *
 *   burst PID IF DADDR DPORT SECONDS [RATE]
 *
 * RATE: SYNs a second at most; without, as many as this CPU can. Ends at SIGINT or after SECONDS,
 * and says on stdout, as JSON, how many SYNs there were; and how many of them the kernel freed, for
 * which hopmark sees a drop: the last one of each call.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/tcp.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "packets/varied.skel.h"

#define PROGRAM "hm_tc_in"
#define AT_ONCE 10000 /* some milliseconds */
#define AT_ONCE_PACED 1000

struct syn {
	struct ethhdr eth;
	struct iphdr ip;
	struct tcphdr tcp;
} __attribute__((packed));

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
	(void)number;
	stopped = 1;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The descriptor of the program with that id, if it is the one; else -1. */
static int open_program(unsigned int id)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(id);

	if (fd < 0)
		return -1;
	if (!bpf_obj_get_info_by_fd(fd, &info, &size) && !strcmp(info.name, PROGRAM))
		return fd;
	close(fd);
	return -1;
}

/* One descriptor of that process: a program's says its id. */
static int look_at(const char *pid, const char *number)
{
	char path[64], line[128];
	unsigned int id;
	int fd = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%.10s/fdinfo/%.10s", pid, number);
	f = fopen(path, "re");
	if (!f)
		return -1;
	while (fd < 0 && fgets(line, sizeof(line), f))
		if (sscanf(line, "prog_id: %u", &id) == 1)
			fd = open_program(id);
	fclose(f);
	return fd;
}

static int find_program(const char *pid)
{
	const struct dirent *entry;
	char path[32];
	int fd = -1;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%.10s/fdinfo", pid);
	dir = opendir(path);
	if (!dir)
		return -1;
	while (fd < 0 && (entry = readdir(dir)))
		fd = look_at(pid, entry->d_name);
	closedir(dir);
	return fd;
}

static bool build(struct syn *syn, const char *daddr, const char *dport)
{
	*syn = (struct syn){
		.eth.h_proto = htons(ETH_P_IP),
		.ip = {.version = 4, .ihl = 5, .tot_len = htons(sizeof(*syn) - ETH_HLEN), .ttl = 64,
		       .protocol = IPPROTO_TCP},
		.tcp = {.source = htons(40000), .dest = htons(atoi(dport)), .doff = 5, .syn = 1,
			.window = htons(64240)},
	};
	return inet_pton(AF_INET, daddr, &syn->ip.daddr) == 1;
}

static int at_once_at(long rate)
{
	return rate ? AT_ONCE_PACED : AT_ONCE;
}

static void wait_until(double when)
{
	struct timespec t = {.tv_sec = (time_t)when};

	t.tv_nsec = (long)((when - (double)t.tv_sec) * 1e9);
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

/* For so many seconds, or until it is stopped. How many were sent, or -errno. */
static long run(int fd, const struct syn *syn, unsigned int ifindex, int seconds, long rate)
{
	struct __sk_buff skb = {.ifindex = ifindex};
	const int at_once = at_once_at(rate);
	double began = now();
	long sent = 0;

	while (!stopped && now() < began + seconds) {
		LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = syn, .data_size_in = sizeof(*syn),
			    .ctx_in = &skb, .ctx_size_in = sizeof(skb), .repeat = at_once);

		if (bpf_prog_test_run_opts(fd, &opts))
			return errno == EINTR && stopped ? sent : -errno;
		sent += at_once;
		if (rate)
			wait_until(began + (double)sent / (double)rate);
	}
	return sent;
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = on_signal};
	struct varied_bpf *vary;
	struct syn syn;
	__u32 zero = 0;
	double began;
	long sent, rate;
	int fd;

	if (argc < 6 || argc > 7 || !build(&syn, argv[3], argv[4])) {
		fprintf(stderr, "usage: burst PID IF DADDR DPORT SECONDS [RATE]\n");
		return 2;
	}
	sigaction(SIGINT, &action, NULL);
	fd = find_program(argv[1]);
	vary = varied_bpf__open_and_load();
	if (fd < 0 || !vary ||
	    bpf_map_update_elem(bpf_map__fd(vary->maps.next), &zero, &fd, BPF_ANY)) {
		fprintf(stderr, "burst: %s of process %s: %s\n", PROGRAM, argv[1], strerror(errno));
		return 1;
	}
	vary->bss->vary_saddr = 1;
	vary->bss->seq_step = 7919;
	vary->bss->runs = (__u32)getpid() << 20; /* no two begin with the same address */
	rate = argc == 7 ? atol(argv[6]) : 0;
	began = now();
	sent = run(bpf_program__fd(vary->progs.vary), &syn, if_nametoindex(argv[2]), atoi(argv[5]),
		   rate);
	if (sent < 0)
		fprintf(stderr, "burst: BPF_PROG_TEST_RUN: %s\n", strerror(-sent));
	else
		printf("{\"sent\":%ld,\"freed\":%ld,\"per_second\":%.0f}\n", sent, sent / at_once_at(rate),
		       (double)sent / (now() - began));
	varied_bpf__destroy(vary);
	return sent < 0;
}
