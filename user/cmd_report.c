// SPDX-License-Identifier: GPL-2.0-only
/*
 * hopmark report: judges a recording again, with the output of the live trace. Needs no rights.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "hm_types.h"
#include "log.h"
#include "pipeline.h"
#include "screen.h"

struct report_args {
	bool json, all;
};

static const struct hm_opt options[] = {
	{.name = "json", .type = HM_OPT_FLAG, .offset = offsetof(struct report_args, json),
	 .help = "JSON lines on stdout instead of text"},
	{.name = "all", .type = HM_OPT_FLAG, .offset = offsetof(struct report_args, all),
	 .help = "print every path, also healthy ones without the marker"},
};

static int replay(const struct hm_source *source, struct hm_pipeline *p)
{
	int err = pipeline_start(p);

	while (!err || err == 1) {
		err = pipeline_step(p);
		if (err >= 0)
			err = pipeline_tick(p, pipeline_now(p));
	}
	if (err == -ENODATA)
		err = pipeline_finish(p, source->scene->end_mono_ns);
	return err;
}

/* Exit status, or -EPIPE. */
static int judge_recording(struct hm_source *source, struct hm_sink *sink, const char *path)
{
	struct hm_pipeline *p = pipeline_new(source, sink, 1);
	int err = p ? replay(source, p) : -ENOMEM, status = p ? pipeline_exit_status(p) : 0;

	pipeline_free(p);
	if (!err || err == -EPIPE)
		return err ? err : status;
	if (sink->err || err == -ENOMEM) /* the source has told its own errors, with the line */
		log_error("%s: %s", sink->err ? "stdout" : path, strerror(-err));
	return HM_EXIT_USAGE;
}

static int report(const char *path, const struct report_args *args)
{
	char why[160] = "";
	struct hm_sink sink = {0};
	struct hm_source *source;
	int status, err = source_file_open(path, &source, why, sizeof(why));

	if (err) {
		log_error("%s: %s", path, why[0] ? why : strerror(-err));
		return HM_EXIT_USAGE;
	}
	source->scene->all |= args->all;
	sink.out = args->json ? out_json_new(stdout, true, true) :
				out_text_new(stdout, screen_has_color(), source->scene->all);
	if (sink.out) {
		status = judge_recording(source, &sink, path);
	} else {
		log_error("out of memory");
		status = HM_EXIT_CANNOT;
	}
	out_free(sink.out);
	source_free(source);
	return status;
}

static int run(int argc, char **argv)
{
	struct report_args args = {0};
	struct hm_words words;
	int status = cmd_begin(&cmd_report, argc, argv, &args, &words);

	if (status >= 0)
		return status;
	if (words.count != 1 || words.command) {
		log_error("report takes one recording, made with hopmark trace -w FILE");
		return HM_EXIT_USAGE;
	}
	signal(SIGPIPE, SIG_IGN);
	status = report(words.word[0], &args);
	if (status == -EPIPE)
		cmd_die_by_sigpipe();
	return status;
}

const struct hm_cmd cmd_report = {
	.name = "report",
	.summary = "judge a recording again, without root",
	.usage = "[OPTION...] FILE",
	.intro = "hopmark report judges what hopmark trace -w FILE recorded, with the same words.\n"
		 "\n"
		 "on the server        hopmark trace -m amazinggrace -w seen.jsonl port 80\n"
		 "on the client        hopmark trace -m amazinggrace -w seen.jsonl -- \\\n"
		 "                         curl http://SERVER/amazinggrace\n"
		 "nothing arrives      hopmark trace --for 30 -w seen.jsonl host SERVER\n"
		 "then, anywhere       hopmark report seen.jsonl\n"
		 "\n"
		 "It needs no root. FILE - is stdin. The exit status is that of the trace.\n",
	.opts = options,
	.opt_count = HM_ARRAY_SIZE(options),
	.run = run,
};
