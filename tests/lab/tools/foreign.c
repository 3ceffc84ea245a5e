/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Somebody else's program at an interface, for the lab: attaches foreign.bpf.o, says "ready", and
 * takes it off again when it is ended; then it prints "packets N of_port N".
 *
 *   foreign OBJECT INTERFACE WHERE ACTION [PORT [INTERFACE [ADDRESS]]]
 *
 * WHERE: tcx-in-first tcx-in-last tcx-out-first tcx-out-last, clsact-in-PRIO clsact-out-PRIO, xdp
 * (a link), xdp-netlink. ACTION: next ok shot stolen redirect (by the last INTERFACE), or pass drop
 * tx for XDP; corrupt: their TCP checksum is changed; with "-data" behind it only to packets with
 * payload. It is done to the packets of a port, without PORT to all. ACTION to, from: TCP gets
 * ADDRESS as destination, as source, and goes out by the last INTERFACE; a second program, called
 * by the first, does it. ACTION empty: at tcx or clsact a program that does nothing, and does not
 * count.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/pkt_cls.h>
#include <net/if.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "foreign.h"

/* Newer than Debian 12's headers: include/uapi/linux/bpf.h of Linux 6.6. */
#define TCX_INGRESS 46
#define TCX_EGRESS 47
#define F_BEFORE (1U << 3)
#define F_AFTER (1U << 4)

static const struct {
	const char *name;
	int value;
} actions[] = {
	{"next", -1},  {"ok", TC_ACT_OK},     {"shot", TC_ACT_SHOT}, {"stolen", TC_ACT_STOLEN},
	{"redirect", 0}, {"pass", XDP_PASS}, {"drop", XDP_DROP},    {"tx", XDP_TX},
	{"to", 0},     {"from", 0},	      {"corrupt", -1},	  {"empty", -1},
};

static void die(const char *what, int err)
{
	fprintf(stderr, "foreign: %s: %s\n", what, strerror(err < 0 ? -err : err));
	exit(1);
}

static int action_of(const char *name)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (!strncmp(actions[i].name, name, strcspn(name, "-")))
			return actions[i].value;
	die(name, EINVAL);
	return 0;
}

static bool wanted(const char *name, const char *program)
{
	return !strcmp(name, program) ||
	       (!strcmp(program, "foreign_lb") && !strcmp(name, "foreign_lb_send"));
}

static void set_second_stage(const struct bpf_object *obj)
{
	unsigned int zero = 0;
	int fd = bpf_program__fd(bpf_object__find_program_by_name(obj, "foreign_lb_send"));

	if (bpf_map_update_elem(bpf_object__find_map_fd_by_name(obj, "stages"), &zero, &fd,
				BPF_ANY))
		die("stages", errno);
}

static struct bpf_object *load(const char *file, const char *program,
			       const struct foreign_config *config)
{
	struct bpf_object *obj = bpf_object__open_file(file, NULL);
	struct bpf_program *prog;
	struct bpf_map *map;
	int err;

	if (!obj)
		die(file, errno);
	bpf_object__for_each_program(prog, obj)
		bpf_program__set_autoload(prog, wanted(bpf_program__name(prog), program));
	bpf_object__for_each_map(map, obj) {
		if (!strstr(bpf_map__name(map), ".rodata"))
			continue;
		err = bpf_map__set_initial_value(map, config, sizeof(*config));
		if (err)
			die(".rodata", err);
	}
	err = bpf_object__load(obj);
	if (err)
		die("load", err);
	if (!strcmp(program, "foreign_lb"))
		set_second_stage(obj);
	return obj;
}

/* tcx: "tcx-in-first" ... */
static int attach_tcx(const char *where, int ifindex, int fd)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts,
		    .flags = strstr(where, "-first") ? F_BEFORE : F_AFTER);
	int type = strstr(where, "-in-") ? TCX_INGRESS : TCX_EGRESS;

	return bpf_link_create(fd, ifindex, type, &opts);
}

static void clsact_opts(const char *where, int ifindex, struct bpf_tc_hook *hook,
			struct bpf_tc_opts *opts)
{
	*hook = (struct bpf_tc_hook){.sz = sizeof(*hook), .ifindex = ifindex,
				     .attach_point = strstr(where, "-in-") ? BPF_TC_INGRESS
									   : BPF_TC_EGRESS};
	*opts = (struct bpf_tc_opts){.sz = sizeof(*opts), .handle = 7,
				     .priority = (unsigned int)atoi(strrchr(where, '-') + 1)};
}

static int attach_clsact(const char *where, int ifindex, int fd)
{
	struct bpf_tc_hook hook;
	struct bpf_tc_opts opts;
	int err;

	clsact_opts(where, ifindex, &hook, &opts);
	err = bpf_tc_hook_create(&hook);
	if (err && err != -EEXIST)
		return err;
	opts.prog_fd = fd;
	return bpf_tc_attach(&hook, &opts);
}

static int attach(const char *where, int ifindex, int fd)
{
	LIBBPF_OPTS(bpf_link_create_opts, native, .flags = XDP_FLAGS_DRV_MODE);

	if (!strncmp(where, "tcx-", 4))
		return attach_tcx(where, ifindex, fd);
	if (!strncmp(where, "clsact-", 7))
		return attach_clsact(where, ifindex, fd);
	if (!strcmp(where, "xdp"))
		return bpf_link_create(fd, ifindex, BPF_XDP, &native);
	if (!strcmp(where, "xdp-netlink"))
		return bpf_xdp_attach(ifindex, fd, XDP_FLAGS_DRV_MODE, NULL);
	return -EINVAL;
}

static int detach(const char *where, int ifindex, int link)
{
	struct bpf_tc_hook hook;
	struct bpf_tc_opts opts;

	if (!strncmp(where, "clsact-", 7)) {
		clsact_opts(where, ifindex, &hook, &opts);
		return bpf_tc_detach(&hook, &opts);
	}
	if (!strcmp(where, "xdp-netlink"))
		return bpf_xdp_detach(ifindex, XDP_FLAGS_DRV_MODE, NULL);
	return close(link);
}

static void print_counts(const struct bpf_object *obj)
{
	struct foreign_counts counts = {0};
	unsigned int zero = 0;

	bpf_map_lookup_elem(bpf_object__find_map_fd_by_name(obj, "counts"), &zero, &counts);
	printf("packets %llu of_port %llu\n", counts.packets, counts.of_port);
}

static struct foreign_config configured(int argc, char **argv)
{
	struct foreign_config config = {.action = action_of(argv[4])};

	config.from = !strcmp(argv[4], "from");
	config.corrupt = !strncmp(argv[4], "corrupt", 7);
	config.data = strstr(argv[4], "-data") != NULL;
	config.port = (unsigned short)(argc > 5 ? atoi(argv[5]) : 0);
	config.redirect = argc > 6 ? if_nametoindex(argv[6]) : 0;
	if (argc > 7 && inet_pton(AF_INET, argv[7], &config.address) != 1)
		die(argv[7], EINVAL);
	return config;
}

static const char *program_for(const char *where, const char *action,
			       const struct foreign_config *config)
{
	if (!strcmp(action, "empty"))
		return "foreign_empty";
	if (!strncmp(where, "xdp", 3))
		return "foreign_xdp";
	return config->address ? "foreign_lb" : "foreign_tc";
}

int main(int argc, char **argv)
{
	struct foreign_config config;
	struct bpf_object *obj;
	const char *program;
	int ifindex, link, sig;
	sigset_t ends;

	if (argc < 5 || argc > 8) {
		fprintf(stderr,
			"usage: foreign OBJECT INTERFACE WHERE ACTION [PORT [INTERFACE [ADDRESS]]]\n");
		return 2;
	}
	ifindex = (int)if_nametoindex(argv[2]);
	if (!ifindex)
		die(argv[2], errno);
	config = configured(argc, argv);
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	program = program_for(argv[3], argv[4], &config);
	obj = load(argv[1], program, &config);
	link = attach(argv[3], ifindex,
		      bpf_program__fd(bpf_object__find_program_by_name(obj, program)));
	if (link < 0)
		die(argv[3], link);
	printf("ready\n");
	fflush(stdout);
	sigwait(&ends, &sig);
	detach(argv[3], ifindex, link);
	print_counts(obj);
	bpf_object__close(obj);
	return 0;
}
