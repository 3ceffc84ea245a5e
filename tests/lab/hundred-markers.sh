#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# 100 markers at 100 different offsets of 100 connections: hopmark finds 100. Beside it, on the same
# packets, the pipeline it replaces: tcpdump -XX | grep. Both numbers are printed.
#
# timeout: 120
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network routed
COUNT=100

listening() { grep -q 'listening on' "$T/tcpdump.err"; }

send_all() {
	local offset pad
	for ((offset = 0; offset < COUNT; offset++)); do
		pad=$(printf "%${offset}s" '')
		printf '%s%s\n' "${pad// /x}" amazinggrace | at client nc.openbsd -N -w 5 "$(addr server)" 80 || fail "connection $offset"
	done
}

hundred() {
	local dumper tcpdump_found found
	start_peer server mute 80
	nsenter --net="/run/netns/$(ns server)" -- 		tcpdump -i eth0 -s 0 -nnvvXX -l tcp port 80 >"$T/tcpdump" 2>"$T/tcpdump.err" &
	dumper=$!
	STARTED+=("$dumper")
	prove "tcpdump listens" listening
	trace_start server -m amazinggrace -c "$COUNT" --for 40 port 80
	send_all
	trace_wait 45
	sleep 0.5
	end "$dumper"
	prove "tcpdump missed no packet" contains "$T/tcpdump.err" "0 packets dropped by kernel"
	prove "tcpdump saw every connection" test "$(grep -c 'Flags \[S\],' "$T/tcpdump")" -eq "$COUNT"
	tcpdump_found=$(grep -c amazinggrace "$T/tcpdump" || true)
	prove "grep finds some" test "$tcpdump_found" -ge 1
	prove "grep does not find all" test "$tcpdump_found" -lt "$COUNT"
	end_all
	expect_verdict code=delivered n="$COUNT" exit=0
	[[ -n $FAULTS_ONLY ]] && found=none || found=$(verdicts code=delivered)
	RESULT+="IPv$F: hopmark $found of $COUNT, tcpdump -XX | grep $tcpdump_found of $COUNT; "
}

RESULT=
both_families hundred
echo "result: ${RESULT%; }"
