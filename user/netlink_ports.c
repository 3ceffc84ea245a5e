// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many sockets lead to one server: see netlink.h. A list of them all, of which most are passed
 * over.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/socket.h>

#include "netlink.h"

static bool leads_to(const struct inet_diag_msg *diag, const struct hm_endpoint *remote)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (diag->idiag_family == AF_INET6)
		return !memcmp(diag->id.idiag_dst, remote->addr, sizeof(remote->addr));
	return !memcmp(remote->addr, mapped, sizeof(mapped)) &&
	       !memcmp(diag->id.idiag_dst, remote->addr + sizeof(mapped), 4);
}

/* 1: the list is over; 0: go on; -errno. */
static int count_those(char *buf, int len, const struct hm_endpoint *remote,
		       struct hm_sight_ports *out)
{
	struct nlmsghdr *msg = (struct nlmsghdr *)buf;

	for (; NLMSG_OK(msg, (unsigned int)len); msg = NLMSG_NEXT(msg, len)) {
		const struct inet_diag_msg *diag = NLMSG_DATA(msg);

		if (msg->nlmsg_type == NLMSG_DONE)
			return 1;
		if (msg->nlmsg_type == NLMSG_ERROR)
			return ((struct nlmsgerr *)NLMSG_DATA(msg))->error;
		if (msg->nlmsg_len < NLMSG_LENGTH(sizeof(*diag)) || !leads_to(diag, remote))
			continue;
		out->used++;
		out->waiting += diag->idiag_state == HM_STATE_TIME_WAIT;
	}
	return 0;
}

static int count_family(int fd, uint8_t family, const struct hm_endpoint *remote,
			struct hm_sight_ports *out)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 req;
	} question = {
		.head = { .nlmsg_len = sizeof(question), .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.req = { .sdiag_family = family, .sdiag_protocol = IPPROTO_TCP,
			 .idiag_states = ~(1U << HM_STATE_LISTEN),
			 .id = { .idiag_dport = htons(remote->port) } },
	};
	char buf[32768] __attribute__((aligned(NLMSG_ALIGNTO)));
	ssize_t n = netlink_ask(fd, &question.head, buf, sizeof(buf));
	int err = n < 0 ? (int)n : count_those(buf, (int)n, remote, out);

	while (!err) {
		n = netlink_receive(fd, buf, sizeof(buf));
		err = n < 0 ? -errno : count_those(buf, (int)n, remote, out);
	}
	return err == 1 ? 0 : err;
}

int netlink_count_ports(int fd, const struct hm_endpoint *remote, struct hm_sight_ports *out)
{
	int err;

	out->used = out->waiting = 0;
	err = count_family(fd, AF_INET, remote, out);
	return err ? err : count_family(fd, AF_INET6, remote, out); /* IPv4-mapped ones are there */
}
