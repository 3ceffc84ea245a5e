#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Two hopmarks at once on the same interfaces, at tcx, at clsact, and one at each: both see the same
# connections and give the same verdicts, neither takes the other for somebody who may keep packets
# from it, and the one that stays goes on seeing when the other has ended, whichever came first.
# timeout: 90
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/lab/lib/neighbours.sh
. "$ROOT/tests/lab/lib/neighbours.sh"

network direct
declare -A OF=() # a trace's name and process, by its number

# begin NUMBER [--no-tcx]; turn_to NUMBER: TRACE is that one from here on
begin() {
	trace_start server "${@:2}" --settle 1s -m amazinggrace port 80 or port 81
	OF[$1]="$TRACE $TRACE_PID"
	[[ -z $TRACE_PID ]] || STARTED+=("$TRACE_PID")
}
turn_to() { read -r TRACE TRACE_PID <<<"${OF[$1]}"; }

requests() {
	prove "nginx answered" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	prove "nobody answered" same 000 "$(fetch client "$(url server 81 amazinggrace)")"
}

# stop NUMBER N: it ends, and has N of each verdict
stop() {
	turn_to "$1"
	trace_stop
	expect_verdict code=delivered confidence=proven at.comm=nginx n="$2" exit=1
	expect_verdict code=refused blame=application confidence=proven n="$2"
	expect_none eth0:in "runs first"
	expect_none eth0:out "runs first"
	expect "hopmark $1 did not see at eth0:in" seen_at eth0:in marker
	expect "hopmark $1 did not see at eth0:out" seen_at eth0:out
}

# beside FIRST SECOND LEAVES: how each attaches, and which ends first
beside() {
	local stays=$((3 - $3))
	# shellcheck disable=SC2086 # an option, or nothing
	begin 1 $1
	# shellcheck disable=SC2086
	begin 2 $2
	requests
	stop "$3" 1
	requests
	stop "$stays" 2
	no prints hm_tc at server tc filter show dev eth0 ingress || fail "a filter is left"
}

start_nginx server 80
beside '' '' 1
beside '' '' 2
if has_tcx; then
	beside --no-tcx --no-tcx 1
	beside --no-tcx --no-tcx 2
	beside '' --no-tcx 1
	beside --no-tcx '' 2
fi
