#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# no-route: the client's own kernel knows no way: no route, blackhole, unreachable, prohibit.
# Twin: a route to a host that does not answer.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

elsewhere() { if [[ $F == 4 ]]; then echo 10.99.0.1; else echo fd99::1; fi; }
no_way() { ! at client ip -"$F" route get "$(elsewhere)" >"$T/route" 2>&1; }

attempt() {
	prove "there is no route" no_way
	trace_start client -c 1 --for 10 host "$(elsewhere)"
	send client amazinggrace "$(elsewhere)" 80 -w 2
	trace_wait
	expect_verdict code=no-route blame=host n=1 exit=1
}

none() { attempt; }

special() {
	local kind
	for kind in blackhole unreachable prohibit; do
		at client ip -"$F" route add "$kind" "$(elsewhere)"
		attempt
		at client ip -"$F" route del "$kind" "$(elsewhere)"
	done
}

nobody_there() {
	at client ip -"$F" route add "$(elsewhere)" dev eth0
	prove "there is a route" at client ip -"$F" route get "$(elsewhere)"
	trace_start client --for 4 host "$(elsewhere)"
	send client amazinggrace "$(elsewhere)" 80 -w 5
	trace_wait
	at client ip -"$F" route del "$(elsewhere)" dev eth0
	expect_not code=no-route
}

both_families none
both_families special
both_families nobody_there
