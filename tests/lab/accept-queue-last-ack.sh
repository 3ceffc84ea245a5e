#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# accept-queue-full, where only the last ACK is discarded: the last place in the queue was taken
# between the SYN and it. A port for each family, because what is left of these connections goes on
# for a while. Twin: the connection that took the place, which nobody accepts.
# not emulated: its ACKs are held back for 3 s there, and hopmark waits 2.5 s for one
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

half_open() { [[ $(at "$1" ss -Htn state syn-recv "sport = :$2" | wc -l) -ge $3 ]]; }

# shellcheck disable=SC2016 # expanded by the inner shell
say_marker() { start client bash -c 'echo amazinggrace | exec nc.openbsd -w 12 "$0" "$1"' "$(addr server)" "$1"; }

# Two handshakes for one place: nothing but their SYNs leaves the client until both have begun.
last_ack() {
	local port=$((80 + F))
	start_peer server listen "$port" 2
	ON=$(addr server) start_peer client fill "$port" 2
	prove "two wait, as many as may" waiting server "$port" 2
	rules client output "tcp dport $port tcp flags & (syn | ack) == ack counter name hits drop"
	trace_start server -m amazinggrace --answer 5s -c 2 port "$port"
	say_marker "$port"
	sleep 0.3 # what they repeat comes at moments of its own: two CPUs at once may both take the last place
	say_marker "$port"
	prove "both have begun" half_open server "$port" 2
	prove "no last ACK left" were_hit client 2
	no_rules client
	prove "one took the last place" waiting server "$port" 3
	prove "the other is half open still" half_open server "$port" 1
	trace_wait
	end_all
	expect_verdict code=accept-queue-full blame=application confidence=proven at.comm=peer n=1 exit=1
	expect_verdict code=not-accepted blame=application n=1
}

both_families last_ack
