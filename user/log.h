/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stderr, the only way to it. One line each, prefixed "hopmark: ", sanitised: control bytes never
 * reach the terminal raw.
 */
#ifndef HM_LOG_H
#define HM_LOG_H

#include <stdbool.h>

void log_set_verbose(bool verbose);

/* What failed, why and what to do next. Always printed. */
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Something works less well than it could; the trace goes on. */
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The ready line and the like: without prefix level, always printed. */
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Only with -v: libbpf's own words, attach details. */
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The heartbeat: one line drawn over and over on the terminal; the caller knows there is one. */
void log_status(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Wipes the heartbeat before something else is written to the terminal. */
void log_status_clear(void);

#endif
