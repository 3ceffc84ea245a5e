#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# accept-queue-full: a server that listens and never accepts, its queue filled before; the SYN is
# discarded, or only the last ACK, where the last place was taken in between.
# Twins: one that accepts late, and one whose queue was full but not any more.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

queue_full() {
	start_peer server listen 80 2
	ON=$(addr server) start_peer client fill 80 3
	prove "three wait where two may" waiting server 80 3
	trace_start server -c 1 --for 12 port 80
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "the kernel counted overflows" rose server TcpExtListenOverflows
	trace_wait
	end_all
	expect_verdict code=accept-queue-full blame=application confidence=proven at.comm=peer at.role=server exit=1
}

half_open() { [[ $(at "$1" ss -Htn state syn-recv "sport = :$2" | wc -l) -ge $3 ]]; }

# shellcheck disable=SC2016 # expanded by the inner shell
say_marker() { start client bash -c 'echo amazinggrace | exec nc.openbsd -w 12 "$0" "$1"' "$(addr server)" "$1"; }

# Two handshakes for one place: nothing but their SYNs leaves the client until both have begun. A
# port of its own, because what is left of its connections goes on for a while.
last_ack() {
	local port=$((80 + F))
	start_peer server listen "$port" 2
	ON=$(addr server) start_peer client fill "$port" 2
	prove "two wait, as many as may" waiting server "$port" 2
	rules client output "tcp dport $port tcp flags & (syn | ack) == ack counter name hits drop"
	trace_start server -m amazinggrace --answer $((5 * ${HM_SLOW:-1}))s -c 2 port "$port"
	say_marker "$port"
	say_marker "$port"
	prove "both have begun" half_open server "$port" 2
	prove "no last ACK left" were_hit client 2
	no_rules client
	prove "one took the last place" waiting server "$port" 3
	prove "the other is half open still" half_open server "$port" 1
	trace_wait
	end_all
	expect_verdict code=accept-queue-full blame=application confidence=proven at.comm=peer n=1 exit=1
	expect_verdict code=not-accepted blame=application n=1
}

accepts_late() {
	start_peer server slow 80 1200
	trace_start server -m amazinggrace port 80
	prove "it answered late" same 200 "$(fetch client "$(url server 80 amazinggrace)")"
	trace_stop
	end_all
	expect_verdict code=delivered exit=0
	expect_not code=accept-queue-full
}

both_families queue_full
both_families accepts_late
both_families last_ack
