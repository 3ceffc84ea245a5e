#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# port-exhausted: the client's host has no free local port left for a server: all of a short range lead
# there, open or in TIME-WAIT.
# Twins: another port of the same server, to which there still are some; a port of its own choice that is
# taken; a request that a rule drops, and one without a route, while the ports are used up.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

FIRST=40000
PORTS=10

# leading STATE: the client's sockets in that state that lead to port 80 of the server
leading() { at client ss -Htan state "$1" dst "$(bracketed "$(addr server)"):80" | wc -l; }
all_taken() { [[ $(leading "$1") -ge $PORTS ]]; }
refused_for() { contains "$T/log" "$1"; }
elsewhere() { if [[ $F == 4 ]]; then echo 10.99.0.1; else echo fd99::1; fi; }
range() { at client sysctl -qw net.ipv4.ip_local_port_range="$1 $2"; }

# try ADDRESS PORT [OPTION]: socat says in the log why it failed
try() {
	: >"$T/log"
	at client timeout 3 socat -u /dev/null "TCP$F:$(bracketed "$1"):$2${3-}" 2>>"$T/log" || true
}

use_up() {
	start_peer server listen 80 100
	ON=$(addr server) start_peer client fill 80 "$PORTS"
	prove "all local ports lead there" all_taken established
}

judged() {
	trace_start client -c 1 --for 10 port 80
	try "$(addr server)" 80
	prove "connect(2) failed for want of a port" refused_for "assign requested address"
	trace_wait
	expect_verdict code=port-exhausted blame=host confidence=proven at.comm=socat at.role=client n=1 exit=1
	expect "the sockets are counted" grep -q "$PORTS sockets lead to" "$REPORT"
}

open_ones() {
	use_up
	judged
	end_all
}

# Who closes first keeps the port for a minute.
in_time_wait() {
	local i
	start_peer server poll 80
	for ((i = 0; i < PORTS; i++)); do at client nc.openbsd -z "$(addr server)" 80; done
	prove "all local ports wait" all_taken time-wait
	judged
	expect "those that wait are counted" grep -q "$PORTS of them" "$REPORT"
	end_all
}

from_outside() {
	use_up
	trace_start server --netns "$(ns client)" -c 1 --for 10 port 80
	try "$(addr server)" 80
	prove "connect(2) failed for want of a port" refused_for "assign requested address"
	trace_wait
	end_all
	expect_verdict code=port-exhausted blame=host confidence=proven n=1 exit=1
	expect "the sockets are counted" grep -q "$PORTS sockets lead to" "$REPORT"
}

another_port() {
	start_nginx server 81
	use_up
	trace_start client port 81
	prove "nginx answered" same 404 "$(fetch client "$(url server 81 amazinggrace)")"
	trace_stop
	end_all
	expect_verdict code=connected n=1 exit=0
	expect_not code=port-exhausted
}

# A port of one's own choice that leads there already: the same error, and all the others are free.
own_port() {
	start_peer server listen 80 100
	ON=$(addr server) start_peer client fill 80 1
	prove "one is taken" taken
	trace_start client -c 1 --for 10 port 80
	try "$(addr server)" 80 ",sourceport=$(taken),reuseaddr"
	prove "connect(2) failed for that port" refused_for "assign requested address"
	trace_wait
	end_all
	expect_verdict code=inconclusive n=1
	expect_not code=port-exhausted
}
taken() { at client ss -Htn state established dst "$(bracketed "$(addr server)"):80" | awk '{sub(".*:", "", $3); print $3}' | grep .; }

no_way() {
	use_up
	prove "there is no route" no at client ip -"$F" route get "$(elsewhere)"
	trace_start client -c 1 --for 10 host "$(elsewhere)"
	try "$(elsewhere)" 80
	trace_wait
	end_all
	expect_verdict code=no-route n=1 exit=1
}

ruled() {
	use_up
	rules client output "tcp dport 81 counter name hits drop"
	trace_start client -c 1 --for 10 port 81
	try "$(addr server)" 81
	prove "the rule was hit" were_hit client
	trace_wait
	no_rules client
	end_all
	expect_verdict code=dropped-by-firewall n=1 exit=1
}

range $FIRST $((FIRST + PORTS - 1))
at client sysctl -qw net.ipv4.tcp_tw_reuse=0
both_families open_ones
F=6 from_outside
F=4 another_port
F=6 another_port
F=4 no_way
F=6 ruled
range 32768 60999
both_families own_port
range $FIRST $((FIRST + PORTS - 1))
both_families in_time_wait # last: these stay
