#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# bad-checksum: a device on the way (a program that is the last to see what leaves the client) changes
# the request's checksum.
# Twins: sums that the card would fill in, which are wrong until then; and a request that is changed
# once and repeated as it should be.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct
patience() { echo $(($1 * ${HM_SLOW:-1})); }
errors() { at server nstat -asz TcpInCsumErrors | awk '$1 == "TcpInCsumErrors" {print $2}'; }
wrong() { prove "the kernel counts wrong sums" rose server TcpInCsumErrors $((ERRORS + $1)); }
offload() { at client ethtool -K eth0 tx "$1" >>"$T/log" 2>&1; }

changed() {
	ERRORS=$(errors)
	foreign client eth0 clsact-out-9 corrupt 80
	trace_start server -m amazinggrace -c 1 --for 20 host "$(addr client)" and port 80
	prove "curl got nothing" same 000 "$(fetch client -m "$(patience 5)" "$(url server 80 amazinggrace)")"
	trace_wait
	end "$FOREIGN"
	wrong 3
	expect_verdict code=bad-checksum blame=network confidence=likely n=1 exit=1
}

filled_in() {
	offload on
	trace_start server -m amazinggrace host "$(addr client)" and port 80
	prove "nginx answered" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	trace_stop
	offload off
	expect_verdict code=delivered n=1 exit=0
}

once() {
	ERRORS=$(errors)
	foreign client eth0 clsact-out-9 corrupt 80
	trace_start server -m amazinggrace host "$(addr client)" and port 80
	fetch client -m "$(patience 10)" "$(url server 80 amazinggrace)" >"$T/status" &
	wrong 1
	end "$FOREIGN"
	wait $! || true
	prove "nginx answered" contains "$T/status" 404
	trace_stop
	expect_verdict code=delivered n=1 exit=0
}

start_nginx server 80
offload off # else nobody looks at the sum of what never was on a wire
both_families changed
both_families filled_in
both_families once
