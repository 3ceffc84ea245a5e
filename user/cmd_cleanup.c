// SPDX-License-Identifier: GPL-2.0-only
/*
 * hopmark cleanup: removes what a hopmark that was killed, its janitor too, left at interfaces of a
 * kernel without tcx. It tells each filter that looks like one and what became of it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "hm_types.h"
#include "leftover.h"
#include "log.h"
#include "netns.h"
#include "safe.h"
#include "shortage.h"

#define MOST_NETNS 512 /* each is an open file */
#define EXIT_STILL_THERE 1
#define EXIT_UNPROVEN 4
#define NAME_ROOM (4 * 64) /* a name with every byte escaped */

struct cleanup_args {
	bool dry_run;
};

struct tally {
	uint32_t fates[HM_LEFTOVER_FATES];
	bool dry_run, blind; /* blind: somewhere it could not look */
};

static const struct hm_opt options[] = {
	{.name = "dry-run", .letter = 'n', .type = HM_OPT_FLAG,
	 .offset = offsetof(struct cleanup_args, dry_run),
	 .help = "say what would be removed, and remove nothing"},
};

/* What became of it, and why it was left. */
static void why(const struct hm_leftover *l, char *text, size_t room)
{
	switch (l->fate) {
	case HM_LEFTOVER_FAILED:
		snprintf(text, room, ": %s", strerror(-l->err));
		break;
	case HM_LEFTOVER_OWNED:
		snprintf(text, room, ": process %u, a hopmark, runs and owns it", l->owner);
		break;
	case HM_LEFTOVER_STRANGER:
		snprintf(text, room, ": not a program of hopmark");
		break;
	case HM_LEFTOVER_UNPROVEN:
		snprintf(text, room, ": named like one of hopmark, but other code; if it is "
			 "another version's, run that version's cleanup");
		break;
	default:
		snprintf(text, room, "%s", l->qdisc_removed ? "; and the empty clsact qdisc" : "");
	}
}

static void tell(void *arg, const struct hm_leftover *l)
{
	char netns[NAME_ROOM], ifname[NAME_ROOM], program[NAME_ROOM], reason[200];
	struct tally *t = arg;
	const char *what = "left";

	t->fates[l->fate]++;
	if (l->fate == HM_LEFTOVER_REMOVED)
		what = t->dry_run ? "would go" : "removed";
	why(l, reason, sizeof(reason));
	printf("%-8s  %s%s%s:%s  %s, program %u, priority %u, handle 0x%x%s\n", what,
	       safe_text(netns, sizeof(netns), l->netns), l->netns[0] ? "/" : "",
	       safe_text(ifname, sizeof(ifname), l->ifname), l->filter.chain.out ? "out" : "in",
	       safe_text(program, sizeof(program), l->program), l->filter.prog_id,
	       l->filter.priority, l->filter.handle, reason);
}

static int visit(void *arg)
{
	struct hm_leftovers *l = ((void **)arg)[0];
	const struct hm_netns *ns = ((void **)arg)[1];

	return leftover_remove(l, ns->name);
}

static void visit_namespace(struct hm_leftovers *l, struct tally *t, struct hm_netns *ns)
{
	void *arg[] = { l, ns };
	int err = netns_within(ns, visit, arg);

	if (!err)
		return;
	log_warn("%s was not wholly looked at: %s",
		 ns->name[0] ? ns->name : "this network namespace", strerror(-err));
	t->blind = true;
}

/* Every namespace that a name or a process leads to: --netns may have been anywhere. */
static int visit_all(struct hm_leftovers *l, struct tally *t)
{
	struct hm_netns own = { .inum = netns_own(), .fd = -1 };
	struct hm_netns *all = calloc(MOST_NETNS, sizeof(*all));
	int count = all ? netns_list(all, MOST_NETNS) : -ENOMEM;

	visit_namespace(l, t, &own);
	for (int i = 0; i < count && i < MOST_NETNS; i++) {
		visit_namespace(l, t, &all[i]);
		netns_close(&all[i]);
	}
	free(all);
	if (count > MOST_NETNS) {
		log_warn("%d network namespaces were not looked at: run it inside them",
			 count - MOST_NETNS);
		t->blind = true;
	}
	return count < 0 ? count : 0;
}

static int summary(const struct tally *t, bool has_tcx)
{
	uint32_t removed = t->fates[HM_LEFTOVER_REMOVED], all = 0;

	for (int i = 0; i < HM_LEFTOVER_FATES; i++)
		all += t->fates[i];
	if (!all && !t->blind)
		printf("nothing was left behind%s\n",
		       has_tcx ? ": this kernel has tcx, which leaves nothing" : "");
	else
		printf("%u %s, %u left\n", removed, t->dry_run ? "would go" : "removed",
		       all - removed);
	if (t->fates[HM_LEFTOVER_FAILED] || (removed && t->dry_run))
		return EXIT_STILL_THERE;
	return t->fates[HM_LEFTOVER_UNPROVEN] || t->blind ? EXIT_UNPROVEN : 0;
}

static int cannot(int err)
{
	char why[HM_SHORTAGE_LEN];

	if (is_shortage(err))
		log_error("loading hopmark's own programs, to know them again: %s",
			  shortage_text(err, 0, why, sizeof(why)));
	else if (err == -EPERM || err == -EACCES)
		log_error("cleanup needs root: it asks the kernel whose programs those are "
			  "(sudo hopmark cleanup)");
	else
		log_error("loading hopmark's own programs, to know them again: %s (hopmark doctor "
			  "says what the kernel lacks)", strerror(-err));
	return HM_EXIT_CANNOT;
}

static int run(int argc, char **argv)
{
	struct cleanup_args args = {0};
	struct tally tally = {0};
	struct hm_leftovers l = {.fn = tell, .arg = &tally};
	struct hm_words words;
	int err, status = cmd_begin(&cmd_cleanup, argc, argv, &args, &words);

	if (status >= 0)
		return status;
	if (words.count || words.command) {
		log_error("cleanup takes no words, only options (--help lists them)");
		return HM_EXIT_USAGE;
	}
	l.dry_run = tally.dry_run = args.dry_run;
	err = leftover_learn(&l);
	if (err)
		return cannot(err);
	err = visit_all(&l, &tally);
	if (err)
		return cannot(err);
	status = summary(&tally, l.has_tcx);
	if (!fflush(stdout))
		return status;
	log_error("stdout: %m");
	return HM_EXIT_USAGE;
}

const struct hm_cmd cmd_cleanup = {
	.name = "cleanup",
	.summary = "remove filters of a hopmark that was killed, on kernels before 6.6",
	.usage = "[OPTION...]",
	.intro =
		"hopmark cleanup removes the clsact filters of a hopmark that was killed together\n"
		"with the process that would have removed them (hm-janitor). Only kernels before\n"
		"6.6 need it. It looks in every network namespace and removes only what is\n"
		"proven: the program has the name and the code of this hopmark's, and no hopmark\n"
		"that owns it runs.\n"
		"\n"
		"Exit status: 0 nothing is left behind, 1 something still is (or would be removed\n"
		"with --dry-run), 3 it cannot look, 4 something may be.\n",
	.opts = options,
	.opt_count = HM_ARRAY_SIZE(options),
	.run = run,
};
