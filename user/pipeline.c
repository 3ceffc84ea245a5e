// SPDX-License-Identifier: GPL-2.0-only
/*
 * source -> path -> judge -> outputs. Called by loop.c and cmd_report.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "judge.h"
#include "log.h"
#include "pipeline.h"

#define NSEC_PER_MSEC UINT64_C(1000000)
#define NSEC_PER_SEC UINT64_C(1000000000)
#define SETTLE_STEP_NS (8 * NSEC_PER_MSEC) /* how finely the sightings' own clock settles paths */
#define STATS_PERIOD_NS (10 * NSEC_PER_SEC)
#define BUSY_NS (6 * NSEC_PER_SEC) /* after the last sighting; what is due later can wait a second */
#define LAST_QUESTIONS 256 /* connections asked about at the end, which takes some 25 us each */
#define QUESTIONS_STEP 32 /* so many whatever they take; more while there is time: somebody waits */
#define LAST_QUESTIONS_NS (10 * NSEC_PER_MSEC)
#define EVERYTHING_DUE (UINT64_MAX - 1) /* UINT64_MAX means "never" to a due time */

struct hm_pipeline {
	struct hm_source *source;
	struct hm_paths *paths;
	struct hm_sink *sinks;
	unsigned int sink_count;
	struct hm_tally tally;
	uint64_t now_ns, settled_ns, stats_ns, last_sighting_ns, lost_told;
	uint64_t syns, legs_judged, printed;
	uint64_t through; /* paths that were established: what marker-not-seen is about */
	uint64_t encrypted; /* of those: TLS, in which no marker can be seen */
	uint64_t echoed; /* and those on which the marker went from the server's side to the client */
	uint64_t passed; /* sightings of packets at a place where they pass */
	struct hm_sighting last_passed; /* valid with passed */
	uint64_t relevant; /* paths that the exit status may look at */
	bool marker_seen;
	struct hm_verdict verdict; /* too large for a stack */
};

struct hm_pipeline *pipeline_new(struct hm_source *source, struct hm_sink *sinks,
				 unsigned int sink_count)
{
	struct hm_pipeline *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->source = source;
	p->sinks = sinks;
	p->sink_count = sink_count;
	p->now_ns = p->stats_ns = source->scene->start_mono_ns;
	p->paths = paths_new(source->scene);
	if (!p->paths) {
		free(p);
		return NULL;
	}
	return p;
}

void pipeline_free(struct hm_pipeline *p)
{
	if (!p)
		return;
	paths_free(p->paths);
	free(p);
}

/* Takes the result of one write. A recording that fails is left behind, stdout ends the trace. */
static int written(struct hm_sink *sink, int err)
{
	if (err >= 0)
		return 0;
	sink->err = err;
	if (!sink->path)
		return err;
	log_error("%s: %s; the trace goes on without this recording", sink->path, strerror(-err));
	return 0;
}

/* Calls one member of every output that has it and still works. */
#define EACH_SINK(p, member, ...)                                                                  \
	({                                                                                         \
		int each_err = 0;                                                                  \
		unsigned int each_i;                                                               \
                                                                                                   \
		for (each_i = 0; each_i < (p)->sink_count && !each_err; each_i++) {                \
			struct hm_sink *each = &(p)->sinks[each_i];                                \
                                                                                                   \
			if (!each->err && each->out->ops->member)                                  \
				each_err = written(each,                                           \
						   each->out->ops->member(each->out, __VA_ARGS__)); \
		}                                                                                  \
		each_err;                                                                          \
	})

int pipeline_start(struct hm_pipeline *p)
{
	return EACH_SINK(p, host, p->source->scene);
}

/* README, --all; text decides by the same rule what it only counts. */
static bool is_printed(const struct hm_pipeline *p, const struct hm_verdict *v)
{
	return p->source->scene->counts_all || hm_codes[v->code].health || v->marker_id != HM_NO_MARKER ||
	       !p->source->scene->marker_count;
}

/* With COMMAND only what its processes opened counts. */
static bool is_relevant(const struct hm_pipeline *p, const struct hm_path *path)
{
	uint32_t i;

	if (!p->source->scene->has_command)
		return true;
	for (i = 0; i < path->leg_count; i++)
		if (path->legs[i]->in_tree)
			return true;
	return false;
}

static bool is_encrypted(const struct hm_path *path)
{
	for (uint32_t i = 0; i < path->leg_count; i++)
		if (path->legs[i]->request_class == HM_CLASS_TLS)
			return true;
	return false;
}

static bool is_echoed(const struct hm_path *path)
{
	for (uint32_t i = 0; i < path->leg_count; i++)
		for (uint32_t n = 0; n < path->legs[i]->note_count; n++)
			if (path->legs[i]->notes[n].what == HM_WHAT_ECHO)
				return true;
	return false;
}

/* Older connections were established before the trace. */
static bool came_through(const struct hm_path *path)
{
	for (uint32_t i = 0; i < path->leg_count; i++) {
		const struct hm_leg *leg = path->legs[i];

		if (leg->has_ack || leg->request_ns || leg->answer_ns)
			return true;
	}
	return false;
}

static void take_stock(struct hm_pipeline *p, const struct hm_path *path)
{
	const struct hm_verdict *v = &p->verdict;

	p->tally.paths++;
	p->tally.by_code[v->code]++;
	p->tally.exit_status = judge_exit(p->tally.exit_status, v);
	p->legs_judged += path->leg_count;
	p->printed += is_printed(p, v);
	if (!is_relevant(p, path))
		return;
	p->relevant++;
	p->marker_seen |= v->marker_id != HM_NO_MARKER;
	if ((hm_codes[v->code].health && v->judged) || !came_through(path))
		return;
	p->through++;
	p->encrypted += is_encrypted(path);
	p->echoed += is_echoed(path);
}

static struct hm_bench bench(const struct hm_pipeline *p)
{
	struct hm_bench b = {.scene = p->source->scene};

	b.listeners_lost_ns = paths_stats(p->paths).listeners_lost_ns;
	b.unsearched = paths_unsearched(p->paths);
	b.listener_count = paths_listeners(p->paths, &b.listeners);
	return b;
}

static int tell_verdict(struct hm_pipeline *p)
{
	log_status_clear();
	return EACH_SINK(p, verdict, p->source->scene, &p->verdict);
}

/* Judges everything that has settled at now. */
static int settle(struct hm_pipeline *p, uint64_t now_ns)
{
	struct hm_path *path;
	int err = 0;

	while (!err && !pipeline_done(p) && (path = paths_settled(p->paths, now_ns))) {
		struct hm_bench b = bench(p);

		judge_path(path, &b, &p->verdict);
		take_stock(p, path);
		err = tell_verdict(p);
		paths_release(p->paths, path);
	}
	return err;
}

static int tell_stats(struct hm_pipeline *p)
{
	p->stats_ns = p->now_ns;
	p->lost_told = scene_lost(p->source->scene);
	return EACH_SINK(p, stats, p->source->scene, p->now_ns);
}

/* A loss is told at once, so that a recording judges the same legs with the same losses. */
static int refresh(struct hm_pipeline *p)
{
	int err = p->source->ops->refresh ? p->source->ops->refresh(p->source) : 0;

	if (err)
		return err;
	if (p->now_ns - p->stats_ns >= STATS_PERIOD_NS ||
	    scene_lost(p->source->scene) != p->lost_told)
		return tell_stats(p);
	return 0;
}

/* With -i at the interfaces named. */
static bool is_passage(const struct hm_scene *scene, const struct hm_sighting *s)
{
	uint8_t hook = s->hop < scene->hop_count ? scene->hops[s->hop].hook : HM_HOOK_COUNT;

	return hook <= HM_HOOK_TC_OUT ||
	       (!scene->named_interfaces && (hook == HM_HOOK_SOCK_IN || hook == HM_HOOK_SOCK_OUT));
}

static void count_passage(struct hm_pipeline *p, const struct hm_sighting *s)
{
	if (!is_passage(p->source->scene, s))
		return;
	p->passed++;
	p->last_passed = *s;
}

/*
 * One sighting: what was due before it comes first, live and in a recording alike. But an answer to
 * what was asked for that very verdict, however late it comes, comes before it.
 */
static int take_sighting(void *arg, struct hm_sighting *s)
{
	struct hm_pipeline *p = arg;
	bool answer = scene_is_answer(p->source->scene, s->hop);
	int err = 0;

	/* An answer is of now, while packets of long before may still wait to be read. */
	if (!answer && s->mono_ns > p->now_ns)
		p->now_ns = s->mono_ns;
	if (!answer && p->now_ns - p->settled_ns >= SETTLE_STEP_NS) {
		p->settled_ns = p->now_ns;
		err = refresh(p);
		if (!err)
			err = settle(p, p->now_ns);
	}
	if (err)
		return err;
	if (s->what == HM_WHAT_SYN)
		p->syns++;
	count_passage(p, s);
	p->last_sighting_ns = p->now_ns;
	err = paths_push(p->paths, s);
	if (err && err != -ENOMEM)
		return err;
	return EACH_SINK(p, sighting, p->source->scene, s);
}

int pipeline_step(struct hm_pipeline *p)
{
	uint64_t now_ns = p->now_ns;
	int err = p->source->ops->read(p->source, take_sighting, p, &now_ns);

	if (now_ns > p->now_ns)
		p->now_ns = now_ns;
	return err;
}

/* A recording holds the answers already; there the questions are only ticked off. */
static int probe(struct hm_pipeline *p, uint64_t due_ns, uint32_t most)
{
	const struct hm_leg *leg;
	int err = 0;

	while (!err && most-- && (leg = paths_want_probe(p->paths, due_ns))) {
		struct hm_leg asked = *leg; /* the answers may settle it and free it */

		asked.notes = NULL;
		asked.note_count = 0;
		if (p->source->ops->probe)
			err = p->source->ops->probe(p->source, &asked, take_sighting, p);
	}
	return err;
}

int pipeline_tick(struct hm_pipeline *p, uint64_t now_ns)
{
	int err;

	if (now_ns > p->now_ns)
		p->now_ns = now_ns;
	err = refresh(p);
	if (!err)
		err = probe(p, p->now_ns, UINT32_MAX);
	p->settled_ns = p->now_ns;
	return err ? err : settle(p, p->now_ns);
}

/* nothing-seen, or marker-not-seen: once, where no path says more. */
static int judge_whole(struct hm_pipeline *p)
{
	struct hm_bench b = bench(p);

	if (pipeline_done(p))
		return 0;
	if (p->relevant && (p->marker_seen || !p->source->scene->marker_count || !p->through))
		return 0;
	b.encrypted = p->encrypted;
	b.echoed = p->echoed;
	b.passed = p->passed;
	b.last_passed = p->passed ? &p->last_passed : NULL;
	b.elsewhere = paths_stats(p->paths).elsewhere;
	b.evicted = paths_stats(p->paths).evicted;
	judge_trace(&b, p->through, &p->verdict);
	p->tally.marker_not_seen = p->verdict.code == HM_MARKER_NOT_SEEN;
	p->tally.exit_status = judge_exit(p->tally.exit_status, &p->verdict);
	return tell_verdict(p);
}

/* A recording has the answers, however long they took. */
static int ask_last(struct hm_pipeline *p)
{
	uint64_t until_ns = clock_ns(CLOCK_BOOTTIME) + LAST_QUESTIONS_NS;
	uint32_t step = p->source->ops->probe ? QUESTIONS_STEP : UINT32_MAX, asked;
	int err = probe(p, EVERYTHING_DUE, step);

	for (asked = step; !err && asked < LAST_QUESTIONS && clock_ns(CLOCK_BOOTTIME) < until_ns; asked += step)
		err = probe(p, EVERYTHING_DUE, step);
	return err;
}

/* How many went unasked is in a recording, which holds the answers to the others. */
static int last_questions(struct hm_pipeline *p)
{
	struct hm_scene *scene = p->source->scene;
	int err = scene->unasked ? 0 : ask_last(p);
	uint32_t left = err ? 0 : paths_leave_unasked(p->paths);

	if (!scene->unasked && left) {
		scene->unasked = left;
		log_warn("%u connections were open at the end that this host was not asked about", left);
	}
	return err;
}

int pipeline_finish(struct hm_pipeline *p, uint64_t now_ns)
{
	int err;

	if (now_ns > p->now_ns)
		p->now_ns = now_ns;
	for (unsigned int i = 0; i < p->sink_count; i++)
		p->sinks[i].out->held = true;
	err = refresh(p);
	if (!err)
		err = last_questions(p);
	if (err)
		return err;
	paths_finish(p->paths, p->now_ns);
	err = settle(p, p->now_ns);
	if (!err)
		err = judge_whole(p);
	if (err)
		return err;
	p->tally.evicted = paths_stats(p->paths).evicted;
	log_status_clear();
	return EACH_SINK(p, end, p->source->scene, &p->tally);
}

bool pipeline_done(const struct hm_pipeline *p)
{
	return p->source->scene->count && p->printed >= p->source->scene->count;
}

bool pipeline_busy(const struct hm_pipeline *p, uint64_t now_ns)
{
	return p->last_sighting_ns && now_ns < p->last_sighting_ns + BUSY_NS;
}

bool pipeline_settled(const struct hm_pipeline *p)
{
	struct hm_paths_stats stats = paths_stats(p->paths);

	return stats.legs && p->legs_judged >= stats.legs - stats.evicted;
}

uint64_t pipeline_now(const struct hm_pipeline *p)
{
	return p->now_ns;
}

uint64_t pipeline_syns(const struct hm_pipeline *p)
{
	return p->syns;
}

int pipeline_exit_status(const struct hm_pipeline *p)
{
	return p->tally.exit_status;
}
