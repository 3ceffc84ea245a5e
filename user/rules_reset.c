// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules on resets that their claimed sender did not send: known from both sides, or from a TTL that
 * is unlike the sender's other packets.
 */
#include <stdlib.h>
#include <string.h>

#include "rules.h"

#define MAX_HOPS 20 /* more than that below a default TTL is an application's own choice as likely */

static bool from_server_unseen(const struct hm_case *c)
{
	return c->rst && c->rst_from_server && !c->rst_here && !c->rejected;
}

/*
 * Two sides: the server's sockets are watched in their own namespace and never sent it. Over IPv6
 * they need not show a RST, so there it is the interface by which the server's packets left.
 */
static bool injected_two_sides(const struct hm_case *c)
{
	const struct hm_hop *hop = c->rst ? &c->scene->hops[c->rst->hop] : NULL;

	return from_server_unseen(c) && c->server_here && !c->firewall && c->drops_watched &&
	       hop->hook <= HM_HOOK_TC_OUT && hop->netns != c->server_netns &&
	       (c->rst->family == 6 ? author_left_unseen(c)
				    : scene_watches(c->scene, HM_HOOK_SOCK_OUT, c->server_netns));
}

static const struct hm_row *row_at(const struct hm_leg *leg, uint16_t hop)
{
	for (uint32_t i = 0; i < leg->row_count; i++)
		if (leg->rows[i].hop == hop)
			return &leg->rows[i];
	return NULL;
}

/* One side: its TTL is unlike that of every other packet its claimed sender sent to this hop. */
static const struct hm_row *strange_ttl(const struct hm_case *c)
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
static bool injected_ttl(const struct hm_case *c)
{
	const struct hm_row *row = strange_ttl(c);
	int side = c->rst_from_server ? 1 : 0;
	uint64_t fin_ns = side ? c->fin_server_ns : c->fin_client_ns;

	/* One that began here may be this host's own firewall's, which only the drops tell. */
	return row && (c->drops_watched || hop_hook(c, c->rst->hop) != HM_HOOK_TC_OUT) &&
	       !c->rst_here && !c->rejected && !c->answer_ns &&
	       (!fin_ns || c->rst->mono_ns < fin_ns) &&
	       !fits_stateless(c->rst->ttl, row->ttl_min[side]) &&
	       !fits_stateless(c->rst->ttl, row->ttl_max[side]);
}

bool reset_is_strange(const struct hm_case *c)
{
	return injected_ttl(c);
}

void tell_strange_ttl(const struct hm_case *c, struct hm_verdict *out)
{
	const struct hm_row *row = strange_ttl(c);
	int side = c->rst_from_server ? 1 : 0;

	if (row)
		words_evidence(out,
			       "its TTL is %u, that of the other packets from there is %u to %u",
			       c->rst->ttl, row->ttl_min[side], row->ttl_max[side]);
}

static void tell_injected(const struct hm_case *c, struct hm_verdict *out)
{
	bool two_sides = injected_two_sides(c);
	char b[HM_ADDR_LEN];

	memset(&out->at, 0, sizeof(out->at)); /* a device that nobody watched */
	out->at.role = HM_ROLE_ROUTER;
	safe_endpoint(b, &c->rst->src);
	words_say(out,
		  two_sides ? "A reset in the name of %s ended the connection, but %s did not send "
			      "it: a device in between did."
			    : "A reset in the name of %s ended the connection; it is unlike the "
			      "other packets of %s: a device in between may have made it.",
		  b, b);
	words_evidence(out, "RST at %s, %s", hop_name(c, c->rst->hop), AT(c, c->rst->mono_ns));
	tell_strange_ttl(c, out);
	if (two_sides)
		words_evidence(out, "the host of %s is watched: its kernel made no RST", b);
	words_advise(out, "Ask whoever runs the firewalls and intrusion prevention on the way.");
}

static const struct hm_rule rows[] = {
	{HM_RESET_INJECTED, HM_BLAME_POLICY, HM_PROVEN, HM_ON_ABSENCE, injected_two_sides, tell_injected},
	{HM_RESET_INJECTED, HM_BLAME_POLICY, HM_LIKELY, HM_ON_SIGHT, injected_ttl, tell_injected},
};
const struct hm_rules rules_reset = {rows, HM_ARRAY_SIZE(rows), NULL};
