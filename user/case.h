/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of judge: the case of one connection, which is all that a rule looks at. Built by case*.c
 * out of the path, the scene and the listeners.
 */
#ifndef HM_CASE_H
#define HM_CASE_H

#include "judge.h"

/* What a server's process sends on is not seen on connections of its own that: */
enum hm_unseen {
	HM_UNSEEN_NONE,
	/* it had before and lie outside the filter; of a proxy, or one that may be it */
	HM_UNSEEN_FILTER,
	HM_UNSEEN_TLS, /* are encrypted */
	HM_UNSEEN_OTHER, /* carry something else than HTTP/1; of the same */
	HM_UNSEEN_DEPTH, /* are not searched beyond --depth, where it sent something since */
	HM_UNSEEN_UNIX, /* are of no network; of one that speaks as a gateway */
	/*
	 * are in clear, and without a marker nobody tells for whom; of one that is not known as a
	 * proxy
	 */
	HM_UNSEEN_WHICH,
	HM_UNSEEN_BARE, /* carried requests without the marker, which may be it, rewritten */
	HM_UNSEEN_LONG, /* are in clear, and not each request is told any more: as above */
	HM_UNSEEN_FAILED, /* failed before they carried anything */
	HM_UNSEEN_ELSEWHERE, /* are another process's, which sent the marker on */
	HM_UNSEEN_PIPED, /* of the client's own: another request's answer came first */
	HM_UNSEEN_COUNT
};

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
	/* the server's address is one of this watched namespace's own */
	const struct hm_sighting *home;
	/* with a TLS hello, a fatal alert, a RST that the client ignores; NULL: none */
	const struct hm_leg *hello, *alert, *stray;
	const struct hm_relayed *relayed; /* what one of its ends passed on; NULL: nothing */
	bool client_tunnels; /* as of a leg */
	uint8_t reader_hides; /* enum hm_hides */
	struct hm_meanwhile meanwhile;
	bool piped; /* a request before it was not answered either: whose answer came is open */
	uint8_t unseen; /* enum hm_unseen: by what its reader may have sent it on all the same */
	/* of the legs that NAT tells apart one may have the marker beyond --depth */
	bool twin_unsearched;
	bool forwarded; /* the SYN or marker came in at one interface and left at another */
	bool left_here; /* a SYN or marker was seen leaving at an interface */
	bool left_last; /* and that is the last place where the SYN was seen */
	bool seen_leaving; /* or, of SYN and marker, where the later was first seen last */
	bool alone; /* no other connection of the path can have a part in what its server answers */
	bool synack_due, read_due, answer_due, window_due, client_gave_up;
	bool client_reset; /* it did so by a RST, which is its own as far as is known */
	bool client_closed; /* its FIN came before an answer, as in nc -N: no sign of giving up */
	bool rst_from_server, rst_here; /* rst_here: made by the TCP of a kernel watched here */
	bool rst_named; /* the kernel said so itself; else a raw socket's looks the same */
	bool whole; /* the proxy, or server, did not wait for the rest of the request */
	bool rejected; /* netfilter here answered in the server's name */
	uint64_t first_ns, turn_ns, marker_ns, read_ns, acked_ns, answer_ns, request_ns,
		any_read_ns;
	uint64_t fin_client_ns, fin_server_ns, rst_ns;
	/* when the server's window was told of last; since when it is closed, 0: not */
	uint64_t window_ns, shut_ns;
	uint64_t probe_ns; /* when its sockets were looked at; 0: never */
	uint16_t shut_hop; /* where that was seen */
	uint32_t homes; /* watched namespaces that have the server's address */
	uint32_t syn_count, server_pid, client_pid;
	const char *server_comm, *client_comm;
	uint16_t status;
	const struct hm_sighting *rst, *drop, *firewall, *icmp, *full, *socket, *route, *connect,
		/* no_room: the first and last SYN that met a full queue of requests */
		*no_port, *ports, *no_room[2];
	/* the client's socket, where it is not there or nobody holds it */
	const struct hm_sighting *gone;
	const struct hm_sighting *last_drop; /* of those that drops counts */
	const struct hm_sighting *route_back; /* this host's route to the client */
	/* of a SYN, for a reason that carries no blame: the last */
	const struct hm_sighting *odd_drop;
	uint32_t server_netns, client_netns, drops;
	uint32_t syn_drops; /* of SYNs or SYN-ACKs, whatever dropped them */
	uint8_t drop_code; /* enum hm_code of drop */
	uint32_t shut_times; /* told of since */
	/* bytes that the client's socket here holds and nobody acknowledged */
	uint32_t client_unsent;
	uint32_t unsent; /* bytes that the server's socket here holds and nobody acknowledged */
	/* times the one marker came in, went out, at one interface */
	uint32_t marker_in, marker_out;
	bool more_drops; /* drops is a lower bound: more were not kept */
	bool drop_answer; /* drop took an answer that was seen before, and nobody got it */
	/* where the server's packets may come in unseen; NULL: nowhere */
	const struct hm_hop *blind;
};

/* Takes the connection that begins at path->legs[from] together; returns the leg behind it. */
uint32_t case_build(const struct hm_path *path, uint32_t from, const struct hm_bench *bench,
		    struct hm_case *c);

const char *hop_name(const struct hm_case *c, uint16_t hop);
uint8_t hop_hook(const struct hm_case *c, uint16_t hop);

/*
 * The server's side turned the request down: its RST answers the SYN. After a loss only one that
 * says so itself counts (RFC 9293, 3.10.7.1): one that ends a connection, whose handshake nobody
 * saw, has another sequence number.
 */
bool turned_down(const struct hm_case *c);

/*
 * A RST that was seen leaving a socket here turned it down, and yet somebody listens for it when
 * that is looked at: he came up since, or a program made it with a raw socket, as intrusion
 * prevention does.
 */
bool refused_for_a_listener(const struct hm_case *c);

/*
 * The address that was asked for last is one of this host: whatever sends a request for it out, or
 * keeps it, may be here as well as further along.
 */
bool asked_itself(const struct hm_case *c);

/*
 * Which side is the server: by a SYN, a listener or what was said, or by the marker, which the
 * client sends. Else the first to be heard of a connection older than the trace was taken for the
 * client.
 */
bool sides_known(const struct hm_case *c);

/* It sent on what it read, was asked as a proxy, did so before in this trace, or is named one. */
bool case_is_proxy(const struct hm_case *c);

/* No more is known than that it was asked as one, which an origin may be too: RFC 9112, 3.2.2. */
bool only_asked_as_proxy(const struct hm_case *c);

/* The server's socket of this connection was there when it was looked at, whoever holds it. */
bool socket_open(const struct hm_case *c);

/* Met a full queue: of SYNs the last is kept, and rather than these the first of the last ACKs. */
void full_take(struct hm_case *c, const struct hm_sighting *s);

/* The client alone believes in the handshake: the full queue threw its last ACK away. */
bool half_made(const struct hm_case *c);

/* The server's side had closed it before the marker was first seen: the client used it too late. */
bool closed_before_marker(const struct hm_case *c);

/*
 * It accepted the connection, as its socket tells, and reset it with what had been sent, none of
 * which it had read. A FIN of its before that tells that it was sent too late.
 */
bool reset_unread(const struct hm_case *c);

/*
 * When that was first seen to which an answer may be owed: the marker, or the first bytes; 0:
 * neither.
 */
uint64_t asked_ns(const struct hm_case *c);

/* An answer is owed and no packet of it came. */
bool unanswered(const struct hm_case *c);

/*
 * case_sent.c: bytes that the client is known to have sent behind its marker, or behind the first
 * segment of its request; 0: none are known. And they are so many that it sent them for a while.
 */
uint32_t case_sent_on(const struct hm_case *c);
bool case_goes_on(const struct hm_case *c);

/*
 * case_unseen.c: 502, 503 and 504 are what a gateway says of its upstream (RFC 9110, 15.6), 520 to
 * 527 and 530 what a CDN says of an origin.
 */
bool speaks_as_gateway(const struct hm_case *c);

/*
 * case_unseen.c: what may rest on something that was not seen; once its ends and its process are
 * known.
 */
void unseen_take(struct hm_case *c);

/* case_way.c: where its packets passed: which ends are here, whether it was forwarded. */
void way_take(struct hm_case *c);

/* case_drop.c: takes a drop in; it counts only where the packet did not come through in the end. */
void drop_take(struct hm_case *c, const struct hm_sighting *s);
bool drop_stands(const struct hm_case *c, const struct hm_sighting *s);

/* The namespace in which the drop that counts was. */
uint32_t drop_netns(const struct hm_case *c);

/*
 * case_bridge.c. What was dropped may be one of several copies that a bridge of that namespace
 * made, or the one that went where the server is not: it was not for this host itself, and was last
 * seen coming to a bridge.
 */
bool bridge_may_copy(const struct hm_case *c);

/*
 * That step was seen leaving there by a port of a bridge, since it was last seen to come in, and
 * what was dropped is another copy of it.
 */
bool bridge_copy_went_on(const struct hm_case *c, enum hm_step step);

/* What it took was on its way to the client. */
bool drop_comes_back(const struct hm_case *c, const struct hm_sighting *s);

/* The kernel named a reason for which a SYN ended here, though none that tells who is to blame. */
bool drop_is_odd(const struct hm_case *c);

/* Times that the same bytes were dropped for the same reason, of the drops that are kept. */
uint32_t drop_times(const struct hm_case *c, const struct hm_sighting *of);

/* Takes together what belongs to the drop that counts, once all are taken in. */
void drop_settle(struct hm_case *c);

/*
 * case_table.c: what conntrack's table, read beside them, says of the SYNs that netfilter dropped:
 * c->drop.
 */
enum hm_table {
	HM_TABLE_NOT_ASKED,
	HM_TABLE_OTHERWISE, /* it had room, or counted fewer drops: a rule, as far as is known */
	HM_TABLE_FULL, /* it was full, and counted these drops or others */
	HM_TABLE_EXACT, /* and between the first and the last just as many as these */
};
enum hm_table table_says(const struct hm_case *c);

/* This host does not send on what is for another, whatever its routes. */
bool drop_tells_no_forwarding(const struct hm_sighting *s);

/*
 * What begins here has a route that discards it, for now or for good: which function did tells, no
 * reason.
 */
bool drop_tells_discard(const struct hm_case *c, const struct hm_sighting *s);

/*
 * case_overcome.c: there is one, and what it took did not get through in the end: of those that may
 * pass when they are sent again the last hit what was sent again and again, and nothing of it was
 * seen to pass after that.
 */
bool drop_counts(const struct hm_case *c);

/*
 * case_way.c: the SYN-ACK does not answer the SYN that the client sent: a device rewrote one of
 * them.
 */
bool handshake_altered(const struct hm_case *c);

/* Who sent the ICMP error is known. */
bool icmp_has_sender(const struct hm_sighting *s);

/*
 * ARP or neighbour discovery was not answered. Over IPv6, and on older kernels, only the function
 * that drops tells: ndisc_error_report() gives no reason, and neigh_invalidate() calls it.
 */
bool drop_tells_silence(const struct hm_sighting *s);

/*
 * case_dropper.c: who dropped it. tc gives one reason for its BPF programs and its other filters,
 * the socket one for its BPF programs and security modules.
 */
struct hm_dropper {
	bool certain; /* nobody but a BPF program can have been it */
	bool no_program; /* and here none can: no BPF program is at tc there */
	bool mixed; /* both may be among those of one place */
	uint32_t programs, others; /* places at tc with one first, with another filter first */
	const struct hm_hop *hop; /* one of these places, and who is there; NULL: nobody known */
	const char *name;
};
struct hm_dropper dropper_of(const struct hm_case *c, const struct hm_sighting *s);

/* case_author.c: who made the RST or the ICMP error: rst_here, rejected and server_netns. */
void author_find(struct hm_case *c);

/*
 * The host in whose name the RST is was watched and sent none: at its sockets in their own
 * namespace, or, as these need not show one over IPv6, at the interface by which its packets left.
 */
bool author_sent_none(const struct hm_case *c);

/*
 * The row where the RST has a TTL unlike its sender's other packets, or NULL; and whose it is may
 * be doubted.
 */
const struct hm_row *author_strange_ttl(const struct hm_case *c);
bool reset_is_strange(const struct hm_case *c);

/* The server's: it came further than the others, so from behind who made these; by default TTLs. */
bool author_is_behind(const struct hm_case *c);

/* case_sight.c. A row that the client's packets crossed, or the server's. */
bool sight_crosses_forth(const struct hm_row *row);
bool sight_crosses_back(const struct hm_row *row);

/*
 * The other direction of a device or of the sockets: where an answer would have had to pass; or -1.
 */
int sight_mirror(const struct hm_scene *scene, uint16_t hop);

/* That hop may have been blind during the path's life; -1: no hop, no doubt. */
bool sight_doubts(const struct hm_case *c, int hop);

/* A packet may have come into that namespace (0: any) unseen, at whichever interface. */
bool sight_may_come_unseen(const struct hm_case *c, uint32_t netns);

/* The hop at which packets of the server may have come in unseen, or NULL. */
const struct hm_hop *sight_blind_back(const struct hm_case *c);

/* The interface at which the client's packets were last seen leaving, or NULL. */
const struct hm_hop *sight_last_out(const struct hm_case *c);

/* The interface at which the marker came in first, or NULL. */
const struct hm_hop *sight_marker_in(const struct hm_case *c);

/*
 * case_owner.c. A listener on the connection's port, in the namespace it came to, that would have
 * taken it (takes), or one that would not; known from its own probe or a later one. Of several the
 * one on that very address, then the one with the lowest pid: of a server and its workers the
 * server. NULL: none known.
 */
const struct hm_sighting *case_listener(const struct hm_case *c, bool takes);

/* The one that would have taken it and was there before it, but not any more; NULL: none known. */
const struct hm_sighting *case_last_listener(const struct hm_case *c);

/* One in that namespace would have taken it when its sockets were looked at. */
bool case_listened_in(const struct hm_case *c, uint32_t netns);

/* The one that case_listener(c, true) names belongs to that process too, or to its worker. */
bool case_listens(const struct hm_case *c, uint32_t pid);

/* False: more listeners than the table holds were found by the case's probe, or since. */
bool case_listeners_whole(const struct hm_case *c);

/*
 * Where no process was seen to read, who listens owns the connection; not on a connection that was
 * refused: what listens there now came up later.
 */
void owner_take(struct hm_case *c);

/*
 * case_cells.c: fills every row of one leg: missing only where watched, due, never come, none lost.
 */
void cells_resolve(const struct hm_case *c, const struct hm_leg *leg, struct hm_leg_verdict *out);

#endif
