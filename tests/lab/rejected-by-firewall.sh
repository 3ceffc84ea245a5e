#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# rejected-by-firewall: netfilter answers with ICMP, or with a RST of its own making.
# Twin: the kernel's RST for a closed port.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

rejected() { # HOW
	rules server input "tcp dport 80 counter name hits reject with $1"
	trace_start server -c 1 --for 10 port 80
	prove "somebody listens" listens server 80
	send client amazinggrace "$(addr server)" 80 -w 2
	prove "the rule was hit" were_hit server
	trace_wait
	no_rules server
	expect_verdict code=rejected-by-firewall blame=host n=1 exit=1
}

with_icmp() { rejected "icmpx type admin-prohibited"; }
with_reset() { rejected "tcp reset"; }

closed_port() {
	trace_start server -c 1 --for 10 port 81
	send client amazinggrace "$(addr server)" 81
	prove "the kernel sent a RST" rose server TcpOutRsts
	trace_wait
	expect_verdict code=refused exit=1
	expect_not code=rejected-by-firewall
}

start_nginx server 80
both_families with_icmp
both_families with_reset
both_families closed_port
