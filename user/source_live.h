/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The live source: kernel programs, ring buffer, probes. Only this and loader.c know about BPF.
 */
#ifndef HM_SOURCE_LIVE_H
#define HM_SOURCE_LIVE_H

#include "source.h"
#include "trace_opts.h"

/*
 * Loads and attaches everything opts asks for. command_pid: the stopped COMMAND, 0 none.
 * When it returns 0 what comes from then on is not missed. Errors have been logged, once, with
 * cause and next step: -EINVAL (exit 2: unknown interface or namespace), other -errno (exit 3:
 * nothing could be attached).
 */
int source_live_open(const struct hm_trace_opts *opts, uint32_t command_pid,
		     struct hm_source **src);

#endif
