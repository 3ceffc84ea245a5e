// SPDX-License-Identifier: GPL-2.0-only
/*
 * What libpcap would ask the C library and its own capture modules for while it reads a filter. By
 * these definitions, which come before those of the libraries, names are never looked up in the
 * network nor by modules that a static program cannot load, and nothing is linked that captures.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/ether.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "hm_types.h"
#include "services.h"

/*
 * What the linker is told to look for, so that it takes this file: the others it may have found in
 * a shared library by then, as in those of the sanitizers.
 */
extern const int hm_no_network;
const int hm_no_network = 1;

struct answer { /* one block: whoever frees the first member frees all */
	struct addrinfo info;
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} addr;
};

static struct answer *answer_new(int family)
{
	struct answer *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->info.ai_family = a->addr.any.sa_family = (sa_family_t)family;
	a->info.ai_addr = &a->addr.any;
	a->info.ai_addrlen = family == AF_INET ? sizeof(a->addr.v4) : sizeof(a->addr.v6);
	return a;
}

static int numeric(const char *node, int family, struct addrinfo **out)
{
	const bool v6 = family != AF_INET && strchr(node, ':');
	struct answer *a = answer_new(v6 ? AF_INET6 : AF_INET);
	int ok;

	if (!a)
		return EAI_MEMORY;
	ok = v6 ? inet_pton(AF_INET6, node, &a->addr.v6.sin6_addr) :
		  inet_pton(AF_INET, node, &a->addr.v4.sin_addr);
	if (ok == 1 && (family == AF_UNSPEC || family == a->info.ai_family)) {
		*out = &a->info;
		return 0;
	}
	free(a);
	return EAI_NONAME;
}

static int service(const char *name, int protocol, struct addrinfo **out)
{
	const bool number = name[0] && !name[strspn(name, "0123456789")] && strlen(name) < 6;
	int port =
		number ? atoi(name) : services_port(name, protocol == IPPROTO_UDP ? "udp" : "tcp");
	struct answer *a = NULL;

	if (port < 0 || port > UINT16_MAX)
		return EAI_NONAME;
	a = answer_new(AF_INET);
	if (!a)
		return EAI_MEMORY;
	a->addr.v4.sin_port = htons((uint16_t)port);
	*out = &a->info;
	return 0;
}

/* Addresses as they are written, and services of /etc/services. */
int getaddrinfo(const char *node, const char *name, const struct addrinfo *hints,
		struct addrinfo **out)
{
	if (node)
		return numeric(node, hints ? hints->ai_family : AF_UNSPEC, out);
	return name ? service(name, hints ? hints->ai_protocol : 0, out) : EAI_NONAME;
}

void freeaddrinfo(struct addrinfo *info)
{
	free(info);
}

struct hostent *gethostbyname(const char *name)
{
	(void)name;
	return NULL;
}

int getnetbyname_r(const char *name, struct netent *net, char *buf, size_t len,
		   struct netent **out, int *why)
{
	(void)name;
	(void)net;
	(void)buf;
	(void)len;
	*out = NULL;
	*why = HOST_NOT_FOUND;
	return ENOENT;
}

/* "ip proto \tcp": those a filter is likely to name. */
int getprotobyname_r(const char *name, struct protoent *proto, char *buf, size_t len,
		     struct protoent **out)
{
	static const struct {
		const char *name;
		int number;
	} known[] = {{"tcp", IPPROTO_TCP}, {"udp", IPPROTO_UDP}, {"icmp", IPPROTO_ICMP},
		     {"ipv6-icmp", IPPROTO_ICMPV6}, {"sctp", IPPROTO_SCTP}};

	(void)buf;
	(void)len;
	*out = NULL;
	for (size_t i = 0; i < HM_ARRAY_SIZE(known); i++) {
		if (strcmp(name, known[i].name))
			continue;
		*proto = (struct protoent){.p_proto = known[i].number};
		*out = proto;
		return 0;
	}
	return ENOENT;
}

int ether_hostton(const char *name, struct ether_addr *addr)
{
	(void)name;
	(void)addr;
	return -1;
}

/* libpcap's ways to capture: with these it is only linked what reads filters. */
#define NO_CAPTURE(name)                                                                           \
	void *name(void);                                                                          \
	void *name(void)                                                                           \
	{                                                                                          \
		return NULL;                                                                       \
	}

NO_CAPTURE(bt_create)
NO_CAPTURE(bt_findalldevs)
NO_CAPTURE(bt_monitor_create)
NO_CAPTURE(bt_monitor_findalldevs)
NO_CAPTURE(dbus_create)
NO_CAPTURE(dbus_findalldevs)
NO_CAPTURE(netfilter_create)
NO_CAPTURE(netfilter_findalldevs)
NO_CAPTURE(usb_create)
NO_CAPTURE(usb_findalldevs)
NO_CAPTURE(pcap_create_interface)
NO_CAPTURE(pcap_platform_finddevs)
