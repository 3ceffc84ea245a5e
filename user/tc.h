/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Traffic control by netlink, as far as clsact needs it: one qdisc, BPF filters, and who else has
 * filters there. Every call works on a socket of the caller's, which belongs to the namespace it
 * was opened in, whoever uses it: the janitor reaches other namespaces so. Used by clsact.c.
 */
#ifndef HM_TC_H
#define HM_TC_H

#include <stdbool.h>
#include <stdint.h>

#define HM_TC_KIND_LEN 16 /* IFNAMSIZ, as the kernel has it */

struct hm_tc_chain { /* one direction of one interface */
	uint32_t ifindex;
	bool out; /* egress */
};

struct hm_tc_filter {
	uint32_t priority, handle;
	char kind[HM_TC_KIND_LEN]; /* "bpf", "flower" ... */
	char name[64]; /* of a BPF filter: as its maker called it */
	uint32_t prog_id; /* of a BPF filter; 0: not loaded as eBPF */
	uint8_t tag[8]; /* of its program, by the kernel */
};

typedef void (*hm_tc_filter_fn)(void *arg, const struct hm_tc_filter *filter);

/* A socket for the calls below, of the caller's namespace. fd or -errno. */
int tc_open(void);

/* What stands where clsact would: its kind, "clsact" or "ingress". 0; -ENOENT: nothing; -errno. */
int tc_qdisc_kind(int fd, uint32_t ifindex, char kind[HM_TC_KIND_LEN]);

/* 0: it was made; -EEXIST: clsact or ingress is there already; other -errno. */
int tc_add_clsact(int fd, uint32_t ifindex);

/* Removes the qdisc with all its filters, whoever made them. 0 or -errno. */
int tc_del_clsact(int fd, uint32_t ifindex);

/*
 * Every filter of a chain; a classifier is told too, with the handle 0. 0; -EAGAIN: it changed
 * meanwhile, so one may be missing; other -errno.
 */
int tc_filters(int fd, const struct hm_tc_chain *chain, hm_tc_filter_fn fn, void *arg);

/*
 * Adds a BPF filter with its priority, handle and name, for every protocol; the program's return
 * value decides. 0; -EEXIST: that handle is taken; -ENOSPC or -EINVAL: that priority belongs to
 * another protocol or kind; other -errno.
 */
int tc_add_filter(int fd, const struct hm_tc_chain *chain, const struct hm_tc_filter *filter,
		  int prog_fd);

/* Removes the BPF filter with this priority and handle. 0 or -errno. */
int tc_del_filter(int fd, const struct hm_tc_chain *chain, uint32_t priority, uint32_t handle);

#endif
