#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# syn-unanswered: the SYN left here and nothing came back; more cannot be said from this side.
# Twin: the first SYN is lost and the second answered, which is no fault any more.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

nothing_back() {
	rules server input "tcp dport 80 counter name hits drop"
	trace_start client -c 1 --for 12 port 80
	send client amazinggrace "$(addr server)" 80 -w 5
	prove "three SYNs reached the server and were thrown away" were_hit server 3
	trace_wait
	no_rules server
	expect_verdict code=syn-unanswered blame=beyond confidence=one-sided n=1 exit=1
}

first_one_lost() {
	rules server input "tcp dport 80 tcp flags & (syn | ack) == syn numgen inc mod 1000 0 counter name hits drop"
	trace_start client -m amazinggrace port 80
	prove "nginx answered" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	prove "one SYN was lost" were_hit server
	trace_stop
	no_rules server
	expect_verdict code=delivered exit=0
	expect_not code=syn-unanswered
}

start_nginx server 80
both_families nothing_back
both_families first_one_lost
