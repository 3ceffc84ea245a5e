#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# nothing-seen: no packet inside the filter; exactly one verdict, and nobody is accused.
# After a thousand packets that is told while the trace goes on. Twin: one connection inside it.
#
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

quiet() {
	trace_start server --for 1 port 80 and host "$(addr client)"
	prove "somebody could have answered" listens server 80
	prove "outside the filter there was traffic" same 200 "$(fetch client "$(url server 81)")"
	trace_wait
	expect_verdict code=nothing-seen blame=unknown 'legs=\\[\\]' n=1 exit=4
}

not_quiet() {
	trace_start server port 80 and host "$(addr client)"
	prove "nginx answered" same 200 "$(fetch client "$(url server 80)")"
	trace_stop
	expect_verdict code=connected exit=0
	expect_not code=nothing-seen
}

NOTICE='none of the first [0-9]+ packets at .*eth0.* is inside "port 80 and host'

# busy: more than a thousand packets each way, over one connection outside the filter
busy() {
	local url
	url=$(url server 81)
	# shellcheck disable=SC2046 # one word for each request
	at client curl -gsS --noproxy '' --max-time 20 $(printf -- "-o /dev/null $url %.0s" {1..1500})
}

told_while_quiet() {
	trace_start server port 80 and host "$(addr client)"
	prove "one packet more, outside the filter" same 200 "$(fetch client "$(url server 81)")"
	[[ -n $FAULTS_ONLY ]] || finds_nothing grep -qE "$NOTICE" "$TRACE.err" || fail "told too early"
	prove "there was much traffic outside the filter" busy
	[[ -n $FAULTS_ONLY ]] || within 10 grep -qE "$NOTICE" "$TRACE.err" ||
		fail "a filter that lets nothing in is not told"
	trace_stop
	expect_verdict code=nothing-seen exit=4
	[[ -n $FAULTS_ONLY || $(grep -cE "$NOTICE" "$TRACE.err") -eq 1 ]] || fail "told more than once"
}

# What is inside comes first: then it is no news that much is outside.
not_told() {
	trace_start server port 80 and host "$(addr client)"
	prove "nginx answered" same 200 "$(fetch client "$(url server 80)")"
	prove "there was much traffic outside the filter" busy
	[[ -n $FAULTS_ONLY ]] || sleep 2.5
	trace_stop
	expect_verdict code=connected exit=0
	[[ -n $FAULTS_ONLY ]] || finds_nothing grep -qE "$NOTICE" "$TRACE.err" || fail "told of a filter that works"
}

start_nginx server 80
start_nginx server 81
both_families quiet
both_families not_quiet
told_while_quiet
not_told
