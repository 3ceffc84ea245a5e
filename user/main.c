// SPDX-License-Identifier: GPL-2.0-only
/*
 * hopmark: the table of commands and nothing else.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "hm_types.h"
#include "log.h"

static const struct hm_cmd *const commands[] = {&cmd_trace, &cmd_report, &cmd_explain, &cmd_doctor,
					       &cmd_cleanup};

static int help(void)
{
	size_t i;

	printf("hopmark says where a connection, or a marked message, stopped: in the network,\n"
	       "at a firewall, in this host's kernel, in a proxy, or in the application.\n\n"
	       "usage: hopmark COMMAND [OPTION...]\n");
	for (i = 0; i < HM_ARRAY_SIZE(commands); i++)
		printf("  %-10s %s\n", commands[i]->name, commands[i]->summary);
	printf("\nStart with hopmark trace --help. hopmark --version tells the version.\n");
	return fflush(stdout) ? HM_EXIT_USAGE : 0;
}

/* With a standard descriptor closed, the next file opened would take its place. */
static int check_descriptors(void)
{
	if (fcntl(STDERR_FILENO, F_GETFD) < 0 && open("/dev/null", O_WRONLY) < 0)
		return HM_EXIT_USAGE;
	if (fcntl(STDIN_FILENO, F_GETFD) >= 0 && fcntl(STDOUT_FILENO, F_GETFD) >= 0)
		return 0;
	log_error("stdin or stdout is closed; redirect it to /dev/null instead");
	return HM_EXIT_USAGE;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "--help";
	size_t i;

	if (check_descriptors())
		return HM_EXIT_USAGE;
	for (i = 0; i < HM_ARRAY_SIZE(commands); i++)
		if (!strcmp(name, commands[i]->name))
			return commands[i]->run(argc - 1, argv + 1);
	if (!strcmp(name, "--version"))
		return printf("hopmark %s\n", HM_VERSION) < 0 || fflush(stdout) ? HM_EXIT_USAGE : 0;
	if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help"))
		return help();
	log_error("%s: no such %s (hopmark --help lists them)", name,
		  name[0] == '-' ? "option" : "command");
	return HM_EXIT_USAGE;
}
