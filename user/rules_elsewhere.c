// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rule on a connection that another took in the server's name. The address alone does not tell
 * that the watched namespace which has it is the one meant: the same one may stand in networks that
 * have nothing to do with each other, or on many hosts on purpose. Called by rules.c.
 */
#include <string.h>

#include "rules.h"

/*
 * No packet of the connection was seen in the one watched namespace that has the server's address.
 */
static bool not_at_home(const struct hm_case *c)
{
	uint32_t home = home_netns(c);

	if (!home || !sees_all_of(c, home))
		return false;
	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->row_count; i++)
			if (c->legs[l]->rows_lost ||
			    c->scene->hops[c->legs[l]->rows[i].hop].netns == home)
				return false;
	return true;
}

/* It stands there on an interface that is watched, and not as one that several hosts share. */
static bool is_its_own(const struct hm_case *c)
{
	const struct hm_scene *scene = c->scene;

	for (uint32_t i = 0; i < scene->hop_count; i++)
		if (scene->hops[i].hook == HM_HOOK_TC_IN && scene->hops[i].netns == home_netns(c) &&
		    scene->hops[i].ifindex == c->home->route.device && !scene->hops[i].gone_ns)
			return true;
	return false;
}

/* What others than this client sent there may have lain outside the filter. */
static bool filter_hides_others(const struct hm_case *c)
{
	char addr[HM_ADDR_LEN];
	const char *words[] = {"net", "src", safe_addr(addr, c->first->client.addr, 0)};

	for (size_t i = 0; i < HM_ARRAY_SIZE(words); i++)
		if (strstr(c->scene->filter, words[i]))
			return true;
	return false;
}

/*
 * Another connection of this client came there before, and none meanwhile that who answers may have
 * made.
 */
static bool is_meant(const struct hm_case *c)
{
	return c->first->way.known_ns && !c->first->way.shared && !filter_hides_others(c);
}

/* The request left, and nobody watched took it; what answers it came in from outside. */
static bool taken_outside(const struct hm_case *c)
{
	const struct hm_row *left = left_last(c, HM_STEP_SYN);

	if (c->leg_count > 1 || c->server_here || !left || c->scene->hops[left->hop].tunnel[0] ||
	    handshake_altered(c))
		return false;
	for (uint32_t i = 0; i < c->first->row_count; i++)
		if (hop_hook(c, c->first->rows[i].hop) <= HM_HOOK_TC_IN &&
		    c->first->rows[i].cell[HM_STEP_SYNACK].count)
			return true;
	return false;
}

bool answered_elsewhere(const struct hm_case *c)
{
	return not_at_home(c) && is_its_own(c) && is_meant(c) && taken_outside(c);
}

/* It did something: it closed the connection before the client did. */
static bool closed_first(const struct hm_case *c)
{
	return c->fin_server_ns && (!c->fin_client_ns || c->fin_server_ns < c->fin_client_ns);
}

/*
 * Whoever made the handshake has not done what was due; whom the kernel names for that comes first.
 */
static bool not_arrived(const struct hm_case *c)
{
	bool ignored = c->marked && !c->acked_ns && c->marker_out >= HM_THRICE && c->read_due;

	return answered_elsewhere(c) && !c->answer_ns && !closed_first(c) && !c->drop && !c->icmp &&
	       !c->rst && (ignored || (unanswered(c) && c->answer_due));
}

/* "web", or this host where it is hopmark's own. */
static const char *home_name(const struct hm_case *c, char buf[HM_NAME_LEN * 4])
{
	const char *name = hop_name(c, c->home->hop), *end = strrchr(name, '/');

	if (!end)
		return safe_text(buf, HM_NAME_LEN * 4, c->scene->host);
	safe_text(buf, HM_NAME_LEN * 4, name);
	*strrchr(buf, '/') = '\0';
	return buf;
}

void tell_home(const struct hm_case *c, struct hm_verdict *out)
{
	char home[HM_NAME_LEN * 4];

	if (not_at_home(c))
		words_evidence(out, "no packet of it was seen in %s, which has that address too",
			       home_name(c, home));
}

static void tell_not_arrived(const struct hm_case *c, struct hm_verdict *out)
{
	char b[HM_ADDR_LEN], home[HM_NAME_LEN * 4];

	words_say(
		out,
		"The connection to %s did not arrive: %s, which has that address, saw no packet of it. Somebody "
		"else made the handshake in its name and then nothing.",
		where_server(c, b), home_name(c, home));
	words_evidence(out, "one of the same client came there %s before",
		       SPAN(c->first->first_ns - c->first->way.known_ns));
	if (c->acked_ns)
		words_evidence(out, "the marker was acknowledged at %s, all the same",
			       SEEN(c, HM_WHAT_ACKED, c->acked_ns));
	words_why(out, "that it is the one meant is told by what came there before");
	words_advise(
		out,
		"Look for a proxy or a SYN proxy on the way, and for another host that has the "
		"address:  ip neigh   and  arping -D");
}

static const struct hm_rule rows[] = {
	{HM_NOT_ARRIVED, HM_BLAME_NETWORK, HM_LIKELY, HM_ON_ABSENCE, not_arrived, tell_not_arrived},
};
const struct hm_rules rules_elsewhere = {rows, HM_ARRAY_SIZE(rows), NULL};
