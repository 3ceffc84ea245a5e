// SPDX-License-Identifier: GPL-2.0-only
/* Files that tell about a network namespace, see net_files.h. */
#include "net_files.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hm_types.h"

#define TEXT_ROOM 65536 /* some 160 bytes for each CPU */

static const char *const paths[HM_NET_FILE_COUNT] = {
	[HM_NET_CT_COUNT] = "/proc/sys/net/netfilter/nf_conntrack_count",
	[HM_NET_CT_MAX] = "/proc/sys/net/netfilter/nf_conntrack_max",
	[HM_NET_CT_STAT] = "/proc/self/net/stat/nf_conntrack",
	/* of IPv6 too, as the next two */
	[HM_NET_PORTS] = "/proc/sys/net/ipv4/ip_local_port_range",
	[HM_NET_COOKIES] = "/proc/sys/net/ipv4/tcp_syncookies",
	[HM_NET_SYN_BACKLOG] = "/proc/sys/net/ipv4/tcp_max_syn_backlog",
	[HM_NET_COUNTERS] = "/proc/self/net/netstat",
};

void net_files_init(struct hm_net_files *files)
{
	for (size_t i = 0; i < HM_NET_FILE_COUNT; i++)
		files->fd[i] = -1;
}

int net_files_open(struct hm_net_files *files)
{
	int err = 0;

	for (size_t i = 0; i < HM_NET_FILE_COUNT; i++) {
		files->fd[i] = open(paths[i], O_RDONLY | O_CLOEXEC);
		if (files->fd[i] < 0 && errno != ENOENT && !err && i < HM_NET_PORTS)
			err = -errno;
	}
	return err;
}

void net_files_close(struct hm_net_files *files)
{
	for (size_t i = 0; i < HM_NET_FILE_COUNT; i++)
		if (files->fd[i] >= 0)
			close(files->fd[i]);
	net_files_init(files);
}

/* From its beginning, as text. 0 or -errno; -EMSGSIZE: there may be more. */
static int read_text(int fd, char *buf, size_t room)
{
	size_t used = 0;
	ssize_t n;

	if (fd < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return fd < 0 ? -EBADF : -errno;
	do {
		n = read(fd, buf + used, room - 1 - used);
		if (n < 0 && errno != EINTR)
			return -errno;
		used += n > 0 ? (size_t)n : 0;
	} while (n && used < room - 1);
	buf[used] = '\0';
	return n ? -EMSGSIZE : 0;
}

static int read_number(int fd, uint64_t *out)
{
	char text[32], *end;
	int err = read_text(fd, text, sizeof(text));

	if (err)
		return err;
	*out = strtoull(text, &end, 10);
	return end == text ? -EBADMSG : 0;
}

int net_files_ports(const struct hm_net_files *files, uint16_t *low, uint16_t *high)
{
	char text[32];
	int err = read_text(files->fd[HM_NET_PORTS], text, sizeof(text));

	if (err)
		return err;
	return sscanf(text, "%" SCNu16 " %" SCNu16, low, high) == 2 ? 0 : -EBADMSG;
}

/* The word at or behind text in its line, and its length; 0: there is none. */
static size_t next_word(const char **text)
{
	*text += strspn(*text, " \t");
	return strcspn(*text, " \t\n");
}

/* Index of that word in the first line, or -1. */
static int column_of(const char *text, const char *name)
{
	size_t len;

	for (int i = 0; (len = next_word(&text)); i++, text += len)
		if (len == strlen(name) && !memcmp(text, name, len))
			return i;
	return -1;
}

int net_files_column(const char *text, const char *name, uint64_t *sum)
{
	int column = column_of(text, name);

	*sum = 0;
	if (column < 0)
		return -EBADMSG;
	while ((text = strchr(text, '\n')) && *++text) {
		for (int i = 0; i < column; i++) {
			size_t len = next_word(&text);

			text += len;
		}
		if (!next_word(&text))
			return -EBADMSG;
		*sum += strtoull(text, NULL, 16);
	}
	return 0;
}

int net_files_counter(const char *text, const char *name, uint64_t *out)
{
	const char *names, *end = text;
	int column;

	do {
		names = end;
		text = strchr(names, '\n');
		if (!text)
			return -EBADMSG;
		column = column_of(names, name);
		end = strchr(++text, '\n');
		end = end ? end + 1 : text + strlen(text);
	} while (column < 0);
	while (column--) {
		size_t len = next_word(&text);

		text += len;
	}
	if (!next_word(&text))
		return -EBADMSG;
	*out = strtoull(text, NULL, 10);
	return 0;
}

static char text[TEXT_ROOM]; /* of the larger files */

int net_files_requests(const struct hm_net_files *files, struct hm_requests *out)
{
	uint64_t mode, max;
	int err = read_number(files->fd[HM_NET_COOKIES], &mode);

	if (!err)
		err = read_number(files->fd[HM_NET_SYN_BACKLOG], &max);
	if (!err)
		err = read_text(files->fd[HM_NET_COUNTERS], text, sizeof(text));
	if (err)
		return err;
	out->cookies = mode != 0;
	out->max = (uint32_t)max;
	err = net_files_counter(text, "ListenDrops", &out->discarded);
	return err ? err : net_files_counter(text, "ListenOverflows", &out->overflows);
}

int net_files_conntrack(const struct hm_net_files *files, struct hm_conntrack *out)
{
	int err = read_number(files->fd[HM_NET_CT_COUNT], &out->entries);

	if (!err)
		err = read_number(files->fd[HM_NET_CT_MAX], &out->max);
	if (!err)
		err = read_text(files->fd[HM_NET_CT_STAT], text, sizeof(text));
	return err ? err : net_files_column(text, "drop", &out->no_room);
}
