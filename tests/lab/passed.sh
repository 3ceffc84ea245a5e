#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# passed: on a router the marker came in at one interface and left by another; nothing acknowledged it.
# Twin: one the server answers is more than passed.
#
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network routed

LONG=amazinggrace-$(printf '%080d' 0)

unacknowledged() {
	start_peer server mute 80
	rules server input "tcp dport 80 meta length > 125 counter name hits drop"
	trace_start router -m amazinggrace port 80 and host "$(addr client)"
	send client "$LONG" "$(addr server)" 80 -q 1
	prove "the server's firewall dropped the segment with the marker" were_hit server
	trace_stop
	no_rules server
	end_all
	expect_verdict code=passed blame=none n=1 exit=0
}

answered() {
	start_nginx server 80
	trace_start router -m amazinggrace port 80
	prove "the server answered" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	trace_stop
	end_all
	expect_verdict code=delivered confidence=likely status=404 exit=0
	expect_not code=passed
}

both_families unacknowledged
both_families answered
