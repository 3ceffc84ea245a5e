/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The verdict: what is printed. Made by judge, a pure function of path, scene and listeners.
 */
#ifndef HM_VERDICT_H
#define HM_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "path.h"
#include "scene.h"

#define HM_LINE 256 /* one line of evidence or advice, with the NUL */
#define HM_MAX_EVIDENCE 12
#define HM_MAX_ADVICE 6

enum hm_blame {
	HM_BLAME_NONE, HM_BLAME_APPLICATION, HM_BLAME_PROXY, HM_BLAME_HOST, HM_BLAME_NETWORK,
	HM_BLAME_POLICY, HM_BLAME_BEYOND, HM_BLAME_UNKNOWN, HM_BLAME_COUNT
};

enum hm_confidence { HM_PROVEN, HM_LIKELY, HM_ONE_SIDED, HM_CONFIDENCE_COUNT };

enum hm_role {
	HM_ROLE_NONE,
	HM_ROLE_CLIENT,
	HM_ROLE_PROXY,
	HM_ROLE_SERVER,
	HM_ROLE_ROUTER,
	HM_ROLE_COUNT
};

/* Every code hopmark can say; the table with name, health and meaning is in user/codes.c. */
enum hm_code {
	HM_DELIVERED,
	HM_ACKNOWLEDGED,
	HM_PASSED,
	HM_CONNECTED,
	HM_ABANDONED_BY_CLIENT,
	HM_REFUSED,
	HM_WRONG_ADDRESS,
	HM_ACCEPT_QUEUE_FULL,
	HM_SYN_QUEUE_FULL,
	HM_NOT_ACCEPTED,
	HM_NOT_READ,
	HM_ZERO_WINDOW,
	HM_NO_ANSWER,
	HM_CLOSED_BY_APPLICATION,
	HM_HTTP_ERROR,
	HM_TLS_ALERT,
	HM_TLS_MISMATCH,
	HM_PROXY_NOT_FORWARDED,
	HM_PROXY_UPSTREAM_FAILED,
	HM_PROXY_ANSWERED,
	HM_PROXY_STALLED,
	HM_DROPPED_BY_FIREWALL,
	HM_CONNTRACK_FULL,
	HM_REJECTED_BY_FIREWALL,
	HM_DROPPED_BY_ROUTING,
	HM_NO_ROUTE,
	HM_PORT_EXHAUSTED,
	HM_DROPPED_BY_BPF,
	HM_DROPPED_BY_QUEUE,
	HM_STALE_CONNECTION,
	HM_BAD_CHECKSUM,
	HM_DROPPED_OTHER,
	HM_NEIGHBOUR_FAILED,
	HM_SYN_UNANSWERED,
	HM_SYN_LOST,
	HM_SYNACK_LOST,
	HM_MARKER_LOST,
	HM_NOT_ARRIVED,
	HM_MTU_BLACK_HOLE,
	HM_PAYLOAD_BLOCKED,
	HM_UNREACHABLE,
	HM_RESET_INJECTED,
	HM_MARKER_NOT_SEEN,
	HM_NOTHING_SEEN,
	HM_INCONCLUSIVE,
	HM_CODE_COUNT
};

struct hm_code_info {
	const char *name; /* "accept-queue-full" */
	const char *means; /* one line for help and explain */
	uint8_t health; /* 0 healthy, 1 unhealthy, 4 unknown: what it does to the exit status */
};
extern const struct hm_code_info hm_codes[HM_CODE_COUNT];
extern const char *const hm_blame_names[HM_BLAME_COUNT];
/* "proven", "likely", "one-sided" */
extern const char *const hm_confidence_names[HM_CONFIDENCE_COUNT];
extern const char *const hm_role_names[HM_ROLE_COUNT];

/* Who it is about. Empty strings and 0 where not known. comm is raw: sanitise when printing. */
struct hm_at {
	char host[64];
	char hop[HM_NAME_LEN];
	uint32_t pid;
	char comm[HM_COMM_LEN];
	uint8_t role; /* enum hm_role */
};

/* The verdict on one leg; rows are copies of the leg's with every cell's state resolved. */
struct hm_leg_verdict {
	const struct hm_leg *leg;
	uint8_t code, blame, confidence;
	struct hm_at at;
	int64_t rtt_us; /* SYN to SYN-ACK at the first hop; -1 not known */
	struct hm_row rows[HM_LEG_ROWS];
	uint32_t row_count;
};

struct hm_verdict {
	/* NULL: about the whole trace (nothing-seen, marker-not-seen) */
	const struct hm_path *path;
	uint8_t code, blame, confidence; /* enums above */
	struct hm_at at;
	uint8_t marker_id; /* or HM_NO_MARKER */
	uint32_t count; /* times the marker was sent */
	bool by_absence; /* it rests on what did not come; else on what was seen */
	uint64_t waited_ns; /* from the path's last packet until it was judged */
	uint16_t status; /* HTTP status of the answer, 0 none */
	bool judged; /* counts for the exit status (README, "Exit status") */
	uint32_t leg_count;
	/* "the web server's host was not watched"; "" nothing to add */
	char confidence_why[HM_LINE];
	char summary[2 * HM_LINE]; /* the plain sentences a vendor can be sent; unwrapped */
	char evidence[HM_MAX_EVIDENCE][HM_LINE];
	uint32_t evidence_count, evidence_more; /* more: told in the last line, as a number */
	char advice[HM_MAX_ADVICE][HM_LINE];
	uint32_t advice_count;
	uint64_t lost; /* events lost within the path's life */
	/* last, and most of it: the rest is cleared alone */
	struct hm_leg_verdict legs[HM_PATH_LEGS];
};

/* It is a fault that rests on what did not come: it had to be waited for. */
bool verdict_waited(const struct hm_verdict *v);

#endif
