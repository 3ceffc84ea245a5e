#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What hopmark tells on every kernel that can run it, down to Debian's 5.10, where the programs are
# others (bpf/verifier.bpf.h) and drops have no reason: a marker read, a port nobody listens on, a
# rule that drops. The other scenarios say the same with more twists, and need more of the kernel.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

silent() { ! listens "$1" "$2"; }

read_by_nginx() {
	trace_start server -m amazinggrace -c 1 --for 10 port 80
	prove "nginx answered 404" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	trace_wait
	expect_verdict code=delivered blame=none confidence=proven at.comm=nginx status=404 n=1 exit=0
}

nobody_listens() {
	trace_start server -c 1 --for 10 port 8181
	prove "nobody listens on port 8181" silent server 8181
	send client amazinggrace "$(addr server)" 8181
	prove "the server's kernel sent a RST" rose server TcpOutRsts
	trace_wait
	expect_verdict code=refused blame=application confidence=proven n=1 exit=1
}

dropped() {
	rules server input "tcp dport 80 counter name hits drop"
	trace_start server -c 1 --for 10 port 80
	send client amazinggrace "$(addr server)" 80 -w 4
	prove "the rule was hit" were_hit server
	trace_wait
	no_rules server
	expect_verdict code=dropped-by-firewall blame=host confidence=proven n=1 exit=1
}

start_nginx server 80
read_by_nginx
nobody_listens
dropped
