#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# unreachable: the router says that it cannot (network) or must not (policy) send it on.
# Twin: its ICMP errors are about another connection.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network routed

elsewhere() { if [[ $F == 4 ]]; then echo 10.99.0.1; else echo fd99::1; fi; }

icmp_sent() { if [[ $F == 4 ]]; then rose router IcmpOutDestUnreachs; else rose router Icmp6OutDestUnreachs; fi; }

no_way() {
	at router ip -"$F" route add unreachable "$(elsewhere)"
	trace_start client -c 1 --for 10 host "$(elsewhere)"
	send client amazinggrace "$(elsewhere)" 80 -w 4
	prove "the router sent an ICMP error" icmp_sent
	trace_wait
	at router ip -"$F" route del unreachable "$(elsewhere)"
	expect_verdict code=unreachable blame=network n=1 exit=1
}

prohibited() {
	rules router forward "tcp dport 80 counter name hits reject with icmpx type admin-prohibited"
	trace_start client -c 1 --for 10 port 80
	send client amazinggrace "$(addr server)" 80 -w 4
	prove "the rule was hit" were_hit router
	trace_wait
	no_rules router
	expect_verdict code=unreachable blame=policy n=1 exit=1
}

about_another() {
	rules router forward "tcp dport 81 counter name hits reject with icmpx type admin-prohibited"
	trace_start client -m amazinggrace host "$(addr server)" and port 80
	send client amazinggrace "$(addr server)" 81 -w 2
	prove "the rule was hit" were_hit router
	prove "nginx answered" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	trace_stop
	no_rules router
	expect_verdict code=delivered n=1 exit=0
	expect_not code=unreachable
}

start_nginx server 80
both_families no_way
both_families prohibited
both_families about_another
