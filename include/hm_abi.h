/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the kernel side and the loader agree on: the records in the ring buffer, the
 * configuration in .rodata, and the counters. Nothing behind the loader (user/loader.h) sees it.
 *
 * Rules: __uN only, explicit padding, no bitfields, no packed, every byte written before submit.
 * Addresses and ports are in network byte order as __u8 arrays and __u16; every other number is
 * in host order. IPv4 addresses are held IPv4-mapped (::ffff:a.b.c.d).
 */
#ifndef HM_ABI_H
#define HM_ABI_H

#include "hm_types.h"

#define HM_MAX_MARKERS 8
#define HM_MARKER_MIN 4 /* bytes; what a window of the scanner covers */
#define HM_MARKER_MAX 64 /* bytes */
#define HM_COMM_LEN 16 /* TASK_COMM_LEN */
#define HM_LEGS 4096 /* connections that user space holds at once, where --legs says nothing else */
#define HM_TRACKS_FOR(legs) (2 * (legs)) /* those that the kernel side remembers then */
#define HM_MAX_TRACKS HM_TRACKS_FOR(HM_LEGS)
/*
 * A connection is remembered until so many younger ones came after it, at least. An LRU map keeps
 * for those that were seen again about half of its places, and takes 128 at once (bpf_lru_list.c).
 */
#define HM_SURE_TRACKS(tracks) ((tracks) * 3 / 8)

enum hm_tcp_flag {
	HM_TCP_FIN = 1,
	HM_TCP_SYN = 2,
	HM_TCP_RST = 4,
	HM_TCP_PSH = 8,
	HM_TCP_ACK = 16,
	HM_TCP_URG = 32,
};

/* TCP states as the kernel numbers them (include/net/tcp_states.h), those that are asked for. */
enum hm_tcp_state {
	HM_STATE_ESTABLISHED = 1,
	HM_STATE_SYN_SENT = 2,
	HM_STATE_TIME_WAIT = 6,
	HM_STATE_CLOSE = 7,
	HM_STATE_CLOSE_WAIT = 8,
	HM_STATE_LISTEN = 10,
};

/* HM_WHAT_UNSEARCHED is told of each direction of a leg once within this time. */
#define HM_UNSEARCHED_NS 1000000000ULL

/* Where a packet was seen. The JSON names are in user/json_fields.c. */
enum hm_hook {
	HM_HOOK_XDP, /* IF:xdp   native XDP */
	HM_HOOK_TC_IN, /* IF:in    tcx or clsact ingress */
	HM_HOOK_TC_OUT, /* IF:out   tcx or clsact egress */
	HM_HOOK_SOCK_IN, /* socket:in   cgroup_skb ingress: a socket was found */
	HM_HOOK_SOCK_OUT, /* socket:out  cgroup_skb egress: passed OUTPUT and POSTROUTING */
	HM_HOOK_APP, /* app: what a process did, from tracepoints and cgroup/connect */
	HM_HOOK_DROP, /* drops: what the stack did to a packet, from tracepoints */
	HM_HOOK_PROBE, /* sockets: what user space asked the kernel for (iterator, sock_diag) */
	HM_HOOK_COUNT
};

/* What was seen. The JSON names are in user/sighting.c, one row for each. */
enum hm_what {
	HM_WHAT_NONE,
	HM_WHAT_SYN,
	HM_WHAT_SYNACK,
	HM_WHAT_ACK, /* third packet of the handshake */
	HM_WHAT_RST,
	HM_WHAT_FIN,
	HM_WHAT_DATA, /* first payload after a change of direction; facts in .data */
	HM_WHAT_MARKER, /* the segment that holds the marker's last byte */
	HM_WHAT_ECHO, /* a marker from server to client; told apart in user space only */
	HM_WHAT_ACKED, /* an ACK that covers the marker */
	HM_WHAT_ICMP, /* an ICMP or ICMPv6 error that quotes a packet of the leg */
	HM_WHAT_DROP, /* kfree_skb with a reason */
	HM_WHAT_RESET, /* tcp_send_reset: this kernel's TCP made a RST */
	HM_WHAT_RETRANS, /* tcp_retransmit_skb, tcp_retransmit_synack */
	HM_WHAT_READ, /* a process read: first read of the leg, and each marker read */
	HM_WHAT_CONNECT, /* a process called connect(2); the source port may still be 0 */
	HM_WHAT_SOCKET, /* probe: state of one connection's socket here */
	HM_WHAT_LISTENER, /* probe: a listening socket here */
	HM_WHAT_ROUTE, /* probe: the kernel's answer to "which route to dst" */
	HM_WHAT_UNSEARCHED, /* payload beyond --depth; after the first, at most one a second */
	/* a side's receive window: closed, closed still when it was asked, or open again */
	HM_WHAT_WINDOW,
	/* connect(2) failed: it had a route, and no local port was free; as for connect */
	HM_WHAT_NO_PORT,
	/* the first bytes of a direction are a ClientHello; only with --sni: struct hm_hello_rec */
	HM_WHAT_HELLO,
	HM_WHAT_PORTS, /* probe: sockets here that lead to dst, and the range of local ports */
	HM_WHAT_COUNT
};

/* First bytes of a payload, as far as they can be told. */
enum hm_class {
	HM_CLASS_NONE, /* no payload looked at */
	HM_CLASS_OTHER, /* payload of no known kind */
	HM_CLASS_HTTP_REQUEST, /* METHOD SP origin-form: RFC 9112, 3.2.1 */
	HM_CLASS_HTTP_PROXY, /* METHOD SP absolute-form, or CONNECT: RFC 9112, 3.2.2 and 3.2.3 */
	HM_CLASS_HTTP_STATUS, /* HTTP/1.x SP three digits, in .status */
	HM_CLASS_TLS, /* TLS record: .tls_type; an alert in clear has .alert */
};

/*
 * What is counted. Two sums hold, at every moment at which no program is in the middle of a packet:
 *
 *   packets    seen = filtered + matched + not inspected
 *   sightings  sightings = delivered + unread + limited + lost ring + lost map + lost hop
 *
 * A packet inside the filter makes no sighting, one or several; a read or a drop makes one without
 * a packet seen. The first ones are the kernel side's, for each CPU; from HM_CNT_KERNEL on user
 * space counts.
 */
enum hm_counter {
	HM_CNT_SEEN, /* packets a program looked at, all hooks */
	HM_CNT_FILTERED, /* outside the filter or not TCP or ICMP */
	HM_CNT_MATCHED, /* inside the filter */
	HM_CNT_SCANNED, /* payloads searched */
	HM_CNT_LIMITED, /* sightings not sent: rate limit, or more markers than one search tells */
	HM_CNT_LOST_RING, /* sightings not sent: ring buffer full */
	HM_CNT_LOST_MAP, /* sightings not made: no room for their leg, map full or update refused */
	HM_CNT_NOT_INSPECTED, /* packets without ports: later fragments, headers that contradict */
	HM_CNT_LEGS, /* legs created: above the map's size the oldest are forgotten */
	HM_CNT_RECORDS, /* sightings sent: delivered, unread or of a lost hop */
	HM_CNT_PARTLY, /* inside the filter, but options or payload not (all) read or searched */
	HM_CNT_SIGHTINGS, /* there were to tell */
	/* what a later sighting would rest on was not remembered: opener, reader ... */
	HM_CNT_LOST_NOTE,
	HM_CNT_UNSEARCHED, /* bytes beyond --depth that were not searched */
	/* times a packet was left to the next hop, as another CPU searched there: order.bpf.h */
	HM_CNT_LEFT,
	HM_CNT_LEFT_SEARCHED, /* of these, searched by a later hop */
	HM_CNT_KERNEL,
	HM_CNT_DELIVERED = HM_CNT_KERNEL, /* sightings read and passed on */
	HM_CNT_UNREAD, /* sent, and not read yet; at the end: sent after it */
	HM_CNT_LOST_HOP, /* read, and of an interface for which there is no row */
	HM_CNT_LOST_BUSY, /* events the kernel kept from a tracepoint program that ran already */
	HM_CNT_COUNT
};

struct hm_tuple {
	__u32 saddr[4]; /* network order, IPv4-mapped */
	__u32 daddr[4];
	__u16 sport; /* network order */
	__u16 dport;
};

/*
 * Owner of a socket or reader of its bytes. pid is the thread group's, in the initial pid
 * namespace.
 */
struct hm_owner {
	__u32 pid;
	__u32 in_tree; /* 1: COMMAND or one of its descendants */
	char comm[HM_COMM_LEN];
};

#define HM_NO_DSCP 255

struct hm_rec_syn { /* HM_WHAT_SYN, HM_WHAT_SYNACK; socket:in adds the listener */
	__u16 mss;
	__u8 wscale; /* 255: option absent */
	__u8 sack; /* 0 or 1 */
	__u8 timestamps; /* 0 or 1 */
	__u8 has_listener; /* 1: backlog and backlog_max are the listener's at this moment */
	__u8 outside; /* 1: a SYN of a connection outside the filter, which is followed */
	__u8 dscp; /* of its IP header: RFC 2474; HM_NO_DSCP: not read */
	__u32 backlog; /* connections waiting to be accepted */
	__u32 backlog_max; /* limit; the queue is full when backlog > backlog_max */
	__u32 requests; /* handshakes it waits for the end of: the SYN queue */
};

struct hm_rec_marker { /* HM_WHAT_MARKER, HM_WHAT_ACKED, HM_WHAT_READ of a marker */
	__u8 id; /* index into hm_config.markers; 255: none (a read before any marker) */
	__u8 split; /* 1: it straddles segments */
	__u16 pad;
	__u32 seq; /* sequence number of its first byte */
	__u32 end_seq; /* one past its last byte */
	__u32 offset; /* of its first byte, from the leg's first payload byte; ~0: unknown */
	__u32 word; /* keyed hash of the word that follows it; 0: none or not complete */
};

struct hm_rec_data { /* HM_WHAT_DATA */
	__u8 class; /* enum hm_class */
	__u8 tls_type; /* TLS ContentType: RFC 8446, 5.1 */
	__u8 alert; /* TLS AlertDescription where alert_level is not 0 */
	__u8 alert_level; /* 1 warning, 2 fatal */
	__u16 status; /* HTTP status code */
	__u16 pad;
};

/* What a ClientHello says of the server's name. */
enum hm_hello_state {
	HM_HELLO_NONE, /* it is no ClientHello */
	HM_HELLO_NAMED,
	HM_HELLO_NAMELESS, /* it is all here, and asks for no name */
	HM_HELLO_UNSEEN, /* as far as it is in this segment, and understood, there is no name */
};

struct hm_rec_hello { /* HM_WHAT_HELLO */
	__u8 state; /* enum hm_hello_state */
	__u8 pad;
	__u16 len; /* of the name, bytes; may be more than are told */
};

struct hm_rec_icmp { /* HM_WHAT_ICMP; also icmp_send, then hook is HM_HOOK_DROP */
	__u32 sender[4]; /* who sent the error: network order */
	__u8 type;
	__u8 code;
	__u8 family; /* 4 or 6 */
	__u8 pad;
	__u32 mtu; /* next-hop MTU of 3/4 and v6 2/0, else 0 */
};

struct hm_rec_drop { /* HM_WHAT_DROP, HM_WHAT_RESET */
	__u64 location; /* kernel address; named by user space */
	__u32 reason; /* number in the running kernel's enum; named by user space */
	__u8 rx_listener; /* 1: freed on behalf of a listening socket; backlog is valid */
	__u8 flags; /* TCP flags of the packet dropped */
	__u16 pad;
	__u32 backlog;
	__u32 backlog_max;
};

struct hm_rec_retrans { /* HM_WHAT_RETRANS; .seq and .len are the segment's, but of a SYN-ACK */
	__u8 sk_state; /* TCP state of the socket, TCP_SYN_SENT ... */
	__u8 synack; /* 1: tcp_retransmit_synack; backlog is the listener's */
	__u8 head; /* 1: all before it is acknowledged: the peer waits for this one */
	/* pieces that .sacked is in, with a gap before each; 4: there may be more of it */
	__u8 gaps;
	__u32 backlog;
	__u32 backlog_max;
	__u32 acked; /* bytes that this side had acknowledged; ~0: so many or more */
	__u32 sacked; /* bytes behind it that the peer has all the same: SACK, RFC 2018 */
	__u32 beside; /* length of the segments right behind it, where the peer has these; else 0 */
};

/* One record of the ring buffer: .what says which member of the union is valid. */
struct hm_rec {
	__u16 what; /* enum hm_what */
	__u16 size; /* of all of it: sizeof(struct hm_rec), but for HM_WHAT_HELLO */
	__u8 hook; /* enum hm_hook */
	__u8 ttl; /* TTL or hop limit; 0 where there is no packet */
	__u8 tcp_flags; /* as on the wire: FIN 1 SYN 2 RST 4 PSH 8 ACK 16 */
	__u8 family; /* 4 or 6, of the packet */
	__u64 mono_ns; /* CLOCK_BOOTTIME */
	__u32 netns; /* inode number of the network namespace */
	__u32 ifindex; /* 0 at hooks without an interface */
	struct hm_tuple tuple; /* as in the packet; for HM_WHAT_ICMP that of the quoted packet */
	__u32 seq; /* as on the wire */
	__u32 ack;
	__u32 len; /* bytes of TCP payload */
	__u16 window;
	__u16 ip_id; /* 0 for IPv6 */
	struct hm_owner owner; /* pid 0: not known */
	__u32 pad;
	union {
		struct hm_rec_syn syn;
		struct hm_rec_marker marker;
		struct hm_rec_data data;
		struct hm_rec_icmp icmp;
		struct hm_rec_drop drop;
		struct hm_rec_retrans retrans;
		struct hm_rec_hello hello;
		__u64 room[4];
	};
};
_Static_assert(sizeof(struct hm_rec) == 136, "struct hm_rec is ABI");

#define HM_SNI_MAX 128 /* bytes of a server name; a power of two */

/* HM_WHAT_HELLO: the only record of another size. */
struct hm_hello_rec {
	struct hm_rec rec;
	__u8 name[HM_SNI_MAX]; /* its first bytes, zeros behind them */
};
_Static_assert(sizeof(struct hm_hello_rec) == 264, "struct hm_hello_rec is ABI");

/*
 * A socket as the task_file iterator writes it: one for each file descriptor that is a TCP socket.
 */
struct hm_sock_rec {
	struct hm_tuple tuple; /* local address is saddr:sport */
	__u32 netns;
	__u32 pid; /* thread group */
	char comm[HM_COMM_LEN];
	__u32 pad0;
	__u64 inode;
	__u32 copied_seq; /* next byte the process will read */
	__u32 rcv_nxt; /* next byte expected from the peer */
	__u32 backlog; /* listeners only */
	__u32 backlog_max;
	__u8 state; /* TCP_ESTABLISHED 1 ... TCP_LISTEN 10 */
	__u8 family; /* 4 or 6, of the socket */
	__u8 v6only; /* 1: an IPv6 socket that takes no IPv4 */
	__u8 pad[5];
};
_Static_assert(sizeof(struct hm_sock_rec) == 96, "struct hm_sock_rec is ABI");

/*
 * A program at an interface as the bpf_link iterator writes it, for each tcx link of a hopmark
 * (with hm_config.all_chains of anybody): those of the link's own chain, in the order in which they
 * run, and for ingress the XDP program before them.
 */
struct hm_chain_rec {
	__u32 link_id; /* the link whose interface and chain this is */
	__u32 prog_id;
	__u32 netns, ifindex; /* where that is */
	__u8 hook; /* HM_HOOK_XDP, HM_HOOK_TC_IN or HM_HOOK_TC_OUT */
	__u8 own; /* 1: the link's own program */
	__u8 pad[6];
	__u8 tag[8]; /* of its instructions, by the kernel */
	char name[16];
};
_Static_assert(sizeof(struct hm_chain_rec) == 48, "struct hm_chain_rec is ABI");

struct hm_marker {
	__u32 len; /* HM_MARKER_MIN to HM_MARKER_MAX; 0: unused */
	__u8 bytes[HM_MARKER_MAX];
};

#define HM_WINDOW_BACK 128

/* Four bytes of a marker, one of its windows. */
struct hm_window {
	/* the marker's first eight bytes and its last eight, as they are loaded, added up */
	__u64 ends;
	__u64 mask; /* of that; less than all where it is shorter, none where there is a .next */
	__u8 id; /* marker */
	__u8 offset; /* of the window in the marker */
	__u8 span; /* from the marker's first to its last eight bytes */
	__u8 back; /* HM_WINDOW_BACK minus .offset: the verifier wants to add */
	__u8 ahead; /* .back and .span */
	__u8 pad;
	__u16 next; /* index of another one with the same number; 0: none */
	__u64 pad2; /* an index is shifted, not multiplied */
};

/*
 * The scanner's table. Windows of 4 bytes are looked up at every .step bytes; any occurrence of any
 * marker covers at least one of them whole, at one of the first .step offsets of the marker. A
 * window has a number by its hash: the index of the first of the markers' windows that it may be.
 */
#define HM_WINDOW_BITS 14 /* 16 KB; with 4 KB every third packet of random bytes has a false hit */
#define HM_WINDOWS 1024 /* a power of two */
struct hm_needles {
	__u32 count; /* markers; 0: nothing is searched */
	__u32 step; /* shortest marker minus 3 */
	__u32 longest; /* bytes */
	__u32 chain; /* windows with the same number, at most */
	struct hm_marker marker[HM_MAX_MARKERS];
	__u8 number[1 << HM_WINDOW_BITS]; /* by hash; 0: no window of a marker has this hash */
	/* [0] is not used; those from 256 on are others' .next */
	struct hm_window window[HM_WINDOWS];
};
_Static_assert(HM_WINDOWS >= 256 + HM_MAX_MARKERS * (HM_MARKER_MAX - HM_MARKER_MIN + 1),
	       "there is room for every window, whatever its number");

/* Set once by the loader before load; .rodata of every program. */
struct hm_config {
	__u32 netns; /* of the interfaces these programs are attached to */
	__u32 key[4]; /* of hm_rec_marker.word; random for each trace, told nobody */
	__u32 self_pid; /* hopmark's own sockets are never reported */
	__u32 rate_per_ms; /* records a CPU may send a millisecond; 0: no limit */
	__u32 kfree_skb_args; /* arguments of the running kernel's tracepoint: 3, or 4 with rx_sk */
	__u32 send_reset_args; /* 2, or 3 with a reason */
	__u32 listen_overflow; /* SKB_DROP_REASON_TCP_LISTEN_OVERFLOW here; 0: not known */
	/* 1: ours are filters, and no link of ours shows who is at tcx before them */
	__u32 all_chains;
	__u32 depth; /* bytes of each turn that are searched; 0: all */
	__u32 sure_tracks; /* HM_SURE_TRACKS() of those that there is room for */
	__u32 sni; /* 1: names in ClientHellos are told */
	__u8 build[8]; /* a hash of the object that these programs are of, without its filter */
	struct hm_needles needles;
};

/* Initial sequence numbers that have the same hash; only bpf/isn.bpf.h uses them. */
#define HM_ISN_BITS 12
#define HM_ISN_ROWS (1 << HM_ISN_BITS)
#define HM_ISN_PLACES 8 /* a power of two */
struct hm_isn_row {
	__u32 isn[HM_ISN_PLACES];
	__u32 number[HM_ISN_PLACES]; /* of the SYN; 0: nothing there */
	__u32 next; /* place of the next one */
};

struct hm_counters {
	__u64 n[HM_CNT_KERNEL];
};

#endif
