// SPDX-License-Identifier: GPL-2.0-only
/*
 * judge.h: the verdict on a whole trace that gave no path, or none with the marker asked for. Pure.
 */
#include <stdio.h>
#include <string.h>

#include "judge.h"
#include "words.h"

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
		words_evidence(out,
			       "%llu of them encrypted (TLS): the marker cannot be seen inside",
			       (unsigned long long)bench->encrypted);
	if (unread)
		words_evidence(
			out,
			"%llu packets were not or not wholly inspected; it may have been in them",
			(unsigned long long)unread);
	words_advise(out, "Is it sent in clear, in one piece, and from the client to the server?");
}

/* What others did meanwhile has nothing to do with COMMAND. */
static void tell_not_yet(const struct hm_scene *scene, struct hm_verdict *out)
{
	char name[HM_NAME_LEN * 4];

	words_say(out, "%s has opened no connection that was watched, and had not ended.",
		  safe_text(name, sizeof(name), scene->command));
	words_advise(out, "Let it run longer, or see what it waits for.");
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

/*
 * Inside the filter, at all hops together; what has nothing to tell is counted by the kernel side
 * alone.
 */
static uint64_t passages(const struct hm_bench *bench)
{
	uint64_t matched = bench->scene->counters[HM_CNT_MATCHED];

	return bench->scene->named_interfaces || bench->passed > matched ? bench->passed : matched;
}

static const char *ending(const struct hm_sighting *last)
{
	if (last && last->what == HM_WHAT_FIN)
		return ", a FIN last";
	return last && last->what == HM_WHAT_RST ? ", a RST last" : "";
}

/* Packets of no connection that is known: the last ones of an older one, mostly. */
static void tell_passed(const struct hm_bench *bench, struct hm_verdict *out)
{
	const struct hm_sighting *s = bench->last_passed;
	uint64_t times = passages(bench);
	uint64_t start = bench->scene->start_mono_ns;
	char name[HM_NAME_LEN * 4];

	if (!times)
		return;
	words_say(out, "Others did, as of one older than the trace: seen %llu time%s%s.",
		  (unsigned long long)times, times == 1 ? "" : "s", ending(s));
	if (s)
		words_evidence(out, "the last at %s, %s after the trace began",
			       safe_text(name, sizeof(name), bench->scene->hops[s->hop].name),
			       SPAN(s->mono_ns > start ? s->mono_ns - start : 0));
}

static void tell_nothing_seen(const struct hm_bench *bench, struct hm_verdict *out)
{
	const char *begins = passages(bench) ? " that begins a connection" : "";
	char text[256], where[256];

	nowhere(bench->scene, where, sizeof(where));
	safe_text(text, sizeof(text), bench->scene->filter);
	if (*text)
		words_say(out, "No packet of \"%s\"%s %s.", text, begins, where);
	else
		words_say(out, "No packet%s %s.", begins, where);
	tell_passed(bench, out);
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

/*
 * Whom the marker went to is not who was asked for. Where both ends connect at once (RFC 9293, 3.5)
 * the client is the one whose request was seen first, and either may send it.
 */
static void tell_backward(const struct hm_bench *bench, struct hm_verdict *out)
{
	words_say(
		out,
		"The marker was seen on %llu connection%s, from the server's side to the client and never "
		"the other way: whether the server got what was meant for it is not known.",
		(unsigned long long)bench->echoed, bench->echoed == 1 ? "" : "s");
	words_advise(
		out,
		"Send it from the side that connects: the one whose request (SYN) comes first.");
	out->code = HM_INCONCLUSIVE;
}

/* What was not told, or forgotten, may have been what nobody saw. */
static void tell_untold(const struct hm_bench *bench, struct hm_verdict *out)
{
	uint64_t untold = scene_untold(bench->scene);
	char events[HM_EVENTS_LEN];

	words_say(out, "It looks like %s, but", hm_codes[out->code].name);
	if (untold)
		words_say(out, "%s lost: it may have been %s.", words_events(events, untold),
			  untold == 1 ? "that one" : "among them");
	else
		words_say(out,
			  "%llu connections were forgotten for want of memory: it may have been "
			  "among them.",
			  (unsigned long long)bench->evicted);
	words_advise(out, "Try again with a narrower filter or a larger --ring.");
	out->code = HM_INCONCLUSIVE;
}

/* Nobody searched everything that may have held it; TLS would hide it anyway. */
static bool may_be_beyond(const struct hm_bench *bench, uint64_t legs)
{
	return bench->unsearched && bench->unsearched->count && legs && legs != bench->encrypted;
}

static void tell_beyond(const struct hm_bench *bench, struct hm_verdict *out)
{
	const struct hm_scene *scene = bench->scene;

	words_say(
		out,
		"It looks like %s, but %llu bytes beyond --depth %u were not searched: it may have "
		"been among them.",
		hm_codes[out->code].name, (unsigned long long)scene->counters[HM_CNT_UNSEARCHED],
		scene->depth);
	words_advise(out, "Try again without --depth, or with a larger one.");
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
	else if (may_be_beyond(bench, legs))
		tell_beyond(bench, out);
	else if (legs && bench->echoed)
		tell_backward(bench, out);
	else if (legs)
		tell_marker_not_seen(bench, legs, out);
	else if (scene->has_command && scene->command_exit != -1)
		tell_opened_none(scene, out);
	else if (scene->has_command)
		tell_not_yet(scene, out);
	else
		tell_nothing_seen(bench, out);
}
