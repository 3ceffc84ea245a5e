/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of the loader: shared by loader.c and loader_load.c, and the only header that knows the
 * skeleton.
 */
#ifndef HM_LOADER_INSIDE_H
#define HM_LOADER_INSIDE_H

#include "attach.h"
#include "hopmark.skel.h"
#include "iterators.h"
#include "loader.h"
#include "target_btf.h"

#define HM_MAX_INSTANCES 65 /* the loader's own namespace and 64 others */

struct hm_loader {
	struct hopmark_bpf *skel[HM_MAX_INSTANCES]; /* [0] has everything, the others tc and XDP */
	struct hopmark_bpf *l3_skel[HM_MAX_INSTANCES]; /* for devices without an Ethernet header */
	int instances;
	struct hm_attachments devices;
	struct bpf_link *links[16]; /* cgroup, tracepoints, iterator */
	int link_count;
	struct hm_iterators iterators;
	struct hm_drain drain;
	struct hm_lacks lacks;
	int cpus;
	struct hm_target_btf btf;
	struct hm_filter filter;
	uint32_t ring_bytes, tracks; /* 0: as it is in the object */
	bool xdp, l3, sealed;
	bool old; /* the object for kernels before 5.12: the same maps and programs */
};

/*
 * Loads the first instance: everything at once, or without the parts that the kernel refuses, which
 * ld->lacks names then. 0 or -errno, as loader_open().
 */
int load_first(struct hm_loader *ld, const struct hm_loader_opts *opts);

/*
 * The tc programs of an instance for devices without an Ethernet header, if they are not loaded
 * yet: most hosts have none. 0 or -errno; -ETIME: not loaded before loader_seal().
 */
int load_l3(struct hm_loader *ld, int instance);

#endif
