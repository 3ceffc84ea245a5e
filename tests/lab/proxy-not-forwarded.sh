#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# proxy-not-forwarded: a proxy read the request and sent nothing on, though it was asked as a
# proxy, or had sent on others before. Twin: an application that simply does not answer.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network proxied

asked_as_proxy() {
	start_peer proxy proxy 3128 0 web 80
	trace_start proxy -m amazinggrace -c 1 --for 12
	prove "curl had no answer" same 000 \
		"$(fetch client --max-time 3 -x "$(url proxy 3128)" "$(url web 80 amazinggrace)")"
	trace_wait
	end "$PID"
	expect_verdict code=proxy-not-forwarded blame=proxy at.comm=peer at.role=proxy n=1 exit=1
}

did_it_before() {
	start_peer proxy proxy 8000 1 web 80
	trace_start proxy -m amazinggrace -c 2 --for 15
	prove "the first was sent on" same 404 "$(fetch client "$(url proxy 8000 amazinggrace-1)")"
	prove "the second had no answer" same 000 "$(fetch client --max-time 3 "$(url proxy 8000 amazinggrace-2)")"
	prove "the web server saw only the first" lacks "$T/nginx-80.log" amazinggrace-2
	trace_wait
	end "$PID"
	expect_verdict code=delivered n=1
	expect_verdict code=proxy-not-forwarded blame=proxy at.comm=peer n=1 exit=1
}

just_an_application() {
	start_peer proxy mute 8001
	trace_start proxy -m amazinggrace -c 1 --for 12
	prove "curl had no answer" same 000 "$(fetch client --max-time 3 "$(url proxy 8001 amazinggrace)")"
	trace_wait
	end "$PID"
	expect_verdict code=no-answer blame=application exit=1
	expect_not code=proxy-not-forwarded
}

start_nginx web 80
both_families asked_as_proxy
both_families did_it_before
both_families just_an_application
