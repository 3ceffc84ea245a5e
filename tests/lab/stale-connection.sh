#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# stale-connection: the server has a connection of which the client, switched off meanwhile, knows
# nothing; a new one from the same port is taken for it, and the server's ACK (RFC 5961, 4.2) does not
# get to the client, which would reset the old one.
# Twin: it does get there, and the repeated request is answered.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct
patience() { echo $(($1 * ${HM_SLOW:-1})); }

# PORT: of a connection that the server alone has
forgotten() {
	PORT=$(at client "$PEER" forget "$(addr server)" 80)
	prove "the server has the old connection" prints ":$PORT" at server ss -Htn state established "sport = :80"
	prove "the client has it no more" finds_nothing at client sh -c "ss -Htan 'sport = :$PORT' | grep ."
	CHALLENGES=$(at server nstat -asz TcpExtTCPSYNChallenge | awk '$1 ~ /SYNChallenge/ {print $2}')
}
again() { fetch client --local-port "$PORT" -m "$(patience "$1")" "$(url server 80 amazinggrace)"; }
challenged() { prove "the server answered with an ACK" rose server TcpExtTCPSYNChallenge $((CHALLENGES + $1)); }

deaf() {
	forgotten
	rules client prerouting "tcp sport 80 tcp flags & (syn|ack|rst) == ack counter name hits drop"
	trace_start server -m amazinggrace -c 1 --for 20 host "$(addr client)" and port "$PORT"
	prove "curl got nothing" same 000 "$(again 5)"
	challenged 3
	prove "the ACK did not get there" were_hit client 1
	trace_wait
	no_rules client
	expect_verdict code=stale-connection blame=host confidence=proven n=1 exit=1
}

heard() {
	forgotten
	trace_start server -m amazinggrace host "$(addr client)" and port "$PORT"
	prove "it was answered" same 200 "$(again 10)"
	challenged 1
	trace_stop
	expect_verdict code=delivered n=1
	expect_not code=stale-connection
}

# One process serves one after another: the old connection must not be in its way.
start_nginx server 80 "location / { return 200; } keepalive_timeout 600; client_header_timeout 600;"
build_tools
both_families deaf
both_families heard
