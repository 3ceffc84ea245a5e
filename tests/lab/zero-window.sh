#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# zero-window: a reader takes nothing, its receive window closes, and the marker waits in the client's
# socket behind what was sent before. Seen at the server, on the router and at the client; by a
# process that never reads, and by one that was stopped.
# Twins: a pause that ends; the marker ahead of all that, which lies in the server's socket.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network routed

# shellcheck source=tests/lab/lib/window.sh
. "$ROOT/tests/lab/lib/window.sh"

opened() { rose server TcpExtTCPFromZeroWindowAdv "$((OPENED + 1))"; }
# seen_from HOST BLAME CONFIDENCE COMM
seen_from() {
	count_closed
	trace_start "$1" -m amazinggrace -c 1 --for 12 port 80
	upload 20000000 &
	fault_is_there
	trace_wait 20
	wait $!
	expect_verdict code=zero-window blame="$2" confidence="$3" at.comm="$4" n=1 exit=1
}

never_reads() {
	start_peer server hold 80
	seen_from server application proven peer
	end_all
}

from_elsewhere() {
	start_peer server hold 80
	seen_from router beyond one-sided ""
	end_all
	start_peer server hold 80
	seen_from client beyond one-sided ""
	end_all
}

stopped() {
	start server socat -u "TCP6-LISTEN:80,ipv6only=0,reuseaddr,fork=0" OPEN:/dev/null
	ready server 80
	count_closed
	trace_start server -m amazinggrace -c 1 --for 12 port 80
	upload 2000000000 &
	prove "it reads" at server ss -Htn state established "sport = :80"
	sleep 0.3
	kill -STOP "$PID"
	fault_is_there
	trace_wait 20
	kill -CONT "$PID"
	wait $!
	end_all
	expect_verdict code=zero-window blame=application at.comm=socat n=1 exit=1
}

pauses() {
	start server socat -u "TCP6-LISTEN:80,ipv6only=0,reuseaddr" 'SYSTEM:sleep 1; cat >/dev/null'
	ready server 80
	count_closed
	OPENED=$(counter server TcpExtTCPFromZeroWindowAdv)
	trace_start server -m amazinggrace port 80
	upload 20000000 -N
	prove "the window had closed" closed
	prove "it opened again" opened
	trace_stop
	end_all
	expect_verdict code=delivered n=1 exit=0
	expect_not code=zero-window
}

# not-read is the better word for the marker itself.
marker_first() {
	start_peer server hold 80
	count_closed
	trace_start server -m amazinggrace -c 1 --for 12 port 80
	{ echo amazinggrace; head -c 20000000 /dev/zero; } |
		at client timeout 4 nc.openbsd -w 6 "$(addr server)" 80 >"$T/answer" 2>>"$T/log" &
	fault_is_there
	trace_wait 20
	wait $! || true
	end_all
	expect_verdict code=not-read blame=application at.comm=peer n=1 exit=1
	expect_not code=zero-window
}

both_families never_reads
F=4 from_elsewhere
F=4 stopped
both_families pauses
F=4 marker_first
