/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program that misbehaves on purpose, for the lab's faults and for their innocent twins.
 * One mode for each way of (mis)behaving; built by tests/lab/lib.sh, run in a namespace.
 *
 *   peer MODE ADDRESS PORT [NUMBER [ADDRESS PORT]]
 *
 * Connections are served one after another by one process, so that "who read it" has one answer.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BUF_BYTES 65536

struct peer {
	const char *addr, *port;
	int number; /* what it means is the mode's business */
	const char *up_addr, *up_port;
	int served; /* connections so far */
};

struct mode {
	const char *name;
	void (*serve)(struct peer *p, int fd); /* takes fd; NULL: never accepts */
	int (*run)(struct peer *p); /* instead of serving */
	const char *means;
};

static void die(const char *what)
{
	fprintf(stderr, "peer: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void sleep_ms(int ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };

	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

/* A socket connected to (or, with backlog, listening on) addr:port. */
static int open_socket(const char *addr, const char *port, bool passive, int backlog)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST }, *ai;
	int fd, one = 1;

	if (getaddrinfo(addr, port, &hints, &ai)) {
		fprintf(stderr, "peer: %s %s: no such address\n", addr, port);
		exit(2);
	}
	fd = socket(ai->ai_family, SOCK_STREAM, 0);
	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (!passive && connect(fd, ai->ai_addr, ai->ai_addrlen))
		die("connect");
	if (passive && (bind(fd, ai->ai_addr, ai->ai_addrlen) || listen(fd, backlog)))
		die("listen");
	freeaddrinfo(ai);
	return fd;
}

static ssize_t write_all(int fd, const char *buf, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = send(fd, buf + done, len - done, MSG_NOSIGNAL);
		if (n < 0)
			return -1;
		done += n;
	}
	return done;
}

/* Answers as a web server would and closes in order. */
static void answer(int fd)
{
	static const char text[] =
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n";

	write_all(fd, text, sizeof(text) - 1);
	shutdown(fd, SHUT_WR);
	close(fd);
}

static void serve_hold(struct peer *p, int fd)
{
	(void)p;
	(void)fd; /* kept open and never read */
}

static void serve_mute(struct peer *p, int fd)
{
	char buf[BUF_BYTES];

	(void)p;
	while (recv(fd, buf, sizeof(buf), 0) > 0)
		;
	close(fd);
}

static void serve_poll(struct peer *p, int fd)
{
	char buf[BUF_BYTES];

	if (recv(fd, buf, sizeof(buf), 0) > 0) {
		sleep_ms(p->number);
		answer(fd);
	} else {
		close(fd);
	}
}

static void serve_curt(struct peer *p, int fd)
{
	char buf[BUF_BYTES];

	recv(fd, buf, sizeof(buf), 0);
	sleep_ms(p->number);
	close(fd);
}

/* What it has not read by then makes the kernel send a RST. */
static void serve_leave(struct peer *p, int fd)
{
	sleep_ms(p->number);
	close(fd);
}

static void serve_peek(struct peer *p, int fd)
{
	char buf[BUF_BYTES];

	for (int ms = 0; ms < p->number; ms += 100) {
		recv(fd, buf, sizeof(buf), MSG_PEEK);
		sleep_ms(100);
	}
	serve_poll(&(struct peer){ .number = 0 }, fd);
}

static void serve_linger0(struct peer *p, int fd)
{
	static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n";
	struct linger now = { .l_onoff = 1, .l_linger = 0 };
	char buf[BUF_BYTES];

	recv(fd, buf, sizeof(buf), 0);
	write_all(fd, text, sizeof(text) - 1);
	sleep_ms(p->number);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

/* What one direction of a relay has to say, moved without its bytes ever being read here. */
static void splice_until_eof(int from, int to)
{
	int pipe_fd[2];
	ssize_t n;

	if (pipe(pipe_fd))
		die("pipe");
	while ((n = splice(from, NULL, pipe_fd[1], NULL, BUF_BYTES, 0)) > 0)
		while (n > 0) {
			ssize_t out = splice(pipe_fd[0], NULL, to, NULL, n, 0);

			if (out <= 0)
				die("splice");
			n -= out;
		}
	shutdown(to, SHUT_WR);
	close(pipe_fd[0]);
	close(pipe_fd[1]);
}

static void serve_splice(struct peer *p, int fd)
{
	int up = open_socket(p->up_addr, p->up_port, false, 0);
	pid_t child = fork();

	if (child == 0) {
		splice_until_eof(up, fd);
		_exit(0);
	}
	splice_until_eof(fd, up);
	close(up);
	close(fd);
}

/* A proxy that sends on the first NUMBER requests and then forgets how. */
static void serve_proxy(struct peer *p, int fd)
{
	char buf[BUF_BYTES];
	ssize_t n = recv(fd, buf, sizeof(buf), 0);
	int up;

	if (n <= 0 || p->served > p->number) {
		serve_mute(p, fd);
		return;
	}
	up = open_socket(p->up_addr, p->up_port, false, 0);
	write_all(up, buf, n);
	n = recv(up, buf, sizeof(buf), 0);
	if (n > 0)
		write_all(fd, buf, n);
	close(up);
	shutdown(fd, SHUT_WR);
	close(fd);
}

/* As a client that was switched off: its kernel knows nothing of the connection any more. */
static int run_forget(struct peer *p)
{
	int fd = open_socket(p->addr, p->port, false, 0), on = 1;
	struct sockaddr_in6 own; /* the port is where it is in an IPv4 address */
	socklen_t len = sizeof(own);

	if (getsockname(fd, (struct sockaddr *)&own, &len))
		die("getsockname");
	printf("%u\n", ntohs(own.sin6_port));
	if (setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on)))
		die("TCP_REPAIR");
	close(fd);
	return 0;
}

/*
 * Its listener takes only what is signed, with a key that the client at the second address has not.
 */
static int run_signed(struct peer *p)
{
	int fd = open_socket(p->addr, p->port, true, 128);
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST }, *ai;
	struct tcp_md5sig sig = { .tcpm_keylen = 3, .tcpm_key = "key" };

	if (getaddrinfo(p->up_addr, NULL, &hints, &ai))
		die("the client's address");
	memcpy(&sig.tcpm_addr, ai->ai_addr, ai->ai_addrlen);
	freeaddrinfo(ai);
	if (setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG, &sig, sizeof(sig)))
		die("TCP_MD5SIG");
	return pause();
}

static int run_deaf(struct peer *p)
{
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog filter = { .len = 1, .filter = &nothing };
	int fd = open_socket(p->addr, p->port, true, 128);

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)))
		die("SO_ATTACH_FILTER");
	return pause();
}

static int run_fill(struct peer *p)
{
	for (int i = 0; i < p->number; i++)
		open_socket(p->addr, p->port, false, 0);
	pause();
	return 0;
}

/* NUMBER connections, one after another, each with one marked line of its own and an answer. */
static int make_requests(struct peer *p, int pause_ms)
{
	char line[64];
	int len, fd;

	for (int i = 0; i < p->number; i++) {
		fd = open_socket(p->addr, p->port, false, 0);
		len = snprintf(line, sizeof(line), "GET /amazinggrace-%d HTTP/1.0\r\n\r\n", i);
		if (write_all(fd, line, len) < 0)
			die("send");
		while (recv(fd, line, sizeof(line), 0) > 0)
			;
		close(fd);
		sleep_ms(pause_ms);
	}
	return 0;
}

static int run_flood(struct peer *p)
{
	return make_requests(p, 0);
}

static int run_drip(struct peer *p)
{
	return make_requests(p, 2);
}

static const struct mode modes[] = {
	{ "listen", NULL, NULL, "listens with a backlog of NUMBER and never accepts" },
	{ "hold", serve_hold, NULL, "accepts and never reads" },
	{ "mute", serve_mute, NULL, "reads and never answers" },
	{ "poll", serve_poll, NULL, "reads, and answers NUMBER ms later" },
	{ "slow", serve_poll, NULL, "waits NUMBER ms before each accept; then reads and answers" },
	{ "curt", serve_curt, NULL, "reads, and closes NUMBER ms later without an answer" },
	{ "leave", serve_leave, NULL, "closes NUMBER ms after accepting, without reading" },
	{ "signed", NULL, run_signed, "reads what is signed (TCP-MD5) by the second address" },
	{ "deaf", NULL, run_deaf, "listens with a socket filter that lets nothing pass" },
	{ "peek", serve_peek, NULL, "looks with MSG_PEEK for NUMBER ms, then reads and answers" },
	{ "linger0", serve_linger0, NULL, "answers, waits NUMBER ms and closes with SO_LINGER 0" },
	{ "splice", serve_splice, NULL, "relays with splice(2) to the second address" },
	{ "proxy", serve_proxy, NULL, "forwards NUMBER requests to the second address, then none" },
	{ "fill", NULL, run_fill, "opens NUMBER connections and keeps them" },
	{ "forget", NULL, run_forget, "connects, prints its port, and is gone without a packet" },
	{ "flood", NULL, run_flood, "makes NUMBER marked requests as fast as it can" },
	{ "drip", NULL, run_drip, "the same, at most 500 a second" },
};

static int usage(void)
{
	fprintf(stderr, "usage: peer MODE ADDRESS PORT [NUMBER [ADDRESS PORT]]\n");
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		fprintf(stderr, "  %-8s %s\n", modes[i].name, modes[i].means);
	return 2;
}

static int serve(const struct mode *m, struct peer *p)
{
	bool slow = !strcmp(m->name, "slow");
	int fd = open_socket(p->addr, p->port, true, m->serve ? 128 : p->number), conn;

	if (!m->serve)
		return pause();
	do {
		if (slow)
			sleep_ms(p->number);
		conn = accept(fd, NULL, NULL);
		p->served++;
		if (conn >= 0)
			m->serve(slow ? &(struct peer){ .number = 0 } : p, conn);
	} while (conn >= 0);
	die("accept");
	return 1;
}

int main(int argc, char **argv)
{
	struct peer p = { .number = argc > 4 ? atoi(argv[4]) : 0 };

	if (argc < 4)
		return usage();
	p.addr = argv[2];
	p.port = argv[3];
	if (argc > 6) {
		p.up_addr = argv[5];
		p.up_port = argv[6];
	}
	signal(SIGCHLD, SIG_IGN);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (!strcmp(modes[i].name, argv[1]))
			return modes[i].run ? modes[i].run(&p) : serve(&modes[i], &p);
	return usage();
}
