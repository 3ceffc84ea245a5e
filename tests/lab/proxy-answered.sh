#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# proxy-answered: squid denies the request and asks nobody.
# Twin: the same status, made by the web server and passed on by squid.
#
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network proxied

denied() {
	start_squid proxy 3128 "http_access deny all"
	trace_start proxy -m amazinggrace -c 1 --for 12
	prove "squid answered 403" same 403 "$(fetch client -x "$(url proxy 3128)" "$(url web 80 amazinggrace)")"
	prove "the web server was not asked" lacks "$T/nginx-80.log" amazinggrace
	trace_wait
	end "$PID"
	expect_verdict code=proxy-answered blame=proxy status=403 at.comm=squid at.role=proxy n=1 exit=1
}

passed_on() {
	start_squid proxy 3128
	trace_start proxy -m amazinggrace -c 1 --for 12
	prove "403 came through" same 403 "$(fetch client -x "$(url proxy 3128)" "$(url web 80 amazinggrace)")"
	prove "nginx made it" contains "$T/nginx-80.log" "403 /amazinggrace"
	trace_wait
	end "$PID"
	: >"$T/nginx-80.log"
	expect_verdict code=delivered status=403 exit=0
	expect_not code=proxy-answered
}

start_nginx web 80 "return 403;"
both_families denied
both_families passed_on
