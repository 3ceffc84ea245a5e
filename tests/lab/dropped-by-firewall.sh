#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# dropped-by-firewall: nft and iptables throw the SYN away on INPUT, and on OUTPUT at the client.
# Twin: a firewall that drops somebody else's packets.
# timeout: 120
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

iptables_for() { if [[ $F == 4 ]]; then echo iptables; else echo ip6tables; fi; }
iptables_hit() { [[ $(at server "$(iptables_for)" -nvxL INPUT | awk '/DROP.*dpt:80/ {print $1}') -ge 1 ]]; }

on_input() {
	rules server input "tcp dport 80 counter name hits drop"
	trace_start server -c 1 --for 10 port 80
	send client amazinggrace "$(addr server)" 80 -w 4
	prove "the rule was hit" were_hit server
	trace_wait
	no_rules server
	expect_verdict code=dropped-by-firewall blame=host confidence=proven n=1 exit=1
}

by_iptables() {
	at server "$(iptables_for)" -A INPUT -p tcp --dport 80 -j DROP
	trace_start server -c 1 --for 10 port 80
	send client amazinggrace "$(addr server)" 80 -w 4
	prove "the rule was hit" iptables_hit
	trace_wait
	at server "$(iptables_for)" -F INPUT
	expect_verdict code=dropped-by-firewall blame=host n=1 exit=1
}

on_output() {
	rules client output "tcp dport 80 counter name hits drop"
	trace_start client -c 1 --for 10 port 80
	send client amazinggrace "$(addr server)" 80 -w 4
	prove "the rule was hit" were_hit client
	trace_wait
	no_rules client
	expect_verdict code=dropped-by-firewall blame=host n=1 exit=1
}

somebody_elses() {
	rules server input "tcp dport 81 counter name hits drop"
	trace_start server -m amazinggrace port 80
	send client amazinggrace "$(addr server)" 81 -w 1
	prove "the rule was hit" were_hit server
	prove "nginx answered" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	trace_stop
	no_rules server
	expect_verdict code=delivered n=1 exit=0
	expect_not code=dropped-by-firewall
}

start_nginx server 80
both_families on_input
both_families by_iptables
both_families on_output
both_families somebody_elses
