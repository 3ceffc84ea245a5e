#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A connection older than the trace is judged from its first watched packet: a marker sent on it is
# delivered, and no handshake code is given for the SYN that nobody could see.
#
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

established() { at server ss -Htn state established "sport = :80" | grep -q .; }
before_trace() {
	trace_has 'map(select(.type == "verdict" and .scope == "path")) | last | .legs[0].hops
		| any(.[]; .syn.state == "before-trace") and all(.[]; .syn.state != "missing")'
}

sent_later() {
	local client
	start_peer server mute 80
	rm -f "$T/pipe"
	mkfifo "$T/pipe"
	nsenter --net="/run/netns/$(ns client)" -- nc.openbsd -N "$(addr server)" 80 <"$T/pipe" >>"$T/log" 2>&1 &
	client=$!
	exec 3>"$T/pipe"
	prove "the connection is there" established
	trace_start server -m amazinggrace -c 1 --for 10 port 80
	echo amazinggrace >&3
	sleep 0.3
	exec 3>&-
	wait "$client"
	trace_wait
	end_all
	expect_verdict code=delivered confidence=proven at.comm=peer n=1 exit=0
	[[ -n $FAULTS_ONLY ]] || prove "its SYN is told as older than the trace" before_trace
}

both_families sent_later
