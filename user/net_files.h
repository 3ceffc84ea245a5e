/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files below /proc that tell about one network namespace: opened inside it at the start, read when
 * a connection fails, when nothing can be opened any more. Used by live_*.c.
 */
#ifndef HM_NET_FILES_H
#define HM_NET_FILES_H

#include <stdbool.h>
#include <stdint.h>

enum hm_net_file {
	HM_NET_CT_COUNT,
	HM_NET_CT_MAX,
	HM_NET_CT_STAT,
	HM_NET_PORTS,
	HM_NET_COOKIES,
	HM_NET_SYN_BACKLOG,
	HM_NET_COUNTERS,
	HM_NET_FILE_COUNT
};

struct hm_net_files {
	int fd[HM_NET_FILE_COUNT]; /* -1: not open */
};

struct hm_conntrack { /* the table of connections of netfilter */
	uint64_t entries, max;
	/* packets dropped because it could not take them in, since the host started */
	uint64_t no_room;
};

/* None is open. */
void net_files_init(struct hm_net_files *files);

/*
 * Opens those of the caller's namespace. 0, also where conntrack has no table; -errno of the first
 * of that which is there and may not be opened, and the others are open all the same.
 */
int net_files_open(struct hm_net_files *files);

/* The range of local ports that connect(2) chooses from. 0 or -errno. */
int net_files_ports(const struct hm_net_files *files, uint16_t *low, uint16_t *high);

/* what limits the handshakes that a listener waits for the end of, and what they cost */
struct hm_requests {
	bool cookies; /* tcp_syncookies is not 0 */
	uint32_t max; /* tcp_max_syn_backlog */
	uint64_t discarded; /* ListenDrops */
	uint64_t overflows; /* ListenOverflows: those of them for which the accept queue was full */
};

/* 0 or -errno. */
int net_files_requests(const struct hm_net_files *files, struct hm_requests *out);

/*
 * A counter of /proc/net/netstat: pairs of lines that begin alike, one of names, one of numbers. 0;
 * -EBADMSG: there is none of that name.
 */
int net_files_counter(const char *text, const char *name, uint64_t *out);

/* 0; -EBADF: there was no table when the files were opened; other -errno. */
int net_files_conntrack(const struct hm_net_files *files, struct hm_conntrack *out);

/*
 * The sum of a column of /proc/net/stat/nf_conntrack: a line of names, then a line of hexadecimal
 * numbers for each CPU. 0; -EBADMSG: there is no such column, or a line ends before it.
 */
int net_files_column(const char *text, const char *name, uint64_t *sum);

void net_files_close(struct hm_net_files *files);

#endif
