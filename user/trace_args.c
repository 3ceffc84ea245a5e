// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command line of `hopmark trace`. Called by cmd_trace.c.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "filter.h"
#include "log.h"
#include "marker.h"
#include "safe.h"
#include "trace_args.h"

#define SEC UINT64_C(1000000000)
#define HOUR (3600 * SEC)
#define AT(field) offsetof(struct trace_args, field)

const char trace_intro[] =
	"hopmark trace watches this host and says where connections stop, and why.\n"
	"\n"
	"on the server        hopmark trace -m amazinggrace port 80\n"
	"                     and from the client:  echo amazinggrace | nc SERVER 80\n"
	"on the client        hopmark trace -m amazinggrace -- \\\n"
	"                         curl http://SERVER/amazinggrace\n"
	"nothing arrives      hopmark trace --for 30 host SERVER and port 80\n"
	"                     on each box of the way, the nearest to the client first\n"
	"\n"
	"It needs root, or CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON. SERVER is an address:\n"
	"names are not resolved in a filter.\n"
	"FILTER is that of tcpdump, pcap-filter(7): host, net, port, and, or, not ... It\n"
	"picks connections, in both directions; what looks at packets is refused.\n"
	"COMMAND runs once all is attached, and only what it opens is judged.\n"
	"Exit status: 0 healthy, 1 a fault, 2 the command line, 3 cannot attach,\n"
	"4 nothing seen or not enough evidence.\n";

const struct hm_opt trace_opts_table[] = {
	{.letter = 'i',
	 .type = HM_OPT_STRINGS,
	 .arg = "IF",
	 .offset = AT(opts.ifaces),
	 .count_offset = AT(opts.iface_count),
	 .most = HM_MAX_IFACES,
	 .help = "watch this interface; repeatable (default: all that are up, new ones too)"},
	{.name = "marker",
	 .letter = 'm',
	 .type = HM_OPT_STRINGS,
	 .arg = "MARKER",
	 .offset = AT(markers),
	 .count_offset = AT(marker_count),
	 .most = HM_MAX_MARKERS,
	 .help = "bytes to look for, 4 to 64: TEXT or hex:0a0b0c0d; up to 8 of them"},
	{.name = "xdp",
	 .type = HM_OPT_FLAG,
	 .offset = AT(opts.xdp),
	 .help = "also watch at the network card (native XDP); needs -i"},
	{.name = "xdp-force",
	 .type = HM_OPT_FLAG,
	 .offset = AT(opts.xdp_force),
	 .help = "--xdp also on the interface that carries this SSH session; it may be cut off"},
	{.name = "netns",
	 .type = HM_OPT_STRINGS,
	 .arg = "WHICH",
	 .offset = AT(opts.netns),
	 .count_offset = AT(opts.netns_count),
	 .most = HM_MAX_NETNS,
	 .help = "also watch another network namespace: a pid, a name as in ip netns list, "
		 "or all; repeatable"},
	{.name = "for",
	 .type = HM_OPT_TIME,
	 .arg = "TIME",
	 .offset = AT(opts.for_ns),
	 .min = SEC / 100,
	 .max = 24 * 365 * HOUR,
	 .help = "end after TIME: 30, 30s, 2m, 1h (default: at Ctrl-C)"},
	{.name = "count",
	 .letter = 'c',
	 .type = HM_OPT_NUMBER,
	 .arg = "N",
	 .offset = AT(opts.count),
	 .min = 1,
	 .max = UINT32_MAX,
	 .help = "end after N paths were printed"},
	{.name = "settle",
	 .type = HM_OPT_TIME,
	 .arg = "TIME",
	 .offset = AT(opts.settle_ns),
	 .min = SEC / 100,
	 .max = HOUR,
	 .help = "how long a connection may stay quiet before it is judged (default 2s)"},
	{.name = "answer",
	 .type = HM_OPT_TIME,
	 .arg = "TIME",
	 .offset = AT(opts.answer_ns),
	 .min = SEC / 1000,
	 .max = HOUR,
	 .help = "an answer is owed within TIME, whatever the protocol (default: only to "
		 "HTTP and TLS requests)"},
	{.name = "proxy",
	 .type = HM_OPT_NUMBERS16,
	 .arg = "PORT",
	 .offset = AT(opts.proxy_ports),
	 .count_offset = AT(opts.proxy_port_count),
	 .most = 8,
	 .min = 1,
	 .max = 65535,
	 .help = "who listens on PORT here is a proxy and has to send requests on; "
		 "repeatable"},
	{.name = "stall",
	 .type = HM_OPT_TIME,
	 .arg = "TIME",
	 .offset = AT(opts.stall_ns),
	 .min = SEC / 1000,
	 .max = HOUR,
	 .help = "a proxy here has to send on what it read within TIME (default: it may take "
		 "as long as it likes)"},
	{.name = "all",
	 .type = HM_OPT_FLAG,
	 .offset = AT(opts.all),
	 .help = "print every path, also healthy ones without the marker"},
	{.name = "json",
	 .type = HM_OPT_FLAG,
	 .offset = AT(opts.json),
	 .help = "JSON lines on stdout instead of text"},
	{.name = "write",
	 .letter = 'w',
	 .type = HM_OPT_STRING,
	 .arg = "FILE",
	 .offset = AT(opts.write_path),
	 .help = "record what is seen, as JSON lines for hopmark report"},
	{.name = "btf",
	 .type = HM_OPT_STRING,
	 .arg = "FILE",
	 .offset = AT(opts.btf_file),
	 .help = "BTF of this very kernel, raw or in a vmlinux, where /sys/kernel/btf is not to be "
		 "seen; brings socket hops back, no others, and only if the kernel has BTF"},
	{.name = "ring",
	 .type = HM_OPT_SIZE,
	 .arg = "SIZE",
	 .offset = AT(opts.ring_bytes),
	 .min = 4096,
	 .max = 1024 * 1024 * 1024,
	 .help = "buffer between kernel and hopmark (default 4m); larger where events are lost"},
	{.name = "legs",
	 .type = HM_OPT_NUMBER,
	 .arg = "N",
	 .offset = AT(opts.max_legs),
	 .min = 256,
	 .max = 16384,
	 .help = "connections that are held at once until they are judged (default 4096); further "
		 "ones take the place of the oldest, which are counted"},
	{.name = "depth",
	 .type = HM_OPT_SIZE,
	 .arg = "BYTES",
	 .offset = AT(opts.depth),
	 .min = 1024,
	 .max = 1024 * 1024 * 1024,
	 .help = "search only the first BYTES after each change of direction (default: all); "
		 "for hosts with bulk transfers"},
	{.name = "sni",
	 .type = HM_OPT_FLAG,
	 .offset = AT(opts.sni),
	 .help = "also tell the server names that TLS clients ask for; they leave the kernel as "
		 "they were sent, which tells what sites are visited"},
	{.name = "no-tcx",
	 .type = HM_OPT_FLAG,
	 .offset = AT(opts.no_tcx),
	 .help = "use clsact at interfaces even where the kernel has tcx, as before Linux 6.6"},
	{.name = "verbose",
	 .letter = 'v',
	 .type = HM_OPT_FLAG,
	 .offset = AT(verbose),
	 .help = "say more on stderr"},
	{.letter = 'n',
	 .type = HM_OPT_IGNORED,
	 .help = "ignored, for habit's sake: names are never resolved"},
};

void trace_args_init(struct trace_args *args)
{
	args->opts.settle_ns = 2 * SEC;
	args->opts.ring_bytes = 4 * 1024 * 1024;
	args->opts.max_legs = HM_LEGS;
}

static int refuse(const char *what, const char *why)
{
	log_error("%s: %s", what, why);
	return -EINVAL;
}

static int check_markers(struct trace_args *args)
{
	struct hm_trace_opts *opts = &args->opts;
	char why[HM_MARKER_WHY];
	uint32_t i;

	for (i = 0; i < args->marker_count; i++) {
		struct hm_marker *m = &opts->markers[i];

		if (marker_parse(args->markers[i], m, why, sizeof(why))) {
			log_error("%s", why);
			return -EINVAL;
		}
		if (marker_find(opts->markers, i, m) >= 0)
			return refuse(args->markers[i], "the same marker twice; give each once");
	}
	opts->marker_count = args->marker_count;
	return 0;
}

static int check_filter(struct hm_trace_opts *opts, const struct hm_words *words)
{
	size_t used = 0, room = sizeof(opts->filter_text);
	char why[HM_FILTER_WHY];
	int i;

	for (i = 0; i < words->count && used < room; i++)
		used += snprintf(opts->filter_text + used, room - used, "%s%s", i ? " " : "",
				 words->word[i]);
	if (used >= room)
		return refuse("filter", "longer than 1023 bytes; use nets and port ranges");
	int err;

	err = filter_compile(opts->filter_text, &opts->filter, why, sizeof(why));
	if (err == -EINVAL)
		log_error("%s", why);
	else if (err)
		return refuse("filter", strerror(-err));
	return err;
}

/* "-i any" spells out what is the default. */
static int check_ifaces(struct hm_trace_opts *opts)
{
	uint32_t i;

	for (i = 0; i < opts->iface_count; i++) {
		if (strcmp(opts->ifaces[i], "any"))
			continue;
		if (opts->iface_count > 1)
			return refuse("-i any", "takes in every interface; leave the others away");
		opts->iface_count = 0;
	}
	if (opts->xdp_force && !opts->xdp)
		return refuse("--xdp-force", "means nothing without --xdp");
	if (opts->xdp && !opts->iface_count)
		return refuse("--xdp", "needs -i: attaching it makes some network cards reset");
	return 0;
}

static int check_recording(const char *path)
{
	static const char *const captures[] = {".pcap", ".pcapng", ".cap"};
	size_t i, len = path ? strlen(path) : 0;

	if (!path)
		return 0;
	if (!path[0] || !strcmp(path, "-"))
		return refuse("-w", "needs the name of a file; --json writes to stdout");
	for (i = 0; i < HM_ARRAY_SIZE(captures); i++) {
		size_t ext = strlen(captures[i]);

		if (len >= ext && !strcasecmp(path + len - ext, captures[i]))
			return refuse(path, "recordings are JSON lines, not packets; "
					    "name it .jsonl");
	}
	return 0;
}

static int check_depth(const struct hm_trace_opts *opts)
{
	if (opts->depth && !opts->marker_count)
		return refuse("--depth", "means nothing without -m");
	return 0;
}

static int check_ring(const struct hm_trace_opts *opts)
{
	if (opts->ring_bytes & (opts->ring_bytes - 1))
		return refuse("--ring", "not a power of two, as 64k or 1m are");
	return 0;
}

static int check_command(struct hm_trace_opts *opts, const struct hm_words *words)
{
	opts->command = words->command;
	if (words->command && !words->command[0])
		return refuse("--", "COMMAND is missing behind it");
	return 0;
}

/*
 * How many times as long as for a marker of 12 bytes a search takes, rounded from what the bench
 * prints.
 */
static const char *const price[HM_MARKER_CHEAP] = {[4] = "7", [5] = "4", [6] = "3", [7] = "2"};

/* The shortest marker rules at which bytes the search looks. */
static void tell_price(const struct hm_trace_opts *opts)
{
	uint32_t shortest = HM_MARKER_CHEAP, i;

	for (i = 0; i < opts->marker_count; i++)
		if (opts->markers[i].len < shortest)
			shortest = opts->markers[i].len;
	if (shortest < HM_MARKER_CHEAP)
		log_info(
			"a marker of %u bytes works, but its search takes some %s times that of one of 12",
			shortest, price[shortest]);
}

/* Of two that are found in one place the longer is told. */
static void tell_inside(const struct trace_args *args)
{
	const struct hm_marker *m = args->opts.markers;
	char a[4 * HM_MARKER_MAX + 1], b[sizeof(a)];

	for (uint32_t i = 0; i < args->opts.marker_count; i++)
		for (uint32_t k = 0; k < args->opts.marker_count; k++)
			if (m[k].len > m[i].len &&
			    memmem(m[k].bytes, m[k].len, m[i].bytes, m[i].len))
				log_info("marker \"%s\" lies inside \"%s\": where that one is, "
					 "only that is told",
					 safe_bytes(a, sizeof(a), m[i].bytes, m[i].len),
					 safe_bytes(b, sizeof(b), m[k].bytes, m[k].len));
}

void trace_args_tell_markers(const struct trace_args *args)
{
	tell_price(&args->opts);
	tell_inside(args);
}

int trace_args_check(struct trace_args *args, const struct hm_words *words)
{
	struct hm_trace_opts *opts = &args->opts;
	int err = check_markers(args);

	if (!err)
		err = check_filter(opts, words);
	if (!err)
		err = check_ifaces(opts);
	if (!err)
		err = check_recording(opts->write_path);
	if (!err)
		err = check_depth(opts);
	if (!err)
		err = check_ring(opts);
	if (!err)
		err = check_command(opts, words);
	if (err)
		return err;
	log_set_verbose(args->verbose);
	return 0;
}
