#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# syn-queue-full: a listener waits for the end of as many handshakes as its backlog lets it, or as
# tcp_max_syn_backlog does, and SYN cookies are off.
# Twins: the same with SYN cookies; a queue that has room again by the time a SYN is repeated; the accept
# queue that is full while cookies are off.
# timeout: 180
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

# shellcheck source=tests/lab/lib/full.sh
. "$ROOT/tests/lab/lib/full.sh"

WATCHED=(port 80 and not portrange 20000-20099) # without those that fill the queue

set_at() { at server sysctl -qw "net.ipv4.$1"; }
over() {
	end_all
	no_rules client
}

rises() { [[ $(counter server "$1") -ge $2 ]]; }

# judged WAY TEXT: the kernel's counter tells which limit it was
judged() {
	local drops overflows full
	drops=$(counter server TcpExtListenDrops)
	overflows=$(counter server TcpExtListenOverflows)
	full=$(counter server TcpExtTCPReqQFullDrop)
	trace_start server -c 1 --for 12 "${WATCHED[@]}"
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "listeners discarded packets" rises TcpExtListenDrops $((drops + 3))
	prove "not for the accept queue" same "$overflows" "$(counter server TcpExtListenOverflows)"
	if [[ $1 == backlog ]]; then
		prove "the backlog is the limit" rises TcpExtTCPReqQFullDrop $((full + 3))
	else
		prove "the backlog is not the limit" same "$full" "$(counter server TcpExtTCPReqQFullDrop)"
	fi
	trace_wait
	over
	expect_verdict code=syn-queue-full blame=host confidence=proven at.comm=peer at.role=server n=1 exit=1
	expect "the limit is told" contains "$REPORT" "$2"
}

by_backlog() {
	set_at tcp_syncookies=0
	start_peer server listen 80 3
	half_open 3
	one_more
	judged backlog "limit 3 (its"
}

by_max_syn_backlog() {
	set_at tcp_syncookies=0
	set_at tcp_max_syn_backlog=4
	at server ip tcp_metrics flush
	start_peer server listen 80 100
	half_open 4
	judged max "limit 3 (three"
	set_at tcp_max_syn_backlog=256
}

# Nobody accepts them; but the handshake is made.
with_cookies() {
	local sent
	set_at tcp_syncookies=1
	start_peer server listen 80 3
	half_open 3
	one_more
	sent=$(counter server TcpExtSyncookiesSent)
	trace_start server -c 1 --for 12 "${WATCHED[@]}"
	send client amazinggrace "$(addr server)" 80 -w 3
	prove "it was sent a cookie" rises TcpExtSyncookiesSent $((sent + 1))
	trace_wait
	over
	expect_verdict code=not-accepted n=1
	expect_not code=syn-queue-full
}

# The first SYN finds the queue full, a later one does not.
room_again() {
	local drops
	set_at tcp_syncookies=0
	start_peer server listen 80 3
	half_open 3
	one_more
	drops=$(counter server TcpExtListenDrops)
	trace_start server -c 1 --for 12 "${WATCHED[@]}"
	start client nc.openbsd -w 8 "$(addr server)" 80
	prove "its SYN was discarded" rises TcpExtListenDrops $((drops + 1))
	end "${HALVES[@]}"
	no_rules client # a RST answers each SYN-ACK that is repeated
	trace_wait
	end_all
	expect_verdict code=not-accepted n=1
	expect_not code=syn-queue-full
}

accept_queue() {
	set_at tcp_syncookies=0
	start_peer server listen 80 2
	ON=$(addr server) start_peer client fill 80 3
	prove "three wait where two may" waiting server 80 3
	trace_start server -c 1 --for 12 port 80
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "the kernel counted overflows" rose server TcpExtListenOverflows
	trace_wait
	end_all
	expect_verdict code=accept-queue-full blame=application confidence=proven exit=1
	expect_not code=syn-queue-full
}

both_families by_backlog
both_families by_max_syn_backlog
both_families with_cookies
F=4 room_again
both_families accept_queue
