/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Clients whose habits are healthy and odd, for tests/lab/healthy: what no real program does on
 * demand.
 *
 *   habits MODE ADDRESS PORT COUNT [LOCAL-PORT]
 *
 * COUNT connections at a time, each with a marked request of its own where the mode makes one. Ends
 * with 0 only if each of them got what it is about: a whole answer, say.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX 1000
#define SMALL_BYTES 4096 /* a receive buffer that is soon full */
#define PATIENCE_S 30

static struct addrinfo *to;
static int count, local_port, fds[MAX];

static void die(const char *what)
{
	fprintf(stderr, "habits: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void option(int fd, int level, int name, int value)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)))
		die("setsockopt");
}

static int a_socket(void)
{
	struct timeval patience = {.tv_sec = PATIENCE_S};
	int fd = socket(to->ai_family, SOCK_STREAM, 0);

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

/* From that port of any address: both families have it at one place. */
static void from_port(int fd, int port)
{
	struct sockaddr_in6 any = {.sin6_family = to->ai_family, .sin6_port = htons(port)};

	option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (bind(fd, (struct sockaddr *)&any, to->ai_addrlen))
		die("bind");
}

static int connected(int fd)
{
	if (connect(fd, to->ai_addr, to->ai_addrlen))
		die("connect");
	return fd;
}

static void say(int fd, const char *text)
{
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) != (ssize_t)strlen(text))
		die("send");
}

static void ask(int fd, const char *method, const char *path, int number, const char *header)
{
	char text[256];

	snprintf(text, sizeof(text), "%s /%s?amazinggrace-%d-%d HTTP/1.1\r\nHost: lab\r\n%s\r\n",
		 method, path, getpid(), number, header);
	say(fd, text);
}

/* Until that text has come. */
static void hear(int fd, const char *text)
{
	char buf[4096];
	size_t len = 0;
	ssize_t n;

	do {
		n = recv(fd, buf + len, sizeof(buf) - 1 - len, 0);
		if (n <= 0)
			die(n ? "recv" : "it closed before all had come");
		len += n;
		buf[len] = '\0';
	} while (!strstr(buf, text) && len < sizeof(buf) - 1);
	if (!strstr(buf, text))
		die("another answer");
}

static long hear_all(int fd)
{
	char buf[65536];
	long sum = 0;
	ssize_t n;

	while ((n = recv(fd, buf, sizeof(buf), 0)) > 0)
		sum += n;
	if (n)
		die("recv");
	return sum;
}

static void close_by_reset(int fd)
{
	struct linger now = {.l_onoff = 1};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

static void each(void (*take)(int fd, int number))
{
	for (int i = 0; i < count; i++)
		take(fds[i], i);
}

static void open_all(int rcvbuf)
{
	for (int i = 0; i < count; i++) {
		fds[i] = a_socket();
		if (rcvbuf)
			option(fds[i], SOL_SOCKET, SO_RCVBUF, rcvbuf);
		connected(fds[i]);
	}
}

static void finish(int fd, int number)
{
	(void)number;
	close(fd);
}

static void ask_head(int fd, int number)
{
	ask(fd, "HEAD", "", number, "");
}

static void hear_head(int fd, int number)
{
	(void)number;
	hear(fd, "\r\n\r\n");
}

/* A browser that has its answer and no more use for the connection. */
static void reset_after(void)
{
	for (int i = 0; i < count; i++) {
		int fd = connected(a_socket());

		ask_head(fd, i);
		hear_head(fd, i);
		close_by_reset(fd);
	}
}

/* A browser whose user has left amid a download: what is unread makes the kernel send a RST. */
static void leave(void)
{
	char some[1000];

	for (int i = 0; i < count; i++) {
		int fd = connected(a_socket());

		ask(fd, "GET", "big", i, "");
		if (recv(fd, some, sizeof(some), MSG_WAITALL) != sizeof(some))
			die("recv");
		close(fd);
	}
}

static void ask_big(int fd, int number)
{
	ask(fd, "GET", "big", number, "Connection: close\r\n");
}

static void hear_big(int fd, int number)
{
	(void)number;
	printf("%ld\n", hear_all(fd));
	close(fd);
}

static void pause_reading(void)
{
	open_all(SMALL_BYTES);
	each(ask_big);
	sleep(1);
	each(hear_big);
}

/* Two lines on stdin: then it asks on all of them, and then it closes them. */
static void hold(void)
{
	char line[16];

	open_all(0);
	puts("open");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		exit(0);
	each(ask_head);
	each(hear_head);
	puts("answered");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin))
		;
	each(finish);
}

/* Nothing is asked: a browser's connection in reserve, or a look whether somebody listens. */
static void silent(void)
{
	open_all(0);
	each(finish);
}

static void silent_reset(void)
{
	open_all(0);
	for (int i = 0; i < count; i++)
		close_by_reset(fds[i]);
}

/* A reserve that the server ends. */
static void reserve(void)
{
	open_all(0);
	for (int i = 0; i < count; i++)
		if (hear_all(fds[i]))
			die("an answer that nobody asked for");
	each(finish);
}

/* One after another from the same port: the server's TIME_WAIT meets the next SYN. */
static void same_port(void)
{
	for (int i = 0; i < count; i++) {
		int fd = a_socket();

		from_port(fd, local_port);
		connected(fd);
		ask(fd, "HEAD", "", i, "Connection: close\r\n");
		if (!hear_all(fd))
			die("no answer");
		close(fd);
	}
}

static void same_port_reset(void)
{
	for (int i = 0; i < count; i++) {
		int fd = a_socket();

		from_port(fd, local_port);
		connected(fd);
		ask_head(fd, i);
		hear_head(fd, i);
		close_by_reset(fd);
	}
}

static void ask_upgrade(int fd, int number)
{
	ask(fd, "GET", "ws", number,
	    "Connection: Upgrade\r\nUpgrade: websocket\r\n"
	    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
	hear(fd, "\r\n\r\n");
}

/* A frame of text there and back (RFC 6455, 5.2; a mask of zeroes), and a frame of close. */
static void chat(int fd, int number)
{
	static const char text[] = "\x81\x85\0\0\0\0hello", bye[] = "\x88\x80\0\0\0";
	char back[7];

	(void)number;
	for (int i = 0; i < 3; i++) {
		if (send(fd, text, sizeof(text) - 1, MSG_NOSIGNAL) != sizeof(text) - 1 ||
		    recv(fd, back, sizeof(back), MSG_WAITALL) != sizeof(back))
			die("frame");
		usleep(20000);
	}
	send(fd, bye, sizeof(bye), MSG_NOSIGNAL);
	shutdown(fd, SHUT_WR);
	hear_all(fd);
	close(fd);
}

static void websocket(void)
{
	open_all(0);
	each(ask_upgrade);
	each(chat);
}

/* Once it is connected, each says a line and hears one. */
static void meet(int fd, int number)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	int error = 0;
	socklen_t len = sizeof(error);

	(void)number;
	if (poll(&p, 1, PATIENCE_S * 1000) != 1 ||
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) || error)
		die("connect");
	say(fd, local_port ? "hello\r\n" : "amazinggrace\r\n");
	p.events = POLLIN;
	if (poll(&p, 1, PATIENCE_S * 1000) != 1)
		die("nothing came");
	hear(fd, "\r\n");
	shutdown(fd, SHUT_WR);
}

/*
 * Simultaneous open (RFC 9293, 3.5): two of these, each at the other's ports, while their SYNs are
 * held on the way. COUNT ports of the one without LOCAL-PORT are those from 20000 on.
 */
static void port_of(struct addrinfo *ai, int port)
{
	((struct sockaddr_in *)ai->ai_addr)->sin_port = htons(port);
}

static void cross(void)
{
	for (int i = 0; i < count; i++) {
		fds[i] = socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
		from_port(fds[i], local_port ? local_port : 20000 + i);
		if (local_port)
			port_of(to, 20000 + i);
		if (!connect(fds[i], to->ai_addr, to->ai_addrlen) || errno != EINPROGRESS)
			die("connect");
	}
	each(meet);
	usleep(200000);
	each(finish);
}

static const struct mode {
	const char *name;
	void (*run)(void);
} modes[] = {
	{"reset-after", reset_after},
	{"leave", leave},
	{"pause", pause_reading},
	{"hold", hold},
	{"silent", silent},
	{"silent-reset", silent_reset},
	{"reserve", reserve},
	{"cross", cross},
	{"same-port", same_port},
	{"websocket", websocket},
	{"same-port-reset", same_port_reset},
};

int main(int argc, char **argv)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST};

	if (argc < 5 || getaddrinfo(argv[2], argv[3], &hints, &to)) {
		fprintf(stderr, "usage: habits MODE ADDRESS PORT COUNT [LOCAL-PORT]\n");
		return 2;
	}
	count = atoi(argv[4]);
	local_port = argc > 5 ? atoi(argv[5]) : 0;
	for (size_t i = 0; count <= MAX && i < sizeof(modes) / sizeof(modes[0]); i++)
		if (!strcmp(modes[i].name, argv[1])) {
			modes[i].run();
			return 0;
		}
	return 2;
}
