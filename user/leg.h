/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of path: a leg with what only the engine needs. Private to leg*.c, message.c and path*.c.
 *
 * A leg is one 4-tuple with one initial sequence number. Legs that NAT tells apart hang on the one
 * seen first (.nat_head), which holds the messages of all of them. A message is one occurrence of
 * a marker from client to server; messages are joined to chains when the process that read one
 * sends it on.
 */
#ifndef HM_LEG_H
#define HM_LEG_H

/* A step along a chain is another leg, and seldom in a cache: chains are kept short. */
#define HASH_BKT_CAPACITY_THRESH 2
#include <uthash.h>

#include "path.h"

#define HM_LEG_MESSAGES 64 /* messages of one leg that are not yet judged */
/* of all legs; above it one that comes takes the place of its leg's own */
#define HM_MAX_MESSAGES 8192
#define HM_MESSAGE_HOPS 12

struct leg_key {
	uint8_t addr[2][16];
	uint16_t port[2]; /* the lower end first, so that both directions are one key */
	uint32_t netns; /* loopback addresses mean another host in every namespace, else 0 */
};

struct leg_state;

enum due_kind { HM_DUE_JUDGE, HM_DUE_PROBE, HM_DUE_KINDS };

/* path_index.c: lists of legs that have something in common. */
enum index_kind {
	HM_INDEX_ISN,
	HM_INDEX_PENDING, /* connect(2) without packets, by address */
	HM_INDEX_OPENING, /* handshake not complete, by address and process */
	HM_INDEX_ATTEMPT, /* first attempts of COMMAND, none answered, by process and port */
	HM_INDEX_READER, /* with messages, by the process that reads them */
	HM_INDEX_KINDS
};
#define HM_MANY_READERS UINT32_MAX

struct index_place {
	struct leg_state **list, *prev, *next; /* NULL list: in none */
};

struct message {
	struct message *next; /* on the same leg, in order of first sighting */
	struct message *parent, *child, *sibling; /* read by the sender of child */
	struct leg_state *leg;
	uint8_t id;
	bool done; /* part of a path already judged */
	bool ambiguous;
	bool piped; /* a request before it on this leg had no answer when this one came */
	bool whole; /* when it was read, all had been read that its client sent before the answer */
	/* read_seq: the next byte to read then; 0: not known */
	uint32_t seq, end_seq, read_seq, word;
	uint64_t turn_ns, first_ns, read_ns, acked_ns, answer_ns;
	/* when the client, which had its answer, asked for something else; 0: not */
	uint64_t went_on_ns;
	uint32_t answer_seq;
	uint32_t read_pid, out_pid;
	struct hm_meanwhile meanwhile;
	uint32_t asked_leg, failed_leg; /* ids of the legs that were counted there last */
	uint16_t status;
	uint8_t hops[2]; /* places in .at in use: marker, answer */
	struct {
		uint16_t hop;
		struct hm_cell cell;
	} at[2][HM_MESSAGE_HOPS];
};

/* How far one side is known to be in its sequence numbers. */
struct hm_sent {
	bool known, acked; /* .next and .ns are valid; .ack is */
	bool apart; /* two hops have other numbers: a device in between, or here, counts anew */
	uint32_t next, ack; /* behind the last byte it sent; that its peer asks for */
	uint64_t ns; /* when it was seen to be at .next */
};

struct leg_state {
	struct hm_leg leg; /* first: a hm_leg of the engine is a leg_state */
	struct leg_key key;
	struct hm_sent sent[2]; /* [0] by the client, [1] by the server */
	UT_hash_handle hh; /* by key: the newest leg of a tuple */
	UT_hash_handle hh_id; /* by leg.id: every leg */
	struct leg_state *prev, *next; /* of the list it is in, oldest first */
	struct leg_state *nat_head, *nat_next; /* NULL head: this is the first of its kind */
	struct leg_state *attempt_head, *attempt_next; /* the same for attempts of COMMAND */
	struct message *messages;
	uint32_t *held; /* the engine's count of the messages of all legs */
	struct leg_state *caused_list; /* not yet judged, opened by the reader of a message here */
	struct leg_state *cause_leg, *cause_prev, *cause_next; /* the one whose list this is in */
	struct leg_state *touched_prev, *touched_next; /* in the list of the touched */
	bool touched;
	uint64_t pass; /* in which its due time was computed last */
	struct index_place index[HM_INDEX_KINDS];
	uint32_t reader_pid; /* by which it stands in its index; 0: not */
	struct {
		uint64_t ns;
		uint32_t place; /* in its heap, from 1; 0: not in it */
	} due[HM_DUE_KINDS];
	uint32_t cause_seq; /* with leg.cause: the message its opener had read */
	bool cause_ambiguous;
	bool has_judged_seq; /* markers up to judged_seq are in a path already given out */
	uint32_t judged_seq;
	uint64_t turn_ns; /* when the client began to talk last; 0: not told */
	uint32_t turn_seq;
	uint32_t forgotten; /* messages that made room for later ones; still counted */
	bool hashed;
	bool pending; /* connect(2) was called, no packet has been seen */
	bool judged; /* in the list of those that were part of a path */
	uint8_t requests; /* of its turns in HTTP/1 that were told, at most HM_TOLD_REQUESTS */
	bool tried, carried; /* its client's process began it; it sent something by it */
	uint64_t tried_ns;
	uint32_t bare_seq; /* its last request counted as one without a marker; if has_bare */
	bool has_bare;
	/* of HTTP: its last request, and if that waits; the first that came before an answer */
	bool has_asked, waits_answer, has_piped;
	uint32_t asked_seq, piped_seq;
	uint8_t hides; /* enum hm_hides: counted as such a connection of hides_pid */
	uint32_t hides_pid;
	bool begun; /* path_begun.c knows it */
	bool serves; /* it was counted as one inside of which its server may be told more, */
	uint32_t serves_pid; /* and is open: the server's process; 0: not */
	bool rst_by_client, probe_asked, has_syn_hop;
	bool server_socket; /* a probe found the server's socket on this host */
	bool unaccepted; /* and nobody had accepted it */
	bool client_gone; /* a probe found the client's socket on this host held by nobody */
	bool client_waits; /* and that it had bytes that nobody acknowledged */
	/* after its sockets were looked at: closed by the client, or the server's window closed */
	bool ask_again;
	bool ask_stuck; /* a segment was sent again HM_AGAIN times: does it still wait? */
	uint16_t syn_hop; /* where the first SYN was seen: repetitions are counted there */
	uint16_t syn_ip_id; /* its identification there; 0 for IPv6 */
	struct hm_sight_syn syn; /* its options there */
	uint32_t kin_lost; /* of its path's legs and messages, or of its own beginning: forgotten */
	uint64_t lost_before; /* events lost before it began, as far as is known */
	/* latest; 0 none; rule: no chance */
	uint64_t icmp_ns, drop_ns, rule_drop_ns, syn_last_ns, established_ns, probe_ns;
	int32_t route_error;
};

/* True where the packet came from the client. */
bool leg_from_client(const struct hm_leg *leg, const struct hm_sighting *s);

/* The leg that holds the messages of this one. */
struct leg_state *leg_head(struct leg_state *leg);

/* Takes one sighting in; turns a marker from the server into an echo. 0 or -ENOMEM. */
int leg_take(struct leg_state *leg, const struct hm_scene *scene, struct hm_sighting *s);

/* The message with that marker and sequence number on leg's head, or NULL. */
struct message *leg_message(struct leg_state *leg, uint8_t id, uint32_t seq);

/* Who its server, its client is: the process of that sighting. */
void leg_server_is(struct hm_leg *leg, const struct hm_sighting *s);
void leg_client_is(struct hm_leg *leg, const struct hm_sighting *s);

/* leg_kinds.c: what each kind of sighting does to a leg; take NULL: nothing more than all do. */
struct leg_kind {
	void (*take)(struct leg_state *st, const struct hm_sighting *s);
	bool packet; /* a packet of the leg, with a TTL of its own */
	bool note; /* it is kept as a note */
};
extern const struct leg_kind leg_kinds[HM_WHAT_COUNT];

/* leg_numbers.c: takes those of a packet in, but not of a RST, which must fit them. */
void numbers_take(struct leg_state *st, const struct hm_sighting *s);
bool numbers_fit(const struct leg_state *st, const struct hm_sighting *s);

/* The server's socket has all that the client sent before next. */
void numbers_received(struct leg_state *st, uint32_t next, uint64_t ns);

/* Marks a step as seen at a hop of the leg; cell_mark() does it to one cell. */
void leg_mark(struct hm_leg *leg, const struct hm_sighting *s, enum hm_step step);
void cell_mark(struct hm_cell *cell, uint64_t ns);

/* message.c: what a sighting does to the messages of its leg. 0 or -ENOMEM. */
int message_take_marker(struct leg_state *st, struct hm_sighting *s);
void message_take_read(struct leg_state *st, const struct hm_sighting *s);
void message_take_acked(struct leg_state *st, const struct hm_sighting *s);
void message_take_answer(struct leg_state *st, const struct hm_sighting *s);

/* A request in HTTP: another one before it may not have been answered yet. */
void message_take_request(struct leg_state *st, const struct hm_sighting *s);

/* Bytes of the client: what it had an answer to is over. */
void message_take_next(struct leg_state *st, const struct hm_sighting *s);

/* Takes a message off its leg and off those it is joined to. */
void message_free(struct message *m);

/* Frees a leg that is in no list any more, with its messages. */
void leg_free(struct leg_state *leg);

#endif
