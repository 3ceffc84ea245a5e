#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# no-answer: an HTTP request was read, and the client gave up waiting for its answer.
# Twins: a long poll that answers late, and one where both ends still wait.
#
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

client_gave_up() {
	start_peer server mute 80
	trace_start server -m amazinggrace -c 1 --for 10 port 80
	prove "curl had no answer" same 000 "$(fetch client --max-time 2 "$(url server 80 amazinggrace)")"
	trace_wait
	end_all
	expect_verdict code=no-answer blame=application at.comm=peer exit=1
}

answered_late() {
	start_peer server poll 80 3000
	trace_start server -m amazinggrace port 80
	prove "it answered late" same 200 "$(fetch client "$(url server 80 amazinggrace)")"
	trace_stop
	end_all
	expect_verdict code=delivered status=200 exit=0
	expect_not code=no-answer
}

still_waiting() {
	start_peer server poll 80 $((6000 * ${HM_SLOW:-1}))
	trace_start server -m amazinggrace --for 3 port 80
	fetch client --max-time $((10 * ${HM_SLOW:-1})) "$(url server 80 amazinggrace)" >"$T/status" &
	local client=$!
	trace_wait
	prove "the client still waits" kill -0 "$client"
	expect_verdict code='inconclusive|delivered' n=1
	expect_not code=no-answer
	wait "$client"
	end_all
}

both_families client_gave_up
both_families answered_late
both_families still_waiting
