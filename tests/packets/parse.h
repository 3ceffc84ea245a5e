/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What parse.bpf.c leaves in its map and test_parse.c computes itself. */
#ifndef PARSE_H
#define PARSE_H

#include "hm_packet.h"

struct parse_result {
	__s32 err; /* of hm_parse(); where it is not 0 the rest is 0 */
	__s32 syn_err;
	__s32 data_err;
	__u32 pad;
	struct hm_packet packet;
	struct hm_rec_syn syn;
	struct hm_rec_data data;
};

#endif
