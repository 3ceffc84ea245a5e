#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Evidence of the way: a router that clamps the MSS, sets the DSCP or numbers a SYN anew is named by the hops
# around it; a router that nobody watches is told by the TTL. Twin: one that changes nothing.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network routed

asked() { prove "nginx answered" same 404 "$(fetch client "$(url server 80 amazinggrace)")"; }

clamped() {
	rules router forward "tcp dport 80 tcp flags & (syn | ack) == syn counter name hits tcp option maxseg size set 1200"
	trace_start router -m amazinggrace port 80
	asked
	prove "the rule was hit" were_hit router
	trace_stop
	no_rules router
	expect "the MSS is told" grep -qE 'SYN rewritten between eth0:in and eth1:out: MSS [0-9]+ became' "$REPORT"
	expect "and what it became" grep -qE 'became +1200' "$REPORT"
}

# DSCP of the SYN and of all behind it
remarked() {
	rules router forward "tcp dport 80 counter name hits $([[ $F == 4 ]] && echo ip || echo ip6) dscp set ef"
	trace_start router -m amazinggrace port 80
	asked
	prove "the rule was hit" were_hit router
	trace_stop
	no_rules router
	expect "the DSCP is told" grep -qE 'SYN rewritten between eth0:in and eth1:out: DSCP 0 became +46' \
		<(tr -s ' \n' ' ' <"$REPORT")
	expect "that of the SYN-ACK was left as it is" lacks "$REPORT" 'SYN-ACK rewritten'
}

# The sequence number of the SYN, and not that of its answer: nobody gets through.
renumbered() {
	rules router forward "tcp dport 80 tcp flags & (syn | ack) == syn counter name hits tcp sequence set 1000"
	trace_start router -m amazinggrace port 80
	fetch client --max-time 2 "$(url server 80 amazinggrace)" >"$T/status"
	prove "the rule was hit" were_hit router
	trace_stop
	no_rules router
	expect "the sequence number is told" \
		grep -qE 'SYN rewritten between eth0:in and eth1:out: sequence number [0-9]+ became 1000' \
		<(tr -s ' \n' ' ' <"$REPORT")
	expect_not blame='application|proxy|host|network|policy|beyond'
}

untouched() {
	trace_start router -m amazinggrace port 80
	asked
	trace_stop
	expect_verdict code=delivered n=1 exit=0
	expect "nothing was rewritten" lacks "$REPORT" rewritten
}

between() {
	trace_start client -m amazinggrace --netns "$(ns server)" port 80
	asked
	trace_stop
	expect "the router is told" grep -qE '1 router between eth0:out and .*\(TTL 64,' "$REPORT"
}

start_nginx server 80
both_families clamped
both_families remarked
both_families renumbered
both_families untouched
both_families between
