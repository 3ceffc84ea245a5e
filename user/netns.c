// SPDX-License-Identifier: GPL-2.0-only
/* Network namespaces, see netns.h. */
#include "netns.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "log.h"

#define NAMED "/run/netns" /* where ip-netns(8) keeps them */

static uint32_t inum_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_ino;
}

uint32_t netns_own(void)
{
	return inum_of("/proc/self/ns/net");
}

static bool all_digits(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text);
}

static int open_path(const char *path, const char *name, struct hm_netns *ns)
{
	struct statfs fs;
	struct stat st;

	ns->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (ns->fd < 0)
		return -errno;
	if (fstatfs(ns->fd, &fs) || fs.f_type != NSFS_MAGIC || fstat(ns->fd, &st)) {
		netns_close(ns); /* a file that is left of one, or whose mount is not seen here */
		return -ENOENT;
	}
	ns->inum = st.st_ino;
	snprintf(ns->name, sizeof(ns->name), "%s", name);
	return 0;
}

int netns_open(const char *which, struct hm_netns *ns)
{
	char path[300], name[HM_NAME_LEN];

	if (strchr(which, '/') || strlen(which) > 200)
		return -ENOENT;
	if (all_digits(which)) {
		snprintf(path, sizeof(path), "/proc/%s/ns/net", which);
		snprintf(name, sizeof(name), "pid %.20s", which);
	} else {
		snprintf(path, sizeof(path), NAMED "/%s", which);
		snprintf(name, sizeof(name), "%.40s", which);
	}
	return open_path(path, name, ns);
}

struct listing {
	struct hm_netns *all;
	int max;
	/* of all there are, so that each counts once, however many processes are in it */
	uint32_t *inums;
	int count;
};

static bool is_known(const struct listing *l, uint32_t inum)
{
	for (int i = 0; i < l->count; i++)
		if (l->inums[i] == inum)
			return true;
	return inum == netns_own();
}

/* One entry of NAMED or /proc, unless its namespace is known already. 0 or -ENOMEM. */
static int consider(const char *which, struct listing *l)
{
	struct hm_netns ns;
	uint32_t *more;

	if (netns_open(which, &ns))
		return 0;
	if (is_known(l, ns.inum)) {
		netns_close(&ns);
		return 0;
	}
	more = reallocarray(l->inums, l->count + 1, sizeof(*more));
	if (!more) {
		netns_close(&ns);
		return -ENOMEM;
	}
	l->inums = more;
	more[l->count] = ns.inum;
	if (l->count < l->max)
		l->all[l->count] = ns;
	else
		netns_close(&ns);
	l->count++;
	return 0;
}

static int consider_all(const char *dir, bool numbers, struct listing *l)
{
	struct dirent *entry;
	DIR *d = opendir(dir);
	int err = 0;

	while (!err && d && (entry = readdir(d)))
		if (entry->d_name[0] != '.' && all_digits(entry->d_name) == numbers)
			err = consider(entry->d_name, l);
	if (d)
		closedir(d);
	return err;
}

int netns_list(struct hm_netns *all, int max)
{
	struct listing l = { .all = all, .max = max };
	int err = consider_all(NAMED, false, &l);

	if (!err)
		err = consider_all("/proc", true, &l);
	for (int i = 0; err && i < l.count && i < max; i++)
		netns_close(&all[i]);
	free(l.inums);
	return err ? err : l.count;
}

void netns_close(struct hm_netns *ns)
{
	if (ns->fd >= 0)
		close(ns->fd);
	ns->fd = -1;
}

int netns_within(const struct hm_netns *ns, int (*fn)(void *arg), void *arg)
{
	int home, err;

	if (ns->fd < 0)
		return fn(arg);
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (home < 0)
		return -errno;
	err = setns(ns->fd, CLONE_NEWNET) ? -errno : 0;
	if (!err) {
		err = fn(arg);
		if (setns(home, CLONE_NEWNET)) {
			log_error("cannot return to the own network namespace: %s; giving up",
				  strerror(errno));
			_exit(3);
		}
	}
	close(home);
	return err;
}
