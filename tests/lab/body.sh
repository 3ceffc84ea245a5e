#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Markers deep in a large body (super-packets of 64 KB, any offset) and over two segments are found.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

# A body of 3 MB with the marker at the given offset
body() { { head -c "$1" /dev/zero | tr '\0' x; printf amazinggrace; head -c $((3000000 - $1)) /dev/zero | tr '\0' y; } >"$T/body"; }

sent_whole() { at client nc.openbsd -N "$(addr server)" 81 <"$T/body" >"$T/answer" 2>>"$T/log"; }

large() {
	local offset
	start_peer server mute 81
	for offset in 0 2000003 2999999; do
		body "$offset"
		trace_start server -m amazinggrace -c 1 --for 10 port 81
		prove "the server read all of it" sent_whole
		trace_wait
		expect_verdict code=delivered confidence=proven at.comm=peer n=1 exit=0
	done
	end "$PID"
}

two_segments() {
	start_peer server mute 81
	trace_start server -m amazinggrace -c 1 --for 10 port 81
	{ printf 'some amazing'; sleep 0.4; printf 'grace here'; } | at client nc.openbsd -N -w 3 "$(addr server)" 81
	prove "the server read both" rose server TcpInSegs
	trace_wait
	end "$PID"
	expect_verdict code=delivered confidence=proven at.comm=peer n=1 exit=0
	[[ -n $FAULTS_ONLY ]] || prove "it is said to be split" split_seen
}

split_seen() { trace_has 'any(.[]; .type == "sighting" and .what == "marker" and .split)'; }

both_families large
both_families two_segments
