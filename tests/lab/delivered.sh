#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# delivered: nginx reads the marker and answers what it likes (400, 404): its answer, not a fault.
# Twin: a 404 page that repeats the marker, an echo, which is no second marker.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network direct

answered_400() {
	trace_start server -m amazinggrace -c 1 --for 10 port 80
	send client amazinggrace "$(addr server)" 80
	prove "nginx answered 400" contains "$T/answer" "400 Bad Request"
	trace_wait
	expect_verdict code=delivered blame=none confidence=proven status=400 at.role=server at.comm=nginx n=1 exit=0
}

answered_404() {
	trace_start server -m amazinggrace -c 1 --for 10 port 80
	prove "nginx answered 404" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	trace_wait
	expect_verdict code=delivered blame=none confidence=proven status=404 at.comm=nginx n=1 exit=0
}

seen_from_afar() {
	trace_start client -m amazinggrace -c 1 --for 10 port 80
	prove "nginx answered 404" same 404 "$(fetch client "$(url server 80 amazinggrace)")"
	trace_wait
	expect_verdict code=delivered blame=none confidence=likely status=404 n=1 exit=0
}

echoed() {
	trace_start server -m amazinggrace port 81
	prove "nginx answered 404" same 404 "$(fetch client "$(url server 81 amazinggrace)")"
	prove "the page repeats the marker" contains "$T/answer" amazinggrace
	trace_stop
	expect_verdict code=delivered blame=none count=1 n=1 exit=0
}

# The recording, judged again: from the second request to the verdict
told_soon() {
	local asked judged
	asked=$(jq -s '[.[] | select(.type == "sighting" and .what == "data" and .hop == "eth0:in")][1].mono_ns' "$TRACE.rec")
	judged=$(jq 'select(.type == "verdict" and .scope == "path").mono_ns' "$TRACE.report-json")
	[[ $((judged - asked)) -ge 200000000 && $((judged - asked)) -lt 1000000000 ]]
}

# The verdict stands soon after the next request, told by the recording's times, though the connection stays.
# shellcheck disable=SC2016 # variables of bash in the client, and of jq
kept() {
	trace_start server -m amazinggrace -c 1 --for 20 port 80
	start client bash -c 'exec 3<>"/dev/tcp/$0/80"
		for what in amazinggrace other; do
			printf "GET /%s HTTP/1.1\r\nHost: lab\r\n\r\n" "$what" >&3
			sleep 0.5
		done
		sleep 20' "$(addr server)"
	trace_wait
	prove "nginx answered both" same 2 "$(grep -c '^[0-9]* 404' "$T/nginx-80.log")"
	prove "and nobody closed it" prints ESTAB at server ss -Htn "sport = :80"
	expect_verdict code=delivered blame=none confidence=proven status=404 count=1 n=1 exit=0
	expect "it was not told 0.2 s after the next request" told_soon
}

start_nginx server 80
# shellcheck disable=SC2016 # nginx's variable
start_nginx server 81 'return 404 "no $request_uri here\n";'
both_families answered_400
both_families answered_404
both_families seen_from_afar
both_families echoed
: >"$T/nginx-80.log"
kept
