/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Legs and paths: sightings put together. Bounded memory; what is evicted is counted.
 * The clock is the sightings' own: nothing here calls a clock, so a recording plays the same.
 *
 * Sequence: paths_push() for each sighting; on each tick paths_want_probe() until NULL (the source
 * answers with socket, listener and route sightings, which are pushed), then paths_settled() until
 * NULL, each path judged and then released with paths_release(). At the end paths_finish().
 */
#ifndef HM_PATH_H
#define HM_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "scene.h"
#include "sighting.h"

#define HM_LEG_ROWS 24 /* hops one leg can cross; more are counted in rows_lost */
#define HM_LEG_NOTES 32 /* notable sightings kept for each leg; more are counted in notes_lost */
#define HM_PATH_LEGS 16
#define HM_DUE_READ_NS 2000000000ULL /* an application has so long to accept, and to read */
/* a closed window is told of so often where the client asked twice: it has more to send */
#define HM_SHUT_TIMES 3

/* The columns of a verdict's table. */
enum hm_step { HM_STEP_SYN, HM_STEP_SYNACK, HM_STEP_MARKER, HM_STEP_ANSWER, HM_STEP_COUNT };

/* What can be said of a step at a hop. Only `missing` may carry a verdict. */
enum hm_cell_state {
	HM_CELL_NOT_DUE,
	HM_CELL_SEEN,
	HM_CELL_MISSING,
	HM_CELL_NOT_WATCHED,
	HM_CELL_BEFORE_TRACE
};

struct hm_cell {
	uint8_t state; /* enum hm_cell_state; path sets seen, judge the others */
	uint16_t count; /* times seen: 3 means two repetitions */
	uint64_t first_ns, last_ns; /* mono_ns of the first and last time */
};

#define HM_NO_WSCALE 255

/* Of a SYN or SYN-ACK, as a hop saw it first. */
struct hm_options {
	uint16_t mss; /* 0: none */
	uint8_t wscale; /* or HM_NO_WSCALE */
	uint8_t dscp; /* or HM_NO_DSCP */
	bool seen, sack, timestamps;
};

struct hm_row {
	uint16_t hop; /* index into hm_scene.hops */
	/* of packets but RSTs seen here: [0] client's, [1] server's; 0 none */
	uint8_t ttl_min[2], ttl_max[2];
	/* of those, 255: so many or more; repetitions of a SYN or SYN-ACK are one */
	uint8_t ttl_count[2];
	struct hm_cell cell[HM_STEP_COUNT];
	struct hm_options options[2]; /* of SYN and SYN-ACK */
};

/* How a process's own connections keep from being seen what it sends on. */
enum hm_hides {
	HM_HIDES_NOTHING,
	HM_HIDES_TLS, /* it has one that is encrypted, whatever else it has */
	HM_HIDES_OTHER, /* it has one that carries something else than HTTP/1 */
	HM_HIDES_LONG, /* one in clear, HTTP/1, of whose requests not all are told any more */
	HM_HIDES_PLAIN, /* it asks in clear, HTTP/1: without a marker nobody tells for whom */
	HM_HIDES_COUNT
};

/*
 * What was seen between the reading of a message and its answer, and may be that message as it was
 * sent on: without its marker, or by another process.
 */
struct hm_meanwhile {
	uint32_t asked; /* requests of its reader in clear, HTTP/1, without a marker */
	uint32_t failed; /* connections that its reader began and that carried nothing */
	bool opened; /* its reader began one, whatever came of it */
	bool elsewhere; /* another process of a watched host sent the marker to somebody else */
};

/*
 * The segment of one side that was sent again last of those for which its peer waits: all before it
 * was acknowledged. The rest is as of the last time, see struct hm_sight_retrans.
 */
#define HM_AGAIN 5 /* times that neither a loss nor its repetition by chance explains */
struct hm_again {
	uint32_t seq, len, count; /* count: times it was sent again, at one length */
	uint32_t acked, sacked, beside;
	uint8_t gaps;
	uint64_t first_ns, last_ns;
};

/* A SYN had another sequence number where it was seen before. */
struct hm_renumbered {
	bool seen;
	uint16_t hop;
	uint32_t isn;
};

/* A ClientHello that was told of: large, and rare without --sni. */
struct hm_greeting {
	struct hm_sight_hello said;
	struct hm_endpoint src; /* whose: of either end, as in FTP the server's side may connect */
	uint64_t ns; /* when and where that was seen */
	uint16_t hop;
};

/* What a process passed on, as far as it was told the same before, on another connection. */
enum hm_relayed_what {
	HM_RELAYED_NOTHING,
	HM_RELAYED_ALERT, /* a fatal TLS alert */
	HM_RELAYED_STATUS, /* an HTTP status, which answered a TLS handshake */
	HM_RELAYED_REFUSAL, /* a RST to its SYN */
	/* what one that it asked for the same client owes it, so far */
	HM_RELAYED_NO_SYNACK, /* a SYN-ACK */
	HM_RELAYED_NO_ANSWER, /* an answer to what it passed on */
	HM_RELAYED_CLOSED, /* the same, and it has closed its side */
};
struct hm_relayed {
	uint8_t what; /* enum hm_relayed_what */
	/* that may have been for another: what its process waits for, of several or not in TLS */
	bool unsure;
	uint32_t pid; /* who passed it on, or may have */
	struct hm_endpoint peer; /* who said so to the process that passed it on */
	uint64_t ns; /* when and where that was seen */
	uint16_t hop;
};

struct hm_leg {
	uint32_t id; /* from 1 */
	/* by the SYN; as first seen where direction_known is false */
	struct hm_endpoint client, server;
	bool direction_known;
	bool has_syn; /* false: older than the trace */
	struct hm_renumbered renumbered;
	bool outside; /* the filter does not pick it: it is followed */
	uint32_t isn_client, isn_server; /* valid with has_syn / has_synack */
	bool synack_strange; /* one acknowledged what that SYN had not sent */
	bool has_synack, has_ack;
	uint64_t first_ns, last_ns;
	struct hm_row rows[HM_LEG_ROWS];
	uint32_t row_count, rows_lost;
	/* everything but plain syn, synack, ack, data; in order; owned */
	struct hm_sighting *notes;
	uint32_t note_count, notes_lost;
	uint32_t drops_lost; /* of these, drops that no note counts either */
	uint32_t client_pid, server_pid; /* of processes on watched hosts, 0 unknown */
	char client_comm[HM_COMM_LEN], server_comm[HM_COMM_LEN];
	bool in_tree; /* opened by COMMAND or a descendant */
	/* a packet of it crossed an interface named by -i (always true without -i) */
	bool crossed_named;
	uint64_t syn_ns[8]; /* times of SYNs at the first hop that saw one, for evidence */
	uint32_t syn_count; /* SYNs at that hop, repetitions included */
	uint8_t request_class, answer_class; /* enum hm_class of the first payload each way */
	/* HTTP status of the answer that came after the marker (or first); 0 none */
	uint16_t status;
	struct {
		uint64_t hello_ns; /* the client's first handshake record; 0 none */
		uint16_t hello_hop; /* where it was seen */
		bool hello_first; /* and nothing had been sent before it */
		uint64_t alert_ns; /* first fatal alert in clear; 0 none */
		uint8_t alert; /* its number: RFC 8446, 6 */
		uint16_t alert_hop; /* where it was seen */
		bool alert_from_server, alert_first; /* first: of all that the server sent */
	} tls;
	/* the server said 100 (RFC 9110, 15.2.1), and what the client is to send has not come */
	bool continues;
	uint32_t request_len; /* of the segment that request_class is of */
	uint16_t request_hop; /* where that was seen first */
	struct hm_greeting *greeting; /* the first ClientHello, with --sni; NULL: not told; owned */
	uint64_t request_ns, answer_ns; /* first payload each way at its first hop; 0 none */
	uint64_t fin_client_ns, fin_server_ns, rst_ns; /* 0: none */
	/* when and where a RST in the server's name was seen that the client ignores; 0: none */
	uint64_t stray_ns;
	uint16_t stray_hop;
	uint32_t markers_seen; /* marker sightings client to server, distinct by sequence number */
	uint8_t marker_id; /* of the first marker, or HM_NO_MARKER */
	uint32_t marker_seq, marker_end_seq;
	uint64_t marker_ns; /* first seen */
	/* when the client began the turn in which the marker is; 0: not known */
	uint64_t marker_turn_ns;
	/* when it was read, all had been read that the client sent before the answer */
	bool marker_whole;
	uint64_t marker_read_ns; /* a process read past its end; 0 no */
	uint64_t marker_acked_ns;
	bool no_port; /* its connect(2) found no free local port, as was seen at: */
	uint16_t no_port_hop;
	bool probed; /* the answer to a probe has come */
	/* in this trace its listener's process sent on before what it read there */
	bool server_forwards;
	/*
	 * the process that read its marker sent it on, on another leg of the path, and not into a
	 * log
	 */
	bool sent_on;
	/* its marker may have been sent on as another's: it is not known whose that was */
	bool strayed;
	uint8_t reader_hides; /* enum hm_hides: what its reader may have sent it on by, unseen */
	struct hm_relayed relayed; /* by the process of the end that said it here */
	/* its client sent a TLS alert, which may have come inside of connections that it serves */
	bool client_tunnels;
	struct hm_meanwhile meanwhile;
	/* a request before its marker was not answered then: its answer may be that one's */
	bool piped;
	uint32_t cause; /* id of the leg whose marker its opener had read; 0 none or not known */
	uint32_t messages, messages_alike; /* of this path; that ended as the one told of did */
	uint32_t answer_seq; /* first byte of the first answer; valid with answer_ns */
	uint32_t client_ack; /* the highest the client's packets acknowledged */
	/*
	 * one past the last byte that it is known to have sent: as told of, acknowledged, or found
	 * in the server's socket; its RST says more, case_sent.c
	 */
	uint32_t client_sent;
	bool has_client_ack, has_client_sent;
	uint64_t read_ns; /* a process read from it, marker or not; 0 none seen */
	/* bytes beyond --depth, perhaps the client's, were seen last; 0 never */
	uint64_t unsearched_ns;
	struct {
		uint64_t told_ns; /* when it was told of last; 0: never */
		uint64_t shut_ns; /* since when it is closed; 0: it is not, as far as was seen */
		uint32_t shut_times; /* told of since: more than once where the client asked */
		uint16_t shut_hop; /* where it was seen to close */
	} window; /* of the server's side */
	uint64_t ttl_ns; /* of the packet that ttl_count of a row counted last */
	struct hm_again again[2]; /* [0] of the client's, [1] of the server's */
	uint64_t ack_in_ns; /* the handshake's last ACK came to the server's socket; 0 not seen */
	struct {
		/* when another one of the same client came there, before this one; 0: none did */
		uint64_t known_ns;
		uint32_t netns; /* there: a namespace that has the server's address */
		/* meanwhile one of nobody watched was there, as who answers here may have made */
		bool shared;
	} way; /* set where the answer did not come from there */
};

/*
 * An answer is owed for what this leg carries: HTTP, a TLS handshake, or --answer where who asks is
 * known.
 */
bool leg_owes_answer(const struct hm_leg *leg, const struct hm_scene *scene);

struct hm_path {
	uint32_t id; /* from 1, in the order in which paths are settled */
	/* in causal order; legs[0] is what nobody watched caused */
	struct hm_leg *legs[HM_PATH_LEGS];
	uint32_t leg_count, legs_lost;
	uint8_t marker_id; /* or HM_NO_MARKER */
	uint32_t count; /* times the marker was sent on the first leg */
	bool ambiguous; /* two pairings of legs fit: confidence is at most likely */
	uint64_t first_ns, last_ns;
	uint64_t judged_ns; /* the moment at which it is judged, on the sightings' clock */
	uint64_t lost; /* events lost within its life */
	bool unasked; /* its sockets should have been looked at, and were not */
	bool cut; /* the trace ended before it was due: what was dropped may be sent again */
	bool attempts; /* legs are attempts of one COMMAND process, not a chain */
};

/* What clients sent, or who may be one, and --depth left out. */
#define HM_UNSEARCHED_ROWS 32
struct hm_unsearched {
	uint64_t count; /* times it was told of any connection */
	struct {
		uint32_t pid;
		/* when it was told last of one that this process of ours sends on; 0: never */
		uint64_t ns;
	} by[HM_UNSEARCHED_ROWS]; /* [0]: of processes that are not known, or not any more */
};

struct hm_paths; /* opaque */

struct hm_paths_stats {
	uint64_t legs, evicted; /* legs ever, legs forgotten for want of memory */
	uint64_t listeners_lost; /* listeners that made room for others */
	uint64_t listeners_lost_ns; /* when the last of them had been found */
	uint64_t elsewhere; /* paths not given out: they crossed no interface named by -i */
};

/* New engine; scene is borrowed for its whole life. NULL: out of memory. */
struct hm_paths *paths_new(const struct hm_scene *scene);
void paths_free(struct hm_paths *paths); /* NULL is fine */

/*
 * Takes one sighting in. Sets sighting->leg and turns a marker from server to client into an echo.
 * 0, or -ENOMEM (then counted as evicted).
 */
int paths_push(struct hm_paths *paths, struct hm_sighting *sighting);

/* A leg whose verdict needs to know about its sockets at time now; NULL when there are no more. */
struct hm_leg *paths_want_probe(struct hm_paths *paths, uint64_t now_ns);

/* Next path ready to be judged at time now, or NULL. Valid until paths_release(). */
struct hm_path *paths_settled(struct hm_paths *paths, uint64_t now_ns);

/*
 * Those that paths_want_probe() has not handed out yet will not be asked about: how many they are.
 */
uint32_t paths_leave_unasked(struct hm_paths *paths);

/* From here on every remaining path counts as settled, with judged_ns = now. */
void paths_finish(struct hm_paths *paths, uint64_t now_ns);

/* Forgets a judged path and those of its legs that no other path needs. */
void paths_release(struct hm_paths *paths, struct hm_path *path);

/* Listeners known from probes (HM_WHAT_LISTENER sightings); returns how many, *out is borrowed. */
uint32_t paths_listeners(const struct hm_paths *paths, const struct hm_sighting **out);

const struct hm_unsearched *paths_unsearched(const struct hm_paths *paths);

/* When it was told last of what that process may have sent (0: any process); 0: never. */
uint64_t unsearched_by(const struct hm_unsearched *u, uint32_t pid);

struct hm_paths_stats paths_stats(const struct hm_paths *paths);

#endif
