#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A connection outside the filter, which the reader of the marker opened, in another watched network
# namespace: --netns with a balancer in one container and the application in another. The
# application's own end is seen there. Twin: without --netns it is not watched, and nothing is said
# of it. The connection is named as one outside the filter, in the text and in JSON; that is not said
# of one that the filter takes.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

network proxied

seen_at() {
	# shellcheck disable=SC2016 # jq's own variable
	trace_has --arg hop "$1" 'any(.[]; .type == "verdict" and .scope == "leg" and
		(.hops | any(.hop == $hop and .marker.state == "seen")))'
}

# named N: so many legs of the path are said to be outside the filter
named() {
	expect "$1 legs should be named in the text" same "$1" "$(grep -c '(outside the filter, followed)' "$REPORT")"
	# shellcheck disable=SC2016 # jq's own variable
	expect "$1 legs should be named in JSON" trace_has --argjson n "$1" \
		'[.[] | select(.type == "verdict" and .scope == "path") | .legs[] | select(.outside_filter)] |
			length == $n and all(.[]; .dst | endswith(":80"))'
}

followed() {
	start_peer proxy proxy 8000 1 web 80
	trace_start proxy -m amazinggrace --netns "$(ns web)" -c 1 --for 12 port 8000
	prove "it was sent on" same 404 "$(fetch client "$(url proxy 8000 amazinggrace)")"
	trace_wait
	end "$PID"
	expect_verdict code=delivered confidence=proven at.comm=nginx n=1 exit=0
	expect "the marker was not seen where the application is" seen_at "$(ns web)/eth0:in"
	named 1
}

inside() {
	start_peer proxy proxy 8000 1 web 80
	trace_start proxy -m amazinggrace -c 1 --for 12 port 8000 or port 80
	prove "it was sent on" same 404 "$(fetch client "$(url proxy 8000 amazinggrace)")"
	trace_wait
	end "$PID"
	expect_verdict code=delivered n=1 exit=0
	named 0
}

not_followed() {
	start_peer proxy proxy 8000 1 web 80
	trace_start proxy -m amazinggrace -c 1 --for 12 port 8000
	prove "it was sent on" same 404 "$(fetch client "$(url proxy 8000 amazinggrace)")"
	trace_wait
	end "$PID"
	expect_verdict code=delivered confidence=likely n=1 exit=0
	named 1
}

start_nginx web 80
both_families followed
both_families not_followed
both_families inside
