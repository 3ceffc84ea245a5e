#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# conntrack-full: netfilter's table of connections is full at the server, on a router, at the client:
# new connections are dropped, with the reason that a rule has.
# timeout: 120
# Twins: rules that drop before conntrack looks, beside a full table: of iptables' older kind only the
# table's own counter tells it apart; a table with a little room; what is not tracked beside a full one.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network routed
# shellcheck source=tests/lab/lib/full.sh
. "$ROOT/tests/lab/lib/full.sh"
has_conntrack

clear() {
	no_rules "$1"
	empty_table "$1"
}

# full_at HOST HOOK [WATCHED-FROM]
full_at() {
	full_table "$1" "$2"
	if [[ -n ${3-} ]]; then
		trace_start "$3" --netns "$(ns "$1")" -c 1 --for 10 port 80
	else
		trace_start "$1" -c 1 --for 10 port 80
	fi
	send client amazinggrace "$(addr server)" 80 -w 2
	found_no_room "$1"
	trace_wait
	clear "$1"
	# likely: only one SYN was dropped by the time of the verdict
	expect_verdict code=conntrack-full blame=host 'confidence=proven|likely' n=1 exit=1
	expect "the table's limit is told" contains "$REPORT" "limit $LIMIT"
}

at_server() { full_at server prerouting; }
at_router() { full_at router prerouting client; }
at_client() { full_at client output; }

# ruled PROOF...: a rule drops it, and the table, which is full, never sees it
ruled() {
	local before
	fill_table server
	prove "the table is full" is_full server
	before=$(dropped server)
	trace_start server -c 1 --for 10 port 80
	send client amazinggrace "$(addr server)" 80 -w 2
	prove "the rule was hit" "$@"
	prove "the table was not asked" has_not_dropped server "$before"
	trace_wait
	expect_verdict code=dropped-by-firewall blame=host confidence=proven n=1 exit=1
	expect_not code=conntrack-full
}

legacy() { at server "$(if [[ $F == 4 ]]; then echo iptables-legacy; else echo ip6tables-legacy; fi)" -t raw "$@"; }
legacy_hit() { [[ $(legacy -nvxL PREROUTING | awk '/DROP.*dpt:80/ {print $1}') -ge 1 ]]; }

by_nft() {
	rules server prerouting "ct state invalid drop; }
		chain raw { type filter hook prerouting priority -300; tcp dport 80 counter name hits drop"
	ruled were_hit server
	clear server
}

by_iptables() {
	legacy -A PREROUTING -p tcp --dport 80 -j DROP 2>>"$T/log" || { note "no raw table of iptables-legacy here"; return; }
	rules server prerouting "ct state invalid counter name hits drop"
	ruled legacy_hit
	clear server
	legacy -F PREROUTING
}

little_room() {
	rules server prerouting "ct state invalid counter name hits drop"
	fill_table server 20
	prove "there is room" has_room server
	trace_start server -m amazinggrace port 80
	prove "nginx answered" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	trace_stop
	clear server
	expect_verdict code=delivered n=1 exit=0
	expect_not code=conntrack-full
}

not_tracked() {
	rules server prerouting "ct state invalid counter name hits drop; }
		chain out { type filter hook output priority -300; tcp sport 80 notrack; }
		chain raw { type filter hook prerouting priority -300; tcp dport 80 notrack"
	fill_table server
	prove "the table is full" is_full server
	trace_start server -m amazinggrace port 80
	prove "nginx answered" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	trace_stop
	clear server
	expect_verdict code=delivered n=1 exit=0
	expect_not code=conntrack-full
}

start_nginx server 80
both_families at_server
F=4 at_router
F=6 at_client
F=4 by_iptables
F=6 by_nft
F=4 little_room
F=6 not_tracked
