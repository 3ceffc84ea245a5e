/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who else is at the hooks of an interface, and what that means for ours: who may keep packets from
 * it, who from leaving after it, and whether it sees anything at all. Pure; used by live_around.c.
 */
#ifndef HM_NEIGHBOURS_H
#define HM_NEIGHBOURS_H

#include <stdbool.h>
#include <stdint.h>

#include "sighting.h"

#define HM_BLIND_PACKETS 1000 /* so many on the interface and none at the hook are no chance */

struct hm_neighbour { /* a program or filter, in the order in which they run */
	enum { HM_NEIGHBOUR_XDP, HM_NEIGHBOUR_TC, HM_NEIGHBOUR_FILTER } kind;
	uint32_t id; /* of a program */
	char name[64]; /* as its maker called it: raw; "" not known */
	bool own; /* the one whose neighbours the others are */
};

/* "XDP program xdp_lb #12", "tc program cil_from_netdev #7", "filter flower". Returns out. */
char *neighbour_text(char out[HM_NAME_LEN], const struct hm_neighbour *n);

/*
 * A hopmark's own program: it lets everything pass, so it keeps nothing from anybody. By its name:
 * who loads programs is root, and who calls his so deceives himself.
 */
bool neighbour_is_hopmark(const struct hm_neighbour *n);

/*
 * Of those that run before and after the own one: the first that is no hopmark, and how many more;
 * "" none. Where none is the own one, all run before it.
 */
void neighbours_sum(const struct hm_neighbour *list, uint32_t count, char before[HM_NAME_LEN],
		    char after[HM_NAME_LEN]);

struct hm_passage { /* of packets, since somebody began to look */
	uint64_t device, hop; /* counted by the device and at the hook, in that direction */
	const char *kind; /* of the device: hm_iface.kind */
	bool in; /* towards this host */
	bool kept; /* somebody runs first */
};

/*
 * True if packets pass the interface and the hook sees none. Without a neighbour that explains it,
 * only for what comes in, and for devices whose packets all pass there: what leaves may have been
 * sent around the hook by right (XDP_TX, AF_XDP, PACKET_QDISC_BYPASS), and vrf, ifb and others
 * count what they only hand on.
 */
bool neighbours_blind(const struct hm_passage *p);

#endif
