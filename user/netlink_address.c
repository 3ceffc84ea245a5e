// SPDX-License-Identifier: GPL-2.0-only
/*
 * On which interface an address stands: see netlink.h. One that is alone in its network (/32, /128)
 * or on loopback may be that of many hosts: anycast, a balancer that is answered past it, VRRP.
 */
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "netlink.h"

#define LOOPBACK 1 /* the kernel gives loopback this index in every namespace */

struct wanted {
	uint8_t family;
	uint8_t bytes; /* of the address */
	const uint8_t *addr;
	int device; /* where it was found; 0: not yet */
};

static bool is_it(const struct ifaddrmsg *msg, int len, const struct wanted *w)
{
	const struct rtattr *attr = IFA_RTA(msg), *it = NULL;

	for (; RTA_OK(attr, len); attr = RTA_NEXT(attr, len))
		if (attr->rta_type == IFA_LOCAL || (attr->rta_type == IFA_ADDRESS && !it))
			it = attr; /* over a link with a peer IFA_ADDRESS is the peer's */
	return it && RTA_PAYLOAD(it) >= w->bytes && !memcmp(RTA_DATA(it), w->addr, w->bytes);
}

/* 1: the list is over; 0: go on; -errno. */
static int take_addresses(char *buf, int len, struct wanted *w)
{
	struct nlmsghdr *msg = (struct nlmsghdr *)buf;

	for (; NLMSG_OK(msg, (unsigned int)len); msg = NLMSG_NEXT(msg, len)) {
		const struct ifaddrmsg *addr = NLMSG_DATA(msg);

		if (msg->nlmsg_type == NLMSG_DONE)
			return 1;
		if (msg->nlmsg_type == NLMSG_ERROR)
			return ((struct nlmsgerr *)NLMSG_DATA(msg))->error;
		if (msg->nlmsg_type != RTM_NEWADDR || addr->ifa_family != w->family ||
		    addr->ifa_prefixlen >= w->bytes * 8 || addr->ifa_index == LOOPBACK)
			continue;
		if (!w->device && is_it(addr, (int)IFA_PAYLOAD(msg), w))
			w->device = (int)addr->ifa_index;
	}
	return 0;
}

int netlink_address_device(int fd, const uint8_t addr[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	bool ip4 = !memcmp(addr, mapped, sizeof(mapped));
	struct wanted w = { .family = ip4 ? AF_INET : AF_INET6, .bytes = ip4 ? 4 : 16,
			    .addr = addr + (ip4 ? sizeof(mapped) : 0) };
	struct {
		struct nlmsghdr head;
		struct ifaddrmsg addr;
	} question = {
		.head = { .nlmsg_len = sizeof(question), .nlmsg_type = RTM_GETADDR,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.addr = { .ifa_family = w.family },
	};
	char buf[32768] __attribute__((aligned(NLMSG_ALIGNTO)));
	ssize_t n = netlink_ask(fd, &question.head, buf, sizeof(buf));
	int err = n < 0 ? (int)n : take_addresses(buf, (int)n, &w);

	while (!err) {
		n = netlink_receive(fd, buf, sizeof(buf));
		err = n < 0 ? -errno : take_addresses(buf, (int)n, &w);
	}
	return err == 1 ? w.device : err;
}
