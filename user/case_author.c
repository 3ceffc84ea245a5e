// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who made the RST or the ICMP error that ended a connection: this kernel's TCP, netfilter here,
 * or neither. Called by case.c. What the legs that only NAT tells apart saw explains each other.
 *
 * A RST that the TCP of a kernel watched here makes is seen at socket:out, but over IPv6 only if
 * it has a socket: else tcp_v6_send_response() leaves skb->sk empty, and the cgroup's egress hook
 * passes over it. A kernel of 6.18 was seen to pass over those of IPv4 too. There the `reset` event
 * proves it (since 6.12), or the drop of the SYN for want of a socket together with the RST that
 * leaves.
 *
 * That a packet which leaves had not come in is worth something only where nobody runs before the
 * hops that would have seen it come.
 */
#include <stdlib.h>
#include <string.h>

#include "case.h"

/* more than that below a default TTL is an application's own choice as likely */
#define MAX_HOPS 20
#define ANSWER_NS                                                                                  \
	50000000ULL /* the kernel's answer to a packet and that packet's end are one event */

static bool together(const struct hm_sighting *a, const struct hm_sighting *b)
{
	return a->mono_ns < b->mono_ns + ANSWER_NS && b->mono_ns < a->mono_ns + ANSWER_NS;
}

static bool drops_for(const struct hm_sighting *s, const char *reason)
{
	return s->what == HM_WHAT_DROP && !strcmp(s->drop.reason, reason);
}

/* An answer to the client, a RST or an ICMP error, wherever it was seen. */
struct answer {
	bool made_here; /* by the TCP of a kernel watched here */
	bool named; /* as that kernel said itself */
	uint32_t made_netns; /* where, as the kernel named it; 0: it did not */
	uint64_t left_ns, came_ns; /* first seen leaving, coming in at an interface; 0: not */
	uint32_t left_netns; /* where it left first */
};

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return !a || b < a ? b : a;
}

/* It left at an interface here and had not come in before: it was made here. */
static bool began_here(const struct hm_case *c, const struct answer *r)
{
	return r->left_ns && (!r->came_ns || r->left_ns < r->came_ns) &&
	       !sight_may_come_unseen(c, r->left_netns);
}

static void take_passage(const struct hm_case *c, const struct hm_sighting *s, struct answer *r)
{
	uint8_t hook = hop_hook(c, s->hop);

	if (hook == HM_HOOK_TC_OUT && (!r->left_ns || s->mono_ns < r->left_ns)) {
		r->left_ns = s->mono_ns;
		r->left_netns = c->scene->hops[s->hop].netns;
	}
	if (hook <= HM_HOOK_TC_IN)
		r->came_ns = earlier(r->came_ns, s->mono_ns);
}

static void take_reset(const struct hm_case *c, const struct hm_sighting *s, struct answer *r)
{
	uint8_t hook = hop_hook(c, s->hop);

	if (s->what == HM_WHAT_RESET || (s->what == HM_WHAT_RST && hook == HM_HOOK_SOCK_OUT)) {
		r->made_here = true;
		r->named |= s->what == HM_WHAT_RESET;
		r->made_netns = c->scene->hops[s->hop].netns;
	}
	if (s->what == HM_WHAT_RST)
		take_passage(c, s, r);
}

static struct answer take_resets(const struct hm_case *c)
{
	struct answer r = {0};

	for (uint32_t l = 0; c->rst && l < c->leg_count; l++) {
		const struct hm_leg *leg = c->legs[l];

		for (uint32_t i = 0; i < leg->note_count; i++)
			if (endpoint_equal(&leg->notes[i].src,
				     c->rst_from_server ? &leg->server : &leg->client))
				take_reset(c, &leg->notes[i], &r);
	}
	return r;
}

/* TCP dropped the SYN for want of a socket and no firewall did: the RST that left is its answer. */
static bool no_socket(const struct hm_case *c)
{
	if (c->firewall || !c->rst || !c->rst_from_server)
		return false;
	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->note_count; i++) {
			const struct hm_sighting *s = &c->legs[l]->notes[i];

			if (drops_for(s, "NO_SOCKET") && together(s, c->rst) &&
			    endpoint_equal(&s->src, &c->legs[l]->client))
				return true;
		}
	return false;
}

/* Netfilter tells an ICMP error that it sends (icmp_send), but over IPv6 there is no such event. */
static bool sent_icmp(const struct hm_case *c, const struct hm_sighting *icmp)
{
	struct answer r = {0};

	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->note_count; i++) {
			const struct hm_sighting *s = &c->legs[l]->notes[i];

			if (s->what != HM_WHAT_ICMP || s->seq != icmp->seq || !together(s, icmp))
				continue;
			r.made_here |= hop_hook(c, s->hop) == HM_HOOK_DROP;
			take_passage(c, s, &r);
		}
	return r.made_here || (icmp->icmp.family == 6 && began_here(c, &r));
}

/* Netfilter dropped the very packet that the ICMP error quotes, at the same moment. */
static bool rejected_icmp(const struct hm_case *c, const struct hm_sighting *drop)
{
	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->note_count; i++) {
			const struct hm_sighting *s = &c->legs[l]->notes[i];

			if (s->what == HM_WHAT_ICMP && s->seq == drop->seq && together(s, drop) &&
			    sent_icmp(c, s))
				return true;
		}
	return false;
}

static bool rejects(const struct hm_case *c, const struct hm_sighting *drop, const struct answer *r)
{
	if (!drops_for(drop, "NETFILTER_DROP") || !drop_stands(c, drop))
		return false;
	if (c->rst && c->rst_from_server && began_here(c, r) && !c->rst_here &&
	    together(drop, c->rst) && c->scene->hops[drop->hop].netns == r->left_netns)
		return true;
	return rejected_icmp(c, drop);
}

void author_find(struct hm_case *c)
{
	struct answer r = take_resets(c);

	c->rst_here = r.made_here || (began_here(c, &r) && no_socket(c));
	c->rst_named = c->rst_here && (r.named || no_socket(c));
	if (c->rst_here && c->rst_from_server && (r.made_netns || !c->server_netns))
		c->server_netns = r.made_netns ? r.made_netns : r.left_netns;
	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->note_count && !c->rejected; i++) {
			c->rejected = rejects(c, &c->legs[l]->notes[i], &r);
			if (c->rejected)
				c->firewall = &c->legs[l]->notes[i];
		}
}

/* No room was left to keep every RST. */
static bool notes_full(const struct hm_case *c)
{
	for (uint32_t l = 0; l < c->leg_count; l++)
		if (c->legs[l]->note_count == HM_LEG_NOTES)
			return true;
	return false;
}

/* The watched interface that its claimed sender's packets left by did not see the RST. */
static bool left_unseen(const struct hm_case *c, uint32_t netns)
{
	bool watched = false;

	for (uint32_t l = 0; l < c->leg_count; l++) {
		const struct hm_leg *leg = c->legs[l];

		for (uint32_t i = 0; i < leg->note_count; i++)
			if (leg->notes[i].what == HM_WHAT_RST &&
			    c->scene->hops[leg->notes[i].hop].netns == netns &&
			    hop_hook(c, leg->notes[i].hop) == HM_HOOK_TC_OUT)
				return false;
		for (uint32_t i = 0; i < leg->row_count; i++) {
			const struct hm_row *row = &leg->rows[i];

			watched |= hop_hook(c, row->hop) == HM_HOOK_TC_OUT &&
				   !sight_doubts(c, row->hop) &&
				   c->scene->hops[row->hop].netns == netns &&
				   (c->rst_from_server ? sight_crosses_back(row)
						       : sight_crosses_forth(row));
		}
	}
	return watched;
}

bool author_sent_none(const struct hm_case *c)
{
	uint32_t netns = c->rst_from_server ? c->server_netns : c->client_netns;

	if (!c->rst || c->rst_here || notes_full(c))
		return false;
	if (c->rst_from_server ? !c->server_here : !(c->client_here && netns))
		return false;
	return c->rst->family == 6 ? left_unseen(c, netns)
				   : scene_watches(c->scene, HM_HOOK_SOCK_OUT, netns);
}

static const struct hm_row *row_at(const struct hm_leg *leg, uint16_t hop)
{
	for (uint32_t i = 0; i < leg->row_count; i++)
		if (leg->rows[i].hop == hop)
			return &leg->rows[i];
	return NULL;
}

/* One side: its TTL is unlike that of every other packet its claimed sender sent to this hop. */
const struct hm_row *author_strange_ttl(const struct hm_case *c)
{
	for (uint32_t i = 0; c->rst && i < c->leg_count; i++) {
		const struct hm_row *row = row_at(c->legs[i], c->rst->hop);
		int side = c->rst_from_server ? 1 : 0;

		if (!row || !row->ttl_min[side] || !c->rst->ttl)
			continue;
		if (c->rst->ttl + 1 < row->ttl_min[side] || c->rst->ttl > row->ttl_max[side] + 1)
			return row;
	}
	return NULL;
}

static const uint8_t default_ttls[] = {64, 128, 255};

static int hops_from_default(uint8_t ttl)
{
	for (size_t i = 0; i < HM_ARRAY_SIZE(default_ttls); i++)
		if (ttl <= default_ttls[i])
			return default_ttls[i] - ttl;
	return 0;
}

/*
 * A kernel that no longer knows the connection resets it with its default TTL, whatever TTL the
 * application had set (IP_TTL). So the RST is its own as far as can be told where a default TTL
 * fits the distance of the other packets, or where they have a TTL that tells no distance.
 */
static bool fits_stateless(uint8_t rst, uint8_t other)
{
	int hops = hops_from_default(other);

	if (hops > MAX_HOPS)
		return true;
	for (size_t i = 0; i < HM_ARRAY_SIZE(default_ttls); i++)
		if (abs(default_ttls[i] - hops - rst) <= 1)
			return true;
	return false;
}

/* After its own FIN a side may well reset what still comes, and by then statelessly. */
bool reset_is_strange(const struct hm_case *c)
{
	const struct hm_row *row = author_strange_ttl(c);
	int side = c->rst_from_server ? 1 : 0;
	uint64_t fin_ns = side ? c->fin_server_ns : c->fin_client_ns;

	/* One that began here may be this host's own firewall's, which only the drops tell. */
	return row && (c->drops_watched || hop_hook(c, c->rst->hop) != HM_HOOK_TC_OUT) &&
	       !c->rst_here && !c->rejected && !c->answer_ns &&
	       (!fin_ns || c->rst->mono_ns < fin_ns) &&
	       !fits_stateless(c->rst->ttl, row->ttl_min[side]) &&
	       !fits_stateless(c->rst->ttl, row->ttl_max[side]);
}

bool author_is_behind(const struct hm_case *c)
{
	const struct hm_row *row = author_strange_ttl(c);
	int hops = row ? hops_from_default(c->rst->ttl) : 0;

	return row && c->rst_from_server && hops <= MAX_HOPS &&
	       hops > hops_from_default(row->ttl_max[1]) + 1;
}
