// SPDX-License-Identifier: GPL-2.0-only
/*
 * The case of one connection: its legs' facts taken together. Called by judge.c; looks at nothing
 * but the path, the scene and the listeners.
 */
#include <string.h>

#include "case.h"

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return !a || (b && b < a) ? b : a;
}

static void take_meanwhile(struct hm_case *c, const struct hm_leg *leg)
{
	c->meanwhile.asked += leg->meanwhile.asked;
	c->meanwhile.failed += leg->meanwhile.failed;
	c->meanwhile.opened |= leg->meanwhile.opened;
	c->meanwhile.elsewhere |= leg->meanwhile.elsewhere;
	c->piped |= leg->piped;
}

/* Of legs that NAT tells apart that one counts whose process is known. */
static void take_relayed(struct hm_case *c, const struct hm_leg *leg)
{
	bool knows = leg->server_pid && !c->server_pid, fewer = !leg->server_pid && c->server_pid;

	if (knows && c->relayed && c->relayed->what >= HM_RELAYED_REFUSAL)
		c->relayed = NULL;
	if (!c->relayed && leg->relayed.what && !fewer)
		c->relayed = &leg->relayed;
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
	if (!c->hello && leg->tls.hello_ns)
		c->hello = leg;
	if (!c->alert && leg->tls.alert_ns)
		c->alert = leg;
	take_relayed(c, leg);
	c->client_tunnels |= leg->client_tunnels;
	if (leg->stray_ns)
		c->stray = leg;
	c->owes_answer |= !leg->continues && leg_owes_answer(leg, c->scene);
	c->first_ns = earlier(c->first_ns, leg->first_ns);
	c->whole |= leg->marker_whole;
	c->turn_ns = earlier(c->turn_ns, leg->marker_turn_ns);
	c->marker_ns = earlier(c->marker_ns, leg->marker_ns);
	c->read_ns = earlier(c->read_ns, leg->marker_read_ns);
	c->acked_ns = earlier(c->acked_ns, leg->marker_acked_ns);
	c->answer_ns = earlier(c->answer_ns, leg->answer_ns);
	c->request_ns = earlier(c->request_ns, leg->request_ns);
	c->any_read_ns = earlier(c->any_read_ns, leg->read_ns);
	c->fin_client_ns = earlier(c->fin_client_ns, leg->fin_client_ns);
	c->fin_server_ns = earlier(c->fin_server_ns, leg->fin_server_ns);
	c->rst_ns = earlier(c->rst_ns, leg->rst_ns);
	/* of legs that NAT tells apart the one told last */
	if (leg->window.told_ns > c->window_ns) {
		c->window_ns = leg->window.told_ns;
		c->shut_ns = leg->window.shut_ns;
		c->shut_hop = leg->window.shut_hop;
		c->shut_times = leg->window.shut_times;
	}
	if (leg->syn_count > c->syn_count)
		c->syn_count = leg->syn_count;
	if (!c->status)
		c->status = leg->status;
	take_meanwhile(c, leg);
	if (leg->server_pid || !c->server_pid)
		c->reader_hides = leg->reader_hides;
	if (leg->server_pid) {
		c->server_pid = leg->server_pid;
		c->server_comm = leg->server_comm;
	}
	if (leg->client_pid && !c->client_pid) {
		c->client_pid = leg->client_pid;
		c->client_comm = leg->client_comm;
	}
}

static void take_socket(struct hm_case *c, const struct hm_leg *leg, const struct hm_sighting *s)
{
	c->probe_ns = s->mono_ns;
	if (endpoint_equal(&s->src, &leg->server)) {
		if (s->socket.state) {
			c->socket = s;
			c->server_here = true;
			if (!c->server_netns)
				c->server_netns = c->scene->hops[s->hop].netns;
			c->accepted |= s->socket.accepted;
			c->unsent = s->socket.unsent;
		}
	} else if (endpoint_equal(&s->src, &leg->client)) {
		c->client_unsent = s->socket.unsent;
		if (c->client_here &&
		    (!s->socket.state || (c->fin_client_ns && !s->socket.accepted)))
			c->gone = s;
	}
}

void full_take(struct hm_case *c, const struct hm_sighting *s)
{
	if (!c->full || c->full->what == HM_WHAT_SYN)
		c->full = s;
}

/*
 * The last ACK came to the listener, which repeats its SYN-ACK all the same, and its queue is over
 * the limit: it had no room for the connection. Before Linux 6.11 nothing else tells, because the
 * drop of that ACK names neither a reason nor the socket.
 */
static bool overflowed(const struct hm_leg *leg, const struct hm_sighting *s)
{
	return s->retrans.synack && s->retrans.backlog > s->retrans.backlog_max && leg->ack_in_ns &&
	       leg->ack_in_ns < s->mono_ns && endpoint_equal(&s->src, &leg->server);
}

/* Both sides had closed it: a RST after that is the answer to something late, and ends nothing. */
static bool is_over(const struct hm_leg *leg, const struct hm_sighting *s)
{
	return leg->fin_client_ns && leg->fin_client_ns < s->mono_ns && leg->fin_server_ns &&
	       leg->fin_server_ns < s->mono_ns;
}

/* Where the kernel tells that it makes one, its own address is not known yet. */
bool icmp_has_sender(const struct hm_sighting *s)
{
	static const uint8_t nobody[sizeof(s->icmp.sender)];

	return memcmp(s->icmp.sender, nobody, sizeof(nobody));
}

/*
 * It quotes what the client sent and nothing yet overcame: the SYN until that is answered, then
 * later bytes. Not all that is sent is told of, so it may quote a window more. Another number is
 * forged (RFC 5927, 4.1).
 */
#define WINDOW (1 << 20)
static bool icmp_fits(const struct hm_case *c, const struct hm_leg *leg,
		      const struct hm_sighting *s)
{
	uint32_t from = leg->has_syn ? leg->isn_client + 1 : leg->marker_seq;
	uint32_t end = leg->marker_ns ? leg->marker_end_seq : from;

	if (leg->has_syn && !c->has_synack && !c->established)
		return s->seq == leg->isn_client;
	return (leg->has_syn || leg->marker_ns) && (int32_t)(s->seq - from) >= 0 &&
	       (int32_t)(s->seq - end) < WINDOW;
}

static void take_icmp(struct hm_case *c, const struct hm_leg *leg, const struct hm_sighting *s)
{
	if (icmp_fits(c, leg, s) &&
	    (!c->icmp || (!icmp_has_sender(c->icmp) && s->seq == c->icmp->seq)))
		c->icmp = s;
}

/* Of hopmark's own namespace all is asked; of the others, where an address is at home. */
static void take_route(struct hm_case *c, const struct hm_leg *leg, const struct hm_sighting *s)
{
	bool own = c->scene->hops[s->hop].netns == c->scene->netns;
	bool back = endpoint_equal(&s->dst, &leg->client);

	if (own && back)
		c->route_back = s;
	else if (own)
		c->route = s;
	if (s->route.local && !back) {
		c->homes++;
		c->home = s;
	}
}

static void take_note(struct hm_case *c, const struct hm_leg *leg, const struct hm_sighting *s)
{
	switch (s->what) {
	case HM_WHAT_RST: /* the first of all: where NAT tells legs apart, it came in on the last */
		if (!is_over(leg, s) && (!c->rst || s->mono_ns < c->rst->mono_ns)) {
			c->rst = s;
			c->rst_from_server = endpoint_equal(&s->src, &leg->server);
		}
		break;
	case HM_WHAT_SYN: /* kept as a note only where it met a full queue */
		if (s->syn.backlog > s->syn.backlog_max)
			full_take(c, s);
		if (syn_finds_no_room(s)) {
			c->no_room[0] = c->no_room[0] ? c->no_room[0] : s;
			c->no_room[1] = s;
		}
		break;
	case HM_WHAT_DROP:
		drop_take(c, s);
		break;
	case HM_WHAT_RETRANS:
		if (overflowed(leg, s))
			full_take(c, s);
		break;
	case HM_WHAT_ICMP:
		take_icmp(c, leg, s);
		break;
	case HM_WHAT_CONNECT:
		c->connect = s;
		c->client_here = true;
		break;
	case HM_WHAT_NO_PORT:
		c->no_port = s;
		break;
	case HM_WHAT_PORTS:
		c->ports = s;
		break;
	case HM_WHAT_READ:
		c->server_here |= endpoint_equal(&s->src, &leg->client);
		break;
	case HM_WHAT_ROUTE:
		take_route(c, leg, s);
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
	c->client_reset = client_rst && !author_sent_none(c) && !reset_is_strange(c);
	c->client_gave_up |= c->client_reset || c->gone;
	c->client_closed = c->fin_client_ns && (!c->answer_ns || c->fin_client_ns < c->answer_ns);
	c->synack_due = c->syn_count >= 3 || c->client_gave_up;
	c->read_due = now >= began + HM_DUE_READ_NS;
	c->window_due =
		c->shut_ns && (client_rst ? c->rst->mono_ns : now) >= c->shut_ns + HM_DUE_READ_NS;
	c->answer_due = c->owes_answer &&
			(c->client_gave_up || (c->client_closed && c->fin_server_ns) ||
			 (scene->answer_ns && c->request_ns &&
			  now >= (c->marked ? c->marker_ns : c->request_ns) + scene->answer_ns));
}

/* Legs that only NAT tells apart have the client's initial sequence number in common. */
static uint32_t take_legs(struct hm_case *c, uint32_t from)
{
	const struct hm_path *path = c->path;
	uint32_t i = from;

	do
		take_leg(c, path->legs[i++]);
	while (i < path->leg_count && path->legs[i]->has_syn && c->first->has_syn &&
	       path->legs[i]->isn_client == c->first->isn_client);
	return i;
}

/* Sockets last: what they say depends on what else was noted. */
static void take_notes(struct hm_case *c)
{
	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t n = 0; n < c->legs[l]->note_count; n++)
			take_note(c, c->legs[l], &c->legs[l]->notes[n]);
	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t n = 0; n < c->legs[l]->note_count; n++)
			if (c->legs[l]->notes[n].what == HM_WHAT_SOCKET)
				take_socket(c, c->legs[l], &c->legs[l]->notes[n]);
	drop_settle(c);
	for (uint32_t l = 0; l < c->leg_count; l++)
		c->more_drops |= c->drops >= 4 && c->legs[l]->drops_lost;
}

/*
 * It was sent on by nobody, and yet another connection has it: a log's, say, which answers nothing.
 */
static bool noted_aside(const struct hm_case *c, uint32_t next)
{
	for (uint32_t i = next; !c->sent_on && i < c->path->leg_count; i++)
		if (c->path->legs[i]->marker_ns)
			return true;
	return false;
}

uint32_t case_build(const struct hm_path *path, uint32_t from, const struct hm_bench *bench,
		    struct hm_case *c)
{
	uint32_t next;

	memset(c, 0, sizeof(*c));
	c->path = path;
	c->bench = bench;
	c->scene = bench->scene;
	c->first = path->legs[from];
	c->server_comm = c->client_comm = "";
	c->drop_code = HM_CODE_COUNT;
	c->wants_marker = bench->scene->marker_count > 0;
	next = take_legs(c, from);
	way_take(c);
	c->established = c->has_ack || c->request_ns || c->marked || (!c->has_syn && c->answer_ns);
	c->known_proxy |= is_proxy_port(c->scene, c->first->server.port);
	take_notes(c);
	c->alone = c->leg_count == path->leg_count || !(case_is_proxy(c) || speaks_as_gateway(c)) ||
		   (!case_is_proxy(c) && noted_aside(c, next));
	c->accepted |= c->any_read_ns || c->answer_ns || c->read_ns;
	author_find(c);
	owner_take(c);
	unseen_take(c);
	what_is_due(c);
	c->blind = sight_blind_back(c);
	return next;
}

const char *hop_name(const struct hm_case *c, uint16_t hop)
{
	return c->scene->hops[hop].name;
}

uint8_t hop_hook(const struct hm_case *c, uint16_t hop)
{
	return c->scene->hops[hop].hook;
}

bool turned_down(const struct hm_case *c)
{
	if (!c->has_syn || c->has_synack || !c->rst || !c->rst_from_server)
		return false;
	return !c->path->lost || (!c->rst->seq && c->rst->ack == c->first->isn_client + 1);
}

bool refused_for_a_listener(const struct hm_case *c)
{
	return turned_down(c) && c->rst_here && !c->rst_named && case_listener(c, true);
}

bool asked_itself(const struct hm_case *c)
{
	return c->route && c->route->route.local &&
	       endpoint_equal(&c->route->dst, &c->last->server);
}

bool sides_known(const struct hm_case *c)
{
	return c->direction_known || c->marked;
}

bool case_is_proxy(const struct hm_case *c)
{
	return c->sent_on || c->asked_as_proxy || c->known_proxy;
}

bool only_asked_as_proxy(const struct hm_case *c)
{
	return c->asked_as_proxy && !c->sent_on && !c->known_proxy;
}

bool socket_open(const struct hm_case *c)
{
	return c->socket && (c->socket->socket.state == HM_STATE_ESTABLISHED ||
			     c->socket->socket.state == HM_STATE_CLOSE_WAIT);
}

bool half_made(const struct hm_case *c)
{
	return c->full && c->full->what != HM_WHAT_SYN && !c->accepted && !socket_open(c) &&
	       (!c->rst || c->full->mono_ns < c->rst->mono_ns);
}

bool closed_before_marker(const struct hm_case *c)
{
	return c->marked && c->fin_server_ns && c->fin_server_ns < c->marker_ns;
}

bool reset_unread(const struct hm_case *c)
{
	return !c->marked && c->request_ns && !c->any_read_ns && !c->answer_ns &&
	       !c->fin_server_ns && c->rst_here && c->rst_from_server &&
	       c->request_ns < c->rst->mono_ns && sides_known(c) &&
	       scene_watches(c->scene, HM_HOOK_APP, 0);
}

uint64_t asked_ns(const struct hm_case *c)
{
	return c->marked ? c->marker_ns : c->request_ns;
}

bool unanswered(const struct hm_case *c)
{
	return c->owes_answer && !c->answer_ns && asked_ns(c);
}
