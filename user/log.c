// SPDX-License-Identifier: GPL-2.0-only
/*
 * stderr: each line goes out in one write, so that a COMMAND's own lines do not cut it.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "safe.h"

#define LINE_LEN 1024

static bool verbose;
static int status_width; /* columns of the heartbeat on the terminal now */

void log_set_verbose(bool on)
{
	verbose = on;
}

/* Nobody is left to be told if this fails. */
static void put(const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(STDERR_FILENO, bytes, len);

		if (n <= 0)
			return;
		bytes += n;
		len -= n;
	}
}

void log_status_clear(void)
{
	char line[LINE_LEN];
	int n;

	if (!status_width)
		return;
	n = snprintf(line, sizeof(line), "\r%*s\r", status_width, "");
	status_width = 0;
	put(line, n);
}

static void print(const char *prefix, const char *fmt, va_list ap)
{
	char raw[LINE_LEN], safe[LINE_LEN], line[LINE_LEN + 32];
	int n;

	log_status_clear();
	vsnprintf(raw, sizeof(raw), fmt, ap);
	safe_message(safe, sizeof(safe), raw);
	n = snprintf(line, sizeof(line), "hopmark: %s%s\n", prefix, safe);
	put(line, n);
}

void log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print("", fmt, ap);
	va_end(ap);
}

void log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print("warning: ", fmt, ap);
	va_end(ap);
}

void log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print("", fmt, ap);
	va_end(ap);
}

void log_debug(const char *fmt, ...)
{
	va_list ap;

	if (!verbose)
		return;
	va_start(ap, fmt);
	print("debug: ", fmt, ap);
	va_end(ap);
}

void log_status(const char *fmt, ...)
{
	char raw[80], safe[80], line[100];
	va_list ap;
	int n;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	safe_message(safe, sizeof(safe), raw);
	log_status_clear();
	n = snprintf(line, sizeof(line), "%s", safe);
	status_width = n;
	put(line, n);
}
