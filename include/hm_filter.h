/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What both sides know of the connection filter.
 *
 * A filter picks connections, not packets: it is asked about the tuple that the parser
 * (hm_packet.h) made of a packet or of what an ICMP error quotes, without VLAN tags, IP options or
 * extension headers, and holds what it holds of the tuple or of its mirror image, source and
 * destination swapped. The kernel side calls
 *
 *	int hm_filter_run(const struct hm_tuple *t, __u32 family);
 *
 * which gives 1 or 0, or has the same instructions in its own place, if they are few: a call costs
 * more than a short filter. In the object both stand empty (gate.bpf.h); before that is opened the
 * loader writes the filter there (user/filter_link.c).
 */
#ifndef HM_FILTER_H
#define HM_FILTER_H

#define HM_FILTER_INSNS 1024 /* room for instructions: some 240 hosts, or 250 ports */
#define HM_FILTER_NEAR 128 /* room in the place of a call */
#define HM_FILTER_ASK 2 /* what is there says: call */

#endif
