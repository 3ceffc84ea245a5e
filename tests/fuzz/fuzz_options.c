// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command line of `hopmark trace`: options, marker and FILTER. Input: arguments, a newline
 * between them. Holds: what is accepted lies within the limits that the rest relies on; what is
 * refused has a reason.
 */
#include <errno.h>

#include "fuzz.h"
#include "marker.h"
#include "trace_args.h"

#define ARGS_MAX 40

/* Splits text at newlines; argv ends with NULL. */
static int split(char *text, char *argv[ARGS_MAX + 1])
{
	int argc = 0;
	char *arg;

	argv[argc++] = "trace";
	while (argc < ARGS_MAX && (arg = strsep(&text, "\n")))
		argv[argc++] = arg;
	argv[argc] = NULL;
	return argc;
}

static void check_accepted(const struct hm_trace_opts *o)
{
	FUZZ_CHECK(o->marker_count <= HM_MAX_MARKERS && o->filter.count <= HM_FILTER_CODE);
	FUZZ_CHECK(o->iface_count <= HM_ARRAY_SIZE(o->ifaces));
	FUZZ_CHECK(o->netns_count <= HM_ARRAY_SIZE(o->netns));
	FUZZ_CHECK(o->proxy_port_count <= HM_ARRAY_SIZE(o->proxy_ports));
	FUZZ_CHECK(o->ring_bytes >= 4096 && !(o->ring_bytes & (o->ring_bytes - 1)));
	FUZZ_CHECK(memchr(o->filter_text, '\0', sizeof(o->filter_text)));
	FUZZ_CHECK(!o->xdp || o->iface_count);
	for (uint32_t i = 0; i < o->marker_count; i++) {
		FUZZ_CHECK(o->markers[i].len >= HM_MARKER_MIN &&
			   o->markers[i].len <= HM_MARKER_MAX);
		FUZZ_CHECK(marker_find(o->markers, i, &o->markers[i]) < 0);
	}
	for (uint32_t i = 0; i < o->proxy_port_count; i++)
		FUZZ_CHECK(o->proxy_ports[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *argv[ARGS_MAX + 1], why[HM_OPTS_WHY] = "";
	static struct trace_args args;
	struct hm_words words = {0};
	int argc = split(text, argv), err;

	memset(&args, 0, sizeof(args));
	trace_args_init(&args);
	err = opts_parse(trace_opts_table, TRACE_OPT_COUNT, argc, argv, &args, &words, why,
			 sizeof(why));
	FUZZ_CHECK(memchr(why, '\0', sizeof(why)));
	FUZZ_CHECK(err == 0 || err == HM_OPTS_HELP || (err == -EINVAL && why[0]));
	if (!err && !trace_args_check(&args, &words)) {
		check_accepted(&args.opts);
		trace_args_tell_markers(&args);
	}
	free(text);
	return 0;
}
