// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is full, asked for at once. Netfilter drops a SYN that conntrack's table has no room for as
 * it drops one that a rule takes: each such drop gets the table's numbers of that moment. And a SYN
 * at a listener that waits for the end of other handshakes gets what limits these; what meets a
 * full accept queue gets how often that happened in the whole namespace. Called by source_live.c;
 * see live.h.
 */
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "live.h"

#define QUEUE_FRESH_NS 100000000 /* a client repeats its SYN a second later */
#define TABLE_FRESH_NS 10000000 /* under a flood the table is looked at a hundred times a second */

void live_open_files(struct hm_live *live, struct hm_live_ns *in)
{
	char hop[HM_NAME_LEN * 2], why[96];
	int err = net_files_open(&in->files);

	if (err) {
		snprintf(hop, sizeof(hop), "%s%sconntrack", in->ns.name, in->ns.name[0] ? "/" : "");
		snprintf(why, sizeof(why), "how full its table is: %s", strerror(-err));
		scene_not_watched(&live->scene, hop, why);
	}
	live_count_before(in);
}

void live_count_before(struct hm_live_ns *in)
{
	in->before.table = !net_files_conntrack(&in->files, &in->table);
	in->before.no_room = in->table.no_room;
	in->before.requests = !net_files_requests(&in->files, &in->requests);
	in->before.discarded = in->requests.discarded;
	in->before.overflows = in->requests.overflows;
}

static bool look(struct hm_live_ns *in)
{
	uint64_t now = clock_ns(CLOCK_BOOTTIME);

	if (in->table_ns && now - in->table_ns < TABLE_FRESH_NS)
		return true;
	if (net_files_conntrack(&in->files, &in->table))
		return false;
	in->table_ns = now;
	return true;
}

/* Where the kernel says that a rule dropped it, it was not conntrack: 6.7 and later, nft. */
static bool may_be_table(const struct hm_sighting *s)
{
	return s->what == HM_WHAT_DROP && !strcmp(s->drop.reason, "NETFILTER_DROP") &&
	       (s->drop.flags & (HM_TCP_SYN | HM_TCP_ACK)) == HM_TCP_SYN &&
	       strcmp(s->drop.where, "nft_do_chain") != 0;
}

/* A queue that may be full: whether it is, depends on how this host is set. */
static bool may_be_queue(const struct hm_sighting *s)
{
	return s->what == HM_WHAT_SYN && s->syn.has_listener &&
	       (s->syn.requests || !s->syn.backlog_max);
}

/*
 * What met an accept queue over its limit: where to tell how often that happened; NULL: none did.
 */
static uint32_t *overflows_of(struct hm_sighting *s)
{
	switch (s->what) {
	case HM_WHAT_SYN:
		return s->syn.backlog > s->syn.backlog_max ? &s->syn.overflows : NULL;
	case HM_WHAT_DROP:
		return s->drop.backlog > s->drop.backlog_max ? &s->drop.overflows : NULL;
	case HM_WHAT_RETRANS:
		return s->retrans.backlog > s->retrans.backlog_max ? &s->retrans.overflows : NULL;
	default:
		return NULL;
	}
}

static void tell_queue(struct hm_live_ns *in, struct hm_sighting *s)
{
	uint64_t now = clock_ns(CLOCK_BOOTTIME);
	uint32_t *overflows = overflows_of(s);

	if (!in->requests_ns || now - in->requests_ns >= QUEUE_FRESH_NS) {
		if (net_files_requests(&in->files, &in->requests))
			return;
		in->requests_ns = now;
	}
	if (overflows && in->before.requests)
		*overflows = (uint32_t)(in->requests.overflows - in->before.overflows);
	if (!may_be_queue(s))
		return;
	s->syn.cookies = in->requests.cookies;
	s->syn.requests_max = in->requests.max;
	if (in->before.requests)
		s->syn.discarded = (uint32_t)(in->requests.discarded - in->before.discarded);
}

static void tell_table(struct hm_live_ns *in, struct hm_sighting *s)
{
	if (!in->before.table || !look(in))
		return;
	s->drop.tracked = (uint32_t)in->table.entries;
	s->drop.tracked_max = (uint32_t)in->table.max;
	/* of 32 bits in the kernel */
	s->drop.no_room = (uint32_t)(in->table.no_room - in->before.no_room);
}

void live_ask_table(struct hm_live *live, uint32_t netns, struct hm_sighting *s)
{
	bool table = may_be_table(s);
	struct hm_live_ns *in = live->ns;

	if (!table && !may_be_queue(s) && !overflows_of(s))
		return;
	while (in < live->ns + live->ns_count && in->ns.inum != netns)
		in++;
	if (in == live->ns + live->ns_count)
		return;
	if (table)
		tell_table(in, s);
	else
		tell_queue(in, s);
}
