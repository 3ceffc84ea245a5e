// SPDX-License-Identifier: GPL-2.0-only
/*
 * user/log.c for fuzz targets: composes every message, so that its arguments are read, sanitises
 * it as user/log.c does, and says nothing.
 */
#include <stdarg.h>

#include "fuzz.h"
#include "log.h"
#include "safe.h"

static void compose(const char *fmt, va_list ap)
{
	char raw[1024], safe[1024];

	vsnprintf(raw, sizeof(raw), fmt, ap);
	safe_message(safe, sizeof(safe), raw);
	for (const char *p = safe; *p; p++)
		FUZZ_CHECK(*p >= 0x20 && *p <= 0x7e);
}

#define QUIET(name)                                                                                \
	void name(const char *fmt, ...)                                                            \
	{                                                                                          \
		va_list ap;                                                                        \
                                                                                                   \
		va_start(ap, fmt);                                                                 \
		compose(fmt, ap);                                                                  \
		va_end(ap);                                                                        \
	}

QUIET(log_error)
QUIET(log_warn)
QUIET(log_info)
QUIET(log_debug)
QUIET(log_status)

void log_status_clear(void)
{
}

void log_set_verbose(bool on)
{
	(void)on;
}
