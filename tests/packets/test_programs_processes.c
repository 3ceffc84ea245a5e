// SPDX-License-Identifier: GPL-2.0-only
/*
 * hopmark's own programs at real processes: who belongs to COMMAND, who has read a marker, that the
 * dead are forgotten, or months of them would fill the tables and their numbers be strangers', and
 * that it is counted where who opens a connection was forgotten.
 * Runs in a network namespace of its own.
 */
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "host_facts.h"
#include "programs.h"

#define READERS 1024 /* HM_READERS of bpf/maps.bpf.h */
#define PORT 80 /* that of the filter */
#define SPARE 50 /* more than fit */

/* The map of that name that a program uses. */
static int map_of(const char *program, const char *name)
{
	struct bpf_prog_info info = {};
	uint32_t ids[16], len = sizeof(info);

	info.map_ids = (uintptr_t)ids;
	info.nr_map_ids = HM_ARRAY_SIZE(ids);
	assert_int_equal(bpf_obj_get_info_by_fd(loader_program_fd(t.loader, program), &info, &len),
			 0);
	for (uint32_t i = 0; i < info.nr_map_ids && i < HM_ARRAY_SIZE(ids); i++) {
		struct bpf_map_info map = {};
		int fd = bpf_map_get_fd_by_id(ids[i]);

		len = sizeof(map);
		assert_true(fd >= 0);
		assert_int_equal(bpf_obj_get_info_by_fd(fd, &map, &len), 0);
		if (!strcmp(map.name, name))
			return fd;
		close(fd);
	}
	fail_msg("%s uses no map %s", program, name);
	return -1;
}

/* Entries of a map whose keys are numbers. */
static uint32_t entries(int map)
{
	uint32_t key, *last = NULL, count = 0;

	while (!bpf_map_get_next_key(map, last, &key)) {
		last = &key;
		count++;
	}
	return count;
}

static bool holds(int map, uint32_t pid)
{
	uint64_t value;

	return !bpf_map_lookup_elem(map, &pid, &value);
}

static pid_t wait_for(pid_t pid)
{
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	return pid;
}

static void attach(enum hm_part part)
{
	char dir[1024];
	int cgroup = -1;

	if (part == HM_PART_SOCKET) {
		assert_int_equal(host_cgroup2(dir, sizeof(dir)), 0);
		cgroup = open(dir, O_RDONLY | O_DIRECTORY);
		assert_true(cgroup >= 0);
	}
	assert_int_equal(loader_attach(t.loader, part, cgroup), 0);
	if (cgroup >= 0)
		close(cgroup);
}

static void *end_late(void *arg)
{
	(void)arg;
	usleep(50000);
	_exit(0); /* not by exit(): what the first thread had is no leak */
}

/* Its first thread has ended, another lives: a process still. Tells when that is so. */
static void outlive_first_thread(int tell)
{
	pthread_t other;

	if (pthread_create(&other, NULL, end_late, NULL))
		_exit(1);
	if (write(tell, "", 1) != 1)
		_exit(1);
	pthread_exit(NULL);
}

/* This process is COMMAND. */
static void test_tree(void **state)
{
	int tree = map_of("hm_fork", "hm_tree"), ready[2];
	uint32_t self = getpid(), one = 1;
	char byte;
	pid_t pid;

	(void)state;
	attach(HM_PART_FORK);
	assert_int_equal(bpf_map_update_elem(tree, &self, &one, BPF_ANY), 0);
	pid = fork();
	if (!pid)
		_exit(0);
	wait_for(pid);
	assert_true(holds(tree, pid)); /* nobody takes them out yet: the test can fail */
	assert_int_equal(bpf_map_delete_elem(tree, &pid), 0);

	attach(HM_PART_EXIT);
	for (int i = 0; i < 200; i++) {
		pid = fork();
		if (!pid)
			_exit(0);
		wait_for(pid);
		assert_false(holds(tree, pid));
	}
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (!pid)
		outlive_first_thread(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	usleep(10000);
	assert_true(holds(tree, pid));
	wait_for(pid);
	assert_false(holds(tree, pid));
	assert_int_equal(entries(tree), 1);
	close(ready[0]);
	close(ready[1]);
	close(tree);
}

static void lo_up(void)
{
	struct ifreq req = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &req), 0);
	close(fd);
}

static struct sockaddr_in where(void)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(PORT),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

/* A process that does nothing but read a marker from a connection of its own. */
static void read_in_a_process(int listener)
{
	struct sockaddr_in to = where();
	int client = socket(AF_INET, SOCK_STREAM, 0), server;
	char got[64];
	pid_t pid;

	assert_int_equal(connect(client, (struct sockaddr *)&to, sizeof(to)), 0);
	server = accept(listener, NULL, NULL);
	assert_true(server >= 0);
	assert_int_equal(write(client, MARKER, sizeof(MARKER) - 1), sizeof(MARKER) - 1);
	pid = fork();
	if (!pid)
		_exit(read(server, got, sizeof(got)) <= 0);
	wait_for(pid);
	close(client);
	close(server);
}

/* A listener, and a loader that watches sockets and reads; *rest: the one that was there before. */
static int listen_watched(struct hm_loader **rest)
{
	struct sockaddr_in at = where();
	int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	*rest = t.loader;
	t.loader = open_loader(0, 0);
	attach(HM_PART_SOCKET);
	attach(HM_PART_READ);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(listener, 8), 0);
	assert_int_equal(loader_counters(t.loader, &t.before), 0);
	return listener;
}

static void unwatch(int listener, struct hm_loader *rest)
{
	close(listener);
	loader_free(t.loader);
	t.loader = rest;
}

/* Readers remembered after more processes than fit have read and ended; *lost: notes refused. */
static uint32_t readers_left(bool forget, uint64_t *lost)
{
	struct hm_loader *rest;
	int listener = listen_watched(&rest), readers;
	uint32_t left;

	if (forget)
		attach(HM_PART_EXIT);
	for (int i = 0; i < READERS + SPARE; i++) {
		read_in_a_process(listener);
		read_records();
	}
	*lost = rise(HM_CNT_LOST_NOTE);
	readers = map_of("hm_read", "hm_readers");
	left = entries(readers);
	close(readers);
	unwatch(listener, rest);
	return left;
}

static void test_readers(void **state)
{
	uint64_t lost;

	(void)state;
	assert_int_equal(readers_left(false, &lost), READERS); /* so it would be, and it is told */
	assert_int_equal(lost, SPARE);
	assert_int_equal(readers_left(true, &lost), 0);
	assert_int_equal(lost, 0);
}

/*
 * What came before a RST can still be read, from a socket that is closed by then and has but one of
 * its two port numbers: the reader of the marker is told all the same.
 */
static void test_read_when_closed(void **state)
{
	const struct linger at_once = { .l_onoff = 1 };
	struct sockaddr_in to = where();
	struct hm_loader *rest;
	int listener = listen_watched(&rest), client = socket(AF_INET, SOCK_STREAM, 0), server,
	    marked = 0;
	struct tcp_info info;
	socklen_t len = sizeof(info);
	char got[64];

	(void)state;
	assert_int_equal(connect(client, (struct sockaddr *)&to, sizeof(to)), 0);
	server = accept(listener, NULL, NULL);
	assert_true(server >= 0);
	assert_int_equal(write(client, MARKER, sizeof(MARKER) - 1), sizeof(MARKER) - 1);
	setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(client);
	for (int tries = 0; tries < 100; tries++) { /* the RST may be handled a moment later */
		assert_int_equal(getsockopt(server, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
		if (info.tcpi_state == TCP_CLOSE)
			break;
		usleep(100000);
	}
	assert_int_equal(info.tcpi_state, TCP_CLOSE);
	read_records();
	assert_int_equal(read(server, got, sizeof(got)), sizeof(MARKER) - 1);
	read_records();
	for (int i = 0; i < t.count; i++)
		marked += t.told[i].what == HM_WHAT_READ && t.told[i].marker.id == 0;
	assert_int_equal(marked, 1);
	close(server);
	unwatch(listener, rest);
}

/*
 * A connection outside the filter, whose SYN goes out some time after connect(2): with its first
 * bytes (TCP_FASTOPEN_CONNECT). In between hopmark may forget who called it. 0: done; nobody
 * listens there.
 */
static int open_outside(bool forget)
{
	struct sockaddr_in to = where();
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1,
	    owners = map_of("hm_connect4", "hm_owners");
	uint64_t cookie;
	socklen_t len = sizeof(cookie);

	to.sin_port = htons(PORT + 1);
	if (setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &one, sizeof(one)) ||
	    setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, &one, sizeof(one)) ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) ||
	    getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len))
		return 1;
	if (forget && bpf_map_delete_elem(owners, &cookie))
		return 2;
	return write(fd, "x", 1) == -1 ? 0 : 3;
}

/* In a process of its own: what hopmark's does itself is not looked at. */
static void opens_outside(bool forget)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(open_outside(forget));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Who opens it may be a reader, where there are any. */
static void test_opener_forgotten(void **state)
{
	struct hm_loader *rest;
	int listener = listen_watched(&rest);

	(void)state;
	opens_outside(true);
	assert_int_equal(rise(HM_CNT_LOST_NOTE), 0);
	read_in_a_process(listener);
	opens_outside(false);
	assert_int_equal(rise(HM_CNT_LOST_NOTE), 0);
	opens_outside(true);
	assert_int_equal(rise(HM_CNT_LOST_NOTE), 1);
	unwatch(listener, rest);
}

static int open_alone(void **state)
{
	if (unshare(CLONE_NEWNET))
		return -1;
	lo_up();
	return open_main(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_readers),
		cmocka_unit_test(test_opener_forgotten),
		cmocka_unit_test(test_read_when_closed),
	};

	if (geteuid()) {
		printf("SKIP: loading BPF programs takes root\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, open_alone, close_main);
}
