#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# trace -- COMMAND: only what COMMAND's process tree opens is judged, its attempts are one path, and
# its exit status is told, never taken over.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

only_its_own() {
	trace_start client -m amazinggrace --settle $((2 * ${HM_SLOW:-1}))s port 80 -- sh -c "sleep 1; exec curl -gsS -o $T/answer $(url server 80 amazinggrace)"
	prove "somebody else asked too" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	trace_wait
	[[ -n $FAULTS_ONLY ]] || prove "nginx answered both" test "$(wc -l <"$T/nginx-80.log")" -eq 2
	: >"$T/nginx-80.log"
	expect_verdict code=delivered status=404 n=1 exit=0 command.exit=0 command.argv0=sh
}

fails_by_itself() {
	trace_start client port 80 -- sh -c 'exit 6'
	trace_wait
	expect_verdict code=nothing-seen n=1 exit=4 command.exit=6
}

# The first address does not answer; curl tries the second 200 ms later.
second_attempt() {
	rules server input "ip6 daddr fd77:1::2 tcp dport 80 counter name hits drop"
	trace_start client -m amazinggrace port 80 -- \
		curl -sS -o "$T/answer" --resolve "app:80:[fd77:1::2],10.77.1.2" http://app/amazinggrace
	trace_wait
	[[ -n $FAULTS_ONLY ]] || prove "IPv6 was tried and dropped" were_hit server
	no_rules server
	expect_verdict code=delivered status=404 n=1 exit=0
	expect_not code='syn-unanswered|abandoned-by-client|inconclusive'
}

# A child of COMMAND has ended, and its number has gone to somebody else's process.
number_given_again() {
	build_tools
	trace_start client -m amazinggrace port 80 -- sh -c "sh -c 'echo \$\$' >$T/number; sleep 3; :"
	[[ -n $FAULTS_ONLY ]] || within 5 test -s "$T/number" || fail "COMMAND did not run"
	[[ -z $FAULTS_ONLY ]] || echo 4242 >"$T/number"
	at client "$O/lab/takepid" "$(cat "$T/number")" sh -c "echo \$\$ >$T/taken; exec curl -gsS -o $T/answer $(url server 80 amazinggrace)"
	prove "a stranger has its number" same "$(cat "$T/number")" "$(cat "$T/taken")"
	prove "nginx answered" contains "$T/nginx-80.log" amazinggrace
	trace_wait
	expect_verdict code=nothing-seen n=1 exit=4
	: >"$T/nginx-80.log"
}

start_nginx server 80
number_given_again
both_families only_its_own
both_families fails_by_itself
second_attempt
