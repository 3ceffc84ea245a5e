// SPDX-License-Identifier: GPL-2.0-only
/*
 * The case of one connection: its legs' facts taken together. Called by judge.c; looks at nothing
 * but the path, the scene and the listeners.
 */
#include <string.h>

#include "rules.h"

#define READ_DUE_NS 2000000000ULL

/*
 * Reasons that may carry blame. Everything else is evidence at most: many frees are harmless
 * (NOT_SPECIFIED, TCP_INVALID_SYN, QUEUE_PURGE, NO_SOCKET under SYN cookies ...).
 */
static const struct {
	const char *reason;
	enum hm_code code;
} reasons[] = {
	{"NETFILTER_DROP", HM_DROPPED_BY_FIREWALL},
	{"IP_RPFILTER", HM_DROPPED_BY_ROUTING},
	{"IP_INADDRERRORS", HM_DROPPED_BY_ROUTING},
	{"IP_INNOROUTES", HM_DROPPED_BY_ROUTING},
	{"IP_LOCAL_SOURCE", HM_DROPPED_BY_ROUTING},
	{"IP_INVALID_SOURCE", HM_DROPPED_BY_ROUTING},
	{"IP_INVALID_DEST", HM_DROPPED_BY_ROUTING},
	{"IP_LOCALNET", HM_DROPPED_BY_ROUTING},
	{"IP_OUTNOROUTES", HM_NO_ROUTE},
	{"TC_INGRESS", HM_DROPPED_OTHER},
	{"TC_EGRESS", HM_DROPPED_OTHER},
	{"XDP", HM_DROPPED_OTHER},
	{"BPF_CGROUP_EGRESS", HM_DROPPED_OTHER},
	{"SOCKET_FILTER", HM_DROPPED_OTHER},
	{"XFRM_POLICY", HM_DROPPED_OTHER},
	{"QDISC_DROP", HM_DROPPED_OTHER},
	{"CPU_BACKLOG", HM_DROPPED_OTHER},
	{"FULL_RING", HM_DROPPED_OTHER},
	{"NOMEM", HM_DROPPED_OTHER},
	{"PROTO_MEM", HM_DROPPED_OTHER},
	{"SOCKET_RCVBUFF", HM_DROPPED_OTHER},
	{"SOCKET_BACKLOG", HM_DROPPED_OTHER},
	{"IP_CSUM", HM_DROPPED_OTHER},
	{"TCP_CSUM", HM_DROPPED_OTHER},
	{"PKT_TOO_BIG", HM_DROPPED_OTHER},
	{"NEIGH_FAILED", HM_NEIGHBOUR_FAILED},
	{"NEIGH_CREATEFAIL", HM_NEIGHBOUR_FAILED},
	{"NEIGH_QUEUEFULL", HM_NEIGHBOUR_FAILED},
	{"NEIGH_DEAD", HM_NEIGHBOUR_FAILED},
	{"NEIGH_HH_FILLFAIL", HM_NEIGHBOUR_FAILED},
	{"IPV6DISABLED", HM_DROPPED_OTHER},
	{"TCP_MD5NOTFOUND", HM_DROPPED_OTHER},
	{"TCP_MD5UNEXPECTED", HM_DROPPED_OTHER},
	{"TCP_MD5FAILURE", HM_DROPPED_OTHER},
	{"TCP_MINTTL", HM_DROPPED_OTHER},
};

enum hm_code drop_blames(const char *reason)
{
	for (size_t i = 0; i < HM_ARRAY_SIZE(reasons); i++)
		if (!strcmp(reasons[i].reason, reason))
			return reasons[i].code;
	return HM_CODE_COUNT;
}

/* The compiler may have split it: "neigh_invalidate.isra.0" on some kernels. */
static bool is_function(const char *where, const char *name)
{
	size_t len = strlen(name);

	return !strncmp(where, name, len) && (!where[len] || where[len] == '.');
}

bool drop_tells_silence(const struct hm_sighting *s)
{
	static const char *const functions[] = {"neigh_invalidate", "arp_error_report",
						"ndisc_error_report"};

	if (!strcmp(s->drop.reason, "NEIGH_FAILED") || !strcmp(s->drop.reason, "NEIGH_QUEUEFULL"))
		return true;
	for (size_t i = 0; i < HM_ARRAY_SIZE(functions); i++)
		if (!strcmp(s->drop.reason, "NOT_SPECIFIED") &&
		    is_function(s->drop.where, functions[i]))
			return true;
	return false;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return !a || (b && b < a) ? b : a;
}

static void take_leg(struct hm_case *c, const struct hm_leg *leg)
{
	c->legs[c->leg_count++] = leg;
	c->last = leg;
	c->has_syn |= leg->has_syn;
	c->has_synack |= leg->has_synack;
	c->has_ack |= leg->has_ack;
	c->marked |= leg->marker_ns != 0;
	c->in_tree |= leg->in_tree;
	c->direction_known |= leg->direction_known;
	c->probed |= leg->probed;
	c->sent_on |= leg->sent_on;
	c->known_proxy |= leg->server_forwards;
	c->asked_as_proxy |= leg->request_class == HM_CLASS_HTTP_PROXY;
	c->tls |= leg->request_class == HM_CLASS_TLS;
	c->owes_answer |= leg->request_class >= HM_CLASS_HTTP_REQUEST &&
			  leg->request_class != HM_CLASS_HTTP_STATUS;
	c->first_ns = earlier(c->first_ns, leg->first_ns);
	c->marker_ns = earlier(c->marker_ns, leg->marker_ns);
	c->read_ns = earlier(c->read_ns, leg->marker_read_ns);
	c->acked_ns = earlier(c->acked_ns, leg->marker_acked_ns);
	c->answer_ns = earlier(c->answer_ns, leg->answer_ns);
	c->request_ns = earlier(c->request_ns, leg->request_ns);
	c->any_read_ns = earlier(c->any_read_ns, leg->read_ns);
	c->fin_client_ns = earlier(c->fin_client_ns, leg->fin_client_ns);
	c->fin_server_ns = earlier(c->fin_server_ns, leg->fin_server_ns);
	c->rst_ns = earlier(c->rst_ns, leg->rst_ns);
	if (leg->syn_count > c->syn_count)
		c->syn_count = leg->syn_count;
	if (!c->status)
		c->status = leg->status;
	if (leg->server_pid) {
		c->server_pid = leg->server_pid;
		c->server_comm = leg->server_comm;
	}
	if (leg->client_pid && !c->client_pid) {
		c->client_pid = leg->client_pid;
		c->client_comm = leg->client_comm;
	}
}

/* How often one marker was sent: repetitions of several cannot be told apart. */
static void take_repeats(struct hm_case *c, const struct hm_row *row)
{
	uint32_t count = row->cell[HM_STEP_MARKER].count;
	uint8_t hook = hop_hook(c, row->hop);

	if (c->path->count > 1)
		return;
	if (hook == HM_HOOK_TC_IN && count > c->marker_in)
		c->marker_in = count;
	if (hook == HM_HOOK_TC_OUT && count > c->marker_out)
		c->marker_out = count;
}

/* Where the way forth was seen first and last: the row's last new thing is what counts. */
struct passage {
	bool came_in;
	uint16_t in_hop, out_hop; /* last of each, where seen */
	uint64_t last_ns;
	bool left_last;
};

static void take_passage(const struct hm_case *c, const struct hm_row *row, struct passage *p)
{
	uint64_t syn = row->cell[HM_STEP_SYN].first_ns, marker = row->cell[HM_STEP_MARKER].first_ns;
	uint8_t hook = hop_hook(c, row->hop);

	if (hook > HM_HOOK_TC_OUT || !(syn || marker))
		return;
	if (hook == HM_HOOK_TC_OUT)
		p->out_hop = row->hop;
	else
		p->in_hop = row->hop;
	p->came_in |= hook != HM_HOOK_TC_OUT;
	if ((syn > marker ? syn : marker) < p->last_ns)
		return;
	p->last_ns = syn > marker ? syn : marker;
	p->left_last = hook == HM_HOOK_TC_OUT;
}

static void take_rows(struct hm_case *c, const struct hm_leg *leg, struct passage *p)
{
	uint64_t last_ns = 0;

	for (uint32_t i = 0; i < leg->row_count; i++) {
		const struct hm_row *row = &leg->rows[i];
		uint8_t hook = hop_hook(c, row->hop);
		bool forth = row->cell[HM_STEP_SYN].count || row->cell[HM_STEP_MARKER].count;
		bool back = row->cell[HM_STEP_SYNACK].count || row->cell[HM_STEP_ANSWER].count;

		take_repeats(c, row);
		if ((hook == HM_HOOK_SOCK_IN && forth) || (hook == HM_HOOK_SOCK_OUT && back)) {
			c->server_here = true;
			c->server_netns = c->scene->hops[row->hop].netns;
		}
		c->server_here |= hook == HM_HOOK_APP && forth;
		c->client_here |=
			(hook == HM_HOOK_SOCK_OUT && forth) || (hook == HM_HOOK_SOCK_IN && back);
		c->left_here |= hook == HM_HOOK_TC_OUT && forth;
		if (row->cell[HM_STEP_SYN].count && row->cell[HM_STEP_SYN].first_ns >= last_ns) {
			last_ns = row->cell[HM_STEP_SYN].first_ns;
			c->left_last = hook == HM_HOOK_TC_OUT;
		}
		take_passage(c, row, p);
	}
}

static void take_socket(struct hm_case *c, const struct hm_leg *leg, const struct hm_sighting *s)
{
	c->probe_ns = s->mono_ns;
	if (endpoint_equal(&s->src, &leg->server)) {
		if (s->socket.state) {
			c->socket = s;
			c->server_here = true;
			c->accepted |= s->socket.accepted;
			c->unsent = s->socket.unsent;
		}
	} else if (endpoint_equal(&s->src, &leg->client) && c->client_here &&
		   (!s->socket.state || (c->fin_client_ns && !s->socket.accepted))) {
		c->client_gave_up = true; /* gone, or waiting for nobody */
	}
}

/* An answer was seen where it leaves this host, or arrives at the client's socket, at ns or later. */
static bool answer_beyond(const struct hm_case *c, const struct hm_leg *leg, uint64_t ns)
{
	for (uint32_t i = 0; i < leg->row_count; i++) {
		const struct hm_cell *cell = &leg->rows[i].cell[HM_STEP_ANSWER];
		uint8_t hook = hop_hook(c, leg->rows[i].hop);

		if (cell->count && cell->last_ns >= ns &&
		    (c->client_here ? hook == HM_HOOK_SOCK_IN : hook == HM_HOOK_TC_OUT))
			return true;
	}
	return false;
}

/*
 * An answer that was seen before it was dropped: the drop is overcome where those bytes were seen
 * to go on, or the client acknowledged them. Of later bytes than the answer's first no hop tells;
 * what the client had acknowledged when it closed does.
 */
static bool answer_taken(const struct hm_case *c, const struct hm_sighting *s)
{
	bool beyond = false;

	if (!s->len)
		return false;
	for (uint32_t i = 0; i < c->leg_count; i++) {
		const struct hm_leg *leg = c->legs[i];

		if (leg->has_client_ack && (int32_t)(leg->client_ack - s->seq) > 0)
			return false;
		beyond |= answer_beyond(c, leg, s->mono_ns);
	}
	for (uint32_t i = 0; i < c->leg_count; i++)
		if (c->legs[i]->answer_ns && c->legs[i]->answer_seq == s->seq)
			return !beyond;
	return c->first->has_client_ack && c->fin_client_ns > s->mono_ns;
}

bool drop_stands(const struct hm_case *c, const struct hm_sighting *s)
{
	uint8_t flags = s->drop.flags;
	bool from_server =
		endpoint_equal(&s->src, &c->first->server) || endpoint_equal(&s->src, &c->last->server);

	if (flags & HM_TCP_RST)
		return false;
	if ((flags & (HM_TCP_SYN | HM_TCP_ACK)) == HM_TCP_SYN)
		return !c->has_synack;
	if (flags & HM_TCP_SYN)
		return !c->has_ack && !c->request_ns;
	if (from_server && c->answer_ns)
		return answer_taken(c, s);
	return !c->answer_ns && (from_server || !c->acked_ns);
}

static void take_drop(struct hm_case *c, const struct hm_sighting *s)
{
	enum hm_code code = drop_tells_silence(s) ? HM_NEIGHBOUR_FAILED
						  : drop_blames(s->drop.reason);

	if (s->drop.has_listener && s->drop.backlog > s->drop.backlog_max && !c->full)
		c->full = s;
	if (!strcmp(s->drop.reason, "NETFILTER_DROP") && !c->firewall)
		c->firewall = s;
	if (code == HM_CODE_COUNT || !drop_stands(c, s))
		return;
	c->drops++;
	if (c->drop)
		return;
	c->drop = s;
	c->drop_code = (uint8_t)code;
	c->drop_answer = c->answer_ns && !(s->drop.flags & HM_TCP_SYN);
}

/*
 * The last ACK came to the listener, which repeats its SYN-ACK all the same, and its queue is over
 * the limit: it had no room for the connection. Before Linux 6.11 nothing else tells, because the
 * drop of that ACK names neither a reason nor the socket.
 */
static bool overflowed(const struct hm_leg *leg, const struct hm_sighting *s)
{
	return s->retrans.synack && s->retrans.backlog > s->retrans.backlog_max &&
	       leg->ack_in_ns && leg->ack_in_ns < s->mono_ns && endpoint_equal(&s->src, &leg->server);
}

static void take_note(struct hm_case *c, const struct hm_leg *leg, const struct hm_sighting *s)
{
	switch (s->what) {
	case HM_WHAT_RST: /* the first of all: where NAT tells legs apart, it came in on the last */
		if (!c->rst || s->mono_ns < c->rst->mono_ns) {
			c->rst = s;
			c->rst_from_server = endpoint_equal(&s->src, &leg->server);
		}
		break;
	case HM_WHAT_SYN: /* kept as a note only where it met a full queue */
		if (!c->full)
			c->full = s;
		break;
	case HM_WHAT_DROP:
		take_drop(c, s);
		break;
	case HM_WHAT_RETRANS:
		if (!c->full && overflowed(leg, s))
			c->full = s;
		break;
	case HM_WHAT_ICMP:
		if (!c->icmp)
			c->icmp = s;
		break;
	case HM_WHAT_CONNECT:
		c->connect = s;
		c->client_here = true;
		break;
	case HM_WHAT_READ:
		c->server_here |= endpoint_equal(&s->src, &leg->client);
		break;
	case HM_WHAT_ROUTE:
		if (endpoint_equal(&s->dst, &leg->client))
			c->route_back = s;
		else
			c->route = s;
		break;
	default:
		break;
	}
}

static bool is_proxy_port(const struct hm_scene *scene, uint16_t port)
{
	for (size_t i = 0; i < HM_ARRAY_SIZE(scene->proxy_ports) && scene->proxy_ports[i]; i++)
		if (scene->proxy_ports[i] == port)
			return true;
	return false;
}

static void what_is_due(struct hm_case *c)
{
	const struct hm_scene *scene = c->scene;
	uint64_t now = c->path->judged_ns;
	uint64_t began = c->marked ? c->marker_ns : c->first_ns;
	bool client_rst = c->rst && !c->rst_from_server;

	if (scene->has_command && c->in_tree && scene->command_exit != -1)
		c->client_gave_up = true;
	if (client_rst)
		c->client_gave_up = true;
	c->client_closed = c->fin_client_ns && (!c->answer_ns || c->fin_client_ns < c->answer_ns);
	c->owes_answer |= scene->answer_ns != 0;
	c->synack_due = c->syn_count >= 3 || c->client_gave_up;
	c->read_due = now >= began + READ_DUE_NS;
	c->answer_due = c->owes_answer &&
			(c->client_gave_up ||
			 (c->client_closed && c->fin_server_ns) ||
			 (scene->answer_ns && c->request_ns &&
			  now >= (c->marked ? c->marker_ns : c->request_ns) + scene->answer_ns));
}

/* What may rest on something that was not seen, and that was a place where nobody looked. */
static void what_is_watched(struct hm_case *c, const struct passage *way)
{
	const struct hm_scene *scene = c->scene;

	c->drops_watched = scene_watches(scene, HM_HOOK_DROP, 0);
	c->follows = scene_watches(scene, HM_HOOK_SOCK_OUT, c->server_netns) &&
		     scene_watches(scene, HM_HOOK_APP, 0);
	c->far = !c->server_here && (scene_watches(scene, HM_HOOK_SOCK_IN, 0) || way->left_last);
}

uint32_t case_build(const struct hm_path *path, uint32_t from, const struct hm_bench *bench,
		    struct hm_case *c)
{
	const struct hm_leg *head = path->legs[from];
	struct passage way = {0};
	uint32_t i;

	memset(c, 0, sizeof(*c));
	c->path = path;
	c->bench = bench;
	c->scene = bench->scene;
	c->first = head;
	c->server_comm = c->client_comm = "";
	c->drop_code = HM_CODE_COUNT;
	c->wants_marker = bench->scene->marker_count > 0;
	for (i = from; i < path->leg_count; i++) {
		const struct hm_leg *leg = path->legs[i];

		if (i > from &&
		    !(leg->has_syn && head->has_syn && leg->isn_client == head->isn_client))
			break;
		take_leg(c, leg);
		take_rows(c, leg, &way);
	}
	c->forwarded = way.came_in && c->left_here && !c->client_here && !c->server_here &&
		       bench->scene->hops[way.in_hop].ifindex !=
			       bench->scene->hops[way.out_hop].ifindex;
	c->established = c->has_ack || c->request_ns || c->marked || (!c->has_syn && c->answer_ns);
	c->known_proxy |= is_proxy_port(c->scene, head->server.port);
	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t n = 0; n < c->legs[l]->note_count; n++)
			take_note(c, c->legs[l], &c->legs[l]->notes[n]);
	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t n = 0; n < c->legs[l]->note_count; n++)
			if (c->legs[l]->notes[n].what == HM_WHAT_SOCKET)
				take_socket(c, c->legs[l], &c->legs[l]->notes[n]);
	c->alone = c->leg_count == path->leg_count ||
		   !(c->sent_on || c->asked_as_proxy || c->known_proxy ||
		     (c->status >= 502 && c->status <= 504));
	c->accepted |= c->any_read_ns || c->answer_ns || c->read_ns;
	for (uint32_t l = 0; l < c->leg_count; l++)
		c->more_drops |= c->drops >= 4 && c->legs[l]->notes_lost;
	author_find(c);
	owner_take(c);
	what_is_watched(c, &way);
	what_is_due(c);
	c->blind = sight_blind_back(c);
	return i;
}
