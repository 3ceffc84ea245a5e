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

# shellcheck source=tests/lab/lib/full.sh
. "$ROOT/tests/lab/lib/full.sh"

PORTS=10

refused_for() { contains "$T/log" "$1"; }
elsewhere() { if [[ $F == 4 ]]; then echo 10.99.0.1; else echo fd99::1; fi; }

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
	leave_waiting
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

few_ports
both_families open_ones
F=6 from_outside
F=4 another_port
F=6 another_port
F=4 no_way
F=6 ruled
local_ports 41000 60999 # none of those few, which may wait still
both_families own_port
few_ports
both_families in_time_wait # last: these stay
