// SPDX-License-Identifier: GPL-2.0-only
/*
 * judge.h: walks the tables of rules over the connections of a path. Pure.
 */
#include "judge.h"

#include <stdio.h>
#include <string.h>

#include "rules.h"

static const struct hm_rule *first_rule(const struct hm_case *c)
{
	const struct {
		const struct hm_rule *rules;
		uint32_t count;
	} tables[] = {
		{rules_delivered, rules_delivered_count},
		{rules_handshake, rules_handshake_count},
		{rules_data, rules_data_count},
	};

	/* What became of an answer that was dropped on its way is not delivered. */
	for (size_t t = c->drop_answer ? 1 : 0; t < HM_ARRAY_SIZE(tables); t++)
		for (uint32_t i = 0; i < tables[t].count; i++)
			if (tables[t].rules[i].holds(c))
				return &tables[t].rules[i];
	return NULL;
}

const struct hm_rule *case_rule(const struct hm_case *c)
{
	const struct hm_rule *rule = first_rule(c);

	if (!rule || rule->rests == HM_ON_SIGHT)
		return rule;
	return c->path->lost || (rule->rests == HM_ON_SILENCE && c->blind) ? NULL : rule;
}

/* A rule would hold if what it rests on were not worth nothing here. */
static void tell_worthless(const struct hm_case *c, const struct hm_rule *rule,
			   struct hm_verdict *out)
{
	char hop[HM_NAME_LEN * 4];

	if (c->path->lost) {
		words_say(out,
			  "It looks like %s, but %llu events were lost meanwhile: what is missing "
			  "may only have been missed here.",
			  hm_codes[rule->code].name, (unsigned long long)c->path->lost);
		words_advise(out, "Try again with a narrower filter or a larger --ring.");
		return;
	}
	words_say(out,
		  "It looks like %s, but what comes back may pass %s unseen: what is missing may "
		  "only have been missed here.",
		  hm_codes[rule->code].name, safe_text(hop, sizeof(hop), c->blind->name));
	tell_blind(c->blind, out);
	words_advise(out, "See what is attached there, and what it does:  bpftool net show dev %s",
		     safe_text(hop, sizeof(hop), c->blind->dev));
}

/* It came in at an interface, and the server's socket, which was looked at later, has none of it. */
static bool is_kept(const struct hm_case *c)
{
	return c->marked && !c->read_ns && !c->acked_ns && c->marker_in && c->server_here &&
	       c->socket && c->socket->socket.accepted && !c->socket->socket.unread;
}

/* Why nobody can be accused: the most telling reason first. */
void tell_inconclusive(const struct hm_case *c, struct hm_verdict *out)
{
	const struct hm_rule *rule = first_rule(c);
	const struct hm_hop *in = sight_marker_in(c);
	char b[HM_ADDR_LEN], who[HM_NAME_LEN * 4];
	uint64_t sent = c->marked ? c->marker_ns : c->request_ns;

	where_server(c, b);
	if (rule) {
		tell_worthless(c, rule, out);
	} else if (in && is_kept(c)) {
		words_say(out,
			  "The marker came in at %s and did not get to the socket of %s: something "
			  "on this host between them kept it, and the kernel named no drop.",
			  safe_text(who, sizeof(who), in->name), b);
		if (in->after[0])
			words_evidence(out, "%s runs after that",
				       safe_text(who, sizeof(who), in->after));
		words_advise(out, "See what is attached there:  bpftool net show dev %s   and  nft "
				  "list ruleset", safe_text(who, sizeof(who), in->dev));
	} else if (sent && !c->answer_ns && !c->rst && c->server_here &&
		   (c->unsent || (c->marker_in >= 3 && !c->acked_ns))) {
		words_say(out,
			  "The request to %s came, but what this host sends back is not "
			  "acknowledged: it is lost here or further along.",
			  b);
		if (c->unsent)
			words_evidence(out, "%u bytes lie in the server's socket, not acknowledged",
				       c->unsent);
		if (c->marker_in > 1)
			words_evidence(out, "the client sent the marker %u times", c->marker_in);
		words_advise(out, "Run this trace on the client's host too.");
	} else if (c->marked && !c->answer_ns && !c->rst && c->client_here && !c->server_here &&
		   c->marker_out >= 3 && !c->acked_ns) {
		words_say(out, "The marker was sent to %s %u times and never acknowledged.", b,
			  c->marker_out);
		words_advise(out, "Run this trace on the server's host.");
	} else if (sent && c->owes_answer && !c->answer_ns && !c->rst && c->client_closed) {
		words_say(out,
			  "The client closed its side of the connection to %s %.1f s after the "
			  "request; whether it still waits for an answer is not known.",
			  b,
			  c->fin_client_ns > sent ? (double)(c->fin_client_ns - sent) / 1e9 : 0.0);
		words_advise(out, "Say how long an answer may take:  --answer 10s");
	} else if (sent && c->owes_answer && !c->answer_ns && !c->rst) {
		words_say(out,
			  "The connection to %s is still open, %.1f s after the request; both ends "
			  "wait.",
			  b, (double)(c->path->judged_ns - sent) / 1e9);
		words_advise(
			out,
			"Let it run longer, or say how long an answer may take:  --answer 10s");
	} else if (c->established && !c->rst) {
		words_say(out, "The connection to %s is still open, %.1f s after its %s.", b,
			  (double)(c->path->judged_ns - (sent ? sent : c->first_ns)) / 1e9,
			  c->marked ? "marker" : "first packet");
	} else if (c->connect && !c->has_syn) {
		words_say(out, "A connect(2) to %s was seen, but no packet of it and no reason.",
			  b);
	} else if (c->has_syn && !c->has_synack && !c->rst) {
		words_say(out,
			  "The connection request to %s was not answered while it was watched, "
			  "%.1f s; "
			  "that is %s.",
			  b, since(c, c->path->judged_ns),
			  c->synack_due ? "all that could be watched from here"
					: "too short to tell");
		tell_syns(c, out);
	} else {
		words_say(out,
			  "What was seen of the connection to %s does not suffice to name a fault.",
			  b);
	}
	if (!c->direction_known)
		words_evidence(out,
			       "it began before the trace: which side is the client is not known");
	if (c->rst)
		words_evidence(out, "RST at %s, %s; who made it is not known",
			       hop_name(c, c->rst->hop), AT(c, c->rst->mono_ns));
}

static int64_t rtt_us(const struct hm_leg *leg)
{
	uint64_t syn = UINT64_MAX, synack = 0;

	for (uint32_t i = 0; i < leg->row_count; i++) {
		const struct hm_cell *cell = leg->rows[i].cell;

		/* The last repetition before the answer is the one that was answered. */
		if (cell[HM_STEP_SYN].count && cell[HM_STEP_SYN].first_ns < syn)
			syn = cell[HM_STEP_SYN].first_ns;
	}
	for (uint32_t i = 0; i < leg->row_count; i++)
		if (leg->rows[i].cell[HM_STEP_SYNACK].count &&
		    leg->rows[i].cell[HM_STEP_SYNACK].last_ns > synack)
			synack = leg->rows[i].cell[HM_STEP_SYNACK].last_ns;
	for (uint32_t i = 0; i < leg->syn_count && i < HM_ARRAY_SIZE(leg->syn_ns); i++)
		if (leg->syn_ns[i] > syn && leg->syn_ns[i] < synack)
			syn = leg->syn_ns[i];
	return synack && syn < synack ? (int64_t)((synack - syn) / 1000) : -1;
}

static void judge_legs(const struct hm_link *link, struct hm_verdict *out)
{
	struct hm_verdict words = {0};

	if (link->rule)
		link->rule->tell(&link->c, &words);
	for (uint32_t i = 0; i < link->c.leg_count && out->leg_count < HM_PATH_LEGS; i++) {
		struct hm_leg_verdict *leg = &out->legs[out->leg_count++];

		leg->leg = link->c.legs[i];
		leg->code = link->rule ? link->rule->code : HM_INCONCLUSIVE;
		leg->blame = link->rule ? link->rule->blame : HM_BLAME_UNKNOWN;
		leg->confidence = link->rule ? link->rule->confidence : HM_ONE_SIDED;
		leg->at = words.at;
		leg->rtt_us = rtt_us(leg->leg);
		cells_resolve(&link->c, leg->leg, leg);
	}
}

/*
 * VERDICTS, "Exit status": marked ones, those that failed, or may have, before any payload; without
 * -m all.
 */
static bool counts(const struct hm_path *path, const struct hm_case *root,
		   const struct hm_verdict *out)
{
	if (root->scene->has_command && !root->in_tree)
		return false;
	if (!root->wants_marker || path->marker_id != HM_NO_MARKER)
		return true;
	if (out->code == HM_INCONCLUSIVE)
		return !root->established;
	return hm_codes[out->code].health == 1 && !root->request_ns && !root->answer_ns;
}

/* Several marked requests on one connection: the worst speaks, the others are counted. */
static void tell_others(const struct hm_case *c, struct hm_verdict *out)
{
	const struct hm_leg *leg = c->first;

	if (leg->messages_alike >= leg->messages)
		return;
	if (leg->answer_ns && leg->status)
		words_evidence(out, "%u of %u marked requests answered %u", leg->messages_alike,
			       leg->messages, leg->status);
	else
		words_evidence(out, "%u of %u marked requests %s", leg->messages_alike,
			       leg->messages,
			       leg->marker_read_ns ? "not answered" : "not read");
}

void judge_path(const struct hm_path *path, const struct hm_bench *bench, struct hm_verdict *out)
{
	struct hm_link links[HM_PATH_LEGS];
	uint32_t count = 0, from = 0;

	memset(out, 0, sizeof(*out));
	out->path = path;
	out->marker_id = path->marker_id;
	out->count = path->count;
	out->lost = path->lost;
	while (from < path->leg_count) {
		from = case_build(path, from, bench, &links[count].c);
		links[count].rule = case_rule(&links[count].c);
		judge_legs(&links[count], out);
		count++;
	}
	path_judge(path, links, count, out);
	tell_others(&links[0].c, out);
	if (path->lost)
		words_evidence(out, "%llu events were lost within its life",
			       (unsigned long long)path->lost);
	out->judged = counts(path, &links[0].c, out);
}

static void tell_marker_not_seen(const struct hm_bench *bench, uint64_t legs,
				 struct hm_verdict *out)
{
	const uint64_t *counters = bench->scene->counters;
	uint64_t unread = counters[HM_CNT_NOT_INSPECTED] + counters[HM_CNT_PARTLY];
	const char *plural = legs == 1 ? "" : "s";

	if (legs == bench->encrypted) {
		words_say(out,
			  "%llu connection%s came through, encrypted (TLS): the marker cannot be "
			  "seen inside.",
			  (unsigned long long)legs, plural);
		words_advise(out, "Watch where it is in clear: behind the end of the TLS, or leave "
				  "out -m to judge the connections alone.");
		return;
	}
	words_say(out, "%llu connection%s came through and none carried the marker.",
		  (unsigned long long)legs, plural);
	if (bench->encrypted)
		words_evidence(out, "%llu of them encrypted (TLS): the marker cannot be seen inside",
			       (unsigned long long)bench->encrypted);
	if (unread)
		words_evidence(out, "%llu packets were not or not wholly inspected; it may have been in them",
			       (unsigned long long)unread);
	words_advise(out, "Is it sent in clear, in one piece, and from the client to the server?");
}

/* COMMAND ended without a connection: that is its own matter, and it mostly said why. */
static void tell_opened_none(const struct hm_scene *scene, struct hm_verdict *out)
{
	char name[HM_NAME_LEN * 4];

	safe_text(name, sizeof(name), scene->command);
	words_say(out, "%s exited %d and opened no connection that was watched.", name,
		  scene->command_exit);
	words_advise(out, "See what %s itself printed: a name that does not resolve, an option?",
		     name);
	words_advise(out, "A process that ran before cannot be followed: a daemon that %s asks.",
		     name);
}

/* "crossed lo": one name tells more than "a watched place", where sockets were watched too. */
static const char *nowhere(const struct hm_scene *scene, char *buf, size_t len)
{
	const char *dev = NULL;
	char name[HM_NAME_LEN * 4];

	snprintf(buf, len, "%s", scene->named_interfaces ? "crossed the interfaces named by -i"
							 : "passed a watched place");
	for (uint32_t i = 0; scene->named_interfaces && i < scene->hop_count; i++) {
		if (scene->hops[i].hook > HM_HOOK_TC_OUT)
			continue;
		if (dev && strcmp(dev, scene->hops[i].dev))
			return buf;
		dev = scene->hops[i].dev;
	}
	if (dev)
		snprintf(buf, len, "crossed %s", safe_text(name, sizeof(name), dev));
	return buf;
}

static void tell_nothing_seen(const struct hm_bench *bench, struct hm_verdict *out)
{
	char text[256], where[256];

	nowhere(bench->scene, where, sizeof(where));
	safe_text(text, sizeof(text), bench->scene->filter);
	if (*text)
		words_say(out, "No packet of \"%s\" %s.", text, where);
	else
		words_say(out, "No packet %s.", where);
	if (bench->elsewhere) {
		words_say(out, "%llu connection%s seen elsewhere %s not reported, because of -i.",
			  (unsigned long long)bench->elsewhere, bench->elsewhere == 1 ? "" : "s",
			  bench->elsewhere == 1 ? "was" : "were");
		words_advise(out, "Leave out -i, or name the interface they cross.");
		return;
	}
	words_advise(out, "Send it now, from the client:  echo amazinggrace | nc HOST PORT");
	words_advise(out, "Still nothing: run this on the last box before this host.");
}

/* What was not told, or forgotten, may have been what nobody saw. */
static void tell_untold(const struct hm_bench *bench, struct hm_verdict *out)
{
	uint64_t untold = scene_untold(bench->scene);

	words_say(out, "It looks like %s, but", hm_codes[out->code].name);
	if (untold)
		words_say(out, "%llu events were lost: it may have been among them.",
			  (unsigned long long)untold);
	else
		words_say(out, "%llu connections were forgotten for want of memory: it may have been "
			       "among them.",
			  (unsigned long long)bench->evicted);
	words_advise(out, "Try again with a narrower filter or a larger --ring.");
	out->code = HM_INCONCLUSIVE;
}

void judge_trace(const struct hm_bench *bench, uint64_t legs, struct hm_verdict *out)
{
	const struct hm_scene *scene = bench->scene;

	memset(out, 0, sizeof(*out));
	out->marker_id = HM_NO_MARKER;
	out->blame = HM_BLAME_UNKNOWN;
	out->confidence = HM_ONE_SIDED;
	out->judged = true;
	out->lost = scene_lost(scene);
	snprintf(out->at.host, sizeof(out->at.host), "%s", scene->host);
	out->code = legs ? HM_MARKER_NOT_SEEN : HM_NOTHING_SEEN;
	if (scene_untold(scene) || bench->evicted)
		tell_untold(bench, out);
	else if (legs)
		tell_marker_not_seen(bench, legs, out);
	else if (scene->has_command && scene->command_exit != -1)
		tell_opened_none(scene, out);
	else
		tell_nothing_seen(bench, out);
}

int judge_exit(int so_far, const struct hm_verdict *verdict)
{
	uint8_t health = verdict->judged ? hm_codes[verdict->code].health : 0;

	if (health == 1 || so_far == 1)
		return 1;
	return health ? health : so_far;
}
