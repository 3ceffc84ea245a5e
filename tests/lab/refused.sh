#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# refused: nobody listens, and this kernel says so; who did is named. From afar the same is one-sided.
# Twins: a firewall that answers with a RST in the place of a service that does listen (see also
# rejected-by-firewall.sh), and a service that listens.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

silent() { ! listens "$1" "$2"; }

closed_port() {
	trace_start "$1" -c 1 --for 10 port 8181
	prove "nobody listens on port 8181" silent server 8181
	send client amazinggrace "$(addr server)" 8181
	prove "the server's kernel sent a RST" rose server TcpOutRsts
	trace_wait
}

at_the_server() {
	closed_port server
	expect_verdict code=refused blame=application confidence=proven n=1 exit=1
}

from_afar() {
	closed_port client
	expect_verdict code=refused blame=beyond confidence=one-sided n=1 exit=1
}

reset_by_firewall() {
	rules server input "tcp dport 80 counter name hits reject with tcp reset"
	trace_start server -c 1 --for 10 port 80
	prove "somebody listens" listens server 80
	send client amazinggrace "$(addr server)" 80
	prove "the rule was hit" were_hit server
	trace_wait
	no_rules server
	expect_verdict code=rejected-by-firewall exit=1
	expect_not code=refused
}

# Its listener is there when the trace begins, and ends before the client asks.
listener_ended() {
	local pid
	start server socat "TCP6-LISTEN:8182,ipv6only=0,reuseaddr,fork" EXEC:cat
	pid=$PID
	ready server 8182
	trace_start server -c 1 --for 10 port 8182
	kill -TERM "$pid"
	prove "nobody listens on port 8182 any more" silent server 8182
	send client amazinggrace "$(addr server)" 8182
	trace_wait
	expect_verdict code=refused blame=application confidence=proven n=1 exit=1
	expect "who listened last is named" grep -qE "socat\[$pid\] listened on .*8182" "$REPORT"
	expect "and where to look" contains "$REPORT" "journalctl _PID=$pid"
}

both_families at_the_server
both_families listener_ended
both_families from_afar
start_nginx server 80
both_families reset_by_firewall
