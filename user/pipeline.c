// SPDX-License-Identifier: GPL-2.0-only
/*
 * source -> path -> judge -> outputs. Called by loop.c and cmd_report.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"
#include "log.h"
#include "pipeline.h"
#include "pipeline_ask.h"
#include "pipeline_whole.h"

#define NSEC_PER_MSEC UINT64_C(1000000)
#define NSEC_PER_SEC UINT64_C(1000000000)
#define SETTLE_STEP_NS (8 * NSEC_PER_MSEC) /* how finely the sightings' own clock settles paths */
#define STATS_PERIOD_NS (10 * NSEC_PER_SEC)
/* after the last sighting; what is due later can wait a second */
#define BUSY_NS (6 * NSEC_PER_SEC)

struct hm_pipeline {
	struct hm_source *source;
	struct hm_paths *paths;
	struct hm_sink *sinks;
	unsigned int sink_count;
	struct hm_tally tally;
	uint64_t now_ns, settled_ns, stats_ns, last_sighting_ns, lost_told;
	uint64_t syns, legs_judged, printed;
	struct hm_whole whole;
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
				each_err = written(                                                \
					each, each->out->ops->member(each->out, __VA_ARGS__));     \
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
	return p->source->scene->counts_all || hm_codes[v->code].health ||
	       v->marker_id != HM_NO_MARKER || !p->source->scene->marker_count;
}

static void take_stock(struct hm_pipeline *p, const struct hm_path *path)
{
	const struct hm_verdict *v = &p->verdict;

	p->tally.paths++;
	p->tally.by_code[v->code]++;
	p->tally.exit_status = judge_exit(p->tally.exit_status, v);
	p->legs_judged += path->leg_count;
	p->printed += is_printed(p, v);
	whole_take_path(&p->whole, p->source->scene, path, v);
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
	/* A recording's clock may come to an answer before a tick has put the question. */
	if (!err && answer && !p->source->ops->probe)
		err = ask_due(p->source, p->paths, s->mono_ns, take_sighting, p);
	if (err)
		return err;
	if (s->what == HM_WHAT_SYN)
		p->syns++;
	if ((s->what == HM_WHAT_MARKER || s->what == HM_WHAT_ECHO) && s->marker.id < HM_MAX_MARKERS)
		p->tally.markers_seen |= 1U << s->marker.id;
	whole_take_sighting(&p->whole, p->source->scene, s);
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

int pipeline_tick(struct hm_pipeline *p, uint64_t now_ns)
{
	int err;

	if (now_ns > p->now_ns)
		p->now_ns = now_ns;
	err = refresh(p);
	if (!err)
		err = ask_due(p->source, p->paths, p->now_ns, take_sighting, p);
	p->settled_ns = p->now_ns;
	return err ? err : settle(p, p->now_ns);
}

/* nothing-seen, or marker-not-seen: once, where no path says more. */
static int judge_whole(struct hm_pipeline *p)
{
	struct hm_paths_stats stats = paths_stats(p->paths);

	if (pipeline_done(p) || !whole_judge(&p->whole, bench(p), &stats, &p->verdict))
		return 0;
	p->tally.marker_not_seen = p->verdict.code == HM_MARKER_NOT_SEEN;
	p->tally.exit_status = judge_exit(p->tally.exit_status, &p->verdict);
	return tell_verdict(p);
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
		err = ask_last(p->source, p->paths, take_sighting, p);
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
