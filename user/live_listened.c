// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who listened: listeners as they were found at the start and by each probe, so that one that has
 * gone since can be named. Called by live_probe.c.
 */
#include <arpa/inet.h>
#include <string.h>

#include "live.h"

/* The same socket's owner; a process that listens on several addresses has a place for each. */
static bool is_same(const struct hm_sock_rec *a, const struct hm_sock_rec *b)
{
	return a->netns == b->netns && a->pid == b->pid && a->tuple.sport == b->tuple.sport &&
	       !memcmp(a->tuple.saddr, b->tuple.saddr, sizeof(a->tuple.saddr));
}

/* Its place; where there is none left, that of the one which was seen longest ago. */
static struct hm_live_listened *place(struct hm_live *live, const struct hm_sock_rec *r)
{
	struct hm_live_listened *oldest = &live->listened[0];

	for (uint32_t i = 0; i < live->listened_count; i++) {
		if (is_same(&live->listened[i].rec, r))
			return &live->listened[i];
		if (live->listened[i].seen_ns < oldest->seen_ns)
			oldest = &live->listened[i];
	}
	return live->listened_count < HM_LIVE_LISTENED ? &live->listened[live->listened_count++]
						       : oldest;
}

void live_listened_note(struct hm_live *live)
{
	for (int i = 0; i < live->socket_count; i++)
		if (live->sockets[i].state == HM_STATE_LISTEN)
			*place(live, &live->sockets[i]) =
				(struct hm_live_listened){live->sockets[i], live->sockets_ns};
}

const struct hm_live_listened *live_listened_gone(const struct hm_live *live, uint16_t port,
						  uint32_t *from)
{
	while (*from < live->listened_count) {
		const struct hm_live_listened *l = &live->listened[(*from)++];

		if (l->seen_ns < live->sockets_ns && ntohs(l->rec.tuple.sport) == port)
			return l;
	}
	return NULL;
}
