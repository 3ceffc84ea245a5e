// SPDX-License-Identifier: GPL-2.0-only
/* The SSH session that this process was started from, see ssh_session.h. */
#include "ssh_session.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hm_types.h"

#define VARIABLE "SSH_CONNECTION="
#define ENVIRON_MAX (256 * 1024) /* what execve(2) takes by default */
#define ANCESTORS 64

static int parse_address(char *text, uint8_t out[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	text[strcspn(text, "%")] = '\0'; /* the scope of a link-local address */
	if (inet_pton(AF_INET6, text, out) == 1)
		return 0;
	memcpy(out, mapped, sizeof(mapped));
	return inet_pton(AF_INET, text, out + sizeof(mapped)) == 1 ? 0 : -EINVAL;
}

int ssh_session_parse(const char *value, struct hm_ssh_session *out)
{
	char client[80], server[80];
	unsigned int ports[2];

	if (sscanf(value, "%79s %u %79s %u", client, &ports[0], server, &ports[1]) != 4)
		return -EINVAL;
	if (parse_address(client, out->client) || parse_address(server, out->server))
		return -EINVAL;
	return 0;
}

/* A file of a process, ended by a NUL; its length or -errno. */
static ssize_t read_file(const char *proc, uint32_t pid, const char *name, char *buf, size_t room)
{
	char path[256];
	size_t used = 0;
	ssize_t n = 1;
	int fd;

	snprintf(path, sizeof(path), "%s/%u/%s", proc, pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (n > 0 && used + 1 < room) {
		n = read(fd, buf + used, room - 1 - used);
		used += n > 0 ? (size_t)n : 0;
	}
	close(fd);
	buf[used] = '\0';
	return (ssize_t)used;
}

/* "812 (sshd) S 1 ...": the name may hold anything, also a ')'. The parent, or 0. */
static uint32_t parent_of(const char *stat)
{
	const char *end = strrchr(stat, ')');
	unsigned int parent;

	return end && sscanf(end + 1, " %*c %u", &parent) == 1 ? parent : 0;
}

/* "sshd", and "sshd-session" since OpenSSH 9.8. */
static bool is_sshd(const char *stat)
{
	const char *name = strchr(stat, '(');

	return name && !strncmp(name + 1, "sshd", 4);
}

/* 1: it has the variable. */
static int look_into(const char *proc, uint32_t pid, char *buf, struct hm_ssh_session *out)
{
	ssize_t len = read_file(proc, pid, "environ", buf, ENVIRON_MAX);

	for (ssize_t at = 0; at < len; at += (ssize_t)strlen(buf + at) + 1)
		if (!strncmp(buf + at, VARIABLE, strlen(VARIABLE)) &&
		    !ssh_session_parse(buf + at + strlen(VARIABLE), out))
			return 1;
	return 0;
}

int ssh_session_find(const char *proc, uint32_t pid, struct hm_ssh_session *out)
{
	char *buf = malloc(ENVIRON_MAX), stat[512];
	bool sshd = false;
	int found = 0;

	if (!buf)
		return -EACCES;
	for (int i = 0; i < ANCESTORS && pid > 1 && !found; i++) {
		found = look_into(proc, pid, buf, out);
		if (read_file(proc, pid, "stat", stat, sizeof(stat)) < 0)
			break;
		sshd |= is_sshd(stat);
		pid = parent_of(stat);
	}
	free(buf);
	return found ? 1 : sshd ? -EACCES : 0;
}
