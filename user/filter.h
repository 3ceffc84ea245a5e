/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * FILTER: a subset of pcap-filter(7) to struct hm_filter, which include/hm_filter.h evaluates.
 * What is accepted means what libpcap means by it; everything else is refused, never half applied.
 * Pure but for /etc/services (services.h). Called by cmd_trace.c.
 */
#ifndef HM_USER_FILTER_H
#define HM_USER_FILTER_H

#include <stddef.h>

#include "hm_abi.h"

#define HM_FILTER_WHY 200 /* bytes that hold every error message */

/* Qualifiers in front of a value: [tcp|ip|ip6] [src|dst|...] [host|net|port|portrange]. */
enum hm_q_proto { HM_Q_ANY, HM_Q_TCP, HM_Q_IP, HM_Q_IP6 };
enum hm_q_kind { HM_Q_NO_KIND, HM_Q_HOST, HM_Q_NET, HM_Q_PORT, HM_Q_PORTRANGE };

struct hm_qual {
	int valid; /* 0: nothing that a value alone could refer to */
	enum hm_q_proto proto;
	enum hm_filter_side side;
	enum hm_q_kind kind;
};

/*
 * Compiles text; "" gives an empty filter, which holds everything. 0, or -EINVAL and a message in
 * why that names the word and the reason.
 */
int filter_parse(const char *text, struct hm_filter *out, char *why, size_t why_len);

/*
 * Makes the operation for one value ("80", "10.0.0.8", "http-https") under its qualifiers. len:
 * text after "/" or "mask", NULL none; dotted: it came after "mask". 0, or -EINVAL and why.
 */
int filter_value(const struct hm_qual *q, const char *value, const char *len, int dotted,
		 struct hm_filter_op *op, char *why, size_t why_len);

/* True if the operation is an IPv6 net that would hold IPv4-mapped addresses too. */
int filter_value_needs_ip6(const struct hm_filter_op *op);

/* Why a word of pcap-filter is not supported, or NULL where the word is not one of its own. */
const char *filter_why_not(const char *word);

#endif
