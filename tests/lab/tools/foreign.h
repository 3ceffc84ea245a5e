/* SPDX-License-Identifier: GPL-2.0-only */
/* What foreign.c and foreign.bpf.c share. */
#ifndef FOREIGN_H
#define FOREIGN_H

#include <linux/types.h>

struct foreign_config {
	__s32 action; /* TC_ACT_* or XDP_* for the packets meant */
	__u32 redirect; /* interface they are sent out by instead; 0: none */
	__u32 address; /* of foreign_lb: the new destination, or source; IPv4, in network order */
	__u16 port; /* of TCP or UDP, of those meant, either way; 0: every packet */
	__u16 data; /* 1: only those of TCP with payload */
	__u32 corrupt; /* 1: their TCP checksum is changed */
	__u32 from; /* 1: address is the new source */
};

struct foreign_counts {
	__u64 packets, of_port;
};

#endif
