/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of judge: the case of one connection (case.c), the rules on it (rules_*.c) and the words
 * of a verdict (words.c). A rule's predicate looks at the case only; its words fill the verdict.
 */
#ifndef HM_RULES_H
#define HM_RULES_H

#include "judge.h"
#include "safe.h"

/* One connection: a leg, or several that only NAT tells apart, with what they say together. */
struct hm_case {
	const struct hm_path *path;
	const struct hm_bench *bench;
	const struct hm_scene *scene;
	const struct hm_leg *legs[HM_PATH_LEGS];
	uint32_t leg_count;
	const struct hm_leg *first, *last; /* as the client and as the server know it */
	bool has_syn, has_synack, has_ack, established, marked, wants_marker, tls, in_tree;
	bool direction_known, owes_answer, probed, sent_on, asked_as_proxy, known_proxy;
	bool server_here, client_here, accepted; /* that end's socket is on a watched host */
	bool far; /* that the server's end is not here is known: its hops are watched, or it left */
	bool drops_watched; /* else that nothing was dropped here is not known */
	bool follows; /* what the server's process connects to and sends on is watched */
	bool forwarded; /* the SYN or marker came in at one interface and left at another */
	bool left_here; /* a SYN or marker was seen leaving at an interface */
	bool left_last; /* and that is the last place where the SYN was seen */
	bool alone; /* the path is this connection and no other */
	bool synack_due, read_due, answer_due, client_gave_up;
	bool client_closed; /* its FIN came before an answer, as in nc -N: no sign of giving up */
	bool rst_from_server, rst_here; /* rst_here: made by the TCP of a kernel watched here */
	bool rejected; /* netfilter here answered in the server's name */
	uint64_t first_ns, marker_ns, read_ns, acked_ns, answer_ns, request_ns, any_read_ns;
	uint64_t fin_client_ns, fin_server_ns, rst_ns;
	uint64_t probe_ns; /* when its sockets were looked at; 0: never */
	uint32_t syn_count, server_pid, client_pid, isn_client;
	const char *server_comm, *client_comm;
	uint16_t status;
	const struct hm_sighting *rst, *drop, *firewall, *icmp, *full, *socket, *route, *connect;
	const struct hm_sighting *route_back; /* this host's route to the client */
	const struct hm_sighting *listener; /* who would have taken it, as its own probe found */
	uint32_t server_netns, drops;
	uint8_t drop_code; /* enum hm_code of drop */
	uint32_t unsent; /* bytes that the server's socket here holds and nobody acknowledged */
	uint32_t marker_in, marker_out; /* times the one marker came in, went out, at one interface */
	bool more_drops; /* drops is a lower bound: more were not kept */
	bool drop_answer; /* drop took an answer that was seen before, and nobody got it */
	const struct hm_hop *blind; /* where the server's packets may come in unseen; NULL: nowhere */
};

/* What a rule rests on. */
enum hm_rests {
	HM_ON_SIGHT, /* on what was seen */
	HM_ON_ABSENCE, /* on something missing: worth nothing after a loss */
	HM_ON_SILENCE, /* that nothing came in at an interface: nor where its hop may be blind */
};

struct hm_rule {
	uint8_t code, blame, confidence;
	uint8_t rests; /* enum hm_rests */
	bool (*holds)(const struct hm_case *c);
	void (*tell)(const struct hm_case *c, struct hm_verdict *out);
};

extern const struct hm_rule rules_delivered[], rules_handshake[], rules_data[];
extern const uint32_t rules_delivered_count, rules_handshake_count, rules_data_count;

/* Takes the connection that begins at path->legs[from] together; returns the leg behind it. */
uint32_t case_build(const struct hm_path *path, uint32_t from, const struct hm_bench *bench,
		    struct hm_case *c);

/* The first rule that holds, or NULL where the evidence does not suffice. */
const struct hm_rule *case_rule(const struct hm_case *c);

/* Which rule code a drop reason carries, or HM_CODE_COUNT: harmless, or only evidence. */
enum hm_code drop_blames(const char *reason);

/*
 * ARP or neighbour discovery was not answered. Over IPv6, and on older kernels, only the function
 * that drops tells: ndisc_error_report() gives no reason, and neigh_invalidate() calls it.
 */
bool drop_tells_silence(const struct hm_sighting *s);

/* The server's socket of this connection was there when it was looked at, whoever holds it. */
bool socket_open(const struct hm_case *c);

/* The client alone believes in the handshake: the full queue threw its last ACK away. */
bool half_made(const struct hm_case *c);

/* A drop counts only if the packet dropped had not come through in the end. */
bool drop_stands(const struct hm_case *c, const struct hm_sighting *s);

/* case_author.c: who made the RST or the ICMP error: rst_here, rejected and server_netns. */
void author_find(struct hm_case *c);

/* The watched interface that the server's packets left by did not see the RST. */
bool author_left_unseen(const struct hm_case *c);

/* case_sight.c. A row that the client's packets crossed, or the server's. */
bool sight_crosses_forth(const struct hm_row *row);
bool sight_crosses_back(const struct hm_row *row);

/* The other direction of a device or of the sockets: where an answer would have had to pass; or -1. */
int sight_mirror(const struct hm_scene *scene, uint16_t hop);

/* That hop may have been blind during the path's life; -1: no hop, no doubt. */
bool sight_doubts(const struct hm_case *c, int hop);

/* The hop at which packets of the server may have come in unseen, or NULL. */
const struct hm_hop *sight_blind_back(const struct hm_case *c);

/* The interface at which the client's packets were last seen leaving, or NULL. */
const struct hm_hop *sight_last_out(const struct hm_case *c);

/* The interface at which the marker came in first, or NULL. */
const struct hm_hop *sight_marker_in(const struct hm_case *c);

/* One line of evidence: which hop may be blind, and why. */
void tell_blind(const struct hm_hop *hop, struct hm_verdict *out);

/*
 * A listener on the connection's port that would have taken it (takes), or one that would not;
 * known from its own probe or a later one. Of several the one on that very address, then the one
 * with the lowest pid: of a server and its workers the server. NULL: none known.
 */
const struct hm_sighting *case_listener(const struct hm_case *c, bool takes);

/*
 * Where no process was seen to read, who listens owns the connection; not on a connection that was
 * refused: what listens there now came up later.
 */
void owner_take(struct hm_case *c);

/* inconclusive: why the evidence does not suffice. */
void tell_inconclusive(const struct hm_case *c, struct hm_verdict *out);

/* Fills every row of one leg: missing only where watched, due, never come and nothing lost. */
void cells_resolve(const struct hm_case *c, const struct hm_leg *leg, struct hm_leg_verdict *out);

/* One connection of a path with its rule; NULL where inconclusive. */
struct hm_link {
	struct hm_case c;
	const struct hm_rule *rule;
};
/* Judges what the connections make together: proxies, attempts. */
void path_judge(const struct hm_path *path, struct hm_link *links, uint32_t count,
		struct hm_verdict *out);

/* words.c: each adds one sentence or line; what does not fit is cut at its end. */
void words_say(struct hm_verdict *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void words_evidence(struct hm_verdict *out, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void words_advise(struct hm_verdict *out, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void words_why(struct hm_verdict *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define HM_WHO_LEN 128
/* "nginx[812]" where the process is known, else its endpoint. Return buf. */
const char *who_server(const struct hm_case *c, char buf[HM_WHO_LEN]);
const char *who_client(const struct hm_case *c, char buf[HM_WHO_LEN]);
const char *where_server(const struct hm_case *c, char buf[HM_ADDR_LEN]); /* the address asked */

/* Puts a process into at; pid 0: not known. */
void at_process(struct hm_verdict *out, const char *comm, uint32_t pid);
void at_server(const struct hm_case *c, struct hm_verdict *out);
void at_client(const struct hm_case *c, struct hm_verdict *out);
void at_here(const struct hm_case *c, const struct hm_sighting *s, struct hm_verdict *out);

/* "SYN seen at eth0:in 3 times (0.00 ms, 1.01 s, 3.05 s)". */
void tell_syns(const struct hm_case *c, struct hm_verdict *out);

/* One line of what the table does not show: how overcome trouble looked. Never the code. */
void tell_trouble(const struct hm_case *c, struct hm_verdict *out);

/* Seconds since the path's first packet. */
double since(const struct hm_case *c, uint64_t ns);

/* A time for evidence: "0.93 ms", and from one second on "3.05 s". Returns buf. */
#define HM_TIME_LEN 32
const char *time_text(uint64_t ns, char buf[HM_TIME_LEN]);

/* The same in the statement it stands in: a time since the path's first packet, and a span. */
#define SPAN(ns) time_text((ns), (char[HM_TIME_LEN]){0})
#define AT(c, ns) SPAN((ns) > (c)->path->first_ns ? (ns) - (c)->path->first_ns : 0)

const char *hop_name(const struct hm_case *c, uint16_t hop);
uint8_t hop_hook(const struct hm_case *c, uint16_t hop);

#endif
