/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of path: the engine, which keeps the legs, finds what belongs together and says when a
 * path is due. Private to path*.c and due_heap.c.
 */
#ifndef HM_PATH_INSIDE_H
#define HM_PATH_INSIDE_H

#include "leg.h"

#define HM_MAX_JUDGED 1024 /* judged ones still known, for stragglers and pooled connections */
#define HM_MAX_LISTENERS 1024
#define HM_PROXY_MEMORY 256 /* listeners known to forward */
#define HM_INDEX_BITS 10

/* The due table: when the engine stops waiting. */
#define HM_MS 1000000ULL
#define HM_DUE_RST_NS (60 * HM_MS) /* drop and reset events follow the RST they explain */
/* both FINs seen, or the client had its answer and asked anew: stragglers only */
#define HM_DUE_CLOSED_NS (200 * HM_MS)
#define HM_DUE_SYN_NS (200 * HM_MS) /* after the second repetition */
#define HM_DUE_SYN_ONE_NS (2500 * HM_MS) /* one SYN, never repeated: the client is gone */
#define HM_DUE_SYN_TWO_NS (3500 * HM_MS)
/* ARP or ND gives up after 3 s, here or at a router, which says so */
#define HM_DUE_NEIGHBOUR_NS (4000 * HM_MS)
/* a named drop or ICMP error: one repetition may overcome it */
#define HM_DUE_NAMED_NS (1300 * HM_MS)
#define HM_DUE_AGAIN_NS (8000 * HM_MS) /* a segment that is sent again, HM_AGAIN times at most */
/* a client that has the server's half of a TLS handshake may ask a CA first, and then refuse it */
#define HM_DUE_HANDSHAKE_NS (10000 * HM_MS)
#define HM_DUE_CONNECT_NS (300 * HM_MS) /* connect(2) without a SYN */
#define HM_DUE_ASK_NS (100 * HM_MS) /* a probe goes so long before its verdict: one tick, live */
#define HM_DUE_PROBE_NS (1500 * HM_MS) /* a probe that is not answered by then is given up */
#define HM_DUE_UNDER_WAY_NS (100 * HM_MS) /* from hop to hop on this host, and one that is slow */
#define HM_DUE_DONE_NS (60 * HM_MS) /* an upstream message that was answered */
#define HM_DUE_TICK_NS (8 * HM_MS) /* dues are rounded up: many legs, one look */
/* 16 turns of a connection are told (turn.bpf.h); with an interim answer a request has three */
#define HM_TOLD_REQUESTS 5
#define HM_LOSSES 16 /* moments at which a loss was noticed that are remembered */
#define HM_SETTLE_NS (2000 * HM_MS) /* where the scene gives none */
#define HM_NEVER UINT64_MAX

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

/* path_nat.c: hangs a new leg on the one that carries the same SYN under another tuple. */
void nat_join(struct hm_paths *paths, struct leg_state *leg, const struct hm_sighting *s);

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

/* The same: the next leg after that (NULL: the first) whose messages pid may have read. */
struct leg_state *pair_next_read(const struct hm_paths *paths, struct leg_state *leg, uint32_t pid);

/*
 * The same: that message was answered, or an answer to it is owed. A log line that quotes what was
 * read is not: who writes it is no proxy.
 */
bool pair_asks(const struct message *child);

/* Takes note of a listener whose process sends on what it reads. */
void pair_remember(struct hm_paths *paths, const struct hm_endpoint *listener);

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

/* What is told of is the first that its client said on that connection. */
bool build_asks_first(const struct hm_leg *leg);

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

/* path_hidden.c: connections on which a marker cannot be seen. */
struct hidden {
	uint32_t pid; /* whose; 0: of who is not known */
	uint32_t open[HM_HIDES_COUNT]; /* how many are open, by enum hm_hides */
	/* when one was closed last, and the latest of all */
	uint64_t closed[HM_HIDES_COUNT], closed_ns;
	uint64_t failed_ns; /* when it began one last that has carried nothing yet */
};

void hidden_take(struct hm_paths *paths, struct leg_state *leg, const struct hm_sighting *s);

/* What kind of them pid, 0: anybody, has had since then; the first of enum hm_hides. */
enum hm_hides hidden_beside(const struct hm_paths *paths, uint32_t pid, uint64_t since_ns);

/* path_relay.c: what a process was told on one of its connections. */
struct told {
	bool by_server; /* of a connection that it opened; else by the client of one it serves */
	uint16_t value; /* of an alert its number, of a status the status */
	uint64_t asked_ns; /* when the client of that connection began to talk, or to connect */
	struct hm_relayed relayed;
};

/* Which processes serve connections inside of which they may be told more. */
struct served {
	uint32_t pid, open; /* open: how many are */
	uint64_t closed_ns; /* when the last was closed */
};

void relay_take(struct hm_paths *paths, struct leg_state *leg, const struct hm_sighting *s);

/* Fills leg->relayed and leg->client_tunnels. */
void relay_look(const struct hm_paths *paths, struct hm_leg *leg);

/*
 * pid serves that connection. One that nobody has read from has no process yet, only who listens
 * there; where nobody was found listening it may be anyone.
 */
bool relay_may_serve(const struct hm_paths *paths, const struct hm_leg *leg, uint32_t pid);

/* path_begun.c: a connection that a process of this host began. */
struct begun {
	uint64_t ns; /* of its first SYN */
	uint32_t pid, leg;
	uint16_t hop;
};

#define HM_BEGUN 8192 /* a ring: some seconds of them, of a busy proxy */

void begun_take(struct hm_paths *paths, struct leg_state *leg, const struct hm_sighting *s);

/*
 * Fills leg->relayed where the server's process waits for one that it began as soon as leg, or its
 * request, had come.
 */
void begun_look(const struct hm_paths *paths, struct hm_leg *leg);

/* A connection of leg's process began, or carried something: those that carry nothing fail. */
void hidden_began(struct hm_paths *paths, const struct leg_state *leg);
void hidden_carried(struct hm_paths *paths, const struct leg_state *leg);

/* Since then pid has begun one that carried nothing. */
bool hidden_failed(const struct hm_paths *paths, uint32_t pid, uint64_t since_ns);

/*
 * path_meanwhile.c: takes note of what a reader does before its answer, and of who else sends that
 * marker.
 */
void meanwhile_take(struct hm_paths *paths, struct leg_state *leg, const struct hm_sighting *s);
void meanwhile_elsewhere(struct hm_paths *paths, const struct message *to,
			 const struct hm_sighting *s);

/* path_unsearched.c: takes note of what --depth left out; leg NULL: it is not known. */
void unsearched_take(struct hm_paths *paths, const struct hm_leg *leg, const struct hm_sighting *s);

/*
 * path_lost.c: takes note of events lost until now; how many were before what begins with that
 * packet.
 */
void lost_notice(struct hm_paths *paths);
uint64_t lost_before_life(const struct hm_paths *paths, uint64_t first_ns);

/* A leg is forgotten: the path that it was part of, or may have been, lacks it from here on. */
void lost_tell_kin(struct leg_state *leg);

/* What that path, which begins at root, may lack. */
uint64_t lost_of_path(const struct hm_paths *paths, const struct leg_state *root,
		      const struct hm_path *path);

/* path_hops.c: takes note of hops whose place another one has taken. */
void hops_follow(struct hm_paths *paths);

/* path_ways.c: fills leg->way. */
void ways_look(const struct hm_paths *paths, struct hm_leg *leg);

/* path_listeners.c: 0 or -ENOMEM. */
int listeners_take(struct hm_paths *paths, const struct hm_sighting *s);

/* The same: pid, or for 0 anybody, was found since then listening on that port, anywhere here. */
bool listeners_has(const struct hm_paths *paths, uint16_t port, uint64_t since_ns, uint32_t pid);

/* due_heap.c: legs by when something is due on them. */
struct due_heap {
	enum due_kind kind;
	uint32_t count;
	struct due {
		uint64_t ns;
		struct leg_state *leg;
		uint32_t id; /* the leg's; of two that are due at once the older one is first */
	} *at; /* from 1; as many as legs are held, and one more */
};

/* Puts, moves or (HM_NEVER) takes out a leg. */
void due_set(struct due_heap *heap, struct leg_state *leg, uint64_t ns);

/* The first that is due at now, or NULL. It stays in the heap. */
struct leg_state *due_first(const struct due_heap *heap, uint64_t now_ns);

/* path.c: the engine's lists. */
struct hm_paths {
	const struct hm_scene *scene;
	struct leg_state *by_key; /* newest leg of each tuple */
	struct leg_state *by_id;
	struct leg_state *live, *judged; /* lists */
	uint32_t max_legs; /* not yet judged, at once */
	uint32_t live_count, judged_count;
	uint32_t messages; /* of all legs; each counts itself */
	uint32_t last_leg, last_path; /* numbers given */
	struct settled *ready, **ready_end;
	uint64_t clock_ns; /* latest sighting or tick */
	struct {
		uint64_t ns; /* when the counters were read that told of a loss */
		uint64_t before; /* events lost until then */
	} losses[HM_LOSSES]; /* a ring */
	uint32_t loss_count;
	uint64_t lost; /* as last noticed */
	uint64_t pass; /* number of times that what was touched was taken in */
	uint64_t looked; /* HM_DUE_TICK_NS at which was last looked for what is due */
	struct leg_state *touched; /* list: something came that may change when they are due */
	struct due_heap to_judge, to_probe;
	uint32_t hop_changes; /* of the scene, as followed */
	uint64_t hop_since[HM_MAX_HOPS];
	struct leg_state *index[HM_INDEX_KINDS][1 << HM_INDEX_BITS];
	struct hm_sighting came; /* the last one as it came; but .leg, which it was given */
	bool finished;
	bool unasked; /* what waits to be asked about is not any more */
	uint64_t forgotten_ns; /* the last packet of all legs that are gone */
	struct gone evicted, closed; /* legs forgotten: for want of room; judged long ago */
	struct hm_sighting *listeners;
	uint32_t listener_count, listener_room;
	struct hm_endpoint forwards[HM_PROXY_MEMORY]; /* listeners whose process sent on; a ring */
	uint32_t forward_count;
	struct hidden hidden[HM_PROXY_MEMORY];
	uint32_t hidden_count;
	enum hm_hides hidden_lost; /* of which there were more: from then on anybody may have one */
	struct told told[HM_PROXY_MEMORY]; /* a ring */
	uint32_t told_count;
	struct begun begun[HM_BEGUN];
	uint32_t begun_count; /* ever */
	struct served served[HM_PROXY_MEMORY];
	uint32_t served_count;
	bool served_lost; /* of which there were more: from then on anybody may serve one */
	bool marker_read; /* a process of a watched host has read one */
	struct hm_unsearched unsearched;
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
