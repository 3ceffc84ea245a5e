#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# accept-queue-full: a server that listens and never accepts, its queue filled before. Where only the
# handshake's last ACK is discarded: accept-queue-last-ack.sh.
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
	expect "what the kernel counted is told" grep -q "whole network namespace rose by [1-9]" "$REPORT"
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
