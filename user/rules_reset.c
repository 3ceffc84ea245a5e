// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules on resets that their claimed sender did not send: known from both sides, or from a TTL that
 * is unlike the sender's other packets.
 */
#include <string.h>

#include "rules.h"

/* Two sides: its claimed sender's host is watched and sent none, and another one saw it. */
static bool injected_two_sides(const struct hm_case *c)
{
	const struct hm_hop *hop = c->rst ? &c->scene->hops[c->rst->hop] : NULL;

	return author_sent_none(c) && !c->rejected && !c->firewall && c->drops_watched &&
	       hop->hook <= HM_HOOK_TC_OUT &&
	       hop->netns != (c->rst_from_server ? c->server_netns : c->client_netns);
}

/*
 * One side. A single other packet may be the one that is not its claimed sender's: a SYN proxy
 * makes the SYN-ACK, and the RST is the server's own. A balancer makes more of them, until it has
 * the request; the RST of the server behind it has come further.
 */
static bool injected_one_side(const struct hm_case *c)
{
	return reset_is_strange(c) && !author_is_behind(c) &&
	       author_strange_ttl(c)->ttl_count[c->rst_from_server ? 1 : 0] >= 2;
}

void tell_strange_ttl(const struct hm_case *c, struct hm_verdict *out)
{
	const struct hm_row *row = author_strange_ttl(c);
	int side = c->rst_from_server ? 1 : 0;

	if (row && row->ttl_count[side] < 2)
		words_evidence(out, "its TTL is %u, that of the only other packet from there is %u",
			       c->rst->ttl, row->ttl_min[side]);
	else if (row)
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
	words_evidence(out, "RST at %s", PLACE(c, c->rst->hop, c->rst->mono_ns));
	tell_strange_ttl(c, out);
	if (two_sides)
		words_evidence(out, "the host of %s is watched: its kernel made no RST", b);
	words_advise(out, "Ask whoever runs the firewalls and intrusion prevention on the way.");
}

static const struct hm_rule rows[] = {
	{HM_RESET_INJECTED, HM_BLAME_POLICY, HM_PROVEN, HM_ON_ABSENCE, injected_two_sides,
	 tell_injected},
	{HM_RESET_INJECTED, HM_BLAME_POLICY, HM_LIKELY, HM_ON_SIGHT, injected_one_side,
	 tell_injected},
};
const struct hm_rules rules_reset = {rows, HM_ARRAY_SIZE(rows), NULL};
