// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules on a path of several connections: attempts of one command, and proxies. Called by judge.c.
 */
#include <stdio.h>

#include "rules.h"

static uint8_t health(const struct hm_link *link)
{
	return hm_codes[link->rule ? link->rule->code : HM_INCONCLUSIVE].health;
}

/* An attempt is a connection of COMMAND's own; everything else was caused by one. */
static bool is_attempt(const struct hm_path *path, const struct hm_link *first,
		       const struct hm_link *link)
{
	return link == first ||
	       (path->attempts && link->c.in_tree && link->c.client_pid == first->c.client_pid &&
		link->c.first->server.port == first->c.first->server.port);
}

/* The attempt that was answered; else the one of which most is known, the later of two equals. */
static struct hm_link *root_of(const struct hm_path *path, struct hm_link *links, uint32_t count)
{
	struct hm_link *root = &links[0];

	for (uint32_t i = 0; i < count; i++) {
		struct hm_link *link = &links[i];

		if (!is_attempt(path, &links[0], link))
			continue;
		if (link->c.has_synack)
			return link;
		if (link->rule && (!root->rule || link->rule->confidence <= root->rule->confidence))
			root = link;
	}
	return root;
}

static void set(struct hm_verdict *out, enum hm_code code, enum hm_blame blame, uint8_t confidence)
{
	out->code = (uint8_t)code;
	out->blame = (uint8_t)blame;
	out->confidence = confidence;
}

static bool rests_on_absence(const struct hm_rule *rule)
{
	return rule->rests == HM_ON_ABSENCE || rule->rests == HM_ON_SILENCE;
}

static void tell_one(const struct hm_link *link, struct hm_verdict *out)
{
	out->by_absence = !link->rule || rests_on_absence(link->rule);
	if (!link->rule) {
		set(out, HM_INCONCLUSIVE, HM_BLAME_UNKNOWN, HM_ONE_SIDED);
		tell_inconclusive(&link->c, out);
		return;
	}
	set(out, link->rule->code, link->rule->blame, link->rule->confidence);
	link->rule->tell(&link->c, out);
}

/* Faults that another attempt or backend overcame: evidence. */
static void tell_overcome(const struct hm_path *path, const struct hm_link *links, uint32_t count,
			  const struct hm_link *told, struct hm_verdict *out)
{
	char b[HM_ADDR_LEN];

	for (uint32_t i = 0; i < count; i++)
		if (&links[i] != told && health(&links[i]) == 1)
			words_evidence(out, "%s to %s at %s: %s",
				       path->attempts && is_attempt(path, &links[0], &links[i])
					       ? "attempt"
					       : "connection",
				       where_server(&links[i].c, b),
				       SEEN(&links[i].c, HM_WHAT_SYN, links[i].c.first_ns),
				       hm_codes[links[i].rule->code].name);
		else if (&links[i] != told && is_attempt(path, &links[0], &links[i]) &&
			 !links[i].c.has_synack)
			words_evidence(out, "attempt to %s at %s: unanswered",
				       where_server(&links[i].c, b),
				       SEEN(&links[i].c, HM_WHAT_SYN, links[i].c.first_ns));
}

/* Who sent it on. Where all is well the table shows the rest, and one line is enough. */
static void tell_chain(const struct hm_link *links, uint32_t count, struct hm_verdict *out)
{
	bool healthy = hm_codes[out->code].health == 0;
	char who[HM_WHO_LEN], b[HM_ADDR_LEN];

	for (uint32_t i = 1; i < count && !(healthy && out->evidence_count); i++)
		if (links[i].c.marked)
			words_evidence(out, "%s sent it on to %s at %s",
				       who_client(&links[i].c, who), where_server(&links[i].c, b),
				       SEEN(&links[i].c, HM_WHAT_MARKER, links[i].c.marker_ns));
}

/* What failed before it carried the marker may have been for something else: a check, a log. */
static void tell_perhaps_unrelated(struct hm_verdict *out)
{
	char why[HM_LINE];

	snprintf(why, sizeof(why), "%s", out->confidence_why);
	words_why(out, "%s%swhether that connection was for this request is not known", why,
		  *why ? "; " : "");
	if (out->confidence < HM_LIKELY)
		out->confidence = HM_LIKELY;
}

static void tell_upstream_failed(const struct hm_link *root, const struct hm_link *bad,
				 struct hm_verdict *out)
{
	char who[HM_WHO_LEN], b[HM_ADDR_LEN];

	words_say(out, "%s%s read the request; its own connection to %s failed.",
		  case_is_proxy(&root->c) ? "The proxy " : "", who_server(&root->c, who),
		  where_server(&bad->c, b));
	bad->rule->tell(&bad->c, out);
	if (root->c.status)
		words_evidence(out, "%s then answered with HTTP status %u at %s", who,
			       root->c.status, SEEN(&root->c, HM_WHAT_DATA, root->c.answer_ns));
	out->by_absence = rests_on_absence(bad->rule);
	set(out, HM_PROXY_UPSTREAM_FAILED, bad->rule->blame, bad->rule->confidence);
	if (!bad->c.marked)
		tell_perhaps_unrelated(out);
}

static void tell_proxy_kept(const struct hm_link *root, const struct hm_link *good,
			    struct hm_verdict *out)
{
	char who[HM_WHO_LEN], b[HM_ADDR_LEN];

	at_server(&root->c, out);
	who_server(&root->c, who);
	where_server(&good->c, b);
	out->by_absence = root->c.status < 500;
	if (root->c.status >= 500) {
		set(out, HM_PROXY_ANSWERED, HM_BLAME_PROXY, HM_LIKELY);
		words_say(out, "%s answered %s, but %s told the client HTTP status %u.", b, who,
			  who, root->c.status);
	} else {
		set(out, HM_NO_ANSWER, HM_BLAME_PROXY, HM_LIKELY);
		words_say(out, "%s answered %s, but %s did not pass the answer on to the client.",
			  b, who, who);
		words_why(out, "whether it had all of the answer is not known");
	}
	if (good->c.status)
		words_evidence(out, "HTTP status %u from %s at %s", good->c.status, b,
			       SEEN(&good->c, HM_WHAT_DATA, good->c.answer_ns));
	words_advise(out, "Look into the log of %s at this moment.", who);
}

/* When the server behind the proxy ended its connection; 0: it did not. */
static uint64_t ended_ns(const struct hm_case *c)
{
	uint64_t ns = c->fin_server_ns;

	return c->rst && c->rst_from_server && (!ns || c->rst->mono_ns < ns) ? c->rst->mono_ns : ns;
}

/* It began an answer and ended its connection, and then the proxy told the client of an error. */
static bool perhaps_cut_short(const struct hm_link *root, const struct hm_link *good)
{
	uint64_t ended = ended_ns(&good->c);

	return root->c.status >= 500 && ended && ended <= root->c.answer_ns;
}

/* Whether the proxy had all of the answer tells whose fault its error is. */
static void tell_cut_short(const struct hm_link *root, const struct hm_link *good,
			   struct hm_verdict *out)
{
	char who[HM_WHO_LEN], b[HM_ADDR_LEN];

	at_server(&root->c, out);
	who_server(&root->c, who);
	where_server(&good->c, b);
	out->by_absence = false;
	set(out, HM_INCONCLUSIVE, HM_BLAME_UNKNOWN, HM_ONE_SIDED);
	words_say(out,
		  "%s began to answer %s and ended the connection; then %s told the client HTTP "
		  "status %u. Whether that answer was whole is not known.",
		  b, who, who, root->c.status);
	words_evidence(out, "answer from %s at %s, the end of that connection at %s", b,
		       SEEN(&good->c, HM_WHAT_DATA, good->c.answer_ns),
		       AT(&good->c, ended_ns(&good->c)));
	words_advise(out, "Look into the log of %s: it says what it made of the answer.", who);
}

/*
 * The client left before an answer was due, or the fault is between it and the proxy: what is
 * behind that has no part in it, nor has the proxy.
 */
static bool fails_at_client(const struct hm_link *root)
{
	if (health(root) != 1)
		return !root->c.answer_ns && answer_held_up(&root->c);
	return root->rule->code == HM_ABANDONED_BY_CLIENT ||
	       (root->rule->blame != HM_BLAME_APPLICATION && root->rule->blame != HM_BLAME_PROXY);
}

static bool proxy_closed(const struct hm_link *root)
{
	return root->rule && root->rule->code == HM_CLOSED_BY_APPLICATION;
}

/* The proxy had an answer and did not give it to the client as it was. */
static bool proxy_kept(const struct hm_link *root, const struct hm_link *good)
{
	if (!good->c.answer_ns || good->rule->code == HM_HTTP_ERROR || fails_at_client(root))
		return false;
	if (!root->c.answer_ns)
		return (root->c.answer_due || proxy_closed(root)) && !root->c.path->lost;
	return root->c.status >= 500 && good->c.status && good->c.status < 500;
}

/* When the client closed its side, or reset it, unanswered; 0: it did not. */
static uint64_t left_ns(const struct hm_case *c)
{
	uint64_t ns = c->client_closed ? c->fin_client_ns : 0;

	if (c->rst && !c->rst_from_server && (!ns || c->rst->mono_ns < ns))
		ns = c->rst->mono_ns;
	return c->answer_ns || (c->fin_server_ns && c->fin_server_ns < ns) ? 0 : ns;
}

/* When the proxy ended it by itself, with an error or by closing; 0: it did not. */
static uint64_t gave_up_ns(const struct hm_link *root)
{
	const struct hm_case *c = &root->c;
	uint64_t ns = c->fin_server_ns;

	if (c->answer_ns)
		return c->status >= 500 ? c->answer_ns : 0;
	if (c->rst && c->rst_from_server && (!ns || c->rst->mono_ns < ns))
		ns = c->rst->mono_ns;
	return proxy_closed(root) ? ns : 0;
}

/*
 * The server behind the proxy had not answered when the client left, or the proxy gave up: who
 * should have been quicker is open.
 */
static bool left_before(const struct hm_link *root, const struct hm_link *best)
{
	uint64_t left = left_ns(&root->c), gave_up = gave_up_ns(root);

	if (root->c.path->lost || !best->c.marked)
		return false;
	if (gave_up)
		return best->rule && health(best) == 0 && best->c.answer_ns > gave_up;
	if (!left || !root->c.answer_due)
		return false;
	return best->rule ? health(best) == 0 && best->c.answer_ns > left
			  : unanswered(&best->c) && best->c.acked_ns && !rules_first(&best->c);
}

static void tell_left_before(const struct hm_link *root, const struct hm_link *best,
			     struct hm_verdict *out)
{
	uint64_t gave_up = gave_up_ns(root), left = gave_up ? gave_up : left_ns(&root->c),
		 asked = asked_ns(&root->c);
	char who[HM_WHO_LEN], b[HM_ADDR_LEN], what[64] = "closed its side";

	who_server(&root->c, who);
	if (root->c.answer_ns)
		snprintf(what, sizeof(what), "told the client HTTP status %u", root->c.status);
	out->by_absence = true;
	set(out, HM_INCONCLUSIVE, HM_BLAME_UNKNOWN, HM_ONE_SIDED);
	words_say(
		out,
		"%s %s %s after %s request, before %s, which %s had asked, answered: who should have been quicker "
		"is not known.",
		gave_up ? who : "The client", what, SPAN(left > asked ? left - asked : 0),
		gave_up ? "the" : "its", where_server(&best->c, b), gave_up ? "it" : who);
	if (best->c.answer_ns)
		words_evidence(out, "%s answered %s later, at %s", b,
			       SPAN(best->c.answer_ns - left),
			       SEEN(&best->c, HM_WHAT_DATA, best->c.answer_ns));
	words_advise(out, "Say how long an answer may take:  --answer 10s");
}

/* All is well behind the proxy, or the server there answered with an error: what came of that? */
static const struct hm_link *tell_answered(const struct hm_link *root, const struct hm_link *best,
					   struct hm_verdict *out)
{
	const struct hm_link *told = health(best) == 0 && fails_at_client(root) ? root : best;

	if (proxy_kept(root, best) && perhaps_cut_short(root, best))
		tell_cut_short(root, best, out);
	else if (proxy_kept(root, best))
		tell_proxy_kept(root, best, out);
	else
		tell_one(told, out);
	return told;
}

/* Which of them is told of. */
static const struct hm_link *tell_chained(const struct hm_link *root, const struct hm_link *best,
					  struct hm_verdict *out)
{
	if (left_before(root, best)) {
		tell_left_before(root, best, out);
	} else if (!best->rule || health(best) == 4) {
		tell_one(best, out);
	} else if (health(best) == 0 || best->rule->code == HM_HTTP_ERROR) {
		return tell_answered(root, best, out);
	} else if (case_is_proxy(&root->c) || speaks_as_gateway(&root->c)) {
		tell_upstream_failed(root, best, out);
	} else {
		tell_one(root, out);
		return root;
	}
	return best;
}

/* Upstream: what carried the marker before what did not, what succeeded before what failed. */
static const struct hm_link *best_upstream(const struct hm_path *path, const struct hm_link *links,
					   uint32_t count)
{
	const struct hm_link *best = NULL;

	for (uint32_t i = 1; i < count; i++) {
		const struct hm_link *link = &links[i];
		bool good = health(link) == 0 || (link->rule && link->rule->code == HM_HTTP_ERROR);

		if (is_attempt(path, &links[0], link))
			continue;
		if (!best || (link->c.marked && (good || !best->c.marked)) ||
		    (!best->c.marked && link->rule))
			best = link;
	}
	return best;
}

/* What the proxy sent on cannot be seen: whose fault its error is remains open. */
static void tell_hidden(const struct hm_link *root, const struct hm_link *best,
			struct hm_verdict *out)
{
	char who[HM_WHO_LEN], b[HM_ADDR_LEN], addr[HM_ADDR_LEN];

	out->by_absence = true;
	set(out, HM_INCONCLUSIVE, HM_BLAME_UNKNOWN, HM_ONE_SIDED);
	at_server(&root->c, out);
	words_say(out,
		  "%s read the request; what it sent on to %s is encrypted: the marker cannot be "
		  "seen "
		  "inside.",
		  who_server(&root->c, who), where_server(&best->c, b));
	words_advise(out, "Look into the log of %s, or run this trace on %s.", who,
		     safe_addr(addr, best->c.last->server.addr, best->c.last->server.scope));
}

/* Where all else is well, what came late is what there is to tell. */
static void tell_late(const struct hm_link *links, uint32_t count, struct hm_verdict *out)
{
	uint64_t kept_ns;
	const struct hm_link *proxy = stalled_proxy(links, count, &kept_ns);

	if (!proxy || hm_codes[out->code].health != 0)
		return;
	out->summary[0] = out->confidence_why[0] = '\0';
	out->evidence_count = out->evidence_more = out->advice_count = 0;
	out->by_absence = false;
	set(out, HM_PROXY_STALLED, HM_BLAME_PROXY, HM_LIKELY);
	tell_stalled(proxy, kept_ns, out);
}

void path_judge(const struct hm_path *path, struct hm_link *links, uint32_t count,
		struct hm_verdict *out)
{
	const struct hm_link *root = root_of(path, links, count);
	const struct hm_link *best = best_upstream(path, links, count), *told = root;
	bool aside = best && best->c.marked && root->c.answer_ns && !case_is_proxy(&root->c);
	bool hidden = best && best->c.tls && !best->c.marked && health(best) != 1;

	if (hidden && (root->c.status >= 500 || !root->c.answer_ns)) {
		tell_hidden(root, best, out);
	} else if (best && !hidden && !aside &&
		   (best->c.marked || root->c.status >= 500 || !root->c.answer_ns)) {
		told = tell_chained(root, best, out);
	} else {
		tell_one(root, out);
	}
	tell_late(links, count, out);
	tell_overcome(path, links, count, told, out);
	tell_chain(links, count, out);
	out->status = root->c.status ? root->c.status : told->c.status;
	if (!path->ambiguous)
		return;
	if (out->confidence < HM_LIKELY && out->code != HM_INCONCLUSIVE)
		out->confidence = HM_LIKELY;
	words_why(out, "two pairings of client and upstream connections fit");
	words_advise(out, "Use a unique marker, or put a number of its own behind each.");
}
