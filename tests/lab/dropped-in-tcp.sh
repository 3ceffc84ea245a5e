#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What TCP itself drops is told, though skb->dev and skb->sk are cleared by then: here keep-alive
# probes, which lie before the window (RFC 9293, 3.8.4). They are no fault, and nobody is blamed.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct
SENT=0

told() { trace_has 'any(.[]; .type == "sighting" and .what == "drop" and (.reason | startswith("TCP_")))'; }

# Keeps the client's side open until all has happened.
until_answered() {
	within 20 rose client TcpExtTCPKeepAlive "$SENT" || return 0
	within 20 contains "$T/answer" 200 || return 0
}

keep_alive() {
	start_peer server poll 80 2500
	trace_start server -m amazinggrace port 80
	SENT=$((SENT + 1))
	(printf 'GET /amazinggrace HTTP/1.0\r\n\r\n'; until_answered) |
		at client socat -t 1 - "TCP:$(bracketed "$(addr server)"):80,keepalive,keepidle=1,keepintvl=1" >"$T/answer" &
	wait $! || true
	prove "it was answered" contains "$T/answer" 200
	prove "keep-alive probes were sent" rose client TcpExtTCPKeepAlive "$SENT"
	trace_stop
	end_all
	[[ -n $FAULTS_ONLY ]] || told || fail "a keep-alive probe that TCP dropped was not told"
	expect_verdict code=delivered exit=0
}

both_families keep_alive
