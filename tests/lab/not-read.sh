#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# not-read: accepted, and the bytes stay in the receive queue.
# Twins: a relay that moves them by splice(2) without reading, and a reader that first peeks.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

never_read() {
	start_peer server hold 80
	trace_start server -m amazinggrace -c 1 --for 10 port 80
	send client amazinggrace "$(addr server)" 80 -w 4 &
	prove "the bytes wait in the receive queue" unread server 80 10
	wait $!
	trace_wait
	end_all
	expect_verdict code=not-read blame=application at.comm=peer exit=1
}

forgotten() { [[ -z $(at client ss -Htan "sport = :45000") ]]; }
half_closed() { at server ss -Htn state close-wait "sport = :80" | grep -q .; }
reset_before() { jq -es 'any(.[]; .what == "rst" and (.src | endswith(":45000")))' <"$TRACE.json" >/dev/null; }

# The client's port was used before, and the server's side still has that connection: it answers the
# SYN with an ACK for the old one, which the client resets. That ends the old one, not the new.
port_used_before() {
	start_peer server hold 80
	at client sysctl -qw net.ipv4.tcp_fin_timeout=1
	send client before "$(addr server)" 80 -w 1 -p 45000
	prove "the client's side has forgotten it" forgotten
	prove "the server's side has not" half_closed
	trace_start server -m amazinggrace -c 1 --for 20 port 80
	send client amazinggrace "$(addr server)" 80 -w 8 -p 45000
	trace_wait 30
	[[ -n $FAULTS_ONLY ]] || prove "the old connection was reset" reset_before
	end_all
	expect_verdict code=not-read blame=application at.comm=peer n=1 exit=1
}

spliced() {
	start_nginx server 81
	start_peer server splice 80 0 server 81
	trace_start server -m amazinggrace port 80
	prove "the relay works" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	trace_stop
	end_all
	expect_verdict code=delivered exit=0
	expect_not code=not-read
}

peeked() {
	start_peer server peek 80 1000
	trace_start server -m amazinggrace port 80
	prove "it answered" same 200 "$(fetch client "$(url server 80 amazinggrace)")"
	trace_stop
	end_all
	expect_verdict code=delivered confidence=proven at.comm=peer exit=0
	expect_not code=not-read
}

both_families never_read
F=4 port_used_before
both_families spliced
both_families peeked
