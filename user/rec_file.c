// SPDX-License-Identifier: GPL-2.0-only
/* The file of -w, see rec_file.h. */
#include "rec_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "log.h"

#define FLAGS (O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC)

/* A number that sudo(8) left in the environment, or -1. */
static long of_sudo(const char *name)
{
	const char *text = getenv(name);
	char *end;
	long n;

	if (!text || !*text)
		return -1;
	n = strtol(text, &end, 10);
	return *end || n < 0 ? -1 : n;
}

/*
 * `hopmark report` needs no root, so a recording made with sudo must not either. Where that cannot
 * be, as on file systems without owners, it stays root's.
 */
static void give_to_caller(int fd)
{
	long uid = of_sudo("SUDO_UID"), gid = of_sudo("SUDO_GID");

	if (!geteuid() && uid >= 0 && gid >= 0 && fchown(fd, (uid_t)uid, (gid_t)gid))
		log_debug("the recording stays root's: %m");
}

FILE *rec_file_open(const char *path)
{
	int fd = open(path, FLAGS | O_EXCL, 0600);
	FILE *file;

	if (fd >= 0)
		give_to_caller(fd);
	else if (errno == EEXIST)
		fd = open(path, FLAGS, 0600);
	file = fd < 0 ? NULL : fdopen(fd, "a");
	if (fd >= 0 && !file)
		close(fd);
	return file;
}
