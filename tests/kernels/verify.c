// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the running kernel's verifier says of each of hopmark's programs, in the configuration that
 * costs it most: loads, attaches, verified instructions, stack. Used by tests/kernels/run.
 *
 *	verify OBJECT.bpf.o IFACE CGROUP
 *
 * IFACE is an interface that takes native XDP, in a network namespace of the caller's own; CGROUP a
 * directory of cgroup2. One line for each program: name,loads,attaches,instructions,stack, where
 * stack is that of the largest function in bytes. "absent": the kernel has no such tracepoint. Why
 * one does not load or attach goes to stderr. Exit status 0, or 1 when nothing could be told.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "filter.h"
#include "hm_abi.h"
#include "needles.h"

#define STATS 4 /* BPF_LOG_STATS */
#define LOG_BYTES (16 << 20)
#define OBJECT_BYTES (4 << 20)
#define TCX_INGRESS 46 /* enum bpf_attach_type, 6.6; libbpf 1.1 does not know it */

struct bench {
	void *object; /* with the longest filter */
	size_t object_size;
	unsigned int ifindex;
	int cgroup;
	struct btf *kernel;
	char *log;
};

struct told {
	const char *loads, *attaches;
	unsigned long insns, stack;
};

static int quiet(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)level;
	(void)fmt;
	(void)args;
	return 0;
}

/* Arguments of a tracepoint without its context, or -ENOENT. */
static int tracepoint_args(const struct btf *kernel, const char *tracepoint)
{
	char name[128];
	const struct btf_type *t;
	int id;

	snprintf(name, sizeof(name), "btf_trace_%s", tracepoint);
	id = btf__find_by_name_kind(kernel, name, BTF_KIND_TYPEDEF);
	if (id < 0)
		return -ENOENT;
	t = btf__type_by_id(kernel, btf__type_by_id(kernel, id)->type); /* a pointer */
	t = btf__type_by_id(kernel, t->type); /* to a function */
	return (int)btf_vlen(t) - 1;
}

/* A filter that takes up the room there is: as many hosts as can be, in steps of 20. */
static void longest_filter(struct hm_filter *filter)
{
	struct hm_filter *next = calloc(1, sizeof(*next));
	char text[16384] = "port 80 and host 10.0.0.1", why[HM_FILTER_WHY];

	for (int i = 2; next && !filter_compile(text, next, why, sizeof(why)); i += 20) {
		*filter = *next;
		for (int j = i; j < i + 20; j++)
			snprintf(text + strlen(text), 32, " or 10.0.%d.%d", j >> 8, j & 255);
	}
	free(next);
}

/* The object file at path, with the longest filter in it. 0 or -1. */
static int read_object(struct bench *b, const char *path)
{
	struct hm_filter *filter = calloc(1, sizeof(*filter));
	FILE *f = fopen(path, "re");
	void *bytes = malloc(OBJECT_BYTES);

	if (filter && f && bytes) {
		b->object_size = fread(bytes, 1, OBJECT_BYTES, f);
		longest_filter(filter);
		b->object = filter_link(bytes, b->object_size, filter);
	}
	if (f)
		fclose(f);
	free(bytes);
	free(filter);
	return b->object ? 0 : -1;
}

/* Every marker in use, every argument the kernel has read. */
static int configure(const struct bench *b, struct bpf_object *obj)
{
	struct hm_marker marker[HM_MAX_MARKERS] = {};
	struct bpf_map *rodata = bpf_object__find_map_by_name(obj, ".rodata");
	int reset = tracepoint_args(b->kernel, "tcp_send_reset");
	int drop = tracepoint_args(b->kernel, "kfree_skb");
	struct hm_config *conf;
	size_t size = 0;

	conf = rodata ? (struct hm_config *)bpf_map__initial_value(rodata, &size) : NULL;
	if (!conf || size < sizeof(*conf))
		return -EINVAL;
	conf->netns = 1;
	conf->self_pid = getpid();
	conf->rate_per_ms = 500;
	conf->kfree_skb_args = drop < 0 ? 0 : drop;
	conf->send_reset_args = reset < 0 ? 0 : reset;
	conf->listen_overflow = 2;
	conf->depth = 16384;
	conf->sni = 1;
	for (int i = 0; i < HM_MAX_MARKERS; i++) {
		marker[i].len = i % 2 ? HM_MARKER_MIN : HM_MARKER_MAX;
		memset(marker[i].bytes, 'a' + i, marker[i].len);
	}
	return needles_build(&conf->needles, marker, HM_MAX_MARKERS);
}

/* The object with this program alone to be loaded; NULL when it cannot be opened. */
static struct bpf_object *open_one(const struct bench *b, const char *name,
				   struct bpf_program **prog, int log_level)
{
	struct bpf_object *obj = bpf_object__open_mem(b->object, b->object_size, NULL);
	struct bpf_program *other;

	if (!obj)
		return NULL;
	bpf_object__for_each_program(other, obj)
		bpf_program__set_autoload(other, !strcmp(bpf_program__name(other), name));
	*prog = bpf_object__find_program_by_name(obj, name);
	memset(b->log, 0, LOG_BYTES);
	bpf_program__set_log_buf(*prog, b->log, LOG_BYTES);
	bpf_program__set_log_level(*prog, log_level);
	if (configure(b, obj)) {
		fprintf(stderr, "verify: it has not the configuration of include/hm_abi.h\n");
		bpf_object__close(obj);
		return NULL;
	}
	return obj;
}

/* The last lines of what the verifier says when it is asked for everything. */
static void tell_why(const struct bench *b, const char *name, int err)
{
	struct bpf_program *prog;
	struct bpf_object *obj = open_one(b, name, &prog, 1);
	const char *from;
	int lines = 0;

	if (!obj)
		return;
	bpf_object__load(obj);
	from = b->log + strlen(b->log);
	while (from > b->log && lines < 5)
		lines += *--from == '\n';
	fprintf(stderr, "verify: %s does not load: %s\n%s\n", name, strerror(-err), from);
	bpf_object__close(obj);
}

static void read_stats(const struct bench *b, struct told *told)
{
	const char *insns = strstr(b->log, "processed "), *at = strstr(b->log, "stack depth ");
	char *end;

	if (insns)
		told->insns = strtoul(insns + strlen("processed "), NULL, 10);
	for (at = at ? at + strlen("stack depth ") : NULL; at; at = *end == '+' ? end + 1 : NULL) {
		unsigned long depth = strtoul(at, &end, 10);

		told->stack = depth > told->stack ? depth : told->stack;
	}
}

static int attach_tc(const struct bench *b, int fd)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = b->ifindex, .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = fd, .handle = 1, .priority = 1);
	int link = bpf_link_create(fd, b->ifindex, TCX_INGRESS, NULL), err;

	if (link >= 0)
		return close(link);
	bpf_tc_hook_create(&hook);
	err = bpf_tc_attach(&hook, &opts);
	hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
	bpf_tc_hook_destroy(&hook);
	return err;
}

static int attach_xdp(const struct bench *b, int fd)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = 1U << 2); /* XDP_FLAGS_DRV_MODE */
	int link = bpf_link_create(fd, b->ifindex, BPF_XDP, &opts);

	return link < 0 ? -errno : close(link);
}

/* As hopmark attaches that kind of program; detached again at once. 0 or -errno. */
static int attach(const struct bench *b, const struct bpf_program *prog)
{
	struct bpf_link *link;

	switch (bpf_program__type(prog)) {
	case BPF_PROG_TYPE_SCHED_CLS:
		return attach_tc(b, bpf_program__fd(prog));
	case BPF_PROG_TYPE_XDP:
		return attach_xdp(b, bpf_program__fd(prog));
	case BPF_PROG_TYPE_CGROUP_SKB:
	case BPF_PROG_TYPE_CGROUP_SOCK_ADDR:
		link = bpf_program__attach_cgroup(prog, b->cgroup);
		break;
	default:
		link = bpf_program__attach(prog);
		break;
	}
	return link ? bpf_link__destroy(link) : -errno;
}

static void try_one(const struct bench *b, const char *name, struct told *told)
{
	struct bpf_program *prog;
	struct bpf_object *obj = open_one(b, name, &prog, STATS);
	int err;

	*told = (struct told){ "no", "no", 0, 0 };
	if (!obj)
		return;
	err = bpf_object__load(obj);
	read_stats(b, told);
	if (err) {
		tell_why(b, name, err);
	} else {
		told->loads = "yes";
		err = attach(b, prog);
		if (err)
			fprintf(stderr, "verify: %s does not attach: %s\n", name, strerror(-err));
		else
			told->attaches = "yes";
	}
	bpf_object__close(obj);
}

/* True for a program of a tracepoint that this kernel has not. */
static bool is_absent(const struct bench *b, const struct bpf_program *prog)
{
	const char *section = bpf_program__section_name(prog), *at;

	section += *section == '?';
	at = strncmp(section, "tp_btf/", 7) ? NULL : section + 7;
	return at && tracepoint_args(b->kernel, at) < 0;
}

static int try_all(const struct bench *b)
{
	struct bpf_object *names = bpf_object__open_mem(b->object, b->object_size, NULL);
	struct bpf_program *prog;
	int count = 0;

	if (!names) {
		fprintf(stderr, "verify: cannot open the object: %s\n", strerror(errno));
		return 0;
	}
	bpf_object__for_each_program(prog, names) {
		struct told told = { "absent", "absent", 0, 0 };

		if (!is_absent(b, prog))
			try_one(b, bpf_program__name(prog), &told);
		printf("%s,%s,%s,%lu,%lu\n", bpf_program__name(prog), told.loads, told.attaches,
		       told.insns, told.stack);
		count++;
	}
	bpf_object__close(names);
	return count;
}

int main(int argc, char **argv)
{
	struct bench b = {};

	if (argc != 4) {
		fprintf(stderr, "usage: verify OBJECT.bpf.o IFACE CGROUP\n");
		return 1;
	}
	libbpf_set_print(quiet);
	if (read_object(&b, argv[1])) {
		fprintf(stderr, "verify: %s: not an object with room for a filter\n", argv[1]);
		return 1;
	}
	b.ifindex = if_nametoindex(argv[2]);
	b.cgroup = open(argv[3], O_RDONLY | O_DIRECTORY);
	b.kernel = btf__load_vmlinux_btf();
	b.log = malloc(LOG_BYTES);
	if (!b.ifindex || b.cgroup < 0 || !b.kernel || !b.log) {
		fprintf(stderr, "verify: no interface %s, no directory %s, or no BTF here\n",
			argv[2], argv[3]);
		return 1;
	}
	return try_all(&b) ? 0 : 1;
}
