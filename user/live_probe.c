// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is asked on demand about one leg: its sockets on this host, who listens on its port, and
 * the route to its server. The answers are sightings like all others, so a recording holds them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "live.h"
#include "log.h"

#define SOCKETS_FRESH_NS 100000000 /* one iterator run serves all probes of a tick */
#define PORTS_FRESH_NS 1000000000

static int list_sockets(struct hm_live *live, uint64_t now)
{
	if (loader_lacks(live->loader)->err[HM_PART_OWNERS])
		return 0; /* told at the start */
	if (live->sockets && now - live->sockets_ns < SOCKETS_FRESH_NS)
		return 0;
	free(live->sockets);
	live->sockets = NULL;
	live->socket_count = loader_sockets(live->loader, &live->sockets);
	if (live->socket_count < 0)
		return live->socket_count;
	live->sockets_ns = now;
	live_listened_note(live);
	return 0;
}

/* Once: each leg that is probed would say it again. */
static void cannot_list(struct hm_live *live, int err)
{
	char why[96];

	if (scene_lacks(&live->scene, "sockets"))
		return;
	snprintf(why, sizeof(why), "listeners, owners: %s", strerror(-err));
	scene_not_watched(&live->scene, "sockets", why);
	log_warn("sockets cannot be listed: %s; owners and listeners stay unknown", strerror(-err));
}

void live_look_first(struct hm_live *live)
{
	int err = list_sockets(live, clock_ns(CLOCK_BOOTTIME));

	if (err)
		cannot_list(live, err);
}

static bool same_end(const struct hm_endpoint *e, const uint32_t addr[4], uint16_t port_be)
{
	return e->port == ntohs(port_be) && !memcmp(e->addr, addr, sizeof(e->addr));
}

/* Who holds the socket local–remote in that namespace, or NULL. */
static const struct hm_sock_rec *find_holder(const struct hm_live *live, uint32_t netns,
					     const struct hm_endpoint *local,
					     const struct hm_endpoint *remote)
{
	for (int i = 0; i < live->socket_count; i++) {
		const struct hm_sock_rec *r = &live->sockets[i];

		if (r->netns == netns && r->state != HM_STATE_LISTEN &&
		    same_end(local, r->tuple.saddr, r->tuple.sport) &&
		    same_end(remote, r->tuple.daddr, r->tuple.dport))
			return r;
	}
	return NULL;
}

static void take_owner(struct hm_sighting *s, const struct hm_sock_rec *r)
{
	s->pid = r->pid;
	memcpy(s->comm, r->comm, sizeof(s->comm));
	s->comm[sizeof(s->comm) - 1] = '\0';
}

/*
 * One end of a leg, in every watched namespace. Tells a socket where there is one; where there is
 * none only if always is set, once, with state 0.
 */
static int probe_end(struct hm_live *live, uint64_t now, const struct hm_endpoint *local,
		     const struct hm_endpoint *remote, bool always, hm_sighting_fn fn, void *arg)
{
	struct hm_sighting s = { .mono_ns = now, .what = HM_WHAT_SOCKET, .src = *local,
				 .dst = *remote };
	bool found = false;
	int err = 0;

	for (uint32_t i = 0; !err && i < live->ns_count; i++) {
		const struct hm_sock_rec *r;

		err = netlink_find_socket(live->ns[i].diag_fd, local, remote, &s.socket);
		if (err == -ENOENT) {
			err = 0;
			continue;
		}
		if (err)
			return err;
		found = true;
		s.hop = live_hop(live, live->ns[i].ns.inum, HM_HOOK_PROBE, 0);
		r = find_holder(live, live->ns[i].ns.inum, local, remote);
		if (r) {
			take_owner(&s, r);
			s.socket.has_seq = true;
			s.socket.copied_seq = r->copied_seq;
		}
		err = fn(arg, &s);
	}
	if (err || found || !always)
		return err;
	s.hop = live_hop(live, live->ns[0].ns.inum, HM_HOOK_PROBE, 0);
	memset(&s.socket, 0, sizeof(s.socket));
	return fn(arg, &s);
}

static bool is_watched(const struct hm_live *live, uint32_t netns)
{
	for (uint32_t i = 0; i < live->ns_count; i++)
		if (live->ns[i].ns.inum == netns)
			return true;
	return false;
}

/*
 * Everybody who listens on that port in a watched namespace: the address may be the wrong one.
 * What listens in a namespace nobody named is none of this trace's business.
 */
static int tell_listener(struct hm_live *live, const struct hm_sock_rec *r, uint64_t ns,
			 hm_sighting_fn fn, void *arg)
{
	struct hm_sighting s = { .mono_ns = ns, .what = HM_WHAT_LISTENER, .family = r->family };

	if (!is_watched(live, r->netns))
		return 0;
	s.hop = live_hop(live, live->ns[0].ns.inum, HM_HOOK_PROBE, 0);
	live_endpoint(&s.src, r->tuple.saddr, r->tuple.sport, 0);
	take_owner(&s, r);
	s.listener.netns = r->netns;
	s.listener.v6only = r->v6only;
	s.listener.backlog = r->backlog;
	s.listener.backlog_max = r->backlog_max;
	return fn(arg, &s);
}

/* And, with the time at which it was there last, who did before. */
static int probe_listeners(struct hm_live *live, uint64_t now, uint16_t port, hm_sighting_fn fn,
			   void *arg)
{
	const struct hm_live_listened *gone;
	uint32_t from = 0;
	int err = 0;

	while (!err && (gone = live_listened_gone(live, port, &from)))
		err = tell_listener(live, &gone->rec, gone->seen_ns, fn, arg);
	for (int i = 0; !err && i < live->socket_count; i++)
		if (live->sockets[i].state == HM_STATE_LISTEN &&
		    ntohs(live->sockets[i].tuple.sport) == port)
			err = tell_listener(live, &live->sockets[i], now, fn, arg);
	return err;
}

static uint32_t device_of(const struct hm_live_ns *in, const struct hm_endpoint *e)
{
	int device = netlink_address_device(in->route_fd, e->addr);

	return device > 0 ? (uint32_t)device : 0; /* nothing rests on an answer that did not come */
}

/*
 * The route to an end of a leg, of hopmark's own namespace; and in which of the others that address
 * is at home.
 */
static int probe_route(struct hm_live *live, uint64_t now, const struct hm_endpoint *from,
		       const struct hm_endpoint *to, hm_sighting_fn fn, void *arg)
{
	struct hm_sighting s = { .mono_ns = now, .what = HM_WHAT_ROUTE, .src = *from,
				 .dst = *to };
	int err = 0;

	for (uint32_t i = 0; !err && i < live->ns_count; i++) {
		if (netlink_route(live->ns[i].route_fd, to->addr, &s.route))
			continue; /* nothing rests on an answer that did not come */
		s.hop = live_hop(live, live->ns[i].ns.inum, HM_HOOK_PROBE, 0);
		s.route.device = 0;
		if (s.route.local)
			s.route.device = device_of(&live->ns[i], to);
		if (!i || s.route.local)
			err = fn(arg, &s);
	}
	return err;
}

/* The namespace in which its connect(2) found no port, or NULL. */
static const struct hm_live_ns *without_port(const struct hm_live *live, const struct hm_leg *leg)
{
	for (uint32_t i = 0; leg->no_port && i < live->ns_count; i++)
		if (live->ns[i].ns.inum == live->scene.hops[leg->no_port_hop].netns)
			return &live->ns[i];
	return NULL;
}

/*
 * The local ports that are taken. Many connections fail for want of one at once, and the list is
 * long: within a second it is not made again.
 */
static int probe_ports(struct hm_live *live, uint64_t now, const struct hm_leg *leg,
		       hm_sighting_fn fn, void *arg)
{
	struct hm_sighting s = { .mono_ns = now, .what = HM_WHAT_PORTS, .src = leg->client,
				 .dst = leg->server };
	const struct hm_live_ns *in = without_port(live, leg);
	struct hm_live_ports *p = &live->ports;

	if (!in)
		return 0;
	if (!p->ns || now - p->ns > PORTS_FRESH_NS || p->in != in ||
	    !endpoint_equal(&p->to, &leg->server)) {
		p->ns = 0;
		if (netlink_count_ports(in->diag_fd, &leg->server, &p->counted) ||
		    net_files_ports(&in->files, &p->counted.low, &p->counted.high))
			return 0; /* the verdict rests on what was seen, this is beside it */
		p->in = in;
		p->to = leg->server;
		p->ns = now;
	}
	s.hop = live_hop(live, in->ns.inum, HM_HOOK_PROBE, 0);
	s.ports = p->counted;
	return fn(arg, &s);
}

int live_probe(struct hm_source *src, const struct hm_leg *leg, hm_sighting_fn fn, void *arg)
{
	struct hm_live *live = (struct hm_live *)src;
	uint64_t now = clock_ns(CLOCK_BOOTTIME);
	int err = list_sockets(live, now);

	if (err)
		cannot_list(live, err);
	err = probe_listeners(live, now, leg->server.port, fn, arg);
	if (!err)
		err = probe_ports(live, now, leg, fn, arg);
	/* who has it, where others may answer */
	if (!err && (!leg->has_synack || live->ns_count > 1))
		err = probe_route(live, now, &leg->client, &leg->server, fn, arg);
	if (!err)
		err = probe_route(live, now, &leg->server, &leg->client, fn, arg);
	if (!err)
		err = probe_end(live, now, &leg->client, &leg->server, false, fn, arg);
	return err ? err : probe_end(live, now, &leg->server, &leg->client, true, fn, arg);
}
