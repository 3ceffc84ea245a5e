// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules on packets that this host's kernel dropped and named the reason: a row for each code, the
 * reasons of which are in case_drop.c.
 */
#include <string.h>

#include "rules.h"

/* The row's code must be the drop's. */
static bool dropped_as(const struct hm_case *c, const struct hm_rule *row)
{
	return drop_counts(c) && c->drop_code == row->code && !c->rejected;
}

/* The other reasons of that code are this host's own: its table is full, its entry went away. */
static bool neighbour_silent(const struct hm_case *c)
{
	return drop_tells_silence(c->drop);
}

/* One packet, and no other copy of it elsewhere. */
static bool alone(const struct hm_case *c)
{
	return !bridge_may_copy(c);
}

/* As often as was due: what a loss hides can have brought none of it through meanwhile. */
static bool dropped_again(const struct hm_case *c)
{
	return c->drops >= HM_THRICE;
}

static bool alone_again(const struct hm_case *c)
{
	return alone(c) && dropped_again(c);
}

/*
 * A full socket is this host's fault only if its application had read all: else that is what fills
 * it, and what closes its window. What lies in the client's socket nobody looked at.
 */
static bool had_read_all(const struct hm_case *c)
{
	return !drop_comes_back(c, c->drop) && c->socket && !c->socket->socket.unread;
}

static bool queue_of_host(const struct hm_case *c)
{
	static const char *const of_sockets[] = {"PROTO_MEM", "SOCKET_RCVBUFF", "SOCKET_BACKLOG"};

	for (size_t i = 0; i < HM_ARRAY_SIZE(of_sockets); i++)
		if (!strcmp(c->drop->drop.reason, of_sockets[i]))
			return had_read_all(c);
	return true;
}

static bool is_syn(const struct hm_sighting *s)
{
	return (s->drop.flags & (HM_TCP_SYN | HM_TCP_ACK)) == HM_TCP_SYN;
}

/*
 * What comes behind a handshake that was seen belongs to no other connection: then its numbers, or
 * its timestamps, were changed on the way, or by who sends it.
 */
static bool stale(const struct hm_case *c)
{
	return is_syn(c->drop) || (had_read_all(c) && !(c->has_syn && c->has_synack));
}

/*
 * It came in at an interface, sent by somebody else, and nobody but hopmark is there to change it.
 */
static bool came_wrong(const struct hm_case *c)
{
	bool back = drop_comes_back(c, c->drop), came = false;

	if (back ? c->server_here : c->client_here)
		return false;
	for (uint32_t l = 0; l < c->leg_count; l++)
		for (uint32_t i = 0; i < c->legs[l]->row_count; i++) {
			const struct hm_row *row = &c->legs[l]->rows[i];
			const struct hm_hop *hop = &c->scene->hops[row->hop];

			if (hop->hook > HM_HOOK_TC_IN ||
			    !(back ? sight_crosses_back(row) : sight_crosses_forth(row)))
				continue;
			if (hop->before[0] || hop->before_unknown || hop->after[0])
				return false;
			came = true;
		}
	return came;
}

static const char *packet_of(const struct hm_case *c, const struct hm_sighting *s)
{
	if (is_syn(s))
		return "connection request (SYN)";
	if (s->drop.flags & HM_TCP_SYN)
		return "SYN-ACK";
	return c->drop_answer	       ? "answer"
	       : drop_comes_back(c, s) ? "server's packet"
				       : "client's packet";
}

/* Nobody but a BPF program can have dropped it. */
static bool program_certain(const struct hm_case *c)
{
	return alone(c) && dropper_of(c, c->drop).certain;
}

/* Nothing but the table can have dropped it: it counted these and no others. */
static bool table_exact(const struct hm_case *c)
{
	return table_says(c) == HM_TABLE_EXACT;
}

static void tell_table(const struct hm_case *c, struct hm_verdict *out)
{
	const struct hm_sighting *s = c->last_drop;
	bool rule = c->drop_code == HM_DROPPED_BY_FIREWALL && is_syn(c->drop);

	if (rule && table_says(c) == HM_TABLE_NOT_ASKED &&
	    strcmp(c->drop->drop.where, "nft_do_chain") != 0)
		words_evidence(out, "whether conntrack's table was full then could not be asked");
	if (c->drop_code != HM_CONNTRACK_FULL)
		return;
	if (s->drop.tracked_max)
		words_evidence(
			out,
			"conntrack held %u connections, limit %u, at %s; %u dropped for want of room "
			"since the trace began",
			s->drop.tracked, s->drop.tracked_max, AT(c, s->mono_ns), s->drop.no_room);
	if (!table_exact(c))
		words_why(out, "a rule may have dropped it, and the full table others");
}

static void tell_dropper(const struct hm_case *c, struct hm_verdict *out)
{
	struct hm_dropper who = dropper_of(c, c->drop);
	char hop[HM_NAME_LEN * 4], name[HM_NAME_LEN * 4];

	if (who.hop)
		words_evidence(out, "%s is at %s", safe_text(name, sizeof(name), who.name),
			       safe_text(hop, sizeof(hop), who.hop->name));
	if (c->drop_code == HM_DROPPED_BY_BPF && !who.certain)
		words_why(out, "the kernel's reason may be that of %s too",
			  !strcmp(c->drop->drop.reason, "SOCKET_FILTER")
				  ? "a security module"
				  : "a filter that is no BPF program");
}

void tell_drops(const struct hm_case *c, struct hm_verdict *out)
{
	char reason[HM_NAME_LEN * 4], where[HM_NAME_LEN * 4];

	safe_text(reason, sizeof(reason), c->drop->drop.reason);
	safe_text(where, sizeof(where), c->drop->drop.where);
	words_evidence(out, "%s dropped %u%s time%s, first at %s: %s in %s", packet_of(c, c->drop),
		       c->drops, c->more_drops ? " or more" : "", c->drops == 1 ? "" : "s",
		       AT(c, c->drop->drop.first_ns ? c->drop->drop.first_ns : c->drop->mono_ns),
		       reason, where);
}

void tell_odd_drop(const struct hm_case *c, struct hm_verdict *out)
{
	const struct hm_sighting *s = c->odd_drop;
	char reason[HM_NAME_LEN * 4], where[HM_NAME_LEN * 4];

	if (s)
		words_evidence(out, "%s ended on this host at %s: %s in %s", packet_of(c, s),
			       AT(c, s->mono_ns), safe_text(reason, sizeof(reason), s->drop.reason),
			       safe_text(where, sizeof(where), s->drop.where));
}

/*
 * No reason is given: that it is none of the harmless ones is known when it is so again and again.
 */
static bool named_or_again(const struct hm_case *c)
{
	return !drop_tells_discard(c, c->drop) || dropped_again(c);
}

struct words {
	const char *by, *advice;
};

static struct words words_for(const struct hm_case *c)
{
	static const struct words no_forwarding = {
		"this host, which does not send on what is for another",
		"Ask why it was sent here; if this host is to send it on:  sysctl net.ipv4.ip_forward "
		"net.ipv6.conf.all.forwarding"};
	static const struct words discards = {
		"this host, whose route there discards it",
		"See whether IPsec waits for its keys (spi 0):  ip xfrm state  and  ip xfrm policy"};
	static const struct words words[HM_CODE_COUNT] = {
		[HM_DROPPED_BY_FIREWALL] = {"a firewall rule on this host",
					    "Find the rule:  nft list ruleset   or   iptables-save "
					    "-c   (watch its counter)"},
		[HM_CONNTRACK_FULL] =
			{"netfilter on this host, as its table of connections is full",
			 "See what fills it:  sysctl net.netfilter.nf_conntrack_count "
			 "net.netfilter.nf_conntrack_max   and  conntrack -S"},
		[HM_DROPPED_BY_ROUTING] = {"this host's routing",
					   "See  ip route get <source address>  and  sysctl "
					   "net.ipv4.conf.all.rp_filter"},
		[HM_NO_ROUTE] = {"this host, for want of a usable route",
				 "See  ip route get <destination address>  and  ip rule"},
		[HM_DROPPED_BY_BPF] = {"a BPF program on this host",
				       "See what is attached:  bpftool net show   and  bpftool "
				       "cgroup tree"},
		[HM_DROPPED_BY_QUEUE] = {"a queue of this host",
					 "See  tc -s qdisc show   (dropped), and for what came in  "
					 "nstat -az | grep -iE 'drop|prune'"},
		[HM_STALE_CONNECTION] = {"TCP on this host, as it does not fit a connection of "
					 "the same addresses and ports that it has",
					 "See the connection it has, in TIME-WAIT too:  ss -tano"},
		[HM_BAD_CHECKSUM] = {"this host's kernel, as its checksum is wrong",
				     "See which counter grows:  nstat -az TcpInCsumErrors  and  "
				     "ethtool -S IF | grep -iE 'crc|csum|err'"},
		[HM_DROPPED_OTHER] = {"this host's kernel",
				      "See  nstat -az  for the counter that grows"},
	};

	if (drop_tells_no_forwarding(c->drop))
		return no_forwarding;
	if (drop_tells_discard(c, c->drop))
		return discards;
	/* A code that gets a row but no words is told as any other drop, by its reason. */
	return words[words[c->drop_code].by ? c->drop_code : HM_DROPPED_OTHER];
}

static void tell_dropped(const struct hm_case *c, struct hm_verdict *out)
{
	struct words words = words_for(c);
	char reason[HM_NAME_LEN * 4];
	char b[HM_ADDR_LEN];

	at_here(c, c->drop, out);
	safe_text(reason, sizeof(reason), c->drop->drop.reason);
	words_say(out, "The %s %s %s was dropped by %s (%s).", packet_of(c, c->drop),
		  drop_comes_back(c, c->drop) ? "from" : "for", where_server(c, b),
		  words.by, reason);
	tell_drops(c, out);
	if (c->drop_code == HM_BAD_CHECKSUM)
		words_why(out, "%s",
			  came_wrong(c) ? "its sender, or this host's card, may have made it so"
					: "who made it so was not watched");
	tell_table(c, out);
	tell_dropper(c, out);
	if (bridge_may_copy(c))
		words_why(out, "a bridge may have sent copies of it by other ports too");
	tell_syns(c, out);
	words_advise(out, "%s", words.advice);
}

/* The next hop is the host itself or the router towards it: which one hopmark does not know. */
static void tell_neighbour(const struct hm_case *c, struct hm_verdict *out)
{
	const struct hm_sighting *s = c->drop;
	const char *how = s->family == 6 ? "neighbour discovery" : "ARP";
	char to[HM_ADDR_LEN];

	at_here(c, s, out);
	at_no_process(out);
	safe_addr(to, s->dst.addr, s->dst.scope);
	if (neighbour_silent(c))
		words_say(out,
			  "This host asked for the hardware address of %s, or of the router "
			  "towards it (%s), and nobody answered.",
			  to, how);
	else
		words_say(out,
			  "This host could not keep a neighbour entry (%s) for %s, or for the "
			  "router towards it.",
			  how, to);
	tell_drops(c, out);
	tell_syns(c, out);
	words_advise(out,
		     "See  ip neigh show to %s  and, if a router leads there,  ip route get %s", to,
		     to);
}

/*
 * The same bytes, again and again: its sender did not hear that they are too long, or does not
 * care.
 */
static void tell_too_long(const struct hm_case *c, struct hm_verdict *out)
{
	char to[HM_ADDR_LEN];

	at_here(c, c->drop, out);
	at_no_process(out);
	safe_addr(to, c->drop->src.addr, c->drop->src.scope);
	words_say(
		out,
		"The %s was too long for the next link of this host, which dropped it again and again; "
		"that it is too long did not reach %s.",
		packet_of(c, c->drop), to);
	tell_drops(c, out);
	words_why(out, "where the ICMP error that says so was lost is not known");
	words_advise(
		out,
		"See who drops ICMP \"too big\" (type 3 code 4, IPv6 type 2) on the way to %s, this host's "
		"own rules first. It helps to clamp the MSS.",
		to);
}

static const struct hm_rule rows[] = {
	{HM_MTU_BLACK_HOLE, HM_BLAME_NETWORK, HM_LIKELY, HM_ON_ABSENCE, dropped_again,
	 tell_too_long},
	{HM_DROPPED_BY_FIREWALL, HM_BLAME_HOST, HM_PROVEN, HM_ON_SIGHT, alone_again,
	 tell_dropped},
	{HM_DROPPED_BY_FIREWALL, HM_BLAME_HOST, HM_PROVEN, HM_ON_ABSENCE, alone, tell_dropped},
	{HM_DROPPED_BY_FIREWALL, HM_BLAME_HOST, HM_LIKELY, HM_ON_ABSENCE, NULL, tell_dropped},
	{HM_CONNTRACK_FULL, HM_BLAME_HOST, HM_PROVEN, HM_ON_SIGHT, table_exact, tell_dropped},
	{HM_CONNTRACK_FULL, HM_BLAME_HOST, HM_LIKELY, HM_ON_SIGHT, NULL, tell_dropped},
	{HM_DROPPED_BY_ROUTING, HM_BLAME_HOST, HM_PROVEN, HM_ON_NAMING, NULL, tell_dropped},
	{HM_NO_ROUTE, HM_BLAME_HOST, HM_PROVEN, HM_ON_NAMING, NULL, tell_dropped},
	{HM_NEIGHBOUR_FAILED, HM_BLAME_NETWORK, HM_PROVEN, HM_ON_NAMING, neighbour_silent,
	 tell_neighbour},
	{HM_NEIGHBOUR_FAILED, HM_BLAME_HOST, HM_PROVEN, HM_ON_NAMING, NULL, tell_neighbour},
	{HM_DROPPED_BY_BPF, HM_BLAME_HOST, HM_PROVEN, HM_ON_NAMING, program_certain, tell_dropped},
	{HM_DROPPED_BY_BPF, HM_BLAME_HOST, HM_LIKELY, HM_ON_NAMING, NULL, tell_dropped},
	{HM_DROPPED_BY_QUEUE, HM_BLAME_HOST, HM_PROVEN, HM_ON_ABSENCE, queue_of_host, tell_dropped},
	{HM_STALE_CONNECTION, HM_BLAME_HOST, HM_PROVEN, HM_ON_ABSENCE, stale, tell_dropped},
	{HM_BAD_CHECKSUM, HM_BLAME_NETWORK, HM_LIKELY, HM_ON_ABSENCE, came_wrong, tell_dropped},
	{HM_BAD_CHECKSUM, HM_BLAME_HOST, HM_LIKELY, HM_ON_ABSENCE, NULL, tell_dropped},
	{HM_DROPPED_OTHER, HM_BLAME_HOST, HM_PROVEN, HM_ON_NAMING, named_or_again, tell_dropped},
};
const struct hm_rules rules_dropped = {rows, HM_ARRAY_SIZE(rows), dropped_as};
