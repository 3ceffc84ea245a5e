#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# inconclusive: events were lost (a ring of one page, a flood, and a hopmark that was kept from
# reading), so that no absence can be trusted; nobody is accused. Twin: the same flood, nothing lost.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

flood() { at client "$PEER" flood "$(addr server)" 80 "$1" >>"$T/log" 2>&1; }

lost() { jq -s 'map(select(.type == "stats")) | last | .lost_ring + .lost_map + .limited' <"$TRACE.json"; }

losing() {
	trace_start server -m amazinggrace --ring 4096 port 80
	[[ -n $FAULTS_ONLY ]] || kill -STOP "$TRACE_PID"
	prove "all requests were answered" flood 100
	[[ -n $FAULTS_ONLY ]] || kill -CONT "$TRACE_PID"
	prove "all requests were answered" flood 20
	trace_stop
	if [[ -z $FAULTS_ONLY ]]; then
		prove "events were lost" test "$(lost)" -ge 1
	fi
	expect_verdict code=inconclusive blame=unknown
	expect_not blame='application|proxy|host|network|policy|beyond'
}

losing_nothing() {
	trace_start server -m amazinggrace port 80
	prove "all requests were answered" flood 20
	trace_stop
	if [[ -z $FAULTS_ONLY ]]; then
		prove "nothing was lost" test "$(lost)" -eq 0
	fi
	expect_verdict code=delivered n=20 exit=0
	expect_not code=inconclusive
}

start_nginx server 80
build_tools
both_families losing
both_families losing_nothing
