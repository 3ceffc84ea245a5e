// SPDX-License-Identifier: GPL-2.0-only
/* Kernel record to sighting: one function for each kind that carries more than a header. */
#include "live.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "kernel_names.h"
#include "kernel_symbols.h"

void live_endpoint(struct hm_endpoint *e, const uint32_t addr[4], uint16_t port_be,
		   uint32_t ifindex)
{
	memset(e, 0, sizeof(*e));
	memcpy(e->addr, addr, sizeof(e->addr));
	e->port = ntohs(port_be);
	if (e->addr[0] == 0xfe && (e->addr[1] & 0xc0) == 0x80)
		e->scope = ifindex; /* link-local: RFC 4007 */
}

static void take_syn(const struct hm_rec *rec, struct hm_sighting *s)
{
	s->syn.mss = rec->syn.mss;
	s->syn.wscale = rec->syn.wscale;
	s->syn.dscp = rec->syn.dscp;
	s->syn.sack = rec->syn.sack;
	s->syn.timestamps = rec->syn.timestamps;
	s->syn.has_listener = rec->syn.has_listener;
	s->syn.backlog = rec->syn.backlog;
	s->syn.backlog_max = rec->syn.backlog_max;
	s->syn.requests = rec->syn.requests;
	s->syn.outside = rec->syn.outside;
}

static void take_marker(const struct hm_rec *rec, struct hm_sighting *s)
{
	s->marker.id = rec->marker.id;
	s->marker.split = rec->marker.split;
	s->marker.seq = rec->marker.seq;
	s->marker.end_seq = rec->marker.end_seq;
	s->marker.offset = rec->marker.offset;
	s->marker.word = rec->marker.word;
}

static void take_data(const struct hm_rec *rec, struct hm_sighting *s)
{
	s->data.class = rec->data.class;
	s->data.tls_type = rec->data.tls_type;
	s->data.alert = rec->data.alert;
	s->data.alert_level = rec->data.alert_level;
	s->data.status = rec->data.status;
}

/* What is longer, or has a NUL in it, is cut there, which its length tells. */
static void take_hello(const struct hm_rec *rec, struct hm_sighting *s)
{
	s->hello.state = rec->hello.state;
	s->hello.len = rec->hello.len;
	if (rec->size == sizeof(struct hm_hello_rec))
		memcpy(s->hello.name, ((const struct hm_hello_rec *)rec)->name, HM_SNI_MAX);
}

static void take_icmp(const struct hm_rec *rec, struct hm_sighting *s)
{
	memcpy(s->icmp.sender, rec->icmp.sender, sizeof(s->icmp.sender));
	s->icmp.type = rec->icmp.type;
	s->icmp.code = rec->icmp.code;
	s->icmp.family = rec->icmp.family;
	s->icmp.mtu = rec->icmp.mtu;
}

/*
 * Where drops have no reason: this function frees what a rule of netfilter dropped, and nothing
 * else.
 */
static void reason_by_function(struct hm_sight_drop *drop)
{
	if (!kernel_has_drop_reasons() && !strcmp(drop->where, "nf_hook_slow"))
		snprintf(drop->reason, sizeof(drop->reason), "NETFILTER_DROP");
}

static void take_drop(const struct hm_rec *rec, struct hm_sighting *s)
{
	if (rec->what == HM_WHAT_RESET) {
		kernel_reset_reason(rec->drop.reason, s->drop.reason, sizeof(s->drop.reason));
	} else {
		kernel_drop_reason(rec->drop.reason, s->drop.reason, sizeof(s->drop.reason));
		kernel_function(rec->drop.location, s->drop.where, sizeof(s->drop.where));
		reason_by_function(&s->drop);
	}
	s->drop.flags = rec->drop.flags;
	s->drop.has_listener = rec->drop.rx_listener;
	s->drop.backlog = rec->drop.backlog;
	s->drop.backlog_max = rec->drop.backlog_max;
}

static void take_retrans(const struct hm_rec *rec, struct hm_sighting *s)
{
	s->retrans.sk_state = rec->retrans.sk_state;
	s->retrans.synack = rec->retrans.synack;
	s->retrans.head = rec->retrans.head;
	s->retrans.gaps = rec->retrans.gaps;
	s->retrans.backlog = rec->retrans.backlog;
	s->retrans.backlog_max = rec->retrans.backlog_max;
	s->retrans.acked = rec->retrans.acked;
	s->retrans.sacked = rec->retrans.sacked;
	s->retrans.beside = rec->retrans.beside;
}

static void (*const takers[HM_WHAT_COUNT])(const struct hm_rec *, struct hm_sighting *) = {
	[HM_WHAT_SYN] = take_syn,	[HM_WHAT_SYNACK] = take_syn,
	[HM_WHAT_MARKER] = take_marker, [HM_WHAT_ACKED] = take_marker,
	[HM_WHAT_READ] = take_marker,	[HM_WHAT_DATA] = take_data,
	[HM_WHAT_ICMP] = take_icmp,	[HM_WHAT_DROP] = take_drop,
	[HM_WHAT_RESET] = take_drop,	[HM_WHAT_RETRANS] = take_retrans,
	[HM_WHAT_HELLO] = take_hello,
};

void live_sighting(const struct hm_rec *rec, int hop, struct hm_sighting *s)
{
	memset(s, 0, sizeof(*s));
	s->mono_ns = rec->mono_ns;
	s->hop = hop;
	s->what = rec->what < HM_WHAT_COUNT ? rec->what : HM_WHAT_NONE;
	s->tcp_flags = rec->tcp_flags;
	s->ttl = rec->ttl;
	s->family = rec->family;
	s->window = rec->window;
	s->ip_id = rec->ip_id;
	live_endpoint(&s->src, rec->tuple.saddr, rec->tuple.sport, rec->ifindex);
	live_endpoint(&s->dst, rec->tuple.daddr, rec->tuple.dport, rec->ifindex);
	s->seq = rec->seq;
	s->ack = rec->ack;
	s->len = rec->len;
	s->pid = rec->owner.pid;
	s->in_tree = rec->owner.in_tree;
	memcpy(s->comm, rec->owner.comm, sizeof(s->comm));
	s->comm[sizeof(s->comm) - 1] = '\0';
	if (takers[s->what])
		takers[s->what](rec, s);
}
