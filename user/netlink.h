/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel is asked by netlink: interfaces and their coming and going, the socket of one
 * connection, the route to an address. Used by source_live.c.
 */
#ifndef HM_NETLINK_H
#define HM_NETLINK_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "sighting.h"

struct hm_iface {
	char name[IF_NAMESIZE];
	uint32_t ifindex;
	uint16_t type; /* ARPHRD_* */
	bool up;
	bool gone; /* RTM_DELLINK */
	uint64_t rx_packets, tx_packets; /* as the device counts them */
	uint32_t xdp_id; /* program at its XDP hook; 0: none */
	char kind[16]; /* "veth", "vrf" ...; "" a card, or loopback */
	char slave_kind[16]; /* what its master is: "bridge", "bond", "openvswitch" ...; "" none */
	/* master: bridge or bond it is a port of; lower: what it is made on */
	uint32_t mtu, master, lower;
};

typedef int (*hm_iface_fn)(void *arg, const struct hm_iface *iface);

/* Every interface of the caller's namespace. 0, -errno, or what fn returned when not 0. */
int netlink_interfaces(hm_iface_fn fn, void *arg);

/* The same, of the namespace in which fd was opened by netlink_route_open(). */
int netlink_interfaces_of(int fd, hm_iface_fn fn, void *arg);

/*
 * A socket to ask the kernel about interfaces, routes and tc of the caller's namespace. fd or
 * -errno.
 */
int netlink_route_open(void);

/* A socket on which the kernel tells of interfaces from now on; non-blocking. fd or -errno. */
int netlink_watch_interfaces(void);

/* Delivers what waits there. 0; -ENOBUFS: news was lost, list anew; other -errno. */
int netlink_interface_news(int fd, hm_iface_fn fn, void *arg);

/* True if the device's packets begin with an Ethernet header, false: with IP; -EPROTONOSUPPORT. */
int netlink_has_ethernet(uint16_t type);

/*
 * What goes into that device leaves in other packets, which are not followed, or goes to a process.
 */
bool netlink_is_tunnel(const struct hm_iface *iface);

/* A socket for netlink_find_socket(), of the caller's namespace. fd or -errno. */
int netlink_diag_open(void);

/*
 * The socket of the connection local–remote. 0 with *out filled but for has_seq; -ENOENT: there
 * is none (out->state 0); other -errno.
 */
int netlink_find_socket(int fd, const struct hm_endpoint *local, const struct hm_endpoint *remote,
			struct hm_sight_socket *out);

/*
 * Counts the sockets of that namespace that lead to remote: used and waiting. Its cost is that of a
 * list of all of its TCP sockets. 0 or -errno.
 */
int netlink_count_ports(int fd, const struct hm_endpoint *remote, struct hm_sight_ports *out);

/* The interface by which packets to addr leave the caller's namespace; 0 not told; -errno. */
int netlink_route_device(const uint8_t addr[16]);

/*
 * Asks for the route to addr in the namespace in which fd was opened by netlink_route_open(): that
 * there is none is an answer. 0; -errno: it could not be asked.
 */
int netlink_route(int fd, const uint8_t addr[16], struct hm_sight_route *out);

/*
 * netlink_address.c: the interface there on which that address stands with others around it, no
 * loopback; 0: none, as where several hosts have it on purpose; -errno.
 */
int netlink_address_device(int fd, const uint8_t addr[16]);

struct nlmsghdr;

/*
 * For netlink*.c only. Asks and receives the first message of the answer. One that comes late,
 * after its question was given up, is not taken for the answer to the next. Bytes received, or
 * -errno.
 */
ssize_t netlink_ask(int fd, struct nlmsghdr *question, char *buf, size_t room);

/* recv(2) of an answer; with a limit to its time it is not restarted after a signal: signal(7). */
ssize_t netlink_receive(int fd, char *buf, size_t room);

#endif
