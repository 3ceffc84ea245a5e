/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commands: one file and one const struct each, listed in main.c's table.
 */
#ifndef HM_CMD_H
#define HM_CMD_H

#include "exit_status.h"
#include "opts.h"

struct hm_cmd {
	const char *name;
	const char *summary; /* one line of `hopmark --help` */
	const char *usage; /* after "usage: hopmark NAME " */
	const char *intro; /* first lines of --help, each ended with a newline */
	const struct hm_opt *opts;
	size_t opt_count;
	/* argv[0] is the command's name; gives the exit status */
	int (*run)(int argc, char **argv);
};

extern const struct hm_cmd cmd_trace, cmd_report, cmd_explain, cmd_doctor, cmd_cleanup;

/*
 * What every command starts with: parses argv into args and *words. -1: go on; else the exit
 * status, --help or the error having been printed.
 */
int cmd_begin(const struct hm_cmd *cmd, int argc, char **argv, void *args, struct hm_words *words);

/* Ends as any filter does whose reader has gone: by SIGPIPE. */
void cmd_die_by_sigpipe(void) __attribute__((noreturn));

#endif
