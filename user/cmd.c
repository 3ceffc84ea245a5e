// SPDX-License-Identifier: GPL-2.0-only
/*
 * What commands have in common: their start and their end. Called by cmd_*.c.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd.h"
#include "log.h"

static int print_help(const struct hm_cmd *cmd)
{
	printf("%s\nusage: hopmark %s %s\n", cmd->intro, cmd->name, cmd->usage);
	opts_help(cmd->opts, cmd->opt_count, stdout);
	if (fflush(stdout)) {
		log_error("stdout: %m");
		return HM_EXIT_USAGE;
	}
	return 0;
}

int cmd_begin(const struct hm_cmd *cmd, int argc, char **argv, void *args, struct hm_words *words)
{
	char why[HM_OPTS_WHY];
	int err = opts_parse(cmd->opts, cmd->opt_count, argc, argv, args, words, why, sizeof(why));

	if (err == HM_OPTS_HELP)
		return print_help(cmd);
	if (!err)
		return -1;
	log_error("%s", why);
	return HM_EXIT_USAGE;
}

void cmd_die_by_sigpipe(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	signal(SIGPIPE, SIG_DFL);
	raise(SIGPIPE);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	_exit(128 + SIGPIPE);
}
