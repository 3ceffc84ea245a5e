#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# http-error: the server itself answered 500. Twin: its 404, which is an answer as any other.
#
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

status() { # STATUS CODE...
	start_nginx server 80 "return $1;"
	trace_start server -m amazinggrace -c 1 --for 10 port 80
	prove "nginx answered $1" same "$1" "$(fetch client "$(url server 80 amazinggrace)")"
	trace_wait
	end_all
	shift
	expect_verdict n=1 "$@"
}

for_500() { status 500 code=http-error blame=application status=500 at.comm=nginx exit=1; }
for_503() { status 503 code=http-error blame=application status=503 at.comm=nginx exit=1; }
for_404() { status 404 code=delivered blame=none status=404 exit=0; }

both_families for_500
both_families for_503
both_families for_404
