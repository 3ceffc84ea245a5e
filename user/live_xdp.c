// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is looked at before --xdp touches a network card: whether it carries the SSH session, and
 * what attaching does to it; and why it failed. Called by live_watch.c and live_hooks.c. See
 * live.h.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "live.h"
#include "log.h"
#include "program_name.h"
#include "ssh_session.h"

#define MAX_LINKS 1024

/* Drivers that take the link down for a moment, or set their queues up anew, for XDP. */
static const char *const resetting[] = {
	"mlx5_core", "mlx4_en", "i40e", "ice", "ixgbe", "ixgbevf", "igb", "igc", "bnxt_en",
	"virtio_net", "ena", "nfp", "qede", "sfc", "atlantic", "gve", "mvneta", "stmmaceth",
};

struct links { /* of hopmark's own namespace */
	struct hm_iface at[MAX_LINKS];
	bool carries[MAX_LINKS]; /* the SSH session */
	uint32_t count;
	bool more; /* than fit */
	const char *doubt; /* why what carries the session is not known for sure, or NULL */
};

static int on_link(void *arg, const struct hm_iface *iface)
{
	struct links *l = arg;

	if (l->count < MAX_LINKS)
		l->at[l->count++] = *iface;
	else
		l->more = true;
	return 0;
}

static void mark(struct links *l, uint32_t ifindex)
{
	for (uint32_t i = 0; i < l->count; i++)
		l->carries[i] |= l->at[i].ifindex == ifindex;
}

static void map_address(const struct sockaddr *sa, uint8_t out[16])
{
	memset(out, 0, 16);
	if (sa->sa_family == AF_INET6) {
		memcpy(out, &((const struct sockaddr_in6 *)sa)->sin6_addr, 16);
	} else if (sa->sa_family == AF_INET) {
		out[10] = out[11] = 0xff;
		memcpy(out + 12, &((const struct sockaddr_in *)sa)->sin_addr, 4);
	}
}

/* The interface that has the session's address here, and the one its packets leave by. */
static void mark_ends(struct links *l, const struct hm_ssh_session *session)
{
	struct ifaddrs *list = NULL;
	int device = netlink_route_device(session->client);
	uint8_t addr[16];
	bool here = false;

	if (device > 0)
		mark(l, (uint32_t)device);
	if (getifaddrs(&list)) {
		l->doubt =
			"this is an SSH session, and which interface has its address could not be "
			"listed";
		return;
	}
	for (const struct ifaddrs *a = list; a; a = a->ifa_next) {
		if (!a->ifa_addr)
			continue;
		map_address(a->ifa_addr, addr);
		if (memcmp(addr, session->server, sizeof(addr)))
			continue;
		mark(l, if_nametoindex(a->ifa_name));
		here = true;
	}
	freeifaddrs(list);
	if (!here)
		l->doubt = "this is an SSH session, and no interface here has its address";
}

/* True if i lies below another that carries it: a port of a bridge or bond, the card of a VLAN. */
static bool lies_below(const struct links *l, uint32_t i)
{
	for (uint32_t k = 0; k < l->count; k++)
		if (l->carries[k] && (l->at[i].master == l->at[k].ifindex ||
				      (l->at[k].lower == l->at[i].ifindex &&
				       strcmp(l->at[k].kind, "veth"))))
			return true;
	return false;
}

static void mark_below(struct links *l)
{
	bool more = true;

	while (more) {
		more = false;
		for (uint32_t i = 0; i < l->count; i++)
			if (!l->carries[i] && lies_below(l, i))
				l->carries[i] = more = true;
	}
}

/*
 * True if it is known what bears this one: a card, what it is made on or its other end, its ports.
 * The packets of a tun or WireGuard device, and of what listens on loopback, come in by any card.
 */
static bool has_ground(const struct links *l, uint32_t i)
{
	if (l->at[i].lower || (!l->at[i].kind[0] && strcmp(l->at[i].name, "lo")))
		return true;
	for (uint32_t k = 0; k < l->count; k++)
		if (l->at[k].master == l->at[i].ifindex)
			return true;
	return false;
}

static void find_carriers(struct links *l, const struct hm_ssh_session *session)
{
	mark_ends(l, session);
	mark_below(l);
	if (l->more)
		l->doubt =
			"this is an SSH session, and there are more interfaces than can be told apart";
	for (uint32_t i = 0; i < l->count && !l->doubt; i++)
		if (l->carries[i] && !has_ground(l, i))
			l->doubt =
				"this SSH session comes in by a tunnel or by loopback, and which "
				"interface bears that is not known";
}

static int refuse(const char *name, const char *why)
{
	log_error(
		"--xdp -i %s: %s, and attaching can reset the card; leave out --xdp, name another "
		"interface, or say --xdp-force",
		name, why);
	return -EINVAL;
}

static int refuse_carriers(const struct hm_live *live, const struct links *l)
{
	for (uint32_t i = 0; i < l->count; i++) {
		if (!live_is_wanted(live, l->at[i].name))
			continue;
		if (l->carries[i])
			return refuse(l->at[i].name, "this SSH session comes in by it");
		if (l->doubt && strcmp(l->at[i].name, "lo"))
			return refuse(l->at[i].name, l->doubt);
	}
	/* What is asked for may be one of the rest. */
	return l->more ? refuse(live->opts->ifaces[0], l->doubt) : 0;
}

int live_xdp_allowed(const struct hm_live *live)
{
	struct hm_ssh_session session;
	struct links *l;
	int found, err;

	if (!live->opts->xdp || live->opts->xdp_force)
		return 0;
	found = ssh_session_find("/proc", (uint32_t)getpid(), &session);
	if (!found)
		return 0;
	l = calloc(1, sizeof(*l));
	err = l ? netlink_interfaces(on_link, l) : -ENOMEM;
	if (err)
		log_error("--xdp: which interface carries this SSH session: %s", strerror(-err));
	if (!err && found == 1)
		find_carriers(l, &session);
	else if (!err)
		l->doubt = "this is an SSH session, by which interface could not be found out";
	if (!err)
		err = refuse_carriers(live, l);
	free(l);
	return err;
}

/* Name of the driver of an interface of the caller's namespace, as ethtool -i; "" not known. */
static void driver_of(const char *name, char driver[32])
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	struct ifreq request = { .ifr_data = (void *)&info };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	driver[0] = '\0';
	if (fd < 0)
		return;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (!ioctl(fd, SIOCETHTOOL, &request))
		snprintf(driver, 32, "%.31s", info.driver);
	close(fd);
}

void live_xdp_warn(const struct hm_iface *iface)
{
	char driver[32];

	driver_of(iface->name, driver);
	if (!strcmp(driver, "veth"))
		log_warn(
			"%s: while XDP is attached, veth turns off the TCP segmentation offload of "
			"its other end, which is slower then",
			iface->name);
	for (size_t i = 0; i < HM_ARRAY_SIZE(resetting); i++)
		if (!strcmp(driver, resetting[i]))
			log_warn("%s: its driver %s may reset the card when XDP is attached and "
				 "detached: the link can be down for seconds", iface->name, driver);
}

void live_xdp_why(const struct hm_iface *iface, int err, char *why, size_t len)
{
	char name[HM_PROGRAM_WORDS];
	uint32_t id;

	switch (err) {
	case -EBUSY:
	case -EEXIST:
		id = program_at_xdp(iface->ifindex);
		snprintf(why, len, "XDP program%s #%u holds the place", program_words(name, id),
			 id);
		break;
	case -EOPNOTSUPP:
		snprintf(why, len, "the driver has no native XDP");
		break;
	case -ERANGE:
		snprintf(why, len, "an MTU of %u is too large for XDP with this driver",
			 iface->mtu);
		break;
	case -EINVAL:
		snprintf(why, len, "the driver refuses: see large receive offload (ethtool -k)");
		break;
	default:
		snprintf(why, len, "%s", strerror(-err));
	}
}
