// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which leg a sighting belongs to, and which legs belong together: proxies by the process that read
 * a marker and sent it on, attempts of COMMAND; NAT is path_nat.c's. Called by path.c.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "path_inside.h"

#define CONNECT_WINDOW_NS (1000 * HM_MS) /* connect(2) and its SYN are one system call apart */

static bool is_loopback(const uint8_t addr[16])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	static const uint8_t one[16] = {[15] = 1};

	return (!memcmp(addr, mapped, sizeof(mapped)) && addr[12] == 127) || !memcmp(addr, one, 16);
}

static struct leg_key key_of(const struct hm_paths *paths, const struct hm_sighting *s)
{
	struct leg_key key;
	int order = memcmp(s->src.addr, s->dst.addr, 16);
	bool swap = order > 0 || (order == 0 && s->src.port > s->dst.port);
	const struct hm_endpoint *low = swap ? &s->dst : &s->src, *high = swap ? &s->src : &s->dst;

	memset(&key, 0, sizeof(key));
	memcpy(key.addr[0], low->addr, 16);
	memcpy(key.addr[1], high->addr, 16);
	key.port[0] = low->port;
	key.port[1] = high->port;
	if (is_loopback(s->dst.addr))
		key.netns = paths->scene->hops[s->hop].netns;
	return key;
}

static void leg_hash(struct hm_paths *paths, struct leg_state *leg, const struct hm_sighting *s)
{
	struct leg_state *old;

	leg->key = key_of(paths, s);
	HASH_FIND(hh, paths->by_key, &leg->key, sizeof(leg->key), old);
	if (old) {
		HASH_DEL(paths->by_key, old);
		old->hashed = false;
	}
	HASH_ADD(hh, paths->by_key, key, sizeof(leg->key), leg);
	leg->hashed = true;
}

static bool is_bare_syn(const struct hm_sighting *s)
{
	return s->what == HM_WHAT_SYN ||
	       (s->what == HM_WHAT_DROP &&
		(s->drop.flags & (HM_TCP_SYN | HM_TCP_ACK)) == HM_TCP_SYN);
}

/*
 * What may begin a leg: stragglers of a forgotten connection may not. An echo comes from recordings
 * only; live it was a marker.
 */
static bool begins_leg(const struct hm_sighting *s)
{
	return is_bare_syn(s) || s->what == HM_WHAT_SYNACK || s->what == HM_WHAT_DATA ||
	       s->what == HM_WHAT_MARKER || s->what == HM_WHAT_ECHO ||
	       s->what == HM_WHAT_CONNECT;
}

/* The oldest connect(2) to that address that has no packets yet: its SYN has come, or none will. */
static struct leg_state *find_pending(struct hm_paths *paths, const struct hm_sighting *s)
{
	struct leg_state *leg;

	for (leg = index_pending(paths, &s->dst); leg; leg = leg->index[HM_INDEX_PENDING].next)
		if (leg->pending && !leg->leg.no_port &&
		    endpoint_equal(&leg->leg.server, &s->dst) &&
		    s->mono_ns < leg->leg.first_ns + CONNECT_WINDOW_NS &&
		    (!s->pid || s->pid == leg->leg.client_pid))
			return leg;
	return NULL;
}

/* The connect(2) without packets that a probe's answer, one of its ports unknown, is about. */
static struct leg_state *find_probed(struct hm_paths *paths, const struct hm_sighting *s)
{
	const struct hm_endpoint *server = s->src.port ? &s->src : &s->dst;
	struct leg_state *leg;

	for (leg = index_pending(paths, server); leg; leg = leg->index[HM_INDEX_PENDING].next)
		if (leg->pending && leg->probe_asked && endpoint_equal(&leg->leg.server, server) &&
		    (!leg->leg.probed || leg->probe_ns == s->mono_ns))
			return leg;
	return NULL;
}

/* A probe's answer need not name the namespace that a loopback connection lives in. */
static struct leg_state *find_asked(struct hm_paths *paths, struct leg_key key)
{
	const struct hm_scene *scene = paths->scene;
	struct leg_state *leg = NULL;

	for (uint32_t i = 0; key.netns && i < scene->hop_count; i++) {
		if (i && scene->hops[i].netns == scene->hops[i - 1].netns)
			continue;
		key.netns = scene->hops[i].netns;
		HASH_FIND(hh, paths->by_key, &key, sizeof(key), leg);
		if (leg && !leg->judged && leg_head(leg)->probe_asked)
			return leg;
	}
	return NULL;
}

/* COMMAND tries one address after the other: until one answers they are one path. */
static void join_attempt(struct hm_paths *paths, struct leg_state *leg)
{
	struct leg_state *head, *last;

	if (!paths->scene->has_command || !leg->leg.in_tree || !leg->leg.client_pid ||
	    leg->attempt_head || leg->attempt_next || leg->nat_head)
		return;
	head = index_attempt(paths, leg);
	if (!head)
		return;
	for (last = head; last->attempt_next; last = last->attempt_next)
		;
	last->attempt_next = leg;
	leg->attempt_head = head;
}

/* A pooled encrypted connection is used again: it may carry what its owner has just read. */
static void rejoin_cause(struct hm_paths *paths, struct leg_state *leg, const struct hm_sighting *s)
{
	uint32_t before = leg->leg.cause;

	if (leg->nat_head || !leg_from_client(&leg->leg, s) || (before && !leg->judged))
		return;
	engine_set_cause(leg, NULL);
	join_cause(paths, leg);
	if (leg->leg.cause && leg->judged)
		engine_set_judged(paths, leg, false);
	leg->leg.request_class = HM_CLASS_TLS;
}

static struct leg_state *leg_begin(struct hm_paths *paths, const struct hm_sighting *s, int *err)
{
	struct leg_state *leg = engine_add_leg(paths, s);

	if (!leg) {
		*err = -ENOMEM;
		return NULL;
	}
	if (s->what == HM_WHAT_SYNACK) {
		leg->leg.client = s->dst;
		leg->leg.server = s->src;
		leg->leg.direction_known = true;
	}
	if (s->what == HM_WHAT_CONNECT && !s->src.port) {
		leg->pending = true;
		return leg;
	}
	leg_hash(paths, leg, s);
	if (gone_has(&paths->evicted, &leg->key) ||
	    (!is_bare_syn(s) && gone_has(&paths->closed, &leg->key)))
		leg->kin_lost++; /* its beginning */
	return leg;
}

/* The side that listens here is the server; without a SYN nothing else tells. */
static void guess_direction(struct hm_paths *paths, struct leg_state *leg)
{
	struct hm_leg *l = &leg->leg;
	struct hm_endpoint swap = l->client;

	for (uint32_t i = 0; i < paths->listener_count && !l->direction_known; i++) {
		uint16_t port = paths->listeners[i].src.port;

		if (port == l->server.port) {
			l->direction_known = true;
		} else if (port == l->client.port) {
			l->client = l->server;
			l->server = swap;
			l->direction_known = true;
		}
	}
}

/* A request can only come from the client, a status only from the server. */
static void direct_by_payload(struct hm_leg *leg, const struct hm_sighting *s)
{
	struct hm_endpoint swap = leg->client;

	if (leg->direction_known || s->what != HM_WHAT_DATA)
		return;
	if (s->data.class == HM_CLASS_HTTP_STATUS && leg_from_client(leg, s)) {
		leg->client = leg->server;
		leg->server = swap;
		leg->direction_known = true;
	} else if (s->data.class == HM_CLASS_HTTP_REQUEST || s->data.class == HM_CLASS_HTTP_PROXY ||
		   s->data.class == HM_CLASS_HTTP_STATUS) {
		leg->direction_known = true;
	}
}

/*
 * Both sides connect at once and their SYNs cross (RFC 9293, 3.5): one connection. The server's SYN
 * has the number of its SYN-ACK, and may come late.
 */
static bool crosses(const struct leg_state *leg, const struct hm_sighting *s)
{
	if (leg_from_client(&leg->leg, s))
		return false;
	return leg->leg.has_synack ? leg->leg.isn_server == s->seq
				   : !leg->judged && !leg->leg.rst_ns;
}

static bool is_new_connection(const struct leg_state *leg, const struct hm_sighting *s)
{
	bool dropped = s->what != HM_WHAT_SYN;

	if (!is_bare_syn(s) || (dropped && !leg->judged))
		return false;
	if (!leg->leg.has_syn)
		return dropped || leg->leg.request_ns || leg->leg.answer_ns || leg->leg.has_ack;
	return leg->leg.isn_client != s->seq && !crosses(leg, s);
}

/* The row of that leg where its SYN was seen last, but NULL if that was at hop too. */
static const struct hm_row *syn_elsewhere(const struct hm_leg *leg, uint16_t hop)
{
	const struct hm_row *last = NULL;

	for (uint32_t i = 0; i < leg->row_count; i++) {
		const struct hm_row *row = &leg->rows[i];
		uint64_t ns = row->cell[HM_STEP_SYN].last_ns;

		if (ns && row->hop == hop)
			return NULL;
		if (ns && (!last || ns > last->cell[HM_STEP_SYN].last_ns))
			last = row;
	}
	return last;
}

/*
 * A SYN with another number than that of before, the same ports and addresses: the same packet,
 * which was rewritten? Its identification tells, and, where there is none, that it has passed a
 * router since.
 */
static struct hm_renumbered renumbered(const struct leg_state *before, const struct hm_sighting *s)
{
	const struct hm_renumbered none = {0};
	const struct hm_row *row;

	if (s->what != HM_WHAT_SYN || before->judged || before->leg.has_synack ||
	    !before->has_syn_hop || !leg_from_client(&before->leg, s) ||
	    before->syn_ip_id != s->ip_id)
		return none;
	row = syn_elsewhere(&before->leg, s->hop);
	if (!row || s->ttl + (s->family == 6) > row->ttl_min[0])
		return none;
	return (struct hm_renumbered){.seen = true, .hop = row->hop, .isn = before->leg.isn_client};
}

/* The server has called connect(2) itself: that was for its SYN, which crosses the client's. */
static void forget_call(struct hm_paths *paths, struct leg_state *leg, const struct hm_sighting *s)
{
	struct leg_state *call = find_pending(paths, s);

	if (!call)
		return;
	leg->leg.in_tree |= call->leg.in_tree;
	engine_remove_leg(paths, call);
}

struct leg_state *join_find(struct hm_paths *paths, const struct hm_sighting *s, int *err)
{
	struct leg_key key = key_of(paths, s);
	struct hm_renumbered was = {0};
	struct leg_state *leg = NULL;
	bool fresh = false;

	*err = 0;
	if (s->src.port && s->dst.port)
		HASH_FIND(hh, paths->by_key, &key, sizeof(key), leg);
	else if (s->what == HM_WHAT_NO_PORT)
		leg = find_pending(paths, s);
	else if (s->what == HM_WHAT_CONNECT)
		leg = index_opening(paths, &s->dst, s->pid); /* asked how far it is */
	else
		leg = find_probed(paths, s);
	if (!leg && (s->what == HM_WHAT_SOCKET || s->what == HM_WHAT_ROUTE))
		leg = find_asked(paths, key);
	if (leg && s->src.port && is_new_connection(leg, s)) {
		was = renumbered(leg, s);
		leg = NULL;
	}
	if (leg && s->what == HM_WHAT_SYN && !leg_from_client(&leg->leg, s))
		forget_call(paths, leg, s);
	if (!leg && s->src.port && is_bare_syn(s)) {
		leg = find_pending(paths, s);
		if (leg) {
			leg->pending = false;
			leg->leg.client = s->src;
			leg_hash(paths, leg, s);
			fresh = true;
		}
	}
	if (!leg) {
		if (!begins_leg(s))
			return NULL;
		leg = leg_begin(paths, s, err);
		if (!leg)
			return NULL;
		guess_direction(paths, leg);
		fresh = !leg->pending;
	}
	direct_by_payload(&leg->leg, s);
	if (fresh && is_bare_syn(s)) {
		leg->leg.isn_client = s->seq;
		leg->leg.has_syn = leg->leg.direction_known = true;
		leg->leg.renumbered = was;
		nat_join(paths, leg, s);
	}
	if (s->pid && leg->leg.client_pid == 0 && leg_from_client(&leg->leg, s) &&
	    paths->scene->hops[s->hop].hook == HM_HOOK_SOCK_OUT)
		leg_client_is(&leg->leg, s);
	if (s->what == HM_WHAT_CONNECT) {
		leg->leg.client_pid = s->pid;
		leg->leg.in_tree |= s->in_tree;
	}
	if (s->what == HM_WHAT_DATA && s->data.class == HM_CLASS_TLS)
		rejoin_cause(paths, leg, s);
	if (is_bare_syn(s) || s->what == HM_WHAT_CONNECT) {
		leg->leg.in_tree |= s->in_tree && s->pid == leg->leg.client_pid;
		join_cause(paths, leg);
		join_attempt(paths, leg);
	}
	return leg;
}
