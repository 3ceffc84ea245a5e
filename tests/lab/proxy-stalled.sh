#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# proxy-stalled: a proxy reads the request and sits on it for longer than --stall: an HAProxy with a
# delay, an nginx that limits the rate. The capture on both of its sides says how long.
# Twins: a server that answers late, one that takes long to be reached, a client that sends the rest of
# its request late; and the same delay without --stall.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network proxied
# shellcheck source=tests/lab/lib/late.sh
. "$ROOT/tests/lab/lib/late.sh"

FIRST= # a URL

ask() { fetch client "${@:2}" "$(url proxy "$1" amazinggrace)"; }

# kept PORT CODE TRACE-ARGUMENTS...: it sits on the request, which comes right behind FIRST if there is one
kept() {
	sniff "$1"
	trace_start proxy -m amazinggrace "${@:3}"
	[[ -z $FIRST ]] || prove "the first goes through" same 404 "$(fetch client "$FIRST")"
	prove "it was answered" same 404 "$(ask "$1")"
	prove "the proxy sat on it" sat_on_it "$1"
	trace_stop
	expect_verdict code="$2" n=1
}

delayed() {
	start_nginx web 80
	start_waiting 3128
	kept 3128 proxy-stalled --stall 1
	expect_verdict code=proxy-stalled blame=proxy confidence=likely at.comm=haproxy at.role=proxy exit=1
	kept 3128 delivered
	expect_verdict code=delivered exit=0
	end_all
}

rate_limited() {
	start_nginx web 80
	nginx_proxy 3129 "limit_req zone=lab burst=5;" "limit_req_zone \$server_port zone=lab:1m rate=20r/m;"
	FIRST=$(url proxy 3129 first) kept 3129 proxy-stalled --stall 1
	expect_verdict code=proxy-stalled blame=proxy at.comm=nginx n=1 exit=1
	end_all
}

# innocent PORT: late it was, and not by the proxy
innocent() {
	trace_wait 20
	end_all
	expect_verdict code=delivered n=1 exit=0
	expect_not code=proxy-stalled
}

slow_answer() {
	start_peer web poll 80 1500
	nginx_proxy 3130 ""
	sniff 3130
	trace_start proxy -m amazinggrace -c 1 --for 15 --stall 1
	prove "it was answered" same 200 "$(ask 3130)"
	prove "the proxy sent it on at once" went_on_at_once 3130
	innocent
}

# The first SYN is lost: the second comes a second later.
slow_connection() {
	start_nginx web 80
	nginx_proxy 3131 ""
	at web nft -f - <<-NFT
		table inet lab {
			counter hits { }
			chain lab { type filter hook input priority 0;
				tcp dport 80 tcp flags syn limit rate over 30/minute burst 1 packets accept
				tcp dport 80 tcp flags syn counter name hits drop; }
		}
	NFT
	sniff 3131
	trace_start proxy -m amazinggrace -c 1 --for 15 --stall 500ms
	prove "it was answered" same 404 "$(ask 3131)"
	prove "a SYN was lost" were_hit web
	no_rules web
	innocent
}

# nginx takes the whole body before it sends on anything.
slow_client() {
	start_nginx web 80 "location / { return 404; }"
	nginx_proxy 3132 "client_max_body_size 0;"
	sniff 3132
	trace_start proxy -m amazinggrace -c 1 --for 15 --stall 1
	{
		printf 'POST /amazinggrace HTTP/1.1\r\nHost: lab\r\nContent-Length: 5\r\nConnection: close\r\n\r\n'
		sleep 1.5
		echo late
	} | at client nc.openbsd -w 3 "$(addr proxy)" 3132 >"$T/answer" 2>>"$T/log" || true
	prove "it was answered" contains "$T/answer" 404
	prove "the proxy sent it on late" sat_on_it 3132
	innocent
}

both_families delayed
F=4 rate_limited
F=4 slow_answer
F=4 slow_connection
F=4 slow_client
