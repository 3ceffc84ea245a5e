/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sighting: one observation at one hop, whatever it came from (kernel, recording, probe).
 * Made by a source, numbered by path, judged by judge, written by output. Host byte order.
 */
#ifndef HM_SIGHTING_H
#define HM_SIGHTING_H

#include <stdbool.h>
#include <stdint.h>

#include "hm_abi.h"

#define HM_NAME_LEN 48 /* names of hops, drop reasons and kernel functions, with the NUL */
#define HM_NO_MARKER 255

/* One end of a connection. IPv4 is held IPv4-mapped, address bytes as on the wire. */
struct hm_endpoint {
	uint8_t addr[16];
	uint16_t port; /* host order; 0: not known yet */
	uint16_t pad;
	uint32_t scope; /* interface index of a link-local address, else 0 */
};

struct hm_sight_syn {
	uint16_t mss;
	uint8_t wscale; /* 255: absent */
	uint8_t dscp; /* HM_NO_DSCP: not known */
	bool sack, timestamps;
	bool has_listener; /* backlog and backlog_max are valid */
	uint32_t backlog, backlog_max;
	uint32_t requests; /* handshakes that the listener waits for the end of */
	uint32_t requests_max; /* tcp_max_syn_backlog of that moment; 0: not asked */
	/* ListenDrops since the trace began: SYNs and ACKs that listeners discarded */
	uint32_t discarded;
	/* ListenOverflows since then, where the accept queue was over its limit */
	uint32_t overflows;
	bool cookies; /* tcp_syncookies: a full queue turns nobody down */
	bool outside; /* the filter does not pick it; it is followed, for whose connection it is */
};

struct hm_sight_marker {
	uint8_t id; /* index into hm_scene.markers, or HM_NO_MARKER */
	bool split;
	uint32_t seq, end_seq;
	uint32_t offset; /* from the leg's first payload byte; UINT32_MAX: not known */
	/* keyed hash of the word behind it; equal words tell equal messages; 0: none */
	uint32_t word;
};

struct hm_sight_data {
	uint8_t class; /* enum hm_class */
	uint8_t tls_type, alert, alert_level;
	uint16_t status;
};

struct hm_sight_hello {
	uint8_t state; /* enum hm_hello_state */
	uint16_t len; /* of the name in the ClientHello; .name may be less of it */
	char name[HM_SNI_MAX + 1]; /* any bytes, but no NUL */
};

struct hm_sight_icmp {
	uint8_t sender[16]; /* IPv4-mapped */
	uint8_t type, code, family;
	uint32_t mtu;
};

struct hm_sight_drop { /* drop, and reset with the reason of tcp_send_reset */
	char reason[HM_NAME_LEN]; /* without SKB_DROP_REASON_ or SK_RST_REASON_; "" not known */
	char where[HM_NAME_LEN]; /* kernel function, module or raw address */
	uint8_t flags; /* TCP flags of the packet dropped */
	bool has_listener;
	uint32_t backlog, backlog_max, overflows; /* the last as of a SYN */
	/*
	 * NETFILTER_DROP of a SYN: the table of connections, as it was right after. max 0: not
	 * asked
	 */
	uint32_t tracked, tracked_max;
	/* packets dropped since the trace began because it could not take them in */
	uint32_t no_room;
	/*
	 * Of a leg's note: drops of the same bytes before it that are not notes of their own, and
	 * when the first of them was; else 0.
	 */
	uint32_t also;
	uint64_t first_ns;
};

struct hm_sight_retrans { /* .seq and .len of the sighting are the segment's; not of a SYN-ACK */
	uint8_t sk_state; /* TCP state */
	bool synack;
	bool head; /* all before it is acknowledged: the peer waits for this one */
	/* pieces that sacked is in, with a gap before each; 4: there may be more of it */
	uint8_t gaps;
	uint32_t backlog, backlog_max, overflows; /* the last as of a SYN */
	uint32_t acked; /* bytes that its side had acknowledged; UINT32_MAX: so many or more */
	uint32_t sacked; /* bytes behind it that the peer has all the same */
	/* length of the segments right behind it, where the peer has these; else 0 */
	uint32_t beside;
};

/* What a probe found about one connection's socket on this host. src is the local end. */
struct hm_sight_socket {
	uint8_t state; /* TCP state; 0: there is no such socket here */
	bool accepted; /* some file or process holds it */
	bool has_seq; /* copied_seq is valid */
	uint32_t unread; /* bytes received and not read */
	uint32_t unsent; /* bytes in its send queue: not sent, or sent and not acknowledged */
	uint32_t copied_seq; /* next byte the process will read */
};

struct hm_sight_listener { /* src is the local address; owner is the listening process */
	uint32_t netns;
	bool v6only;
	uint32_t backlog, backlog_max;
};

struct hm_sight_route { /* answer of RTM_GETROUTE for dst */
	/* 0: there is a route; ENETUNREACH, EHOSTUNREACH, EACCES, EINVAL (blackhole) */
	int32_t error;
	bool local; /* dst is an address of this host itself */
	/*
	 * on which it stands with a network around it; 0: on none, as what several hosts may share
	 */
	uint32_t device;
};

struct hm_sight_ports { /* src is the client, dst the server */
	uint32_t used, waiting; /* sockets that lead to dst; of them, in TIME-WAIT */
	uint16_t low, high; /* ip_local_port_range; 0: not known */
};

struct hm_sighting {
	uint64_t mono_ns; /* CLOCK_BOOTTIME of the host that saw it */
	uint32_t leg; /* number given by path, from 1; 0: not yet or no leg (listener) */
	uint16_t hop; /* index into hm_scene.hops */
	uint8_t what; /* enum hm_what */
	uint8_t tcp_flags;
	uint8_t ttl;
	uint8_t family; /* 4 or 6 */
	uint16_t window, ip_id;
	struct hm_endpoint src, dst; /* as in the packet; of the quoted packet for icmp */
	uint32_t seq, ack, len;
	uint32_t pid; /* who did it, where known: reader, connecting process, listener's owner */
	bool in_tree; /* that process is COMMAND or its descendant */
	char comm[HM_COMM_LEN];
	union { /* by .what */
		struct hm_sight_syn syn; /* syn, synack */
		struct hm_sight_marker marker; /* marker, echo, acked, read */
		struct hm_sight_data data;
		struct hm_sight_hello hello;
		struct hm_sight_icmp icmp;
		struct hm_sight_drop drop; /* drop, reset */
		struct hm_sight_retrans retrans;
		struct hm_sight_socket socket;
		struct hm_sight_listener listener;
		struct hm_sight_route route;
		struct hm_sight_ports ports;
	};
};

/* Same address and port, whatever the scope. */
bool endpoint_equal(const struct hm_endpoint *a, const struct hm_endpoint *b);

/* Both are drops of one packet and its repetition, which may have another end, for one reason. */
bool drop_repeats(const struct hm_sighting *a, const struct hm_sighting *b);

/*
 * A drop of that kind is one packet's bad luck, or load, which a healthy connection overcomes by
 * sending it again: unlike a rule, it says nothing of the next packet.
 */
bool drop_is_chance(const struct hm_sighting *s);

/*
 * What it took may get through when it is sent again: by chance, as rules may drop at random, or
 * shorter.
 */
bool drop_may_pass(const struct hm_sighting *s);

/*
 * The SYN met a listener whose queue of requests was full, and SYN cookies were off: it is
 * discarded (tcp_conn_request(), net/ipv4/tcp_input.c). The backlog is a limit of that queue too,
 * to be reached or, on newer kernels, to be passed; of the other one the last quarter is kept for
 * hosts that are known.
 */
bool syn_finds_no_room(const struct hm_sighting *s);

/* JSON name of a kind ("syn", "icmp", ...); never NULL. */
const char *sighting_what_name(enum hm_what what);

/* Kind with that JSON name, or HM_WHAT_NONE. */
enum hm_what sighting_what_by_name(const char *name);

#endif
