// SPDX-License-Identifier: GPL-2.0-only
/*
 * Netfilter drops a SYN that conntrack's table has no room for as it drops one that a rule takes. Each
 * such drop gets the table's numbers of that moment. Called by source_live.c; see live.h.
 */
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "live.h"

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
	if (!net_files_conntrack(&in->files, &in->table))
		in->no_room_before = in->table.no_room;
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

void live_ask_table(struct hm_live *live, uint32_t netns, struct hm_sighting *s)
{
	struct hm_live_ns *in = live->ns;

	if (!may_be_table(s))
		return;
	while (in < live->ns + live->ns_count && in->ns.inum != netns)
		in++;
	if (in == live->ns + live->ns_count || !look(in))
		return;
	s->drop.tracked = (uint32_t)in->table.entries;
	s->drop.tracked_max = (uint32_t)in->table.max;
	s->drop.no_room = (uint32_t)(in->table.no_room - in->no_room_before); /* of 32 bits in the kernel */
}
