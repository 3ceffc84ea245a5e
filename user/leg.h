/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of path: a leg with what only the engine needs. Private to leg.c and path*.c.
 *
 * A leg is one 4-tuple with one initial sequence number. Legs that NAT tells apart hang on the one
 * seen first (.nat_head), which holds the messages of all of them. A message is one occurrence of
 * a marker from client to server; messages are joined to chains when the process that read one
 * sends it on.
 */
#ifndef HM_LEG_H
#define HM_LEG_H

#include <uthash.h>

#include "path.h"

#define HM_MAX_LEGS 4096 /* not yet judged, at once */
#define HM_MAX_JUDGED 1024 /* judged ones still known, for stragglers and pooled connections */
#define HM_MAX_LISTENERS 1024
#define HM_LEG_MESSAGES 64 /* messages of one leg that are not yet judged */
#define HM_MESSAGE_HOPS 12
#define HM_PROXY_MEMORY 256 /* listeners known to forward */

/* The due table: when the engine stops waiting. VERDICTS, principle 4. */
#define HM_MS 1000000ULL
#define HM_DUE_RST_NS (60 * HM_MS) /* drop and reset events follow the RST they explain */
#define HM_DUE_CLOSED_NS (200 * HM_MS) /* both FINs seen: stragglers only */
#define HM_DUE_SYN_NS (200 * HM_MS) /* after the second repetition */
#define HM_DUE_SYN_ONE_NS (2500 * HM_MS) /* one SYN, never repeated: the client is gone */
#define HM_DUE_SYN_TWO_NS (3500 * HM_MS)
#define HM_DUE_INSIDE_NS (4000 * HM_MS) /* kept by this host: ARP or ND gives up after 3 s */
#define HM_DUE_NAMED_NS                                                                            \
	(1300 * HM_MS) /* a named drop or ICMP error: one repetition may overcome it */
#define HM_DUE_READ_NS (2000 * HM_MS) /* accept and read */
#define HM_DUE_CONNECT_NS (300 * HM_MS) /* connect(2) without a SYN */
#define HM_DUE_ASK_NS (100 * HM_MS) /* a probe goes so long before its verdict: one tick, live */
#define HM_DUE_PROBE_NS (1500 * HM_MS) /* a probe that is not answered by then is given up */
#define HM_DUE_DONE_NS (60 * HM_MS) /* an upstream message that was answered */
#define HM_DUE_TICK_NS (8 * HM_MS) /* dues are rounded up: many legs, one look */
#define HM_LOSSES 16 /* moments at which a loss was noticed that are remembered */
#define HM_SETTLE_NS (2000 * HM_MS) /* where the scene gives none */
#define HM_NEVER UINT64_MAX

struct leg_key {
	uint8_t addr[2][16];
	uint16_t port[2]; /* the lower end first, so that both directions are one key */
	uint32_t netns; /* loopback addresses mean another host in every namespace, else 0 */
};

struct leg_state;

/* path_gone.c */
#define HM_GONE_BITS 65536
struct gone {
	uint64_t bits[2][HM_GONE_BITS / 64]; /* of two generations */
	uint8_t now; /* the one that is written */
	uint64_t since_ns; /* when it began */
};

/* Remembers a connection at least 2 minutes; true if it was, or perhaps, remembered. */
void gone_add(struct gone *gone, const struct leg_key *key, uint64_t ns);
bool gone_has(const struct gone *gone, const struct leg_key *key);

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
#define HM_INDEX_BITS 10
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
	uint32_t seq, end_seq, word;
	uint64_t first_ns, read_ns, acked_ns, answer_ns;
	uint32_t read_pid, out_pid;
	uint16_t status;
	uint8_t hops[2]; /* places in .at in use: marker, answer */
	struct {
		uint16_t hop;
		struct hm_cell cell;
	} at[2][HM_MESSAGE_HOPS];
};

struct leg_state {
	struct hm_leg leg; /* first: a hm_leg of the engine is a leg_state */
	struct leg_key key;
	UT_hash_handle hh; /* by key: the newest leg of a tuple */
	UT_hash_handle hh_id; /* by leg.id: every leg */
	struct leg_state *prev, *next; /* of the list it is in, oldest first */
	struct leg_state *nat_head, *nat_next; /* NULL head: this is the first of its kind */
	struct leg_state *attempt_head, *attempt_next; /* the same for attempts of COMMAND */
	struct message *messages;
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
	uint32_t forgotten; /* messages that made room for later ones; still counted */
	bool hashed;
	bool pending; /* connect(2) was called, no packet has been seen */
	bool judged; /* in the list of those that were part of a path */
	bool rst_by_client, probe_asked, has_syn_hop;
	bool server_socket; /* a probe found the server's socket on this host */
	bool unaccepted; /* and nobody had accepted it */
	bool client_gone; /* a probe found the client's socket on this host held by nobody */
	bool ask_again; /* the client closed its side after its sockets were looked at */
	uint16_t syn_hop; /* where the first SYN was seen: repetitions are counted there */
	struct hm_sight_syn syn; /* its options there */
	uint32_t kin_lost; /* of its path's legs, or of its own beginning, that were forgotten */
	uint64_t lost_before; /* events lost before it began, as far as is known */
	uint64_t icmp_ns, drop_ns, syn_last_ns, established_ns, probe_ns; /* latest; 0 none */
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

/* An answer is owed for what this leg carries: HTTP or TLS request, or --answer. */
bool leg_owes_answer(const struct hm_leg *leg, const struct hm_scene *scene);

/* Marks a step as seen at a hop of the leg; cell_mark() does it to one cell. */
void leg_mark(struct hm_leg *leg, const struct hm_sighting *s, enum hm_step step);
void cell_mark(struct hm_cell *cell, uint64_t ns);

/* message.c: what a sighting does to the messages of its leg. 0 or -ENOMEM. */
int message_take_marker(struct leg_state *st, struct hm_sighting *s);
void message_take_read(struct leg_state *st, const struct hm_sighting *s);
void message_take_acked(struct leg_state *st, const struct hm_sighting *s);
void message_take_answer(struct leg_state *st, const struct hm_sighting *s);

/* Takes a message off its leg and off those it is joined to. */
void message_free(struct message *m);

/* Frees a leg that is in no list any more, with its messages. */
void leg_free(struct leg_state *leg);

/* path_join.c: which legs belong together. */

/* The leg a sighting is about, made if it begins one. NULL: none (*err 0) or out of memory. */
struct leg_state *join_find(struct hm_paths *paths, const struct hm_sighting *s, int *err);

/*
 * path_pair.c: who sent on what.
 *
 * A process that has read a marker opens a connection: it may be about to send it on.
 */
void join_cause(struct hm_paths *paths, struct leg_state *leg);

/* Pairs the message of a marker sighting with the one its sender had read. */
void join_message(struct hm_paths *paths, struct leg_state *leg, const struct hm_sighting *s);

/* path_due.c: when it is time. */

/* When the path that begins at this leg can be judged, or HM_NEVER; at the sightings' clock. */
uint64_t due_path(const struct hm_paths *paths, const struct leg_state *root);

/* When this leg's sockets should be looked at, or HM_NEVER. */
uint64_t due_probe(const struct hm_paths *paths, const struct leg_state *head);

/* Failed before or after its handshake, for good as far as can be seen. */
bool leg_failed(const struct leg_state *head);

/* path_build.c: settled paths. */

struct settled {
	struct settled *next;
	struct hm_path path; /* legs are copies, owned */
};

/* True if a path begins here and is not yet judged. */
bool build_is_root(const struct hm_paths *paths, const struct leg_state *leg);

/* Copies the path that begins at root and ticks its messages off. NULL: out of memory. */
struct settled *build_path(struct hm_paths *paths, struct leg_state *root, uint64_t now_ns);
void settled_free(struct settled *settled);

/* path_index.c: each list is one bucket, so that others may stand in it too; oldest first. */

/* Puts a leg that is not judged into the lists where it belongs by now. */
void index_take(struct hm_paths *paths, struct leg_state *leg, const struct hm_sighting *s);
void index_remove(struct leg_state *leg); /* from all of them */

/* First of those with that initial sequence number; of those that pid reads from. */
struct leg_state *index_isn(const struct hm_paths *paths, uint32_t isn);
struct leg_state *index_reader_first(const struct hm_paths *paths, uint32_t pid);

/* The first attempt, not answered, of the process and to the port of leg, or NULL. */
struct leg_state *index_attempt(const struct hm_paths *paths, const struct leg_state *leg);

/* First of those with a connect(2) to server that has no packets; the leg that pid is opening. */
struct leg_state *index_pending(const struct hm_paths *paths, const struct hm_endpoint *server);
struct leg_state *index_opening(const struct hm_paths *paths, const struct hm_endpoint *server,
				uint32_t pid);

/* path_listeners.c: 0 or -ENOMEM. */
int listeners_take(struct hm_paths *paths, const struct hm_sighting *s);

/* path.c: the engine's lists. */
struct forwarder {
	struct hm_endpoint listener;
	uint32_t pid;
};

/* due_heap.c: legs by when something is due on them. */
struct due_heap {
	enum due_kind kind;
	uint32_t count;
	struct leg_state *at[HM_MAX_LEGS + HM_MAX_JUDGED + 2]; /* from 1 */
};

/* Puts, moves or (HM_NEVER) takes out a leg. */
void due_set(struct due_heap *heap, struct leg_state *leg, uint64_t ns);

/* The first that is due at now, or NULL. It stays in the heap. */
struct leg_state *due_first(const struct due_heap *heap, uint64_t now_ns);

struct hm_paths {
	const struct hm_scene *scene;
	struct leg_state *by_key; /* newest leg of each tuple */
	struct leg_state *by_id;
	struct leg_state *live, *judged; /* lists */
	uint32_t live_count, judged_count;
	uint32_t last_leg, last_path; /* numbers given */
	struct settled *ready, **ready_end;
	uint64_t clock_ns; /* latest sighting or tick */
	struct {
		uint64_t ns; /* when it was noticed that there had been a loss */
		uint64_t before; /* events lost until then */
	} losses[HM_LOSSES]; /* a ring */
	uint32_t loss_count;
	uint64_t lost; /* as last noticed */
	uint64_t pass; /* number of times that what was touched was taken in */
	uint64_t looked; /* HM_DUE_TICK_NS at which was last looked for what is due */
	struct leg_state *touched; /* list: something came that may change when they are due */
	struct due_heap to_judge, to_probe;
	struct leg_state *index[HM_INDEX_KINDS][1 << HM_INDEX_BITS];
	bool finished;
	struct gone evicted, closed; /* legs forgotten: for want of room; judged long ago */
	struct hm_sighting *listeners;
	uint32_t listener_count, listener_room;
	struct forwarder forwards[HM_PROXY_MEMORY]; /* a ring */
	uint32_t forward_count;
	struct hm_paths_stats stats;
};

/* A new leg in the live list; makes room if there is none. NULL: out of memory. */
struct leg_state *engine_add_leg(struct hm_paths *paths, const struct hm_sighting *s);

/* The live or judged leg with that number, or NULL. */
struct leg_state *engine_leg(const struct hm_paths *paths, uint32_t id);

/* Something came that may change when the paths of this leg are due. */
void engine_touch(struct hm_paths *paths, struct leg_state *leg);

void engine_untouch(struct hm_paths *paths, struct leg_state *leg);

/* Takes a leg out of every list and frees it. */
void engine_remove_leg(struct hm_paths *paths, struct leg_state *leg);

/* path_look.c: takes in what was touched since: many sightings of a leg are one look at it. */
void look_touched(struct hm_paths *paths);

/* Settles what is due at ns; what is left at the end, oldest first. */
void look_due(struct hm_paths *paths, uint64_t ns);
void look_all(struct hm_paths *paths, uint64_t ns);

/* Says whose marker the opener of a leg had read; NULL: nobody's. */
void engine_set_cause(struct leg_state *leg, struct leg_state *cause);

/* Moves a leg between the lists of the live and the judged. */
void engine_set_judged(struct hm_paths *paths, struct leg_state *leg, bool judged);

#endif
