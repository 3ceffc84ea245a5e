/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The loader: sole owner of the BPF skeleton. Opens, configures, loads, attaches; hands out the
 * ring buffer, the counters and the socket iterator. Used by source_live.c and the packet tests.
 * Everything is held by file descriptors: when they close, SIGKILL included, nothing is left. Only
 * clsact filters on kernels without tcx are not; the janitor removes those.
 */
#ifndef HM_LOADER_H
#define HM_LOADER_H

#include <stdbool.h>
#include <stdint.h>

#include "drain.h"
#include "filter.h"
#include "hm_abi.h"
#include "programs.h"

struct hm_loader;

struct hm_loader_opts {
	const struct hm_filter *filter; /* copied; NULL: every connection is inside */
	struct hm_needles needles;
	uint32_t netns; /* inode number of the loader's own namespace */
	uint32_t ring_bytes; /* 0: 4 MiB */
	uint32_t tracks; /* connections that the kernel side remembers; 0: HM_MAX_TRACKS */
	uint32_t rate_per_ms; /* records each CPU may send in a millisecond; 0: no limit */
	uint32_t command_pid; /* 0: none */
	uint32_t depth; /* bytes of each turn that are searched; 0: all */
	const char *btf_file; /* BTF of this kernel, or NULL: its own */
	bool sni; /* tell names in ClientHellos */
	bool xdp; /* load the XDP program too */
	bool no_tcx; /* use clsact even where the kernel has tcx */
	bool l3; /* load those for devices without an Ethernet header now, not with the first one */
};

/*
 * Opens, configures and loads the programs. A part of them that the kernel refuses is left out, and
 * loader_lacks() says why. 0; -errno: none can be loaded, and libbpf's reason has gone to
 * log_debug; -EBADF: btf_file cannot be read or is no BTF; -ENXIO: the number of CPUs is not known
 * (no /sys).
 */
int loader_open(const struct hm_loader_opts *opts, struct hm_loader **out);
void loader_free(struct hm_loader *ld); /* detaches everything; NULL is fine */

/*
 * Adds programs for the interfaces of another namespace; they share every map but the packet
 * counters. Returns the instance number for the calls below (0 is the loader's own namespace).
 */
int loader_add_netns(struct hm_loader *ld, uint32_t netns);

/* From now on events of this namespace pass. */
int loader_watch_netns(struct hm_loader *ld, uint32_t netns);

/*
 * Makes ready for the interfaces of an instance, with the rights that takes; the caller is in its
 * namespace. Afterwards, even without rights, loader_attach_device() works. 0 or -errno.
 */
int loader_begin_devices(struct hm_loader *ld, int instance);

/*
 * Attaches one hook of an interface; the caller is in the interface's namespace. hook is
 * HM_HOOK_TC_IN, HM_HOOK_TC_OUT or HM_HOOK_XDP; l3: the device has no Ethernet header. XDP is
 * native and by link only. 0 or -errno (-EBUSY: the XDP slot is taken; -ETIME: the programs for
 * it were not loaded before loader_seal()).
 */
int loader_attach_device(struct hm_loader *ld, int instance, uint32_t ifindex, enum hm_hook hook,
			 bool l3);

/* No program is loaded from now on: the rights for that are given up. */
void loader_seal(struct hm_loader *ld);

/*
 * Detaches every interface. How many clsact filters could not be removed, or -errno: the janitor
 * did not answer.
 */
int loader_detach_devices(struct hm_loader *ld);

/* As attach_janitor_fd() and attach_lost_janitor(). */
int loader_janitor_fd(const struct hm_loader *ld);
bool loader_lost_janitor(struct hm_loader *ld, int *pid);

/* True if what was attached to this interface is still there. */
bool loader_has_device(struct hm_loader *ld, int instance, uint32_t ifindex);

/* The interface is gone, or is another one now: detaches what is left and counts from 0 again. */
void loader_forget_device(struct hm_loader *ld, int instance, uint32_t ifindex);

/*
 * Attaches a part that is not at interfaces: HM_PART_SOCKET at the cgroup2 directory
 * (cgroup_fd; -errno: why there is none), HM_PART_READ and after it at their tracepoints.
 * 0; -errno: also told by loader_lacks() from now on.
 */
int loader_attach(struct hm_loader *ld, enum hm_part part, int cgroup_fd);

/* What is not loaded or not attached, and why. Belongs to ld. */
const struct hm_lacks *loader_lacks(const struct hm_loader *ld);

/* Ring buffer: fd becomes readable when there are records; consume() is drain_consume(). */
int loader_ring_fd(const struct hm_loader *ld);
int loader_consume(struct hm_loader *ld, hm_record_fn fn, void *arg, int max);

/*
 * Sums over all CPUs; each CPU's as they were between two packets, where that can be had within
 * some 200 looks.
 */
int loader_counters(const struct hm_loader *ld, struct hm_counters *out);

/* Events that the kernel kept from a tracepoint program, because it ran already on that CPU. */
uint64_t loader_missed(const struct hm_loader *ld);

/* Packets at a hook of an interface so far. 0 or -errno: not known. */
int loader_device_packets(const struct hm_loader *ld, int instance, uint32_t ifindex,
			  enum hm_hook hook, uint64_t *packets);

/*
 * Every TCP socket of every process, in every namespace; *out is malloced, the caller frees it.
 * Returns how many, or -errno; -ENOENT: HM_PART_OWNERS is lacking, see loader_lacks().
 */
int loader_sockets(struct hm_loader *ld, struct hm_sock_rec **out);

/*
 * The programs at the hooks of the interfaces where a tcx link of any hopmark is, with --no-tcx of
 * anybody; *out is malloced, the caller frees it. Takes no rights. Returns how many, 0 where there
 * is no tcx; -errno: who is there cannot be found out.
 */
int loader_chains(struct hm_loader *ld, struct hm_chain_rec **out);

/*
 * What the kernel calls our link at that hook or, where ours are filters (*filter), the filter's
 * program; 0: none there.
 */
uint32_t loader_device_id(const struct hm_loader *ld, int instance, uint32_t ifindex,
			  enum hm_hook hook, bool *filter);

#define HM_BUILD_LEN 8 /* of hm_config.build */

/* What the configuration of this hopmark's programs calls their build, whatever their filter is. */
void loader_build(uint8_t build[HM_BUILD_LEN]);

/* The same of programs that have this map. 0; -ENOENT: it is no configuration of any; -errno. */
int loader_ask_build(int map_fd, uint8_t build[HM_BUILD_LEN]);

/* File descriptor of a loaded program, for BPF_PROG_TEST_RUN; -ENOENT: no such program. */
int loader_program_fd(const struct hm_loader *ld, const char *name);

/* Forgets every connection and sighting told: for tests that reuse a loader. */
int loader_reset(struct hm_loader *ld);

#endif
