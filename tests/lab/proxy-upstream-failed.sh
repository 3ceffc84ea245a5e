#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# proxy-upstream-failed: the proxy asked, was refused upstream, and said 502 or 503.
# Twin: a 503 that the web server made is not the proxy's nor the network's.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network proxied

silent() { ! listens "$1" "$2"; }

by_haproxy() {
	start_haproxy proxy 8000 web 81
	trace_start proxy -m amazinggrace -c 1 --for 12
	prove "nobody listens upstream" silent web 81
	prove "haproxy answered 503" same 503 "$(fetch client "$(url proxy 8000 amazinggrace)")"
	trace_wait
	end_all
	expect_verdict code=proxy-upstream-failed blame=beyond status=503 n=1 exit=1
}

by_nginx() {
	start_nginx proxy 8080 "location / { proxy_pass http://$(bracketed "$(addr web)"):81; }"
	trace_start proxy -m amazinggrace -c 1 --for 12
	prove "nobody listens upstream" silent web 81
	prove "nginx answered 502" same 502 "$(fetch client "$(url proxy 8080 amazinggrace)")"
	trace_wait
	end_all
	expect_verdict code=proxy-upstream-failed blame=beyond status=502 n=1 exit=1
}

servers_own() {
	start_nginx web 80 "return 503;"
	start_haproxy proxy 8000 web 80
	trace_start proxy -m amazinggrace -c 1 --for 12
	prove "503 came through" same 503 "$(fetch client "$(url proxy 8000 amazinggrace)")"
	prove "nginx made it" contains "$T/nginx-80.log" " 503 "
	trace_wait
	end_all
	: >"$T/nginx-80.log"
	expect_not code=proxy-upstream-failed
	expect_not code=proxy-answered
}

both_families by_haproxy
both_families by_nginx
both_families servers_own
