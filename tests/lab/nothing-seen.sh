#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# nothing-seen: no packet inside the filter; exactly one verdict, and nobody is accused.
# Twin: one connection inside it.
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

start_nginx server 80
start_nginx server 81
both_families quiet
both_families not_quiet
