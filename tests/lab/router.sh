#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The same faults as on a server, on a router that forwards: dropped and rejected by its firewall.
# Twin: a connection that it lets pass, while others are dropped.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network routed

blocked() { # RULE CODE
	rules router forward "tcp dport 80 counter name hits $1"
	trace_start router -c 1 --for 12 port 80
	send client amazinggrace "$(addr server)" 80 -w 4
	prove "the rule was hit" were_hit router
	trace_wait
	no_rules router
	expect_verdict code="$2" blame=host n=1 exit=1
}

dropped() { blocked drop dropped-by-firewall; }
rejected() { blocked "reject with icmpx type admin-prohibited" rejected-by-firewall; }
reset() { blocked "reject with tcp reset" rejected-by-firewall; }

let_through() {
	rules router forward "tcp dport 81 counter name hits drop"
	trace_start router -m amazinggrace port 80
	send client amazinggrace "$(addr server)" 81 -w 1
	prove "the rule was hit" were_hit router
	prove "nginx answered" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	trace_stop
	no_rules router
	expect_verdict code=delivered confidence=likely n=1 exit=0
}

start_nginx server 80
both_families dropped
both_families rejected
both_families reset
both_families let_through
