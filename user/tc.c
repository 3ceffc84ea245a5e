// SPDX-License-Identifier: GPL-2.0-only
/* Traffic control by netlink, see tc.h. Messages as in rtnetlink(7) and include/uapi/linux/. */
#include "tc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/netlink.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netlink.h"

struct request {
	struct nlmsghdr head;
	struct tcmsg tc;
	char attrs[256];
};

/* One message of an answer. All are read: a dump left half read blocks the next one. */
typedef void (*take_fn)(void *arg, const struct nlmsghdr *msg);

int tc_open(void)
{
	return netlink_route_open();
}

static void begin(struct request *req, uint16_t type, uint16_t flags, uint32_t ifindex,
		  uint32_t parent)
{
	static uint32_t sequence;

	memset(req, 0, sizeof(*req));
	req->head = (struct nlmsghdr){ .nlmsg_len = NLMSG_LENGTH(sizeof(req->tc)),
				       .nlmsg_type = type,
				       .nlmsg_flags = NLM_F_REQUEST | flags,
				       .nlmsg_seq = ++sequence };
	req->tc.tcm_family = AF_UNSPEC;
	req->tc.tcm_ifindex = (int)ifindex;
	req->tc.tcm_parent = parent;
}

/* The attributes of one request are few and short: see sizeof(attrs). */
static struct rtattr *put(struct request *req, uint16_t type, const void *data, size_t len)
{
	struct rtattr *attr = (struct rtattr *)((char *)req + NLMSG_ALIGN(req->head.nlmsg_len));

	attr->rta_type = type;
	attr->rta_len = RTA_LENGTH(len);
	if (len)
		memcpy(RTA_DATA(attr), data, len);
	req->head.nlmsg_len = NLMSG_ALIGN(req->head.nlmsg_len) + RTA_ALIGN(attr->rta_len);
	return attr;
}

static void put_text(struct request *req, uint16_t type, const char *text)
{
	put(req, type, text, strlen(text) + 1);
}

/* 1: the answer is complete; 0: go on; -errno. */
static int take_answer(const char *buf, int len, uint32_t sequence, take_fn take, void *arg,
		       bool *torn)
{
	const struct nlmsghdr *msg = (const struct nlmsghdr *)buf;

	for (; NLMSG_OK(msg, (unsigned int)len); msg = NLMSG_NEXT(msg, len)) {
		if (msg->nlmsg_seq != sequence)
			continue; /* left over from a question that was cut short */
		if (msg->nlmsg_flags & NLM_F_DUMP_INTR)
			*torn = true;
		if (msg->nlmsg_type == NLMSG_DONE)
			return 1;
		if (msg->nlmsg_type == NLMSG_ERROR) {
			int err = ((const struct nlmsgerr *)NLMSG_DATA(msg))->error;

			return err ? err : 1;
		}
		if (take)
			take(arg, msg);
	}
	return 0;
}

/* Sends the request and reads its answer to the end. take may be NULL: only success counts. */
static int talk(int fd, struct request *req, take_fn take, void *arg)
{
	char buf[32768] __attribute__((aligned(NLMSG_ALIGNTO)));
	bool torn = false;
	int err = 0;

	if (send(fd, req, req->head.nlmsg_len, 0) < 0)
		return -errno;
	while (!err) {
		ssize_t n = recv(fd, buf, sizeof(buf), 0);

		if (n < 0 && errno == EINTR)
			continue;
		err = n < 0 ? -errno : take_answer(buf, n, req->head.nlmsg_seq, take, arg, &torn);
	}
	if (err == 1)
		return torn ? -EAGAIN : 0;
	return err;
}

static void text_of(char *to, size_t room, const struct rtattr *attr)
{
	size_t len = RTA_PAYLOAD(attr);

	if (len >= room)
		len = room - 1;
	memcpy(to, RTA_DATA(attr), len);
	to[len] = '\0';
}

struct kind_of {
	uint32_t ifindex;
	char *kind;
	bool found;
};

/* The dump tells the qdiscs of every interface; there is no question for one. */
static void take_qdisc(void *arg, const struct nlmsghdr *msg)
{
	const struct tcmsg *tc = NLMSG_DATA(msg);
	const struct rtattr *attr = TCA_RTA(tc);
	struct kind_of *k = arg;
	int len = TCA_PAYLOAD(msg);

	if (msg->nlmsg_type != RTM_NEWQDISC || (uint32_t)tc->tcm_ifindex != k->ifindex ||
	    tc->tcm_parent != TC_H_CLSACT)
		return;
	for (; RTA_OK(attr, len); attr = RTA_NEXT(attr, len))
		if (attr->rta_type == TCA_KIND)
			text_of(k->kind, HM_TC_KIND_LEN, attr);
	k->found = true;
}

int tc_qdisc_kind(int fd, uint32_t ifindex, char kind[HM_TC_KIND_LEN])
{
	struct kind_of k = { .ifindex = ifindex, .kind = kind };
	struct request req;
	int err;

	kind[0] = '\0';
	begin(&req, RTM_GETQDISC, NLM_F_DUMP, ifindex, 0);
	err = talk(fd, &req, take_qdisc, &k);
	if (err && err != -EAGAIN) /* others' qdiscs may change: ours was told */
		return err;
	return k.found ? 0 : -ENOENT;
}

static void begin_clsact(struct request *req, uint16_t type, uint16_t flags, uint32_t ifindex)
{
	begin(req, type, NLM_F_ACK | flags, ifindex, TC_H_CLSACT);
	req->tc.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	put_text(req, TCA_KIND, "clsact");
}

int tc_add_clsact(int fd, uint32_t ifindex)
{
	struct request req;

	begin_clsact(&req, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, ifindex);
	return talk(fd, &req, NULL, NULL);
}

int tc_del_clsact(int fd, uint32_t ifindex)
{
	struct request req;

	begin_clsact(&req, RTM_DELQDISC, 0, ifindex);
	return talk(fd, &req, NULL, NULL);
}

static uint32_t parent_of(const struct hm_tc_chain *chain)
{
	return TC_H_MAKE(TC_H_CLSACT, chain->out ? TC_H_MIN_EGRESS : TC_H_MIN_INGRESS);
}

static void take_bpf(struct hm_tc_filter *filter, const struct rtattr *options)
{
	const struct rtattr *attr = RTA_DATA(options);
	int len = RTA_PAYLOAD(options);

	for (; RTA_OK(attr, len); attr = RTA_NEXT(attr, len)) {
		if (attr->rta_type == TCA_BPF_NAME)
			text_of(filter->name, sizeof(filter->name), attr);
		if (attr->rta_type == TCA_BPF_ID && RTA_PAYLOAD(attr) >= sizeof(filter->prog_id))
			memcpy(&filter->prog_id, RTA_DATA(attr), sizeof(filter->prog_id));
		if (attr->rta_type == TCA_BPF_TAG && RTA_PAYLOAD(attr) >= sizeof(filter->tag))
			memcpy(filter->tag, RTA_DATA(attr), sizeof(filter->tag));
	}
}

struct listing {
	hm_tc_filter_fn fn;
	void *arg;
};

static void take_filter(void *arg, const struct nlmsghdr *msg)
{
	const struct tcmsg *tc = NLMSG_DATA(msg);
	const struct rtattr *attr = TCA_RTA(tc), *options = NULL;
	const struct listing *l = arg;
	struct hm_tc_filter filter = { .priority = TC_H_MAJ(tc->tcm_info) >> 16,
				       .handle = tc->tcm_handle };
	int len = TCA_PAYLOAD(msg);

	if (msg->nlmsg_type != RTM_NEWTFILTER)
		return;
	for (; RTA_OK(attr, len); attr = RTA_NEXT(attr, len)) {
		if (attr->rta_type == TCA_KIND)
			text_of(filter.kind, sizeof(filter.kind), attr);
		if ((attr->rta_type & NLA_TYPE_MASK) == TCA_OPTIONS)
			options = attr;
	}
	if (options && !strcmp(filter.kind, "bpf"))
		take_bpf(&filter, options);
	l->fn(l->arg, &filter);
}

int tc_filters(int fd, const struct hm_tc_chain *chain, hm_tc_filter_fn fn, void *arg)
{
	struct listing l = { .fn = fn, .arg = arg };
	struct request req;

	begin(&req, RTM_GETTFILTER, NLM_F_DUMP, chain->ifindex, parent_of(chain));
	return talk(fd, &req, take_filter, &l);
}

static void begin_filter(struct request *req, uint16_t type, uint16_t flags,
			 const struct hm_tc_chain *chain, uint32_t priority, uint32_t handle)
{
	begin(req, type, NLM_F_ACK | flags, chain->ifindex, parent_of(chain));
	req->tc.tcm_handle = handle;
	req->tc.tcm_info = TC_H_MAKE(priority << 16, htons(ETH_P_ALL));
	put_text(req, TCA_KIND, "bpf");
}

int tc_add_filter(int fd, const struct hm_tc_chain *chain, const struct hm_tc_filter *filter,
		  int prog_fd)
{
	uint32_t flags = TCA_BPF_FLAG_ACT_DIRECT;
	struct request req;
	struct rtattr *options;

	begin_filter(&req, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, chain, filter->priority,
		     filter->handle);
	options = put(&req, TCA_OPTIONS, NULL, 0);
	put(&req, TCA_BPF_FD, &prog_fd, sizeof(prog_fd));
	put_text(&req, TCA_BPF_NAME, filter->name);
	put(&req, TCA_BPF_FLAGS, &flags, sizeof(flags));
	options->rta_len = (char *)&req + req.head.nlmsg_len - (char *)options;
	return talk(fd, &req, NULL, NULL);
}

int tc_del_filter(int fd, const struct hm_tc_chain *chain, uint32_t priority, uint32_t handle)
{
	struct request req;

	begin_filter(&req, RTM_DELTFILTER, 0, chain, priority, handle);
	return talk(fd, &req, NULL, NULL);
}
