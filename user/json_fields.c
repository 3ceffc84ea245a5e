// SPDX-License-Identifier: GPL-2.0-only
/* The table of the JSON lines' keys, and its writer. Called by out_json*.c and recording.c. */
#include "json_fields.h"

#include <string.h>

#include "safe.h"

static const char *const hook_names[HM_HOOK_COUNT] = {
	[HM_HOOK_XDP] = "xdp",		   [HM_HOOK_TC_IN] = "in",
	[HM_HOOK_TC_OUT] = "out",	   [HM_HOOK_SOCK_IN] = "socket-in",
	[HM_HOOK_SOCK_OUT] = "socket-out", [HM_HOOK_APP] = "app",
	[HM_HOOK_DROP] = "drops",	   [HM_HOOK_PROBE] = "sockets",
};
static const char *const bridge_names[] = {"", "port", "self"}; /* enum hm_bridge */

static const char *const class_names[] = {
	[HM_CLASS_NONE] = "none",
	[HM_CLASS_OTHER] = "other",
	[HM_CLASS_HTTP_REQUEST] = "http-request",
	[HM_CLASS_HTTP_PROXY] = "http-proxy-request",
	[HM_CLASS_HTTP_STATUS] = "http-status",
	[HM_CLASS_TLS] = "tls",
};

static const char *const hello_states[] = {
	[HM_HELLO_NONE] = "none",
	[HM_HELLO_NAMED] = "name",
	[HM_HELLO_NAMELESS] = "no-name",
	[HM_HELLO_UNSEEN] = "not-seen",
};

/* include/net/tcp_states.h; 0 is ours. */
static const char *const tcp_states[] = {
	"none",	     "established", "syn-sent",	  "syn-recv", "fin-wait-1", "fin-wait-2",
	"time-wait", "close",	    "close-wait", "last-ack", "listen",	    "closing",
	"new-syn-recv",
};

#define FIELD(type, member, k, text, ...)                                                          \
	{.key = (text), .kind = JSON_KIND_##k, .offset = offsetof(type, member),                   \
	 .size = sizeof(((type *)NULL)->member), __VA_ARGS__}
#define NAMES(table) .names = (table), .name_count = HM_ARRAY_SIZE(table)
#define FIELDS(nested, table) {.nest = (nested), .field = (table), .count = HM_ARRAY_SIZE(table)}

#define S(member, k, ...) FIELD(struct hm_sighting, member, k, __VA_ARGS__)
static const struct json_field common[] = {
	S(leg, UINT, "leg", .always = true),
	S(mono_ns, UINT, "mono_ns", .always = true),
	S(src, ENDPOINT, "src", .always = true),
	S(dst, ENDPOINT, "dst", .always = true),
	S(seq, UINT, "seq", .always = true),
	S(ack, UINT, "ack", .always = true),
	S(len, UINT, "len", .always = true),
	S(ttl, UINT, "ttl", .always = true),
	S(tcp_flags, UINT, "tcp_flags"),
	S(family, UINT, "family"),
	S(window, UINT, "window"),
	S(ip_id, UINT, "ip_id"),
	S(pid, UINT, "pid"),
	S(in_tree, BOOL, "in_tree"),
	S(comm, TEXT, "comm"),
};

static const struct json_field syn[] = {
	S(syn.mss, UINT, "mss", .always = true),
	S(syn.wscale, UINT, "wscale", .absent = 255),
	S(syn.dscp, UINT, "dscp", .absent = HM_NO_DSCP),
	S(syn.sack, BOOL, "sack", .always = true),
	S(syn.timestamps, BOOL, "ts", .always = true),
	S(syn.has_listener, BOOL, "has_listener"),
	S(syn.backlog, UINT, "backlog"),
	S(syn.backlog_max, UINT, "backlog_max"),
	S(syn.overflows, UINT, "listen_overflows"),
	S(syn.requests, UINT, "requests"),
	S(syn.requests_max, UINT, "max_syn_backlog"),
	S(syn.discarded, UINT, "listen_drops"),
	S(syn.cookies, BOOL, "syncookies"),
	S(syn.outside, BOOL, "outside_filter"),
};

static const struct json_field marker[] = {
	S(marker.id, UINT, "marker_id", .absent = HM_NO_MARKER),
	S(marker.split, BOOL, "split", .always = true),
	S(marker.seq, UINT, "marker_seq", .always = true),
	S(marker.end_seq, UINT, "marker_end_seq", .always = true),
	S(marker.offset, UINT, "offset", .absent = UINT32_MAX),
	S(marker.word, UINT, "word"),
};

static const struct json_field data[] = {
	S(data.class, NAME, "class", .always = true, NAMES(class_names)),
	S(data.tls_type, UINT, "tls_type"),
	S(data.alert, UINT, "alert"),
	S(data.alert_level, UINT, "alert_level"),
	S(data.status, UINT, "status"),
};

static const struct json_field hello[] = {
	S(hello.state, NAME, "state", .always = true, NAMES(hello_states)),
	S(hello.name, TEXT, "name"),
	S(hello.len, UINT, "len"),
};

static const struct json_field icmp[] = {
	S(icmp.sender, ADDR, "sender", .always = true),
	S(icmp.type, UINT, "type", .always = true),
	S(icmp.code, UINT, "code", .always = true),
	S(icmp.family, UINT, "family", .always = true),
	S(icmp.mtu, UINT, "mtu"),
};

static const struct json_field drop[] = {
	S(drop.reason, TEXT, "reason", .always = true),
	S(drop.where, TEXT, "where", .always = true),
	S(drop.flags, UINT, "dropped_tcp_flags"),
	S(drop.has_listener, BOOL, "has_listener"),
	S(drop.backlog, UINT, "backlog"),
	S(drop.backlog_max, UINT, "backlog_max"),
	S(drop.overflows, UINT, "listen_overflows"),
	S(drop.tracked, UINT, "conntrack_entries"),
	S(drop.tracked_max, UINT, "conntrack_max"),
	S(drop.no_room, UINT, "conntrack_drops"),
};

static const struct json_field retrans[] = {
	S(retrans.sk_state, NAME, "state", .always = true, NAMES(tcp_states)),
	S(retrans.synack, BOOL, "synack", .always = true),
	S(retrans.backlog, UINT, "backlog"),
	S(retrans.backlog_max, UINT, "backlog_max"),
	S(retrans.overflows, UINT, "listen_overflows"),
	S(retrans.head, BOOL, "head"),
	S(retrans.acked, UINT, "acked"),
	S(retrans.sacked, UINT, "sacked"),
	S(retrans.gaps, UINT, "gaps"),
	S(retrans.beside, UINT, "beside"),
};

static const struct json_field socket_probe[] = {
	S(socket.state, NAME, "state", .always = true, NAMES(tcp_states)),
	S(socket.accepted, BOOL, "accepted", .always = true),
	S(socket.unread, UINT, "unread", .always = true),
	S(socket.unsent, UINT, "unsent"),
	S(socket.has_seq, BOOL, "has_seq"),
	S(socket.copied_seq, UINT, "copied_seq"),
};

static const struct json_field listener[] = {
	S(listener.netns, UINT, "netns", .always = true),
	S(listener.v6only, BOOL, "v6only"),
	S(listener.backlog, UINT, "backlog", .always = true),
	S(listener.backlog_max, UINT, "backlog_max", .always = true),
};

static const struct json_field route[] = {
	S(route.error, INT, "error", .always = true), /* errno(3), Linux's numbers; 0: a route */
	S(route.local, BOOL, "local"),
	S(route.device, UINT, "device"),
};

static const struct json_field ports[] = {
	S(ports.used, UINT, "used", .always = true),
	S(ports.waiting, UINT, "time_wait", .always = true),
	S(ports.low, UINT, "low"),
	S(ports.high, UINT, "high"),
};

const struct json_fields json_sighting_fields = FIELDS(NULL, common);

const struct json_fields json_what_fields[HM_WHAT_COUNT] = {
	[HM_WHAT_SYN] = FIELDS("syn", syn),
	[HM_WHAT_SYNACK] = FIELDS("syn", syn),
	[HM_WHAT_DATA] = FIELDS("data", data),
	[HM_WHAT_HELLO] = FIELDS("hello", hello),
	[HM_WHAT_MARKER] = FIELDS(NULL, marker),
	[HM_WHAT_ECHO] = FIELDS(NULL, marker),
	[HM_WHAT_ACKED] = FIELDS(NULL, marker),
	[HM_WHAT_READ] = FIELDS(NULL, marker),
	[HM_WHAT_ICMP] = FIELDS("icmp", icmp),
	[HM_WHAT_DROP] = FIELDS(NULL, drop),
	[HM_WHAT_RESET] = FIELDS(NULL, drop),
	[HM_WHAT_RETRANS] = FIELDS("retransmit", retrans),
	[HM_WHAT_SOCKET] = FIELDS("socket", socket_probe),
	[HM_WHAT_LISTENER] = FIELDS("listener", listener),
	[HM_WHAT_ROUTE] = FIELDS("route", route),
	[HM_WHAT_PORTS] = FIELDS("ports", ports),
};

#define H(member, k, ...) FIELD(struct hm_scene, member, k, __VA_ARGS__)
static const struct json_field host[] = {
	H(host, TEXT, "host", .always = true),
	H(boot_id, TEXT, "boot_id", .always = true),
	H(kernel, TEXT, "kernel", .always = true),
	H(version, TEXT, "hopmark", .always = true),
	H(netns, UINT, "netns", .always = true),
	H(filter, TEXT, "filter", .always = true),
	H(start_mono_ns, UINT, "mono_ns", .always = true),
	H(start_unix_ns, UINT, "unix_ns", .always = true),
	H(other_netns, UINT, "other_netns"),
	H(named_interfaces, BOOL, "named_interfaces"),
	H(depth, UINT, "depth"),
	H(sni, BOOL, "sni"),
	H(settle_ns, UINT, "settle_ns"),
	H(answer_ns, UINT, "answer_ns"),
	H(stall_ns, UINT, "stall_ns"),
	H(max_legs, UINT, "max_legs"),
	H(all, BOOL, "all"),
	H(count, UINT, "count"),
	H(counts_all, BOOL, "counts_all"),
};

#define COUNTER(index, text, ...) H(counters[index], UINT, text, __VA_ARGS__)
static const struct json_field stats[] = {
	COUNTER(HM_CNT_SEEN, "seen", .always = true),
	COUNTER(HM_CNT_FILTERED, "filtered", .always = true),
	COUNTER(HM_CNT_MATCHED, "matched", .always = true),
	COUNTER(HM_CNT_SCANNED, "scanned", .always = true),
	COUNTER(HM_CNT_LIMITED, "limited", .always = true),
	COUNTER(HM_CNT_LOST_RING, "lost_ring", .always = true),
	COUNTER(HM_CNT_LOST_MAP, "lost_map", .always = true),
	COUNTER(HM_CNT_NOT_INSPECTED, "not_inspected", .always = true),
	COUNTER(HM_CNT_LEGS, "legs"),
	COUNTER(HM_CNT_RECORDS, "records"),
	COUNTER(HM_CNT_PARTLY, "partly_inspected"),
	COUNTER(HM_CNT_SIGHTINGS, "sightings"),
	COUNTER(HM_CNT_DELIVERED, "delivered"),
	COUNTER(HM_CNT_UNREAD, "unread"),
	COUNTER(HM_CNT_LOST_NOTE, "lost_note"),
	COUNTER(HM_CNT_UNSEARCHED, "unsearched_bytes"),
	COUNTER(HM_CNT_LEFT, "left"),
	COUNTER(HM_CNT_LEFT_SEARCHED, "left_searched"),
	COUNTER(HM_CNT_LOST_HOP, "lost_hop"),
	COUNTER(HM_CNT_LOST_BUSY, "lost_busy"),
	H(counted_ns, UINT, "counted_mono_ns"),
	H(unasked, UINT, "unasked"),
	H(end_mono_ns, UINT, "end_mono_ns"), /* in the last one */
};
_Static_assert(HM_ARRAY_SIZE(stats) == HM_CNT_COUNT + 3, "every counter has a key");

static const struct json_field command[] = {
	H(command, TEXT, "argv0", .always = true),
	H(command_pid, UINT, "pid"),
	H(command_exit, INT, "exit", .absent = (uint64_t)-1),
};

static const struct json_field hop[] = {
	FIELD(struct hm_hop, name, TEXT, "hop", .always = true),
	FIELD(struct hm_hop, dev, TEXT, "dev", .always = true),
	FIELD(struct hm_hop, hook, NAME, "hook", .always = true, NAMES(hook_names)),
	FIELD(struct hm_hop, netns, UINT, "netns"),
	FIELD(struct hm_hop, ifindex, UINT, "ifindex"),
	FIELD(struct hm_hop, packets, UINT, "packets"),
	FIELD(struct hm_hop, before, TEXT, "before"),
	FIELD(struct hm_hop, after, TEXT, "after"),
	FIELD(struct hm_hop, before_unknown, BOOL, "before_unknown"),
	FIELD(struct hm_hop, tunnel, TEXT, "tunnel"),
	FIELD(struct hm_hop, bridge, NAME, "bridge", NAMES(bridge_names)),
	FIELD(struct hm_hop, blind, BOOL, "blind"),
	FIELD(struct hm_hop, doubt_ns, UINT, "doubt_mono_ns"),
	FIELD(struct hm_hop, clear_ns, UINT, "clear_mono_ns"),
	FIELD(struct hm_hop, since_ns, UINT, "since_mono_ns"),
};

static const struct json_field not_watched[] = {
	FIELD(struct hm_not_watched, hop, TEXT, "hop", .always = true),
	FIELD(struct hm_not_watched, why, TEXT, "why", .always = true),
};

const struct json_fields json_host_fields = FIELDS(NULL, host);
const struct json_fields json_stats_fields = FIELDS(NULL, stats);
const struct json_fields json_command_fields = FIELDS("command", command);
const struct json_fields json_hop_fields = FIELDS(NULL, hop);
const struct json_fields json_not_watched_fields = FIELDS(NULL, not_watched);

static uint64_t number_at(const struct json_field *f, const void *at)
{
	union {
		uint8_t u8;
		uint16_t u16;
		uint32_t u32;
		uint64_t u64;
		int32_t i32;
	} number;

	if (f->size > sizeof(number))
		return 0; /* no number: a text or an endpoint */
	memcpy(&number, at, f->size);
	if (f->kind == JSON_KIND_INT)
		return (uint64_t)(int64_t)number.i32;
	switch (f->size) {
	case 1:
		return number.u8;
	case 2:
		return number.u16;
	case 4:
		return number.u32;
	case 8:
		return number.u64;
	}
	return 0;
}

static bool is_absent(const struct json_field *f, const void *at)
{
	if (f->always)
		return false;
	if (f->kind == JSON_KIND_TEXT)
		return !*(const char *)at;
	return number_at(f, at) == f->absent;
}

static void write_one(struct json_writer *w, const struct json_field *f, const void *at)
{
	uint64_t number = number_at(f, at);
	char text[HM_ADDR_LEN];

	switch ((enum json_kind)f->kind) {
	case JSON_KIND_NAME:
		if (number < f->name_count) {
			jw_text(w, f->key, f->names[number]);
			break;
		}
		/* fall through */
	case JSON_KIND_UINT:
		jw_uint(w, f->key, number);
		break;
	case JSON_KIND_INT:
		jw_int(w, f->key, (int64_t)number);
		break;
	case JSON_KIND_BOOL:
		jw_bool(w, f->key, number);
		break;
	case JSON_KIND_TEXT:
		jw_bytes(w, f->key, at, strnlen(at, f->size));
		break;
	case JSON_KIND_ENDPOINT:
		jw_text(w, f->key, safe_endpoint(text, at));
		break;
	case JSON_KIND_ADDR:
		jw_text(w, f->key, safe_addr(text, at, 0));
		break;
	}
}

void json_fields_write(struct json_writer *w, const struct json_fields *fields, const void *base)
{
	if (fields->nest)
		jw_object(w, fields->nest);
	for (uint32_t i = 0; i < fields->count; i++) {
		const struct json_field *f = &fields->field[i];
		const char *at = (const char *)base + f->offset;

		if (!is_absent(f, at))
			write_one(w, f, at);
	}
	if (fields->nest)
		jw_close(w);
}
