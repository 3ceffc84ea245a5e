// SPDX-License-Identifier: GPL-2.0-only
/* Network namespaces, see netns.h. */
#include "netns.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
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

/* One entry of NAMED or /proc, unless its namespace is known already. */
static int consider(const char *which, struct hm_netns *all, int max, int count)
{
	uint32_t own = netns_own();
	struct hm_netns ns;

	if (netns_open(which, &ns))
		return count;
	for (int i = 0; i < count && i < max; i++)
		if (all[i].inum == ns.inum)
			own = ns.inum;
	if (ns.inum == own || count >= max)
		netns_close(&ns);
	else
		all[count] = ns;
	return ns.inum == own ? count : count + 1;
}

static int consider_all(const char *dir, bool numbers, struct hm_netns *all, int max, int count)
{
	struct dirent *entry;
	DIR *d = opendir(dir);

	while (d && (entry = readdir(d)))
		if (entry->d_name[0] != '.' && all_digits(entry->d_name) == numbers)
			count = consider(entry->d_name, all, max, count);
	if (d)
		closedir(d);
	return count;
}

int netns_list(struct hm_netns *all, int max)
{
	int count = consider_all(NAMED, false, all, max, 0);

	return consider_all("/proc", true, all, max, count);
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
