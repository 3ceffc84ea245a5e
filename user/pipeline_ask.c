// SPDX-License-Identifier: GPL-2.0-only
/* pipeline_ask.h: questions about sockets, when they are due and at the end. */
#include "clock.h"
#include "log.h"
#include "pipeline_ask.h"

#define LAST_QUESTIONS 256 /* connections asked about at the end, which takes some 25 us each */
#define QUESTIONS_STEP 32 /* so many whatever they take; more while there is time: somebody waits */
#define LAST_QUESTIONS_NS 10000000
#define EVERYTHING_DUE (UINT64_MAX - 1) /* UINT64_MAX means "never" to a due time */

static int ask(struct hm_source *source, struct hm_paths *paths, uint64_t due_ns, uint32_t most,
	       hm_sighting_fn take, void *arg)
{
	const struct hm_leg *leg;
	int err = 0;

	while (!err && most-- && (leg = paths_want_probe(paths, due_ns))) {
		struct hm_leg asked = *leg; /* the answers may settle it and free it */

		asked.notes = NULL;
		asked.note_count = 0;
		asked.greeting = NULL;
		if (source->ops->probe)
			err = source->ops->probe(source, &asked, take, arg);
	}
	return err;
}

int ask_due(struct hm_source *source, struct hm_paths *paths, uint64_t due_ns, hm_sighting_fn take,
	    void *arg)
{
	return ask(source, paths, due_ns, UINT32_MAX, take, arg);
}

/* A recording has the answers, however long they took. */
static int ask_some(struct hm_source *source, struct hm_paths *paths, hm_sighting_fn take,
		    void *arg)
{
	uint64_t until_ns = clock_ns(CLOCK_BOOTTIME) + LAST_QUESTIONS_NS;
	uint32_t step = source->ops->probe ? QUESTIONS_STEP : UINT32_MAX, asked;
	int err = ask(source, paths, EVERYTHING_DUE, step, take, arg);

	for (asked = step; !err && asked < LAST_QUESTIONS && clock_ns(CLOCK_BOOTTIME) < until_ns;
	     asked += step)
		err = ask(source, paths, EVERYTHING_DUE, step, take, arg);
	return err;
}

/* How many went unasked is in a recording, which holds the answers to the others. */
int ask_last(struct hm_source *source, struct hm_paths *paths, hm_sighting_fn take, void *arg)
{
	struct hm_scene *scene = source->scene;
	int err = scene->unasked ? 0 : ask_some(source, paths, take, arg);
	uint32_t left = err ? 0 : paths_leave_unasked(paths);

	if (!scene->unasked && left) {
		scene->unasked = left;
		log_warn("%u connections were open at the end that this host was not asked about",
			 left);
	}
	return err;
}
