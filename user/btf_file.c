// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file of --btf, see btf_file.h. Raw BTF does not say whose it is, and the offsets of another
 * kernel would make hopmark tell what is not so. But it names the kernel's functions: of Linux 6.1,
 * 6.12 and 6.18 no more than 2 % of the own ones are missing in kallsyms (inlined since), and over
 * 20 % of one of the others'.
 */
#include "btf_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/utsname.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "log.h"

#define STRANGE_PER_CENT 10 /* of the functions that may be missing */

struct function {
	const char *name; /* in the BTF */
	bool found;
};

struct functions {
	struct function *of; /* by name */
	size_t count;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct function *)a)->name, ((const struct function *)b)->name);
}

static int list_functions(const struct btf *btf, struct functions *list)
{
	uint32_t types = btf__type_cnt(btf);

	list->count = 0;
	list->of = calloc(types, sizeof(*list->of));
	if (!list->of)
		return -ENOMEM;
	for (uint32_t id = 1; id < types; id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);

		if (btf_is_func(t))
			list->of[list->count++].name = btf__name_by_offset(btf, t->name_off);
	}
	qsort(list->of, list->count, sizeof(*list->of), by_name);
	return 0;
}

/* Static functions of one name stand in it more than once. */
static void find(struct functions *list, const char *name)
{
	const struct function key = { .name = name };
	struct function *f = bsearch(&key, list->of, list->count, sizeof(key), by_name);
	struct function *end = list->of + list->count;

	if (!f || f->found)
		return;
	while (f > list->of && !by_name(f - 1, &key))
		f--;
	for (; f < end && !by_name(f, &key); f++)
		f->found = true;
}

/* How many are in kallsyms, or -errno. */
static ssize_t count_found(struct functions *list, const char *kallsyms)
{
	FILE *f = fopen(kallsyms, "re");
	ssize_t found = 0;
	char *line = NULL;
	size_t room = 0;

	if (!f)
		return -errno;
	while (getline(&line, &room, f) > 0) {
		char name[512];

		if (sscanf(line, "%*s %*s %511s", name) == 1)
			find(list, name);
	}
	if (ferror(f))
		found = -EIO;
	free(line);
	fclose(f);
	for (size_t i = 0; found >= 0 && i < list->count; i++)
		found += list->of[i].found;
	return found;
}

static int refuse(const char *path, const char *why)
{
	log_error("--btf %s: %s", path, why);
	return -EINVAL;
}

static int refuse_strange(const char *path, size_t missing, size_t count)
{
	struct utsname uts;

	uname(&uts);
	log_error("--btf %s: does not fit this kernel: %zu of its %zu functions are not here; "
		  "it takes that of Linux %s", path, missing, count, uts.release);
	return -EINVAL;
}

static int check_fit(const char *path, const struct btf *btf, const char *kallsyms)
{
	struct functions list;
	ssize_t found;
	size_t missing;
	int err = list_functions(btf, &list);

	found = err ? err : count_found(&list, kallsyms);
	free(list.of);
	if (found < 0) {
		log_error("--btf %s: cannot be compared with the kernel's functions: %s: %s", path,
			  kallsyms, strerror((int)-found));
		return -EINVAL;
	}
	missing = list.count - (size_t)found;
	if (!list.count)
		return refuse(path, "does not fit this kernel: it names no functions");
	if (missing * 100 > list.count * STRANGE_PER_CENT)
		return refuse_strange(path, missing, list.count);
	return 0;
}

/* Says nothing itself, where libbpf would. NULL and errno. */
static struct btf *parse(const char *path)
{
	libbpf_print_fn_t print = libbpf_set_print(NULL);
	struct btf *btf = btf__parse(path, NULL);
	int err = errno;

	libbpf_set_print(print);
	errno = err;
	return btf;
}

int btf_file_check(const char *path, const char *kallsyms)
{
	struct btf *btf;
	struct stat st;
	int err;

	if (!path)
		return 0;
	if (stat(path, &st))
		return refuse(path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return refuse(path, "not a regular file");
	btf = parse(path);
	if (!btf && (errno == EACCES || errno == ENOMEM || errno == EPERM))
		return refuse(path, strerror(errno));
	if (!btf)
		return refuse(path, "no BTF in it: raw BTF or a vmlinux is needed, as from "
				    "/sys/kernel/btf/vmlinux");
	err = check_fit(path, btf, kallsyms);
	btf__free(btf);
	return err;
}
