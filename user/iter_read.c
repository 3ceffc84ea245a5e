// SPDX-License-Identifier: GPL-2.0-only
/* What an iterator writes, see iter_read.h. */
#include "iter_read.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <bpf/bpf.h>

#define FIRST_ROOM 16384
#define LEAST_ROOM 4096 /* for one read */

struct bytes {
	char *at;
	size_t used, room;
};

static int make_room(struct bytes *b)
{
	char *more;

	if (b->room - b->used >= LEAST_ROOM)
		return 0;
	b->room = b->room ? b->room * 2 : FIRST_ROOM;
	more = realloc(b->at, b->room);
	if (!more)
		return -ENOMEM;
	b->at = more;
	return 0;
}

static int read_all(int fd, struct bytes *b)
{
	ssize_t n;
	int err;

	for (;;) {
		err = make_room(b);
		if (err)
			return err;
		n = read(fd, b->at + b->used, b->room - b->used);
		if (n == 0)
			return 0;
		if (n > 0)
			b->used += n;
		else if (errno != EINTR && errno != EAGAIN)
			return -errno;
	}
}

ssize_t iter_read(int link_fd, void **out)
{
	struct bytes b = {};
	int fd = bpf_iter_create(link_fd), err;

	if (fd < 0)
		return fd;
	err = read_all(fd, &b);
	close(fd);
	if (err) {
		free(b.at);
		return err;
	}
	*out = b.at;
	return b.used;
}
