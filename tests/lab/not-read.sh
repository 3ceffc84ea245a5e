#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# not-read: accepted, and the bytes stay in the receive queue.
# Twins: a relay that moves them by splice(2) without reading, and a reader that first peeks.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

never_read() {
	start_peer server hold 80
	trace_start server -m amazinggrace -c 1 --for 10 port 80
	send client amazinggrace "$(addr server)" 80 -w 4 &
	prove "the bytes wait in the receive queue" unread server 80 10
	wait $!
	trace_wait
	end_all
	expect_verdict code=not-read blame=application at.comm=peer exit=1
}

spliced() {
	start_nginx server 81
	start_peer server splice 80 0 server 81
	trace_start server -m amazinggrace port 80
	prove "the relay works" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	trace_stop
	end_all
	expect_verdict code=delivered exit=0
	expect_not code=not-read
}

peeked() {
	start_peer server peek 80 1000
	trace_start server -m amazinggrace port 80
	prove "it answered" same 200 "$(fetch client "$(url server 80 amazinggrace)")"
	trace_stop
	end_all
	expect_verdict code=delivered confidence=proven at.comm=peer exit=0
	expect_not code=not-read
}

both_families never_read
both_families spliced
both_families peeked
