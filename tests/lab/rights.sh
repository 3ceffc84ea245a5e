#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Once everything is attached hopmark holds no capability any more, and can gain none; still it
# names processes, asks about sockets, names kernel functions and follows a new interface. COMMAND
# keeps the rights hopmark was started with.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

status_has() { grep -Pq "^$1:\t0*$2\$" "/proc/$TRACE_PID/status"; }

holds_nothing() {
	[[ -z $FAULTS_ONLY ]] || return 0
	local set
	for set in CapInh CapPrm CapEff CapAmb; do
		prove "$set is empty" status_has "$set" ''
	done
	prove "no new rights" status_has NoNewPrivs 1
}

names_still_right() {
	start_nginx server 80
	start_peer server listen 81 5
	rules server input "tcp dport 82 counter name hits drop"
	trace_start server -m amazinggrace port 80 or port 81 or port 82
	holds_nothing
	prove "nginx answered 404" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	send client amazinggrace "$(addr server)" 81
	send client amazinggrace "$(addr server)" 82
	prove "the rule was hit" were_hit server
	sleep 4
	trace_stop
	no_rules server
	expect_verdict code=delivered at.comm=nginx confidence=proven
	expect_verdict code=not-accepted at.comm=peer
	expect_verdict code=dropped-by-firewall confidence=proven
	[[ -n $FAULTS_ONLY ]] || prove "kernel functions have names" contains "$TRACE.json" '"where":"nft_do_chain"'
	end_all
}

interface_is_followed() {
	start_nginx server 80
	trace_start server -m amazinggrace -c 1 --for 15 port 80
	holds_nothing
	at server ip link add new0 type veth peer name new1 netns "$(ns client)"
	at server ip addr add 10.77.9.2/24 dev new0
	at server ip link set new0 up
	at client ip addr add 10.77.9.1/24 dev new1
	at client ip link set new1 up
	sleep 1
	prove "nginx answered 404" same 404 "$(fetch client http://10.77.9.2/amazinggrace)"
	trace_wait
	expect_verdict code=delivered at.comm=nginx
	[[ -n $FAULTS_ONLY ]] || prove "seen at the new interface" contains "$TRACE.json" '"hop":"new0:in"'
	end_all
}

command_keeps_rights() {
	trace_start server --for 5 port 80 -- sh -c "grep CapEff /proc/self/status >$T/command"
	trace_wait
	prove "COMMAND had its rights" grep -Pq '\t0*[1-9a-f]' "$T/command"
}

names_still_right
interface_is_followed
[[ -n $FAULTS_ONLY ]] || command_keeps_rights
