// SPDX-License-Identifier: GPL-2.0-only
/* /etc/services, see services.h. */
#include "services.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPACE " \t\r\n"

/* "http 80/tcp www # comment": its port if it is the one, else -ENOENT. Cuts the line up. */
static int port_of_line(char *line, const char *name, const char *protocol)
{
	char *rest = NULL, *first, *number, *word, *end;
	unsigned long port;
	bool found;

	line[strcspn(line, "#")] = '\0';
	first = strtok_r(line, SPACE, &rest);
	number = first ? strtok_r(NULL, SPACE, &rest) : NULL;
	if (!number)
		return -ENOENT;
	port = strtoul(number, &end, 10);
	if (end == number || *end != '/' || port > 65535 || strcmp(end + 1, protocol))
		return -ENOENT;
	found = !strcmp(first, name);
	while (!found && (word = strtok_r(NULL, SPACE, &rest)))
		found = !strcmp(word, name);
	return found ? (int)port : -ENOENT;
}

int services_port(const char *name, const char *protocol)
{
	FILE *f = fopen("/etc/services", "re");
	int port = -ENOENT;
	size_t room = 0;
	char *line = NULL;

	if (!f)
		return -errno;
	while (port == -ENOENT && getline(&line, &room, f) >= 0)
		port = port_of_line(line, name, protocol);
	if (ferror(f))
		port = -EIO;
	free(line);
	fclose(f);
	return port;
}
