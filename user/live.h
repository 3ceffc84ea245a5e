/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The live source's own parts, for its files only: source_live.c (life and records), live_watch.c
 * (the order of attaching), live_netns.c (namespaces), live_hooks.c (interfaces), live_kernel.c
 * (cgroup and tracepoints), live_around.c (who else is at the interfaces), live_xdp.c (what --xdp
 * may do), live_follow.c (interfaces that come and go), live_rights.c (what may be done),
 * live_probe.c (what is asked on demand), live_table.c (what is full), live_record.c
 * (kernel record to sighting).
 */
#ifndef HM_LIVE_H
#define HM_LIVE_H

#include "left.h"
#include "loader.h"
#include "net_files.h"
#include "netlink.h"
#include "netns.h"
#include "program_name.h"
#include "source.h"
#include "trace_opts.h"

#define HM_LIVE_NAMES 64
#define HM_LIVE_LISTENED 256

struct hm_live_ns { /* one watched namespace; [0] is hopmark's own */
	struct hm_netns ns;
	int instance; /* of the loader */
	int diag_fd; /* sock_diag socket opened inside */
	int route_fd; /* rtnetlink socket opened inside */
	struct hm_net_files files; /* opened inside */
	struct hm_conntrack table; /* as read last */
	uint64_t table_ns; /* when that was; 0: never */
	struct hm_requests requests; /* as read last */
	uint64_t requests_ns; /* when that was; 0: never */
	struct {
		/* false: could not be read: what they count since is not known */
		bool requests, table;
		uint64_t discarded, overflows; /* requests.* */
		uint64_t no_room; /* table.no_room */
	} before; /* when the trace began */
};

/* of a hop of an interface: what both had counted when it was first looked at */
struct hm_live_base {
	bool known;
	uint64_t attached_ns;
	uint64_t looked_ns; /* when it could be looked at last; 0: not since then */
	uint64_t told; /* packets of the device when the hop was first said to be blind */
	uint64_t device, hop;
};

struct hm_live_name { /* of somebody's program, asked for while that was allowed */
	uint32_t id;
	char name[HM_PROGRAM_NAME];
};

struct hm_live_ports {
	const struct hm_live_ns *in;
	struct hm_endpoint to;
	struct hm_sight_ports counted;
	uint64_t ns; /* when that was; 0: never */
};

struct hm_live_listened { /* a listener, and when it was there last */
	struct hm_sock_rec rec;
	uint64_t seen_ns;
};

struct hm_live {
	struct hm_source source; /* first: the pipeline's view */
	struct hm_scene scene;
	const struct hm_trace_opts *opts;
	struct hm_loader *loader;
	struct hm_live_ns ns[HM_MAX_NETNS + 1];
	uint32_t ns_count;
	int news_fd; /* interfaces that come and go */
	int epoll_fd; /* ring and news */
	struct hm_sock_rec *sockets; /* of the last iterator run */
	int socket_count;
	uint64_t sockets_ns; /* when that was */
	struct hm_live_ports ports; /* counted last */
	struct hm_left left;
	uint64_t waited_ns; /* when it last waited for what was left */
	struct hm_live_listened listened[HM_LIVE_LISTENED]; /* in this run or an earlier one */
	uint32_t listened_count;
	struct hm_live_base base[HM_MAX_HOPS];
	/* how long the interface of a hop was gone, all times together */
	uint64_t away_ns[HM_MAX_HOPS];
	uint32_t hops_forgotten; /* hops that went and whose place another one took */
	struct hm_live_name xdp[HM_LIVE_NAMES]; /* XDP programs that were there at the start */
	uint32_t xdp_count;
	bool sealed; /* the rights are gone */
	uint64_t look_next_ns; /* when the neighbours are looked at again */
	int64_t packets_sec; /* when hops[].packets were read, at most once a second */
	hm_sighting_fn fn; /* of the delivery under way */
	void *fn_arg;
};

/* Is there the right to watch anything at all? 0; -EPERM, which has been told. */
int live_check_rights(const struct hm_live *live);

/* Tells what is known less well for want of a right. */
void live_tell_rights(struct hm_live *live);

/* Gives up every right, and all system calls but some: see rights.h, confine.h. 0; -errno, told. */
int live_drop_rights(struct hm_live *live);

/* Attaches everything the options ask for and fills the scene's hops. As source_live_open(). */
int live_watch(struct hm_live *live, uint32_t command_pid);

/*
 * Opens the namespaces of --netns, behind hopmark's own, each once. What does not fit is told as
 * not watched. 0; -EINVAL: there is none of that name; -EACCES: it may not be opened; -ENOMEM. All
 * have been told.
 */
int live_open_namespaces(struct hm_live *live);

/* If another namespace has no room for its hops: closes those from that index on, and tells. */
bool live_leave_out(struct hm_live *live, uint32_t from);

/* Hops and interfaces of one namespace. 0 or -errno, which has been told. */
int live_watch_namespace(struct hm_live *live, struct hm_live_ns *in);

/* Attaches the programs at tracepoints and at the root of cgroup2, as far as that can be done. */
void live_watch_kernel(struct hm_live *live);

/*
 * Tells what of the kernel side could not be loaded or attached: rows of "not watched", and one
 * line on stderr where a kind of hop is gone. Takes those hops off the scene.
 */
void live_tell_lacks(struct hm_live *live);

/*
 * Index of the hop, added if it is not there; -ENOSPC. dev: "eth0" or "socket"; end: "in" ... or
 * NULL. The name gets the namespace's prefix. An interface that comes again has the hop it had,
 * whatever its index is now.
 */
int live_add_hop(struct hm_live *live, const struct hm_live_ns *in, const char *dev,
		 const char *end, enum hm_hook hook, uint32_t ifindex);

/* True if -i names it, or names none. */
bool live_is_wanted(const struct hm_live *live, const char *name);

/* Keeps at the hops of that interface whether it is a bridge, or a port of one, now. */
void live_take_bridge(struct hm_live *live, uint32_t netns, const struct hm_iface *iface);

/*
 * Attaches to one interface of a watched namespace; what fails is told as not watched. 0 or -errno.
 */
int live_watch_interface(struct hm_live *live, const struct hm_live_ns *in,
			 const struct hm_iface *iface);

/*
 * Whether --xdp may be done: not on what carries this SSH session, and on no card where it is not
 * known what does. 0; -EINVAL, which has been told.
 */
int live_xdp_allowed(const struct hm_live *live);

/* Says on stderr what XDP does to this interface, once it is attached. */
void live_xdp_warn(const struct hm_iface *iface);

/* Why attaching XDP to this interface failed with err, and who holds the place. */
void live_xdp_why(const struct hm_iface *iface, int err, char *why, size_t len);

/*
 * Looks who else is at the hooks of the interfaces and which hops see nothing, ten times a second
 * at most, where many interfaces make that dear less often, and at the end; what has changed is
 * told in the scene. Takes no rights.
 */
void live_look_around(struct hm_live *live);

/*
 * A hop of an interface has just been attached: until somebody has looked, who runs first is not
 * known.
 */
void live_not_looked_yet(struct hm_live *live, int at);

/* A hop that had gone made room for another one. */
void live_tell_forgotten(struct hm_live *live);

/* Interfaces came or went. 0 or -errno. */
int live_follow_interfaces(struct hm_live *live);

/* Packets at a hop of an interface so far. 0; -errno: not known, *packets is as it was. */
int live_packets(const struct hm_live *live, int instance, const struct hm_hop *hop,
		 uint64_t *packets);

/* As hm_source_ops.probe. */
int live_probe(struct hm_source *src, const struct hm_leg *leg, hm_sighting_fn fn, void *arg);

/* Looks who listens, so that one that goes in mid-trace can be named later. */
void live_look_first(struct hm_live *live);

/* live_listened.c: takes in who listens by the last look. */
void live_listened_note(struct hm_live *live);

/*
 * One that listened on that port and did not by the last look, from that place on; NULL: no more.
 */
const struct hm_live_listened *live_listened_gone(const struct hm_live *live, uint16_t port,
						  uint32_t *from);

/*
 * Opens, inside the namespace, what tells of it later, and takes down what it has counted so far.
 */
void live_open_files(struct hm_live *live, struct hm_live_ns *in);
void live_count_before(struct hm_live_ns *in); /* the latter alone */

/*
 * A SYN that netfilter dropped: adds how full the table of connections is. One that comes to a
 * listener where others wait: adds how many may. What met a full accept queue: adds how often that
 * happened in the whole namespace. Where that can be asked.
 */
void live_ask_table(struct hm_live *live, uint32_t netns, struct hm_sighting *s);

/* Hop of (namespace, hook, interface), or -1. One that is gone only if no other has the index. */
int live_hop(const struct hm_live *live, uint32_t netns, enum hm_hook hook, uint32_t ifindex);

/* Kernel record to sighting. hop: index of its hop. */
void live_sighting(const struct hm_rec *rec, int hop, struct hm_sighting *out);

/* Address in network order, as the kernel side holds it, to an endpoint. */
void live_endpoint(struct hm_endpoint *e, const uint32_t addr[4], uint16_t port_be,
		   uint32_t ifindex);

#endif
