// SPDX-License-Identifier: GPL-2.0-only
/*
 * hopmark trace: watches this host and judges live connections.
 * Order matters: everything that can be wrong with the command line is found before COMMAND is
 * forked, COMMAND is forked before rights or descriptors are taken, and runs when all is attached.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "btf_file.h"
#include "clock.h"
#include "cmd.h"
#include "heartbeat.h"
#include "host_facts.h"
#include "log.h"
#include "loop.h"
#include "rec_file.h"
#include "screen.h"
#include "source_live.h"
#include "trace_args.h"

#define NSEC_PER_SEC UINT64_C(1000000000)

struct trace {
	struct trace_args args;
	struct hm_trace_opts *opts; /* &args.opts */
	struct hm_child child;
	struct hm_loop *loop;
	struct hm_source *source;
	struct hm_pipeline *pipeline;
	struct hm_sink sinks[2]; /* stdout, recording */
	unsigned int sink_count;
	FILE *recording;
};

static int out_of_memory(void)
{
	log_error("out of memory");
	return HM_EXIT_CANNOT;
}

/* Opens what is written to, before anything is attached. The old content stays until then. */
static int open_recording(struct trace *t)
{
	const char *path = t->opts->write_path;

	if (!path)
		return 0;
	t->recording = rec_file_open(path);
	if (t->recording)
		return 0;
	log_error("-w %s: %m; %s", path,
		  errno == ENOENT ? "make the directory, or name another file" :
				    "name another file");
	return HM_EXIT_USAGE;
}

static int fork_command(struct trace *t)
{
	char *const *argv = t->opts->command;
	int err;

	if (!argv)
		return 0;
	if (host_is_container()) { /* processes are told by their numbers in the first one */
		log_error("-- %s: in a pid namespace of its own (a container) hopmark cannot tell "
			  "COMMAND's connections from others; start the trace without it and run "
			  "%s beside it", argv[0], argv[0]);
		return HM_EXIT_CANNOT;
	}
	err = child_find(argv[0]);
	if (err) {
		log_error("%s: %s", argv[0],
			  err == -ENOENT ? "no such command (searched in PATH)" :
					   "cannot be run: permission denied");
		return HM_EXIT_USAGE;
	}
	err = child_fork(&t->child, argv, t->opts->json);
	if (!err)
		return 0;
	log_error("%s: cannot be started: %s", argv[0], strerror(-err));
	return HM_EXIT_CANNOT;
}

static int attach(struct trace *t)
{
	int err = loop_new(&t->loop);

	if (err) {
		log_error("epoll, timer or signals: %s", strerror(-err));
		return HM_EXIT_CANNOT;
	}
	signal(SIGPIPE, SIG_IGN); /* cleaned up first; cmd_die_by_sigpipe() comes last */
	err = source_live_open(t->opts, t->opts->command ? (uint32_t)t->child.pid : 0, &t->source);
	if (err)
		return err == -EINVAL ? HM_EXIT_USAGE : HM_EXIT_CANNOT;
	return 0;
}

/* What only this file knows of the scene. */
static void complete_scene(const struct trace *t)
{
	struct hm_scene *scene = t->source->scene;

	scene->all = t->opts->all;
	scene->count = t->opts->count;
	scene->counts_all = t->opts->all || t->opts->json;
	scene->settle_ns = t->opts->settle_ns;
	scene->answer_ns = t->opts->answer_ns;
	scene->stall_ns = t->opts->stall_ns;
	scene->max_legs = t->opts->max_legs == HM_LEGS ? 0 : t->opts->max_legs;
	memcpy(scene->proxy_ports, t->opts->proxy_ports, sizeof(scene->proxy_ports));
	if (!t->opts->command)
		return;
	scene->has_command = true;
	scene->command_pid = (uint32_t)t->child.pid;
	scene->command_exit = -1;
	snprintf(scene->command, sizeof(scene->command), "%s", t->opts->command[0]);
}

static int add_sink(struct trace *t, struct hm_out *out, const char *path)
{
	if (!out)
		return out_of_memory();
	t->sinks[t->sink_count++] = (struct hm_sink){.out = out, .path = path};
	return 0;
}

static int open_outputs(struct trace *t)
{
	int status;

	if (t->opts->json)
		status = add_sink(t, out_json_new(stdout, true, true), NULL);
	else
		status = add_sink(t, out_text_new(stdout, screen_has_color(), t->opts->all), NULL);
	if (!status && t->recording) {
		if (ftruncate(fileno(t->recording), 0) && errno != EINVAL) {
			log_error("-w %s: %m", t->opts->write_path);
			return HM_EXIT_USAGE;
		}
		status = add_sink(t, out_json_new(t->recording, true, false), t->opts->write_path);
	}
	if (status)
		return status;
	t->pipeline = pipeline_new(t->source, t->sinks, t->sink_count);
	return t->pipeline ? 0 : out_of_memory();
}

static void say_ready(const struct trace *t)
{
	char how[128];

	if (t->opts->command)
		snprintf(how, sizeof(how), "runs %.60s", t->opts->command[0]);
	else if (t->opts->for_ns)
		snprintf(how, sizeof(how), "ends in %g s",
			 (double)t->opts->for_ns / (double)NSEC_PER_SEC);
	else
		snprintf(how, sizeof(how), "Ctrl-C ends");
	heartbeat_ready(t->source->scene, how);
}

static int start_command(struct trace *t)
{
	int err;

	if (!t->opts->command)
		return 0;
	err = child_go(&t->child);
	if (!err)
		return 0;
	log_error("%s: cannot be run: %s", t->opts->command[0], strerror(-err));
	return HM_EXIT_USAGE;
}

/* The trace itself; it ends with the last sighting where more waited than there was time for. */
static int watch(struct trace *t)
{
	const struct hm_loop_opts opts = {
		.for_ns = t->opts->for_ns,
		.settle_ns = t->opts->settle_ns,
		.child = t->opts->command ? &t->child : NULL,
		.heartbeat = !t->opts->command && isatty(STDERR_FILENO),
	};
	int err = loop_run(t->loop, t->source, t->pipeline, &opts);

	if (err < 0)
		return err;
	t->source->scene->end_mono_ns = err ? pipeline_now(t->pipeline) : clock_ns(CLOCK_BOOTTIME);
	return pipeline_finish(t->pipeline, t->source->scene->end_mono_ns);
}

/* A recording that could not be written whole is told, once; the verdicts stand without it. */
static void close_recording(struct trace *t)
{
	bool told = t->sinks[1].err;

	if (!t->recording)
		return;
	if (fclose(t->recording) && !told)
		log_warn("%s is not complete: %m", t->opts->write_path);
	t->recording = NULL;
}

static void clean_up(struct trace *t)
{
	log_status_clear();
	pipeline_free(t->pipeline);
	while (t->sink_count)
		out_free(t->sinks[--t->sink_count].out);
	source_free(t->source);
	loop_free(t->loop);
	if (t->opts->command)
		child_close(&t->child);
	if (t->recording)
		fclose(t->recording);
}

/* From the first thing that takes rights to the last line. Gives the exit status. */
static int trace(struct trace *t)
{
	int err, status = fork_command(t);

	if (!status)
		status = attach(t);
	if (status)
		return status;
	complete_scene(t);
	trace_args_tell_markers(&t->args);
	status = open_outputs(t);
	if (status)
		return status;
	err = pipeline_start(t->pipeline);
	if (!err) {
		say_ready(t);
		status = start_command(t);
		if (status)
			return status;
		err = watch(t);
	}
	close_recording(t);
	if (err == -EPIPE)
		return err;
	if (err) {
		log_error("%s: %s", t->sinks[0].err ? "stdout" : "the trace ended early",
			  strerror(-err));
		return HM_EXIT_CANNOT;
	}
	return pipeline_exit_status(t->pipeline);
}

static int run(int argc, char **argv)
{
	struct trace *t = calloc(1, sizeof(*t)); /* its options alone are 4 KB */
	struct hm_words words;
	int status;

	if (!t)
		return out_of_memory();
	t->opts = &t->args.opts;
	t->child = (struct hm_child){.pidfd = -1, .go_fd = -1, .failed_fd = -1};
	trace_args_init(&t->args);
	status = cmd_begin(&cmd_trace, argc, argv, &t->args, &words);
	if (status < 0) {
		if (trace_args_check(&t->args, &words) ||
		    btf_file_check(t->opts->btf_file, "/proc/kallsyms"))
			status = HM_EXIT_USAGE;
		else
			status = open_recording(t);
		if (!status)
			status = trace(t);
		clean_up(t);
	}
	free(t);
	if (status == -EPIPE)
		cmd_die_by_sigpipe();
	return status;
}

const struct hm_cmd cmd_trace = {
	.name = "trace",
	.summary = "watch this host and judge live connections, hop by hop",
	.usage = "[OPTION...] [FILTER...] [-- COMMAND...]",
	.intro = trace_intro,
	.opts = trace_opts_table,
	.opt_count = TRACE_OPT_COUNT,
	.run = run,
};
