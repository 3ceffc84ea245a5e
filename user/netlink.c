// SPDX-License-Identifier: GPL-2.0-only
/* Netlink questions, see netlink.h. */
#include "netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

static bool is_ip4(const uint8_t addr[16])
{
	return !memcmp(addr, mapped, sizeof(mapped));
}

static int open_netlink(int protocol, uint32_t groups, int flags)
{
	struct sockaddr_nl local = { .nl_family = AF_NETLINK, .nl_groups = groups };
	struct timeval patience = { .tv_sec = 1 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, protocol), err;

	if (fd < 0)
		return -errno;
	/* Without groups sending binds it: bind() is not among the calls of confine.c. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) ||
	    (groups && bind(fd, (struct sockaddr *)&local, sizeof(local)))) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

ssize_t netlink_receive(int fd, char *buf, size_t room)
{
	ssize_t n;

	do
		n = recv(fd, buf, room, 0);
	while (n < 0 && errno == EINTR);
	return n;
}

ssize_t netlink_ask(int fd, struct nlmsghdr *question, char *buf, size_t room)
{
	static uint32_t last_seq;
	struct nlmsghdr *msg = (struct nlmsghdr *)buf;
	ssize_t n;

	question->nlmsg_seq = ++last_seq;
	if (send(fd, question, question->nlmsg_len, 0) < 0)
		return -errno;
	do {
		n = netlink_receive(fd, buf, room);
		if (n < 0)
			return -errno;
		if (!NLMSG_OK(msg, (unsigned int)n))
			return -EBADMSG;
	} while (msg->nlmsg_seq != question->nlmsg_seq);
	return n;
}

static void take_number(void *to, size_t size, const struct rtattr *attr)
{
	if (RTA_PAYLOAD(attr) >= size)
		memcpy(to, RTA_DATA(attr), size);
}

static void take_text(char *to, size_t room, const struct rtattr *attr)
{
	size_t n = RTA_PAYLOAD(attr);

	if (n >= room)
		n = room - 1;
	memcpy(to, RTA_DATA(attr), n);
	to[n] = '\0';
}

/* The attribute of that type inside another, or NULL. */
static const struct rtattr *inside(const struct rtattr *outer, uint16_t type)
{
	const struct rtattr *attr = RTA_DATA(outer);
	int len = RTA_PAYLOAD(outer);

	for (; RTA_OK(attr, len); attr = RTA_NEXT(attr, len))
		if (attr->rta_type == type)
			return attr;
	return NULL;
}

/* Counters, kind and XDP program. IFLA_XDP_PROG_ID is missing where several modes have one. */
static void take_facts(struct hm_iface *iface, const struct rtattr *attr)
{
	static const uint16_t ids[] = { IFLA_XDP_PROG_ID, IFLA_XDP_DRV_PROG_ID,
					IFLA_XDP_SKB_PROG_ID, IFLA_XDP_HW_PROG_ID };
	const struct rtattr *in;
	struct rtnl_link_stats64 stats = {};

	switch (attr->rta_type & NLA_TYPE_MASK) {
	case IFLA_IFNAME:
		take_text(iface->name, sizeof(iface->name), attr);
		break;
	case IFLA_MTU:
		take_number(&iface->mtu, sizeof(iface->mtu), attr);
		break;
	case IFLA_MASTER:
		take_number(&iface->master, sizeof(iface->master), attr);
		break;
	case IFLA_LINK:
		take_number(&iface->lower, sizeof(iface->lower), attr);
		break;
	case IFLA_STATS64:
		take_number(&stats, offsetof(struct rtnl_link_stats64, rx_bytes), attr);
		iface->rx_packets = stats.rx_packets;
		iface->tx_packets = stats.tx_packets;
		break;
	case IFLA_LINKINFO:
		in = inside(attr, IFLA_INFO_KIND);
		if (in)
			take_text(iface->kind, sizeof(iface->kind), in);
		in = inside(attr, IFLA_INFO_SLAVE_KIND);
		if (in)
			take_text(iface->slave_kind, sizeof(iface->slave_kind), in);
		break;
	case IFLA_XDP:
		for (size_t i = 0; i < HM_ARRAY_SIZE(ids) && !iface->xdp_id; i++) {
			in = inside(attr, ids[i]);
			if (in)
				take_number(&iface->xdp_id, sizeof(iface->xdp_id), in);
		}
		break;
	}
}

static int take_link(struct nlmsghdr *msg, hm_iface_fn fn, void *arg)
{
	struct ifinfomsg *info = NLMSG_DATA(msg);
	struct rtattr *attr = IFLA_RTA(info);
	int len = IFLA_PAYLOAD(msg);
	struct hm_iface iface = {
		.ifindex = info->ifi_index,
		.type = info->ifi_type,
		.up = info->ifi_flags & IFF_UP,
		.gone = msg->nlmsg_type == RTM_DELLINK,
	};

	if (info->ifi_family != AF_UNSPEC)
		return 0; /* a bridge's or IPv6's own: its end is not that of the interface */
	for (; RTA_OK(attr, len); attr = RTA_NEXT(attr, len))
		take_facts(&iface, attr);
	return fn(arg, &iface);
}

/* 1: the dump is over; 0: go on; -errno. */
static int take_links(char *buf, int len, hm_iface_fn fn, void *arg)
{
	struct nlmsghdr *msg = (struct nlmsghdr *)buf;
	int err = 0;

	for (; !err && NLMSG_OK(msg, (unsigned int)len); msg = NLMSG_NEXT(msg, len)) {
		if (msg->nlmsg_type == NLMSG_DONE)
			return 1;
		if (msg->nlmsg_type == NLMSG_ERROR)
			return ((struct nlmsgerr *)NLMSG_DATA(msg))->error;
		if (msg->nlmsg_type == RTM_NEWLINK || msg->nlmsg_type == RTM_DELLINK)
			err = take_link(msg, fn, arg);
	}
	return err;
}

int netlink_interfaces_of(int fd, hm_iface_fn fn, void *arg)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg info;
	} question = {
		.head = { .nlmsg_len = sizeof(question), .nlmsg_type = RTM_GETLINK,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
	};
	char buf[32768] __attribute__((aligned(NLMSG_ALIGNTO)));
	ssize_t n = netlink_ask(fd, &question.head, buf, sizeof(buf));
	int err = n < 0 ? (int)n : take_links(buf, n, fn, arg);

	while (!err) {
		n = netlink_receive(fd, buf, sizeof(buf));
		err = n < 0 ? -errno : take_links(buf, n, fn, arg);
	}
	return err == 1 ? 0 : err;
}

int netlink_interfaces(hm_iface_fn fn, void *arg)
{
	int fd = netlink_route_open(), err = fd;

	if (fd >= 0) {
		err = netlink_interfaces_of(fd, fn, arg);
		close(fd);
	}
	return err;
}

int netlink_route_open(void)
{
	return open_netlink(NETLINK_ROUTE, 0, 0);
}

int netlink_watch_interfaces(void)
{
	return open_netlink(NETLINK_ROUTE, RTMGRP_LINK, SOCK_NONBLOCK);
}

int netlink_interface_news(int fd, hm_iface_fn fn, void *arg)
{
	char buf[32768] __attribute__((aligned(NLMSG_ALIGNTO)));

	for (;;) {
		ssize_t n = recv(fd, buf, sizeof(buf), 0);
		int err;

		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		err = take_links(buf, n, fn, arg);
		if (err < 0)
			return err;
	}
}

bool netlink_is_tunnel(const struct hm_iface *iface)
{
	static const char *const kinds[] = {
		"vxlan",     "geneve", "gre", "gretap", "ip6gre",  "ip6gretap", "erspan",
		"ip6erspan", "ipip",   "sit", "ip6tnl", "vti",	   "vti6",	"xfrm",
		"wireguard", "ovpn",   "tun", "ppp",	"bareudp", "gtp",	"amt"};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(iface->kind, kinds[i]))
			return true;
	return false;
}

int netlink_has_ethernet(uint16_t type)
{
	switch (type) {
	case ARPHRD_ETHER:
	case ARPHRD_LOOPBACK:
		return 1;
	case ARPHRD_NONE:
	case ARPHRD_PPP:
	case ARPHRD_TUNNEL:
	case ARPHRD_TUNNEL6:
	case ARPHRD_SIT:
	case ARPHRD_IPGRE:
	case ARPHRD_IP6GRE:
	case ARPHRD_RAWIP:
		return 0;
	default:
		return -EPROTONOSUPPORT;
	}
}

int netlink_diag_open(void)
{
	return open_netlink(NETLINK_SOCK_DIAG, 0, 0);
}

static void put_address(__be32 to[4], const uint8_t addr[16], bool ip4)
{
	memset(to, 0, 16);
	memcpy(to, addr + (ip4 ? 12 : 0), ip4 ? 4 : 16);
}

static int take_socket(char *buf, struct hm_sight_socket *out)
{
	struct nlmsghdr *msg = (struct nlmsghdr *)buf;
	struct inet_diag_msg *diag;

	if (msg->nlmsg_type == NLMSG_ERROR)
		return ((struct nlmsgerr *)NLMSG_DATA(msg))->error;
	if (msg->nlmsg_len < NLMSG_LENGTH(sizeof(*diag)))
		return -EBADMSG;
	diag = NLMSG_DATA(msg);
	if (diag->idiag_state == HM_STATE_LISTEN)
		return -ENOENT; /* the lookup falls back to the listener */
	out->state = diag->idiag_state;
	out->accepted = diag->idiag_inode != 0;
	out->unread = diag->idiag_rqueue;
	out->unsent = diag->idiag_wqueue;
	return 0;
}

int netlink_find_socket(int fd, const struct hm_endpoint *local, const struct hm_endpoint *remote,
			struct hm_sight_socket *out)
{
	bool ip4 = is_ip4(local->addr);
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 req;
	} question = {
		.head = { .nlmsg_len = sizeof(question), .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			  .nlmsg_flags = NLM_F_REQUEST },
		.req = { .sdiag_family = ip4 ? AF_INET : AF_INET6, .sdiag_protocol = IPPROTO_TCP,
			 .idiag_states = ~0U,
			 .id = { .idiag_sport = htons(local->port),
				 .idiag_dport = htons(remote->port),
				 .idiag_if = local->scope,
				 .idiag_cookie = { INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE } } },
	};
	char buf[8192] __attribute__((aligned(NLMSG_ALIGNTO)));
	ssize_t n;

	memset(out, 0, sizeof(*out));
	put_address(question.req.id.idiag_src, local->addr, ip4);
	put_address(question.req.id.idiag_dst, remote->addr, ip4);
	n = netlink_ask(fd, &question.head, buf, sizeof(buf));
	return n < 0 ? (int)n : take_socket(buf, out);
}

/*
 * Asks for a route; the answer is in buf, *error is the route lookup's own. 0; -errno: it could not
 * be asked.
 */
static int ask_route(int fd, const uint8_t addr[16], char *buf, size_t room, int *error)
{
	bool ip4 = is_ip4(addr);
	struct {
		struct nlmsghdr head;
		struct rtmsg route;
		struct rtattr attr;
		uint8_t dst[16];
	} question = {
		.head = { .nlmsg_type = RTM_GETROUTE, .nlmsg_flags = NLM_F_REQUEST },
		.route = { .rtm_family = ip4 ? AF_INET : AF_INET6, .rtm_dst_len = ip4 ? 32 : 128 },
		.attr = { .rta_type = RTA_DST, .rta_len = RTA_LENGTH(ip4 ? 4 : 16) },
	};
	ssize_t n;

	memcpy(question.dst, addr + (ip4 ? 12 : 0), ip4 ? 4 : 16);
	question.head.nlmsg_len = NLMSG_LENGTH(sizeof(question.route)) + RTA_SPACE(ip4 ? 4 : 16);
	n = netlink_ask(fd, &question.head, buf, room);
	if (n < 0)
		return (int)n;
	*error = 0;
	if (((struct nlmsghdr *)buf)->nlmsg_type == NLMSG_ERROR)
		*error = -((struct nlmsgerr *)NLMSG_DATA((struct nlmsghdr *)buf))->error;
	return 0;
}

int netlink_route(int fd, const uint8_t addr[16], struct hm_sight_route *out)
{
	char buf[8192] __attribute__((aligned(NLMSG_ALIGNTO)));
	const struct rtmsg *route = NLMSG_DATA((struct nlmsghdr *)buf);
	int err = ask_route(fd, addr, buf, sizeof(buf), &out->error);

	out->local = !err && !out->error && route->rtm_type == RTN_LOCAL;
	return err;
}

int netlink_route_device(const uint8_t addr[16])
{
	char buf[8192] __attribute__((aligned(NLMSG_ALIGNTO)));
	const struct nlmsghdr *msg = (const struct nlmsghdr *)buf;
	int fd = netlink_route_open(), err = fd, error = 0, device = 0, len;
	const struct rtattr *attr;

	if (fd >= 0) {
		err = ask_route(fd, addr, buf, sizeof(buf), &error);
		close(fd);
	}
	if (err < 0 || error)
		return err < 0 ? err : -error;
	attr = RTM_RTA(NLMSG_DATA(msg));
	len = RTM_PAYLOAD(msg);
	for (; RTA_OK(attr, len); attr = RTA_NEXT(attr, len))
		if (attr->rta_type == RTA_OIF)
			take_number(&device, sizeof(device), attr);
	return device;
}
